package journey

import (
	"net/http"
	"testing"

	"portal/internal/conceptnote"
	"portal/internal/identity"
)

// answeredBefore are the questions before a note, all answered, with an unusual duration.
const answeredBefore = conceptnote.StartPath + "?joint=yes&government=yes&country=KE&country=UG&way=coordinator&months=48"

// noteWalks are the pages of concept notes.
func (w *world) noteWalks(t *testing.T) []walk {
	t.Helper()
	start := conceptnote.StartPath
	return []walk{
		{"a visitor before a concept note", identity.User{}, append(ok(start, start+"?joint=no", start+"?joint=yes", start+"?joint=yes&government=yes", start+"?joint=yes&government=yes&country=KE&way=neither",
			start+"?joint=yes&government=yes&country=KE&way=none", answeredBefore, answeredBefore+"&at=country", conceptnote.QuestionsPath), visit{start + "?asked=joint", http.StatusUnprocessableEntity}, visit{start + "?joint=yes&government=yes&country=KE&way=none&months=x&asked=months", http.StatusUnprocessableEntity})},
		{"a member who files no concept note", w.focal, ok(answeredBefore)},
	}
}

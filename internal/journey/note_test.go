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
	of := func(state string) string {
		return value[string](t, w.db, `SELECT min(id)::text FROM submissions WHERE kind = 'concept_note' AND state = $1`, state)
	}
	draft := of("draft")
	steps := ok("/submissions/"+draft, stepsOf(draft)+"budget/budget", "/submissions/"+draft+"/check", "/submissions/"+draft+"/print", answeredBefore)
	for _, s := range conceptnote.NewForm(nil, nil).Steps {
		steps = append(steps, ok(stepsOf(draft)+s.ID+"?check=1")...)
	}
	return []walk{
		{"a visitor before a concept note", identity.User{}, append(ok(start, start+"?joint=no", start+"?joint=yes", start+"?joint=yes&government=yes", start+"?joint=yes&government=yes&country=KE&way=neither",
			start+"?joint=yes&government=yes&country=KE&way=none", answeredBefore, answeredBefore+"&at=country", conceptnote.QuestionsPath), visit{start + "?asked=joint", http.StatusUnprocessableEntity}, visit{start + "?joint=yes&government=yes&country=KE&way=none&months=x&asked=months", http.StatusUnprocessableEntity})},
		{"the writer of a concept note", w.ownerOf(t, draft), steps},
		{"the owner of a concept note that was sent", w.ownerOf(t, of("submitted")), ok("/submissions/"+of("submitted"), "/submissions/"+of("submitted")+"/submission")},
		{"the owner of a concept note that was decided", w.ownerOf(t, of("accepted")), ok("/submissions/" + of("accepted"))},
		{"an officer at the concept notes", w.person(t, "fund@demo.example"), ok("/desk?q=in%3Aall", "/desk/submissions/"+of("submitted"), "/desk/submissions/"+of("in_review"), "/desk/submissions/"+of("accepted"), "/desk/submissions/"+of("changes_requested"))},
		{"a member who files no concept note", w.focal, ok(answeredBefore)},
	}
}

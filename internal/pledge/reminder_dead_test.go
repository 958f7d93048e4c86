package pledge_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/workflow"
)

// What is typed into a link that does nothing any more is given back: it was not taken, and the page does not say that it was.
func TestADeadLinkGivesBackWhatWasTyped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, _, tokens := w.due(t, 10)
	own, others := "/en/t/report/"+tokens[w.Head.User.ID], "/en/t/report/"+tokens[w.Member.User.ID]
	answer := func(text string) url.Values {
		return url.Values{"answer": {"progress"}, "text": {text}, "language": {"en"}}
	}
	w.Visitor.In(t).Post(own, answer("Forty schools")).Want(http.StatusSeeOther)
	w.Visitor.In(t).Post(own, answer("Forty schools")).Want(http.StatusSeeOther) // pressed twice
	w.later(time.Minute)
	for address, who := range map[string]string{own: "the same person", others: "a colleague"} {
		dead := w.Visitor.In(t).Post(address, answer("Fifty <schools>,\nand more")).Want(http.StatusGone)
		if !strings.Contains(string(dead.Body), ">\nFifty &lt;schools&gt;,\nand more</textarea>") {
			t.Errorf("%s does not get back what was typed: %s", who, dead.Text("main"))
		}
	}
	if strings.Contains(string(w.Visitor.In(t).Get(own).Want(http.StatusGone).Body), "<textarea") {
		t.Error("who typed nothing gets something back")
	}
	if text := w.Visitor.In(t).Post("/en/t/report/UNKNOWN", answer("Sixty schools")).Want(http.StatusNotFound).Text("textarea"); text != "Sixty schools" {
		t.Errorf("an unknown link gives back %q", text)
	}
}

// The page behind an answer says what has become of it, whatever is thought of the office meanwhile.
func TestWhatBecameOfAnAnswer(t *testing.T) {
	t.Parallel()
	const desk, public = "The pledges desk reads it", "It is published"
	for name, test := range map[string]struct {
		trusted bool
		happens func(t *testing.T, w *world)
		want    string // "" for a link that says that it was used
	}{
		"at the desk":            {false, func(*testing.T, *world) {}, desk},
		"the office is trusted":  {false, func(t *testing.T, w *world) { w.trust(t, w.Office, true) }, desk},
		"published at once":      {true, func(*testing.T, *world) {}, public},
		"it is trusted no more":  {true, func(t *testing.T, w *world) { w.trust(t, w.Office, false) }, public},
		"the desk has published": {false, func(t *testing.T, w *world) { w.decideReports(t, workflow.Publish, "") }, public},
		"the desk has declined":  {false, func(t *testing.T, w *world) { w.decideReports(t, workflow.Decline, "No.") }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if test.trusted {
				w.trust(t, w.Office, true)
			}
			_, _, tokens := w.due(t, 10)
			address := "/en/t/report/" + tokens[w.Head.User.ID]
			done := w.Visitor.In(t).Post(address, url.Values{"answer": {"no_change"}, "language": {"en"}}).Want(http.StatusSeeOther).Location()
			test.happens(t, w)
			if test.want == "" {
				w.Visitor.In(t).Get(done).Want(http.StatusGone)
				return
			}
			if text := w.Visitor.In(t).Get(done).Want(http.StatusOK).Text("main"); !strings.Contains(text, test.want) {
				t.Errorf("it says %q, want %q", text, test.want)
			}
		})
	}
}

// decideReports takes each report that waits at the desk, and decides it.
func (w *world) decideReports(t *testing.T, action workflow.Action, note string) {
	t.Helper()
	ids, err := database.Values[workflow.ID](t.Context(), w.db.Read(), `SELECT id FROM submissions WHERE kind = 'pledge_update' AND state = 'submitted'`)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		w.apply(t, id, w.Officer.User, workflow.Take, "")
		w.apply(t, id, w.Officer.User, action, note)
	}
}

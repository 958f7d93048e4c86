package journey

import (
	"net/http"
	"strings"
	"testing"
)

// TestInterestInANeed goes from the board to an agreement, and on to a matching pledge, between two offices, the second of
// them without scripts.
func TestInterestInANeed(t *testing.T) {
	t.Parallel()
	p := newPortal(t, true)
	needs := value[string](t, p.db, `SELECT p.public_id FROM pledges p WHERE p.until IS NULL AND 'needed' = ANY (p.support) AND p.country = 'BD'`)
	owner := p.person(t, value[string](t, p.db, `SELECT min(u.email) FROM pledges l JOIN posts p ON p.office_id = l.office_id JOIN users u ON u.id = p.user_id
		WHERE l.public_id = $1 AND p.state = 'approved' AND p.role = 'head'`, needs))
	focal := p.person(t, "focal@demo.example")

	b := p.enter(t, focal, wide)
	b.want(b.visit("/en/pledges/needs?support=needed&country=BD"), http.StatusOK)
	b.reads("1 pledge needs or offers something", "A second partner country to test the shared switch")
	b.want(b.press("main a[href*='/interest?support=needed']"), http.StatusOK)
	b.axeAtBothWidths()
	b.fill("#text", "We would test the switch with you from May on.")
	b.want(b.push("Send"), http.StatusOK)
	b.reads("Interested", "We would test the switch with you from May on.")
	place := b.path()

	a := p.enter(t, owner, narrow).withoutScripts()
	a.want(a.visit("/en/cases"), http.StatusOK)
	a.want(a.press("main ul.list a"), http.StatusOK)
	a.fill("#text", "Gladly. We call you on Monday.")
	a.want(a.push("We are in contact"), http.StatusOK)
	a.reads("In contact", "Gladly. We call you on Monday.")

	b.want(b.visit(place), http.StatusOK)
	b.reads("The offices are in contact", "Gladly. We call you on Monday.")
	b.want(b.push("We have agreed"), http.StatusOK)
	b.reads("Agreed")
	b.axeAtBothWidths()
	b.want(b.push("Start a matching pledge"), http.StatusOK)
	draft := strings.TrimPrefix(b.path(), "/en/submissions/")
	b.want(b.visit("/en"+stepsOf(draft)+"what"), http.StatusOK)
	if !b.has("input[name=type][value=matching]:checked") || !b.has("input[name=matches][value='"+needs+"']:checked") {
		b.t.Fatal("type and pledge are not filled in")
	}
}

package app

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"portal/internal/committee"
	"portal/internal/webtest"
)

// What the table of permissions says is what the pages do, for every act, role and phase.
func TestWhoMayDoWhatAtTheCommittee(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	id := b.note(t, "Everybody's", nil)
	meeting, target := planMeeting(t, b.db, 60).ID, planMeeting(t, b.db, 300).ID
	people := append([]webtest.Person{b.lead, b.second}, b.cast.All()...)
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	for _, phase := range committee.Phases {
		for _, act := range committee.Acts {
			if act == committee.ActRule && phase != committee.Coming {
				continue
			}
			for _, who := range people {
				// Each begins with the note on the shortlist, or off it to be put there.
				mustExec(t, b.db, `DELETE FROM pending_decisions`)
				mustExec(t, b.db, `DELETE FROM committee_entries`)
				mustExec(t, b.db, `DELETE FROM committee_sessions`)
				mustExec(t, b.db, `UPDATE fund_meetings SET state = 'planned', cancelled_at = NULL, reason = '', at = now() + interval '61 days' WHERE id = $1`, meeting)
				var entry int64
				if act != committee.ActAdd {
					b.add(t, meeting, id)
					entry = b.list(t, b.officer, meeting).Entries[0].ID
				}
				mustExec(t, b.db, `INSERT INTO committee_sessions (meeting_id, present, members, quorum, minutes, saved_by, saved_at) SELECT $1, 9, 12, 7, 'M', $2, now() WHERE $3`, meeting, b.lead.User.ID, act == committee.ActDecide)
				switch phase {
				case committee.Begun:
					mustExec(t, b.db, `UPDATE fund_meetings SET at = now() - interval '1 minute' WHERE id = $1`, meeting)
					if act == committee.ActAdd { // arrived in time
						mustExec(t, b.db, `UPDATE submissions SET submitted_at = now() - interval '100 days' WHERE id = $1`, id)
					}
				case committee.Cancelled:
					mustExec(t, b.db, `UPDATE fund_meetings SET state = 'cancelled', cancelled_at = now(), reason = 'No' WHERE id = $1`, meeting)
				}
				version := number(int64(caseOf(t, b.App, b.lead.User, id).Version))
				page := shortlistOf(meeting)
				address, values := page, url.Values{}
				switch act {
				case committee.ActAdd:
					address, values = page+"/notes", url.Values{"note": {number(id)}}
				case committee.ActOrder: // with nothing above, it is not found once it is allowed
					values = url.Values{"entry": {number(entry)}, "above": {"999999"}}
				case committee.ActRemove, committee.ActMove, committee.ActDecide:
					address = page + "/" + number(entry)
					values = url.Values{"act": {string(act)}, "version": {"1"}, "to": {number(target)}, "outcome": {"endorse"}, "recused": {"0"}, "note_version": {version}, "pending": {"0"}}
				case committee.ActSession:
					address, values = page+"/session", url.Values{"version": {"0"}, "present": {"9"}, "minutes": {"M"}}
				case committee.ActRule:
					address, values = "/en"+committee.Path, url.Values{"version": {"1"}, "members": {"12"}, "quorum": {"7"}}
				}
				var want int
				of := phase
				if act == committee.ActRule {
					of = ""
				}
				switch err := committee.Allowed(who.User, act, of); {
				case !who.User.SignedIn() || who.User.FactorNeeded:
					want = http.StatusSeeOther
				case err == nil && act == committee.ActOrder:
					want = http.StatusNotFound
				case err == nil:
					want = http.StatusSeeOther
				default:
					want = refusedAs(err)
				}
				got := who.In(t).Post(address, values)
				inside := got.Status == http.StatusSeeOther && !strings.Contains(got.Location(), "/sign-in") && !strings.Contains(got.Location(), "/factor")
				if got.Status != want || inside != (want == http.StatusSeeOther && who.User.SignedIn() && !who.User.FactorNeeded) {
					t.Errorf("%s %s as %s: %d %s, want %d", act, phase, who.Kind, got.Status, got.Location(), want)
				}
			}
		}
	}
}

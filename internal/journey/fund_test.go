package journey

import (
	"net/http"
	"testing"

	"portal/internal/identity"
)

// fundWalks are the pages of the trust fund.
func (w *world) fundWalks(t *testing.T) []walk {
	t.Helper()
	of := func(condition string) string {
		return "/desk/fund/meetings/" + value[string](t, w.db, `SELECT min(id)::text FROM fund_meetings WHERE `+condition)
	}
	coming, past, cancelled := of("state = 'planned' AND at > now()"), of("at < now()"), of("state = 'cancelled'")
	rc := func(condition string) string {
		return "/desk/fund/coordinators/" + value[string](t, w.db, `SELECT min(id)::text FROM rc_offices WHERE `+condition)
	}
	return []walk{
		{"a visitor at the fund", identity.User{}, ok("/fund", "/fund/meetings")},
		{"an officer of the fund desk", w.person(t, "fund@demo.example"), append(ok("/desk/fund/meetings", "/desk/fund/meetings/new", coming, past, cancelled), visit{coming + "/move", http.StatusForbidden})},
		{"the fund desk at the coordinators", w.person(t, "fund@demo.example"), append(ok("/desk/fund/coordinators", "/desk/fund/coordinators?country=FJ&q=pacific", "/desk/fund/coordinators?q=zzzz", "/desk/fund/coordinators?state=closed", "/desk/fund/coordinators/new", rc("closed_at IS NULL"), rc("closed_at IS NOT NULL")),
			visit{"/desk/fund/coordinators/999999", http.StatusNotFound})},
		{"the lead of the fund desk", w.person(t, "fundlead@demo.example"), append(ok(coming, coming+"/move", coming+"/move?at.day=1&at.month=2&at.year=2090&clock=10:00&zone=UTC"),
			visit{coming + "/move?clock=99", http.StatusUnprocessableEntity}, visit{cancelled + "/move", http.StatusConflict})},
	}
}

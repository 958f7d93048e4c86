package missed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/search"
	"portal/internal/webtest"
)

func TestWordsThatAreCounted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, typed, words string
		ok                 bool
	}{
		{"small letters and single spaces", "  Remittance   CORRIDORS ", "remittance corridors", true},
		{"signs are no words", `"labour" -migration (2018)!`, "labour migration 2018", true},
		{"accents and Arabic stay as they are", "Envíos التحويلات", "envíos التحويلات", true},
		{"Chinese", "汇款", "汇款", true},
		{"a turn of direction is taken out", "abc\u202edef", "abcdef", true},
		{"markup is but words", "<b>visa</b>", "b visa b", true},
		{"an e-mail address", "amina.odhiambo@example.org", "", false},
		{"a wide at sign", "amina＠example.org", "", false},
		{"an address of the web", "https://example.org/x", "", false},
		{"an address of the web without its beginning", "www.example.org", "", false},
		{"a telephone number", "+254 700 123 456", "", false},
		{"a number that signs divide", "12-34/56", "", false},
		{"Arabic digits are digits", "٠١٢٣٤٥٦", "", false},
		{"a passport", "passport AB123456", "", false},
		{"two years are a long number", "2018 2024", "", false},
		{"a whole sentence", "where can my sister find work in the city", "", false},
		{"a long word", strings.Repeat("a", 61), "", false},
		{"nothing", " \x00\t… ", "", false},
		{"no text", "\xff\xfe", "", false},
	} {
		words, ok := Words(c.typed)
		if words != c.words || ok != c.ok {
			t.Errorf("%s: %q, %v", c.name, words, ok)
		}
	}
}

func FuzzWords(f *testing.F) {
	f.Add("Remittances 2024 @ +41 22")
	f.Fuzz(func(t *testing.T, typed string) {
		words, ok := Words(typed)
		if !ok {
			return
		}
		if words == "" || len([]rune(words)) > maxLength || strings.ContainsAny(words, "@\n\x00") || len(strings.Fields(words)) > maxWords {
			t.Fatalf("%q becomes %q", typed, words)
		}
	})
}

// hall is a database with a gatherer and the service, and a clock.
type hall struct {
	db      *database.DB
	gather  *Gatherer
	service *Service
	clock   atomic.Pointer[time.Time]
	hub     identity.User
	pledges identity.User
}

func newHall(t *testing.T) *hall {
	t.Helper()
	h := &hall{db: dbtest.New(t)}
	h.turn(time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC))
	now := func() time.Time { return *h.clock.Load() }
	h.gather = Gather(context.Background(), h.db, []byte("a secret for tests"), slog.New(slog.DiscardHandler), now)
	t.Cleanup(h.gather.Stop)
	h.service = NewService(h.db, now)
	h.hub = webtest.NewUser(t, h.db, "Hub", nil, identity.StaffRole{Role: identity.Officer, Desk: identity.HubDesk})
	h.pledges = webtest.NewUser(t, h.db, "Pledges", nil, identity.StaffRole{Role: identity.Lead, Desk: identity.PledgesDesk})
	return h
}

func (h *hall) turn(to time.Time) { h.clock.Store(&to) }

func (h *hall) days(n int) { h.turn(h.clock.Load().AddDate(0, 0, n)) }

func (h *hall) flush(t *testing.T) {
	t.Helper()
	if err := h.gather.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (h *hall) miss(words string, networks ...string) {
	for _, network := range networks {
		h.gather.Note(Practices, network, i18n.English, words, search.Nothing)
	}
}

func (h *hall) report(t *testing.T, who identity.User, query string) Report {
	t.Helper()
	q, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	r, err := h.service.Report(t.Context(), who, ReadFilter(q))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func rowsOf(t *testing.T, db *database.DB, sql string) int {
	t.Helper()
	n, err := database.Value[int](t.Context(), db.Read(), sql)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// One network counts once a day; what few have asked for is seen by nobody, not even in the database.
func TestFewPeopleStayUnseen(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.miss("Seafarers", "a", "a", "a", "b")
	h.flush(t)
	h.miss("séafarers", "a", "b") // the same word, on the same day
	h.flush(t)
	if r := h.report(t, h.hub, ""); r.Total != 0 {
		t.Fatalf("the words of two networks are shown: %+v", r.Entries)
	}
	if n := rowsOf(t, h.db, `SELECT count(*) FROM missed_searches WHERE words <> '' OR digest::text LIKE '%seafarers%'`); n != 0 {
		t.Fatal("the words of two networks are in the database")
	}
	h.miss("SEAFARERS", "c")
	h.flush(t)
	r := h.report(t, h.hub, "")
	if r.Total != 1 || r.Entries[0].Words != "seafarers" || r.Entries[0].Times != Threshold || r.Entries[0].How != search.Nothing {
		t.Fatalf("the words of three networks: %+v", r.Entries)
	}
	h.days(1)
	h.miss("seafarers", "a")
	h.flush(t)
	if e := h.report(t, h.hub, "").Entries[0]; e.Times != 4 || e.LastOn.String() != "2026-11-25" {
		t.Errorf("a new day does not count: %+v", e)
	}
}

// A machine that asks for ever new things neither fills memory and table nor keeps others from being counted.
func TestAFloodIsBounded(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	for i := range 10_000 {
		h.miss(fmt.Sprintf("flood %s", strings.Repeat("x", i%50)+string(rune('a'+i%26))), "bot")
	}
	if n := len(h.gather.waiting); n != mostOfNetwork {
		t.Errorf("one network has %d searches counted", n)
	}
	for i := range 3_000 {
		h.miss("wide "+strings.Repeat(string(rune('a'+i%26)), 1+i/26%20)+string(rune('a'+i/520)), fmt.Sprint(i))
	}
	if n := len(h.gather.waiting); n > mostWaiting {
		t.Errorf("%d searches wait", n)
	}
	h.flush(t)
	h.miss("housing", "x", "y", "z")
	h.flush(t)
	if r := h.report(t, h.hub, ""); r.Total != 1 || r.Entries[0].Words != "housing" {
		t.Errorf("after the flood: %+v", r.Entries)
	}
	if err := bound(t.Context(), h.db.Read(), 100, 1); err != nil {
		t.Fatal(err)
	}
	if n := rowsOf(t, h.db, `SELECT count(*) FROM missed_searches`); n != 101 {
		t.Errorf("%d rows are left within bounds of 100 and 1", n)
	}
	if n := rowsOf(t, h.db, `SELECT count(*) FROM missed_search_days d WHERE NOT EXISTS (SELECT FROM missed_searches m WHERE m.id = d.search_id)`); n != 0 {
		t.Errorf("%d counts belong to nothing", n)
	}
	h.gather.mu.Lock()
	for i := range mostNetworks {
		h.gather.seen[uint64(i)] = nil
	}
	h.gather.mu.Unlock()
	h.miss("another", "late")
	if n := len(h.gather.waiting); n != 0 {
		t.Error("more networks are counted than there may be")
	}
}

func TestWhatIsKeptHowLong(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.miss("rare", "a")
	h.miss("often", "a", "b", "c")
	h.flush(t)
	for _, c := range []struct{ days, rows int }{{KeepRareDays, 2}, {1, 1}, {KeepDays - KeepRareDays - 1, 1}, {1, 0}} {
		h.days(c.days)
		if err := h.service.CleanUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := rowsOf(t, h.db, `SELECT count(*) FROM missed_searches`); n != c.rows {
			t.Errorf("%d rows instead of %d on %s", n, c.rows, h.clock.Load())
		}
	}
	if n := rowsOf(t, h.db, `SELECT count(*) FROM missed_search_days`); n != 0 {
		t.Errorf("%d counts are left", n)
	}
}

func TestEachDeskSeesItsList(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.miss("housing", "a", "b", "c")
	for _, network := range []string{"a", "b", "c", "d"} {
		h.gather.Note(Pledges, network, i18n.Arabic, "السكن", search.Some)
	}
	h.flush(t)
	practice, pledge := h.report(t, h.hub, ""), h.report(t, h.pledges, "")
	if practice.Total != 1 || practice.Entries[0].List != Practices || pledge.Total != 1 || pledge.Entries[0].List != Pledges || pledge.Entries[0].Lang != i18n.Arabic {
		t.Fatalf("the hub sees %+v, the pledges desk %+v", practice.Entries, pledge.Entries)
	}
	if r := h.report(t, h.hub, "list=pledge"); r.Total != 0 {
		t.Error("the hub sees the list of the pledges desk by asking for it")
	}
	both := h.hub
	both.Staff = append(both.Staff, h.pledges.Staff...)
	for query, total := range map[string]int{
		"": 2, "list=pledge": 1, "language=ar": 1, "how=some": 1, "how=corrected": 0, "q=HOUS": 1, "q=%25": 0, "days=7": 2, "state=dealt": 0, "state=all&sort=last": 2,
		"list=x&language=xx&how=y&state=z&days=5&sort=w&page=-1": 2, "page=40": 2, "q=" + strings.Repeat("a", 10_000): 2,
	} {
		if r := h.report(t, both, query); r.Total != total || len(r.Entries) != total {
			t.Errorf("?%s: %d", query, r.Total)
		}
	}
	for _, other := range []identity.User{{}, webtest.NewUser(t, h.db, "Fund", nil, identity.StaffRole{Role: identity.Lead, Desk: identity.FundDesk}),
		webtest.NewUser(t, h.db, "Reviewer", nil, identity.StaffRole{Role: identity.Reviewer})} {
		if _, err := h.service.Report(t.Context(), other, ReadFilter(nil)); !errors.Is(err, problem.Forbidden) {
			t.Error("somebody without one of these desks reads the report")
		}
		if _, err := h.service.Export(t.Context(), other, ReadFilter(nil)); !errors.Is(err, problem.Forbidden) {
			t.Error("somebody without one of these desks takes the report")
		}
	}
}

func TestWhatIsDealtWithIsMarked(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.miss("housing", "a", "b", "c")
	h.flush(t)
	id := h.report(t, h.hub, "").Entries[0].ID
	if err := h.service.Deal(t.Context(), h.pledges, id, true); !errors.Is(err, problem.NotFound) {
		t.Errorf("another desk deals with it: %v", err)
	}
	if err := h.service.Deal(t.Context(), h.hub, id, true); err != nil {
		t.Fatal(err)
	}
	h.days(2)
	h.miss("housing", "a", "b")
	h.flush(t)
	if r := h.report(t, h.hub, ""); r.Total != 0 {
		t.Error("what is dealt with is still to look at")
	}
	r := h.report(t, h.hub, "state=dealt")
	if r.Total != 1 || r.Entries[0].Since != 2 || r.Entries[0].DealtAt == nil {
		t.Errorf("dealt with: %+v", r.Entries)
	}
	if err := h.service.Deal(t.Context(), h.hub, id, false); err != nil {
		t.Fatal(err)
	}
	if r := h.report(t, h.hub, ""); r.Total != 1 || r.Entries[0].DealtAt != nil {
		t.Errorf("opened again: %+v", r.Entries)
	}
	if n := rowsOf(t, h.db, `SELECT count(*) FROM audit_log WHERE act IN ('missed_search.deal', 'missed_search.open') AND cardinality(fields) = 0`); n != 2 {
		t.Errorf("%d acts are on record", n)
	}
	// Words that nobody may see are not to be found by their number.
	h.miss("rare", "a")
	h.flush(t)
	if err := h.service.Deal(t.Context(), h.hub, id+1, true); !errors.Is(err, problem.NotFound) {
		t.Errorf("rare words by their number: %v", err)
	}
}

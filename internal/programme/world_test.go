package programme_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/money"
	"portal/internal/pdf"
	"portal/internal/programme"
	"portal/internal/webtest"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

const publicURL = "https://portal.example"

// seed is the vocabulary as a new portal has it.
var seed struct {
	once       sync.Once
	vocabulary *gcm.Vocabulary
	err        error
}

func seeded(t testing.TB) *gcm.Vocabulary {
	t.Helper()
	seed.once.Do(func() { seed.vocabulary, seed.err = gcm.Load(context.Background(), dbtest.New(t).Read()) })
	if seed.err != nil {
		t.Fatal(seed.err)
	}
	return seed.vocabulary
}

// world is a portal with the pipeline only: a database, the service, its pages, and one person of every kind.
type world struct {
	*webtest.Cast
	db      *database.DB
	service *programme.Service
	// FundLead is the lead of the fund desk; its officer is the cast's OtherOfficer.
	FundLead webtest.Person
	clock    atomic.Pointer[time.Time]
}

// areaIDs are the thematic areas of the world: the five of the Compact, and one that the fund has added.
var areaIDs = []string{"ta-1", "ta-2", "ta-3", "ta-4", "ta-5", "climate"}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{db: dbtest.New(t)}
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	w.clock.Store(&now)
	v := seeded(t)
	w.service = programme.NewService(programme.Options{
		DB: w.db, Vocabulary: func() *gcm.Vocabulary { return v }, Now: func() time.Time { return *w.clock.Load() },
		Areas: func() (all []programme.Area) {
			for _, id := range areaIDs {
				all = append(all, programme.Area{ID: id, Names: gcm.Names{i18n.English: "Area " + id, i18n.Arabic: "مجال " + id}})
			}
			return all
		},
	})
	router, err := web.New(web.Options{DB: w.db, Log: slog.New(slog.DiscardHandler), Site: ui.Site{PublicURL: publicURL}, NetworkLimit: -1})
	if err != nil {
		t.Fatal(err)
	}
	programme.Routes(router, w.service, programme.Pages{Print: func(_ context.Context, page pdf.Page) ([]byte, error) {
		return append([]byte("%PDF-1.7\n"), page.Body...), nil
	}})
	w.Cast = webtest.NewCast(t, w.db, router)
	w.FundLead = webtest.SignedIn(t, w.Visitor.Client, router, "lead of the fund desk", webtest.NewUser(t, w.db, "Lead of the fund", nil, identity.StaffRole{Role: identity.Lead, Desk: identity.FundDesk}))
	return w
}

// later moves the clock.
func (w *world) later(d time.Duration) {
	now := w.clock.Load().Add(d)
	w.clock.Store(&now)
}

// note is the facts of a programme on labour migration, changed as the test wants it.
func note(change func(f *programme.Facts)) programme.Facts {
	f := programme.Facts{
		Title: "One desk for workers who come home", Purpose: "Returning workers find one office for skills, papers and pay.", Lang: "en", Scope: "national", Months: 24,
		Areas: []string{"ta-4"}, Objectives: []int{6, 18}, Related: []int{21}, Countries: []string{"GH"}, Targets: []string{"8.8", "10.7"},
		Organizations: []programme.Organization{
			{Name: "International Labour Organization", Convenes: true, Part: "Leads the work on skills", Budget: 1_000_000_00},
			{Name: "International Organization for Migration", Budget: 500_000_50},
		},
		Governments:   []programme.Government{{Name: "Ministry of Labour", Level: "national", Country: "GH"}, {Name: "City of Accra", Level: "local", Country: "GH"}},
		Partners:      []programme.Partner{{Name: "Union of returned workers", Sector: "trade_unions", Part: "Runs the courses"}},
		Contributions: []programme.Contribution{{From: "Ministry of Labour", Amount: 150_000_00}},
		Indirect:      98_130_87,
	}
	if change != nil {
		change(&f)
	}
	for _, o := range f.Organizations {
		f.Budget += o.Budget
	}
	return f
}

// enter endorses a concept note and returns its number and the public ID of the programme. The next one is a minute younger.
func (w *world) enter(t testing.TB, f programme.Facts) (id workflow.ID, publicID string) {
	t.Helper()
	err := w.db.InTx(t.Context(), func(tx database.Tx) error {
		var err error
		id, err = database.Value[workflow.ID](t.Context(), tx, `INSERT INTO submissions (kind, desk, title, submitted_title, state, office_id, author_id, revision, submitted_revision, created_at, changed_at)
			VALUES ('concept_note', 'fund', $1, $1, 'accepted', $2, $3, 1, 1, $4, $4) RETURNING id`, f.Title, w.Office, w.Head.User.ID, *w.clock.Load())
		if err != nil {
			return err
		}
		publicID, err = w.service.Enter(t.Context(), tx, id, 1, f, *w.clock.Load())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	w.later(time.Minute)
	return id, publicID
}

// several endorses n notes of many kinds, the same ones for the same seed, and takes some of them further.
func (w *world) several(t testing.TB, n int, seed uint64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	v := seeded(t)
	some := func(all []string, most int) []string {
		var chosen []string
		for _, i := range r.Perm(len(all))[:1+r.IntN(most)] {
			chosen = append(chosen, all[i])
		}
		return chosen
	}
	var countries []string
	for _, c := range v.States[:40] {
		countries = append(countries, c.ISO2)
	}
	agencies := []string{"International Labour Organization", "International Organization for Migration", "UNICEF", "UN-Habitat", "WHO & partners", "UN Women \"region\""}
	for i := range n {
		id, _ := w.enter(t, note(func(f *programme.Facts) {
			f.Title = fmt.Sprintf("Programme %d on work", i)
			f.Areas, f.Countries = some(areaIDs, 3), some(countries, 4)
			f.Organizations = nil
			for j, name := range some(agencies, 4) {
				f.Organizations = append(f.Organizations, programme.Organization{Name: name, Convenes: j == 0, Budget: money.Amount(1 + r.Int64N(9_000_000_00))})
			}
		}))
		stage := programme.Stages[r.IntN(len(programme.Stages))]
		if stage == programme.Pipeline {
			continue
		}
		w.set(t, id, stage, money.Amount(1+r.Int64N(5_000_000_00)))
	}
}

// set takes a programme to a stage past the desk.
func (w *world) set(t testing.TB, id workflow.ID, stage programme.Stage, funded money.Amount) {
	t.Helper()
	_, err := w.db.Read().Exec(t.Context(), `UPDATE programmes SET stage = $2, funded = $3, starts_on = '2026-01-01', ends_on = '2026-11-01', facets = array_replace(facets, 'stage=' || stage, 'stage=' || $2) WHERE id = $1`,
		id, stage, funded)
	if err != nil {
		t.Fatal(err)
	}
}

// list is the list at an address.
func (w *world) list(t testing.TB, query string) programme.List {
	t.Helper()
	q, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	list, err := w.service.List(t.Context(), w.service.ReadFilter(q), i18n.English)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// decode reads JSON.
func decode[T any](t testing.TB, body []byte) (v T) {
	t.Helper()
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatalf("%v: %.200s", err, body)
	}
	return v
}

package fund_test

import (
	"context"
	"log/slog"
	"net/url"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/internal/fund"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/webtest"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

const publicURL = "https://portal.example"

// world is a portal with the fund only: a database, the service, its pages, and one person of every kind.
type world struct {
	*webtest.Cast
	db      *database.DB
	service *fund.Service
	// FundLead is the lead of the fund desk; its officer is the cast's OtherOfficer.
	FundLead webtest.Person
	clock    atomic.Pointer[time.Time]
	// concerned are the people whom changes of meetings concern.
	concerned []workflow.Recipient
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{db: dbtest.New(t)}
	w.at(time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC))
	v, err := gcm.Load(t.Context(), w.db.Read())
	if err != nil {
		t.Fatal(err)
	}
	w.service = fund.NewService(fund.Options{
		DB: w.db, Vocabulary: func() *gcm.Vocabulary { return v }, Now: func() time.Time { return *w.clock.Load() }, Site: ui.Site{PublicURL: publicURL},
		Concerned: func(context.Context, database.Querier, fund.MeetingChange) ([]workflow.Recipient, error) {
			return w.concerned, nil
		},
	})
	router, err := web.New(web.Options{DB: w.db, Log: slog.New(slog.DiscardHandler), Site: ui.Site{PublicURL: publicURL}, NetworkLimit: -1})
	if err != nil {
		t.Fatal(err)
	}
	fund.Routes(router, w.service, fund.Pages{Start: "/fund/concept-notes/new"})
	w.Cast = webtest.NewCast(t, w.db, router)
	w.FundLead = webtest.SignedIn(t, w.Visitor.Client, router, "lead of the fund desk", webtest.NewUser(t, w.db, "Lead of the fund", nil, identity.StaffRole{Role: identity.Lead, Desk: identity.FundDesk}))
	return w
}

// at sets the world's clock.
func (w *world) at(now time.Time) { w.clock.Store(&now) }

// typed is the form of a meeting on a day, at a time, in a zone.
func typed(year int, month time.Month, day int, clock, zone string) url.Values {
	return url.Values{"at.day": {strconv.Itoa(day)}, "at.month": {strconv.Itoa(int(month))}, "at.year": {strconv.Itoa(year)}, "clock": {clock}, "zone": {zone}}
}

// add adds a meeting as the form says.
func (w *world) add(t testing.TB, form url.Values) fund.MeetingID {
	t.Helper()
	id, err := w.service.AddMeeting(t.Context(), w.OtherOfficer.User, form)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// recipient is a person as mails know them.
func recipient(u identity.User) workflow.Recipient {
	return workflow.Recipient{ID: u.ID, Name: u.Name, Email: u.Email, Lang: string(i18n.English)}
}

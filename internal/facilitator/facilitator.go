// Package facilitator is the roster of facilitators (requests.md): people who help those who have asked the Network for guidance,
// support or capacity building. The network desk keeps the roster; a rule of the desk, or somebody there, gives a request to one
// of them, who then reads it and writes with the office. A facilitator sees nothing else of the desk, and nothing that is behind
// the wall for them.
package facilitator

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"portal/internal/attachment"
	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web/ui"
)

// The bounds of what is written, in characters.
const (
	MaxName, MaxEmail, MaxTitle, MaxURL = 120, 254, 300, 1000
	// MaxAbsences is how many absences to come somebody may have.
	MaxAbsences = 20
)

// Facilitator is somebody on the roster.
type Facilitator struct {
	ID, UserID int64
	Version    int
	// Name is as the public reads it; Account is the name of the person's account, which only the desk reads.
	Name, Account      string
	Languages, Regions []string
	ConsentedAt        *time.Time
	LeftAt             *time.Time
	// Away says that they are so today; Load is how many open requests they have.
	Away bool
	Load int
}

// public says whether everybody may know of them.
func (f Facilitator) public() bool { return f.ConsentedAt != nil && f.LeftAt == nil }

// Absence is when a facilitator is away, both days included.
type Absence struct {
	ID           int64
	Since, Until date.Date
}

// Guide is the Facilitator's Guide in a language.
type Guide struct{ Lang, Title, URL string }

// Options are what a Service needs to know.
type Options struct {
	DB         *database.DB
	Vocabulary func() *gcm.Vocabulary
	// Kinds are the kinds of requests that a facilitator can help with.
	Kinds func() workflow.Kinds
	// Files are where the files of requests are.
	Files *attachment.Store
	// Site is what the mails say of the operator.
	Site ui.Site
	// OwnerPath is the owner's page of a request, DeskPath the desk's; without the language.
	OwnerPath, DeskPath func(id workflow.ID) string
	// RequestPath is where one asks for support, without the language.
	RequestPath string
	// Now is the clock.
	Now func() time.Time
}

// Service is what can be done with the roster.
type Service struct {
	Options
	db  *database.DB
	now func() time.Time
}

// NewService returns the service.
func NewService(o Options) *Service { return &Service{Options: o, db: o.DB, now: o.Now} }

func (s *Service) today() date.Date { return date.Today(s.now(), i18n.Geneva) }

// keeps says whether the person keeps the roster: staff of the network desk.
func keeps(who identity.User) bool { return who.OnDesk(identity.NetworkDesk) }

// readTraits reads what is said of a facilitator from a form.
func (s *Service) readTraits(posted url.Values) (f Facilitator, wrong []problem.Field) {
	f.Name = oneLine(posted.Get("name"))
	f.Languages, f.Regions = []string{}, []string{}
	for _, l := range i18n.All {
		if slices.Contains(posted["languages"], string(l)) {
			f.Languages = append(f.Languages, string(l))
		}
	}
	for _, r := range s.Vocabulary().Regions {
		if r.ID != gcm.Global && slices.Contains(posted["regions"], r.ID) {
			f.Regions = append(f.Regions, r.ID)
		}
	}
	switch n := form.Length(f.Name); {
	case n == 0:
		wrong = append(wrong, problem.Field{Name: "name", Key: "facilitator.wrong.name"})
	case n > MaxName:
		wrong = append(wrong, problem.Field{Name: "name", Key: "facilitator.wrong.long", Args: []any{MaxName, n}})
	case strings.ContainsAny(f.Name, "@＠"):
		wrong = append(wrong, problem.Field{Name: "name", Key: "facilitator.wrong.address"})
	}
	if len(f.Languages) == 0 {
		wrong = append(wrong, problem.Field{Name: "languages", Key: "facilitator.wrong.languages"})
	}
	return f, wrong
}

func oneLine(s string) string { return strings.Join(strings.Fields(form.Clean(s)), " ") }

// readAbsence reads when somebody is away; today is the first day that counts.
func readAbsence(posted url.Values, today date.Date) (a Absence, wrong []problem.Field) {
	for _, f := range []struct {
		name string
		to   *date.Date
	}{{"since", &a.Since}, {"until", &a.Until}} {
		d, given, ok, part := form.DateOf(form.Answers(posted), f.name)
		if !given || !ok {
			if part == "" {
				part = "day"
			}
			wrong = append(wrong, problem.Field{Name: f.name + "." + part, Key: "facilitator.wrong." + f.name})
		}
		*f.to = d
	}
	switch {
	case len(wrong) > 0:
	case a.Until.Before(a.Since):
		wrong = append(wrong, problem.Field{Name: "until.day", Key: "facilitator.wrong.end"})
	case a.Until.Before(today):
		wrong = append(wrong, problem.Field{Name: "until.day", Key: "facilitator.wrong.past"})
	case today.AddDays(730).Before(a.Until):
		wrong = append(wrong, problem.Field{Name: "until.day", Key: "facilitator.wrong.far"})
	}
	return a, wrong
}

// List is the roster as the public reads it, of a language and a region where they are chosen.
func (s *Service) List(ctx context.Context, f Filter) ([]Facilitator, error) {
	return public(ctx, s.db.Read(), f)
}

// Filter narrows the public list; its zero value is everybody.
type Filter struct{ Language, Region string }

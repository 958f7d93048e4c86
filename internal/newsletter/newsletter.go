// Package newsletter is the newsletter (publishing.md, Newsletter): readers subscribe without an account, an editor makes
// an issue in several languages, a second person approves it, and each reader gets it once, in their language.
//
// Readers are known by their address alone. They confirm it by a link (double opt-in), and from then on hold a signed link
// to their own page, which is in each mail. No answer of a public page tells whether an address is known.
package newsletter

import (
	"context"
	"slices"
	"time"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web/ui"
)

// Frequency is how often a reader gets an issue.
type Frequency string

// The frequencies. Quarterly readers get the issues of March, June, September and December.
const (
	Monthly   Frequency = "monthly"
	Quarterly Frequency = "quarterly"
)

// Frequencies lists them from the most often to the least.
var Frequencies = []Frequency{Monthly, Quarterly}

// ConfirmWithin is how long the link that confirms may be used; an address that is not confirmed by then is erased
// (quality.md, Retention).
const ConfirmWithin = 7 * 24 * time.Hour

// Choices are what a reader has chosen. Empty interests are all of them.
type Choices struct {
	Lang      i18n.Lang
	Themes    []int    // numbers of thematic areas
	Regions   []string // ids
	Sector    string   // id of a stakeholder sector, "" for none said
	Frequency Frequency
}

// check puts the choices in order and returns what is wrong with them.
func (c Choices) check(v *gcm.Vocabulary) (Choices, []problem.Field) {
	var wrong []problem.Field
	if !c.Lang.Known() {
		wrong = append(wrong, problem.Field{Name: "lang", Key: "newsletter.wrong.lang"})
	}
	var themes []int
	for _, t := range v.Themes {
		if slices.Contains(c.Themes, t.N) {
			themes = append(themes, t.N)
		}
	}
	var regions []string
	for _, r := range v.Regions {
		if slices.Contains(c.Regions, r.ID) && r.ID != gcm.Global {
			regions = append(regions, r.ID)
		}
	}
	c.Themes, c.Regions = append([]int{}, themes...), append([]string{}, regions...)
	if c.Sector != "" && !slices.ContainsFunc(v.Sectors, func(s gcm.Sector) bool { return s.ID == c.Sector }) {
		wrong = append(wrong, problem.Field{Name: "sector", Key: "newsletter.wrong.sector"})
	}
	if !slices.Contains(Frequencies, c.Frequency) {
		wrong = append(wrong, problem.Field{Name: "frequency", Key: "newsletter.wrong.frequency"})
	}
	return c, wrong
}

// Subscriber is a reader.
type Subscriber struct {
	ID            int64
	Email         string
	Lang          i18n.Lang
	Themes        []int
	Regions       []string
	Sector        string
	Frequency     Frequency
	State         string
	ConsentSource string
	ConfirmedAt   *time.Time
}

const subscriberColumns = `id, email, lang, themes, regions, sector, frequency, state, consent_source, confirmed_at`

// Choices are what the reader has chosen.
func (s Subscriber) Choices() Choices {
	return Choices{s.Lang, s.Themes, s.Regions, s.Sector, s.Frequency}
}

// keyOf is the one spelling of an address by which its reader is found.
func keyOf(email string) string { return form.EmailKey(email) }

// readEmail cleans a typed address and says what is wrong with it.
func readEmail(typed string) (string, []problem.Field) {
	email := form.CleanEmail(typed)
	switch {
	case email == "":
		return email, []problem.Field{{Name: "email", Key: "newsletter.wrong.email_missing"}}
	case !form.ValidEmail(email):
		return email, []problem.Field{{Name: "email", Key: "newsletter.wrong.email"}}
	}
	return email, nil
}

// Options are what a Service needs to know.
type Options struct {
	DB         *database.DB
	Vocabulary func() *gcm.Vocabulary
	// Site is what mails say of the operator.
	Site ui.Site
	// Secret signs the links of readers and the addresses to which mails come back.
	Secret []byte
	// Published are where items can be drafted from: each returns what was published since an instant.
	Published []func(ctx context.Context, since time.Time) ([]Source, error)
	// OpenDraft opens a draft of ProposalKind with its first answers for the office of one of the person's posts and returns its number.
	// It is the submission area's.
	OpenDraft func(ctx context.Context, who identity.User, officeID int64, with form.Answers) (workflow.ID, error)
	Now       func() time.Time
}

// Service is what can be done with the newsletter.
type Service struct {
	Options
	db   *database.DB
	now  func() time.Time
	kind *workflow.Kind
}

// NewService returns the service.
func NewService(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Service{Options: o, db: o.DB, now: o.Now}
	s.kind = s.newKind()
	return s
}

// mayEdit refuses whoever is not of the communications desk.
func mayEdit(who identity.User) error {
	if !who.OnDesk(identity.CommunicationsDesk) {
		return problem.Forbidden
	}
	return nil
}

func (s *Service) record(ctx context.Context, tx database.Tx, who int64, act string, id int64, fields ...string) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: who, Act: "newsletter_" + act, Subject: "newsletter", SubjectID: id, Fields: fields, At: s.now()})
}

package app

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/pledge"
	"portal/internal/terms"
	"portal/internal/workflow"
)

// ErrScaled says that many pledges or practices are there already.
var ErrScaled = errors.New("many invented pledges or practices are there already: to have another number of them, begin with an empty database (remove PORTAL_DATA, or name another DATABASE_URL)")

// mostScaled bounds a slip of the finger.
const mostScaled = 1_000_000

// Scale adds n invented, published pledges in six languages, with their offices, people, history and three updates each on
// average, a twentieth as many more that are written, wait or were declined, and a fiftieth that were taken down; as many practices
// of the same offices, and a tenth as many talks: for measuring, not for showing. The same n gives the same data, its days counted from today. It works on an empty portal or on top of the demonstration, all in one transaction, and is
// refused in production and the second time. Unlike everything else it writes past the services, a table at a time.
func (a *App) Scale(ctx context.Context, n int) error {
	return a.scaleOn(ctx, n, date.Today(time.Now(), i18n.Geneva), (*scaler).copyAll)
}

// scaleOn is Scale on a day, or a part of it.
func (a *App) scaleOn(ctx context.Context, n int, today date.Date, write func(*scaler, context.Context, database.Tx) error) error {
	return a.scaleWith(ctx, &scaler{app: a, n: n, today: today, kind: pledge.KindName, desk: identity.PledgesDesk, publicID: pledge.FormatID}, write)
}

// scaleWith lets a scaler write, in one transaction, where it may.
func (a *App) scaleWith(ctx context.Context, s *scaler, write func(*scaler, context.Context, database.Tx) error) error {
	if a.config.Production() {
		return ErrProduction
	}
	if s.n < 1 || s.n > mostScaled {
		return fmt.Errorf("from 1 to %d pledges or practices", mostScaled)
	}
	if there, err := database.Value[bool](ctx, a.db.Read(), `SELECT EXISTS (SELECT FROM settings WHERE name = 'scale')`); err != nil {
		return err
	} else if there {
		return ErrScaled
	}
	demonstration, err := hasDemonstration(ctx, a.db)
	if err != nil {
		return err
	}
	if !demonstration {
		others, err := database.Value[int](ctx, a.db.Read(), `SELECT count(*) FROM users`)
		if err != nil {
			return err
		}
		if others > 0 {
			return errors.New("this portal is in use: invented pledges and practices go into an empty one, or on top of the demonstration data")
		}
	}
	s.vocabulary = a.vocabulary()
	if s.phrases, err = loadPhrases(); err != nil {
		return err
	}
	if !demonstration {
		if _, err := a.db.Read().Exec(ctx, `INSERT INTO settings (name, value) VALUES ('demonstration', $1)`, seedDone); err != nil {
			return fmt.Errorf("scale: %w", err)
		}
		if err := (&seeder{areas: a.areas, start: time.Now(), now: time.Now()}).staff(ctx); err != nil {
			return fmt.Errorf("scale: %w", err)
		}
	}
	err = a.db.InTx(ctx, func(tx database.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO settings (name, value) VALUES ('scale', $1)`, fmt.Sprint(s.n)); err != nil {
			return err
		}
		return write(s, ctx, tx)
	})
	if database.Constraint(err) == "settings_pkey" {
		return ErrScaled
	}
	if err != nil {
		return fmt.Errorf("scale: %w", err)
	}
	// So that plans are good and indexes say what is visible from the first request on.
	if _, err := a.db.Read().Exec(ctx, `VACUUM (ANALYZE)`); err != nil {
		return fmt.Errorf("scale: %w", err)
	}
	return a.assemble(ctx)
}

// Rebuild makes the totals and counts of the public lists anew from what is published.
func (a *App) Rebuild(ctx context.Context) error {
	return errors.Join(a.areas.pledges.Rebuild(ctx), a.areas.practices.Rebuild(ctx), a.areas.programmes.Rebuild(ctx))
}

// scalePerson and scaleOffice are who files.
type scalePerson struct {
	id          int64
	name, email string
}

type scaleOffice struct {
	id                            int64
	lang, name, country, category string
	head, contributor             scalePerson
}

// scaled is one submission; what it is follows from its number alone.
type scaled struct {
	id                           int64
	number                       int64 // of the public ID; 0 when it is not published
	office                       scaleOffice
	state                        workflow.State
	title, lang                  string
	revision, submitted          int
	created, sent, taken, public time.Time
	revised, down                time.Time // publication of the second revision, and taking down, or zero
	answers                      []form.Answers
	replies                      []pledge.Reply // of its partners
	organizers                   []int64        // offices, of a talk
	updates                      []pledge.Reported
}

// scaler makes the data in the order of the tables.
type scaler struct {
	app        *App
	n          int
	today      date.Date
	kind       string        // of the submissions
	desk       identity.Desk // that they are with
	publicID   func(number int64) string
	vocabulary *gcm.Vocabulary
	phrases    map[string]phrases
	names      map[string]nameList
	officers   []int64
	offices    []scaleOffice
	base       struct{ submission, number, ordinal int64 }
}

// seedOf tells the streams of chance apart.
const (
	seedOfOffices uint64 = 1 + iota
	seedOfSubmissions
	seedOfCountries
	seedOfReplies
	seedOfUpdates
	seedOfPractices
	seedOfNotes
	seedOfTalks
)

// begin makes the offices, once, and takes the numbers of so many submissions.
func (s *scaler) begin(ctx context.Context, tx database.Tx, submissions int) error {
	var err error
	if s.names, err = loadNames(); err != nil {
		return err
	}
	// A desk without officers has its lead.
	if s.officers, err = database.Values[int64](ctx, tx, `SELECT u.id FROM users u JOIN staff_roles r ON r.user_id = u.id WHERE r.desk = $1
		AND r.role = (SELECT max(role) FROM staff_roles WHERE desk = $1 AND role IN ('officer', 'lead')) ORDER BY u.id`, s.desk); err != nil {
		return err
	}
	if len(s.officers) == 0 {
		return fmt.Errorf("the desk %s has no officer", s.desk)
	}
	if len(s.offices) == 0 {
		if err := s.copyOffices(ctx, tx); err != nil {
			return err
		}
	}
	s.base.submission, err = nextID(ctx, tx, "submissions", int64(submissions))
	return err
}

// copyPledges writes the offices and what they have filed.
func (s *scaler) copyPledges(ctx context.Context, tx database.Tx) error {
	err := s.begin(ctx, tx, s.all())
	if err != nil {
		return err
	}
	if s.base.ordinal, err = pledge.NextOrdinal(ctx, tx); err != nil {
		return err
	}
	if s.base.number, err = database.Value[int64](ctx, tx, `SELECT setval('pledge_numbers', nextval('pledge_numbers') + $1)`, s.n+s.down()); err != nil {
		return err
	}
	s.base.number -= int64(s.n+s.down()) + 1
	return s.copySubmissions(ctx, tx)
}

// waiting is how many submissions were never published, beside the n that are.
func (s *scaler) waiting() int { return s.n / 20 }

// down is how many pledges were taken down.
func (s *scaler) down() int { return s.n / 50 }

// all is how many submissions there are. First come those that are published, last those that were taken down.
func (s *scaler) all() int { return s.n + s.waiting() + s.down() }

// nextID takes numbers from the table's sequence and returns the one before the first.
func nextID(ctx context.Context, tx database.Tx, table string, n int64) (int64, error) {
	last, err := database.Value[int64](ctx, tx, `SELECT setval(pg_get_serial_sequence($1, 'id'), nextval(pg_get_serial_sequence($1, 'id')) + $2)`, table, n)
	return last - n, err
}

// copyOffices makes the offices with two people each; that of many@demo.example has the most pledges.
func (s *scaler) copyOffices(ctx context.Context, tx database.Tx) error {
	n := min(max(s.n/150, 12), 800)
	offices, err := nextID(ctx, tx, "offices", int64(n))
	if err != nil {
		return err
	}
	users, err := nextID(ctx, tx, "users", int64(2*n))
	if err != nil {
		return err
	}
	password, err := s.app.areas.accounts.Hash(ctx, DemonstrationPassword)
	if err != nil {
		return err
	}
	byPopularity := s.vocabulary.Countries(i18n.English)
	byPopularity = append(byPopularity[:0:0], byPopularity...)
	rand.New(rand.NewPCG(seedOfCountries, 0)).Shuffle(len(byPopularity), func(i, j int) {
		byPopularity[i], byPopularity[j] = byPopularity[j], byPopularity[i]
	})
	given := &seeder{names: s.names}
	began := s.today.AddDays(-3300).In(i18n.Geneva)
	seen := map[string]bool{}
	var officeRows, userRows, termRows, postRows [][]any
	for i := range n {
		r := rand.New(rand.NewPCG(seedOfOffices, uint64(i)))
		o := scaleOffice{id: offices + int64(i) + 1, lang: scaleLangs.pick(r), category: pledge.MemberState}
		o.country = byPopularity[skewed(r, len(byPopularity))].ISO2
		if home := scaleHomes[o.lang]; home != nil && r.IntN(5) > 0 {
			o.country = home[skewed(r, len(home))]
		}
		pattern := skewed(r, 7)
		if pattern >= 3 {
			o.category = s.vocabulary.Categories[1+r.IntN(len(s.vocabulary.Categories)-1)].ID
		}
		w := writer{Rand: r, lang: o.lang, phrases: s.phrases[o.lang], country: s.vocabulary.CountryName(i18n.Lang(o.lang), o.country)}
		for o.name = w.fill(w.phrases.Offices[pattern]); seen[strings.ToLower(o.name)+o.country]; {
			o.name = w.fill(w.phrases.Offices[3+r.IntN(4)]) + " " + w.name()
		}
		seen[strings.ToLower(o.name)+o.country] = true
		for k, person := range []*scalePerson{&o.head, &o.contributor} {
			*person = scalePerson{id: users + int64(2*i+k) + 1, name: given.name(o.lang), email: fmt.Sprintf("person%d@scale.example", 2*i+k+1)}
			hash, role := "", identity.Head
			if i == 0 && k == 0 {
				person.email, hash = "many@demo.example", password
			}
			if k == 1 {
				role = identity.Contributor
			}
			userRows = append(userRows, []any{person.id, person.email, person.name, positions[o.lang], o.country, o.lang, hash, began, terms.Current(began).Number, began})
			termRows = append(termRows, []any{person.id, terms.Current(began).Number, began})
			postRows = append(postRows, []any{person.id, o.id, string(role), "approved", s.today.AddDays(-3300), began, began})
		}
		officeRows = append(officeRows, []any{o.id, o.name, o.category, o.country, "approved", began, began})
		s.offices = append(s.offices, o)
	}
	for _, t := range []struct {
		table   string
		columns []string
		rows    [][]any
	}{
		{"offices", []string{"id", "name", "category", "country", "state", "created_at", "decided_at"}, officeRows},
		{"users", []string{"id", "email", "name", "position", "country", "lang", "password_hash", "email_verified_at", "terms_version", "created_at"}, userRows},
		{"terms_acceptances", []string{"user_id", "version", "accepted_at"}, termRows},
		{"posts", []string{"user_id", "office_id", "role", "state", "from_on", "created_at", "decided_at"}, postRows},
	} {
		if _, err := tx.CopyFrom(ctx, pgx.Identifier{t.table}, t.columns, pgx.CopyFromRows(t.rows)); err != nil {
			return fmt.Errorf("copy %s in: %w", t.table, err)
		}
	}
	return nil
}

// make invents submission i, one of those that are published if it is below n.
func (s *scaler) make(i int) scaled {
	r := rand.New(rand.NewPCG(seedOfSubmissions, uint64(i)))
	x := scaled{id: s.base.submission + int64(i) + 1, revision: 1, submitted: 1, state: workflow.Published}
	x.office = s.offices[skewed(r, len(s.offices))]
	days := 0 // since it was sent in
	switch waits := i - s.n; {
	case waits < 0:
		// Evenly from 2018 to yesterday, the later the more.
		at := 1 - float64(i)/float64(s.n)
		days = 15 + int(at*at*float64(s.today.Year()-2018)*365) + r.IntN(9)
		x.number = s.base.number + int64(i) + 1
	case waits >= s.waiting():
		days = 400 + r.IntN(1500)
		x.number = s.base.number + int64(i-s.waiting()) + 1
		x.state = workflow.Archived
	default:
		days = 1 + skewed(r, 60)
		x.state = spread[workflow.State]{{workflow.Submitted, 35}, {workflow.InReview, 20}, {workflow.ChangesRequested, 10}, {workflow.Draft, 20}, {workflow.Declined, 10}, {workflow.Withdrawn, 5}}.pick(r)
	}
	x.sent = s.today.AddDays(-days).In(i18n.Geneva).Add(time.Duration(8*3600+r.IntN(9*3600)) * time.Second)
	x.created = x.sent.AddDate(0, 0, -1-r.IntN(20))
	x.taken = x.sent.Add(time.Duration(1+r.IntN(40)) * time.Hour)
	x.public = x.taken.Add(time.Duration(1+r.IntN(100)) * time.Hour)
	lang := x.office.lang
	if r.IntN(10) == 0 {
		lang = "en"
	}
	w := writer{Rand: r, lang: lang, phrases: s.phrases[lang], country: s.vocabulary.CountryName(i18n.Lang(lang), x.office.country), year: x.sent.Year()}
	due := func(a form.Answers, name string, days int) { setDay(a, name, date.Of(x.sent).AddDays(days)) }
	x.lang = lang
	a := w.scalePledge(s.vocabulary, x.office, due, s.base.number+1, int64(min(i, s.n)))
	if r.IntN(6) == 0 {
		for other := scaleLangs.pick(r); other != lang; other = lang {
			v := writer{Rand: r, lang: other, phrases: s.phrases[other], country: s.vocabulary.CountryName(i18n.Lang(other), x.office.country), year: w.year}
			v.version(a)
		}
	}
	x.title = a.First("title")
	x.answers = []form.Answers{a}
	x.replies = s.replies(i, x, w)
	switch {
	case x.state == workflow.Draft:
		x.submitted = 0
	case x.state == workflow.ChangesRequested:
		x.revision = 2
		x.answers = append(x.answers, a)
	case x.state == workflow.Published && i%25 == 7 && days > 200:
		again := form.Answers{}
		for name, values := range a {
			again[name] = values
		}
		again["barriers"] = []string{w.fill("{t}: {m}.")}
		x.answers = append(x.answers, again)
		x.revision, x.submitted = 2, 2
		x.revised = x.public.AddDate(0, 3, r.IntN(60))
	case x.state == workflow.Archived:
		x.down = x.public.AddDate(0, 0, 20+r.IntN(days-50))
	}
	x.updates = s.updates(i, x, w)
	return x
}

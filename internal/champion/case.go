package champion

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"portal/internal/attachment"
	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// KindName is the kind of submission by which a country joins, and the start of all keys of its texts.
const KindName = "champion"

// FilingCategory is the category of the offices that may speak for a State: permanent missions and ministries.
const FilingCategory = "member_state"

// noteFileField is the question for the note verbale.
const noteFileField = "note_file"

// MaxCommitment bounds what is said of one objective, in characters as a person counts them; champions.md names no limit.
const MaxCommitment = 1500

// newForm returns the definition of the expression of interest.
func newForm() *form.Definition {
	return &form.Definition{Kind: KindName, Steps: []form.Step{
		{ID: "note", Rules: noteRules, Fields: []form.Field{
			{ID: "note_reference", Type: form.Text, Required: true, Private: true, Max: MaxReference},
			{ID: "note_date", Type: form.Date, Required: true, Private: true},
			{ID: noteFileField, Type: form.Files, Required: true, Private: true, Max: 1},
		}},
		{ID: "role", Rules: roleRules, Fields: []form.Field{
			{ID: "language", Type: form.Select, Required: true, Options: languageOptions},
			{ID: "focal_office", Type: form.Text, Required: true, Max: MaxOffice},
			{ID: "since", Type: form.Date},
			{ID: "statement", Type: form.LongText, Max: MaxStatement},
		}},
		{ID: "commitments", Rules: commitmentRules, Fields: []form.Field{
			{ID: "commitments", Type: form.Group, Max: gcm.Objectives, Fields: []form.Field{
				{ID: "objective", Type: form.Select, Required: true, Options: objectiveOptions},
				{ID: "text", Type: form.LongText, Required: true, Max: MaxCommitment},
			}},
		}},
		{ID: "contact", Fields: []form.Field{
			{ID: "contact_name", Type: form.Text, Required: true, Private: true, Max: 200, Autocomplete: "name"},
			{ID: "contact_email", Type: form.Email, Required: true, Private: true, Max: 254, Autocomplete: "email"},
		}},
	}}
}

func languageOptions(context.Context, *gcm.Vocabulary) []form.Option {
	var all []form.Option
	for _, l := range i18n.All {
		all = append(all, form.Option{Value: string(l), Label: l.Name()})
	}
	return all
}

func objectiveOptions(ctx context.Context, v *gcm.Vocabulary) []form.Option {
	var all []form.Option
	for _, o := range v.Objectives {
		all = append(all, form.Option{Value: strconv.Itoa(o.N), Label: o.Name(i18n.From(ctx))})
	}
	return all
}

func noteRules(a form.Answers, env form.Env) []form.Wrong { return notLater(a, "note_date", env.Today) }

func roleRules(a form.Answers, env form.Env) []form.Wrong { return notLater(a, "since", env.Today) }

// notLater says that a day is in the future that cannot be.
func notLater(a form.Answers, name string, today date.Date) []form.Wrong {
	if d, given, ok, _ := form.DateOf(a, name); given && ok && today.Before(d) {
		return []form.Wrong{{Name: name + ".day", Key: "champion.wrong.later"}}
	}
	return nil
}

// commitmentRules says that an objective stands there twice.
func commitmentRules(a form.Answers, _ form.Env) []form.Wrong {
	seen := map[string]bool{}
	for i := range a.Rows("commitments") {
		name := form.RowName("commitments", i, "objective")
		if n := a.First(name); n != "" && seen[n] {
			return []form.Wrong{{Name: name, Key: "champion.wrong.twice"}}
		}
		seen[a.First(name)] = true
	}
	return nil
}

// newKind is what the machine of submissions knows of the joining of a country. It is called as its country is.
func (s *Service) newKind() *workflow.Kind {
	return &workflow.Kind{
		Name: KindName, Plan: workflow.Entered, Desk: identity.NetworkDesk, Form: newForm(),
		Lang: func(a form.Answers, fallback string) string {
			if l := i18n.Lang(a.First("language")); l.Known() {
				return string(l)
			}
			return fallback
		},
		Objectives: func(a form.Answers) (all []int) {
			for _, m := range commitmentsOf(a, "", "") {
				all = append(all, m.Objective)
			}
			return all
		},
		Held:      s.held,
		Submitted: s.expressed,
		Withdrawn: s.givenUp,
		Declined:  s.givenUp,
		Approved:  s.confirmed,
		TakeDown:  s.takenBack,
	}
}

// Kind is what the machine of submissions knows of the joining of a country; always the same value.
func (s *Service) Kind() *workflow.Kind { return s.kind }

// commitmentsOf reads the commitments of the answers; what is blank or no objective is left out, and of an objective that stands
// there twice the second.
func commitmentsOf(a form.Answers, country, lang string) []Commitment {
	var all []Commitment
	for i := range a.Rows("commitments") {
		row := a.Row("commitments", i)
		n, err := strconv.Atoi(row.First("objective"))
		text := row.First("text")
		if err == nil && n >= 1 && n <= gcm.Objectives && text != "" && !slices.ContainsFunc(all, func(m Commitment) bool { return m.Objective == n }) {
			all = append(all, Commitment{country, n, text, lang})
		}
	}
	return all
}

// held keeps a case without its note verbale from being handed in, and one that has come to an office that cannot speak for the
// State. A case is called as its country was when it was begun: a name that is no State's today is a former one.
func (s *Service) held(ctx context.Context, q database.Querier, sub workflow.Submission) ([]form.Wrong, error) {
	category, err := database.Value[string](ctx, q, `SELECT category FROM offices WHERE id = $1`, sub.OfficeID)
	if err != nil {
		return nil, err
	}
	another := slices.ContainsFunc(s.vocabulary().Countries(i18n.English), func(c gcm.Country) bool {
		return c.ISO2 != sub.Country && slices.Contains(slices.Collect(maps.Values(c.Names)), sub.Title)
	})
	if category != FilingCategory || another {
		return []form.Wrong{{Name: noteFileField, Key: "champion.wrong.office"}}, nil
	}
	files, err := attachment.List(ctx, q, sub.ID, sub.Revision)
	if err != nil || slices.ContainsFunc(files, func(f attachment.Attachment) bool { return f.Field == noteFileField }) {
		return nil, err
	}
	return []form.Wrong{{Name: noteFileField, Key: "champion.field.note_file.missing"}}, nil
}

// entryFor locks the entry of a country, making one with the status if there is none; added says so.
func entryFor(ctx context.Context, tx database.Tx, country string, status Status, now time.Time) (e Entry, added bool, err error) {
	if added, err = addEntry(ctx, tx, country, status, now); err != nil {
		return e, added, err
	}
	e, err = lockEntry(ctx, tx, country)
	return e, added, err
}

// expressed keeps in the registry that the country has expressed its interest. One of which the public knows already stays as it
// is until there is a decision.
func (s *Service) expressed(ctx context.Context, tx database.Tx, sub workflow.Submission, _ form.Answers, now time.Time) error {
	e, added, err := entryFor(ctx, tx, sub.Country, Expressed, now)
	if err != nil || !added && !e.Status.May(Expressed) {
		return err
	}
	from := e.Status
	if added {
		from = ""
	}
	return s.become(ctx, tx, e, from, Expressed, sub, now)
}

// become writes a status of an entry that follows from a case.
func (s *Service) become(ctx context.Context, tx database.Tx, e Entry, from, to Status, sub workflow.Submission, now time.Time) error {
	e.Status, e.ChangedAt = to, now
	if err := updateEntry(ctx, tx, e); err != nil {
		return err
	}
	_, err := insertEvent(ctx, tx, Event{Country: e.Country, Act: ActStatus, FromStatus: from, ToStatus: to, SubmissionID: &sub.ID, At: now}, 0)
	return err
}

// givenUp takes back what expressed has done, when the case was declined or taken back.
func (s *Service) givenUp(ctx context.Context, tx database.Tx, sub workflow.Submission, now time.Time) error {
	e, err := lockEntry(ctx, tx, sub.Country)
	if errors.Is(err, problem.NotFound) || err == nil && e.Status != Expressed {
		return nil
	}
	if err != nil {
		return err
	}
	before, err := database.Value[Status](ctx, tx, `SELECT coalesce(max(from_status), 'unconfirmed') FROM champion_events WHERE country = $1 AND submission_id = $2 AND to_status = 'expressed'`, sub.Country, sub.ID)
	if err != nil {
		return err
	}
	return s.become(ctx, tx, e, Expressed, before, sub, now)
}

// confirmed makes the country a Champion country, with what its case says: since the day that it names, or the day of the
// decision. The note verbale becomes a document of the registry that is not released.
func (s *Service) confirmed(ctx context.Context, tx database.Tx, sub workflow.Submission, a form.Answers, now time.Time) error {
	e, _, err := entryFor(ctx, tx, sub.Country, Expressed, now)
	if err != nil {
		return err
	}
	from := e.Status
	since := on(date.Today(now, i18n.Geneva))
	if d, given, ok, _ := form.DateOf(a, "since"); given && ok {
		since = on(d)
	}
	if from != Paused && from != Confirmed || e.Since == "" { // it joins anew
		e.Since = since
	}
	e.Ended, e.SubmissionID = "", &sub.ID
	e.FocalOffice, e.Statement, e.StatementLang = line(a.First("focal_office")), a.First("statement"), s.kind.Lang(a, sub.Lang)
	if err := s.become(ctx, tx, e, from, Confirmed, sub, now); err != nil {
		return err
	}
	if err := setCommitments(ctx, tx, sub.Country, commitmentsOf(a, sub.Country, e.StatementLang)); err != nil {
		return err
	}
	files, err := attachment.List(ctx, tx, sub.ID, *sub.SubmittedRevision)
	if err != nil {
		return err
	}
	day, _, _, _ := form.DateOf(a, "note_date")
	reference := a.First("note_reference")
	for _, f := range files {
		if f.Field != noteFileField {
			continue
		}
		note := Document{
			Country: sub.Country, Kind: Note, Title: i18n.TL(i18n.Lang(e.StatementLang), "champion.note.title", reference), Lang: e.StatementLang, Reference: reference, Dated: on(day),
			AttachmentID: &f.ID,
		}
		if _, err := insertDocument(ctx, tx, note, now); err != nil {
			return err
		}
	}
	return nil
}

// takenBack ends the role that came of a case whose decision is taken back; the reason stands with the case.
func (s *Service) takenBack(ctx context.Context, tx database.Tx, sub workflow.Submission, now time.Time) error {
	e, err := lockEntry(ctx, tx, sub.Country)
	if err != nil {
		return err
	}
	if e.SubmissionID == nil || *e.SubmissionID != sub.ID || !e.Status.May(Ended) { // the registry has gone on since
		return nil
	}
	e.Ended = on(date.Today(now, i18n.Geneva))
	if e.Ended.before(e.Since) {
		e.Since = e.Ended
	}
	return s.become(ctx, tx, e, e.Status, Ended, sub, now)
}

// Filers are the person's posts with which they may begin a case: writers' posts in offices of FilingCategory, each with its
// country.
func (s *Service) Filers(ctx context.Context, who identity.User) ([]Filer, error) {
	all, err := database.Rows[Filer](ctx, s.db.Read(), `SELECT o.id AS office_id, o.name, o.country FROM offices o JOIN posts p ON p.office_id = o.id
		WHERE p.user_id = $1 AND p.role <> 'viewer' AND o.category = $2 AND o.country <> '' ORDER BY o.name, o.id`, who.ID, FilingCategory)
	all = slices.DeleteFunc(all, func(f Filer) bool { // posts that are over or refused
		post, ok := who.Post(f.OfficeID)
		return !ok || post.Role == identity.Viewer
	})
	return slices.CompactFunc(all, func(a, b Filer) bool { return a.OfficeID == b.OfficeID }), wrap("offices that may speak for a State", err)
}

// Filer is an office that may speak for a State.
type Filer struct {
	OfficeID int64
	Name     string
	Country  string
}

// Standing is what there is of a country already: its entry in the registry, and its open case.
type Standing struct {
	Country string
	Status  Status // "" for none
	// Office is the name of the office that has an open case; "" for none. Case is its number where it is the person's own.
	Office string
	Case   workflow.ID
}

// Stands returns what there is of the country for the person.
func (s *Service) Stands(ctx context.Context, who identity.User, country string) (Standing, error) {
	st := Standing{Country: country}
	switch e, err := findEntry(ctx, s.db.Read(), country); {
	case err == nil:
		st.Status = e.Status
	case !errors.Is(err, problem.NotFound):
		return st, err
	}
	// Who has begun a case for their State is no secret to its other offices, and nothing else is told of it.
	open, err := database.Rows[struct {
		ID       workflow.ID
		OfficeID int64
		Name     string
	}](ctx, s.db.Read(), `SELECT s.id, s.office_id, o.name FROM submissions s JOIN offices o ON o.id = s.office_id
		WHERE s.kind = 'champion' AND s.state IN ('draft', 'submitted', 'in_review', 'changes_requested', 'put_away') AND s.country = $1`, country)
	for _, c := range open {
		st.Office = c.Name
		if _, own := who.Post(c.OfficeID); own || Keeps(who) {
			st.Case = c.ID
		}
	}
	return st, wrap("the open case of "+country, err)
}

// ErrOpen says that the country has an open case: Stands tells which.
var ErrOpen = fmt.Errorf("the country has an open case: %w", problem.NotAllowedNow)

// ErrThere says that the country is a Champion country already.
var ErrThere = fmt.Errorf("it is a Champion country: %w", problem.NotAllowedNow)

// Begin opens a case for one of the Filers; any other office is problem.Forbidden. A country that has an open one is ErrOpen, a
// Champion country ErrThere.
func (s *Service) Begin(ctx context.Context, who identity.User, officeID int64) (workflow.ID, error) {
	filers, err := s.Filers(ctx, who)
	if err != nil {
		return 0, err
	}
	i := slices.IndexFunc(filers, func(f Filer) bool { return f.OfficeID == officeID })
	if i < 0 {
		return 0, fmt.Errorf("begin a case for office %d: %w", officeID, problem.Forbidden)
	}
	country := filers[i].Country
	st, err := s.Stands(ctx, who, country)
	switch {
	case err != nil:
		return 0, err
	case st.Status == Confirmed:
		return 0, ErrThere
	}
	var id workflow.ID
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		about := workflow.About{Office: officeID, Title: s.vocabulary().CountryName(i18n.Lang(who.Lang), country), Lang: who.Lang}
		id, err = workflow.StartAbout(ctx, tx, s.kind, about, who, s.now())
		return err
	})
	if database.Constraint(err) == workflow.OneCase {
		return 0, ErrOpen
	}
	return id, wrap("begin a case for "+country, err)
}

// ForDesk shows the desk where the State stands in the registry, with the way to its entry; nil while it has none.
func (s *Service) ForDesk(ctx context.Context, sub workflow.Submission, _ form.Answers) (templ.Component, error) {
	e, err := findEntry(ctx, s.db.Read(), sub.Country)
	if errors.Is(err, problem.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return registered(e), nil
}

// Suggest returns what a step that was never saved shows to begin with. Nothing of it is kept until the person saves the step.
func (s *Service) Suggest(_ context.Context, who identity.User, sub workflow.Submission, step string) (form.Answers, error) {
	switch step {
	case "role":
		return form.Answers{"language": {who.Lang}, "focal_office": {sub.OfficeName}}, nil
	case "contact":
		return form.Answers{"contact_name": {who.Name}, "contact_email": {who.Email}}, nil
	}
	return nil, nil
}

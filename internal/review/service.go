package review

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"portal/internal/attachment"
	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/mail"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web/ui"
)

// Options are what a Service needs to know.
type Options struct {
	DB    *database.DB
	Kinds workflow.Kinds
	// Site is what the letters say of the operator.
	Site ui.Site
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Service is what staff can do with submissions.
type Service struct {
	db    *database.DB
	kinds workflow.Kinds
	site  ui.Site
	now   func() time.Time
}

// NewService returns the desk over the given kinds.
func NewService(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Service{db: o.DB, kinds: o.Kinds, site: o.Site, now: o.Now}
}

// Row is a line of the queue.
type Row struct {
	workflow.Submission
	// Due and Light are of the first answer; zero and "" when the desk has nothing to answer.
	Due   date.Date
	Light Light
}

// Page is a page of the queue.
type Page struct {
	Filter Filter
	Rows   []Row
	Total  int
	Counts map[Group]int
}

// Queue returns a page of what the person's desks have before them.
func (s *Service) Queue(ctx context.Context, who identity.User, f Filter) (Page, error) {
	page := Page{Filter: f}
	late := s.overdueBefore()
	var err error
	if page.Total, err = queueCount(ctx, s.db.Read(), f, who, late); err != nil {
		return page, fmt.Errorf("count the queue: %w", err)
	}
	if last := max(1, (page.Total+PerPage-1)/PerPage); f.Page > last {
		page.Filter.Page = last
	}
	if page.Rows, err = s.rows(ctx, who, page.Filter, PerPage, (page.Filter.Page-1)*PerPage); err != nil {
		return page, err
	}
	if page.Counts, err = groupCounts(ctx, s.db.Read(), who); err != nil {
		return page, fmt.Errorf("count the groups of the queue: %w", err)
	}
	return page, nil
}

// maxExport bounds an export of the queue; more than that is not one desk's work.
const maxExport = 20_000

// Export returns all rows of the filter, in the order of the page.
func (s *Service) Export(ctx context.Context, who identity.User, f Filter) ([]Row, error) {
	return s.rows(ctx, who, f, maxExport, 0)
}

func (s *Service) rows(ctx context.Context, who identity.User, f Filter, limit, offset int) ([]Row, error) {
	found, err := queueRows(ctx, s.db.Read(), f, who, s.overdueBefore(), limit, offset)
	if err != nil {
		return nil, fmt.Errorf("read the queue: %w", err)
	}
	rows := make([]Row, len(found))
	for i, sub := range found {
		rows[i] = s.row(sub)
	}
	return rows, nil
}

func (s *Service) row(sub workflow.Submission) Row {
	r := Row{Submission: sub}
	if kind, ok := s.kinds[sub.Kind]; ok && sub.SubmittedAt != nil && (sub.State == workflow.Submitted || sub.State == workflow.InReview) {
		r.Due = Due(*sub.SubmittedAt, kind.FirstAnswerDays)
		r.Light = LightOf(r.Due, s.now())
	}
	return r
}

// overdueBefore gives for each kind the instant before which what was handed in is overdue now.
func (s *Service) overdueBefore() map[string]time.Time {
	before := map[string]time.Time{}
	for name, kind := range s.kinds {
		day := date.Of(s.now().In(i18n.Geneva))
		for !Due(day.In(i18n.Geneva), kind.FirstAnswerDays).Before(date.Of(s.now().In(i18n.Geneva))) {
			day = day.AddDays(-1)
		}
		before[name] = day.AddDays(1).In(i18n.Geneva)
	}
	return before
}

// Case is all that the desk sees of one submission.
type Case struct {
	Row
	Kind       *workflow.Kind
	Choices    []workflow.Action
	Text       workflow.Text
	Revision   int // the revision shown
	Earlier    []int
	Files      []attachment.Attachment
	Notes      []workflow.Note
	Events     []workflow.Event
	Requested  map[string]string // changes asked for when the revision was read
	Answered   map[string]string // changes asked for before this revision
	Colleagues []Colleague
}

// Open returns one submission as the desk sees it; what the person's desks may not see is problem.NotFound.
func (s *Service) Open(ctx context.Context, who identity.User, id workflow.ID) (Case, error) {
	q := s.db.Read()
	sub, err := s.find(ctx, q, who, id)
	if err != nil {
		return Case{}, err
	}
	kind := s.kinds[sub.Kind]
	c := Case{Row: s.row(sub), Kind: kind, Choices: Choices(kind, sub), Revision: sub.DeskRevision()}
	if c.Text, err = workflow.ReadText(ctx, q, id, c.Revision); err != nil {
		return c, err
	}
	if c.Files, err = attachment.List(ctx, q, id, c.Revision); err != nil {
		return c, err
	}
	if c.Notes, err = workflow.Notes(ctx, q, sub); err != nil {
		return c, err
	}
	if c.Events, err = workflow.Events(ctx, q, sub); err != nil {
		return c, err
	}
	for _, e := range c.Events {
		if e.Action == workflow.Submit && e.Revision < c.Revision {
			c.Earlier = append(c.Earlier, e.Revision)
		}
	}
	if c.Requested, err = workflow.RequestedChanges(ctx, q, id, c.Revision); err != nil {
		return c, err
	}
	if len(c.Earlier) > 0 {
		if c.Answered, err = workflow.RequestedChanges(ctx, q, id, c.Earlier[len(c.Earlier)-1]); err != nil {
			return c, err
		}
	}
	c.Colleagues, err = colleagues(ctx, q, id)
	return c, err
}

// Compare returns the answers of two handed-in revisions of a submission.
func (s *Service) Compare(ctx context.Context, who identity.User, id workflow.ID, from, to int) (before, after form.Answers, err error) {
	sub, err := s.find(ctx, s.db.Read(), who, id)
	if err != nil {
		return nil, nil, err
	}
	for _, revision := range []int{from, to} {
		if revision < 1 || revision > sub.DeskRevision() {
			return nil, nil, problem.NotFound
		}
	}
	was, err := workflow.ReadText(ctx, s.db.Read(), id, from)
	if err != nil {
		return nil, nil, err
	}
	is, err := workflow.ReadText(ctx, s.db.Read(), id, to)
	if err != nil {
		return nil, nil, err
	}
	return was.Answers(), is.Answers(), nil
}

func (s *Service) find(ctx context.Context, q database.Querier, who identity.User, id workflow.ID) (workflow.Submission, error) {
	sub, err := workflow.Find(ctx, q, id, who)
	if err == nil && (sub.Side != workflow.ByDesk || s.kinds[sub.Kind] == nil) {
		err = problem.NotFound
	}
	return sub, err
}

func (s *Service) lock(ctx context.Context, tx database.Tx, who identity.User, id workflow.ID) (workflow.Submission, *workflow.Kind, error) {
	sub, err := workflow.Lock(ctx, tx, id, who)
	if err == nil && (sub.Side != workflow.ByDesk || s.kinds[sub.Kind] == nil) {
		err = problem.NotFound
	}
	return sub, s.kinds[sub.Kind], err
}

// Assign gives the submission to a member of the desk, or takes it from everybody (to is 0). Who takes a submitted one
// themself begins its review.
func (s *Service) Assign(ctx context.Context, who identity.User, id workflow.ID, to int64, version int) error {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		sub, kind, err := s.lock(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if version != sub.Version {
			return problem.Stale
		}
		if err := workflow.Assign(ctx, tx, &sub, to, who, s.now()); err != nil {
			return err
		}
		if to == who.ID && sub.State == workflow.Submitted {
			_, err = workflow.Apply(ctx, tx, kind, &sub, workflow.Take, who, workflow.Input{}, s.now())
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("assign submission %d: %w", id, err)
	}
	return nil
}

// Note writes a note that only staff see.
func (s *Service) Note(ctx context.Context, who identity.User, id workflow.ID, body string) error {
	return s.write(ctx, who, id, workflow.ToStaff, body)
}

// Message writes to the submitter, by mail and on the submission's page, without deciding anything.
func (s *Service) Message(ctx context.Context, who identity.User, id workflow.ID, body string) error {
	return s.write(ctx, who, id, workflow.ToSubmitter, body)
}

func (s *Service) write(ctx context.Context, who identity.User, id workflow.ID, shownTo workflow.Audience, body string) error {
	body = cleanNote(body)
	if n := form.Length(body); n > workflow.MaxNote {
		return problem.Invalid(problem.Field{Name: "note", Key: "review.note.too_long", Args: []any{workflow.MaxNote, n}})
	}
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		sub, kind, err := s.lock(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if _, err := workflow.AddNote(ctx, tx, sub, shownTo, body, who.ID, s.now()); err != nil {
			return err
		}
		if shownTo == workflow.ToStaff {
			return nil
		}
		return s.letters(ctx, tx, kind, sub, letter{kind: "message", note: body})
	})
	if err != nil {
		return fmt.Errorf("write on submission %d: %w", id, err)
	}
	return nil
}

// Decision is what the desk decided, as read at Version.
type Decision struct {
	Action  workflow.Action
	Version int
	Note    string
	Changes []workflow.ChangeRequest
}

// Check returns what is wrong with the decision before it is confirmed: a note that is missing or too long, a change
// asked for at no question of the form.
func (s *Service) Check(ctx context.Context, who identity.User, id workflow.ID, d Decision) error {
	sub, err := s.find(ctx, s.db.Read(), who, id)
	if err != nil {
		return err
	}
	return check(s.kinds[sub.Kind], sub, d)
}

func check(kind *workflow.Kind, sub workflow.Submission, d Decision) error {
	if d.Version != sub.Version {
		return problem.Stale
	}
	if d.Action == "" {
		return problem.Invalid(problem.Field{Name: "action", Key: "review.decision.missing"})
	}
	step, ok := kind.Plan.Find(d.Action, sub.State, sub.Published())
	if !ok {
		return problem.NotAllowedNow
	}
	var wrong []problem.Field
	if step.Note && cleanNote(d.Note) == "" && (d.Action != workflow.RequestChanges || len(d.Changes) == 0) {
		wrong = append(wrong, problem.Field{Name: "note", Key: "workflow.note.missing." + string(d.Action)})
	}
	if n := form.Length(d.Note); n > workflow.MaxNote {
		wrong = append(wrong, problem.Field{Name: "note", Key: "review.note.too_long", Args: []any{workflow.MaxNote, n}})
	}
	for _, c := range d.Changes {
		if _, _, ok := kind.Form.Field(c.Field); !ok {
			return problem.NotFound
		}
		if n := form.Length(c.Body); n > workflow.MaxNote {
			wrong = append(wrong, problem.Field{Name: "change." + c.Field, Key: "review.note.too_long", Args: []any{workflow.MaxNote, n}})
		}
	}
	return problem.Invalid(wrong...)
}

// Decide takes the decision and sends its letters, all in one transaction.
func (s *Service) Decide(ctx context.Context, who identity.User, id workflow.ID, d Decision) error {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		sub, kind, err := s.lock(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if err := check(kind, sub, d); err != nil {
			return err
		}
		if d.Action != workflow.RequestChanges {
			d.Changes = nil
		}
		in := workflow.Input{Version: d.Version, Note: cleanNote(d.Note), Changes: d.Changes}
		if _, err := workflow.Apply(ctx, tx, kind, &sub, d.Action, who, in, s.now()); err != nil {
			return err
		}
		return s.letters(ctx, tx, kind, sub, letter{kind: string(d.Action), note: in.Note, changes: in.Changes})
	})
	if err != nil {
		return fmt.Errorf("decide on submission %d: %w", id, err)
	}
	return nil
}

// PublishWaiting publishes what was approved and waited for the office, in the transaction that approves the office.
func (s *Service) PublishWaiting(ctx context.Context, tx database.Tx, office int64) error {
	ids, err := waitingForOffice(ctx, tx, office)
	if err != nil {
		return fmt.Errorf("what waits for office %d: %w", office, err)
	}
	for _, id := range ids {
		sub, err := workflow.LockForPortal(ctx, tx, id)
		if err != nil {
			return err
		}
		kind := s.kinds[sub.Kind]
		if kind == nil || kind.Publish == nil {
			continue // the Deciding plan ends at approved
		}
		_, err = workflow.PublishWaiting(ctx, tx, kind, &sub, s.now())
		if errors.Is(err, problem.NotAllowedNow) {
			continue
		}
		if err != nil {
			return err
		}
		if err := s.letters(ctx, tx, kind, sub, letter{kind: string(workflow.Publish)}); err != nil {
			return err
		}
	}
	return nil
}

// letter is what a mail to the submitter says.
type letter struct {
	kind    string // an action, or "message"
	note    string
	changes []workflow.ChangeRequest
}

// letters queues the letter to everybody on the owner's side, each in their own language.
func (s *Service) letters(ctx context.Context, tx database.Tx, kind *workflow.Kind, sub workflow.Submission, l letter) error {
	to, err := workflow.OwnerRecipients(ctx, tx, sub)
	if err != nil {
		return fmt.Errorf("recipients of submission %d: %w", sub.ID, err)
	}
	for _, r := range to {
		message, err := s.compose(ctx, kind, sub, l, r)
		if err != nil {
			return err
		}
		if err := mail.Queue(ctx, tx, message); err != nil {
			return err
		}
	}
	return nil
}

func cleanNote(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\x00", "")
	return strings.TrimSpace(strings.ToValidUTF8(s, ""))
}

package review

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"portal/internal/attachment"
	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
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
	// About returns what the kind has to tell the reader of a case, above the answers of the revision, or nil. nil says nothing.
	About func(ctx context.Context, sub workflow.Submission, a form.Answers) (templ.Component, error)
	// Unreviewed is the condition, in SQL, that a submission s is approved only with a reason, since the reviews that its
	// kind asks for are not in; "" for never.
	Unreviewed string
	// Call is the condition that a submission s came for a call, with %s for the place of the call's number; "" where there are no calls.
	Call string
	// Facilitators are who would be given each of the submissions that somebody outside the desk can help with, and Facilitate gives
	// one to such a person by the rule of that place, in the transaction of handing in. nil where there is nobody.
	Facilitators func(ctx context.Context, q database.Querier, ids []workflow.ID) (map[workflow.ID]int64, error)
	Facilitate   func(ctx context.Context, tx database.Tx, sub workflow.Submission, to int64, rule int) error
	// FacilitatedDesk is the desk whose rules can do that.
	FacilitatedDesk identity.Desk
	// Alarms are what the radar looks for beside the desk's own.
	Alarms []Alarm
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Service is what staff can do with submissions.
type Service struct {
	db         *database.DB
	kinds      workflow.Kinds
	site       ui.Site
	about      func(ctx context.Context, sub workflow.Submission, a form.Answers) (templ.Component, error)
	now        func() time.Time
	unreviewed string
	call       string
	// alarms are those of the radar that other areas bring.
	alarms []Alarm
	// facilitators, facilitate and facilitatedDesk are of people outside the desk who help; see Options.
	facilitators    func(ctx context.Context, q database.Querier, ids []workflow.ID) (map[workflow.ID]int64, error)
	facilitate      func(ctx context.Context, tx database.Tx, sub workflow.Submission, to int64, rule int) error
	facilitatedDesk identity.Desk
}

// NewService returns the desk over the given kinds.
func NewService(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Unreviewed == "" {
		o.Unreviewed = "false"
	}
	return &Service{db: o.DB, kinds: o.Kinds, site: o.Site, about: o.About, now: o.Now, call: o.Call, unreviewed: o.Unreviewed, alarms: o.Alarms,
		facilitators: o.Facilitators, facilitate: o.Facilitate, facilitatedDesk: o.FacilitatedDesk}
}

// Case is all that the desk sees of one submission.
type Case struct {
	Row
	Kind    *workflow.Kind
	Choices []workflow.Action
	// Unreviewed says that the reviews which the kind asks for are not in: who approves all the same says why.
	Unreviewed bool
	// Text is the revision that the desk reads, Before the one that was handed in before it, nil when it is the first.
	Text   Revision
	Before *Revision
	// HandedIn are the revisions that can be compared, the earliest first.
	HandedIn []int
	Notes    []workflow.Note
	Events   []workflow.Event
	// Requested are the changes asked for when the revision was read, Answered those asked for before it, by field.
	Requested  map[string]string
	Answered   map[string]string
	Colleagues []Colleague
	// Pending is the decision that was kept and not sent yet, nil for none.
	Pending *Pending
}

// Revision is one revision of a submission as it was handed in.
type Revision struct {
	Number  int
	Answers form.Answers
	Files   []attachment.Attachment
}

// Open returns one submission as the desk sees it, and records that its private answers were read, and the names of those
// who handed it in; what the person's desks may not see is problem.NotFound.
func (s *Service) Open(ctx context.Context, who identity.User, id workflow.ID) (Case, error) {
	c, err := s.load(ctx, who, id)
	if err != nil {
		return c, err
	}
	return c, s.recordRead(ctx, who, []workflow.ID{id}, append(privateAnswers(c.Kind.Form, c.Text.Answers), "events.actor")...)
}

// recordRead records that the person was shown personal data of submissions.
func (s *Service) recordRead(ctx context.Context, who identity.User, ids []workflow.ID, fields ...string) error {
	return audit.RecordRead(ctx, s.db.Read(), audit.Reading{Actor: who.ID, Subject: "submission", IDs: ids, Fields: fields, At: s.now()})
}

// privateAnswers names the private questions that have an answer.
func privateAnswers(d *form.Definition, a form.Answers) []string {
	var names []string
	for _, step := range d.Steps {
		for _, f := range step.Fields {
			if f.Private && slices.ContainsFunc(form.Controls(f.ID, f), func(name string) bool { return a.First(name) != "" }) {
				names = append(names, f.ID)
			}
			for _, sub := range f.Fields {
				for n := range a.Rows(f.ID) {
					if sub.Private && a.First(form.RowName(f.ID, n, sub.ID)) != "" {
						names = append(names, f.ID+"."+sub.ID)
						break
					}
				}
			}
		}
	}
	return names
}

func (s *Service) load(ctx context.Context, who identity.User, id workflow.ID) (Case, error) {
	q := s.db.Read()
	sub, err := s.find(ctx, q, who, id)
	if err != nil {
		return Case{}, err
	}
	kind := s.kinds[sub.Kind]
	c := Case{Kind: kind, Choices: Choices(kind, sub)}
	if c.Events, err = workflow.Events(ctx, q, sub); err != nil {
		return c, err
	}
	desks, err := workflow.ReadDesks(ctx, q)
	if err != nil {
		return Case{}, err
	}
	c.Row = s.row(sub, desks)
	if c.Text, err = revision(ctx, q, id, sub.DeskRevision()); err != nil {
		return c, err
	}
	if c.Notes, err = workflow.Notes(ctx, q, sub); err != nil {
		return c, err
	}
	if c.HandedIn, err = workflow.HandedIn(ctx, q, id); err != nil {
		return c, err
	}
	if c.Requested, err = workflow.RequestedChanges(ctx, q, id, c.Text.Number); err != nil {
		return c, err
	}
	if before := c.before(c.Text.Number); before > 0 {
		v, err := revision(ctx, q, id, before)
		if err != nil {
			return c, err
		}
		c.Before = &v
		if c.Answered, err = workflow.RequestedChanges(ctx, q, id, before); err != nil {
			return c, err
		}
	}
	if c.Pending, err = pendingOf(ctx, q, id); err != nil {
		return c, err
	}
	if c.Unreviewed, err = s.isUnreviewed(ctx, q, id); err != nil {
		return c, err
	}
	c.Colleagues, err = colleagues(ctx, q, id, who)
	return c, err
}

// before is the revision that was handed in before the given one; 0 for none.
func (c Case) before(number int) int {
	last := 0
	for _, r := range c.HandedIn {
		if r < number {
			last = r
		}
	}
	return last
}

func revision(ctx context.Context, q database.Querier, id workflow.ID, number int) (Revision, error) {
	r := Revision{Number: number}
	text, err := workflow.ReadText(ctx, q, id, number)
	if err != nil {
		return r, err
	}
	r.Answers = text.Answers()
	r.Files, err = attachment.List(ctx, q, id, number)
	return r, err
}

// Compare returns a submission and two revisions of it; 0 for to is the one that the desk reads, 0 for from the one that
// was handed in before. A revision that was never handed in is problem.NotFound.
func (s *Service) Compare(ctx context.Context, who identity.User, id workflow.ID, from, to int) (c Case, before, after Revision, err error) {
	if c, err = s.Open(ctx, who, id); err != nil {
		return c, before, after, err
	}
	if to == 0 {
		to = c.Text.Number
	}
	if from == 0 {
		from = c.before(to)
	}
	if !slices.Contains(c.HandedIn, from) || !slices.Contains(c.HandedIn, to) {
		return c, before, after, fmt.Errorf("compare revisions %d and %d of submission %d: %w", from, to, id, problem.NotFound)
	}
	if before, err = revision(ctx, s.db.Read(), id, from); err != nil {
		return c, before, after, err
	}
	if after, err = revision(ctx, s.db.Read(), id, to); err != nil {
		return c, before, after, err
	}
	for _, r := range []Revision{before, after} { // an earlier one may name other people
		if private := privateAnswers(c.Kind.Form, r.Answers); len(private) > 0 {
			if err := s.recordRead(ctx, who, []workflow.ID{id}, private...); err != nil {
				return c, before, after, err
			}
		}
	}
	return c, before, after, nil
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
// themself begins its review. What has come to its end is assigned no more: problem.NotAllowedNow. A form sent twice is
// done once.
func (s *Service) Assign(ctx context.Context, who identity.User, id workflow.ID, to int64, version int) error {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		sub, kind, err := s.lock(ctx, tx, who, id)
		if err != nil {
			return err
		}
		begins := to == who.ID && sub.State == workflow.Submitted
		if version != sub.Version {
			if to == assignee(sub) && !begins {
				return nil
			}
			return problem.Stale
		}
		if Ended(sub.State) {
			return problem.NotAllowedNow
		}
		if err := workflow.Assign(ctx, tx, &sub, to, who, s.now()); err != nil {
			return err
		}
		if begins {
			_, err = workflow.Apply(ctx, tx, kind, &sub, workflow.Take, who, workflow.Input{}, s.now())
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("assign submission %d: %w", id, err)
	}
	return nil
}

func assignee(s workflow.Submission) int64 {
	if s.AssignedTo == nil {
		return 0
	}
	return *s.AssignedTo
}

// Ended says whether nobody will do anything with a submission in the state any more.
func Ended(s workflow.State) bool {
	return s == workflow.Declined || s == workflow.Withdrawn || s == workflow.Archived || s == workflow.Erased
}

// The names of the texts that Note, Message and Decide find wrong.
const (
	noteField      = "internal"
	exceptionField = "exception"
	messageField   = "message"
)

// Note writes a note that only staff see. A text that is blank or longer than workflow.MaxNote is a problem.Invalid at
// "internal".
func (s *Service) Note(ctx context.Context, who identity.User, id workflow.ID, body string) error {
	return s.write(ctx, who, id, workflow.ToStaff, noteField, body)
}

// Message writes to the submitter, by mail and on the submission's page, without deciding anything. A text that is blank
// or longer than workflow.MaxNote is a problem.Invalid at "message".
func (s *Service) Message(ctx context.Context, who identity.User, id workflow.ID, body string) error {
	return s.write(ctx, who, id, workflow.ToSubmitter, messageField, body)
}

// sameNote is for how long the same words by the same person are one note, sent twice.
const sameNote = 10 * time.Minute

func (s *Service) write(ctx context.Context, who identity.User, id workflow.ID, shownTo workflow.Audience, field, body string) error {
	body = cleanNote(body)
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		sub, kind, err := s.lock(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if body == "" {
			return problem.Invalid(problem.Field{Name: field, Key: "workflow.note.blank"})
		}
		if wrong := tooLong(field, body); wrong != nil {
			return problem.Invalid(*wrong)
		}
		notes, err := workflow.Notes(ctx, tx, sub)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(notes, func(n workflow.Note) bool {
			return n.AuthorID == who.ID && n.ShownTo == shownTo && n.Body == body && s.now().Sub(n.At) < sameNote
		}) {
			return nil
		}
		if _, err := workflow.AddNote(ctx, tx, sub, shownTo, body, who.ID, s.now()); err != nil {
			return err
		}
		act := "note"
		if shownTo == workflow.ToSubmitter {
			act = "message"
			if _, err := s.letters(ctx, tx, kind, sub, letter{kind: "message", note: body, worded: s.now()}); err != nil {
				return err
			}
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: act, Subject: "submission", SubjectID: id, At: s.now()})
	})
	if err != nil {
		return fmt.Errorf("write on submission %d: %w", id, err)
	}
	return nil
}

// tooLong says that a text is longer than workflow.MaxNote, counted as a person counts; nil if it is not.
func tooLong(field, text string) *problem.Field {
	if n := form.Length(text); n > workflow.MaxNote {
		return &problem.Field{Name: field, Key: "review.note.too_long", Args: []any{workflow.MaxNote, n}}
	}
	return nil
}

// cleanNote takes out what cannot be kept.
func cleanNote(s string) string { return strings.TrimSpace(form.Clean(s)) }

// History returns the audit record of a submission, the newest first: entries before the one with that id (0 for the
// newest), at most limit; and records that the names in it were read. What the person's desks may not see is
// problem.NotFound, and links with such are not in it.
func (s *Service) History(ctx context.Context, who identity.User, id workflow.ID, before int64, limit int) (Case, []audit.Line, error) {
	c, err := s.load(ctx, who, id)
	if err != nil {
		return c, nil, err
	}
	hidden, err := linkEntriesHidden(ctx, s.db.Read(), who, id)
	if err != nil {
		return c, nil, err
	}
	lines, err := audit.List(ctx, s.db.Read(), audit.Query{Subject: "submission", SubjectID: id, Before: before, Limit: limit, Except: hidden})
	if err != nil {
		return c, nil, err
	}
	return c, lines, s.recordRead(ctx, who, []workflow.ID{id}, "history.actor")
}

// lastAct returns what was done last with a submission by which a page can be out of date: a step, an assignment, or a
// pending decision; nil for nothing.
func (s *Service) lastAct(ctx context.Context, id workflow.ID) (*audit.Line, error) {
	acts := append(texts(workflow.Actions), "assign", "hold", "unhold", "approve_unreviewed")
	lines, err := audit.List(ctx, s.db.Read(), audit.Query{Subject: "submission", SubjectID: id, Limit: 1, Acts: acts})
	if err != nil || len(lines) == 0 {
		return nil, err
	}
	return &lines[0], nil
}

package calendar

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/a-h/templ"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// Source is another area whose dates stand in the calendar by themselves.
type Source struct {
	// Name ends the key of what its dates are called, "calendar.type.…", and is the value by which the calendar is narrowed to them.
	Name string
	// Events returns what everybody may read of it, in the reader's language.
	Events func(ctx context.Context) ([]Event, error)
}

// Options are what a Service needs to know.
type Options struct {
	DB *database.DB
	// Vocabulary returns the vocabulary as it is now.
	Vocabulary func() *gcm.Vocabulary
	// Start opens a draft of the kind with its first answers for the office of one of the person's posts and returns its number.
	// It is the submission area's.
	Start func(ctx context.Context, who identity.User, officeID int64, with form.Answers) (workflow.ID, error)
	// Sources are the other areas that have dates.
	Sources []Source
	// Site is what the mails say of the operator.
	Site ui.Site
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Service is what can be done with events beside what is done with every submission.
type Service struct {
	Options
	db   *database.DB
	now  func() time.Time
	kind *workflow.Kind
}

// NewService returns the service. Its kind is to be registered with the machine of submissions.
func NewService(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Service{Options: o, db: o.DB, now: o.Now}
	s.kind = s.newKind()
	return s
}

// Kind is what the machine of submissions knows of events; always the same value.
func (s *Service) Kind() *workflow.Kind { return s.kind }

// newKind is what the machine of submissions knows of events.
func (s *Service) newKind() *workflow.Kind {
	return &workflow.Kind{
		Name: KindName, Plan: workflow.Publishing, Desk: identity.CommunicationsDesk, Form: NewForm(), Lang: langOf,
		Title:      func(a form.Answers) string { return a.First("title") },
		Objectives: func(a form.Answers) []int { return a.Ints("objectives") },
		Held:       s.held,
		Publish:    s.publish,
		TakeDown:   s.takeDown,
		Path:       PathOf,
	}
}

func langOf(a form.Answers, fallback string) string {
	if l := i18n.Lang(a.First("language")); l.Known() {
		return string(l)
	}
	return fallback
}

// held keeps an event that is over from being suggested; what came of one that is published is told afterwards.
func (s *Service) held(ctx context.Context, q database.Querier, sub workflow.Submission) ([]form.Wrong, error) {
	if sub.Published() {
		return nil, nil
	}
	text, err := workflow.ReadText(ctx, q, sub.ID, sub.Revision)
	if err != nil {
		return nil, err
	}
	if e, ok := read(text.Answers(), sub.Lang); ok && !s.now().Before(e.Until) {
		return []form.Wrong{{Name: "first.day", Key: "event.wrong.past"}}, nil
	}
	return nil, nil
}

// publish puts the submitted revision into the calendar in place of an earlier one. The public ID is given at first publication and
// stays; calendars are told when time or place change.
func (s *Service) publish(ctx context.Context, tx database.Tx, sub workflow.Submission, a form.Answers, now time.Time) (string, error) {
	e, ok := read(a, langOf(a, sub.Lang))
	if !ok {
		return "", fmt.Errorf("event %d has no time: %w", sub.ID, problem.NotAllowedNow)
	}
	e.ID, e.PublishedAt, e.ChangedAt = sub.ID, now, now
	before, err := lockEvent(ctx, tx, sub.ID)
	switch {
	case errors.Is(err, problem.NotFound):
		if e.Number, err = database.Value[int](ctx, tx, `SELECT nextval('event_numbers')::int`); err == nil {
			err = insertEvent(ctx, tx, e)
		}
	case err == nil:
		e.Number, e.PublishedAt, e.Sequence, e.CancelledAt, e.Reason = before.Number, before.PublishedAt, before.Sequence, before.CancelledAt, before.Reason
		if before.Hidden || !before.At.Equal(e.At) || !before.Until.Equal(e.Until) || before.Place != e.Place || before.Title != e.Title {
			e.Sequence++
		}
		if err = updateEvent(ctx, tx, e); err != nil {
			break
		}
		if e.CancelledAt == nil && now.Before(e.At) && (!before.At.Equal(e.At) || !before.Until.Equal(e.Until) || before.Place != e.Place) {
			if err = s.tellRegistered(ctx, tx, e, mailMoved); err != nil {
				break
			}
		}
		err = s.fill(ctx, tx, e) // there may be more places
	}
	if err != nil {
		return "", fmt.Errorf("publish event %d: %w", sub.ID, err)
	}
	return e.PublicID(), nil
}

// takeDown removes an event from the public's sight; calendars that have it are told that it is no more.
func (s *Service) takeDown(ctx context.Context, tx database.Tx, sub workflow.Submission, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE events SET hidden = true, version = version + 1, sequence = sequence + 1, changed_at = $2 WHERE id = $1`, sub.ID, now)
	if err != nil {
		return fmt.Errorf("take down event %d: %w", sub.ID, err)
	}
	return nil
}

// Writers are the person's posts with which they may suggest an event.
func (s *Service) Writers(who identity.User) []identity.Post {
	return slices.DeleteFunc(slices.Clone(who.Posts), func(p identity.Post) bool { return p.Role == identity.Viewer })
}

// Begin opens a draft for the office of one of the Writers; any other office is problem.Forbidden.
func (s *Service) Begin(ctx context.Context, who identity.User, officeID int64) (workflow.ID, error) {
	if !slices.ContainsFunc(s.Writers(who), func(p identity.Post) bool { return p.OfficeID == officeID }) {
		return 0, fmt.Errorf("suggest an event for office %d: %w", officeID, problem.Forbidden)
	}
	return s.Start(ctx, who, officeID, form.Answers{"language": {who.Lang}})
}

// Suggest returns what a step that was never saved shows to begin with. Nothing of it is kept until the person saves the step.
func (s *Service) Suggest(_ context.Context, who identity.User, sub workflow.Submission, step string) (form.Answers, error) {
	switch step {
	case "people":
		return form.Answers{"organizers.0.name": {sub.OfficeName}, "organizers.0.role": {roleLead}}, nil
	case "contact":
		return form.Answers{"contact_name": {who.Name}, "contact_email": {who.Email}}, nil
	}
	return nil, nil
}

// All are the events of the portal and of its other areas that everybody may read, the earliest first.
func (s *Service) All(ctx context.Context) ([]Event, error) { return s.with(ctx, allEvents) }

// Listed are All with what lists and feeds say of them; what only their own pages say may be left out.
func (s *Service) Listed(ctx context.Context) ([]Event, error) { return s.with(ctx, listedEvents) }

// with are the portal's own events, read so, and those of its other areas.
func (s *Service) with(ctx context.Context, own func(context.Context, database.Querier) ([]Event, error)) ([]Event, error) {
	all, err := own(ctx, s.db.Read())
	if err != nil {
		return nil, err
	}
	for _, source := range s.Sources {
		more, err := source.Events(ctx)
		if err != nil {
			return nil, fmt.Errorf("dates of %s: %w", source.Name, err)
		}
		for _, e := range more {
			e.Source, e.Type = source.Name, source.Name
			all = append(all, e)
		}
	}
	slices.SortStableFunc(all, func(a, b Event) int { return a.At.Compare(b.At) })
	return all, nil
}

// Coming are the next n dates of the calendar that take place and have not ended, for pages of other areas. A page that is kept is so
// until the first of them ends.
func (s *Service) Coming(ctx context.Context, n int) ([]ui.Coming, error) {
	now := s.now()
	all, err := s.with(ctx, func(ctx context.Context, q database.Querier) ([]Event, error) { return comingEvents(ctx, q, now, n) })
	all = slices.DeleteFunc(all, func(e Event) bool { return e.Phase(now) != Upcoming })
	all = all[:min(n, len(all))]
	for _, e := range all {
		web.Until(ctx, e.Until)
	}
	return dates(ctx, all, ""), err
}

// types are the types of events and the names of the sources.
func (s *Service) types() []string {
	all := slices.Clone(Types)
	for _, source := range s.Sources {
		all = append(all, source.Name)
	}
	return all
}

// MaxReason bounds why an event is cancelled.
const MaxReason = 1000

// organized is the event of a public ID for those who write for its office, and its desk; for any other it is problem.NotFound.
func (s *Service) organized(ctx context.Context, who identity.User, typed string) (Event, error) {
	e, err := eventByNumber(ctx, s.db.Read(), typed)
	if err != nil {
		return e, err
	}
	sub, err := workflow.Find(ctx, s.db.Read(), e.ID, who)
	if err != nil {
		return e, fmt.Errorf("event %d: %w", e.ID, err)
	}
	if post, _ := who.Post(sub.OfficeID); sub.Side != workflow.ByDesk && (post.OfficeID == 0 || post.Role == identity.Viewer) {
		return e, problem.NotFound
	}
	return e, nil
}

// MayCancel is the event of a public ID for somebody who may cancel it: those who organize it, and its desk. Any other is
// problem.NotFound; one that is over or cancelled is problem.NotAllowedNow.
func (s *Service) MayCancel(ctx context.Context, who identity.User, typed string) (Event, error) {
	e, err := s.organized(ctx, who, typed)
	if err == nil && (e.Hidden || e.Phase(s.now()) != Upcoming) {
		err = problem.NotAllowedNow
	}
	return e, err
}

// Cancel cancels an event that is to come, for a reason that everybody may read. Another version than the one that was seen is
// problem.Stale.
func (s *Service) Cancel(ctx context.Context, who identity.User, typed string, seen int, reason string) error {
	e, err := s.MayCancel(ctx, who, typed)
	if err != nil {
		return err
	}
	reason = form.Clean(reason)
	switch n := form.Length(reason); {
	case n == 0:
		return problem.Invalid(problem.Field{Name: "reason", Key: "event.wrong.reason"})
	case n > MaxReason:
		return problem.Invalid(problem.Field{Name: "reason", Key: "event.wrong.reason_long", Args: []any{MaxReason, n}})
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		e, err := lockEvent(ctx, tx, e.ID)
		switch {
		case err != nil:
			return err
		case e.Version != seen:
			return problem.Stale
		case e.Hidden || e.Phase(s.now()) != Upcoming:
			return problem.NotAllowedNow
		}
		now := s.now()
		e.CancelledAt, e.Reason, e.ChangedAt = &now, reason, now
		e.Sequence++
		if err := updateEvent(ctx, tx, e); err != nil {
			return err
		}
		if err := s.tellRegistered(ctx, tx, e, mailCancelled); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "event.cancel", Subject: "submission", SubjectID: e.ID, At: now})
	})
	if err != nil {
		return fmt.Errorf("cancel event %d: %w", e.ID, err)
	}
	return nil
}

// MoveOffice ties the organizers of one office to another, with which it is merged.
func (s *Service) MoveOffice(ctx context.Context, tx database.Tx, from, into int64) error {
	if _, err := tx.Exec(ctx, `UPDATE event_organizers SET office_id = $2 WHERE office_id = $1`, from, into); err != nil {
		return fmt.Errorf("move the events of office %d: %w", from, err)
	}
	return nil
}

// About shows on the owner's page of a submission the event in the calendar, with the way to cancel it; nil where there is none.
func (s *Service) About(ctx context.Context, sub workflow.Submission) (templ.Component, error) {
	if sub.Kind != KindName || sub.PublicID == nil {
		return nil, nil
	}
	e, err := eventByNumber(ctx, s.db.Read(), *sub.PublicID)
	if err != nil || e.Hidden {
		return nil, err
	}
	return aboutEvent(e, s.now()), nil
}

// ForDesk is About for the desk.
func (s *Service) ForDesk(ctx context.Context, sub workflow.Submission, _ form.Answers) (templ.Component, error) {
	return s.About(ctx, sub)
}

// today is the day in Geneva.
func (s *Service) today() date.Date { return date.Today(s.now(), i18n.Geneva) }

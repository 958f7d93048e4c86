package workflow

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"portal/internal/attachment"
	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/search"
)

// Kind is what an area tells the machine about its submissions.
type Kind struct {
	// Name is kept in the column kind and starts the keys of the kind's texts: "pledge".
	Name string
	Plan Plan
	// Words ends the keys of texts that speak of this kind otherwise than of others: "review.letter.approve.text" and "."+Words.
	// "" has no own.
	Words string
	// Desk answers for all of the kind; "" says that each submission has its own (Submission.Desk).
	Desk identity.Desk
	Form *form.Definition
	// Title takes the submission's title from its answers; "" when there is none yet. nil for a kind that is about others: it
	// is called as it was when it was started (StartAbout).
	Title func(a form.Answers) string
	// Lang takes the language of the text from its answers, or returns fallback.
	Lang func(a form.Answers, fallback string) string
	// Objectives takes the numbers of its objectives from its answers, for rules of assignment and the desk's search; nil when
	// it has none.
	Objectives func(a form.Answers) []int
	// Held returns what keeps the open revision from being handed in beside its answers, for its owner to read; each names a place
	// of the page to check. Apply asks it, and so does whoever shows that page. nil holds nothing.
	Held func(ctx context.Context, q database.Querier, s Submission) ([]form.Wrong, error)
	// Changed is told that somebody has saved a step or changed the files of the open revision, in the same transaction; pages that
	// save by themselves are not told of. It may be nil.
	Changed func(ctx context.Context, tx database.Tx, s Submission, now time.Time) error
	// Submitted is told that the open revision s.Revision was handed in, in the same transaction. It may be nil.
	Submitted func(ctx context.Context, tx database.Tx, s Submission, a form.Answers, now time.Time) error
	// Withdrawn is told that its office has taken it back, in the same transaction. It may be nil.
	Withdrawn func(ctx context.Context, tx database.Tx, s Submission, now time.Time) error
	// Declined is told that it was declined and has not been before the public, in the same transaction. It may be nil.
	Declined func(ctx context.Context, tx database.Tx, s Submission, now time.Time) error
	// Publish puts the revision s.SubmittedRevision before the public, in place of an earlier one, and returns the public
	// ID: a new one at first publication, then always the same. nil for the Deciding plan.
	Publish func(ctx context.Context, tx database.Tx, s Submission, a form.Answers, now time.Time) (publicID string, err error)
	// Approved is told that the revision s.SubmittedRevision was approved, in the same transaction. It may be nil.
	Approved func(ctx context.Context, tx database.Tx, s Submission, a form.Answers, now time.Time) error
	// TakeDown removes it from the public's sight, what was published or what Approved has put there. nil for the kinds of
	// which the public sees nothing.
	TakeDown func(ctx context.Context, tx database.Tx, s Submission, now time.Time) error
	// Path is the address of the public page, without language; "" for the Deciding plan.
	Path func(publicID string) string
}

// OfDesk says whether the desk answers for submissions of the kind.
func (k *Kind) OfDesk(desk identity.Desk) bool { return k.Desk == "" || k.Desk == desk }

// Kinds holds the kinds by name.
type Kinds map[string]*Kind

// Input is what comes with a step.
type Input struct {
	// Version is the submission's version that the person decided on; 0 does not ask.
	Version int
	// Note is the letter's text, for the submitter.
	Note string
	// Changes are requested at single questions; with them RequestChanges needs no note.
	Changes []ChangeRequest
}

// ChangeRequest is what the desk wants changed at one question of the form.
type ChangeRequest struct {
	Field string // id in the definition
	Body  string
}

// Event is a step that was taken.
type Event struct {
	ID        int64
	Revision  int
	Action    Action
	FromState State
	ToState   State
	ActorID   *int64 // nil is the portal itself
	ActorName string // "" when the person is gone or it was the portal
	NoteID    *int64
	Note      string // text of the note, "" when there is none
	At        time.Time
}

// Apply takes one step of the plan for the person, who has locked the submission with Lock. It checks, in this order,
// that the person has seen the latest version (problem.Stale), that the plan knows the step (problem.NotAllowedNow),
// that the person may take it (problem.Forbidden), that nothing holds a submission (Kind.Held) and that it has its note
// (problem.Invalid); then it moves the state
// and writes event, notes and audit record. Letters are the caller's, in the same transaction. s is brought up to date.
func Apply(ctx context.Context, tx database.Tx, kind *Kind, s *Submission, action Action, who identity.User, in Input, now time.Time) (Event, error) {
	if in.Version != 0 && in.Version != s.Version {
		return Event{}, problem.Stale
	}
	step, ok := kind.Plan.Find(action, s.State, s.Published())
	if !ok {
		return Event{}, problem.NotAllowedNow
	}
	if !s.MayTake(step) {
		return Event{}, problem.Forbidden
	}
	if action == Publish && !s.MayPublish() {
		return Event{}, problem.NotAllowedNow
	}
	if action == Submit && kind.Held != nil {
		switch held, err := kind.Held(ctx, tx, *s); {
		case err != nil:
			return Event{}, err
		case len(held) > 0:
			return Event{}, problem.Invalid(held...)
		}
	}
	return take(ctx, tx, kind, s, step, who.ID, in, now)
}

// PublishWaiting publishes an approved submission that waited for its office, or for its sender's post there, on behalf
// of the portal itself. The caller has locked it.
func PublishWaiting(ctx context.Context, tx database.Tx, kind *Kind, s *Submission, now time.Time) (Event, error) {
	step, ok := kind.Plan.Find(Publish, s.State, s.Published())
	if !ok || s.State != Approved || !s.MayPublish() {
		return Event{}, problem.NotAllowedNow
	}
	return take(ctx, tx, kind, s, step, 0, Input{}, now)
}

// ApplyForPortal takes a step that only the portal takes. The caller has locked the submission; a step that the plan does
// not know from here, or that is somebody's, is problem.NotAllowedNow.
func ApplyForPortal(ctx context.Context, tx database.Tx, kind *Kind, s *Submission, action Action, now time.Time) (Event, error) {
	step, ok := kind.Plan.Find(action, s.State, s.Published())
	if !ok || step.By != ByPortal {
		return Event{}, problem.NotAllowedNow
	}
	return take(ctx, tx, kind, s, step, 0, Input{}, now)
}

func take(ctx context.Context, tx database.Tx, kind *Kind, s *Submission, step Step, actor int64, in Input, now time.Time) (Event, error) {
	in.Note = strings.TrimSpace(in.Note)
	if step.Note && in.Note == "" && len(in.Changes) == 0 {
		return Event{}, problem.Invalid(problem.Field{Name: "note", Key: "workflow.note.missing." + string(step.Action)})
	}
	event := Event{Revision: s.Revision, Action: step.Action, FromState: s.State, ToState: step.To, Note: in.Note, At: now}
	if in.Note != "" {
		id, err := AddNote(ctx, tx, *s, ToSubmitter, in.Note, actor, now)
		if err != nil {
			return Event{}, err
		}
		event.NoteID = &id
	}
	for _, c := range in.Changes {
		_, err := tx.Exec(ctx, `INSERT INTO change_requests (submission_id, revision, field, author_id, body, at)
			VALUES (@id, @revision, @field, @author, @body, @now)
			ON CONFLICT ON CONSTRAINT change_requests_once DO UPDATE SET body = excluded.body, author_id = excluded.author_id, at = excluded.at`,
			database.Args{"id": s.ID, "revision": s.Revision, "field": c.Field, "author": actor, "body": c.Body, "now": now})
		if err != nil {
			return Event{}, fmt.Errorf("request a change at %s: %w", c.Field, err)
		}
	}
	if err := effects(ctx, tx, kind, s, step, now); err != nil {
		return Event{}, fmt.Errorf("%s submission %d: %w", step.Action, s.ID, err)
	}
	if step.Action == AcceptEdits {
		event.Revision = s.Revision
	}
	s.State = step.To
	s.Version++
	if step.Action != Warn { // a warning leaves the draft untouched
		s.ChangedAt = now
	}
	_, err := tx.Exec(ctx, `UPDATE submissions SET state = @state, version = @version, revision = @revision,
			submitted_revision = @submitted, published_revision = @published, public_id = @public_id, changed_at = @changed_at,
			submitted_at = @submitted_at, decided_at = @decided_at, first_warned_at = @first_warned, last_warned_at = @last_warned WHERE id = @id`,
		database.Args{
			"id": s.ID, "state": s.State, "version": s.Version, "revision": s.Revision, "submitted": s.SubmittedRevision,
			"published": s.PublishedRevision, "public_id": s.PublicID, "changed_at": s.ChangedAt, "submitted_at": s.SubmittedAt, "decided_at": s.DecidedAt,
			"first_warned": s.FirstWarnedAt, "last_warned": s.LastWarnedAt,
		})
	if err != nil {
		return Event{}, fmt.Errorf("%s submission %d: %w", step.Action, s.ID, err)
	}
	var by *int64
	if actor != 0 {
		by = &actor
		event.ActorID = by
	}
	event.ID, err = database.Value[int64](ctx, tx, `INSERT INTO submission_events (submission_id, revision, action, from_state, to_state, actor_id, note_id, at)
		VALUES (@id, @revision, @action, @from, @to, @actor, @note, @now) RETURNING id`,
		database.Args{
			"id": s.ID, "revision": event.Revision, "action": event.Action, "from": event.FromState, "to": event.ToState,
			"actor": by, "note": event.NoteID, "now": now,
		})
	if err != nil {
		return Event{}, fmt.Errorf("%s submission %d: %w", step.Action, s.ID, err)
	}
	if err := setClock(ctx, tx, kind, s, step.Action, now); err != nil {
		return Event{}, err
	}
	fields := make([]string, len(in.Changes))
	for i, c := range in.Changes {
		fields[i] = c.Field
	}
	return event, recordAct(ctx, tx, actor, string(step.Action), s.ID, fields, now)
}

// effects are what a step does beside moving the state.
func effects(ctx context.Context, tx database.Tx, kind *Kind, s *Submission, step Step, now time.Time) error {
	switch step.Action {
	case Submit, Record:
		s.SubmittedRevision, s.SubmittedAt, s.DecidedAt = ptr(s.Revision), &now, nil
	case Approve, Decline, Publish:
		s.DecidedAt = &now
	case Warn:
		s.warned(now)
	}
	switch step.Action {
	case Publish:
		text, err := ReadText(ctx, tx, s.ID, *s.SubmittedRevision)
		if err != nil {
			return err
		}
		publicID, err := kind.Publish(ctx, tx, *s, text.Answers(), now)
		if err != nil {
			return err
		}
		s.PublicID, s.PublishedRevision = &publicID, ptr(*s.SubmittedRevision)
	case Submit, Record:
		text, err := ReadText(ctx, tx, s.ID, s.Revision)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE submissions SET submitted_title = title, submitted_words = to_tsvector('simple', $2), submitted_objectives = $3 WHERE id = $1`,
			s.ID, search.Fold(s.Title), kind.objectives(text.Answers())); err != nil {
			return err
		}
		if kind.Submitted != nil {
			if err := kind.Submitted(ctx, tx, *s, text.Answers(), now); err != nil {
				return err
			}
		}
	case Approve:
		if kind.Approved != nil {
			text, err := ReadText(ctx, tx, s.ID, *s.SubmittedRevision)
			if err != nil {
				return err
			}
			if err := kind.Approved(ctx, tx, *s, text.Answers(), now); err != nil {
				return err
			}
		}
	case Withdraw:
		if kind.Withdrawn != nil {
			if err := kind.Withdrawn(ctx, tx, *s, now); err != nil {
				return err
			}
		}
	case Erase:
		if err := eraseText(ctx, tx, kind, s); err != nil {
			return err
		}
	case Discard, Decline:
		if step.To == Published {
			if err := nameAsPublished(ctx, tx, kind, s); err != nil {
				return err
			}
		}
		if step.To == Declined && kind.Declined != nil {
			if err := kind.Declined(ctx, tx, *s, now); err != nil {
				return err
			}
		}
	case Archive, Retire:
		if s.Published() || kind.Approved != nil {
			if err := kind.TakeDown(ctx, tx, *s, now); err != nil {
				return err
			}
			s.PublishedRevision = nil
		}
	}
	if !step.Opens {
		return nil
	}
	// A revision that was given up or declined keeps its number; the next one starts from what the public sees.
	from := s.Revision
	if step.Action == Revise {
		from = *s.PublishedRevision
	}
	s.Revision++
	_, err := tx.Exec(ctx, `INSERT INTO submission_steps (submission_id, revision, step, version, answers, saved_by, saved_at, confirmed_at)
		SELECT submission_id, @next, step, 1, answers, saved_by, saved_at, confirmed_at FROM submission_steps
		WHERE submission_id = @id AND revision = @from`, database.Args{"id": s.ID, "next": s.Revision, "from": from})
	if err != nil {
		return err
	}
	if step.Action == AcceptEdits { // it is handed in as it is opened
		s.SubmittedRevision = ptr(s.Revision)
	}
	return attachment.Reopen(ctx, tx, s.ID, from, s.Revision)
}

// nameAsPublished gives a submission whose open revision was given up the title and language of what stays before the
// public.
func nameAsPublished(ctx context.Context, tx database.Tx, kind *Kind, s *Submission) error {
	text, err := ReadText(ctx, tx, s.ID, *s.PublishedRevision)
	if err != nil {
		return err
	}
	all := text.Answers()
	s.Title, s.Lang = kind.title(all, s.Title), kind.Lang(all, s.Lang)
	_, err = tx.Exec(ctx, `UPDATE submissions SET title = @title, submitted_title = @title, submitted_words = to_tsvector('simple', @words), submitted_objectives = @objectives, lang = @lang WHERE id = @id`,
		database.Args{"id": s.ID, "title": s.Title, "words": search.Fold(s.Title), "objectives": kind.objectives(all), "lang": s.Lang})
	return err
}

// objectives are those of the Compact that the answers name, each once.
func (k *Kind) objectives(a form.Answers) []int {
	all := []int{}
	if k.Objectives == nil {
		return all
	}
	for _, n := range k.Objectives(a) {
		if n >= 1 && n <= gcm.Objectives && !slices.Contains(all, n) {
			all = append(all, n)
		}
	}
	return all
}

// title is the title of the answers, or the one that it has been called by.
func (k *Kind) title(a form.Answers, now string) string {
	if k.Title == nil {
		return now
	}
	return k.Title(a)
}

func ptr[T any](v T) *T { return &v }

func recordAct(ctx context.Context, tx database.Tx, actor int64, act string, id ID, fields []string, now time.Time) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: actor, Act: act, Subject: "submission", SubjectID: id, Fields: fields, At: now})
}

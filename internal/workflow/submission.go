package workflow

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
)

// ID is the number of a submission.
type ID = int64

// Submission is the envelope of what was sent in; its text is in the answers.
type Submission struct {
	ID          ID
	Kind        string
	Desk        identity.Desk
	Title       string
	Country     string // of the office, ISO 3166-1 alpha-2, or ""
	Lang        string // of the text
	State       State
	Version     int   // a decision names the version that it was read at
	OfficeID    int64 // 0 for what somebody has written for no office: then the three below are empty
	OfficeName  string
	OfficeState string
	HeadsOnly   bool // contributors of the office may not submit
	// SenderWaits says that the person who handed in the last revision, or before that the author, has only asked for a
	// post in the office: nobody there has said yet that they act for it. What the desk has recorded waits for nobody there.
	SenderWaits bool
	AuthorID    int64
	AuthorName  string
	AssignedTo  *int64
	Assignee    string // name of AssignedTo, or ""
	Revision    int
	// SubmittedRevision is the last one handed in, which the desk reads; nil before the first.
	SubmittedRevision *int
	PublishedRevision *int
	PublicID          *string
	CreatedAt         time.Time
	ChangedAt         time.Time
	SubmittedAt       *time.Time
	DecidedAt         *time.Time
	FirstWarnedAt     *time.Time // of the last time that it rested: see Resting
	LastWarnedAt      *time.Time
	// WaitingFor is for whom it waits, WaitingSince from when on; nil for nobody.
	WaitingFor   Party
	WaitingSince *time.Time
	// AnsweredAt is when the desk answered the present handing in for the first time: by a message, a request for changes or
	// a decision.
	AnsweredAt *time.Time
	// AnswerDueOn and DecisionDueOn are the days of Clock, DueOn the first of those that are still open; nil for none.
	AnswerDueOn, DecisionDueOn, DueOn *date.Date
	// Subjects are the submissions that it is about; none for most.
	Subjects []ID
	// Side is the side on which the person who asked stands, and Role what they are there: a PostRole, a Role, or one of
	// those who are invited to one draft.
	Side By
	Role string
}

// columns of Submission; s is submissions, a is submission_access. The desk knows it by the title under which it was
// handed in.
const columns = `s.id, s.kind, s.desk, CASE WHEN a.side = 'desk' THEN s.submitted_title ELSE s.title END AS title, s.country, s.lang, s.state, s.version, coalesce(s.office_id, 0) AS office_id,
	coalesce(o.name, '') AS office_name, coalesce(o.state, '') AS office_state, coalesce(o.heads_only, false) AS heads_only, s.author_id, author.name AS author_name, s.assigned_to,
	coalesce(assignee.name, '') AS assignee, s.revision, s.submitted_revision, s.published_revision, s.public_id,
	s.created_at, s.changed_at, s.submitted_at, s.decided_at, s.first_warned_at, s.last_warned_at,
	s.waiting_for, s.waiting_since, s.answered_at, s.answer_due_on, s.decision_due_on, s.due_on,
	ARRAY(SELECT about.subject_id FROM submission_subjects about WHERE about.submission_id = s.id ORDER BY about.subject_id) AS subjects,
	s.office_id IS NOT NULL AND NOT EXISTS (SELECT FROM posts held WHERE held.office_id = s.office_id AND (held.state = 'approved' OR held.state = 'ended'
			AND NOT EXISTS (SELECT FROM posts again WHERE again.office_id = held.office_id AND again.user_id = held.user_id AND again.state = 'pending'))
		AND held.user_id = coalesce((SELECT e.actor_id FROM submission_events e WHERE e.submission_id = s.id AND e.action = 'submit'
			AND e.revision = s.submitted_revision ORDER BY e.id DESC LIMIT 1), s.author_id))
		AND NOT EXISTS (SELECT FROM submission_events e WHERE e.submission_id = s.id AND e.action = 'record' AND e.revision = s.submitted_revision) AS sender_waits`

const joins = `
	LEFT JOIN offices o ON o.id = s.office_id
	JOIN users author ON author.id = s.author_id
	LEFT JOIN users assignee ON assignee.id = s.assigned_to`

// access picks one row a submission for the person @who: of several roles on a side the heaviest; the desk's side only for
// staff as the session knows them (@staff, identity.User.IsStaff), who have passed a second factor. It is worked out once
// for all submissions that the person may see, not for each by itself; a condition on s.id reaches into it.
const access = `
	JOIN (SELECT DISTINCT ON (a.submission_id) a.submission_id, a.side, a.role FROM submission_access a
		WHERE a.user_id = @who AND (a.side = 'owner' OR a.side = 'desk' AND @staff::boolean)
		ORDER BY a.submission_id, array_position(ARRAY['lead', 'officer', 'head', 'contributor', 'editor', 'viewer', 'commenter', 'guest', 'author'], a.role)) a ON a.submission_id = s.id`

// From is the SQL that every list of submissions starts with: FROM … joined with who may see them (@who, @staff). s is the
// submission, o its office, author and assignee are users, a.side and a.role say how the person sees it.
const From = ` FROM submissions s` + joins + access

// OnDesk is the condition of what the person @who (@staff: see access) has before them at a desk: the rows of submission_access on that side,
// written so that a list of a whole desk is worked out at once (the view is asked submission by submission). A test holds
// it against the view. s is the submission.
const OnDesk = `@staff::boolean AND s.submitted_revision IS NOT NULL
	AND s.desk IN (SELECT r.desk FROM staff_roles r WHERE r.user_id = @who AND r.role IN ('officer', 'lead'))
	AND s.id NOT IN (SELECT behind_wall(@who))`

// Walled and OnDeskWalled are OnDesk for a statement that asks several times: WITH Walled works out once what is behind the
// wall for the person, however many conditions OnDeskWalled there are.
const (
	Walled       = `walled AS MATERIALIZED (SELECT behind_wall(@who) AS submission_id)`
	OnDeskWalled = `@staff::boolean AND s.submitted_revision IS NOT NULL
	AND s.desk IN (SELECT r.desk FROM staff_roles r WHERE r.user_id = @who AND r.role IN ('officer', 'lead'))
	AND s.id NOT IN (SELECT w.submission_id FROM walled w)`
)

// SelectOnDesk is the SQL of those of the submissions @ids that are OnDesk, one a row, in no order. The wall is worked out
// for these only.
const SelectOnDesk = `SELECT ` + columns + `, a.side, a.role FROM submissions s` + joins + `
	CROSS JOIN LATERAL (SELECT 'desk' AS side, r.role FROM staff_roles r WHERE r.user_id = @who AND r.desk = s.desk AND r.role IN ('officer', 'lead')
		ORDER BY r.role = 'lead' DESC LIMIT 1) a
	WHERE @staff::boolean AND s.submitted_revision IS NOT NULL AND s.id = ANY(@ids)
		AND s.id NOT IN (SELECT c.submission_id FROM submission_conflicts c WHERE c.user_id = @who AND c.submission_id = ANY(@ids))`

// Select is the SQL of one Submission a row for the person @who (@staff: see access); the caller adds WHERE, ORDER BY and LIMIT.
const Select = `SELECT ` + columns + `, a.side, a.role` + From

// Published says whether the public sees a revision of it.
func (s Submission) Published() bool { return s.PublishedRevision != nil }

// DeskRevision is the revision that the desk reads: what was handed in last, or what is published when nothing is
// under review; a revision that was declined or given up stays behind. The owner's unsent text is not the desk's
// business.
func (s Submission) DeskRevision() int {
	if (s.State == Published || s.State == Draft || s.State == PutAway) && s.PublishedRevision != nil {
		return *s.PublishedRevision
	}
	if s.SubmittedRevision != nil {
		return *s.SubmittedRevision
	}
	return 0
}

// Sender is in whose name it was sent: the office's, or of what was written for no office the author's.
func (s Submission) Sender() string { return cmp.Or(s.OfficeName, s.AuthorName) }

// OfficeApproved says whether the secretariat has approved the office, or there is none.
func (s Submission) OfficeApproved() bool { return s.OfficeID == 0 || s.OfficeState == "approved" }

// OfficeOpen says whether the office still acts, or whether there is none. What a refused or closed one has written stays to be read.
func (s Submission) OfficeOpen() bool {
	return s.OfficeID == 0 || s.OfficeState == "approved" || s.OfficeState == "proposed"
}

// MayPublish says whether the submission may come before the public: its office is approved, and so is the person who
// handed it in, who else could speak in the name of any office (accounts.md, Offices). Until then it waits in Approved.
func (s Submission) MayPublish() bool { return s.OfficeApproved() && !s.SenderWaits }

// The roles of people who are invited to one draft (accounts.md, Offices). They are in no office by that: they see this
// submission and nothing else, write or comment or read, and take no step of its life.
const (
	Editor    = "editor"
	Commenter = "commenter"
	Guest     = "guest"
)

// Author is the role of somebody whom the office has refused, in a draft that they began for it and that was never sent
// in: they read it, and may take it to another office of theirs.
const Author = "author"

// IsOutside says whether the person who asked is not of the office: invited to this submission, or refused by the office.
// Its people and its letters are no business of theirs.
func (s Submission) IsOutside() bool { return s.IsGuest() || s.Side == ByOwner && s.Role == Author }

// IsGuest says whether the person who asked was invited to this submission only.
func (s Submission) IsGuest() bool {
	return s.Side == ByOwner && (s.Role == Editor || s.Role == Commenter || s.Role == Guest)
}

// acts says whether the person who asked acts for the office: its heads and contributors do.
func (s Submission) acts() bool {
	return s.Side == ByOwner && (s.Role == string(identity.Head) || s.Role == string(identity.Contributor))
}

// MayWrite says whether the person who asked may change the text now.
func (s Submission) MayWrite() bool {
	return (s.acts() || s.Side == ByOwner && s.Role == Editor) && s.State.Writable() && s.OfficeOpen()
}

// MayComment says whether the person who asked takes part in what the writers say to each other: the office's people,
// do, and who is invited to comment or to write.
func (s Submission) MayComment() bool {
	return s.Side == ByOwner && s.OfficeID != 0 && s.Role != Guest && s.Role != Author
}

// MayInvite says whether the person who asked decides who else may see the submission: what was written for no office stays
// between its author and the desk.
func (s Submission) MayInvite() bool { return s.acts() && s.OfficeID != 0 }

// MayTake says whether the person who asked may take steps of this party: on the owner's side heads and contributors do,
// and a contributor does not submit where only heads may. For an office that was refused or closed nothing is submitted or
// begun.
func (s Submission) MayTake(step Step) bool {
	if s.Side != step.By || s.Side == ByOwner && !s.acts() {
		return false
	}
	if (step.Action == Submit || step.Action == AcceptEdits || step.Action == Revise || step.Action == Confirm) && !s.OfficeOpen() {
		return false
	}
	return step.Action != Submit && step.Action != AcceptEdits || !s.HeadsOnly || s.Role == string(identity.Head)
}

// Find returns the submission as the person may see it; one that they may not see is problem.NotFound.
func Find(ctx context.Context, q database.Querier, id ID, who identity.User) (Submission, error) {
	s, err := database.Row[Submission](ctx, q, Select+` WHERE s.id = @id`, database.Args{"id": id, "who": who.ID, "staff": who.IsStaff()})
	if err != nil {
		return s, fmt.Errorf("submission %d: %w", id, err)
	}
	return s, nil
}

// Public is what anybody may know of a submission: its kind, and the revision that is before the public.
type Public struct {
	Kind     string
	Revision int
}

// FindPublic returns what anybody may know of the submission; one that is not before the public, or is about one that is not
// there any more, is problem.NotFound.
func FindPublic(ctx context.Context, q database.Querier, id ID) (Public, error) {
	p, err := database.Row[Public](ctx, q, `SELECT kind, published_revision AS revision FROM submissions WHERE id = $1 AND published_revision IS NOT NULL
		AND NOT EXISTS (SELECT FROM submission_subjects about JOIN submissions subject ON subject.id = about.subject_id
			WHERE about.submission_id = $1 AND subject.published_revision IS NULL)`, id)
	if err != nil {
		return p, fmt.Errorf("public submission %d: %w", id, err)
	}
	return p, nil
}

// Lock is Find for a transaction that will change the submission: others wait until it ends.
func Lock(ctx context.Context, tx database.Tx, id ID, who identity.User) (Submission, error) {
	if _, err := tx.Exec(ctx, `SELECT FROM submissions WHERE id = $1 FOR UPDATE`, id); err != nil {
		return Submission{}, fmt.Errorf("lock submission %d: %w", id, err)
	}
	return Find(ctx, tx, id, who)
}

// LockForPortal locks a submission for a step that the portal takes by itself.
func LockForPortal(ctx context.Context, tx database.Tx, id ID) (Submission, error) {
	if _, err := tx.Exec(ctx, `SELECT FROM submissions WHERE id = $1 FOR UPDATE`, id); err != nil {
		return Submission{}, fmt.Errorf("lock submission %d: %w", id, err)
	}
	return FindForPortal(ctx, tx, id)
}

// FindForPortal returns a submission for what the portal does by itself; nobody in particular asks.
func FindForPortal(ctx context.Context, q database.Querier, id ID) (Submission, error) {
	s, err := database.Row[Submission](ctx, q, `SELECT `+columns+`, a.side, '' AS role
		FROM submissions s`+joins+` CROSS JOIN (SELECT '' AS side) a WHERE s.id = $1`, id)
	if err != nil {
		return s, fmt.Errorf("submission %d: %w", id, err)
	}
	return s, nil
}

// Start opens a draft for the office of one of the person's posts. A viewer may not. An office that is being merged or
// closed at the same moment is waited for, and then problem.NotFound: no draft is left behind in it.
func Start(ctx context.Context, tx database.Tx, kind *Kind, officeID int64, who identity.User, now time.Time) (ID, error) {
	post, ok := who.Post(officeID)
	if !ok || post.Role == identity.Viewer {
		return 0, fmt.Errorf("start a %s for office %d: %w", kind.Name, officeID, problem.Forbidden)
	}
	id, err := database.Value[int64](ctx, tx, `INSERT INTO submissions (kind, desk, country, lang, office_id, author_id, created_at, changed_at)
		SELECT @kind, @desk, o.country, @lang, o.id, @author, @now, @now FROM offices o
		WHERE o.id = @office AND o.state IN ('proposed', 'approved') FOR SHARE
		RETURNING id`,
		database.Args{"kind": kind.Name, "desk": kind.Desk, "lang": who.Lang, "office": officeID, "author": who.ID, "now": now})
	if err != nil {
		return 0, fmt.Errorf("start a %s: %w", kind.Name, err)
	}
	return id, recordAct(ctx, tx, who.ID, "start", id, nil, now)
}

// StartOwn opens a draft that somebody writes for no office, for the desk; the kind must be one that may lack an office. What is
// written in it is in the person's language unless the kind says otherwise.
func StartOwn(ctx context.Context, tx database.Tx, kind *Kind, desk identity.Desk, who identity.User, now time.Time) (ID, error) {
	id, err := database.Value[int64](ctx, tx, `INSERT INTO submissions (kind, desk, lang, author_id, created_at, changed_at) VALUES (@kind, @desk, @lang, @author, @now, @now) RETURNING id`,
		database.Args{"kind": kind.Name, "desk": desk, "lang": who.Lang, "author": who.ID, "now": now})
	if err != nil {
		return 0, fmt.Errorf("start a %s: %w", kind.Name, err)
	}
	return id, recordAct(ctx, tx, who.ID, "start", id, nil, now)
}

// Saved is a step's answers as they are kept.
type Saved struct {
	Step    string
	Version int
	Answers form.Answers
	SavedBy int64
	Saver   string // name of SavedBy
	SavedAt time.Time
	// Page is the token of the page that it was saved from, or ""; Quiet says that the page saved it by itself.
	Page  string
	Quiet bool
	// ConfirmedAt is when somebody last sent the step by a button, changed or not; SavedAt when nobody has.
	ConfirmedAt time.Time
}

// Text is all that was answered in one revision.
type Text struct {
	Steps map[string]Saved
}

// Answers returns the answers of all steps together.
func (t Text) Answers() form.Answers {
	all := form.Answers{}
	for _, s := range t.Steps {
		for name, values := range s.Answers {
			all[name] = values
		}
	}
	return all
}

// ReadText returns the answers of a revision. The caller has found the submission with Find or Lock, and so knows that
// the person may read it; the desk reads submitted revisions only.
func ReadText(ctx context.Context, q database.Querier, id ID, revision int) (Text, error) {
	rows, err := database.Rows[Saved](ctx, q, `SELECT t.step, t.version, t.answers, t.saved_by, u.name AS saver, t.saved_at, t.page, t.quiet, greatest(t.saved_at, t.confirmed_at) AS confirmed_at
		FROM submission_steps t JOIN users u ON u.id = t.saved_by WHERE t.submission_id = $1 AND t.revision = $2`, id, revision)
	if err != nil {
		return Text{}, fmt.Errorf("text of submission %d revision %d: %w", id, revision, err)
	}
	t := Text{Steps: map[string]Saved{}}
	for _, r := range rows {
		t.Steps[r.Step] = r
	}
	return t, nil
}

// ConflictError says that somebody saved the step since it was read; Theirs is what is kept now. It is problem.Stale.
type ConflictError struct{ Theirs Saved }

// Error names the step.
func (e *ConflictError) Error() string {
	return "step " + e.Theirs.Step + " was saved by somebody else"
}

// Is makes the error problem.Stale.
func (e *ConflictError) Is(target error) bool { return target == problem.Stale }

// SaveStep keeps the answers of one step of the open revision. version is the one that the person started from, 0 when
// the step was never saved. Saving what is already kept changes no answer and no version, so that a form sent twice is saved once;
// it counts as read again (Saved.ConfirmedAt).
func SaveStep(ctx context.Context, tx database.Tx, kind *Kind, s *Submission, step string, version int, a form.Answers, who identity.User, now time.Time) (Saved, error) {
	return SaveStepFrom(ctx, tx, kind, s, step, Origin{Version: version}, a, who, now)
}

// Origin says what a step is saved on top of.
type Origin struct {
	// Version is the version that the page was made from, 0 when the step had never been saved.
	Version int
	// Page is a token that only this page has; "" for none. A page does not conflict with itself: the answer that told it
	// the new version may have got lost, or it was sent while it was saving by itself.
	Page string
	// Quiet says that the page saves by itself, while somebody is typing. It then never takes the place of what was sent
	// by a button, even from the same page, since it may have been overtaken on its way.
	Quiet bool
}

// over says whether what comes from the origin may take the place of what is kept.
func (o Origin) over(kept Saved, who identity.User) bool {
	if o.Version == kept.Version {
		return true
	}
	return o.Page != "" && o.Page == kept.Page && who.ID == kept.SavedBy && (kept.Quiet || !o.Quiet)
}

// SaveStepFrom is SaveStep for a page that may save several times.
func SaveStepFrom(ctx context.Context, tx database.Tx, kind *Kind, s *Submission, step string, on Origin, a form.Answers, who identity.User, now time.Time) (Saved, error) {
	saved, err := saveStep(ctx, tx, kind, s, step, on, a, who, now)
	if err == nil && !on.Quiet && kind.Changed != nil {
		err = kind.Changed(ctx, tx, *s, now)
	}
	return saved, err
}

func saveStep(ctx context.Context, tx database.Tx, kind *Kind, s *Submission, step string, on Origin, a form.Answers, who identity.User, now time.Time) (Saved, error) {
	if !s.MayWrite() {
		if !s.State.Writable() {
			return Saved{}, problem.NotAllowedNow
		}
		return Saved{}, problem.Forbidden
	}
	text, err := ReadText(ctx, tx, s.ID, s.Revision)
	if err != nil {
		return Saved{}, err
	}
	kept, exists := text.Steps[step]
	if exists && kept.Answers.Equal(a) {
		if on.Quiet {
			return kept, nil
		}
		kept.ConfirmedAt = now
		if _, err := tx.Exec(ctx, `UPDATE submission_steps SET confirmed_at = $4 WHERE submission_id = $1 AND revision = $2 AND step = $3`, s.ID, s.Revision, step, now); err != nil {
			return Saved{}, fmt.Errorf("confirm step %s of submission %d: %w", step, s.ID, err)
		}
		return kept, nil
	}
	if !on.over(kept, who) {
		return Saved{}, &ConflictError{Theirs: kept}
	}
	saved := Saved{Step: step, Version: kept.Version + 1, Answers: a, SavedBy: who.ID, Saver: who.Name, SavedAt: now, ConfirmedAt: now, Page: on.Page, Quiet: on.Quiet}
	_, err = tx.Exec(ctx, `INSERT INTO submission_steps (submission_id, revision, step, version, answers, saved_by, saved_at, page, quiet)
		VALUES (@id, @revision, @step, @version, @answers, @by, @now, @page, @quiet)
		ON CONFLICT ON CONSTRAINT submission_steps_pkey DO UPDATE
		SET version = excluded.version, answers = excluded.answers, saved_by = excluded.saved_by, saved_at = excluded.saved_at,
			page = excluded.page, quiet = excluded.quiet`,
		database.Args{
			"id": s.ID, "revision": s.Revision, "step": step, "version": saved.Version, "answers": a, "by": who.ID, "now": now,
			"page": on.Page, "quiet": on.Quiet,
		})
	if err != nil {
		return Saved{}, fmt.Errorf("save step %s of submission %d: %w", step, s.ID, err)
	}
	text.Steps[step] = saved
	all := text.Answers()
	s.Title, s.Lang, s.ChangedAt = kind.title(all, s.Title), kind.Lang(all, s.Lang), now
	_, err = tx.Exec(ctx, `UPDATE submissions SET title = @title, lang = @lang, changed_at = @now WHERE id = @id`,
		database.Args{"id": s.ID, "title": s.Title, "lang": s.Lang, "now": now})
	if err != nil {
		return Saved{}, fmt.Errorf("save step %s of submission %d: %w", step, s.ID, err)
	}
	return saved, nil
}

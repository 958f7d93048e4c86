package workflow

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
)

// About is what a submission is started about: other submissions of its office, that the caller has found for the person.
type About struct {
	Office   int64
	Subjects []ID
	// Title and Lang are what it is called by: those of its subject.
	Title, Lang string
}

// StartAbout is Start for a kind that is about others. The wall before any of them stands before it as well.
func StartAbout(ctx context.Context, tx database.Tx, kind *Kind, about About, who identity.User, now time.Time) (ID, error) {
	id, err := Start(ctx, tx, kind, about.Office, who, now)
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, `INSERT INTO submission_subjects (submission_id, subject_id) SELECT $1, s.id FROM submissions s WHERE s.id = ANY ($2) AND s.office_id = $3`,
		id, about.Subjects, about.Office)
	if err == nil {
		_, err = tx.Exec(ctx, `UPDATE submissions SET title = $2, lang = $3 WHERE id = $1`, id, about.Title, about.Lang)
	}
	if err != nil {
		return 0, fmt.Errorf("start a %s about others: %w", kind.Name, err)
	}
	return id, nil
}

// RecordAbout hands in a submission about others of the office that the desk writes in its name, and returns it. The person
// becomes its author, so that the wall keeps them from deciding on it. That they may see its subjects from the desk's side is the
// caller's to see to.
func RecordAbout(ctx context.Context, tx database.Tx, kind *Kind, about About, a form.Answers, who identity.User, now time.Time) (Submission, error) {
	id, err := database.Value[int64](ctx, tx, `INSERT INTO submissions (kind, desk, country, title, lang, office_id, author_id, created_at, changed_at)
		SELECT @kind, @desk, o.country, @title, @lang, o.id, @author, @now, @now FROM offices o WHERE o.id = @office AND o.state = 'approved' FOR SHARE
		RETURNING id`,
		database.Args{"kind": kind.Name, "desk": kind.Desk, "title": about.Title, "lang": kind.Lang(a, about.Lang), "office": about.Office, "author": who.ID, "now": now})
	if errors.Is(err, problem.NotFound) {
		return Submission{}, problem.NotAllowedNow // the office is closed
	}
	if err == nil {
		_, err = tx.Exec(ctx, `INSERT INTO submission_subjects (submission_id, subject_id) SELECT $1, s.id FROM submissions s WHERE s.id = ANY ($2) AND s.office_id = $3`,
			id, about.Subjects, about.Office)
	}
	for _, step := range kind.Form.Steps {
		answers := form.Answers{}
		for _, f := range step.Fields {
			answers = form.Merge(answers, a.Of(f))
		}
		if err == nil {
			_, err = tx.Exec(ctx, `INSERT INTO submission_steps (submission_id, revision, step, version, answers, saved_by, saved_at) VALUES ($1, 1, $2, 1, $3, $4, $5)`,
				id, step.ID, answers, who.ID, now)
		}
	}
	if err != nil {
		return Submission{}, fmt.Errorf("record a %s: %w", kind.Name, err)
	}
	s, err := LockForPortal(ctx, tx, id)
	if err != nil {
		return s, err
	}
	step, ok := kind.Plan.Find(Record, s.State, false)
	if !ok {
		return s, problem.NotAllowedNow
	}
	if _, err := take(ctx, tx, kind, &s, step, who.ID, Input{}, now); err != nil {
		return s, err
	}
	return s, nil
}

// OpenAbout returns the last submission of the kind about the subject that the person may write in: what somebody of the
// office has begun and not sent in yet. 0 is none.
func OpenAbout(ctx context.Context, q database.Querier, kind string, subject ID, who identity.User) (ID, error) {
	id, err := database.Value[ID](ctx, q, `SELECT s.id`+From+` JOIN submission_subjects about ON about.submission_id = s.id AND about.subject_id = @subject
		WHERE s.kind = @kind AND s.state IN ('draft', 'changes_requested') AND a.side = 'owner' AND a.role IN ('head', 'contributor', 'editor')
		ORDER BY s.id DESC LIMIT 1`, database.Args{"kind": kind, "subject": subject, "who": who.ID, "staff": who.IsStaff()})
	if errors.Is(err, problem.NotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("find what is being written about submission %d: %w", subject, err)
	}
	return id, nil
}

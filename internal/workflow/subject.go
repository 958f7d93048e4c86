package workflow

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portal/internal/database"
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

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

// Sender is who has written to the desk in another way than by the form: a person, for an office.
type Sender struct{ Person, Office int64 }

// RecordFor hands in what somebody has sent to the desk by e-mail, in their name, as far as it answers the form, and returns it.
// The words are the sender's, so the person at the desk is not behind the wall; that they recorded it stands in the history. An
// office that is not approved is problem.NotAllowedNow.
func RecordFor(ctx context.Context, tx database.Tx, kind *Kind, from Sender, a form.Answers, who identity.User, now time.Time) (Submission, error) {
	id, err := database.Value[int64](ctx, tx, `INSERT INTO submissions (kind, desk, country, title, lang, office_id, author_id, created_at, changed_at)
		SELECT @kind, @desk, o.country, @title, @lang, o.id, @author, @now, @now FROM offices o WHERE o.id = @office AND o.state = 'approved' FOR SHARE
		RETURNING id`,
		database.Args{"kind": kind.Name, "desk": kind.Desk, "title": kind.title(a, ""), "lang": kind.Lang(a, who.Lang), "office": from.Office, "author": from.Person, "now": now})
	if errors.Is(err, problem.NotFound) {
		return Submission{}, problem.NotAllowedNow
	}
	for _, step := range kind.Form.Steps {
		answers := form.Answers{}
		for _, f := range step.Fields {
			answers = form.Merge(answers, a.Of(f))
		}
		if err == nil {
			_, err = tx.Exec(ctx, `INSERT INTO submission_steps (submission_id, revision, step, version, answers, saved_by, saved_at) VALUES ($1, 1, $2, 1, $3, $4, $5)`, id, step.ID, answers, from.Person, now)
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
	_, err = take(ctx, tx, kind, &s, step, who.ID, Input{}, now)
	return s, err
}

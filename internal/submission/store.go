package submission

import (
	"context"
	"fmt"
	"slices"

	"portal/internal/attachment"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// lockPerson makes what one person does at the same time happen one after the other.
func lockPerson(ctx context.Context, tx database.Tx, id int64) error {
	if _, err := tx.Exec(ctx, `SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE`, id); err != nil {
		return fmt.Errorf("lock user %d: %w", id, err)
	}
	return nil
}

// begun finds a draft of the person that has the answers of all steps, no others, and the files of the submission that it
// began with; problem.NotFound when there is none. It says the same as a new one would.
func begun(ctx context.Context, q database.Querier, kind *workflow.Kind, office int64, who identity.User, steps map[string]form.Answers, with Beginning) (workflow.ID, error) {
	post, ok := who.Post(office)
	if !ok || post.Role == identity.Viewer {
		return 0, fmt.Errorf("start a %s for office %d: %w", kind.Name, office, problem.Forbidden)
	}
	drafts, err := database.Values[workflow.ID](ctx, q, `SELECT s.id FROM submissions s
		WHERE s.author_id = @who AND s.office_id = @office AND s.kind = @kind AND s.state = 'draft' AND s.revision = 1
			AND (SELECT count(*) FROM submission_steps t WHERE t.submission_id = s.id) = @steps
		ORDER BY s.id LIMIT 50`, database.Args{"who": who.ID, "office": office, "kind": kind.Name, "steps": len(steps)})
	if err != nil {
		return 0, err
	}
	files, err := fileNames(ctx, q, with.From, with.Revision)
	if err != nil {
		return 0, err
	}
	for _, id := range drafts {
		text, err := workflow.ReadText(ctx, q, id, 1)
		if err != nil {
			return 0, err
		}
		has, err := fileNames(ctx, q, id, 1)
		if err != nil {
			return 0, err
		}
		same := slices.Equal(files, has)
		for step, a := range steps {
			same = same && text.Steps[step].Answers.Equal(a)
		}
		if same {
			return id, nil
		}
	}
	return 0, problem.NotFound
}

// fileNames are the files that a copy of a revision has, each by its question and name; none of submission 0.
func fileNames(ctx context.Context, q database.Querier, id workflow.ID, revision int) ([]string, error) {
	files, err := attachment.List(ctx, q, id, revision)
	var names []string
	for _, f := range files {
		if f.Servable() {
			names = append(names, f.Field+" "+f.Name)
		}
	}
	slices.Sort(names)
	return names, err
}

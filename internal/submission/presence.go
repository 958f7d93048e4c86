package submission

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/workflow"
)

// presentFor is how long somebody counts as having a step open after their page was last heard of.
const presentFor = 5 * time.Minute

// Presence is somebody who has a step open.
type Presence struct {
	Step     string
	UserID   int64
	Name     string
	OpenedAt time.Time
}

// Present says that the person has the step open, and returns who else has. It is all that opening the page of a step
// writes: without scripts nothing else can tell the others. It blocks nobody: two people may write the
// same step, and the second who saves sees both texts.
func (s *Service) Present(ctx context.Context, who identity.User, c Case, step string) ([]Presence, error) {
	if err := mayWrite(c.Submission); err != nil {
		return nil, err
	}
	_, err := s.db.Read().Exec(ctx, `INSERT INTO step_presence AS p (submission_id, step, user_id, opened_at, seen_at)
		VALUES (@id, @step, @who, @now, @now)
		ON CONFLICT ON CONSTRAINT step_presence_pkey DO UPDATE SET seen_at = excluded.seen_at,
			opened_at = CASE WHEN p.seen_at < @since THEN excluded.opened_at ELSE p.opened_at END`,
		database.Args{"id": c.ID, "step": step, "who": who.ID, "now": s.now(), "since": s.now().Add(-presentFor)})
	if err != nil {
		return nil, fmt.Errorf("present at step %s of submission %d: %w", step, c.ID, err)
	}
	others, err := s.Presences(ctx, who, c)
	return presentAt(others, step), err
}

// Presences returns who else has a step open, the longest first; people who may not write the submission any more have
// none open.
func (s *Service) Presences(ctx context.Context, who identity.User, c Case) ([]Presence, error) {
	all, err := database.Rows[Presence](ctx, s.db.Read(), `SELECT p.step, p.user_id, u.name, p.opened_at FROM step_presence p JOIN users u ON u.id = p.user_id
		WHERE p.submission_id = @id AND p.user_id <> @who AND p.seen_at >= @since AND u.closed_at IS NULL
			AND EXISTS (SELECT FROM submission_access a WHERE a.submission_id = @id AND a.user_id = p.user_id AND a.side = 'owner')
		ORDER BY p.opened_at, p.user_id`, database.Args{"id": c.ID, "who": who.ID, "since": s.now().Add(-presentFor)})
	if err != nil {
		return nil, fmt.Errorf("who writes submission %d: %w", c.ID, err)
	}
	return all, nil
}

// leave says that the person has gone on from the step.
func (s *Service) leave(ctx context.Context, who identity.User, id workflow.ID, step string) error {
	if _, err := s.db.Read().Exec(ctx, `DELETE FROM step_presence WHERE submission_id = $1 AND step = $2 AND user_id = $3`, id, step, who.ID); err != nil {
		return fmt.Errorf("leave step %s of submission %d: %w", step, id, err)
	}
	return nil
}

// SweepPresence forgets who had what open long ago.
func (s *Service) SweepPresence(ctx context.Context) error {
	if _, err := s.db.Read().Exec(ctx, `DELETE FROM step_presence WHERE seen_at < $1`, s.now().Add(-presentFor)); err != nil {
		return fmt.Errorf("sweep presence: %w", err)
	}
	return nil
}

// present answers the script of a page that is open: who else has the step open, in words.
func (h handlers) present(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	c, step, err := h.openStep(ctx, r)
	if err != nil {
		return err
	}
	others, err := h.service.Present(ctx, identity.Must(ctx), c, step.ID)
	if err != nil {
		return err
	}
	return answerJSON(w, r, http.StatusOK, map[string]any{"text": presenceText(ctx, others, h.service.now())})
}

// presenceText says who else has the step open; "" for nobody.
func presenceText(ctx context.Context, others []Presence, now time.Time) string {
	var all []string
	for _, p := range others {
		all = append(all, i18n.T(ctx, "submission.presence.open", p.Name, moment(ctx, p.OpenedAt, now)))
	}
	return strings.Join(all, " ")
}

// presentAt are those who have the step open.
func presentAt(all []Presence, step string) []Presence {
	var here []Presence
	for _, p := range all {
		if p.Step == step {
			here = append(here, p)
		}
	}
	return here
}

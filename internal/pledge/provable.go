package pledge

import (
	"context"
	"time"

	"portal/internal/database"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// Provable is a pledge, or one update of it, as the record of acts knows it.
type Provable struct {
	// Submission is its number in the record.
	Submission workflow.ID
	// Acts are those by which it came before the public; none for a pledge, which is a submission. At is when, of an update that
	// was no submission.
	Acts []string
	At   time.Time
	// Title and Lang are those of the pledge, Path the page without the language; Title is empty once it was taken down.
	Title, Lang, Path string
}

// reportAct is what the record calls an update that was published at once.
func reportAct(means Means) string { return "pledge.report." + string(means) }

// Provable returns what was published under the public ID of a pledge, or of one of its updates; problem.NotFound when nothing ever was.
func (s *Service) Provable(ctx context.Context, id string) (Provable, error) {
	publicID, number, isUpdate := ofUpdate(id)
	if !isUpdate {
		publicID = id
	}
	pledge, err := s.Published(ctx, publicID)
	if err != nil {
		return Provable{}, err
	}
	public, err := s.Public(ctx, publicID, 0)
	if err != nil {
		return Provable{}, err
	}
	p := Provable{Submission: pledge, Title: public.Pledge.Title, Lang: public.Pledge.Lang, Path: Path(publicID)}
	if !isUpdate {
		return p, nil
	}
	if updateID(publicID, number) != id { // GCM-P-0225-U03 is written otherwise
		return Provable{}, problem.NotFound
	}
	type row struct {
		SubmissionID *workflow.ID
		PublishedAt  time.Time
	}
	u, err := database.Row[row](ctx, s.db.Read(), `SELECT submission_id, published_at FROM pledge_updates WHERE pledge_id = $1 ORDER BY id OFFSET $2 LIMIT 1`, pledge, number-1)
	if err != nil {
		return Provable{}, wrap("update "+id, err)
	}
	p.Path = updatePath(id)
	if u.SubmissionID != nil {
		p.Submission, p.Acts = *u.SubmissionID, []string{string(workflow.Publish)}
		return p, nil
	}
	p.At = u.PublishedAt
	for _, means := range AllMeans {
		p.Acts = append(p.Acts, reportAct(means))
	}
	return p, nil
}

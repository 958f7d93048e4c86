package pledge

import (
	"context"
	"fmt"
	"time"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web/ui"
)

// oldRevision is what a row says of a revision that has been replaced since.
type oldRevision struct {
	title                  string
	indicators, milestones []string
}

// revisionOf names a revision.
type revisionOf struct {
	id       workflow.ID
	revision int
}

// waitingReport is a report on a pledge that waits at the desk.
type waitingReport struct {
	PledgeID, ID workflow.ID
	Revision     int
	// Sender is the name of who sent it, At when; Recorded says that the secretariat did, for the office.
	Sender   string
	Recorded bool
	At       time.Time
}

// by says who sent it, to the office: the secretariat does not name its people.
func (w waitingReport) by(ctx context.Context) string {
	if w.Recorded {
		return i18n.T(ctx, "pledge.recorded.secretariat")
	}
	return ui.PersonName(ctx, w.Sender)
}

// mark names it in the edition of a row.
func (w waitingReport) mark() string { return fmt.Sprintf("%d.%d", w.ID, w.Revision) }

// waitingReports returns the reports on the pledges that wait at the desk, by pledge, the first one first. It is for the office
// of the pledges.
func waitingReports(ctx context.Context, q database.Querier, ids []workflow.ID) (map[workflow.ID][]waitingReport, error) {
	rows, err := database.Rows[waitingReport](ctx, q, `SELECT a.subject_id AS pledge_id, w.id, w.submitted_revision AS revision, coalesce(u.name, '') AS sender, coalesce(e.action = 'record', false) AS recorded, w.submitted_at AS at
		FROM submission_subjects a JOIN submissions w ON w.id = a.submission_id LEFT JOIN LATERAL `+lastHandedIn("w.id")+` e ON true
		LEFT JOIN users u ON u.id = coalesce(e.actor_id, w.author_id)
		WHERE a.subject_id = ANY ($1) AND w.kind IN ('pledge_update', 'pledge_sheet') AND w.state IN ('submitted', 'in_review', 'approved')
		ORDER BY w.submitted_at, w.id`, ids)
	if err != nil {
		return nil, fmt.Errorf("reports that wait at the desk: %w", err)
	}
	of := map[workflow.ID][]waitingReport{}
	for _, r := range rows {
		of[r.PledgeID] = append(of[r.PledgeID], r)
	}
	return of, nil
}

// sheetNow is how the pledges of a workbook stand when it comes back.
type sheetNow struct {
	pledges map[string]stands // by public ID
	updates map[workflow.ID][]Update
	// waiting are the reports at the desk, of the office's own pledges only.
	waiting map[workflow.ID][]waitingReport
	// older are the revisions that rows speak of and that are not public any more.
	older map[revisionOf]oldRevision
}

// sheetPledges reads how the pledges stand that the rows name.
func (s *Service) sheetPledges(ctx context.Context, q database.Querier, f sheetFile) (sheetNow, error) {
	now := sheetNow{pledges: map[string]stands{}, older: map[revisionOf]oldRevision{}}
	var named []string
	for _, row := range f.Rows {
		if id, ok := wholeID(row.Cells["id"]); ok {
			named = append(named, id)
		}
	}
	ids, err := database.Values[workflow.ID](ctx, q, `SELECT id FROM pledges WHERE until IS NULL AND public_id = ANY ($1)`, notNil(named))
	if err != nil {
		return now, fmt.Errorf("pledges of a workbook: %w", err)
	}
	all, err := s.standing(ctx, q, ids...)
	if err != nil {
		return now, err
	}
	if now.updates, err = updatesOf(ctx, q, ids...); err != nil {
		return now, err
	}
	var own []workflow.ID
	for _, p := range all {
		now.pledges[p.PublicID] = p
		if p.OfficeID == f.OfficeID {
			own = append(own, p.ID)
		}
	}
	if now.waiting, err = waitingReports(ctx, q, notNil(own)); err != nil {
		return now, err
	}
	var of []workflow.ID
	var revisions []int
	for _, row := range f.Rows {
		id, _ := wholeID(row.Cells["id"])
		made, ok := readEdition(row.Cells["edition"])
		if p, known := now.pledges[id]; ok && known && p.OfficeID == f.OfficeID && made.revision != p.Revision {
			of, revisions = append(of, p.ID), append(revisions, made.revision)
		}
	}
	if len(of) == 0 {
		return now, nil
	}
	type row struct {
		ID       workflow.ID
		Revision int
		Title    string
		Content  map[string][]string
	}
	rows, err := database.Rows[row](ctx, q, `SELECT p.id, p.revision, p.title, p.content FROM unnest($1::bigint[], $2::int[]) AS w (id, revision)
		JOIN pledges p ON p.id = w.id AND p.revision = w.revision`, of, revisions)
	if err != nil {
		return now, fmt.Errorf("earlier revisions of a workbook's pledges: %w", err)
	}
	for _, r := range rows {
		var p Pledge
		readMeasures(&p, r.Content)
		one := oldRevision{title: r.Title}
		for _, i := range p.Indicators {
			one.indicators = append(one.indicators, i.What)
		}
		for _, m := range p.Milestones {
			one.milestones = append(one.milestones, m.What)
		}
		now.older[revisionOf{r.ID, r.Revision}] = one
	}
	return now, nil
}

// earlier is how the pledge stood when a row was made, after its first reports or in an earlier revision; ok is false when it never
// stood so.
func (p stands) earlier(updates []Update, made sheetEdition, older map[revisionOf]oldRevision) (_ sheetState, ok bool) {
	if made.updates > len(updates) {
		return sheetState{}, false
	}
	if made.revision != p.Revision {
		was, ok := older[revisionOf{p.ID, made.revision}]
		if !ok {
			return sheetState{}, false
		}
		p.Title, p.Indicators, p.Milestones, p.Revision = was.title, was.indicators, was.milestones, made.revision
	}
	p.Status, p.NextReport = NoStatus, yearAfter(p.Published)
	if made.updates > 0 {
		last := updates[made.updates-1]
		p.Status, p.NextReport = last.Status, last.NextReport()
	}
	return p.sheetState(updates[:made.updates], nil), true
}

// moved is the day on which the pledge moved on last.
func (p stands) moved(updates []Update) date.Date {
	if len(updates) == 0 {
		return p.Published
	}
	return date.Today(updates[len(updates)-1].PublishedAt, i18n.Geneva)
}

// lockSheet lets nobody else report on the office's pledges of a workbook, so that what is compared stays as it is.
func lockSheet(ctx context.Context, tx database.Tx, f sheetFile) error {
	var named []string
	for _, row := range f.Rows {
		if id, ok := wholeID(row.Cells["id"]); ok {
			named = append(named, id)
		}
	}
	if _, err := tx.Exec(ctx, `SELECT FROM offices WHERE id = $1 FOR SHARE`, f.OfficeID); err != nil {
		return err
	}
	ids, err := database.Values[workflow.ID](ctx, tx, `SELECT id FROM submissions WHERE office_id = $1 AND public_id = ANY ($2)`, f.OfficeID, notNil(named))
	if err != nil {
		return err
	}
	return lockPledges(ctx, tx, ids)
}

// confirmSheet reports what a workbook changes, all of it or nothing, and returns how many reports it made and whether they
// are published. Rows that are refused are left out, as the preview said. When the preview that the person has seen is not
// what the workbook would do now it is problem.Stale; nothing to report is problem.NotAllowedNow. Confirming twice is done
// once: then already is true.
func (s *Service) confirmSheet(ctx context.Context, who identity.User, id int64, seen string) (n int, published, already bool, err error) {
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		f, err := s.sheetFile(ctx, tx, who, id, ` FOR UPDATE OF f`)
		if err != nil {
			return err
		}
		if f.ConfirmedAt != nil {
			already = true
			return nil
		}
		if !mayReport(who, f.OfficeID) {
			return problem.Forbidden
		}
		if err := lockSheet(ctx, tx, f); err != nil {
			return err
		}
		v, err := s.previewSheet(ctx, tx, f)
		switch {
		case err != nil:
			return err
		case v.Seen != seen:
			return problem.Stale
		case len(v.Changed) == 0:
			return problem.NotAllowedNow
		}
		filings := make([]Filing, len(v.Changed))
		for i, line := range v.Changed {
			filings[i] = Filing{Pledge: line.pledge, Report: line.Report}
		}
		if published, err = s.report(ctx, tx, who, f.OfficeID, filings, BySheet); err != nil {
			return err
		}
		n = len(filings)
		if _, err := tx.Exec(ctx, `UPDATE pledge_sheets SET confirmed_at = $2, rows = NULL WHERE id = $1`, id, s.now()); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "pledge.sheet", Subject: "office", SubjectID: f.OfficeID, At: s.now()})
	})
	if err != nil {
		return 0, false, false, fmt.Errorf("confirm workbook of reports %d: %w", id, err)
	}
	return n, published, already, nil
}

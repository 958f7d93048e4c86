package pledge

import (
	"context"
	"fmt"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// oldRevision is what a row says of a revision that has been replaced since.
type oldRevision struct {
	title      string
	indicators []string
}

// revisionOf names a revision.
type revisionOf struct {
	id       workflow.ID
	revision int
}

// sheetPledges reads the pledges that the rows name, by public ID, their updates, and the revisions that rows speak of and
// that are not public any more.
func (s *Service) sheetPledges(ctx context.Context, q database.Querier, f sheetFile) (map[string]stands, map[workflow.ID][]Update, map[revisionOf]oldRevision, error) {
	var named []string
	for _, row := range f.Rows {
		if id, ok := wholeID(row.Cells["id"]); ok {
			named = append(named, id)
		}
	}
	ids, err := database.Values[workflow.ID](ctx, q, `SELECT id FROM pledges WHERE until IS NULL AND public_id = ANY ($1)`, notNil(named))
	if err != nil {
		return nil, nil, nil, fmt.Errorf("pledges of a workbook: %w", err)
	}
	all, err := s.standing(ctx, q, ids...)
	if err != nil {
		return nil, nil, nil, err
	}
	updates, err := updatesOf(ctx, q, ids...)
	if err != nil {
		return nil, nil, nil, err
	}
	pledges := map[string]stands{}
	for _, p := range all {
		pledges[p.PublicID] = p
	}
	var of []workflow.ID
	var revisions []int
	for _, row := range f.Rows {
		id, _ := wholeID(row.Cells["id"])
		_, revision, ok := readEdition(row.Cells["edition"])
		if p, known := pledges[id]; ok && known && p.OfficeID == f.OfficeID && revision != p.Revision {
			of, revisions = append(of, p.ID), append(revisions, revision)
		}
	}
	older := map[revisionOf]oldRevision{}
	if len(of) == 0 {
		return pledges, updates, older, nil
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
		return nil, nil, nil, fmt.Errorf("earlier revisions of a workbook's pledges: %w", err)
	}
	for _, r := range rows {
		var p Pledge
		readMeasures(&p, r.Content)
		one := oldRevision{title: r.Title}
		for _, i := range p.Indicators {
			one.indicators = append(one.indicators, i.What)
		}
		older[revisionOf{r.ID, r.Revision}] = one
	}
	return pledges, updates, older, nil
}

// earlier is how the pledge stood after its first reports, in an earlier revision; ok is false when it never stood so.
func (p stands) earlier(updates []Update, count, revision int, older map[revisionOf]oldRevision) (_ sheetState, ok bool) {
	if count > len(updates) {
		return sheetState{}, false
	}
	if revision != p.Revision {
		was, ok := older[revisionOf{p.ID, revision}]
		if !ok {
			return sheetState{}, false
		}
		p.Title, p.Indicators, p.Revision = was.title, was.indicators, revision
	}
	p.Status, p.NextReport = NoStatus, yearAfter(p.Published)
	if count > 0 {
		last := updates[count-1]
		p.Status, p.NextReport = last.Status, last.NextReport()
	}
	return p.sheetState(updates[:count]), true
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

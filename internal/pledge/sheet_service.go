package pledge

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web"
)

const (
	// sheetKept is how long an uploaded workbook waits for its confirmation.
	sheetKept = 7 * 24 * time.Hour
	// sheetsPerHour is how many workbooks one person may upload.
	sheetsPerHour = 30
)

// sheetFile is an uploaded workbook.
type sheetFile struct {
	ID          int64
	OfficeID    int64
	OfficeName  string
	Name        string
	Lang        string
	Rows        []sheetRow
	CreatedAt   time.Time
	ExpiresAt   time.Time
	ConfirmedAt *time.Time
}

// sheetStates returns how the office's published pledges stand, at most MaxSheetRows, in the order of their IDs.
func (s *Service) sheetStates(ctx context.Context, q database.Querier, office int64) ([]sheetState, error) {
	ids, err := database.Values[workflow.ID](ctx, q, `SELECT p.id FROM submissions sub JOIN pledges p ON p.id = sub.id AND p.until IS NULL
		WHERE sub.office_id = $1 ORDER BY p.public_id LIMIT $2`, office, MaxSheetRows)
	if err != nil {
		return nil, fmt.Errorf("pledges of office %d: %w", office, err)
	}
	pledges, err := s.standing(ctx, q, ids...)
	if err != nil {
		return nil, err
	}
	updates, err := updatesOf(ctx, q, ids...)
	if err != nil {
		return nil, err
	}
	waiting, err := waitingReports(ctx, q, ids)
	if err != nil {
		return nil, err
	}
	states := make([]sheetState, 0, len(ids))
	for _, id := range ids {
		if p, ok := pledges[id]; ok {
			states = append(states, p.sheetState(updates[id], waiting[id]))
		}
	}
	return states, nil
}

// sheetState is how the pledge stood after the updates, while the other reports waited at the desk.
func (p stands) sheetState(updates []Update, waiting []waitingReport) sheetState {
	state := sheetState{
		ID: p.ID, PublicID: p.PublicID, Title: p.Title, Edition: sheetEdition{updates: len(updates), revision: p.Revision},
		Status: p.Status, NextReport: p.NextReport, Indicators: once(p.Indicators), Milestones: once(p.Milestones),
	}
	for _, w := range waiting {
		state.Edition.waiting = append(state.Edition.waiting, w.mark())
	}
	state.Indicators = state.Indicators[:min(len(state.Indicators), MaxSheetIndicators)]
	state.Milestones = state.Milestones[:min(len(state.Milestones), MaxSheetMilestones)]
	gist := sumUp(updates)
	for _, what := range state.Indicators {
		state.Values = append(state.Values, gist.values[what].Value)
	}
	for _, what := range state.Milestones {
		state.Reached = append(state.Reached, gist.reached[what])
	}
	return state
}

// uploadSheet reads a workbook of reports and keeps its rows for the person's confirmation; nothing of it is reported yet. What
// it is refused for is a sheetError, or an error of which workbook.Reason knows. Who may not report for the office is
// problem.Forbidden.
func (s *Service) uploadSheet(ctx context.Context, who identity.User, office int64, name, lang string, content []byte) (int64, error) {
	if !mayReport(who, office) {
		return 0, fmt.Errorf("upload reports for office %d: %w", office, problem.Forbidden)
	}
	if err := web.Limit(ctx, s.db.Read(), fmt.Sprintf("pledge.sheet:%d", who.ID), sheetsPerHour, time.Hour); err != nil {
		return 0, err
	}
	rows, err := readSheetRows(content)
	if err != nil {
		return 0, fmt.Errorf("read a workbook of reports: %w", err)
	}
	kept, err := json.Marshal(rows)
	if err != nil {
		return 0, err
	}
	now := s.now()
	id, err := database.Value[int64](ctx, s.db.Read(), `INSERT INTO pledge_sheets (user_id, office_id, name, lang, rows, created_at, expires_at)
		VALUES (@who, @office, @name, @lang, @rows, @now, @expires) RETURNING id`,
		database.Args{"who": who.ID, "office": office, "name": name, "lang": lang, "rows": kept, "now": now, "expires": now.Add(sheetKept)})
	if err != nil {
		return 0, fmt.Errorf("keep a workbook of reports: %w", err)
	}
	return id, nil
}

const sheetFileSQL = `SELECT f.id, f.office_id, o.name AS office_name, f.name, f.lang, f.rows, f.created_at, f.expires_at, f.confirmed_at
	FROM pledge_sheets f JOIN offices o ON o.id = f.office_id WHERE f.id = @id AND f.user_id = @who AND f.expires_at > @now`

// sheetFile returns what the person has uploaded. Another's, and one that has expired, is problem.NotFound.
func (s *Service) sheetFile(ctx context.Context, q database.Querier, who identity.User, id int64, lock string) (sheetFile, error) {
	f, err := database.Row[sheetFile](ctx, q, sheetFileSQL+lock, database.Args{"id": id, "who": who.ID, "now": s.now()})
	if err != nil {
		return f, fmt.Errorf("workbook of reports %d: %w", id, err)
	}
	return f, nil
}

// cancelSheet forgets what was uploaded; twice is done once.
func (s *Service) cancelSheet(ctx context.Context, who identity.User, id int64) error {
	if _, err := s.db.Read().Exec(ctx, `DELETE FROM pledge_sheets WHERE id = $1 AND user_id = $2 AND confirmed_at IS NULL`, id, who.ID); err != nil {
		return fmt.Errorf("forget workbook of reports %d: %w", id, err)
	}
	return nil
}

// DropSheets forgets the workbooks that nobody has confirmed in time, and those that are long confirmed: for the schedule.
func (s *Service) DropSheets(ctx context.Context) error {
	if _, err := s.db.Read().Exec(ctx, `DELETE FROM pledge_sheets WHERE expires_at <= $1`, s.now()); err != nil {
		return fmt.Errorf("drop old workbooks of reports: %w", err)
	}
	return nil
}

// sheetLine is a row of the preview: what it changes, or why it is refused.
type sheetLine struct {
	N               int
	PublicID, Title string
	Lang            string // of the title
	Changes         []Change
	// Next is the day of the next report after it.
	Report Report
	Wrong  []form.Wrong
	pledge workflow.ID
}

// sheetPreview is what a workbook would do now.
type sheetPreview struct {
	sheetFile
	// Changed are the rows that make a report, Refused those that do not and why; Same is how many say nothing new.
	Changed, Refused []sheetLine
	Same             int
	// Trusted says that the reports are published at once.
	Trusted bool
	// Seen is a fingerprint of all this.
	Seen string
}

// preview works out what a workbook would do now.
func (s *Service) previewSheet(ctx context.Context, q database.Querier, f sheetFile) (sheetPreview, error) {
	v := sheetPreview{sheetFile: f}
	var err error
	if v.Trusted, err = trusted(ctx, q, f.OfficeID); err != nil {
		return v, err
	}
	lines, err := s.sheetLines(ctx, q, f)
	if err != nil {
		return v, err
	}
	var filings []Filing
	var at []int
	for i, line := range lines {
		if len(line.Wrong) == 0 && len(line.Changes) > 0 {
			filings, at = append(filings, Filing{Pledge: line.pledge, Report: line.Report}), append(at, i)
		}
	}
	if len(filings) > 0 {
		entries, wrong, err := s.checked(ctx, q, f.OfficeID, filings)
		if err != nil {
			return v, err
		}
		for k, i := range at {
			lines[i].Wrong, lines[i].Report.NextReport = wrong[k], entries[k].NextReport
		}
	}
	sum := sha256.New()
	fmt.Fprintln(sum, v.Trusted) // who has been told that the desk reads it first publishes nothing by that
	for _, line := range lines {
		switch {
		case len(line.Wrong) > 0:
			v.Refused = append(v.Refused, line)
		case len(line.Changes) > 0:
			v.Changed = append(v.Changed, line)
		default:
			v.Same++
			continue
		}
		fmt.Fprintf(sum, "%d %v %v\n", line.N, line.Changes, line.Wrong)
	}
	v.Seen = hex.EncodeToString(sum.Sum(nil)[:8])
	return v, nil
}

// sheetLines compares each row with its pledge, as it stood when the workbook was made and as it stands now.
func (s *Service) sheetLines(ctx context.Context, q database.Querier, f sheetFile) ([]sheetLine, error) {
	now, err := s.sheetPledges(ctx, q, f)
	if err != nil {
		return nil, err
	}
	statuses, today := sheetStatuses(), dayOf(s.now())
	lines := make([]sheetLine, len(f.Rows))
	first := map[string]int{}
	for i, row := range f.Rows {
		line := sheetLine{N: row.N, PublicID: row.Cells["id"], Title: row.Cells["title"], Lang: "und", Wrong: slices.Clone(row.Wrong)}
		wrong := func(name, key string, args ...any) {
			line.Wrong = append(line.Wrong, form.Wrong{Name: name, Key: "pledge.sheet.wrong." + key, Args: args})
		}
		id, ok := wholeID(row.Cells["id"])
		p, known := now.pledges[id]
		updates := now.updates[p.ID]
		made, readable := readEdition(row.Cells["edition"])
		base, exists := p.sheetState(updates, nil), true
		moved := made.updates != len(updates) || made.revision != p.Revision
		if known && readable && moved {
			base, exists = p.earlier(updates, made, now.older)
		}
		switch {
		case slices.ContainsFunc(row.Wrong, func(w form.Wrong) bool { return w.Name == "id" }):
		case row.Cells["id"] == "":
			wrong("id", "id.blank")
		case !ok:
			wrong("id", "id.form", row.Cells["id"])
		case !known:
			wrong("id", "id.unknown", id)
		case p.OfficeID != f.OfficeID:
			wrong("id", "id.foreign", id)
		case first[id] != 0:
			wrong("id", "id.twice", id, first[id])
		case !readable || !exists:
			wrong("edition", "edition")
		case !same(row.Cells["title"], base.Title):
			wrong("title", "title", id)
		default:
			report, changes, refused := base.report(ctx, row, statuses, f.Lang, today)
			line.pledge, line.Title, line.Lang, line.Report, line.Changes = p.ID, p.Title, p.Lang, report, changes
			line.Wrong = append(line.Wrong, refused...)
			if len(changes)+len(refused) == 0 {
				break
			}
			if moved {
				wrong("edition", "moved", i18n.Day(ctx, p.moved(updates)))
			}
			for _, w := range now.waiting[p.ID] {
				if !slices.Contains(made.waiting, w.mark()) {
					wrong("edition", "waits", w.by(ctx), i18n.Instant(ctx, w.At))
				}
			}
		}
		if first[id] == 0 {
			first[id] = row.N
		}
		lines[i] = line
	}
	return lines, nil
}

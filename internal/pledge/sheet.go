package pledge

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/workbook"
	"portal/internal/workflow"
)

// The workbook with which an office reports on many pledges: a row a pledge, which says how it stands. What a row says that
// it did not say when the workbook was made is a report.

// Bounds of a workbook of reports.
const (
	// MaxSheetRows is how many pledges one holds at most, MaxSheetIndicators and MaxSheetMilestones how many of those of each.
	MaxSheetRows, MaxSheetIndicators, MaxSheetMilestones = 5000, 20, 20
)

// sheetColumns are the columns before those of indicators and milestones, by the names of their headings:
// pledge.sheet.column.<name>. The edition says of which reports and revision the row is; it is hidden.
var sheetColumns = []string{"id", "title", "status", "on", "superseded_by", "evidence", "link", "obstacles", "support", "next_report", "edition"}

// fixed are the columns that cannot be written in.
var fixed = []string{"id", "title", "edition"}

// sheetRow is a row of a workbook as it was read.
type sheetRow struct {
	N int `json:"n"` // from 1
	// Cells are the texts by column; days are written as 2026-06-30. Those of indicators are indicator.1 and value.1, of
	// milestones milestone.1 and reached.1.
	Cells map[string]string `json:"cells"`
	// Wrong says what cannot be read.
	Wrong []form.Wrong `json:"wrong,omitempty"`
}

// ReadSheet errors, beside those of a workbook.
var (
	errNoSheet     = sheetError{key: "no_sheet"}
	errTooManyRows = sheetError{key: "too_many"}
	errNoRows      = sheetError{key: "no_rows"}
)

// sheetError is a reason why a workbook is refused as a whole: pledge.sheet.refused.<key>.
type sheetError struct {
	key  string
	args []any
}

func (e sheetError) Error() string { return "workbook of reports refused: " + e.key }

// readSheetRows reads a workbook of reports. It may be in any language of the portal, its columns in any order, and other
// sheets in it are passed over.
func readSheetRows(content []byte) ([]sheetRow, error) {
	book, err := workbook.Open(content)
	if err != nil {
		return nil, err
	}
	for n := range book.Sheets() {
		rows, found, err := readRowsOf(book, n)
		if err != nil || found {
			return rows, err
		}
	}
	return nil, errNoSheet
}

// errNotThis ends the reading of a sheet that is none of reports.
var errNotThis = fmt.Errorf("another sheet")

func readRowsOf(book *workbook.Book, n int) (rows []sheetRow, found bool, err error) {
	var columns map[int]string
	merged, err := book.Each(n, func(r workbook.Row) error {
		if columns == nil {
			if columns, err = headings(r); err != nil {
				return err
			}
			return nil
		}
		row := readRow(book, r, columns)
		if len(row.Cells) == 0 && len(row.Wrong) == 0 {
			return nil
		}
		if rows = append(rows, row); len(rows) > MaxSheetRows {
			return errTooManyRows
		}
		return nil
	})
	switch {
	case err == errNotThis: //nolint:errorlint // it comes from here as it is
		return nil, false, nil
	case err != nil:
		return nil, false, err
	case columns == nil:
		return nil, false, nil
	case len(merged) > 0:
		return nil, true, sheetError{"merged", []any{merged[0]}}
	case len(rows) == 0:
		return nil, true, errNoRows
	}
	return rows, true, nil
}

// headings finds the columns by the titles in the first row.
func headings(r workbook.Row) (map[int]string, error) {
	known := headingNames()
	columns, at := map[int]string{}, map[string]int{}
	for column, cell := range r.Cells {
		name, ok := known[strings.ToLower(strings.Join(strings.Fields(cell.Text), " "))]
		if !ok {
			continue
		}
		if other, twice := at[name]; twice {
			return nil, sheetError{"column_twice", []any{cell.Text, workbook.ColumnName(min(other, column)), workbook.ColumnName(max(other, column))}}
		}
		columns[column], at[name] = name, column
	}
	if _, ok := at["id"]; !ok && len(columns) < 4 {
		return nil, errNotThis
	}
	for _, name := range sheetColumns {
		if _, ok := at[name]; !ok {
			return nil, sheetError{"column_missing", []any{i18n.Key("pledge.sheet.column." + name)}}
		}
	}
	return columns, nil
}

// headingNames are the names of the columns by their titles in all languages, in small letters.
func headingNames() map[string]string {
	names := map[string]string{}
	for _, l := range i18n.Offered() {
		put := func(name, title string) { names[strings.ToLower(strings.Join(strings.Fields(title), " "))] = name }
		for _, name := range sheetColumns {
			put(name, i18n.TL(l, "pledge.sheet.column."+name))
		}
		for n := 1; n <= MaxSheetIndicators; n++ {
			put("indicator."+strconv.Itoa(n), i18n.TL(l, "pledge.sheet.column.indicator", strconv.Itoa(n)))
			put("value."+strconv.Itoa(n), i18n.TL(l, "pledge.sheet.column.value", strconv.Itoa(n)))
		}
		for n := 1; n <= MaxSheetMilestones; n++ {
			put("milestone."+strconv.Itoa(n), i18n.TL(l, "pledge.sheet.column.milestone", strconv.Itoa(n)))
			put("reached."+strconv.Itoa(n), i18n.TL(l, "pledge.sheet.column.reached", strconv.Itoa(n)))
		}
	}
	return names
}

// readRow takes the cells of a row.
func readRow(book *workbook.Book, r workbook.Row, columns map[int]string) sheetRow {
	row := sheetRow{N: r.N, Cells: map[string]string{}}
	wrong := func(column int, key string, args ...any) {
		at := workbook.ColumnName(column) + strconv.Itoa(r.N)
		row.Wrong = append(row.Wrong, form.Wrong{Name: columns[column], Key: "pledge.sheet.wrong." + key, Args: append([]any{at}, args...)})
	}
	var inOrder []int
	for column := range r.Cells {
		if columns[column] != "" {
			inOrder = append(inOrder, column)
		}
	}
	slices.Sort(inOrder)
	for _, column := range inOrder {
		name, cell := columns[column], r.Cells[column]
		switch {
		case cell.Formula:
			wrong(column, "formula")
			continue
		case cell.Failed:
			wrong(column, "failed", cell.Text)
			continue
		case cell.Text == "":
			continue
		}
		if isDay(name) {
			day, ok := book.Day(workbook.Cell{Text: i18n.Digits(cell.Text), Number: cell.Number})
			if !ok {
				wrong(column, "day", cell.Text)
				continue
			}
			cell.Text = day.String()
		}
		row.Cells[name] = form.Clean(cell.Text)
	}
	return row
}

// isDay says that a column holds days.
func isDay(column string) bool {
	return column == "on" || column == "next_report" || strings.HasPrefix(column, "reached.")
}

// sheetStatuses are the statuses by their names in all languages, in small letters.
func sheetStatuses() map[string]Status {
	all := map[string]Status{}
	for _, l := range i18n.Offered() {
		for _, s := range Statuses {
			all[strings.ToLower(i18n.TL(l, "pledge.status."+string(s)))] = s
		}
	}
	for _, s := range Statuses {
		all[string(s)] = s
	}
	return all
}

// sheetEdition says of which reports and revision of its pledge a row is.
type sheetEdition struct {
	updates, revision int
	waiting           []string // the reports that waited at the desk, as waitingReport.mark says
}

// String is how it is written in the row: U3-R1, with -W12.1+15.2 where reports waited.
func (e sheetEdition) String() string {
	text := "U" + strconv.Itoa(e.updates) + "-R" + strconv.Itoa(e.revision)
	if len(e.waiting) > 0 {
		text += "-W" + strings.Join(e.waiting, "+")
	}
	return text
}

// readEdition is its inverse; ok is false for what is none.
func readEdition(s string) (e sheetEdition, ok bool) {
	s, waiting, some := strings.Cut(s, "-W")
	a, b, found := strings.Cut(s, "-R")
	a, begins := strings.CutPrefix(a, "U")
	updates, errUpdates := strconv.Atoi(a)
	revision, errRevision := strconv.Atoi(b)
	e = sheetEdition{updates: updates, revision: revision}
	if some {
		e.waiting = strings.Split(waiting, "+")
	}
	return e, found && begins && errUpdates == nil && errRevision == nil && updates >= 0 && revision > 0
}

// sheetState is how a pledge stood when a row of it was made.
type sheetState struct {
	ID         workflow.ID
	PublicID   string
	Title      string
	Status     Status
	NextReport date.Date
	Indicators []string
	Values     []string // what was last said of each indicator
	Milestones []string
	Reached    []date.Date // when each was reached; zero while it is ahead
	Edition    sheetEdition
}

// cells are those of the row, but for the name of the status, which depends on the language.
func (s sheetState) cells() map[string]string {
	all := map[string]string{"id": s.PublicID, "title": s.Title, "next_report": s.NextReport.String(), "edition": s.Edition.String()}
	for i, what := range s.Indicators {
		n := strconv.Itoa(i + 1)
		all["indicator."+n], all["value."+n] = what, s.Values[i]
	}
	for i, what := range s.Milestones {
		n := strconv.Itoa(i + 1)
		all["milestone."+n], all["reached."+n] = what, s.Reached[i].String()
	}
	return all
}

// Change is one cell that a row changes.
type Change struct {
	Column        string // pledge.sheet.column.<name>
	Of            string // the indicator or milestone, if it is about one
	Before, After string
}

// same says whether two texts say the same in a cell.
func same(a, b string) bool {
	return strings.Join(strings.Fields(a), " ") == strings.Join(strings.Fields(b), " ")
}

// report works out what a row says that it did not say when it was made: what changes, and the report that it makes. No
// change is no report. A day that is not named is today; the day of the next report stays while it is far away.
func (s sheetState) report(ctx context.Context, row sheetRow, statuses map[string]Status, lang string, today date.Date) (Report, []Change, []form.Wrong) {
	r := Report{Status: s.Status, Lang: lang, On: today}
	if s.Status == NoStatus {
		r.Status = ""
	}
	var changes []Change
	var wrong []form.Wrong
	status, known := statuses[strings.ToLower(row.Cells["status"])]
	switch {
	case row.Cells["status"] == "": // as it was: a status cannot be taken back
	case !known || status == NoStatus && s.Status != NoStatus:
		wrong = append(wrong, form.Wrong{Name: "status", Key: "pledge.sheet.wrong.status", Args: []any{row.Cells["status"]}})
	case status.asked() != s.Status.asked():
		changes = append(changes, Change{Column: "status", Before: i18n.T(ctx, "pledge.status."+string(s.Status)), After: i18n.T(ctx, "pledge.status."+string(status))})
		r.Status = status.asked()
	}
	for _, text := range []struct {
		column string
		to     *string
	}{{"superseded_by", &r.SupersededBy}, {"evidence", &r.Evidence}, {"link", &r.Link}, {"obstacles", &r.Obstacles}, {"support", &r.Support}} {
		if *text.to = row.Cells[text.column]; *text.to != "" {
			changes = append(changes, Change{Column: text.column, After: *text.to})
		}
	}
	if on := row.Cells["on"]; on != "" {
		changes = append(changes, Change{Column: "on", After: on})
		r.On, _ = date.Parse(on)
	}
	if next := row.Cells["next_report"]; next != s.NextReport.String() && next != "" {
		changes = append(changes, Change{Column: "next_report", Before: s.NextReport.String(), After: next})
		r.NextReport, _ = date.Parse(next)
	}
	if r.NextReport.IsZero() && !r.Status.Final() && LightOn(today, s.NextReport) == Fresh {
		r.NextReport = s.NextReport
	}
	for i, what := range s.Indicators {
		n := strconv.Itoa(i + 1)
		value := row.Cells["value."+n]
		if value == "" || same(value, s.Values[i]) {
			continue
		}
		if !same(row.Cells["indicator."+n], what) {
			wrong = append(wrong, form.Wrong{Name: "indicator." + n, Key: "pledge.sheet.wrong.indicator", Args: []any{what}})
			continue
		}
		changes = append(changes, Change{Column: "value", Of: what, Before: s.Values[i], After: value})
		r.Progress = append(r.Progress, Progress{Indicator: what, Value: value})
	}
	for i, what := range s.Milestones {
		n, before := strconv.Itoa(i+1), s.Reached[i].String()
		reached := row.Cells["reached."+n]
		if reached == "" || reached == before {
			continue
		}
		if !same(row.Cells["milestone."+n], what) {
			wrong = append(wrong, form.Wrong{Name: "milestone." + n, Key: "pledge.sheet.wrong.milestone", Args: []any{what}})
			continue
		}
		changes = append(changes, Change{Column: "reached", Of: what, Before: before, After: reached})
		day, _ := date.Parse(reached)
		r.Milestones = append(r.Milestones, Reached{Milestone: what, Reached: day})
	}
	return r, changes, wrong
}

package budget

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/money"
	"portal/internal/workbook"
)

// Reading is what a workbook says that the form does not say.
type Reading struct {
	Edition Edition
	Changes []Change
	// Same is how many amounts stand in the workbook as they do in the form.
	Same int
	// Refused are the cells that could not be read, with a text that says how to write them. Their amounts stay as they are.
	Refused []form.Wrong
	// Parties and Categories are the columns and rows that belong to nobody and to nothing; nothing of them is taken.
	Parties, Categories []Place
	// NoParty and NoCategory are the organizations and categories of the form that the workbook does not have. Their amounts
	// stay as they are.
	NoParty, NoCategory []string
	// Totals are those that are not the sums of the amounts in the workbook.
	Totals []Total
}

// Place is something with a name in a workbook: a column or a row. Name is "" for amounts without one.
type Place struct{ At, Name string }

// Change is one amount that would be another one.
type Change struct {
	At       string // the cell: B7
	Party    form.Party
	Category form.Option
	// Before and After are as they are kept; "" for none.
	Before, After string
	// Formula says that the amount is the result of a formula.
	Formula bool
}

// Total is a total of which the workbook says another sum than its amounts have.
type Total struct {
	Place
	Party     string
	Says, Are money.Amount
}

// Read reads a workbook against the sheet of the form. Numbers that were typed as texts are read by the rules of the
// language l (money.Read). A workbook that is refused as a whole is an error of which Reason knows the text.
func Read(ctx context.Context, content []byte, s form.Sheet, v *gcm.Vocabulary, l i18n.Lang) (Reading, error) {
	book, err := workbook.Open(content)
	if err != nil {
		return Reading{}, err
	}
	for n := range min(len(book.Sheets()), maxSheets) {
		r := reader{sheet: s, lang: l, labels: labelsOf(ctx, s, v), says: map[place]said{}}
		merged, err := book.Each(n, r.row)
		switch {
		case errors.Is(err, errOther):
			continue
		case err != nil:
			return Reading{}, err
		case r.head == 0:
			continue
		}
		if at, ok := touches(merged, r.head, r.last); ok {
			return Reading{}, refusal{"merged", []any{at}}
		}
		return r.finish(), nil
	}
	return Reading{}, refusal{key: "no_table"}
}

// errOther ends the reading of a sheet that has no budget.
var errOther = errors.New("no sheet of a budget")

// place is a total by column and line.
type place struct {
	column int
	line   string
}

// said is what stands at a total.
type said struct {
	at   string
	cell workbook.Cell
}

// reader reads a sheet row by row.
type reader struct {
	sheet  form.Sheet
	lang   i18n.Lang
	labels labels

	seen       int // rows so far
	head, last int // the first and last row of the table; 0 before it
	label      int // the column of the labels
	columns    []column
	done       bool
	categories map[string]bool // that were there
	says       map[place]said
	sums       map[int]money.Amount // of the amounts by column
	unread     map[int]bool         // columns with amounts that could not be read
	Reading
}

// column is a column of the table: that of an organization, or of none of the form.
type column struct {
	at    int
	name  string
	party *form.Party
}

func (r *reader) row(row workbook.Row) error {
	if r.done {
		return nil
	}
	r.seen++
	if r.head == 0 {
		if r.seen > maxBefore {
			return errOther
		}
		return r.before(row)
	}
	if r.seen > maxRows {
		return refusal{"too_many", []any{maxRows}}
	}
	r.last = row.N
	name := row.Cells[r.label].Text
	switch line, isTotal := r.line(name); {
	case isTotal:
		for _, c := range r.columns {
			r.says[place{c.at, line}] = said{cellName(c.at, row.N), row.Cells[c.at]}
		}
		r.done = line == total
	case r.labels.categories[fold(name)] != "":
		return r.amounts(row, r.labels.categories[fold(name)])
	default:
		if name != "" || slices.ContainsFunc(r.columns, func(c column) bool { return row.Cells[c.at] != workbook.Cell{} }) {
			r.Categories = append(r.Categories, Place{cellName(r.label, row.N), name})
		}
	}
	return nil
}

// before looks for the headings, and for the edition above them.
func (r *reader) before(row workbook.Row) error {
	label := -1
	for at, cell := range row.Cells {
		if e, ok := readEdition(cell.Text); ok {
			r.Edition = e
		}
		if r.labels.category[fold(cell.Text)] && (label < 0 || at < label) {
			label = at
		}
	}
	if label < 0 {
		return nil
	}
	r.head, r.last, r.label, r.seen = row.N, row.N, label, 0
	r.categories, r.sums, r.unread = map[string]bool{}, map[int]money.Amount{}, map[int]bool{}
	free := slices.Clone(r.sheet.Parties)
	inOrder := make([]int, 0, len(row.Cells))
	for at := range row.Cells {
		if at > label {
			inOrder = append(inOrder, at)
		}
	}
	slices.Sort(inOrder)
	if len(inOrder) > maxColumns {
		return refusal{"too_wide", []any{maxColumns}}
	}
	for _, at := range inOrder {
		name := row.Cells[at].Text
		if name == "" {
			continue
		}
		c := column{at: at, name: name}
		// Two of one name are told apart by their order.
		i := slices.IndexFunc(free, func(p form.Party) bool { return fold(p.Name) == fold(name) })
		switch {
		case i >= 0:
			p := free[i]
			c.party, free = &p, slices.Delete(free, i, i+1)
		case r.labels.all[fold(name)]:
			continue
		default:
			r.Parties = append(r.Parties, Place{cellName(at, row.N), name})
		}
		r.columns = append(r.columns, c)
	}
	for _, p := range free {
		r.NoParty = append(r.NoParty, p.Name)
	}
	return nil
}

// line says which line of totals a label names; the one of indirect costs has a rate behind it.
func (r *reader) line(label string) (string, bool) {
	name := fold(label)
	if line, ok := r.labels.lines[name]; ok {
		return line, true
	}
	for text, line := range r.labels.lines {
		if line == indirect && strings.HasPrefix(name, text) {
			return line, true
		}
	}
	return "", false
}

// amounts takes the row of a category. A row that comes twice is none of the form.
func (r *reader) amounts(row workbook.Row, id string) error {
	if r.categories[id] {
		r.Categories = append(r.Categories, Place{cellName(r.label, row.N), row.Cells[r.label].Text})
		return nil
	}
	r.categories[id] = true
	at := slices.IndexFunc(r.sheet.Categories, func(o form.Option) bool { return o.Value == id })
	for _, c := range r.columns {
		if c.party != nil && at >= 0 {
			r.amount(row.Cells[c.at], c, r.sheet.Categories[at], cellName(c.at, row.N))
		}
	}
	return nil
}

func (r *reader) amount(cell workbook.Cell, c column, category form.Option, at string) {
	before := r.sheet.Kept(*c.party, category.Value)
	a, given, wrong := understand(cell, r.lang)
	if wrong != "" {
		label := i18n.Phrase{Key: "form.in_row", Args: []any{c.party.Name, i18n.Phrase{Key: "form.in_row", Args: []any{category.Label, at}}}}
		r.Refused = append(r.Refused, form.Wrong{Name: at, Key: wrong, Args: []any{label, money.Sample, cell.Text}})
		r.unread[c.at] = true
		return
	}
	r.sums[c.at] += a
	after := ""
	if given {
		after = a.Plain()
	}
	// A formula gives 0 where nothing is, and an empty cell means 0.
	if before == after || a == 0 && (before == "" || before == "0") {
		r.Same++
		return
	}
	r.Changes = append(r.Changes, Change{At: at, Party: *c.party, Category: category, Before: before, After: after, Formula: cell.Formula})
}

// understand reads the amount of a cell; given is false for an empty one, and wrong is the key of the text that says why it
// cannot be read. A number is what it is, in whatever language; only a text is read as people write.
func understand(c workbook.Cell, l i18n.Lang) (a money.Amount, given bool, wrong string) {
	switch {
	case c.Failed:
		return 0, true, "budget.sheet.wrong.failed"
	case c.Formula && c.Text == "":
		return 0, true, "budget.sheet.wrong.no_result"
	case c.Text == "":
		return 0, false, ""
	case c.Dated:
		return 0, true, "budget.sheet.wrong.date"
	case c.Share:
		return 0, true, "budget.sheet.wrong.share"
	}
	var refused money.Refusal
	if c.Number {
		a, refused = ofNumber(c.Text)
	} else {
		a, refused = money.Read(c.Text, l)
	}
	switch {
	case refused == money.None:
		return a, true, ""
	case refused == money.TooPrecise && c.Formula:
		return 0, true, "budget.sheet.wrong.precise"
	}
	return 0, true, "form.amount." + string(refused)
}

// ofNumber reads a number as the workbook keeps it: digits with a point before the fraction, which is never a mark between
// thousands.
func ofNumber(text string) (money.Amount, money.Refusal) {
	_, fraction, _ := strings.Cut(text, ".")
	switch {
	case len(fraction) > 2:
		return 0, money.TooPrecise
	case fraction == "":
		return money.Read(text, i18n.English)
	}
	return money.Read(text+strings.Repeat("0", 2-len(fraction)), i18n.English)
}

// finish compares the totals, and says what the workbook lacks.
func (r *reader) finish() Reading {
	for _, c := range r.sheet.Categories {
		if !r.categories[c.Value] {
			r.NoCategory = append(r.NoCategory, c.Label)
		}
	}
	if len(r.Categories)+len(r.NoCategory) > 0 {
		return r.Reading // the sums of the workbook are of other rows
	}
	for _, c := range r.columns {
		if c.party == nil || r.unread[c.at] {
			continue
		}
		sum := r.sums[c.at]
		indirectly := money.Percent(sum, r.sheet.Rate)
		for _, line := range []struct {
			name string
			are  money.Amount
		}{{direct, sum}, {indirect, indirectly}, {total, sum + indirectly}} {
			there := r.says[place{c.at, line.name}]
			says, given, wrong := understand(there.cell, r.lang)
			if given && wrong == "" && says != line.are {
				r.Totals = append(r.Totals, Total{Place{there.at, line.name}, c.party.Name, says, line.are})
			}
		}
	}
	return r.Reading
}

func cellName(column, row int) string { return workbook.ColumnName(column) + strconv.Itoa(row) }

var mergedRange = regexp.MustCompile(`^[A-Z]{1,3}([0-9]{1,7}):[A-Z]{1,3}([0-9]{1,7})$`)

// touches finds merged cells in rows of the table.
func touches(merged []string, from, until int) (string, bool) {
	for _, m := range merged {
		rows := mergedRange.FindStringSubmatch(m)
		if rows == nil {
			continue
		}
		first, _ := strconv.Atoi(rows[1])
		last, _ := strconv.Atoi(rows[2])
		if first <= until && last >= from {
			return m, true
		}
	}
	return "", false
}

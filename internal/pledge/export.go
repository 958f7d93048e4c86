package pledge

import (
	"archive/zip"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"portal/internal/date"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/web"
	"portal/web/ui"
)

const xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// export is one request for the filtered pledges as a file. The file says what it holds: the filter as the list's
// address, and the day.
type export struct {
	ctx        context.Context
	filter     Filter
	vocabulary *gcm.Vocabulary
	today      date.Date
}

func (h handlers) export(r *http.Request) export {
	v := h.pledges.vocabulary()
	return export{ctx: r.Context(), filter: ReadFilter(r.URL.Query(), v), vocabulary: v, today: date.Today(h.pledges.now(), i18n.Geneva)}
}

// name is the name of the file.
func (e export) name(extension string) string {
	return "pledges-" + e.today.String() + "." + extension
}

// list is the address of the list that the file holds.
func (e export) list() string {
	return ui.Absolute(e.ctx, ui.WithQuery("/pledges", e.filter.Values()))
}

// attach makes the answer a file.
func (e export) attach(w http.ResponseWriter, contentType, extension string) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Disposition", `attachment; filename="`+e.name(extension)+`"`)
}

// column is a column of the tables: CSV and XLSX.
type column struct {
	name  string // pledge.export.<name>
	value func(e export, r Record) any
}

// tableColumns are the columns of the tables. A value is a text, a number or a date.
var tableColumns = []column{
	{"id", func(_ export, r Record) any { return r.PublicID }},
	{"title", func(_ export, r Record) any { return r.Pledge.Title }},
	{"language", func(_ export, r Record) any { return r.Pledge.Lang }},
	{"versions", func(_ export, r Record) any { return strings.Join(r.Pledge.Langs()[1:], "; ") }},
	{"entity", func(_ export, r Record) any { return r.Pledge.Entity }},
	{"country", func(_ export, r Record) any { return r.Pledge.Country }},
	{"category", func(e export, r Record) any {
		return strings.Join(notBlank(categoryName(i18n.From(e.ctx), e.vocabulary, r.Pledge.Category), r.Pledge.CategoryOther), ": ")
	}},
	{"type", func(e export, r Record) any { return label(e.ctx, e.vocabulary, "type", string(r.Pledge.Type)) }},
	{"matches", func(_ export, r Record) any { return r.Pledge.Matches }},
	{"partners", func(e export, r Record) any {
		var names []string
		for _, p := range r.Pledge.Partners {
			names = append(names, p.Name+" "+i18n.T(e.ctx, "pledge.in_brackets", p.standing(e.ctx)))
		}
		return strings.Join(names, "; ")
	}},
	{"mirror", func(e export, r Record) any {
		if !r.Pledge.Mirror {
			return ""
		}
		return strings.Join(notBlank(i18n.T(e.ctx, "pledge.mirror"), r.Pledge.MirrorReference), ": ")
	}},
	{"scope", func(e export, r Record) any {
		if r.Pledge.Global {
			return i18n.T(e.ctx, "pledge.worldwide")
		}
		return strings.Join(e.vocabulary.CountryNames(i18n.From(e.ctx), r.Pledge.Countries), "; ")
	}},
	{"country_codes", func(_ export, r Record) any { return strings.Join(r.Pledge.Countries, "; ") }},
	{"place", func(_ export, r Record) any { return r.Pledge.Place }},
	{"regions", func(e export, r Record) any { return e.labels("region", r.Pledge.Regions) }},
	{"natures", func(e export, r Record) any {
		return strings.Join(notBlank(e.labels("nature", names(r.Pledge.Natures)), r.Pledge.NatureOther), ": ")
	}},
	{"amount", func(_ export, r Record) any {
		if m := r.Pledge.Money; m != nil && m.Amount != "" {
			if n, err := strconv.ParseFloat(m.Amount, 64); err == nil && strconv.FormatFloat(n, 'f', -1, 64) == m.Amount {
				return n
			}
			return m.Amount // more digits than a spreadsheet keeps
		}
		return ""
	}},
	{"currency", func(_ export, r Record) any { return r.Pledge.money().Currency }},
	{"from", func(_ export, r Record) any { return r.Pledge.money().From }},
	{"until", func(_ export, r Record) any { return r.Pledge.money().Until }},
	{"recipient", func(_ export, r Record) any { return r.Pledge.money().Recipient }},
	{"objectives", func(_ export, r Record) any { return strings.Join(decimal(r.Pledge.Objectives), "; ") }},
	{"related", func(_ export, r Record) any { return strings.Join(decimal(r.Pledge.Related), "; ") }},
	{"principles", func(_ export, r Record) any { return strings.Join(decimal(r.Pledge.Principles), "; ") }},
	{"description", func(_ export, r Record) any { return r.Pledge.Description }},
	{"indicators", func(_ export, r Record) any {
		var all []string
		for _, i := range r.Pledge.Indicators {
			all = append(all, strings.Join(notBlank(i.What, withUnit(i.Baseline, i.Unit), withUnit(i.Target, i.Unit), i.Due.String()), " | "))
		}
		return strings.Join(all, "\n")
	}},
	{"milestones", func(_ export, r Record) any {
		var all []string
		for _, m := range r.Pledge.Milestones {
			all = append(all, strings.Join(notBlank(m.What, m.Due.String()), " | "))
		}
		return strings.Join(all, "\n")
	}},
	{"barriers", func(_ export, r Record) any { return r.Pledge.Barriers }},
	{"support_needed", func(_ export, r Record) any { return r.Pledge.SupportNeeded }},
	{"support_offered", func(_ export, r Record) any { return r.Pledge.SupportOffered }},
	{"status", func(e export, r Record) any { return label(e.ctx, e.vocabulary, "status", string(r.Status)) }},
	{"status_since", func(_ export, r Record) any {
		if r.Status == NoStatus {
			return date.Date{}
		}
		return date.Today(r.StatusSince, i18n.Geneva)
	}},
	{"light", func(e export, r Record) any {
		return label(e.ctx, e.vocabulary, "light", string(LightOn(e.today, r.NextReport)))
	}},
	{"next_report", func(_ export, r Record) any { return r.NextReport }},
	{"deadline", func(_ export, r Record) any { return r.Pledge.Deadline() }},
	{"first_published", func(_ export, r Record) any { return date.Today(r.FirstPublishedAt, i18n.Geneva) }},
	{"published", func(_ export, r Record) any { return date.Today(r.PublishedAt, i18n.Geneva) }},
	{"address", func(e export, r Record) any { return ui.Absolute(e.ctx, Path(r.PublicID)) }},
}

// money is Money, or nothing said.
func (p Pledge) money() Money {
	if p.Money == nil {
		return Money{}
	}
	return *p.Money
}

func (e export) labels(facet string, values []string) string {
	var all []string
	for _, value := range values {
		all = append(all, label(e.ctx, e.vocabulary, facet, value))
	}
	return strings.Join(all, "; ")
}

func notBlank(texts ...string) []string {
	var all []string
	for _, s := range texts {
		if s != "" {
			all = append(all, s)
		}
	}
	return all
}

// errGone ends an export whose reader has gone.
var errGone = errors.New("the reader has gone")

// csv gives the list as a table for any program: UTF-8 with a byte-order mark, so that spreadsheets open it right. What
// people wrote cannot become a formula. The last two columns say which list it is and of what day.
func (h handlers) csv(w http.ResponseWriter, r *http.Request) error {
	e := h.export(r)
	out := csv.NewWriter(w)
	out.UseCRLF = true
	begun := false
	begin := func() error {
		if begun {
			return nil
		}
		begun = true
		e.attach(w, "text/csv; charset=utf-8", "csv")
		head := make([]string, 0, len(tableColumns)+2)
		for _, c := range tableColumns {
			head = append(head, i18n.T(e.ctx, "pledge.export."+c.name))
		}
		head = append(head, i18n.T(e.ctx, "pledge.export.list"), i18n.T(e.ctx, "pledge.export.day"))
		head[0] = web.CSVMark + head[0]
		return gone(out.Write(head))
	}
	list := e.list()
	err := h.walk(r, e, func(record Record) error {
		if err := begin(); err != nil {
			return err
		}
		line := make([]string, 0, len(tableColumns)+2)
		for _, c := range tableColumns {
			line = append(line, web.CSVText(cell(c.value(e, record))))
		}
		return gone(out.Write(append(line, list, e.today.String())))
	})
	if err == nil {
		err = begin()
	}
	out.Flush()
	return unlessGone(err)
}

// walk is Service.Walk, but for a HEAD, which asks for no content.
func (h handlers) walk(r *http.Request, e export, do func(Record) error) error {
	if r.Method == http.MethodHead {
		return nil
	}
	return h.pledges.Walk(e.ctx, e.filter, i18n.From(e.ctx), do)
}

func gone(err error) error {
	if err != nil {
		return errGone
	}
	return nil
}

func unlessGone(err error) error {
	if errors.Is(err, errGone) {
		return nil
	}
	return err
}

// cell writes a value as text.
func cell(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case date.Date:
		return v.String()
	default:
		return ""
	}
}

// xlsx gives the list as a workbook with typed columns; a second sheet says which list it is and of what day.
func (h handlers) xlsx(w http.ResponseWriter, r *http.Request) (err error) {
	e := h.export(r)
	book := excelize.NewFile()
	defer func() { err = errors.Join(err, book.Close()) }()
	sheet, about := i18n.T(e.ctx, "pledge.export.sheet"), i18n.T(e.ctx, "pledge.export.about")
	if err := book.SetSheetName("Sheet1", sheet); err != nil {
		return err
	}
	if i18n.From(e.ctx).Dir() == "rtl" {
		right := true
		if err := book.SetSheetView(sheet, 0, &excelize.ViewOptions{RightToLeft: &right}); err != nil {
			return err
		}
	}
	n, err := h.workbook(r, e, book, sheet)
	if err != nil {
		return err
	}
	if err := e.about(book, about, n); err != nil {
		return err
	}
	e.attach(w, xlsxType, "xlsx")
	if r.Method == http.MethodHead {
		return nil
	}
	// Straight to the reader: the library would put all of it together in memory first.
	book.SetZipWriter(func(io.Writer) excelize.ZipWriter { return zip.NewWriter(w) })
	return unlessGone(gone(book.Write(io.Discard)))
}

// workbook writes the rows and returns how many there are.
func (h handlers) workbook(r *http.Request, e export, book *excelize.File, sheet string) (int, error) {
	bold, err := book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return 0, err
	}
	day, err := book.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		return 0, err
	}
	out, err := book.NewStreamWriter(sheet)
	if err != nil {
		return 0, err
	}
	if err := out.SetColWidth(1, len(tableColumns), 22); err != nil {
		return 0, err
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return 0, err
	}
	head := make([]any, len(tableColumns))
	for i, c := range tableColumns {
		head[i] = excelize.Cell{StyleID: bold, Value: i18n.T(e.ctx, "pledge.export."+c.name)}
	}
	if err := out.SetRow("A1", head); err != nil {
		return 0, err
	}
	n := 0
	err = h.walk(r, e, func(record Record) error {
		n++
		line := make([]any, len(tableColumns))
		for i, c := range tableColumns {
			switch value := c.value(e, record).(type) {
			case date.Date:
				if !value.IsZero() {
					line[i] = excelize.Cell{StyleID: day, Value: value.In(time.UTC)}
				}
			default:
				line[i] = value
			}
		}
		return out.SetRow("A"+strconv.Itoa(n+1), line)
	})
	if err != nil {
		return 0, err
	}
	return n, out.Flush()
}

// about writes the sheet that says what the workbook holds.
func (e export) about(book *excelize.File, sheet string, n int) error {
	if _, err := book.NewSheet(sheet); err != nil {
		return err
	}
	for i, line := range [][2]any{
		{i18n.T(e.ctx, "pledge.export.list"), e.list()},
		{i18n.T(e.ctx, "pledge.export.day"), e.today.String()},
		{i18n.T(e.ctx, "pledge.export.number"), n},
	} {
		if err := book.SetSheetRow(sheet, "A"+strconv.Itoa(i+1), &[]any{line[0], line[1]}); err != nil {
			return err
		}
	}
	return book.SetColWidth(sheet, "A", "B", 40)
}

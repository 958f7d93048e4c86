package word

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
)

// File is what a Word file is made from. It is written in the language of the context.
type File struct {
	Definition *form.Definition
	Vocabulary *gcm.Vocabulary
	// Answers are filled in as typed, right or wrong; nil is a blank form.
	Answers form.Answers
	// Title heads the file; About are lines below it, which say what it is a copy of. Both may be empty.
	Title string
	About []string
	// Upload is the address where the filled file is handed in; Site is who runs the portal.
	Upload, Site string
}

// Write returns the .docx.
func Write(ctx context.Context, f File) ([]byte, error) {
	w := newWriter(ctx, f.Title, f.Site)
	f.Answers = f.Definition.WithParties(ctx, f.Answers, f.Vocabulary)
	w.file, w.foot = f, i18n.T(ctx, f.Definition.Kind+".word.title")
	if w.title == "" {
		w.title = w.foot
	}
	w.properties = [][2]string{{propertyKind, f.Definition.Kind}, {propertyVersion, Version(f.Definition)}, {propertyLang, string(i18n.From(ctx))}}
	w.form()
	var b bytes.Buffer
	if err := w.pack(&b); err != nil {
		return nil, fmt.Errorf("write the Word file of %s: %w", f.Definition.Kind, err)
	}
	return b.Bytes(), nil
}

// writer builds the parts of the file.
type writer struct {
	ctx  context.Context
	file File // of a form
	rtl  bool
	// title is what the file is called, foot the line below its pages, site who runs the portal.
	title, foot, site string
	properties        [][2]string
	body              strings.Builder
	ids               int      // of controls and bookmarks
	lists             []bool   // of the lists that began so far, whether they count
	links             []string // the addresses that the text leads to
	charts            []Chart
}

func newWriter(ctx context.Context, title, site string) *writer {
	return &writer{ctx: ctx, rtl: i18n.From(ctx).Dir() == "rtl", title: title, foot: title, site: site}
}

func (w *writer) t(key string, args ...any) string { return i18n.T(w.ctx, key, args...) }

func (w *writer) id() int {
	w.ids++
	return w.ids
}

// head says what the file is.
func (w *writer) head(about []string) {
	if w.site != "" {
		w.paragraph("PortalOwner", w.site)
	}
	w.paragraph("Title", w.title)
	for _, line := range about {
		w.paragraph("Subtitle", line)
	}
}

func (w *writer) form() {
	d := w.file.Definition
	about := w.file.About
	if len(about) == 0 {
		about = []string{w.t(d.Kind + ".word.lede")}
	}
	w.head(about)
	w.instructions()
	for n, s := range d.Steps {
		w.paragraph("Heading1", w.t("word.step", n+1, i18n.Key(d.StepKey(s)+".title")))
		if lede := textIf(w.ctx, d.StepKey(s)+".lede"); lede != "" {
			w.paragraph("PortalLede", lede)
		}
		if s.When != nil {
			w.paragraph("PortalWhen", d.OnlyIf(w.ctx, s.When, w.file.Vocabulary))
		}
		for _, field := range s.Fields {
			w.question(field)
		}
	}
	w.paragraph("PortalEnd", w.t("word.end"))
	w.paragraph("PortalCode", w.t("word.code", code(d.Kind, Version(d), i18n.From(w.ctx))))
}

// instructions say how to fill in the file, in a box of its own.
func (w *writer) instructions() {
	w.open(column{width: pageWidth, shade: "EEF4F8", border: "00568C"}, 0, w.t("word.how.title"))
	w.paragraph("PortalHow", w.t("word.how.title"))
	list := w.list(true)
	for _, item := range []string{"fill", "choose", "blank", "files", "save"} {
		w.item("PortalBody", list, 0, w.run(w.t("word.how."+item), false))
	}
	upload := w.run(w.t("word.how.upload"), false)
	if w.file.Upload != "" {
		upload += w.run(" ", false) + w.link(w.file.Upload, w.file.Upload)
	}
	w.item("PortalBody", list, 0, upload)
	w.close()
}

// question is one top-level question: its heading, what to know about it, and the cell for the answer.
func (w *writer) question(f form.Field) {
	d := w.file.Definition
	key := d.Key("", f)
	w.paragraph("Heading2", "", w.anchor(f.ID, w.label("", f, false)))
	w.notes(key, f)
	f = f.Group(w.ctx, w.file.Vocabulary, f.Holds(w.file.Answers))
	switch {
	case f.Uploads():
		w.paragraph("PortalWhen", w.t("word.files"))
	case f.Type == form.Group:
		for n := range rowsOf(f, w.file.Answers.Rows(f.ID)) {
			w.row(f, n)
		}
	default:
		height := 480
		if f.Type == form.LongText {
			height = 2600
		}
		w.open(column{width: pageWidth, border: edge}, height, w.t(key+".label"))
		w.answer(question{f.ID, "", f})
		w.close()
	}
}

// label is the question with its marks.
func (w *writer) label(group string, f form.Field, bold bool) string {
	runs := w.run(w.file.Definition.Label(w.ctx, group, f), bold)
	if !f.Required && f.Type != form.Check {
		runs += w.marked("PortalMark", " "+w.t("ui.form.optional"))
	}
	return runs
}

// notes are what to know before answering.
func (w *writer) notes(key string, f form.Field) {
	if f.When != nil {
		w.paragraph("PortalWhen", w.file.Definition.OnlyIf(w.ctx, f.When, w.file.Vocabulary))
	}
	var lines []string
	if hint := form.PaperHint(w.ctx, key, f); hint != "" {
		lines = append(lines, hint)
	}
	if f.Type == form.Date {
		lines = append(lines, w.t("word.date.hint"))
	}
	if len(lines) > 0 {
		w.paragraph("PortalHint", strings.Join(lines, " "))
	}
	if f.Private {
		w.paragraph("PortalPrivate", w.t("ui.form.private"))
	}
}

// row is one row of a group: a table with the questions at the start and the answers beside them.
func (w *writer) row(f form.Field, n int) {
	d := w.file.Definition
	title := rowTitle(w.ctx, d, f, n)
	w.paragraph("Heading3", title)
	w.table(title, []int{pageWidth * 2 / 5, pageWidth - pageWidth*2/5})
	w.body.WriteString(`<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>`)
	for i, head := range []string{"word.column.question", "word.column.answer"} {
		w.cell(column{width: []int{pageWidth * 2 / 5, pageWidth - pageWidth*2/5}[i], shade: "E3E9EE", border: edge})
		w.paragraph("PortalHead", w.t(head))
		w.body.WriteString(`</w:tc>`)
	}
	w.body.WriteString(`</w:tr>`)
	for _, sub := range f.Fields {
		height := 440
		if sub.Type == form.LongText {
			height = 1400
		}
		fmt.Fprintf(&w.body, `<w:tr><w:trPr>%s<w:trHeight w:val="%d" w:hRule="atLeast"/></w:trPr>`, unless(sub.Type == form.LongText, `<w:cantSplit/>`), height)
		name := form.RowName(f.ID, n, sub.ID)
		w.cell(column{width: pageWidth * 2 / 5, shade: "F7F4ED", border: edge})
		key := d.Key(f.ID, sub)
		w.paragraph("PortalLabel", "", w.anchor(name, w.label(f.ID, sub, true)))
		w.notes(key, sub)
		w.body.WriteString(`</w:tc>`)
		w.cell(column{width: pageWidth - pageWidth*2/5, border: edge})
		w.answer(question{name, f.ID, sub})
		w.body.WriteString(`</w:tc></w:tr>`)
	}
	w.body.WriteString(`</w:tbl>`)
}

// answer fills the cell of a question.
func (w *writer) answer(q question) {
	a, f := w.file.Answers, q.field
	switch f.Type {
	case form.Check:
		w.tick(q, "yes", w.t("common.yes"), "", a.Has(q.key, "yes"))
	case form.Choice, form.Choices, form.Objectives, form.Select:
		w.choice(q)
	case form.Date:
		w.simple(q, dateText(w.ctx, a, q.key), "word.placeholder.date")
	case form.Amount:
		w.simple(q, form.AmountText(a.First(q.key), i18n.From(w.ctx)), "word.placeholder.text")
	case form.LongText:
		w.long(q, a.First(q.key))
	default:
		w.simple(q, strings.Join(strings.Fields(a.First(q.key)), " "), "word.placeholder.text")
	}
}

// choice is a question with options: boxes to tick, or lists that drop down.
func (w *writer) choice(q question) {
	chosen := w.file.Answers.All(q.key)
	options := w.file.Definition.Shown(w.ctx, q.group, q.field, chosen, w.file.Vocabulary)
	known := map[string]string{}
	for _, o := range options {
		known[o.Value] = o.Label
	}
	if boxed(q.field, len(options)) {
		if len(options)+len(chosen) == 0 {
			w.paragraph("PortalOption", "") // a cell cannot be empty
		}
		if q.field.Type == form.Objectives {
			options = w.byArea(options)
		}
		area := ""
		for _, o := range options {
			label := o.Label
			if q.field.Type == form.Objectives {
				if its := areaOf(w.ctx, w.file.Vocabulary, o.Value); its != area {
					area = its
					w.paragraph("PortalArea", area)
				}
				label = o.Value + ". " + o.Label
			}
			w.tick(q, o.Value, label, o.Hint, w.file.Answers.Has(q.key, o.Value))
		}
		for _, v := range chosen {
			if known[v] == "" {
				w.tick(q, "", v, "", true)
			}
		}
		return
	}
	lists := 1
	if q.field.Type == form.Choices {
		lists = max(6, len(chosen)+3)
	}
	for n := range lists {
		value := ""
		if n < len(chosen) {
			value = chosen[n]
		}
		shown := value
		if label := known[value]; label != "" {
			shown = label
		}
		w.dropDown(q, options, value, shown)
	}
}

// byArea puts the objectives of a thematic area together, in the order of the areas; those of none come last.
func (w *writer) byArea(options []form.Option) []form.Option {
	var sorted, others []form.Option
	for _, theme := range w.file.Vocabulary.Themes {
		for _, o := range options {
			if areaOf(w.ctx, w.file.Vocabulary, o.Value) == theme.Label(i18n.From(w.ctx)) {
				sorted = append(sorted, o)
			}
		}
	}
	for _, o := range options {
		if areaOf(w.ctx, w.file.Vocabulary, o.Value) == "" {
			others = append(others, o)
		}
	}
	return append(sorted, others...)
}

// simple is an answer of one line.
func (w *writer) simple(q question, value, placeholder string) {
	w.paragraph("PortalAnswer", "", w.control(q, `<w:richText/>`, value, w.t(placeholder)))
}

// long is an answer of several paragraphs. Only a blank one has a control: in a filled one it would hold a single
// paragraph, and the cell says what belongs to the answer.
func (w *writer) long(q question, value string) {
	blocks := parseBlocks(value)
	if len(blocks) == 0 {
		w.paragraph("PortalAnswer", "", w.control(q, `<w:richText/>`, "", w.t("word.placeholder.long")))
		return
	}
	for _, b := range blocks {
		if len(b.items) == 0 {
			w.paragraph("PortalAnswer", "", w.typed(b.text))
			continue
		}
		w.items("PortalAnswer", b.items, w.typed)
	}
}

// items writes a list, whose words runs makes. Every run of items on a level is a list of its own, which counts from one.
func (w *writer) items(style string, all []item, runs func(string) string) {
	var current [9]struct {
		list    int
		ordered bool
	}
	for _, one := range all {
		level := min(one.level, 8)
		for deeper := level + 1; deeper < len(current); deeper++ {
			current[deeper].list = 0
		}
		if here := &current[level]; here.list == 0 || here.ordered != one.ordered {
			here.list, here.ordered = w.list(one.ordered), one.ordered
		}
		w.item(style, current[level].list, level, runs(one.text))
	}
}

// alias is the title of a control: what people and screen readers see, with the key at its end.
func (w *writer) alias(label, key string) string {
	key = "[" + key + "]"
	letters := []rune(label)
	if room := maxKey - len(key) - 1; len(letters) > room {
		letters = append(letters[:max(0, room-1)], '…')
	}
	return strings.TrimSpace(string(letters)) + " " + key
}

func (w *writer) control(q question, kind, value, placeholder string) string {
	label := w.file.Definition.Label(w.ctx, q.group, q.field)
	content := w.typed(value)
	shows := ""
	if value == "" {
		shows = `<w:showingPlcHdr/>`
		content = `<w:r><w:rPr><w:rStyle w:val="PlaceholderText"/>` + w.direction() + `</w:rPr>` + text(placeholder) + `</w:r>`
	}
	return fmt.Sprintf(`<w:sdt><w:sdtPr><w:alias w:val="%s"/><w:tag w:val="%s"/><w:id w:val="%d"/>%s%s</w:sdtPr><w:sdtContent>%s</w:sdtContent></w:sdt>`,
		escape(w.alias(label, q.key)), escape(q.key), w.id(), shows, kind, content)
}

func (w *writer) dropDown(q question, options []form.Option, value, shown string) {
	var list strings.Builder
	list.WriteString(`<w:dropDownList>`)
	for _, o := range options {
		fmt.Fprintf(&list, `<w:listItem w:displayText="%s" w:value="%s"/>`, escape(o.Label), escape(o.Value))
	}
	list.WriteString(`</w:dropDownList>`)
	w.paragraph("PortalAnswer", "", w.control(q, list.String(), shown, w.t("word.placeholder.choose")))
}

// The marks of boxes.
const (
	boxOpen   = "☐"
	boxTicked = "☒"
)

// tick is an option with its box. value is "" for what is no option.
func (w *writer) tick(q question, value, label, hint string, ticked bool) {
	mark, checked := boxOpen, 0
	if ticked {
		mark, checked = boxTicked, 1
	}
	key := q.key
	if value != "" {
		key += "=" + value
	}
	runs := fmt.Sprintf(`<w:sdt><w:sdtPr>%s<w:alias w:val="%s"/><w:tag w:val="%s"/><w:id w:val="%d"/><w14:checkbox><w14:checked w14:val="%d"/><w14:checkedState w14:val="2612" w14:font="MS Gothic"/><w14:uncheckedState w14:val="2610" w14:font="MS Gothic"/></w14:checkbox></w:sdtPr><w:sdtContent><w:r>%s<w:t>%s</w:t></w:r></w:sdtContent></w:sdt>`,
		boxFont, escape(w.alias(label, key)), escape(key), w.id(), checked, boxFont, mark)
	runs += w.run(" "+label, false)
	if hint != "" {
		runs += w.marked("PortalMark", " — "+hint)
	}
	w.paragraph("PortalOption", "", runs)
}

const boxFont = `<w:rPr><w:rFonts w:ascii="MS Gothic" w:eastAsia="MS Gothic" w:hAnsi="MS Gothic" w:hint="eastAsia"/></w:rPr>`

func unless(not bool, s string) string {
	if not {
		return ""
	}
	return s
}

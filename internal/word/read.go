package word

import (
	"context"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
)

// Reading is what was understood of a file.
type Reading struct {
	// Lang is the language of the file, Version the fingerprint of its questions; either may be "" when the file lost it.
	Lang    i18n.Lang
	Version string
	// Other says that its questions are not those of the form as it is now.
	Other bool
	// Answers are what was filled in, as typed where it is no option, no day and so on.
	Answers form.Answers
	// Fields are the top-level questions that the file has a place for.
	Fields []string
	// Loose is text found outside of the places for answers, Gone what was answered to questions that the form has not.
	Loose, Gone []Loose
	// Tracked says that there were tracked changes, Pictures that there was something drawn, which is left behind.
	Tracked, Pictures bool
}

// Loose is text that belongs to no answer. Near is the question before it, in the words of the file; "" for none.
type Loose struct{ Near, Text string }

// Has says whether the file has a place for the question.
func (r Reading) Has(field string) bool { return slices.Contains(r.Fields, field) }

// Read understands a file that was made by Write from this definition, in whatever language, whichever program has saved it
// since. An error of which Reason knows the text is a refusal.
func Read(ctx context.Context, content []byte, d *form.Definition, v *gcm.Vocabulary) (Reading, error) {
	doc, err := readDocument(content)
	if err != nil {
		return Reading{}, err
	}
	r := &reader{definition: d, vocabulary: v, cells: map[string][]paragraph{}, seen: map[string]int{}, below: map[string][]int{}, options: map[string]options{}}
	kind := r.identify(doc)
	if kind != "" && kind != d.Kind {
		return Reading{}, ErrOtherKind
	}
	r.ctx = i18n.WithLang(ctx, r.Lang.OrEnglish())
	r.index()
	r.sort(doc)
	if len(r.Fields) == 0 && len(r.Gone) == 0 {
		if kind == "" {
			return Reading{}, ErrOtherFile
		}
		return Reading{}, ErrEmpty
	}
	r.leftovers(doc)
	r.answer()
	r.Tracked, r.Pictures = doc.tracked, doc.pictures
	if len(r.Answers) == 0 && len(r.Loose) == 0 && len(r.Gone) == 0 {
		return Reading{}, ErrEmpty
	}
	return r.Reading, nil
}

// reader sorts what a file holds to the questions.
type reader struct {
	Reading
	ctx        context.Context
	definition *form.Definition
	vocabulary *gcm.Vocabulary
	byKey      map[string]question
	byMark     map[string]string  // bookmark → key; of groups and documents too
	options    map[string]options // by question
	keys       []string           // of the cells, in the order of the file
	cells      map[string][]paragraph
	seen       map[string]int
	outside    []outside
	below      map[string][]int // what stands outside below a question that has not had its cell yet
	// The question that was last asked, its words, and whether its cell is still to come.
	anchor, near string
	open         bool
}

// outside is a paragraph that is in no place for an answer.
type outside struct {
	paragraph
	near string
}

var codeLine = regexp.MustCompile(`\b([a-z][a-z_]*)-([0-9a-f]{8})-([a-z]{2})\b`)

// identify reads what the file says of itself.
func (r *reader) identify(doc *document) (kind string) {
	kind, r.Version, r.Lang = doc.properties[propertyKind], doc.properties[propertyVersion], i18n.Lang(doc.properties[propertyLang])
	for _, piece := range slices.Backward(doc.pieces) {
		if kind != "" {
			break
		}
		for _, p := range piece.paragraphs {
			if m := codeLine.FindStringSubmatch(unmarked(p.text)); m != nil && i18n.Lang(m[3]).Known() {
				kind, r.Version, r.Lang = m[1], m[2], i18n.Lang(m[3])
			}
		}
	}
	if !r.Lang.Known() {
		r.Lang = ""
	}
	if len(r.Version) > 40 {
		r.Version = ""
	}
	r.Other = r.Version != Version(r.definition)
	return kind
}

func (r *reader) index() {
	r.byKey, r.byMark = map[string]question{}, map[string]string{}
	for _, q := range questions(r.ctx, r.definition, r.vocabulary, func(form.Field) int { return maxRows }) {
		r.byKey[q.key] = q
		r.byMark[bookmark(q.key)] = q.key
	}
	for _, s := range r.definition.Steps {
		for _, f := range s.Fields {
			r.byMark[bookmark(f.ID)] = f.ID
		}
	}
}

// goneMark starts the anchor of a question that the form has not.
const goneMark = "?"

// sort goes through the file and puts each cell to its question.
func (r *reader) sort(doc *document) {
	for _, piece := range doc.pieces {
		if !piece.cell || r.asks(piece) {
			for _, p := range piece.paragraphs {
				r.ask(p)
				r.outside = append(r.outside, outside{p, r.near})
				if r.open && len(p.bookmarks) == 0 {
					r.below[r.anchor] = append(r.below[r.anchor], len(r.outside)-1)
				}
			}
			continue
		}
		key := r.keyOf(piece)
		if key == "" {
			for _, p := range piece.paragraphs {
				r.outside = append(r.outside, outside{p, r.near})
			}
			continue
		}
		r.open = false
		r.put(key, piece.paragraphs)
	}
}

// asks says whether a cell holds a question and not an answer.
func (r *reader) asks(c piece) bool {
	return slices.ContainsFunc(c.paragraphs, func(p paragraph) bool {
		return slices.ContainsFunc(p.bookmarks, func(b string) bool { return strings.HasPrefix(b, bookmarkStart) })
	})
}

// ask takes note of the question that a paragraph asks.
func (r *reader) ask(p paragraph) {
	for _, mark := range p.bookmarks {
		if !strings.HasPrefix(mark, bookmarkStart) {
			continue
		}
		r.near = tidyLine(p.text)
		if r.anchor = r.byMark[mark]; r.anchor == "" {
			r.anchor = goneMark + mark
		}
		_, asked := r.byKey[r.anchor]
		r.open = asked || r.anchor[0] == goneMark[0]
	}
}

// keyOf is the question that a cell answers: by its controls, else by the question before it.
func (r *reader) keyOf(c piece) string {
	unknown := ""
	for _, p := range c.paragraphs {
		for _, key := range p.keys {
			base, _, _ := strings.Cut(key, "=")
			if _, ok := r.byKey[base]; ok {
				return base
			}
			unknown = base
		}
	}
	switch {
	case r.open:
		return r.anchor
	case unknown != "":
		return goneMark + unknown
	}
	return ""
}

// put keeps a cell. The same question a second time is a row that was copied, or else it is loose.
func (r *reader) put(key string, cell []paragraph) {
	cell = withoutPrompts(cell)
	if key[0] == goneMark[0] {
		if text := plainText(cell); text != "" {
			r.Gone = append(r.Gone, Loose{r.near, text})
		}
		return
	}
	q := r.byKey[key]
	r.seen[key]++
	if id := fieldOf(q); !slices.Contains(r.Fields, id) {
		r.Fields = append(r.Fields, id)
	}
	if first, again := r.cells[key]; again {
		text := plainText(cell)
		switch {
		case text == "" || text == plainText(first):
			return
		case q.group == "":
			r.Loose = append(r.Loose, Loose{r.near, text})
			return
		}
		row, _, _ := strings.Cut(strings.TrimPrefix(key, q.group+"."), ".")
		n, _ := strconv.Atoi(row)
		key = form.RowName(q.group, n+(r.seen[key]-1)*1000, q.field.ID)
		r.byKey[key] = question{key, q.group, q.field}
	}
	r.keys = append(r.keys, key)
	r.cells[key] = cell
}

// fieldOf is the top-level question that a question belongs to.
func fieldOf(q question) string {
	if q.group != "" {
		return q.group
	}
	return q.field.ID
}

// leftovers lists what stands outside of the cells and is not of the form itself. What stands below a question whose cell
// is gone is its answer.
func (r *reader) leftovers(doc *document) {
	known := r.ownWords()
	foreign := func(p paragraph) bool {
		text := tidyLine(p.text)
		return text != "" && !known[text] && !ownStyle(p.style) && !codeLine.MatchString(unmarked(text)) &&
			!strings.HasPrefix(text, i18n.T(r.ctx, "word.how.upload")) && !(r.Other && strings.HasPrefix(strings.ToLower(p.style), "portal")) &&
			!(r.Other && slices.ContainsFunc(p.bookmarks, func(b string) bool { return strings.HasPrefix(b, bookmarkStart) }))
	}
	taken := map[int]bool{}
	for key, places := range r.below {
		if _, has := r.byKey[key]; !has || r.seen[key] > 0 {
			continue
		}
		var cell []paragraph
		for _, i := range places {
			if foreign(r.outside[i].paragraph) {
				cell = append(cell, r.outside[i].paragraph)
				taken[i] = true
			}
		}
		if len(cell) > 0 {
			r.put(key, cell)
		}
	}
	for i, o := range r.outside {
		if taken[i] || !foreign(o.paragraph) {
			continue
		}
		text := tidyLines(o.text)
		if end := len(r.Loose) - 1; end >= 0 && r.Loose[end].Near == o.near && i > 0 {
			r.Loose[end].Text += "\n" + text
			continue
		}
		r.Loose = append(r.Loose, Loose{o.near, text})
	}
	for _, note := range doc.notes {
		r.Loose = append(r.Loose, Loose{"", note})
	}
}

// ownStyle says whether a paragraph is of the head of the file, where its name and what it is a copy of stand.
func ownStyle(style string) bool {
	switch strings.ToLower(style) {
	case "title", "subtitle", "portalowner":
		return true
	}
	return false
}

// answer makes answers of the cells.
func (r *reader) answer() {
	posted := url.Values{}
	for _, key := range r.keys {
		r.understand(r.byKey[key], r.cells[key], posted)
	}
	r.Answers = form.Answers{}
	for _, s := range r.definition.Steps {
		a, _ := s.Read(posted, r.Lang.OrEnglish()) // what is taken out cannot be seen, and XML cannot hold most of it
		for name, values := range a {
			if len(a.All(name)) > 0 {
				r.Answers[name] = values
			}
		}
	}
	slices.SortStableFunc(r.Fields, func(a, b string) int { return r.place(a) - r.place(b) })
}

// place is where a question stands in the form.
func (r *reader) place(id string) int {
	n := 0
	for _, s := range r.definition.Steps {
		for _, f := range s.Fields {
			if n++; f.ID == id {
				return n
			}
		}
	}
	return n
}

// understand makes the answer to one question of the text of its cell.
func (r *reader) understand(q question, cell []paragraph, posted url.Values) {
	put := func(name, value string) {
		if value != "" {
			posted.Add(name, value)
		}
	}
	switch q.field.Type {
	case form.LongText:
		put(q.key, markdownOf(cell))
	case form.Date:
		day, month, year := readDate(oneLine(cell))
		put(q.key+".day", day)
		put(q.key+".month", month)
		put(q.key+".year", year)
	case form.Check:
		for _, p := range cell {
			l := readLine(p)
			if l.ticked || !l.boxed && slices.ContainsFunc(i18n.All, func(lang i18n.Lang) bool { return fold(i18n.TL(lang, "common.yes")) == fold(l.text) }) {
				posted[q.key] = []string{"yes"}
			}
		}
	case form.Choice, form.Select, form.Choices, form.Objectives:
		posted[q.key] = r.chosen(q, cell)
	case form.Email:
		put(q.key, strings.TrimSpace(strings.TrimPrefix(unmarked(oneLine(cell)), "mailto:")))
	case form.URL, form.Number, form.Amount:
		put(q.key, unmarked(oneLine(cell)))
	default:
		put(q.key, oneLine(cell))
	}
}

// chosen are the options that a cell chooses, and what it says that is no option.
func (r *reader) chosen(q question, cell []paragraph) []string {
	id := q.group + "." + q.field.ID
	o, ok := r.options[id]
	if !ok {
		o = optionsOf(r.ctx, r.definition, q, r.vocabulary)
		r.options[id] = o
	}
	if !boxed(q.field, len(o.values)) {
		return r.listed(q, o, cell)
	}
	var chosen, others []string
	boxes := false
	lines := make([]line, len(cell))
	for i, p := range cell {
		lines[i] = readLine(p)
		boxes = boxes || lines[i].boxed
	}
	for i, l := range lines {
		value := ""
		for _, key := range cell[i].keys {
			if _, v, ok := strings.Cut(key, "="); ok && o.has(v) {
				value = v
			}
		}
		if value == "" {
			value = o.find(l.text)
		}
		switch {
		case value != "" && (l.ticked || !boxes):
			chosen = append(chosen, value)
		case value != "" || l.text == "" || r.ourLine(q, l.text):
		case l.ticked:
			chosen = append(chosen, l.text)
		default:
			others = append(others, l.text)
		}
	}
	if len(chosen) == 0 && len(others) > 0 && !boxes {
		chosen, others = others, nil
	}
	for _, text := range others {
		r.Loose = append(r.Loose, Loose{r.definition.Label(r.ctx, q.group, q.field), text})
	}
	return o.sorted(chosen)
}

// ourLine says whether a line in a list of boxes is the name of a thematic area.
func (r *reader) ourLine(q question, text string) bool {
	if q.field.Type != form.Objectives {
		return false
	}
	for _, theme := range r.vocabulary.Themes {
		for _, l := range i18n.All {
			if fold(theme.Label(l)) == fold(text) {
				return true
			}
		}
	}
	return false
}

// listed are the options that are named in a cell, one a line or several in a line.
func (r *reader) listed(q question, o options, cell []paragraph) []string {
	var chosen []string
	if q.field.Type != form.Choices && q.field.Type != form.Objectives {
		if text := oneLine(cell); text != "" {
			if value := o.find(text); value != "" {
				text = value
			}
			chosen = append(chosen, text)
		}
		return chosen
	}
	for _, p := range cell {
		for text := range strings.SplitSeq(tidyLines(p.text), "\n") {
			if text = strings.TrimSpace(strings.TrimLeft(text, "•-–· ")); text == "" {
				continue
			}
			if value := o.find(text); value != "" {
				chosen = append(chosen, value)
				continue
			}
			chosen = append(chosen, split(text, o)...)
		}
	}
	return o.sorted(chosen)
}

// split takes a line apart that names several options, if all of them are options.
func split(text string, o options) []string {
	var all []string
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(";,،؛、；，", r) }) {
		value := o.find(part)
		if value == "" {
			return []string{text}
		}
		all = append(all, value)
	}
	if len(all) == 0 {
		return []string{text}
	}
	return all
}

func oneLine(cell []paragraph) string {
	var all []string
	for _, p := range cell {
		if text := tidyLine(p.text); text != "" {
			all = append(all, text)
		}
	}
	return strings.Join(all, " ")
}

// plainText is all that a cell says, but for boxes that are not ticked.
func plainText(cell []paragraph) string {
	var all []string
	for _, p := range cell {
		if text := tidyLines(p.text); text != "" && !(len(p.boxes) > 0 && !readLine(p).ticked) {
			all = append(all, text)
		}
	}
	return strings.Join(all, "\n")
}

// bullets are marks that people type or paste in front of the items of a list.
var bullets = regexp.MustCompile(`^[•·▪◦‣●○■□–—][ \t]+(.*)$`)

// markdownOf is a long text: its paragraphs, and its lists as Markdown.
func markdownOf(cell []paragraph) string {
	var blocks []block
	for _, p := range cell {
		text := tidyLines(p.text)
		if text == "" {
			continue
		}
		if p.level >= 0 {
			blocks = addItem(blocks, item{level: p.level, ordered: p.ordered, text: text})
		} else if m := bullets.FindStringSubmatch(text); m != nil {
			blocks = addItem(blocks, item{text: strings.TrimSpace(m[1])})
		} else {
			blocks = append(blocks, block{text: text})
		}
	}
	return writeBlocks(blocks)
}

// prompts are what stands in a place that nobody has filled in: ours in all languages, and what Word puts there.
func prompts() []string {
	all := []string{"Click or tap here to enter text.", "Click here to enter text.", "Choose an item.", "Click or tap to enter a date."}
	for _, l := range i18n.All {
		for _, key := range []string{"long", "text", "date", "choose"} {
			if i18n.Has(l, "word.placeholder."+key) {
				all = append(all, i18n.TL(l, "word.placeholder."+key))
			}
		}
	}
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	return all
}

// withoutPrompts takes away the prompts that people have left standing beside what they typed.
func withoutPrompts(cell []paragraph) []paragraph {
	all := prompts()
	out := slices.Clone(cell)
	for i := range out {
		text := strings.TrimSpace(tidy.Replace(out[i].text))
		for _, prompt := range all {
			rest, before := strings.CutPrefix(text, prompt)
			if !before {
				rest, before = strings.CutSuffix(text, prompt)
			}
			if before {
				out[i].text = rest
				break
			}
		}
	}
	return out
}

package conceptnote

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/problem"
)

// The limits of what the fund's lead may set: what lies beyond is a slip of the hand.
const (
	// MaxItems is how many areas or categories there can be, MaxItemName how long their names, in characters.
	MaxItems, MaxItemName = 20, 250
	// MaxIndirect are indirect costs in basis points.
	MaxIndirect = 2000
	// MinPart and MaxPart bound the long answers, MinShort and MaxShort the shorter ones.
	MinPart, MaxPart   = 1000, 20000
	MinShort, MaxShort = 300, 10000
)

// spareRows are the blank rows that the form offers for new items; maxItemRows how many rows are read.
const (
	spareRows   = 2
	maxItemRows = MaxItems + spareRows
)

// configurationForm is the form of a configuration as typed. Its rows are "area.0.en", "category.3.out".
type configurationForm struct{ url.Values }

func rowControl(kind string, n int, field string) string { return form.RowName(kind, n, field) }

func valueControl(m Marker, n int, field string) string {
	return form.RowName("marker."+string(m), n, field)
}

func leastControl(m Marker) string { return "marker." + string(m) + ".least" }

// formOf is the form as it is filled for a version that there is.
func formOf(v Version) configurationForm {
	c := v.Content
	q := url.Values{
		"version": {strconv.Itoa(v.Number)}, "indirect": {percent(c.Indirect)},
		"least": {strconv.Itoa(c.Duration.Least)}, "most": {strconv.Itoa(c.Duration.Most)}, "part": {strconv.Itoa(c.Lengths.Part)}, "short": {strconv.Itoa(c.Lengths.Short)},
	}
	put := func(kind string, n int, i item) {
		q.Set(rowControl(kind, n, "id"), i.id)
		q.Set(rowControl(kind, n, "place"), strconv.Itoa(n+1))
		q.Set(rowControl(kind, n, "en"), i.names[i18n.English])
		q.Set(rowControl(kind, n, "ar"), i.names[i18n.Arabic])
	}
	for n, a := range c.Areas {
		put("area", n, areaItem(a))
		words := make([]string, len(a.Objectives))
		for i, o := range a.Objectives {
			words[i] = strconv.Itoa(o)
		}
		q.Set(rowControl("area", n, "objectives"), strings.Join(words, ", "))
	}
	for n, one := range c.Categories {
		put("category", n, categoryItem(one))
	}
	for _, m := range Markers {
		q.Set(leastControl(m), c.Markers[m].Least)
		for n, v := range c.Markers[m].Values {
			q.Set(valueControl(m, n, "en"), v.Names[i18n.English])
			q.Set(valueControl(m, n, "ar"), v.Names[i18n.Arabic])
		}
	}
	return configurationForm{q}
}

// percent writes basis points as people type a percentage: 7, 7.25.
func percent(points int) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%d.%02d", points/100, points%100), "0"), ".")
}

// rows is how many rows of a kind the form shows: those that are filled and some to add to.
func (f configurationForm) rows(kind string) int {
	last := 0
	for n := range maxItemRows {
		if f.Get(rowControl(kind, n, "id"))+f.Get(rowControl(kind, n, "en"))+f.Get(rowControl(kind, n, "ar")) != "" {
			last = n + 1
		}
	}
	return min(last+spareRows, maxItemRows)
}

// configurationReader reads a form and gathers what is wrong, in the order of the page.
type configurationReader struct {
	configurationForm
	wrong []problem.Field
}

func (r *configurationReader) refuse(name, key string, args ...any) {
	r.wrong = append(r.wrong, problem.Field{Name: name, Key: "concept_note.configuration.wrong." + key, Args: args})
}

// read reads the next version from the form, on top of the last one. What was there keeps its id; what is new gets one, or that
// of an item of former times with the same English name.
func (f configurationForm) read(last Version) (c Configuration, wrong []problem.Field) {
	r := configurationReader{configurationForm: f}
	was := last.Content
	c.Duration.Least = r.whole("least", 1, MaxMonths)
	c.Duration.Most = r.whole("most", 1, MaxMonths)
	if len(r.wrong) == 0 && c.Duration.Most < c.Duration.Least {
		r.refuse("most", "most")
	}
	rows, items := r.items("area", itemsOf(was.Areas, areaItem), itemsOf(was.FormerAreas, areaItem))
	for i, one := range items {
		c.Areas = append(c.Areas, Area{one.id, one.names, r.objectives(rowControl("area", rows[i], "objectives"))})
	}
	_, items = r.items("category", itemsOf(was.Categories, categoryItem), itemsOf(was.FormerCategories, categoryItem))
	for _, one := range items {
		c.Categories = append(c.Categories, Category{one.id, one.names})
	}
	c.Indirect = r.indirect()
	c.Markers = map[Marker]Scale{}
	for _, m := range Markers {
		c.Markers[m] = r.scale(m, was.Markers[m])
	}
	before := len(r.wrong)
	c.Lengths.Part = r.whole("part", MinPart, MaxPart)
	c.Lengths.Short = r.whole("short", MinShort, MaxShort)
	if len(r.wrong) == before && c.Lengths.Short > c.Lengths.Part {
		r.refuse("short", "short")
	}
	return c, r.wrong
}

// whole reads a whole number within bounds.
func (r *configurationReader) whole(name string, least, most int) int {
	plain, ok := form.ParseNumber(r.Get(name))
	n, err := strconv.Atoi(plain)
	if !ok || err != nil || n < least || n > most {
		r.refuse(name, "number", least, most)
		return 0
	}
	return n
}

// indirect reads a percentage with two decimals at most.
func (r *configurationReader) indirect() int {
	plain, ok := form.ParseNumber(r.Get("indirect"))
	whole, decimals, _ := strings.Cut(plain, ".")
	points, err := strconv.Atoi(whole + (decimals + "00")[:2])
	if !ok || err != nil || len(decimals) > 2 || points < 0 || points > MaxIndirect || strings.HasPrefix(plain, "-") {
		r.refuse("indirect", "indirect", MaxIndirect/100)
		return 0
	}
	return points
}

// items reads the rows of areas or of categories that are not taken out, and from which rows they come.
func (r *configurationReader) items(kind string, now, gone []item) (rows []int, items []item) {
	known := slices.Concat(now, gone)
	var places []int
	find := func(id string) int { return slices.IndexFunc(known, func(i item) bool { return i.id == id }) }
	taken := map[string]bool{}
	for n := range maxItemRows {
		id, name := r.Get(rowControl(kind, n, "id")), rowControl(kind, n, "en")
		en, ar := line(r.Get(name)), line(r.Get(rowControl(kind, n, "ar")))
		switch {
		case r.Get(rowControl(kind, n, "out")) == "yes", find(id) < 0 && en+ar+line(r.Get(rowControl(kind, n, "objectives"))) == "":
			continue
		case !r.named(name, en) || !r.named(rowControl(kind, n, "ar"), ar):
			continue
		}
		for _, other := range items {
			switch {
			case folded(other.names[i18n.English]) == folded(en):
				r.refuse(name, "twice", en)
			case folded(other.names[i18n.Arabic]) == folded(ar):
				r.refuse(rowControl(kind, n, "ar"), "twice", ar)
			}
		}
		at := find(id)
		if at < 0 || taken[id] {
			at = slices.IndexFunc(known, func(i item) bool { return !taken[i.id] && folded(i.names[i18n.English]) == folded(en) })
		}
		one := item{newID(kind, en, known, taken), gcm.Names{}}
		if at >= 0 {
			one = item{known[at].id, maps.Clone(known[at].names)}
		}
		if one.names[i18n.English] != en { // what other languages called it is another thing's name
			one.names = gcm.Names{}
		}
		one.names[i18n.English], one.names[i18n.Arabic] = en, ar
		taken[one.id] = true
		rows, items, places = append(rows, n), append(items, one), append(places, r.place(kind, n))
	}
	sort.Stable(inPlace{places, rows, items})
	switch {
	case len(items) == 0 && len(r.wrong) == 0:
		r.refuse(rowControl(kind, 0, "en"), kind+".none")
	case len(items) > MaxItems:
		r.refuse(rowControl(kind, rows[MaxItems], "en"), "many", MaxItems)
	}
	return rows, items
}

// place is where a row is to stand, as a key to sort by. A row that is moved up comes before the one that has the place, one that
// is moved down after it; one without a number stays where it is.
func (r *configurationReader) place(kind string, n int) int {
	stays := 3 * (n + 1)
	typed := r.Get(rowControl(kind, n, "place"))
	if strings.TrimSpace(typed) == "" {
		return stays
	}
	switch at := 3 * r.whole(rowControl(kind, n, "place"), 1, maxItemRows); {
	case at < stays:
		return at - 1
	case at > stays:
		return at + 1
	}
	return stays
}

// inPlace puts rows and their items in the order of their places.
type inPlace struct {
	places, rows []int
	items        []item
}

func (p inPlace) Len() int           { return len(p.places) }
func (p inPlace) Less(i, j int) bool { return p.places[i] < p.places[j] }
func (p inPlace) Swap(i, j int) {
	p.places[i], p.places[j] = p.places[j], p.places[i]
	p.rows[i], p.rows[j] = p.rows[j], p.rows[i]
	p.items[i], p.items[j] = p.items[j], p.items[i]
}

// newID makes the id of a new item from its English name, another than all that there are or were: answers are kept under it.
func newID(kind, en string, known []item, taken map[string]bool) string {
	stem := strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToLower(en)), "_")
	if stem = strings.Trim(stem[:min(len(stem), 30)], "_"); stem == "" || stem == form.PartyControl {
		stem = kind
	}
	id := stem
	for n := 2; taken[id] || slices.ContainsFunc(known, func(i item) bool { return i.id == id }); n++ {
		id = stem + "_" + strconv.Itoa(n)
	}
	return id
}

// named says whether a name is one, and refuses it otherwise.
func (r *configurationReader) named(control, name string) bool {
	switch n := form.Length(name); {
	case !strings.ContainsFunc(name, unicode.IsLetter):
		r.refuse(control, "name")
	case n > MaxItemName:
		r.refuse(control, "long", MaxItemName, n)
	case markup.MatchString(name):
		r.refuse(control, "markup")
	default:
		return true
	}
	return false
}

// objectives reads the numbers of the objectives of an area: "1, 4, 13".
func (r *configurationReader) objectives(control string) []int {
	var all []int
	for _, word := range strings.FieldsFunc(i18n.Digits(r.Get(control)), func(c rune) bool { return strings.ContainsRune(",;،、， \t\u00a0", c) }) {
		n, err := strconv.Atoi(word)
		if err != nil || n < 1 || n > gcm.Objectives {
			r.refuse(control, "objective", form.Clean(word), gcm.Objectives)
			return nil
		}
		if !slices.Contains(all, n) {
			all = append(all, n)
		}
	}
	if len(all) == 0 {
		r.refuse(control, "objectives")
	}
	slices.Sort(all)
	return all
}

// scale reads the names of a scale and its least value. Gender and child sensitivity must be addressed in every note (fund.md).
func (r *configurationReader) scale(m Marker, was Scale) Scale {
	s := Scale{Least: r.Get(leastControl(m))}
	if at := slices.IndexFunc(was.Values, func(v Value) bool { return v.Value == s.Least }); at < 0 && s.Least != "" || m != RightsMarker && at < 1 {
		r.refuse(leastControl(m), "least")
	}
	for n, v := range was.Values {
		en, ar := line(r.Get(valueControl(m, n, "en"))), line(r.Get(valueControl(m, n, "ar")))
		r.named(valueControl(m, n, "en"), en)
		r.named(valueControl(m, n, "ar"), ar)
		names := maps.Clone(v.Names)
		if names[i18n.English] != en {
			names = gcm.Names{}
		}
		names[i18n.English], names[i18n.Arabic] = en, ar
		s.Values = append(s.Values, Value{v.Value, names})
	}
	return s
}

// line is what was typed into one line, without characters that turn the direction of what stands behind them.
func line(typed string) string { return strings.Join(strings.Fields(form.Clean(typed)), " ") }

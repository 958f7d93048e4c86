package app

import (
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"strings"
	"unicode/utf8"

	_ "embed"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/pledge"
)

// The parts of the invented texts, by language. Words are spread as they are in real texts: those of the sentences are
// in nearly every pledge of a language (common), those of measures, groups, bodies and topics in a tenth to a third of
// them (middling), and the made-up names {x} in a handful each (rare; a few of them are cities that come back often).
//
//go:embed demo/scale.json
var scaleParts []byte

// phrases are the parts of one language. Slots: {m} a measure, {g} a group, {b} a body, {t} a topic, {x} a made-up name,
// {c} the country, {n} a number, {y} a year; a capital letter begins with one.
type phrases struct {
	Titles, Measures, Groups, Bodies, Topics, Sentences, Units, Indicators, Offices, Places []string
}

// madeUp are the syllables of the made-up names and how many different names there are in a script.
var madeUp = map[string][]string{
	"latin": strings.Fields("ba be bo da de dor fa fen ga gor ha ja ka kel la len li lo lum ma mer mi mo na nor o pa per ra ri ro sa sel ta tor u va ver wa xo ya zan zi"),
	"ar":    strings.Fields("با تا دار را زي سا شا في كا لا ما نا وا يا مر سل نور بر طا قا حل جد"),
	"ru":    strings.Fields("ба ве га до жа зи ка ле мо на ор пе ра се та ур фо ха ча ши ян лин град"),
	"zh":    strings.Split("安宝昌德东丰福光海和华吉嘉江金景康乐利林隆明宁平清瑞山胜泰天万文锡湘新兴阳义永远云泽镇志州珠紫", ""),
}

const madeUpNames = 9000

// writer invents texts in one language. The same numbers give the same texts.
type writer struct {
	*rand.Rand
	lang    string
	phrases phrases
	country string // its name in the language
	year    int
}

func loadPhrases() (map[string]phrases, error) {
	var all map[string]phrases
	return all, json.Unmarshal(scaleParts, &all)
}

func pickOne[T any](r *rand.Rand, all []T) T { return all[r.IntN(len(all))] }

// skewed is an index below n; small ones come much more often.
func skewed(r *rand.Rand, n int) int {
	u := r.Float64()
	return int(float64(n) * u * u)
}

// name is a made-up name.
func (w writer) name() string {
	script := w.lang
	if script != "ar" && script != "ru" && script != "zh" {
		script = "latin"
	}
	syllables := madeUp[script]
	k := skewed(w.Rand, madeUpNames)*7919 + 13 // far apart, so that neighbours have nothing in common
	n := len(syllables)
	parts := []string{syllables[k%n], syllables[k/n%n], syllables[k/n/n%n]}
	if script == "zh" {
		return parts[0] + parts[1]
	}
	name := strings.Join(parts, "")
	if script == "ar" {
		return name
	}
	return capital(name)
}

func capital(s string) string {
	r := []rune(s)
	return strings.ToUpper(string(r[:1])) + string(r[1:])
}

// fill puts something into each slot.
func (w writer) fill(pattern string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(pattern, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		slot, after, _ := strings.Cut(rest, "}")
		text := w.slot(strings.ToLower(slot))
		if slot != strings.ToLower(slot) {
			text = capital(text)
		}
		b.WriteString(text)
		pattern = after
	}
}

func (w writer) slot(name string) string {
	switch name {
	case "m":
		return pickOne(w.Rand, w.phrases.Measures)
	case "g":
		return pickOne(w.Rand, w.phrases.Groups)
	case "b":
		return pickOne(w.Rand, w.phrases.Bodies)
	case "t":
		return pickOne(w.Rand, w.phrases.Topics)
	case "x":
		return w.name()
	case "c":
		return w.country
	case "y":
		return strconv.Itoa(w.year + 1 + w.IntN(8))
	default:
		return strconv.Itoa(2 + skewed(w.Rand, 900))
	}
}

// description is a text of at least min and at most max characters, in paragraphs.
func (w writer) description(least, most int) string {
	target := min(most-200, least+60+skewed(w.Rand, most-least))
	var b strings.Builder
	length, sentences := 0, 0
	for length < target {
		sentence := w.fill(pickOne(w.Rand, w.phrases.Sentences))
		n := utf8.RuneCountInString(sentence) + 2
		if length+n > most {
			break
		}
		switch {
		case sentences == 0:
		case sentences%5 == 0:
			b.WriteString("\n\n")
		case w.lang != "zh":
			b.WriteByte(' ')
		}
		b.WriteString(sentence)
		length, sentences = length+n, sentences+1
	}
	return b.String()
}

// spread are the shares, in percent, of the values of a question.
type spread[T any] []struct {
	value T
	share int
}

func (s spread[T]) pick(r *rand.Rand) T {
	at := r.IntN(100)
	for _, v := range s {
		if at -= v.share; at < 0 {
			return v.value
		}
	}
	return s[len(s)-1].value
}

var (
	scaleLangs = spread[string]{{"en", 44}, {"fr", 18}, {"es", 16}, {"ar", 10}, {"ru", 6}, {"zh", 6}}
	scaleTypes = spread[pledge.Type]{{pledge.Individual, 70}, {pledge.Common, 12}, {pledge.InPartnership, 12}, {pledge.Matching, 6}}
	// scaleHomes are countries where a language is usual; English has all of them.
	scaleHomes = map[string][]string{
		"fr": {"FR", "SN", "CI", "MA", "TN", "BE", "CA", "CM", "ML", "CD", "NE", "TD", "HT", "MG"},
		"es": {"MX", "CO", "AR", "PE", "EC", "CL", "GT", "HN", "SV", "CR", "ES", "UY", "BO", "DO"},
		"ar": {"EG", "JO", "LB", "IQ", "SD", "MA", "TN", "YE", "KW", "QA", "SA", "MR"},
		"ru": {"KG", "TJ", "KZ", "UZ", "AM", "AZ", "MD", "RU", "BY", "TM"},
		"zh": {"CN", "SG"},
	}
)

// several are up to most different numbers from 1 to n, small ones more often, in order of choice.
func several(r *rand.Rand, most, n int) []string {
	var all []string
	for range 1 + skewed(r, most) {
		if s := strconv.Itoa(1 + skewed(r, n)); !contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

func contains(all []string, s string) bool {
	for _, one := range all {
		if one == s {
			return true
		}
	}
	return false
}

// scalePledge invents the answers of a pledge of the office, which may match one of n pledges from the first number on.
func (w writer) scalePledge(v *gcm.Vocabulary, o scaleOffice, due func(a form.Answers, name string, days int), first, n int64) form.Answers {
	one := func(s string) []string { return []string{s} }
	a := form.Answers{
		"on_behalf": one("own"), "category": one(o.category), "scope": one("countries"),
		"contact_name": one(o.head.name), "contact_position": one(positions[w.lang]), "contact_email": one(o.head.email),
		"language": one(w.lang), "title": one(w.fill(pickOne(w.Rand, w.phrases.Titles))), "locality": one(w.fill(pickOne(w.Rand, w.phrases.Places))),
		"description": one(w.description(pledge.MinDescription, pledge.MaxDescription)),
		"objectives":  several(w.Rand, 3, gcm.Objectives), "related": several(w.Rand, 3, gcm.Objectives), "principles": several(w.Rand, 4, len(v.Principles)),
		"indicators.0.what": one(w.fill(pickOne(w.Rand, w.phrases.Indicators))), "indicators.0.baseline": one(strconv.Itoa(w.IntN(50))),
		"indicators.0.target": one(strconv.Itoa(60 + w.IntN(9000))), "indicators.0.unit": one(pickOne(w.Rand, w.phrases.Units)),
	}
	due(a, "indicators.0.due", 30+w.IntN(1500))
	if o.category == pledge.OtherCategory {
		a["category_other"] = one(w.fill("{t}"))
	}
	switch at := w.IntN(100); {
	case at < 8:
		a["scope"] = one("global")
	case at < 22:
		countries := one(o.country)
		for range 1 + w.IntN(5) {
			if c := v.Countries(i18n.English)[w.IntN(len(v.Countries(i18n.English)))].ISO2; !contains(countries, c) {
				countries = append(countries, c)
			}
		}
		a["countries"] = countries
	default:
		a["countries"] = one(o.country)
	}
	natures := one(string(pledge.Natures[skewed(w.Rand, len(pledge.Natures))]))
	if n := string(pledge.Natures[w.IntN(len(pledge.Natures))]); w.IntN(3) == 0 && n != natures[0] {
		natures = append(natures, n)
	}
	a["natures"] = natures
	if contains(natures, string(pledge.OtherNature)) {
		a["nature_other"] = one(w.fill("{t}"))
	}
	if contains(natures, string(pledge.FinancialContribution)) {
		a["amount"], a["currency"], a["recipient"] = one(strconv.Itoa(1000*(1+skewed(w.Rand, 20000)))), one(pickOne(w.Rand, []string{"USD", "EUR", "CHF", "KES"})), one(w.fill("{b}"))
	}
	kind := scaleTypes.pick(w.Rand)
	if kind == pledge.Matching && n == 0 {
		kind = pledge.Individual
	}
	a["type"] = one(string(kind))
	switch kind {
	case pledge.Common, pledge.InPartnership:
		w.scalePartners(a)
	case pledge.Matching:
		a["matches"] = one(pledge.FormatID(first + w.Int64N(n)))
	}
	if w.IntN(3) == 0 {
		a["milestones.0.what"] = one(w.fill("{m}"))
		due(a, "milestones.0.due", 30+w.IntN(400))
	}
	if w.IntN(5) == 0 {
		a["barriers"], a["support_needed"] = one(w.fill("{t}: {m}.")), one(w.fill("{m}, {b}."))
	}
	return a
}

// version adds the pledge in another language.
func (w writer) version(a form.Answers) {
	a["versions.0.language"] = []string{w.lang}
	a["versions.0.title"] = []string{w.fill(pickOne(w.Rand, w.phrases.Titles))}
	a["versions.0.description"] = []string{w.description(pledge.MinDescription, 900)}
}

package pledge

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"portal/internal/database"
	"portal/internal/gcm"
	"portal/internal/search"
	"portal/internal/workflow"
	"portal/web/ui"
)

// Likeness says why two pledges look alike.
type Likeness struct {
	// Score is from 0 to 1.
	Score float64
	// Title, Text, Meaning and Numbers say what they share: words of the name, words of the text, what they are about in
	// another language, the same figures.
	Title, Text, Meaning, Numbers bool
	// Objectives are the main objectives of both.
	Objectives []int
}

// alikeFrom is the score from which two pledges are shown as similar. In the half of testdata/similar.json on which the
// weights were tuned, what says the same has 0.48 and more, and what does not has less than 0.28. It was set lower once the
// scores of the hard pairs were known, since it is advice and a miss is worse.
const alikeFrom = 0.34

// sketch is a pledge in one language, as it is compared.
type sketch struct {
	lang       string
	title      map[string]int
	lead       map[string]int // the beginning of the text, where what is particular stands; what offices always add comes after
	text       map[string]int
	meaning    map[string]int // ideas of the lexicon
	numbers    map[string]int // figures, but years
	objectives []int
}

// leadWords are how many words of a text are its beginning.
const leadWords = 45

// sketches are the pledge in each of its languages.
func sketches(p Pledge) []sketch {
	var all []sketch
	for _, lang := range p.Langs() {
		v := p.In(lang)
		if lang != p.Lang && v.Description == "" {
			continue
		}
		all = append(all, newSketch(lang, v.Title, ui.PlainText(v.Description), p.Objectives))
	}
	return all
}

func newSketch(lang, title, text string, objectives []int) sketch {
	s := sketch{lang: lang, objectives: objectives, title: map[string]int{}, lead: map[string]int{}, text: map[string]int{}, numbers: map[string]int{}}
	for _, w := range telling(title, lang) {
		s.title[w]++
	}
	for i, w := range telling(text, lang) {
		s.text[w]++
		if i < leadWords {
			s.lead[w]++
		}
	}
	for _, n := range figures10(title + " " + text) {
		s.numbers[n]++
	}
	s.meaning = ideasOf(title+" "+text, lang)
	return s
}

// telling are the stems of a text's words that say something, in their order.
func telling(text, lang string) []string {
	var all []string
	for _, w := range strings.Fields(search.Fold(text)) {
		if stopWords[lang][w] || len([]rune(w)) < 2 || w[0] >= '0' && w[0] <= '9' {
			continue
		}
		all = append(all, stem(w, lang))
	}
	return all
}

// stem cuts a word to what its forms share: its beginning, in Arabic without what is written together with it. Chinese pairs
// stay as they are.
func stem(w, lang string) string {
	r := []rune(w)
	switch lang {
	case "zh":
		return w
	case "ar":
		r = bare(r)
		return string(r[:min(len(r), 4)])
	}
	return string(r[:min(len(r), 6)])
}

// bare takes and, with, for off the beginning of an Arabic word and endings off its end.
func bare(r []rune) []rune {
	if len(r) > 4 && strings.ContainsRune("وبلفك", r[0]) {
		r = r[1:]
	}
	if len(r) > 4 && r[0] == 'ا' && r[1] == 'ل' {
		r = r[2:]
	}
	return r
}

// figures10 are the numbers of a text in plain digits, without thousands marks; years are none.
func figures10(text string) []string {
	var all []string
	var current []rune
	end := func() {
		n := strings.TrimRight(string(current), ",.")
		current = current[:0]
		plain := strings.NewReplacer(",", "", ".", "").Replace(n)
		if i := strings.LastIndexAny(n, ",."); i >= 0 && len(n)-i-1 != 3 {
			plain = strings.NewReplacer(",", "", ".", "").Replace(n[:i]) + "." + n[i+1:]
		}
		if plain == "" || len(plain) == 4 && (strings.HasPrefix(plain, "20") || strings.HasPrefix(plain, "19")) {
			return
		}
		all = append(all, plain)
	}
	runes := []rune(norm.NFKC.String(text))
	for i, r := range runes {
		next := rune(0)
		if i+1 < len(runes) {
			next = runes[i+1]
		}
		switch {
		case unicode.IsDigit(r):
			current = append(current, '0'+digitOf(r))
		case len(current) > 0 && (r == ',' || r == '.') && unicode.IsDigit(next):
			current = append(current, r)
		case len(current) > 0 && r == ' ' && unicode.IsDigit(next) && thousands(runes[i+1:]):
		case r == '万' && len(current) > 0:
			current = append(current, []rune("0000")...)
			end()
		default:
			if len(current) > 0 {
				end()
			}
		}
	}
	if len(current) > 0 {
		end()
	}
	return all
}

// thousands says whether exactly three digits follow.
func thousands(r []rune) bool {
	n := 0
	for n < len(r) && unicode.IsDigit(r[n]) {
		n++
	}
	return n == 3
}

func digitOf(r rune) rune {
	switch {
	case r >= '٠' && r <= '٩':
		return r - '٠'
	case r >= '۰' && r <= '۹':
		return r - '۰'
	}
	return (r - '0') % 10
}

// rarity weighs words by how few of the pledges at hand have them, so that what an office writes under all its pledges
// counts little.
type rarity struct {
	pledges int
	having  map[string]int // by language and stem
}

func newRarity(all []sketch) rarity {
	r := rarity{pledges: len(all), having: map[string]int{}}
	for _, s := range all {
		for w := range s.text {
			r.having[s.lang+" "+w]++
		}
		for w := range s.title {
			if s.text[w] == 0 {
				r.having[s.lang+" "+w]++
			}
		}
	}
	return r
}

func (r rarity) weight(lang, w string) float64 {
	return math.Log(float64(r.pledges+12) / float64(r.having[lang+" "+w]+1))
}

// cosine compares two bags of words, each weighted.
func cosine(a, b map[string]int, weight func(string) float64) float64 {
	var both, left, right float64
	for w, n := range a {
		x := weight(w) * math.Sqrt(float64(n))
		left += x * x
		if m := b[w]; m > 0 {
			both += x * weight(w) * math.Sqrt(float64(m))
		}
	}
	for w, n := range b {
		x := weight(w) * math.Sqrt(float64(n))
		right += x * x
	}
	if left == 0 || right == 0 {
		return 0
	}
	return both / math.Sqrt(left*right)
}

// shared is the share of the values of the two that both have.
func sharedPart(a, b map[string]int) float64 {
	both := 0
	for w := range a {
		if b[w] > 0 {
			both++
		}
	}
	if all := len(a) + len(b) - both; all > 0 {
		return float64(both) / float64(all)
	}
	return 0
}

func even(string) float64 { return 1 }

// likeness compares two pledges, each in one language.
func (r rarity) likeness(a, b sketch) Likeness {
	var l Likeness
	for _, n := range a.objectives {
		if slices.Contains(b.objectives, n) {
			l.Objectives = append(l.Objectives, n)
		}
	}
	objectives := 0.0
	if len(l.Objectives) > 0 {
		objectives = float64(len(l.Objectives)) / float64(len(a.objectives)+len(b.objectives)-len(l.Objectives))
	}
	numbers := sharedPart(a.numbers, b.numbers)
	l.Numbers = numbers >= 0.3
	if a.lang != b.lang {
		meaning := cosine(a.meaning, b.meaning, even)
		l.Meaning = meaning >= 0.4
		l.Score = 0.50*meaning + 0.38*numbers + 0.12*objectives
		return l
	}
	weight := func(w string) float64 { return r.weight(a.lang, w) }
	title, lead, text := cosine(a.title, b.title, weight), cosine(a.lead, b.lead, weight), cosine(a.text, b.text, weight)
	l.Title, l.Text = title >= 0.4, max(lead, text) >= 0.35
	l.Score = 0.36*title + 0.36*lead + 0.10*text + 0.10*numbers + 0.08*objectives
	return l
}

// alike compares two pledges in all their languages and returns the greatest likeness.
func (r rarity) alike(a, b []sketch) Likeness {
	var best Likeness
	for _, x := range a {
		for _, y := range b {
			if l := r.likeness(x, y); l.Score > best.Score {
				best = l
			}
		}
	}
	return best
}

// Similar is a published pledge that looks like another one.
type Similar struct {
	Record
	Likeness
}

const (
	// similarShown is how many similar pledges are shown.
	similarShown = 5
	// comparedWords and comparedNewest bound how many published pledges are compared: those that share words, and the newest
	// of the same objectives, which may say the same in another language.
	comparedWords, comparedNewest = 150, 100
	// askedWords is how many words of the pledge are looked for.
	askedWords = 24
)

// similar returns the published pledges of the same country that look like the pledge of a submission, the most alike first:
// of the entity's country, or carried out in one of the same countries.
func (s *Service) similar(ctx context.Context, q database.Querier, id workflow.ID, p Pledge) ([]Similar, error) {
	countries := once(append(slices.Clone(p.Countries), notBlank(p.Country)...))
	if p.Title == "" || len(countries) == 0 {
		return nil, nil
	}
	found, err := compared(ctx, q, s.vocabulary(), id, p, countries)
	if err != nil {
		return nil, fmt.Errorf("find similar pledges: %w", err)
	}
	mine := sketches(p)
	theirs := make([][]sketch, len(found))
	all := slices.Clone(mine)
	for i, r := range found {
		theirs[i] = sketches(r.Pledge)
		all = append(all, theirs[i]...)
	}
	rare := newRarity(all)
	var alike []Similar
	for i, r := range found {
		if l := rare.alike(mine, theirs[i]); l.Score >= alikeFrom {
			alike = append(alike, Similar{r, l})
		}
	}
	slices.SortFunc(alike, func(a, b Similar) int { return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID)) })
	return alike[:min(len(alike), similarShown)], nil
}

// compared are the published pledges to compare, at most comparedWords and comparedNewest for each way of being of the
// country. Each part goes by an index and ends at its limit.
func compared(ctx context.Context, q database.Querier, v *gcm.Vocabulary, id workflow.ID, p Pledge, countries []string) ([]Record, error) {
	sql, args := comparedSQL(id, p, countries)
	return records(ctx, q, v, sql, args)
}

func comparedSQL(id workflow.ID, p Pledge, countries []string) (string, database.Args) {
	args := database.Args{"id": id, "countries": countries, "objectives": notNil(p.Objectives), "words": anyWord(p), "most": comparedWords, "newest": comparedNewest}
	in, of := `p.countries && @countries::text[]`, `p.country = ANY(@countries::text[])`
	part := func(where, limit string) string {
		return `(SELECT p.id FROM pledges p WHERE p.until IS NULL AND ` + where + ` LIMIT @` + limit + `)`
	}
	return `WITH near AS MATERIALIZED (` + strings.Join([]string{
		part(in+` AND p.words @@ to_tsquery('simple', @words)`, "most"),
		part(of+` AND p.words @@ to_tsquery('simple', @words)`, "most"),
		`(SELECT p.id FROM pledges p WHERE p.until IS NULL AND ` + of + ` AND p.objectives && @objectives::int[] ORDER BY p.first_published_at DESC LIMIT @newest)`,
		part(in+` AND p.objectives && @objectives::int[]`, "newest"),
	}, " UNION ") + `) SELECT ` + columns + ` FROM near JOIN pledges p ON p.id = near.id AND p.until IS NULL` + joinStanding + ` WHERE p.id <> @id ORDER BY p.id`, args
}

// anyWord asks for pledges that have two words of the name, or as many as there are, in any of the pledge's languages.
func anyWord(p Pledge) string {
	var pairs []string
	for _, lang := range p.Langs() {
		var words []string
		for _, w := range strings.Fields(search.Fold(p.In(lang).Title)) {
			if !stopWords[lang][w] && len([]rune(w)) > 1 && !slices.Contains(words, w) {
				words = append(words, w)
			}
		}
		words = words[:min(len(words), askedWords)]
		if len(words) == 1 {
			pairs = append(pairs, "'"+words[0]+"'")
		}
		for i := range len(words) - 1 {
			for j := i + 1; j < len(words) && j < i+4; j++ {
				pairs = append(pairs, "('"+words[i]+"' & '"+words[j]+"')")
			}
		}
	}
	if len(pairs) == 0 {
		return "''"
	}
	return strings.Join(pairs, " | ")
}

//go:embed ideas.txt
var ideasText string

// ideas are beginnings of words in six languages that mean the same, by language; Chinese ones stand anywhere. With them a
// pledge is compared with its translation.
var ideas = readIdeas(ideasText)

type idea struct{ start, name string }

func readIdeas(text string) map[string][]idea {
	all := map[string][]idea{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		columns := strings.Split(line, "|")
		for i, lang := range []string{"en", "fr", "es", "ar", "ru", "zh"} {
			for _, word := range strings.Fields(columns[i]) {
				start := word
				if lang != "zh" {
					start = search.Fold(word)
				}
				all[lang] = append(all[lang], idea{start, columns[0]})
			}
		}
	}
	return all
}

// ideasOf counts the ideas of a text.
func ideasOf(text, lang string) map[string]int {
	has := map[string]int{}
	if lang == "zh" {
		for _, i := range ideas[lang] {
			if strings.Contains(text, i.start) {
				has[i.name] = 1
			}
		}
		return has
	}
	for _, w := range strings.Fields(search.Fold(text)) {
		if lang == "ar" {
			w = string(bare([]rune(w)))
		}
		for _, i := range ideas[lang] {
			if strings.HasPrefix(w, i.start) {
				has[i.name] = 1
			}
		}
	}
	return has
}

// Package alike finds texts that say the same: in other words, by figures, or in another language. It compares what it is
// given; where the texts come from is the areas' business.
package alike

import (
	_ "embed"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"portal/internal/search"
)

// Likeness says why two texts look alike.
type Likeness struct {
	// Score is from 0 to 1.
	Score float64
	// Title, Text, Meaning and Numbers say what they share: words of the name, words of the text, what they are about in
	// another language, the same figures.
	Title, Text, Meaning, Numbers bool
	// Objectives are the main objectives of both.
	Objectives []int
}

// From is the score from which two texts are shown as similar. In the half of testdata/similar.json on which the
// weights were tuned, what says the same has 0.48 and more, and what does not has less than 0.28. It was set lower once the
// scores of the hard pairs were known, since it is advice and a miss is worse.
const From = 0.34

// Sketch is a text in one language, as it is compared.
type Sketch struct {
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

// New is a text in one language, ready to be compared: its title, its plain text, and its main objectives.
func New(lang, title, text string, objectives []int) Sketch {
	s := Sketch{lang: lang, objectives: objectives, title: map[string]int{}, lead: map[string]int{}, text: map[string]int{}, numbers: map[string]int{}}
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

// Rarity weighs words by how few of the texts at hand have them, so that what an office writes under all its texts counts
// little.
type Rarity struct {
	texts  int
	having map[string]int // by language and stem
}

// NewRarity weighs the words of all texts that are compared.
func NewRarity(all []Sketch) Rarity {
	r := Rarity{texts: len(all), having: map[string]int{}}
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

func (r Rarity) weight(lang, w string) float64 {
	return math.Log(float64(r.texts+12) / float64(r.having[lang+" "+w]+1))
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

// likeness compares two texts, each in one language.
func (r Rarity) likeness(a, b Sketch) Likeness {
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

// Compare compares two texts in all their languages and returns the greatest likeness.
func (r Rarity) Compare(a, b []Sketch) Likeness {
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

// askedWords is how many words of a title are looked for.
const askedWords = 24

// AnyWord is a query for to_tsquery('simple', …) that finds what has two words of one of the titles, by language, or as many
// as there are.
func AnyWord(titles map[string]string) string {
	var pairs []string
	for _, lang := range slices.Sorted(maps.Keys(titles)) {
		var words []string
		for _, w := range strings.Fields(search.Fold(titles[lang])) {
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
// text is compared with its translation.
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

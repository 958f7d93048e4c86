// Package coach reads the text of a commitment and says which of nine elements it sees there: who acts, what exactly is
// done, for whom, where, how much, from where to where, by when, with what. It serves the writer as advice and the reviewer
// as a quick look; it decides nothing.
//
// It stands apart from the pledges, which use it, since it is a function of texts alone: no database, no request, no form.
// So its rules can be measured on labelled texts, fuzzed and timed without a portal around them, and a text of another kind
// (a practice, a concept note) can be read by the same rules. There is a file of rules for each language in rules/; English
// and French are measured, the others are a first version.
package coach

import (
	"slices"
	"strings"
	"unicode"

	"portal/internal/date"
	"portal/internal/i18n"
)

// Element is what a commitment says of itself when it can be followed up.
type Element string

// The elements.
const (
	Action      Element = "action"      // an act of which one can tell whether it has happened
	Actor       Element = "actor"       // the body that acts, by name
	Beneficiary Element = "beneficiary" // the people who gain
	Place       Element = "place"       // where
	Number      Element = "number"      // how many or how much
	Baseline    Element = "baseline"    // how it stands today
	Target      Element = "target"      // the level to be reached
	Date        Element = "date"        // when
	Resources   Element = "resources"   // money, posts or things given for it
)

// Elements lists the elements in the order in which they are shown.
var Elements = []Element{Action, Actor, Beneficiary, Place, Number, Baseline, Target, Date, Resources}

// Seen are the elements that were seen, each with the words in which.
type Seen map[Element]string

// Has says whether the element was seen.
func (s Seen) Has(e Element) bool { _, ok := s[e]; return ok }

// The levels.
const (
	Lowest  = 1
	Highest = 4
)

// Level is how firm a commitment with these elements is: 1 with under four of the nine; 2 with four or five; 3 with six or
// seven, among them actor, action and date; 4 with eight or nine, among them number and date. What lacks the elements of
// its level is of the next lower one, and is asked for those in turn.
func (s Seen) Level() int {
	level := s.byCount()
	for ; level > Lowest && len(s.lacking(level)) > 0; level-- {
	}
	return level
}

// Lacking are the elements without which the commitment is of a lower level than their number would give it.
func (s Seen) Lacking() []Element {
	var all []Element
	for level := s.byCount(); level > s.Level(); level-- {
		for _, e := range s.lacking(level) {
			if !slices.Contains(all, e) {
				all = append(all, e)
			}
		}
	}
	return all
}

// byCount is the level by the number of elements alone.
func (s Seen) byCount() int {
	switch n := len(s); {
	case n >= 8:
		return 4
	case n >= 6:
		return 3
	case n >= 4:
		return 2
	}
	return Lowest
}

// lacking are the elements that a level asks for and that are not seen.
func (s Seen) lacking(level int) []Element {
	var all []Element
	for _, e := range map[int][]Element{3: {Actor, Action, Date}, 4: {Number, Date}}[level] {
		if !s.Has(e) {
			all = append(all, e)
		}
	}
	return all
}

// mostRead is how much of a text is read, in bytes: more than any form takes, so that a text of a million characters costs
// no more than a long one.
const mostRead = 30_000

// mostShown is how many characters of the words are shown in which an element was seen.
const mostShown = 90

// Reader reads texts. It is safe for use by several readers at once.
type Reader struct {
	countries map[i18n.Lang]*lexicon
}

// NewReader returns a reader who knows the names of the countries in each language.
func NewReader(countries func(i18n.Lang) []string) *Reader {
	r := &Reader{countries: map[i18n.Lang]*lexicon{}}
	for _, l := range i18n.All {
		known := newLexicon()
		for _, name := range countries(l) {
			for _, form := range namesOf(name) {
				known.add(form)
			}
		}
		r.countries[l] = known
	}
	return r
}

// namesOf are the forms of a country's official name that a text may have: without what stands in brackets, and without
// what kind of State it is.
func namesOf(name string) []string {
	forms := []string{name}
	if short, _, ok := strings.Cut(name, "("); ok {
		forms = append(forms, short)
	}
	for _, kind := range []string{"United Republic of ", "Republic of ", "Democratic Republic of the ", "République-Unie de ", "République de ", "República Unida de ", "República de "} {
		if short, ok := strings.CutPrefix(name, kind); ok {
			forms = append(forms, short)
		}
	}
	return forms
}

// Read says what it sees in the texts, which are in the language; today decides which dates are still to come. Words are
// those of the first text that has the element. A language without rules is read as English; any text is accepted.
func (r *Reader) Read(lang i18n.Lang, today date.Date, texts ...string) Seen {
	if !lang.Known() {
		lang = i18n.English
	}
	seen := Seen{}
	rules := rulesOf(lang)
	for _, text := range texts {
		if len(text) > mostRead {
			text = text[:mostRead]
		}
		text = strings.ToValidUTF8(text, " ")
		for e, words := range rules.read(text, r.countries[lang], today) {
			if !seen.Has(e) {
				seen[e] = words
			}
		}
	}
	return seen
}

// Sentences takes a text apart where a reader would pause.
func Sentences(text string) []string {
	if len(text) > mostRead {
		text = text[:mostRead]
	}
	text = strings.ToValidUTF8(text, " ")
	var all []string
	from := 0
	for _, t := range tokens(text) {
		if t.word == stop && t.start >= from {
			if one := strings.TrimSpace(text[from:t.end]); strings.ContainsFunc(one, unicode.IsLetter) {
				all = append(all, one)
			}
			from = t.end
		}
	}
	return all
}

// shown makes words fit to be quoted: on one line, of some length.
func shown(words string) string {
	words = strings.Join(strings.Fields(words), " ")
	if r := []rune(words); len(r) > mostShown {
		cut := r[:mostShown]
		if i := slices.Index(cut[mostShown/2:], ' '); i >= 0 {
			for cut[len(cut)-1] != ' ' {
				cut = cut[:len(cut)-1]
			}
		}
		return strings.TrimSpace(string(cut)) + "…"
	}
	return words
}

package coach

import (
	"embed"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"portal/internal/i18n"
)

// A file of rules is a list of sections. A section has a [name] and, below it, patterns separated by commas; a section with
// the name of an element, or with a + behind it, is what the element is seen by.
//
// A pattern is a row of words, as fold writes them:
//
//	word      that word; word* one that begins so, *word one that ends so
//	a/b       either
//	word?     that word or none; not at the beginning
//	..5       up to five words, whatever they are; not over the end of a sentence
//	.         the end of a sentence, and the beginning of the text
//	<name>    what a section above has found; or one of <digits> <year> <past> <future> <day> <Name> <country>, which the
//	          program finds: a number, a year and whether it is over, a day in digits, a word with a capital letter within a
//	          sentence, a country
//	!pattern  where this is found, nothing else of the section is
//
// Behind the [name], endings such as +a +ons may stand, with which each single word of the section is taken; + is none.

//go:embed rules/*.txt
var files embed.FS

// rules are the patterns of a language, ready to be used.
type rules struct {
	exact, prefix, suffix map[string]int
	names                 map[string]int // what stands in <>
	ids                   int
	sections              []section
	longest               int // of the prefixes, in bytes
}

type section struct {
	id      int
	element Element // "" for none
	// want and deny are the patterns by what they begin with.
	want, deny map[int][]pattern
}

// pattern is what follows the beginning.
type pattern []atom

// atom is one word of a pattern, or a gap.
type atom struct {
	ids      []int
	optional bool
	gap      int
}

// What the program finds itself.
var found = []string{"digits", "year", "past", "future", "day", "Name", "country"}

const (
	foundDigits = iota
	foundYear
	foundPast
	foundFuture
	foundDay
	foundName
	foundCountry
)

var compiled sync.Map // of i18n.Lang to func() *rules

// rulesOf returns the rules of a language; they are read once.
func rulesOf(l i18n.Lang) *rules {
	once, _ := compiled.LoadOrStore(l, sync.OnceValue(func() *rules {
		raw, err := files.ReadFile("rules/" + string(l) + ".txt")
		if err != nil {
			panic(err) // they are part of the program
		}
		r, err := compile(string(raw))
		if err != nil {
			panic(fmt.Errorf("rules of %s: %w", l, err))
		}
		return r
	}))
	return once.(func() *rules)()
}

func compile(text string) (*rules, error) {
	r := &rules{exact: map[string]int{}, prefix: map[string]int{}, suffix: map[string]int{}, names: map[string]int{}}
	for _, name := range found {
		r.names[name] = r.next()
	}
	var endings []string
	var wrong []error
	for n, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if head, ok := strings.CutPrefix(line, "["); ok {
			name, rest, _ := strings.Cut(head, "]")
			endings = strings.Fields(strings.ReplaceAll(rest, "+", " +"))
			r.open(name)
			continue
		}
		if len(r.sections) == 0 {
			return nil, fmt.Errorf("line %d: a pattern before the first section", n+1)
		}
		for text := range strings.SplitSeq(line, ",") {
			if err := r.add(strings.TrimSpace(text), endings); err != nil {
				wrong = append(wrong, fmt.Errorf("line %d: %w", n+1, err))
			}
		}
	}
	return r, errors.Join(wrong...)
}

func (r *rules) next() int { r.ids++; return r.ids - 1 }

// open begins a section; one that has been open before goes on.
func (r *rules) open(name string) {
	id, ok := r.names[name]
	if !ok {
		id = r.next()
		r.names[name] = id
	}
	s := section{id: id, want: map[int][]pattern{}, deny: map[int][]pattern{}}
	if e := Element(strings.TrimSuffix(name, "+")); slices.Contains(Elements, e) {
		s.element = e
	}
	r.sections = append(r.sections, s)
}

func (r *rules) add(text string, endings []string) error {
	if text == "" {
		return nil
	}
	s := &r.sections[len(r.sections)-1]
	to := s.want
	if rest, ok := strings.CutPrefix(text, "!"); ok {
		text, to = rest, s.deny
	}
	if len(endings) > 0 && !strings.ContainsAny(text, " */<") {
		for _, ending := range endings {
			id := r.literal(text + strings.TrimPrefix(ending, "+"))
			to[id] = append(to[id], nil)
		}
		return nil
	}
	var atoms []atom
	for word := range strings.FieldsSeq(text) {
		a, err := r.atom(word)
		if err != nil {
			return fmt.Errorf("%q: %w", text, err)
		}
		atoms = append(atoms, a)
	}
	if atoms[0].optional || atoms[0].gap > 0 || atoms[len(atoms)-1].gap > 0 {
		return fmt.Errorf("%q begins or ends with what may be nothing", text)
	}
	for _, id := range atoms[0].ids {
		to[id] = append(to[id], atoms[1:])
	}
	return nil
}

func (r *rules) atom(word string) (atom, error) {
	if n, ok := strings.CutPrefix(word, ".."); ok {
		gap, err := strconv.Atoi(n)
		return atom{gap: gap}, err
	}
	var a atom
	if rest, ok := strings.CutSuffix(word, "?"); ok {
		word, a.optional = rest, true
	}
	if word == "/" {
		a.ids = []int{r.literal(word)}
		return a, nil
	}
	for one := range strings.SplitSeq(word, "/") {
		if name, ok := strings.CutPrefix(one, "<"); ok {
			id, known := r.names[strings.TrimSuffix(name, ">")]
			if !known {
				return a, fmt.Errorf("nothing above is called %s", one)
			}
			a.ids = append(a.ids, id)
			continue
		}
		if one == "" {
			return a, fmt.Errorf("an empty word in %q", word)
		}
		a.ids = append(a.ids, r.literal(one))
	}
	return a, nil
}

// literal returns the number of a word, of a beginning or of an ending.
func (r *rules) literal(word string) int {
	in := r.exact
	if rest, ok := strings.CutSuffix(word, "*"); ok {
		word, in = rest, r.prefix
	} else if rest, ok := strings.CutPrefix(word, "*"); ok {
		word, in = rest, r.suffix
	}
	if f := fold(word); f != "" {
		word = f
	}
	if in == nil {
		return -1
	}
	id, ok := in[word]
	if !ok {
		id = r.next()
		in[word] = id
		r.longest = max(r.longest, len(word))
	}
	return id
}

// of returns the numbers of all literals that a word is.
func (r *rules) of(word string, all []int) []int {
	if id, ok := r.exact[word]; ok {
		all = append(all, id)
	}
	for i := 1; i <= min(len(word), r.longest); i++ {
		if i < len(word) && !utf8.RuneStart(word[i]) {
			continue
		}
		if id, ok := r.prefix[word[:i]]; ok {
			all = append(all, id)
		}
	}
	for ending, id := range r.suffix { // they are few
		if strings.HasSuffix(word, ending) {
			all = append(all, id)
		}
	}
	return all
}

package search

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5"

	"portal/internal/database"
)

// Question is what a person asked for, as an index understands it: with the other forms of its words, with the same theme
// in other languages, and with words that nobody has written taken for those that they are nearest to.
type Question struct {
	// Typed is what was typed.
	Typed string
	// Corrected are the words that no document has and what they were taken for.
	Corrected []Correction
	// Some says that no document has all that is asked for, and that those are meant that have the most of it.
	Some  bool
	parts []part
	id    string // a public ID, when nothing else was typed
}

// Correction is a word that no document has, as it was typed, and the words that it was taken for.
type Correction struct {
	Word string
	For  []string
}

// Miss says in which way a question missed what is published.
type Miss string

// The ways to miss, the worst first.
const (
	Nothing   Miss = "nothing"   // nothing was found
	Some      Miss = "some"      // only what has the most of it
	Corrected Miss = "corrected" // only with words that nobody has written taken for others
)

// Misses lists the ways.
var Misses = []Miss{Nothing, Some, Corrected}

// Missed says in which way the question missed, given how many documents it found; "" when it found what it asked for, and
// for a public ID that there is not.
func (q Question) Missed(found int) Miss {
	switch {
	case q.id != "" || q.Typed == "":
		return ""
	case found == 0:
		return Nothing
	case q.Some:
		return Some
	case len(q.Corrected) > 0:
		return Corrected
	}
	return ""
}

// part is something that must be found, or must not: all words of any of its ways.
type part struct {
	not bool
	// exact says that no other form of the words is meant.
	exact bool
	// phrase is the expression that also asks for the order of the words; "" when the order does not matter.
	phrase string
	ways   [][]form
}

// form is a word with all that it is found by.
type form struct {
	text   string
	begins bool
	words  []string // others that are meant as well
	stems  []string // of all these words
}

// others are the words and stems that the form is found by, beside its text.
func (f form) others() []string { return slices.Concat(f.words, f.stems) }

// expression is the form for to_tsquery('simple', …).
func (f form) expression() string {
	all := []string{Word{f.text, f.begins}.Expression()}
	for _, s := range f.others() {
		all = append(all, "'"+s+"'")
	}
	if len(all) == 1 {
		return all[0]
	}
	return "(" + strings.Join(all, " | ") + ")"
}

// Expression is the question for to_tsquery('simple', …), "" if it has no word.
func (q Question) Expression() string {
	var wanted, unwanted []string
	for _, p := range q.parts {
		text := p.phrase
		if text == "" {
			var ways []string
			for _, way := range p.ways {
				var words []string
				for _, f := range way {
					words = append(words, f.expression())
				}
				ways = append(ways, "("+strings.Join(words, " & ")+")")
			}
			text = "(" + strings.Join(ways, " | ") + ")"
		}
		if p.not {
			unwanted = append(unwanted, "!"+text)
		} else {
			wanted = append(wanted, text)
		}
	}
	if q.Some && len(wanted) > 0 {
		wanted = []string{"(" + strings.Join(wanted, " | ") + ")"}
	}
	return strings.Join(append(wanted, unwanted...), " & ")
}

// stemMark begins a stem in an index: a letter that no folded word has. The language follows, then the stem.
const stemMark = "ß"

// stems are a word's, by the languages that it may be of; stop says that it says nothing in one of them.
type stems struct {
	all  []string
	stop bool
}

// stemsOf asks the database, whose dictionaries also made the index (search_stems in the migration).
func stemsOf(ctx context.Context, q database.Querier, words []string) (map[string]stems, error) {
	rows, err := q.Query(ctx, `SELECT word, lang, stem FROM search_stems_of($1)`, words)
	if err != nil {
		return nil, err
	}
	all := map[string]stems{}
	var word, lang string
	var stem *string
	_, err = pgx.ForEachRow(rows, []any{&word, &lang, &stem}, func() error {
		s := all[word]
		if stem == nil {
			s.stop = true
		} else {
			s.all = append(s.all, stemMark+lang+*stem)
		}
		all[word] = s
		return nil
	})
	return all, err
}

// Ask reads a question as the model understands it.
func (m Model) Ask(ctx context.Context, q database.Querier, typed string) (Question, error) {
	question := Question{Typed: typed}
	if id, ok := m.index.ID(typed); ok {
		question.id = id
		return question, nil
	}
	terms := Terms(typed)
	var words []string
	for _, t := range terms {
		for _, w := range t.Words {
			words = append(words, w.Text)
		}
	}
	known, err := stemsOf(ctx, q, words)
	if err != nil {
		return question, fmt.Errorf("the forms of the words: %w", err)
	}
	says := slices.ContainsFunc(terms, func(t Term) bool { return !t.Not && !stops(t, known) })
	for _, t := range terms {
		if says && !t.Not && stops(t, known) {
			continue
		}
		p := part{not: t.Not, exact: t.Exact, phrase: t.Phrase, ways: [][]form{nil}}
		for _, w := range t.Words {
			f := form{text: w.Text, begins: w.Begins}
			if !t.Exact {
				f.stems = known[w.Text].all
			}
			p.ways[0] = append(p.ways[0], f)
		}
		question.parts = append(question.parts, p)
	}
	lexicon, err := m.index.lexicon(ctx, q)
	if err != nil {
		return question, err
	}
	if err := m.correct(ctx, q, lexicon, &question); err != nil {
		return question, fmt.Errorf("words that nobody has written: %w", err)
	}
	question.parts = lexicon.widen(question.parts)
	for i := range question.parts {
		question.parts[i].unite()
	}
	return question, nil
}

// unite makes one way of those that are one word each: who has any of them is then looked up at once, and not a hundred times
// where a text has all the names of a theme. A word that may be the beginning of others is the first, or stays by itself.
func (p *part) unite() {
	ways := p.ways[:0:0]
	one := -1
	for _, way := range p.ways {
		switch {
		case len(way) != 1:
			ways = append(ways, way)
		case one < 0:
			one, ways = len(ways), append(ways, []form{way[0]})
		case way[0].begins:
			ways = append(ways, way)
		default:
			f := &ways[one][0]
			f.words, f.stems = slices.Concat(f.words, []string{way[0].text}), slices.Concat(f.stems, way[0].stems)
		}
	}
	p.ways = ways
}

// stops says whether a term is one word that says nothing, such as an article.
func stops(t Term, known map[string]stems) bool {
	return len(t.Words) == 1 && !t.Exact && known[t.Words[0].Text].stop
}

// plain says whether the part is one word that may be anywhere, and returns it.
func (p part) plain() (form, bool) {
	if p.not || p.exact || len(p.ways) != 1 || len(p.ways[0]) != 1 {
		return form{}, false
	}
	return p.ways[0][0], true
}

// same says whether two forms are the same word, or forms of it.
func (f form) same(other form) bool {
	return f.text == other.text || slices.ContainsFunc(f.stems, func(s string) bool { return slices.Contains(other.stems, s) })
}

// alphabetic says whether a word is of letters that have a spelling to go wrong in, and long enough for it.
func alphabetic(word string) bool {
	n := 0
	for _, r := range word {
		if !unicode.IsLetter(r) || unicode.In(r, withoutSpaces...) {
			return false
		}
		n++
	}
	return n >= 4
}

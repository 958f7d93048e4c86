package search

import (
	"context"
	"slices"
	"strings"

	"portal/internal/database"
)

// nearestMost is how many words a misspelt one is taken for.
const nearestMost = 3

// correct looks for the words that no document has, and asks for those that are nearest to them instead. A word in the name
// of a theme is right, whether a document has it or not.
func (m Model) correct(ctx context.Context, q database.Querier, l *lexicon, question *Question) error {
	at := map[int]form{}
	var first, last []string
	var places []int
	named := l.named(question.parts)
	for i, p := range question.parts {
		f, ok := p.plain()
		if !ok || named[i] || !alphabetic(f.text) {
			continue
		}
		at[i], places = f, append(places, i)
		first = append(first, f.text)
		if f.begins {
			last = append(last, f.text+"\U0010FFFF")
		} else {
			last = append(last, f.text)
		}
	}
	if len(places) == 0 {
		return nil
	}
	there, err := database.Values[bool](ctx, q, `SELECT EXISTS (SELECT FROM `+m.index.Name+`_words p WHERE p.word >= w.first COLLATE "C" AND p.word <= w.last COLLATE "C")
		FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w (first, last, at) ORDER BY w.at`, first, last)
	if err != nil {
		return err
	}
	for i, is := range there {
		f := at[places[i]]
		if is || m.hasStem(ctx, q, f) {
			continue
		}
		near, err := m.nearest(ctx, q, l, f.text)
		if err != nil {
			return err
		}
		if len(near) == 0 {
			continue
		}
		known, err := stemsOf(ctx, q, near)
		if err != nil {
			return err
		}
		p := part{}
		for _, word := range near {
			p.ways = append(p.ways, []form{{text: word, stems: known[word].all}})
		}
		question.parts[places[i]] = p
		question.Corrected = append(question.Corrected, Correction{Word: f.text, For: near})
	}
	return nil
}

// hasStem says whether a document has another form of the word. What cannot be asked is taken for yes: then nothing is
// corrected.
func (m Model) hasStem(ctx context.Context, q database.Querier, f form) bool {
	if len(f.stems) == 0 {
		return false
	}
	has, err := database.Value[bool](ctx, q, `SELECT EXISTS (SELECT FROM `+m.index.Name+`_words WHERE word = ANY($1))`, f.stems)
	return err != nil || has
}

// nearest are the words of the index and of themes that a word may be meant for, the nearest first: those that take the
// fewest changes of a letter, one for a short word and two for a longer one.
func (m Model) nearest(ctx context.Context, q database.Querier, l *lexicon, word string) ([]string, error) {
	candidates, err := database.Values[string](ctx, q, `SELECT word FROM `+m.index.Name+`_words
		WHERE word % $1 AND ascii(word) <> 223 ORDER BY similarity(word, $1) DESC, word LIMIT 100`, word)
	if err != nil {
		return nil, err
	}
	wanted := []rune(word)
	most := 1
	if len(wanted) > 6 {
		most = 2
	}
	type near struct {
		word  string
		steps int
	}
	var all []near
	for _, c := range slices.Concat(candidates, l.words) {
		if steps := distance(wanted, []rune(c)); steps <= most {
			all = append(all, near{c, steps})
		}
	}
	slices.SortStableFunc(all, func(a, b near) int {
		if a.steps != b.steps {
			return a.steps - b.steps
		}
		return strings.Compare(a.word, b.word)
	})
	var words []string
	for _, n := range all {
		if n.steps == all[0].steps && len(words) < nearestMost && !slices.Contains(words, n.word) {
			words = append(words, n.word)
		}
	}
	return words, nil
}

// distance is how many letters have to be put in, left out, changed, or swapped with their neighbour to make b of a.
func distance(a, b []rune) int {
	if d := len(a) - len(b); d > 3 || d < -3 {
		return 4
	}
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next := make([]int, len(b)+1)
		next[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			next[j] = min(last[j]+1, next[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, last = last, next
	}
	return last[len(b)]
}

package coach

import (
	"slices"
	"strconv"

	"portal/internal/date"
)

// hit is something found at a token: a literal or what a section says, over n tokens.
type hit struct{ id, n int }

// span is from a token up to another, which is left out.
type span struct{ from, to int }

// reading is a text that is being read.
type reading struct {
	tokens []token
	hits   [][]hit
}

// read returns the elements of a text with the words in which each is seen first, as many of them as belong together.
func (r *rules) read(text string, countries *lexicon, today date.Date) Seen {
	d := reading{tokens: tokens(text)}
	d.hits = make([][]hit, len(d.tokens))
	store := make([]hit, 0, 6*len(d.tokens))
	var ids []int
	for i, t := range d.tokens {
		ids = ids[:0]
		if t.kind == plain || t.kind == digits {
			ids = r.of(t.word, ids)
		}
		if t.bare != "" {
			ids = r.of(t.bare, ids)
		}
		from := len(store)
		for _, id := range ids {
			store = append(store, hit{id, 1})
		}
		store = t.found(store, today)
		if n := countries.at(d.tokens, i); n > 0 {
			store = append(store, hit{foundCountry, n})
		}
		d.hits[i] = store[from:len(store):len(store)]
	}
	seen := Seen{}
	first := map[Element]span{}
	blocked := make([]bool, len(d.tokens))
	for _, s := range r.sections {
		if s.element == "" {
			d.apply(s, blocked, func(span) {})
			continue
		}
		d.apply(s, blocked, func(at span) {
			if best, ok := first[s.element]; !ok || at.from < best.from || at.from == best.from && at.to > best.to {
				first[s.element] = at
			}
		})
	}
	for e, at := range first {
		for d.tokens[at.from].word == stop && at.from+1 < at.to {
			at.from++
		}
		seen[e] = shown(text[d.tokens[at.from].start:d.tokens[at.to-1].end])
	}
	return seen
}

// found adds what the program itself finds at a token.
func (t token) found(to []hit, today date.Date) []hit {
	switch t.kind {
	case digits:
		to = append(to, hit{foundDigits, 1})
	case year, day:
		n, _ := strconv.Atoi(t.word)
		when := foundFuture
		if n < today.Year() {
			when = foundPast
		}
		if t.kind == year {
			to = append(to, hit{foundYear, 1}, hit{when, 1})
		} else if when == foundFuture {
			to = append(to, hit{foundDay, 1})
		}
	case plain:
		if t.capital {
			to = append(to, hit{foundName, 1})
		}
	}
	return to
}

// apply finds a section's patterns, and tells where each is.
func (d *reading) apply(s section, blocked []bool, tell func(span)) {
	if len(s.deny) > 0 {
		clear(blocked)
		for i, at := range d.hits {
			for _, h := range at {
				for _, p := range s.deny[h.id] {
					if end, ok := d.match(p, i+h.n); ok {
						for k := i; k < end; k++ {
							blocked[k] = true
						}
					}
				}
			}
		}
	}
	for i := range d.hits {
		for _, h := range d.hits[i] { // not those that are added meanwhile
			for _, p := range s.want[h.id] {
				end, ok := d.match(p, i+h.n)
				if !ok || len(s.deny) > 0 && slices.Contains(blocked[i:end], true) {
					continue
				}
				if new := (hit{s.id, end - i}); !slices.Contains(d.hits[i], new) {
					d.hits[i] = append(d.hits[i], new)
				}
				tell(span{i, end})
			}
		}
	}
}

// match says whether the rest of a pattern stands at a token, and where it ends.
func (d *reading) match(rest pattern, at int) (end int, ok bool) {
	if len(rest) == 0 {
		return at, true
	}
	a := rest[0]
	if a.gap > 0 {
		for n := 0; n <= a.gap && at+n < len(d.tokens); n++ {
			if end, ok := d.match(rest[1:], at+n); ok {
				return end, true
			}
			if d.tokens[at+n].word == stop {
				break
			}
		}
		return 0, false
	}
	if at < len(d.tokens) {
		// The longest first: 12 million before 12.
		for _, h := range slices.Backward(d.hits[at]) {
			if slices.Contains(a.ids, h.id) {
				if end, ok := d.match(rest[1:], at+h.n); ok {
					return end, true
				}
			}
		}
	}
	if a.optional {
		return d.match(rest[1:], at)
	}
	return 0, false
}

// lexicon are names of one or more words.
type lexicon struct {
	byFirst map[string][][]string
}

func newLexicon() *lexicon { return &lexicon{byFirst: map[string][][]string{}} }

func (l *lexicon) add(name string) {
	var words []string
	for _, t := range tokens(name) {
		if t.word != stop {
			words = append(words, t.word)
		}
	}
	if len(words) == 0 || slices.ContainsFunc(l.byFirst[words[0]], func(other []string) bool { return slices.Equal(other, words) }) {
		return
	}
	l.byFirst[words[0]] = append(l.byFirst[words[0]], words)
}

// at returns how many tokens the longest name has that begins at a token; 0 for none.
func (l *lexicon) at(all []token, i int) int {
	longest := 0
	for _, start := range []string{all[i].word, all[i].bare} {
		for _, words := range l.byFirst[start] {
			if len(words) > longest && i+len(words) <= len(all) && follows(all[i+1:], words[1:]) {
				longest = len(words)
			}
		}
	}
	return longest
}

func follows(all []token, words []string) bool {
	for i, w := range words {
		if all[i].word != w {
			return false
		}
	}
	return true
}

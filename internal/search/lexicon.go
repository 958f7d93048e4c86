package search

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"portal/internal/database"
)

//go:embed themes.txt
var themesText string

// lexicon is what themes are called in the languages of the United Nations: who asks for one by any of its names finds it
// under all of them.
type lexicon struct {
	themes [][][]form // by theme, its names as words
	words  []string   // that have a spelling to go wrong in, each once
}

// lexicon is made once a process, with the dictionaries of the database.
func (x *Index) lexicon(ctx context.Context, q database.Querier) (*lexicon, error) {
	x.mu.Lock()
	l := x.themes
	x.mu.Unlock()
	if l != nil {
		return l, nil
	}
	l, err := readLexicon(ctx, q, themesText)
	if err != nil {
		return nil, fmt.Errorf("the names of themes: %w", err)
	}
	x.mu.Lock()
	x.themes = l
	x.mu.Unlock()
	return l, nil
}

// readLexicon reads a text with a theme a line: its names, divided by "=".
func readLexicon(ctx context.Context, q database.Querier, text string) (*lexicon, error) {
	var themes [][][]string
	var words []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		var names [][]string
		for name := range strings.SplitSeq(line, "=") {
			var one []string
			for w := range wordsOf(name) {
				if !w.tail {
					one = append(one, w.text)
				}
			}
			names, words = append(names, one), append(words, one...)
		}
		themes = append(themes, names)
	}
	known, err := stemsOf(ctx, q, words)
	if err != nil {
		return nil, err
	}
	l := &lexicon{}
	for _, names := range themes {
		var theme [][]form
		for _, name := range names {
			var one []form
			for _, word := range name {
				if known[word].stop && len(name) > 1 {
					continue
				}
				one = append(one, form{text: word, stems: known[word].all})
				if alphabetic(word) {
					l.words = append(l.words, word)
				}
			}
			theme = append(theme, one)
		}
		l.themes = append(l.themes, theme)
	}
	slices.Sort(l.words)
	l.words = slices.Compact(l.words)
	return l, nil
}

// widen asks for a theme by all its names where the parts, side by side, are one of them: the longest first.
func (l *lexicon) widen(parts []part) []part {
	var all []part
	for i := 0; i < len(parts); {
		theme, n := l.at(parts[i:])
		if n == 0 {
			all = append(all, parts[i])
			i++
			continue
		}
		wide := part{}
		if way, ok := oneWay(parts[i : i+n]); ok {
			wide.ways = append(wide.ways, way)
		}
		for _, name := range theme {
			if len(wide.ways) == 0 || !slices.EqualFunc(name, wide.ways[0], form.same) {
				wide.ways = append(wide.ways, name)
			}
		}
		all = append(all, wide)
		i += n
	}
	return all
}

// oneWay are the words of parts that leave no choice.
func oneWay(parts []part) (way []form, ok bool) {
	for _, p := range parts {
		if len(p.ways) != 1 {
			return nil, false
		}
		way = append(way, p.ways[0]...)
	}
	return way, true
}

// named says which of the parts are in the name of a theme.
func (l *lexicon) named(parts []part) []bool {
	all := make([]bool, len(parts))
	for i := 0; i < len(parts); {
		_, n := l.at(parts[i:])
		for k := range n {
			all[i+k] = true
		}
		i += max(n, 1)
	}
	return all
}

// at returns the theme whose name the first n parts are; 0 for none. A part that may be one of several words, since it was
// corrected, is any of them.
func (l *lexicon) at(parts []part) (theme [][]form, n int) {
	var asked [][]form    // by place in the name, what may stand there
	ends := map[int]int{} // how many parts the first words fill
	for i, p := range parts {
		if p.not || p.exact {
			break
		}
		if len(p.ways) == 1 {
			for _, f := range p.ways[0] {
				asked = append(asked, []form{f})
			}
		} else {
			var either []form
			for _, way := range p.ways {
				either = append(either, way[0])
			}
			asked = append(asked, either)
		}
		ends[len(asked)] = i + 1
	}
	is := func(f form, either []form) bool { return slices.ContainsFunc(either, f.same) }
	for _, t := range l.themes {
		for _, name := range t {
			if ends[len(name)] > n && slices.EqualFunc(name, asked[:len(name)], is) {
				theme, n = t, ends[len(name)]
			}
		}
	}
	return theme, n
}

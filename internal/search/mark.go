package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Piece is a part of a text: one that has a word of the question, or one that has none.
type Piece struct {
	Text  string
	Found bool
}

// Pieces takes a text apart into what the question asks for and what stands between. Joined they are the text.
func (q Question) Pieces(text string) []Piece {
	var forms []form
	for _, p := range q.parts {
		if !p.not {
			for _, way := range p.ways {
				forms = append(forms, way...)
			}
		}
	}
	if len(forms) == 0 {
		return []Piece{{Text: text}}
	}
	var all []Piece
	add := func(s string, found bool) {
		if s == "" {
			return
		}
		if n := len(all); n > 0 && all[n-1].Found == found {
			all[n-1].Text += s
			return
		}
		all = append(all, Piece{s, found})
	}
	for text != "" {
		n := strings.IndexFunc(text, inWord)
		if n < 0 {
			n = len(text)
		}
		add(text[:n], false)
		text = text[n:]
		end := strings.IndexFunc(text, func(r rune) bool { return !inWord(r) })
		if end < 0 {
			end = len(text)
		}
		token := text[:end]
		if r, _ := utf8.DecodeRuneInString(token); unicode.In(r, withoutSpaces...) {
			markRun(token, forms, add)
		} else {
			add(token, asked(token, forms))
		}
		text = text[end:]
	}
	return all
}

// inWord says whether the character is part of a word.
func inWord(r rune) bool { return unicode.In(r, unicode.L, unicode.M, unicode.Nd, unicode.Cf) }

// asked says whether a word is one of those asked for, or a form of it.
func asked(token string, forms []form) bool {
	for w := range wordsOf(token) {
		for _, f := range forms {
			if w.text == f.text || slices.Contains(f.words, w.text) || f.begins && strings.HasPrefix(w.text, f.text) {
				return true
			}
			for _, s := range f.stems {
				// The database knows the stem of a word; here the beginning must do, with a short ending.
				base := s[len(stemMark)+len("en"):]
				if rest, ok := strings.CutPrefix(w.text, base); ok && len([]rune(base)) >= 3 && len([]rune(rest)) <= 5 {
					return true
				}
			}
		}
	}
	return false
}

// markRun marks in a run of a script without spaces the pairs of characters that are asked for.
func markRun(run string, forms []form, add func(string, bool)) {
	runes := []rune(run)
	found := make([]bool, len(runes))
	for i := range runes {
		for _, f := range forms {
			for _, text := range slices.Concat([]string{f.text}, f.words) {
				part := []rune(text)
				if len(part) == 0 || i+len(part) > len(runes) || Fold(string(runes[i:i+len(part)])) != Fold(text) {
					continue
				}
				for j := range part {
					found[i+j] = true
				}
			}
		}
	}
	for i, r := range runes {
		add(string(r), found[i])
	}
}

// Passage returns at most about n characters of a text, from where the question is answered first; from the beginning when
// that is there, or nowhere. What is left out at the beginning is an ellipsis; the end is for the caller to cut.
func (q Question) Passage(text string, n int) string {
	before := 0 // characters
	for _, p := range q.Pieces(text) {
		if p.Found {
			break
		}
		before += utf8.RuneCountInString(p.Text)
	}
	runes := []rune(text)
	if before < n*2/3 || before >= len(runes) {
		return text
	}
	start := before - n/4
	for start < before && !unicode.IsSpace(runes[start]) {
		start++
	}
	return "… " + strings.TrimLeftFunc(string(runes[start:]), unicode.IsSpace)
}

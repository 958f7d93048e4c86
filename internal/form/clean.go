package form

import (
	"strings"
	"unicode/utf8"
)

// Clean makes typed text fit to be kept and shown: \n at line ends; without what cannot be stored (NUL, broken UTF-8); and
// without invisible characters that turn around the text beside them: embeddings and overrides of direction (U+202A to
// U+202E), and isolates (U+2066 to U+2069) that are not closed on their line. The marks of direction (LRM, RLM, ALM) and
// closed isolates, which turn nothing but themselves, stay.
func Clean(text string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	text = strings.ReplaceAll(text, "\x00", "")
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "")
	}
	if !strings.ContainsFunc(text, turns) {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = unturned(line)
	}
	return strings.Join(lines, "\n")
}

// turns says whether a character changes the direction of those beside it.
func turns(r rune) bool { return isEmbedding(r) || isIsolate(r) }

func isEmbedding(r rune) bool { return r >= '\u202a' && r <= '\u202e' }

func isIsolate(r rune) bool { return r >= '\u2066' && r <= '\u2069' }

// endIsolate closes the isolate that was opened last.
const endIsolate = '\u2069'

// unturned takes out of a line what turns more of it than it should.
func unturned(line string) string {
	runes := []rune(line)
	var open []int // places of the isolates that are not closed yet
	drop := map[int]bool{}
	for i, r := range runes {
		switch {
		case isEmbedding(r), r == endIsolate && len(open) == 0:
			drop[i] = true
		case r == endIsolate:
			open = open[:len(open)-1]
		case isIsolate(r):
			open = append(open, i)
		}
	}
	for _, i := range open {
		drop[i] = true
	}
	var kept strings.Builder
	for i, r := range runes {
		if !drop[i] {
			kept.WriteRune(r)
		}
	}
	return kept.String()
}

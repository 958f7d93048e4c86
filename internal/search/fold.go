// Package search prepares texts and questions in many languages for PostgreSQL's full-text search, so that people find
// a word however it is written: with or without accents, in capitals, with any digits, with the Arabic article or
// without.
//
// An Index is the read model of a public list: sets of documents by facet and by word, so that totals and counts of any
// combination of filters are exact and cost no look at the documents. A Model is an index at the moment of a transaction, a
// Selection what a filter leaves of it.
//
// Fold goes into to_tsvector('simple', …) and Query into to_tsquery('simple', …). Both take words apart in the same way
// and leave nothing in them that PostgreSQL's own parser would read as an address, a number with a sign or a file name.
package search

import (
	"iter"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	// maxFold bounds what is kept of a text, in bytes: PostgreSQL refuses a tsvector of more than 1 MB.
	maxFold = 400_000
	// maxWord bounds a word, in characters; the rest of it is left out, in texts and questions alike.
	maxWord = 60
)

// Fold returns the words of a text for to_tsvector('simple', …), separated by spaces: small letters without accents,
// European digits, and pairs of neighbours for scripts that put no spaces between words. Any text is accepted; of a very
// long one the first 400 KB of words are kept.
func Fold(text string) string {
	var b strings.Builder
	b.Grow(min(len(text), maxFold))
	for w := range wordsOf(text) {
		if b.Len()+1+len(w.text) > maxFold {
			break
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(w.text)
	}
	return b.String()
}

// word is one folded word.
type word struct {
	text string
	// pair marks two neighbours of a script without spaces; tail the last character of a run of them, which is indexed
	// besides so that every character begins some entry.
	pair, tail bool
}

// wordsOf takes a text apart.
func wordsOf(text string) iter.Seq[word] {
	return func(yield func(word) bool) {
		f := folder{yield: yield}
		for _, r := range norm.NFKC.String(strings.ToValidUTF8(text, " ")) {
			f.add(r)
			if f.done {
				return
			}
		}
		f.end()
	}
}

// folder collects the word at hand.
type folder struct {
	yield func(word) bool
	done  bool
	// current is the word so far; dense says that it is a run of a script without spaces.
	current []rune
	dense   bool
	// marks says that the marks on the last letter belong to it (Indic scripts) and are no accents.
	marks bool
}

func (f *folder) add(r rune) {
	if r < utf8.RuneSelf {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
			f.letter(r)
		case 'A' <= r && r <= 'Z':
			f.letter(r + 'a' - 'A')
		default:
			f.end()
		}
		return
	}
	switch {
	// The letters of most texts first: the tables below are slow to ask.
	case 0x4e00 <= r && r <= 0x9fff:
		f.ideograph(r)
	case 0x0400 <= r && r <= 0x045f, 0x0621 <= r && r <= 0x064a && r != tatweel, 0x00c0 <= r && r <= 0x024f && r != '×' && r != '÷':
		f.alphabetic(r)
	case r == tatweel || unicode.Is(unicode.Cf, r):
		// Lengthens a line, joins, or turns the direction: no part of the word.
	case unicode.Is(unicode.M, r):
		f.mark(r)
	case unicode.Is(unicode.Nd, r):
		f.letter('0' + digit(r))
	case !unicode.IsLetter(r):
		f.end()
	case unicode.In(r, withoutSpaces...):
		f.ideograph(r)
	case unicode.In(r, withAccents...):
		f.alphabetic(r)
	default:
		f.letter(unicode.ToLower(r))
		f.marks = true
	}
}

// letter adds one folded letter or digit.
func (f *folder) letter(r rune) {
	if f.dense {
		f.end()
	}
	f.current, f.marks = append(f.current, r), false
}

// ideograph adds a character of a script without spaces.
func (f *folder) ideograph(r rune) {
	if !f.dense {
		f.end()
		f.dense = true
	}
	f.current = append(f.current, r)
}

// alphabetic adds a letter without its accents.
func (f *folder) alphabetic(r rune) {
	r = unicode.ToLower(r)
	if r == 'й' { // a letter, not an и with an accent
		f.letter(r)
		return
	}
	if parts := norm.NFD.PropertiesString(string(r)).Decomposition(); parts != nil {
		r, _ = utf8.DecodeRune(parts)
	}
	plain, ok := alike[r]
	if !ok {
		f.letter(r)
		return
	}
	for _, p := range plain {
		f.letter(p)
	}
}

// mark adds a combining mark where it is part of the spelling, and leaves it out where it is an accent or a vowel sign.
func (f *folder) mark(r rune) {
	if f.marks && len(f.current) > 0 {
		f.current = append(f.current, r)
	}
}

// end finishes the word at hand.
func (f *folder) end() {
	current, dense := f.current, f.dense
	f.current, f.dense, f.marks = f.current[:0], false, false
	if len(current) == 0 || f.done {
		return
	}
	if !dense {
		if len(current) > maxWord {
			current = current[:maxWord]
		}
		f.give(word{text: string(withoutArticle(current))})
		return
	}
	for i := 1; i < len(current); i++ {
		f.give(word{text: string(current[i-1 : i+1]), pair: true})
	}
	f.give(word{text: string(current[len(current)-1:]), tail: len(current) > 1})
}

func (f *folder) give(w word) {
	if !f.done && !f.yield(w) {
		f.done = true
	}
}

const tatweel = 'ـ'

// withoutSpaces are the scripts whose words are not told apart by spaces; Korean has spaces but attaches particles.
var withoutSpaces = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar,
}

// withAccents are the scripts whose marks a reader leaves out when searching.
var withAccents = []*unicode.RangeTable{unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Arabic, unicode.Hebrew}

// alike are letters that people write for each other and that Unicode does not take apart.
var alike = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ð': "d", 'ħ': "h", 'ı': "i", 'ł': "l", 'ŋ': "n", 'þ': "th",
	'ς': "σ",
	'ٱ': "ا", 'ة': "ه", 'ى': "ي", 'ی': "ي", 'ې': "ي", 'ک': "ك", 'ہ': "ه", 'ھ': "ه", 'ە': "ه", 'ۃ': "ه",
}

// articles are the beginnings of Arabic words that are words of their own: the, and the, with the, like the, so the, for
// the. What must be left to take one off: two letters after the article, three after the others, which may belong to the
// word.
var articles = []struct {
	start []rune
	least int
}{
	{[]rune("ال"), 2}, {[]rune("وال"), 3}, {[]rune("بال"), 3}, {[]rune("كال"), 3}, {[]rune("فال"), 3}, {[]rune("لل"), 3},
}

func withoutArticle(w []rune) []rune {
	for _, a := range articles {
		if len(w) >= len(a.start)+a.least && slices.Equal(w[:len(a.start)], a.start) {
			return w[len(a.start):]
		}
	}
	return w
}

// digit is the value of a decimal digit of any script. Unicode keeps them in runs of ten, from zero to nine.
func digit(r rune) rune {
	for _, run := range unicode.Nd.R16 {
		if rune(run.Lo) <= r && r <= rune(run.Hi) {
			return (r - rune(run.Lo)) % 10
		}
	}
	for _, run := range unicode.Nd.R32 {
		if rune(run.Lo) <= r && r <= rune(run.Hi) {
			return (r - rune(run.Lo)) % 10
		}
	}
	return 0
}

package search

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxQuery bounds what is read of a question, in bytes, and maxTerms how many words of it count.
	maxQuery = 2000
	maxTerms = 20
)

// Query turns what a person typed into an expression for to_tsquery('simple', …) over what Fold has prepared, or "" if it
// has no word. All words must be found; words in quotation marks must stand side by side, and a word after a minus must
// not be there. The last word may be the beginning of a longer one. What is joined without a space (co-operation,
// l’emploi, a run of Chinese) is found by its parts, wherever they stand: an index knows that, while the order of words
// has to be looked up text by text. Of a long question the first 20 terms count. The expression is always valid, whatever
// was typed.
func Query(typed string) string {
	wanted, unwanted := sorted(typed)
	all := make([]string, 0, len(wanted)+len(unwanted))
	for _, t := range wanted {
		all = append(all, t.expression())
	}
	for _, t := range unwanted {
		all = append(all, "!"+t.expression())
	}
	return strings.Join(all, " & ")
}

// Term is a part of a question: words that must all be found, or with Not must not.
type Term struct {
	Words []Word
	Not   bool
	// Exact says that it was in quotation marks: no other form of its words is meant.
	Exact bool
	// Phrase is the expression for to_tsquery that also asks for their order, "" when the order does not matter.
	Phrase string
}

// Word is a word as Fold writes it; Begins asks for all words that begin with it.
type Word struct {
	Text   string
	Begins bool
}

// Expression is the word for to_tsquery('simple', …).
func (w Word) Expression() string {
	if w.Begins {
		return "'" + w.Text + "':*"
	}
	return "'" + w.Text + "'"
}

// Terms are the parts of the expression that Query gives: what has all that is wanted and nothing that is not, matches.
func Terms(typed string) []Term {
	wanted, unwanted := sorted(typed)
	var all []Term
	for _, t := range slices.Concat(wanted, unwanted) {
		one := Term{Not: t.not && len(unwanted) > 0, Exact: t.quoted}
		for i, w := range t.words {
			if !w.tail {
				one.Words = append(one.Words, Word{w.text, t.begins(i)})
			}
		}
		if t.quoted && len(one.Words) > 1 {
			one.Phrase = t.expression()
		}
		all = append(all, one)
	}
	return all
}

// sorted reads the question, and tells what is wanted from what is not.
func sorted(typed string) (wanted, unwanted []term) {
	for _, t := range terms(typed) {
		if t.not {
			unwanted = append(unwanted, t)
		} else {
			wanted = append(wanted, t)
		}
	}
	if len(wanted) == 0 { // a list mark before the only word, rather than "everything but"
		wanted, unwanted = unwanted, nil
	}
	if n := len(wanted); n > 0 && !wanted[n-1].quoted {
		wanted[n-1].open = true
	}
	return wanted, unwanted
}

// term is what stands between spaces, or between quotation marks: one word, or several side by side.
type term struct {
	words       []word
	not, quoted bool
	// open says that the last word may go on.
	open bool
}

// begins says that the word at the place may be the beginning of a longer one.
func (t term) begins(i int) bool {
	w := t.words[i]
	return t.open && i == len(t.words)-1 && w.long() || w.lone()
}

// expression is the term in PostgreSQL's syntax.
func (t term) expression() string {
	// Tails are not asked for, but they take up a place: what follows stands one further on.
	var b strings.Builder
	asked, step := 0, 0
	for i, w := range t.words {
		step++
		if w.tail {
			continue
		}
		switch {
		case asked == 0:
		case !t.quoted:
			b.WriteString(" & ")
		case step == 1:
			b.WriteString(" <-> ")
		default:
			b.WriteString(" <" + strconv.Itoa(step) + "> ")
		}
		asked, step = asked+1, 0
		b.WriteString(Word{w.text, t.begins(i)}.Expression())
	}
	if asked > 1 {
		return "(" + b.String() + ")"
	}
	return b.String()
}

// long says that the word may stand for longer ones without meaning nearly all of them.
func (w word) long() bool { return !w.pair && len([]rune(w.text)) > 1 }

// lone is a single character of a script without spaces: the beginning of the pairs that have it.
func (w word) lone() bool {
	r := []rune(w.text)
	return len(r) == 1 && unicode.In(r[0], withoutSpaces...)
}

// terms reads the question.
func terms(typed string) []term {
	if len(typed) > maxQuery {
		typed = typed[:maxQuery]
	}
	var all []term
	for typed != "" && len(all) < maxTerms {
		typed = strings.TrimLeftFunc(typed, unicode.IsSpace)
		t := term{}
		if rest, ok := cutAny(typed, "-−–"); ok {
			t.not, typed = true, rest
		}
		part := ""
		if rest, ok := cutAny(typed, "\"“”„«»"); ok {
			t.quoted = true
			part, typed = cutAt(rest, func(r rune) bool { return strings.ContainsRune("\"“”„«»", r) })
		} else {
			part, typed = cutAt(typed, unicode.IsSpace)
		}
		for w := range wordsOf(part) {
			t.words = append(t.words, w)
			if len(t.words) == maxTerms*4 {
				break
			}
		}
		if len(t.words) > 0 {
			all = append(all, t)
		}
	}
	return all
}

// cutAny takes one of the characters off the beginning.
func cutAny(s, chars string) (rest string, ok bool) {
	r, size := utf8.DecodeRuneInString(s)
	if size == 0 || !strings.ContainsRune(chars, r) {
		return s, false
	}
	return s[size:], true
}

// cutAt cuts before and after the first character that is wanted; without one, all is before.
func cutAt(s string, wanted func(rune) bool) (before, after string) {
	for i, r := range s {
		if wanted(r) {
			return s[:i], s[i+utf8.RuneLen(r):]
		}
	}
	return s, ""
}

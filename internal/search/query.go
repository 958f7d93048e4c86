package search

import (
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
// not be there. The last word may be the beginning of a longer one. Of a long question the first 20 terms count. The
// expression is always valid, whatever was typed.
func Query(typed string) string {
	var wanted, unwanted []term
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
	all := make([]string, 0, len(wanted)+len(unwanted))
	for _, t := range wanted {
		all = append(all, t.expression())
	}
	for _, t := range unwanted {
		all = append(all, "!"+t.expression())
	}
	return strings.Join(all, " & ")
}

// term is what stands between spaces, or between quotation marks: one word, or several side by side.
type term struct {
	words       []word
	not, quoted bool
	// open says that the last word may go on.
	open bool
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
		if asked > 0 {
			if step == 1 {
				b.WriteString(" <-> ")
			} else {
				b.WriteString(" <" + strconv.Itoa(step) + "> ")
			}
		}
		asked, step = asked+1, 0
		b.WriteString("'" + w.text + "'")
		if t.open && i == len(t.words)-1 && w.long() || w.lone() {
			b.WriteString(":*")
		}
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
		for w := range words(part) {
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

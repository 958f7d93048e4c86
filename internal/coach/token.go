package coach

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// token is a word, a number or a sign of a text.
type token struct {
	// word is folded: small letters without accents. bare is an Arabic word without what is written together with it, "" for
	// none.
	word, bare string
	// start and end are where it stands in the text, in bytes.
	start, end int
	kind       kind
	// capital says that it begins with a capital letter and no sentence begins with it.
	capital bool
}

type kind uint8

const (
	plain kind = iota
	digits
	year // four digits that look like a year
	day  // a day in digits
)

// stop is the word of a pause: the end of a sentence, and the beginning of the text.
const stop = "."

// tokens takes a text apart. Commas, brackets and quotation marks are left out: a rule looks over them.
func tokens(text string) []token {
	all := make([]token, 1, 16+len(text)/5)
	all[0] = token{word: stop}
	first := true
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case unicode.Is(unicode.Han, r):
			all = append(all, token{word: text[i : i+size], start: i, end: i + size})
			first = false
			i += size
		case unicode.IsLetter(r):
			end := wordEnd(text, i)
			t := token{word: fold(text[i:end]), start: i, end: end, capital: !first && unicode.IsUpper(r)}
			if t.word == "" { // nothing but marks
				i = end
				continue
			}
			t.bare = bare(t.word)
			all = append(all, t)
			first = false
			i = end
		case unicode.Is(unicode.Nd, r):
			t := number(text, i)
			all = append(all, t)
			first = false
			i = t.end
		case pauses(text, i, r, size):
			if all[len(all)-1].word != stop {
				all = append(all, token{word: stop, start: i, end: i + size})
			}
			first = true
			i += size
		case strings.ContainsRune("%$€£¥/№٪", r):
			word := string(r)
			if r == '٪' {
				word = "%"
			}
			all = append(all, token{word: word, start: i, end: i + size})
			i += size
		default:
			i += size
		}
	}
	return append(all, token{word: stop, start: len(text), end: len(text)})
}

// wordEnd is where the word ends that begins at i: letters with their marks, of one kind of script.
func wordEnd(text string, i int) int {
	for i < len(text) {
		r, size := utf8.DecodeRuneInString(text[i:])
		if r < utf8.RuneSelf {
			if !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z') {
				return i
			}
		} else if unicode.Is(unicode.Han, r) || !unicode.IsLetter(r) && !unicode.Is(unicode.M, r) && !unicode.Is(unicode.Cf, r) {
			return i
		}
		i += size
	}
	return i
}

// pauses says whether a sentence ends at the sign. A point does so before a space and what is no small letter and no digit
// of a short word ("no. 190").
func pauses(text string, i int, r rune, size int) bool {
	if strings.ContainsRune("!?;\n。！？；؟؛•", r) {
		return true
	}
	if r != '.' {
		return false
	}
	rest := strings.TrimLeft(text[i+size:], " \t\r\u00a0")
	if rest == "" || rest[0] == '\n' {
		return true
	}
	if len(rest) == len(text)-i-size {
		return false // nothing between the point and what follows
	}
	next, _ := utf8.DecodeRuneInString(rest)
	if unicode.Is(unicode.Nd, next) {
		short := text[:i]
		if at := strings.LastIndexAny(short, " \t\n("); at >= 0 {
			short = short[at+1:]
		}
		return len(short) > 3
	}
	return !unicode.IsLower(next)
}

// number reads the number that begins at i: with marks or spaces between thousands, or as a day.
func number(text string, i int) token {
	t := token{start: i, kind: digits}
	var b strings.Builder
	groups, group := 0, 0
	marks := 0
	mark := rune(0)
	for i < len(text) {
		r, size := utf8.DecodeRuneInString(text[i:])
		if unicode.Is(unicode.Nd, r) {
			b.WriteRune('0' + digit(r))
			group++
			i += size
			continue
		}
		next := text[i+size:]
		after, _ := utf8.DecodeRuneInString(next)
		if !unicode.Is(unicode.Nd, after) || marks > 5 {
			break
		}
		spaced := r == ' ' || r == '\u00a0' || r == '\u202f' || r == '\'' || r == '’'
		if spaced && (!thousand(next) || groups == 0 && group > 3) {
			break
		}
		if !spaced && r != '.' && r != ',' && r != '٬' && r != '٫' && !(r == '-' && dayFollows(text[t.start:])) && !(r == '/' && dayFollows(text[t.start:])) {
			break
		}
		if !spaced {
			b.WriteRune(r)
			mark = r
		}
		marks++
		groups, group = groups+1, 0
		i += size
	}
	t.word, t.end = b.String(), i
	switch {
	case groups == 0 && len(t.word) == 4 && (t.word[:2] == "19" || t.word[:2] == "20"):
		t.kind = year
	case (mark == '-' || mark == '/' || mark == '.') && yearOfDay(t.word) != "":
		t.kind = day
		t.word = yearOfDay(t.word)
	}
	return t
}

// thousand says whether the text begins with a group of exactly three digits.
func thousand(text string) bool {
	n := 0
	for _, r := range text {
		if !unicode.Is(unicode.Nd, r) {
			break
		}
		if n++; n > 3 {
			return false
		}
	}
	return n == 3
}

// dayFollows says whether the text begins with a day in digits, as 2027-12-31 or 31/12/2027.
func dayFollows(text string) bool {
	end := strings.IndexFunc(text, func(r rune) bool { return r != '-' && r != '/' && !(r >= '0' && r <= '9') })
	if end >= 0 {
		text = text[:end]
	}
	return yearOfDay(text) != ""
}

// yearOfDay is the year of a day in digits; "" for what is none.
func yearOfDay(text string) string {
	if len(text) < 8 || len(text) > 10 {
		return ""
	}
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == '-' || r == '/' || r == '.' })
	if len(parts) != 3 {
		return ""
	}
	y, d := parts[0], parts[2]
	if len(d) == 4 {
		y, d = d, y
	}
	if len(y) != 4 || y[:2] != "20" && y[:2] != "19" || len(d) > 2 || len(parts[1]) > 2 {
		return ""
	}
	return y
}

// digit relies on Unicode's promise that decimal digits come in runs of ten, from zero to nine.
func digit(r rune) rune {
	if r < utf8.RuneSelf {
		return r - '0'
	}
	for _, run := range unicode.Nd.R16 {
		if r >= rune(run.Lo) && r <= rune(run.Hi) {
			return (r - rune(run.Lo)) % 10
		}
	}
	for _, run := range unicode.Nd.R32 {
		if r >= rune(run.Lo) && r <= rune(run.Hi) {
			return (r - rune(run.Lo)) % 10
		}
	}
	return 0
}

// letters are written otherwise in the rules.
var letters = map[rune]string{'œ': "oe", 'æ': "ae", 'ß': "ss", 'ø': "o", 'ł': "l", 'ى': "ي", 'ة': "ه", 'ـ': "", 'أ': "ا", 'إ': "ا", 'آ': "ا", 'ٱ': "ا"}

// fold makes words comparable: small letters without accents.
func fold(word string) string {
	ascii := true
	for i := range len(word) {
		if c := word[i]; c >= utf8.RuneSelf {
			ascii = false
			break
		}
	}
	if ascii {
		return strings.ToLower(word)
	}
	var b strings.Builder
	for _, r := range norm.NFC.String(strings.ToLower(word)) {
		if other, ok := letters[r]; ok {
			b.WriteString(other)
			continue
		}
		if r < utf8.RuneSelf || 0x0430 <= r && r <= 0x044f && r != 'й' {
			b.WriteRune(r)
			continue
		}
		for _, part := range norm.NFKD.String(string(r)) {
			if !unicode.Is(unicode.M, part) && !unicode.Is(unicode.Cf, part) {
				b.WriteRune(part)
			}
		}
	}
	return b.String()
}

// bare takes and, with, for and the article off the beginning of an Arabic word; "" when there is nothing to take off.
func bare(word string) string {
	if word == "" || !unicode.Is(unicode.Arabic, firstRune(word)) {
		return ""
	}
	rest := word
	for _, start := range []string{"وبال", "وال", "فال", "بال", "كال", "ولل", "ال", "لل"} {
		if cut, ok := strings.CutPrefix(rest, start); ok && utf8.RuneCountInString(cut) >= 3 {
			return cut
		}
	}
	for _, start := range []string{"و", "ب", "ل", "ف"} {
		if cut, ok := strings.CutPrefix(rest, start); ok && utf8.RuneCountInString(cut) >= 3 {
			return cut
		}
	}
	return ""
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

package word

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"portal/internal/form"
	"portal/internal/i18n"
)

// blankPart stands for a part of a date that was not given.
const blankPart = "–"

// dateText is a date as it stands in the file: in words where it is a day of the calendar, else as it was typed.
func dateText(ctx context.Context, a form.Answers, name string) string {
	day, given, ok, _ := form.DateOf(a, name)
	switch {
	case !given:
		return ""
	case ok:
		return i18n.Day(ctx, day)
	}
	var parts []string
	for _, part := range []string{".day", ".month", ".year"} {
		typed := strings.Join(strings.Fields(a.First(name+part)), " ")
		if typed == "" {
			typed = blankPart
		}
		parts = append(parts, typed)
	}
	return strings.Join(parts, " / ")
}

var (
	slashed = regexp.MustCompile(`^([^/]*)/([^/]*)/([^/]*)$`)
	numbers = regexp.MustCompile(`\p{Nd}+`)
	ordinal = regexp.MustCompile(`(?i)(\p{Nd})(st|nd|rd|th|er|º|ª|-?го)\b`)
)

// readDate takes a date apart: "27 March 2027", "27/3/2027", "2027-03-27", "٢٧ آذار/مارس ٢٠٢٧"; day before month, as the
// hint says. What is none of these is returned as the day, as it was typed, so that the form says what is wrong with it.
func readDate(typed string) (day, month, year string) {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return "", "", ""
	}
	s := strings.ToLower(norm.NFKC.String(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, typed)))
	s = ordinal.ReplaceAllString(s, "$1")
	named, rest := monthIn(s)
	n := numbers.FindAllString(rest, -1)
	year4 := func(s string) bool { return len([]rune(s)) == 4 }
	switch {
	case named > 0 && len(n) == 2 && year4(n[1]):
		return plain(n[0]), strconv.Itoa(named), plain(n[1])
	case named > 0 && len(n) == 2 && year4(n[0]):
		return plain(n[1]), strconv.Itoa(named), plain(n[0])
	case named > 0 && len(n) == 1 && year4(n[0]):
		return "", strconv.Itoa(named), plain(n[0])
	case named == 0 && len(n) == 3 && onlyMarks(rest) && year4(n[2]):
		return plain(n[0]), plain(n[1]), plain(n[2])
	case named == 0 && len(n) == 3 && onlyMarks(rest) && year4(n[0]):
		return plain(n[2]), plain(n[1]), plain(n[0])
	}
	if m := slashed.FindStringSubmatch(typed); m != nil {
		part := func(s string) string {
			if s = strings.TrimSpace(s); s == blankPart || s == "-" {
				return ""
			}
			return s
		}
		return part(m[1]), part(m[2]), part(m[3])
	}
	return typed, "", ""
}

// plain is a number without zeros in front, in European digits.
func plain(n string) string {
	if clean, ok := form.ParseNumber(n); ok {
		return clean
	}
	return n
}

// onlyMarks says whether between the numbers there is nothing but what separates them, in any of the six languages.
func onlyMarks(s string) bool {
	for _, r := range s {
		if unicode.IsLetter(r) && !strings.ContainsRune("年月日г", r) {
			return false
		}
	}
	return true
}

// months are the names of the months in the six languages, in small letters; Arabic has two for each.
var months = sync.OnceValue(func() map[string]int {
	all := map[string]int{}
	for _, l := range i18n.All {
		for m := 1; m <= 12; m++ {
			for _, key := range []string{"common.month.", "common.day."} {
				if !i18n.Has(l, key+strconv.Itoa(m)) {
					continue
				}
				text := numbers.ReplaceAllString(i18n.TL(l, key+strconv.Itoa(m), "0", "0"), " ")
				for name := range strings.SplitSeq(strings.ToLower(norm.NFKC.String(text)), "/") {
					words := strings.Fields(name)
					name = strings.Join(words, " ")
					if trimmed := strings.TrimSuffix(strings.TrimPrefix(name, "de "), " de"); len([]rune(trimmed)) > 2 {
						all[trimmed] = m
					}
				}
			}
		}
	}
	return all
})

// monthIn finds the name of a month, the longest one that fits, or the first three letters or more of a name; rest is the
// text without it.
func monthIn(s string) (month int, rest string) {
	found := ""
	for name, m := range months() {
		if strings.Contains(s, name) && len(name) > len(found) {
			found, month = name, m
		}
	}
	if month > 0 {
		for name, m := range months() { // Arabic writes both names
			if m == month {
				s = strings.ReplaceAll(s, name, " ")
			}
		}
		return month, s
	}
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) }) {
		if len([]rune(w)) < 3 {
			continue
		}
		for name, m := range months() {
			if strings.HasPrefix(name, w) {
				if month > 0 && month != m {
					return 0, s
				}
				month, found = m, w
			}
		}
		if month > 0 {
			return month, strings.Replace(s, found, " ", 1)
		}
	}
	return 0, s
}

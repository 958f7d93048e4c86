package form

import (
	"net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"golang.org/x/net/idna"

	"portal/internal/date"
	"portal/internal/i18n"
)

// Day is a calendar day without a clock.
type Day = date.Date

// endless is the number of code points from which on they are counted themselves. No answer may be so long by far, and
// finding the characters of megabytes takes as long as a hundred pages.
const endless = 500_000

// Length counts a text's characters as a person counts them: grapheme clusters, without the spaces around the text,
// a line end as one. Of an endless text it counts the code points.
func Length(text string) int {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	if n := utf8.RuneCountInString(text); n > endless {
		return n
	}
	return uniseg.GraphemeClusterCount(text)
}

// ParseNumber reads a number as people write it: any digits, spaces, apostrophes, points or commas between thousands,
// a point or comma before decimals, a sign, a per cent sign after it. It returns the number in plain decimal notation.
// A single point or comma with exactly three digits behind it separates thousands.
func ParseNumber(typed string) (string, bool) {
	s := i18n.Digits(strings.TrimSpace(typed))
	s = strings.TrimSpace(strings.TrimRight(s, "%٪"))
	sign := ""
	if rest, ok := strings.CutPrefix(strings.NewReplacer("−", "-", "–", "-").Replace(s), "-"); ok {
		sign, s = "-", rest
	} else {
		s = strings.TrimPrefix(s, "+")
	}
	if !strings.ContainsAny(s, "0123456789") {
		return "", false
	}
	s = strings.NewReplacer("٬", ",", "٫", ".", "،", ",").Replace(s)
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '\'' || r == '’' {
			return -1
		}
		return r
	}, s)
	whole, fraction := s, ""
	if last := strings.LastIndexAny(s, ".,"); last >= 0 {
		mark := s[last : last+1]
		tail := s[last+1:]
		grouping := len(tail) == 3 && !(strings.ContainsAny(s[:last], ".,") && !strings.Contains(s[:last], mark))
		if strings.Count(s, mark) > 1 {
			grouping = true
		}
		if s[:last] == "0" || s[:last] == "" {
			grouping = false
		}
		if !grouping {
			whole, fraction = s[:last], tail
		}
	}
	if strings.ContainsAny(whole, ".,") && !grouped(whole) {
		return "", false
	}
	whole = strings.NewReplacer(".", "", ",", "").Replace(whole)
	if whole == "" {
		whole = "0"
	}
	if !plainDigits(whole) || (fraction != "" && !plainDigits(fraction)) || len(whole)+len(fraction) > 30 {
		return "", false
	}
	whole = strings.TrimLeft(whole, "0")
	if whole == "" {
		whole = "0"
	}
	if fraction = strings.TrimRight(fraction, "0"); fraction != "" {
		return sign + whole + "." + fraction, true
	}
	if whole == "0" {
		sign = ""
	}
	return sign + whole, true
}

func plainDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// grouped says whether points or commas stand only where thousands end.
func grouped(whole string) bool {
	parts := strings.FieldsFunc(whole, func(r rune) bool { return r == '.' || r == ',' })
	if len(parts) == 0 || len(parts[0]) == 0 || len(parts[0]) > 3 {
		return false
	}
	for _, p := range parts[1:] {
		if len(p) != 3 {
			return false
		}
	}
	return true
}

// DateOf reads the three controls of a date. given is false when all three are blank; ok is false when they are not a
// day of the calendar; part names the control to look at: "day", "month" or "year".
func DateOf(a Answers, name string) (d Day, given, ok bool, part string) {
	day, month, year := i18n.Digits(a.First(name+".day")), i18n.Digits(a.First(name+".month")), i18n.Digits(a.First(name+".year"))
	if day == "" && month == "" && year == "" {
		return Day{}, false, true, ""
	}
	for _, c := range []struct{ value, part string }{{day, "day"}, {month, "month"}, {year, "year"}} {
		if c.value == "" {
			return Day{}, true, false, c.part
		}
	}
	y, errYear := strconv.Atoi(year)
	m, errMonth := strconv.Atoi(month)
	n, errDay := strconv.Atoi(day)
	switch {
	case errYear != nil || y < 1900 || y > 2200:
		return Day{}, true, false, "year"
	case errMonth != nil || m < 1 || m > 12:
		return Day{}, true, false, "month"
	case errDay != nil || n < 1 || n > 31:
		return Day{}, true, false, "day"
	}
	t := time.Date(y, time.Month(m), n, 0, 0, 0, 0, time.UTC)
	if t.Day() != n { // 31 February
		return Day{}, true, false, "day"
	}
	return date.Of(t), true, true, ""
}

// CleanEmail takes out what is pasted along with an address: spaces around it, marks of the writing direction, "mailto:".
func CleanEmail(typed string) string {
	typed = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, strings.ToValidUTF8(typed, ""))
	typed = strings.TrimSpace(typed)
	if len(typed) > len("mailto:") && strings.EqualFold(typed[:len("mailto:")], "mailto:") {
		typed = typed[len("mailto:"):]
	}
	return typed
}

// ValidEmail says whether the text is one plain address with a dotted domain.
func ValidEmail(typed string) bool {
	typed = strings.TrimSpace(typed)
	address, err := mail.ParseAddress(typed)
	if err != nil || address.Address != typed || len(typed) > 254 {
		return false
	}
	_, domain, _ := strings.Cut(typed, "@")
	return strings.Contains(domain, ".") && !strings.HasPrefix(domain, "[") && !strings.HasSuffix(domain, ".")
}

// ValidURL says whether the text is an absolute http or https address.
func ValidURL(typed string) bool {
	u, err := url.Parse(strings.TrimSpace(typed))
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil
}

// EmailKey is the one spelling of an address by which it is found: small letters, the domain as in the DNS.
func EmailKey(email string) string {
	at := strings.LastIndexByte(email, '@')
	if at < 0 {
		return strings.ToLower(email)
	}
	domain := email[at+1:]
	if ascii, err := idna.Lookup.ToASCII(domain); err == nil {
		domain = ascii
	}
	return strings.ToLower(email[:at] + "@" + domain)
}

package money

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"portal/internal/i18n"
)

// Refusal says why what was typed is no amount; its text is the end of a key in the catalogue.
type Refusal string

// The refusals. None is an amount that was understood.
const (
	None        Refusal = ""
	NotNumber   Refusal = "number"
	Negative    Refusal = "negative"
	TooLarge    Refusal = "large"     // above Max
	TooPrecise  Refusal = "precise"   // more than two digits after the decimal mark
	Ambiguous   Refusal = "ambiguous" // 1.000 in English: a thousand, or one
	WrongGroups Refusal = "groups"    // 1,00,000
	Mixed       Refusal = "mixed"     // 1 000.000,50
	Exponent    Refusal = "exponent"  // 1e6
	Currency    Refusal = "currency"  // €12
)

var (
	currency  = regexp.MustCompile(`(?i)^(?:USD|US ?\$|\$ ?US|\$) ?| ?(?:USD|US ?\$|\$ ?US|\$)$`)
	foreign   = regexp.MustCompile(`^(?:[A-Z]{3}|\p{Sc}) ?[0-9]|[0-9] ?(?:[A-Z]{3}|\p{Sc})$`)
	power     = regexp.MustCompile(`^[0-9][0-9., ']*(?:[eE][+-]?[0-9]+|(?: ?[x×*] ?10)? ?\^ ?-?[0-9]+)$`)
	number    = regexp.MustCompile(`^[0-9]+(?:[ ',.٬٫][0-9]+)*$`)
	separator = regexp.MustCompile(`[ ',.٬٫]`)
)

// Read understands an amount as people of the six languages type it: any decimal digits; thousands apart by a space, an
// apostrophe, a comma, a point or ٬; a comma, a point or ٫ before the cents; USD or $ at either end. What can be read in
// two ways is refused and never guessed: 1.000 is a thousand in Spanish, and refused in English and French. The script of
// the pages reads by the same rules (web/static), and a test holds the two together.
func Read(typed string, l i18n.Lang) (Amount, Refusal) {
	s := strings.Trim(plain(i18n.Digits(typed)), " ")
	inner, negative := unsigned(s)
	inner = currency.ReplaceAllString(inner, "")
	inner, second := unsigned(inner)
	switch {
	case power.MatchString(inner):
		return 0, Exponent
	case foreign.MatchString(inner):
		return 0, Currency
	case !number.MatchString(inner):
		return 0, NotNumber
	case negative || second:
		return 0, Negative
	}
	runs, seps := separator.Split(inner, -1), separator.FindAllString(inner, -1)
	dollars, cents, refused := split(runs, seps, MarksOf(l).Group)
	if refused != None {
		return 0, refused
	}
	return amount(dollars, cents)
}

// plain turns the many spaces, apostrophes, minus signs and commas into one of each.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || unicode.Is(unicode.Zs, r):
			return ' '
		case strings.ContainsRune("’‘ʼ′", r):
			return '\''
		case strings.ContainsRune("−–‐‑", r):
			return '-'
		case r == '،':
			return ','
		default:
			return r
		}
	}, s)
}

// unsigned takes off the signs of a negative amount: a minus at either end, or brackets around it.
func unsigned(s string) (string, bool) {
	rest := strings.TrimPrefix(strings.TrimSuffix(s, "-"), "-")
	if strings.HasPrefix(s, "(") && strings.HasSuffix(s, ")") && len(s) > 1 {
		rest = s[1 : len(s)-1]
	}
	return strings.Trim(rest, " "), rest != s
}

// split finds which of the runs of digits are dollars and which cents, from the marks between them. group is the
// language's mark between thousands.
func split(runs, seps []string, group rune) (dollars []string, cents string, refused Refusal) {
	if len(seps) == 0 {
		return runs, "", None
	}
	end := len(seps) - 1
	last, tail := seps[end], runs[end+1]
	decimal := strings.Contains(",.٫", last)
	switch {
	case end > 0 && same(seps): // 1,000,000
		dollars = runs
	case end > 0: // 1,000.50
		if !decimal || !same(seps[:end]) || seps[0] == "٫" {
			return nil, "", Mixed
		}
		dollars, cents = runs[:end+1], tail
	case !decimal: // 1 000
		dollars = runs
	case last == "٫" || len(tail) < 3: // 1.50
		dollars, cents = runs[:1], tail
	case len(tail) > 3 || len(runs[0]) > 3 || runs[0][0] == '0': // 1000.000, 0.500
		if last == string(group) {
			return nil, "", WrongGroups
		}
		return nil, "", TooPrecise
	case last != string(group): // 1.000
		return nil, "", Ambiguous
	default:
		dollars = runs
	}
	switch {
	case len(seps) > 0 && seps[0] == "٫" && len(dollars) > 1:
		return nil, "", Mixed
	case !grouped(dollars):
		return nil, "", WrongGroups
	case len(cents) > 2:
		return nil, "", TooPrecise
	}
	return dollars, cents, None
}

func same(seps []string) bool {
	for _, s := range seps {
		if s != seps[0] {
			return false
		}
	}
	return true
}

// grouped says whether the runs are thousands: one to three digits, then three and three.
func grouped(runs []string) bool {
	if len(runs) == 1 {
		return true
	}
	if len(runs[0]) > 3 || runs[0][0] == '0' {
		return false
	}
	for _, r := range runs[1:] {
		if len(r) != 3 {
			return false
		}
	}
	return true
}

func amount(dollars []string, cents string) (Amount, Refusal) {
	for len(cents) < 2 {
		cents += "0"
	}
	digits := strings.TrimLeft(strings.Join(dollars, "")+cents, "0")
	if len(digits) > 18 { // more would not fit
		return 0, TooLarge
	}
	n, _ := strconv.ParseInt("0"+digits, 10, 64)
	if Amount(n) > Max {
		return 0, TooLarge
	}
	return Amount(n), None
}

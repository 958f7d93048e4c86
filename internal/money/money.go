// Package money holds exact amounts of US dollars: how they are read, written, added and rounded. Nothing here is a
// floating-point number.
//
// Amounts are whole cents. What is computed is rounded once, where it is computed (Percent), and totals are sums of the
// rounded amounts; so rows and columns of a budget add up to the same cent wherever they are added.
package money

import (
	"context"
	"strconv"
	"strings"

	"portal/internal/i18n"
)

// Amount is a sum of US dollars in cents.
type Amount int64

// Max is the largest amount that is read: ten million million dollars. Sums of several thousand of them still fit.
const Max Amount = 10_000_000_000_000_00

// whole is the number of basis points in the whole.
const whole = 10_000

// Percent is that many basis points of the amount (700 are 7 %), rounded half up to the cent. It is the one place where
// amounts are rounded. The amount must not be negative.
func Percent(of Amount, basisPoints int) Amount {
	rate := Amount(basisPoints)
	// Taken apart so that the product cannot overflow; the first part has nothing to round.
	return of/whole*rate + (of%whole*rate+whole/2)/whole
}

// Plain is the amount as it is kept and sent to machines: "1000.50", "1000". It reads the same in every language.
func (a Amount) Plain() string {
	dollars, cents := a/100, a%100
	if cents == 0 {
		return strconv.FormatInt(int64(dollars), 10)
	}
	return strconv.FormatInt(int64(dollars), 10) + "." + twoDigits(cents)
}

// Format writes the amount as the language does, always with cents, so that amounts stand below each other: 1,000.50. It
// names no currency: a page says once that amounts are US dollars. In a right-to-left language it is isolated, so that the
// text around it cannot turn it over.
func (a Amount) Format(l i18n.Lang) string {
	text := i18n.Number(i18n.WithLang(context.Background(), l), int64(a/100)) + string(MarksOf(l).Decimal) + twoDigits(a%100)
	if l.Dir() == "rtl" {
		return "\u2066" + text + "\u2069"
	}
	return text
}

// Rate writes basis points as a percentage, without the sign: 7, 7.25.
func Rate(basisPoints int, l i18n.Lang) string {
	text := i18n.Number(i18n.WithLang(context.Background(), l), basisPoints/100)
	if rest := basisPoints % 100; rest != 0 {
		text += string(MarksOf(l).Decimal) + twoDigits(Amount(rest))
	}
	return text
}

func twoDigits(cents Amount) string {
	return string([]byte{byte('0' + cents/10), byte('0' + cents%10)})
}

// Sample is an amount to show, in the reader's way of writing, what can be read.
const Sample Amount = 1_234_567_50

// Kept reads what Plain wrote, and nothing else: what was typed and not understood is kept as it was, and must not be read
// later in the language of somebody else.
func Kept(text string) (Amount, bool) {
	dollars, cents, _ := strings.Cut(text, ".")
	whole, err := strconv.ParseInt(dollars, 10, 64)
	if err != nil || whole < 0 || whole > int64(Max/100) {
		return 0, false
	}
	part, _ := strconv.ParseInt(cents, 10, 8) // without cents 0
	if a := Amount(whole*100 + part); a <= Max && a.Plain() == text {
		return a, true
	}
	return 0, false
}

// Why says why what is kept as it was typed was not understood. In which language it was typed is not known: one that
// understands it does not count.
func Why(typed string) Refusal {
	for _, l := range []i18n.Lang{i18n.English, i18n.French, i18n.Spanish} { // the ways of writing that there are
		if _, refused := Read(typed, l); refused != None {
			return refused
		}
	}
	return NotNumber // nobody wrote it by hand: it was never read
}

// Marks are the marks with which a language writes amounts.
type Marks struct{ Group, Decimal rune }

// marks are those of the six languages; groups are as i18n.Number writes them.
var marks = map[i18n.Lang]Marks{
	i18n.Arabic: {',', '.'}, i18n.Chinese: {',', '.'}, i18n.English: {',', '.'},
	i18n.French: {' ', ','}, i18n.Russian: {' ', ','}, i18n.Spanish: {'.', ','},
}

// MarksOf returns the marks of the language; what is none of the six writes as English does. A Group of ' ' stands for any
// space.
func MarksOf(l i18n.Lang) Marks {
	if m, ok := marks[l]; ok {
		return m
	}
	return marks[i18n.English]
}

package i18n

import (
	"strings"
	"unicode"
)

// Digits turns every decimal digit (Arabic-Indic, Persian, Devanagari, full width) into 0-9, and takes out the marks of
// writing direction that come along when a number is pasted from a right-to-left text.
func Digits(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < 0x80:
			return r
		case unicode.Is(unicode.Bidi_Control, r):
			return -1
		case unicode.Is(unicode.Nd, r):
			return '0' + digitValue(r)
		default:
			return r
		}
	}, s)
}

// digitValue relies on Unicode's promise that decimal digits come in runs of ten, from zero to nine.
func digitValue(r rune) rune {
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

package practice

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// known are acronyms that every reader knows, and words that are written like one.
var known = map[string]bool{"UN": true, "COVID": true, "COVID-19": true, "ID": true, "TV": true, "SMS": true, "HIV": true, "AIDS": true, "USA": true, "USD": true, "EUR": true,
	"ONU": true, "SIDA": true, "VIH": true, "ООН": true, "ВИЧ": true, "СПИД": true}

// capitals is a run of two to eight capitals or digits that begins with a capital, in scripts that have capitals.
var capitals = regexp.MustCompile(`\p{Lu}[\p{Lu}\d]+(?:-\d+)?`)

// Acronyms are the acronyms of a text that it does not explain, each once, in their order. One is explained that stands in
// brackets behind words, or before words in brackets: "a one-stop shop (OSS)", "OSS (one-stop shop)". A text that shouts has
// none. It is for advice: nothing is refused for it.
func Acronyms(text string) []string {
	if shouts(text) {
		return nil
	}
	var all []string
	explained := map[string]bool{}
	for _, at := range capitals.FindAllStringIndex(text, -1) {
		word := text[at[0]:at[1]]
		before, after := text[:at[0]], text[at[1]:]
		if letter(lastRune(before)) || letter(firstRune(after)) || known[word] || len([]rune(word)) > 8 || roman(word) {
			continue // a part of a word: McDONALD, IPv6
		}
		if strings.HasSuffix(strings.TrimSpace(before), "(") || strings.HasPrefix(strings.TrimSpace(after), "(") {
			explained[word] = true
		}
		if !slices.Contains(all, word) {
			all = append(all, word)
		}
	}
	return slices.DeleteFunc(all, func(word string) bool { return explained[word] })
}

func letter(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func lastRune(s string) (last rune) {
	for _, r := range s[max(0, len(s)-4):] {
		last = r
	}
	return last
}

func firstRune(s string) rune {
	for _, r := range s {
		return r
	}
	return 0
}

// roman says whether it is a numeral of a chapter or a phase.
func roman(word string) bool { return strings.Trim(word, "IVX") == "" }

// shouts says whether a text is written in capitals altogether.
func shouts(text string) bool {
	upper, lower := 0, 0
	for _, r := range text {
		switch {
		case unicode.IsUpper(r):
			upper++
		case unicode.IsLower(r):
			lower++
		}
	}
	return upper > 8 && lower < upper/4
}

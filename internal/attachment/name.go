package attachment

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"golang.org/x/text/unicode/norm"
)

// maxNameBytes keeps a name, and a number added to it, below what file systems take (255 bytes).
const maxNameBytes = 200

// cleanName makes of what a browser sent a name that is safe to show and to save under: no path, nothing invisible that
// hides or turns other characters, one line, not too long. Letters of all scripts stay.
func cleanName(name string) string {
	name = strings.ToValidUTF8(name, "")
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), r == '\u2028', r == '\u2029':
			return ' '
		case unicode.IsControl(r), invisible(r):
			return -1
		}
		return r
	}, name)
	name = norm.NFC.String(strings.Join(strings.Fields(name), " "))
	base, ext := split(strings.TrimRight(name, " ."))
	base = strings.Trim(base, " .")
	if base == "" {
		base = "file"
	}
	if len(ext) > maxNameBytes/2 { // no extension that anybody takes; it stays a name
		base, ext = base+ext, ""
	}
	return shorten(base, maxNameBytes-len(ext)) + ext
}

// invisible are the characters that only change how others are read: overrides of direction, zero-width spaces, tags of
// annotations. The joiners stay: Persian and the scripts of India are wrong without them, and so are many emoji.
func invisible(r rune) bool {
	switch {
	case r == '\u00ad', r == '\u061c', r == '\u180e', r == '\u200b', r == '\u200e', r == '\u200f', r == '\ufeff',
		r >= '\u202a' && r <= '\u202e', r >= '\u2060' && r <= '\u206f', r >= '\ufff9' && r <= '\ufffd':
		return true
	}
	return r&0xfffe == 0xfffe || r >= '\ufdd0' && r <= '\ufdef' // not characters at all
}

// split cuts a name before its extension. A name that begins with a dot and has no other is all extension.
func split(name string) (base, ext string) {
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		return name, ""
	}
	return name[:i], name[i:]
}

// extension is what the name says the file is: "pdf".
func extension(name string) string {
	_, ext := split(name)
	return strings.ToLower(strings.TrimPrefix(ext, "."))
}

// shorten cuts a text to a number of bytes, between characters as a person counts them.
func shorten(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	end := 0
	for g := uniseg.NewGraphemes(s); g.Next(); {
		_, to := g.Positions()
		if to > limit {
			break
		}
		end = to
	}
	if end == 0 { // one character longer than all
		for end = limit; end > 0 && !utf8.RuneStart(s[end]); end-- {
		}
	}
	return strings.TrimRight(s[:end], " .")
}

// unique numbers a name that others have: "report (2).pdf". Upper and lower case are the same, as on many computers.
func unique(name string, taken []string) string {
	has := map[string]bool{}
	for _, t := range taken {
		has[strings.ToLower(t)] = true
	}
	base, ext := split(name)
	for n := 2; has[strings.ToLower(name)]; n++ {
		name = base + " (" + strconv.Itoa(n) + ")" + ext
	}
	return name
}

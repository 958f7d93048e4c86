package form_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"portal/internal/form"
)

func TestClean(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, typed, want string }{
		{"nothing", "", ""},
		{"plain text", " Fair recruitment \n", " Fair recruitment \n"},
		{"line ends", "a\r\nb\rc\n", "a\nb\nc\n"},
		{"a NUL", "a\x00b", "ab"},
		{"broken UTF-8", "a\xffb", "ab"},
		{"an override", "Pledge \u202efdp.exe", "Pledge fdp.exe"},
		{"an override that is closed", "a\u202eb\u202cc", "abc"},
		{"every embedding", "\u202aa\u202bb\u202cc\u202dd\u202ee", "abcde"},
		{"an embedding pasted from a word processor", "\u202bالرباط\u202c", "الرباط"},
		{"an isolate that is not closed", "a\u2067b", "ab"},
		{"every isolate that is not closed", "\u2066a\u2067b\u2068c", "abc"},
		{"an isolate that is closed stays", "a \u2068الرباط\u2069 b", "a \u2068الرباط\u2069 b"},
		{"nested ones stay", "\u2067a\u2066b\u2069c\u2069", "\u2067a\u2066b\u2069c\u2069"},
		{"of two the outer one is not closed", "\u2067a\u2066b\u2069c", "a\u2066b\u2069c"},
		{"an end without a beginning", "a\u2069b", "ab"},
		{"an end before the beginning", "a\u2069b\u2067c", "abc"},
		{"closed on the next line is not closed", "a\u2067b\nc\u2069d", "ab\ncd"},
		{"each line by itself", "\u2067a\u2069\n\u2067b", "\u2067a\u2069\nb"},
		{"an override within an isolate", "\u2067a\u202eb\u2069", "\u2067ab\u2069"},
		{"marks of direction stay", "a\u200eb\u200fc\u061cd", "a\u200eb\u200fc\u061cd"},
		{"joiners stay", "می\u200cخواهم 👨\u200d👩", "می\u200cخواهم 👨\u200d👩"},
		{"Arabic, Chinese and Russian stay", "تَعَهُّد 全球契约 Договор", "تَعَهُّد 全球契约 Договор"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := form.Clean(c.typed); got != c.want {
				t.Errorf("Clean(%q) = %q, want %q", c.typed, got, c.want)
			}
		})
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a\u2067b\u2069\u202e\r\n\x00\xff\u2066")
	f.Fuzz(func(t *testing.T, typed string) {
		clean := form.Clean(typed)
		if !utf8.ValidString(clean) || strings.ContainsAny(clean, "\x00\r\u202a\u202b\u202c\u202d\u202e") {
			t.Fatalf("Clean(%q) = %q", typed, clean)
		}
		if again := form.Clean(clean); again != clean {
			t.Fatalf("Clean(%q) = %q, and again %q", typed, clean, again)
		}
		for line := range strings.SplitSeq(clean, "\n") {
			depth := 0
			for _, r := range line {
				switch r {
				case '\u2066', '\u2067', '\u2068':
					depth++
				case '\u2069':
					depth--
				}
				if depth < 0 {
					t.Fatalf("Clean(%q) = %q closes what is not open", typed, clean)
				}
			}
			if depth != 0 {
				t.Fatalf("Clean(%q) = %q leaves something open", typed, clean)
			}
		}
	})
}

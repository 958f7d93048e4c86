package form_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"portal/internal/form"
)

func TestLengthCountsAsAPersonCounts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		want       int
	}{
		{"nothing", "", 0},
		{"marks in a long text", strings.Repeat("e\u0301", 250_000), 250_000},
		{"marks in an endless text", strings.Repeat("e\u0301", 250_001), 500_002},
		{"only spaces", " \t\n ", 0},
		{"spaces around the text do not count", "  abc \n", 3},
		{"spaces between words do", "a b", 3},
		{"French, accents composed", "d\u00e9j\u00e0 vu", 7},
		{"French, accents as combining marks", "de\u0301ja\u0300 vu", 7},
		{"Vietnamese with stacked marks", "Vie\u0302\u0323t Nam", 8},
		{"Arabic without vowel marks", "تعهد", 4},
		{"Arabic with vowel marks", "تَعَهُّد", 4},
		{"Chinese", "全球契约", 4},
		{"Chinese outside the basic plane", "𠮷野家", 3},
		{"Russian", "Договор", 7},
		{"Hindi with a vowel sign", "भारत", 3},
		{"Thai", "สวัสดี", 4},
		{"Korean by jamo", "\u1112\u1161\u11ab\u1100\u116e\u11a8", 2},
		{"a face", "🙂", 1},
		{"a face with a skin tone", "👩🏽", 1},
		{"a family of four", "👨‍👩‍👧‍👦", 1},
		{"a flag", "🇰🇪", 1},
		{"two flags", "🇰🇪🇲🇦", 2},
		{"a rainbow flag", "🏳️‍🌈", 1},
		{"a keycap", "1️⃣", 1},
		{"a line end from Windows is one", "a\r\nb", 3},
		{"a line end from Unix is one", "a\nb", 3},
		{"bytes that are no text", "a\xffb", 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := form.Length(c.text); got != c.want {
				t.Errorf("Length(%q) = %d, want %d", c.text, got, c.want)
			}
		})
	}
}

func TestParseNumberReadsWhatPeopleWrite(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, typed, want string
		ok                bool
	}{
		{"a whole number", "1200", "1200", true},
		{"spaces around it", "  1200 ", "1200", true},
		{"a comma between thousands", "1,200", "1200", true},
		{"a point between thousands", "1.200", "1200", true},
		{"commas between thousands", "1,234,567", "1234567", true},
		{"points between thousands", "1.234.567", "1234567", true},
		{"a space between thousands", "1 234 567", "1234567", true},
		{"a narrow unbreakable space", "1\u202f234", "1234", true},
		{"an apostrophe between thousands", "1'234’567", "1234567", true},
		{"a decimal point", "0.5", "0.5", true},
		{"a decimal comma", "0,5", "0.5", true},
		{"a point without a whole part", ".5", "0.5", true},
		{"three decimals after zero", "0.125", "0.125", true},
		{"thousands and decimals, English", "1,234.50", "1234.5", true},
		{"thousands and decimals, German", "1.234,50", "1234.5", true},
		{"thousands and three decimals", "1,234.567", "1234.567", true},
		{"a decimal point with nothing behind it", "12.", "12", true},
		{"per cent", "71 %", "71", true},
		{"per cent, Arabic", "٧١٪", "71", true},
		{"Arabic-Indic digits", "١٢٠٠", "1200", true},
		{"Arabic-Indic digits with Arabic separators", "١٬٢٣٤٫٥", "1234.5", true},
		{"Arabic comma between thousands", "١،٢٠٠", "1200", true},
		{"Persian digits", "۱۲۳", "123", true},
		{"Devanagari digits", "१२३", "123", true},
		{"Bengali digits", "১২৩", "123", true},
		{"full-width digits", "１２３", "123", true},
		{"mathematical bold digits", "𝟏𝟐𝟑", "123", true},
		{"direction marks around it", "\u200f١٢\u200f", "12", true},
		{"a minus sign", "-5", "-5", true},
		{"a true minus sign", "−5", "-5", true},
		{"a plus sign", "+5", "5", true},
		{"minus zero is zero", "-0", "0", true},
		{"leading zeros go", "007", "7", true},
		{"decimal zeros go", "5.00", "5", true},
		{"nothing", "", "", false},
		{"a sign alone", "-", "", false},
		{"a point alone", ".", "", false},
		{"per cent alone", "%", "", false},
		{"words", "many", "", false},
		{"a number with its unit", "5 km", "", false},
		{"a range", "5-7", "", false},
		{"two signs", "--5", "", false},
		{"separators out of place", "1,23,456", "", false},
		{"an exponent", "1e5", "", false},
		{"hexadecimal", "0x10", "", false},
		{"infinity", "Inf", "", false},
		{"a fraction character", "½", "", false},
		{"superscripts are no digits", "m²", "", false},
		{"more digits than anybody counts", strings.Repeat("9", 31), "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, ok := form.ParseNumber(c.typed)
			if got != c.want || ok != c.ok {
				t.Errorf("ParseNumber(%q) = %q, %v; want %q, %v", c.typed, got, ok, c.want, c.ok)
			}
		})
	}
}

func TestDateOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name             string
		day, month, year string
		want             string
		given, ok        bool
		part             string
	}{
		{"nothing typed", "", " ", "", "", false, true, ""},
		{"a day", "27", "3", "2027", "2027-03-27", true, true, ""},
		{"a leading zero", "07", "03", "2027", "2027-03-07", true, true, ""},
		{"Arabic-Indic digits", "٢٧", "٣", "٢٠٢٧", "2027-03-27", true, true, ""},
		{"a leap day", "29", "2", "2028", "2028-02-29", true, true, ""},
		{"no leap day in that year", "29", "2", "2027", "", true, false, "day"},
		{"31 April", "31", "4", "2027", "", true, false, "day"},
		{"day 0", "0", "4", "2027", "", true, false, "day"},
		{"day 32", "32", "1", "2027", "", true, false, "day"},
		{"month 13", "1", "13", "2027", "", true, false, "month"},
		{"month 0", "1", "0", "2027", "", true, false, "month"},
		{"a month in words", "1", "March", "2027", "", true, false, "month"},
		{"a year in two digits", "1", "3", "27", "", true, false, "year"},
		{"a year too far away", "1", "3", "9999", "", true, false, "year"},
		{"the day is missing", "", "3", "2027", "", true, false, "day"},
		{"the month is missing", "27", "", "2027", "", true, false, "month"},
		{"the year is missing", "27", "3", "", "", true, false, "year"},
		{"an overflowing year", "1", "1", "99999999999999999999", "", true, false, "year"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := form.Answers{"due.day": {c.day}, "due.month": {c.month}, "due.year": {c.year}}
			d, given, ok, part := form.DateOf(a, "due")
			if given != c.given || ok != c.ok || part != c.part {
				t.Fatalf("given %v, ok %v, part %q; want %v, %v, %q", given, ok, part, c.given, c.ok, c.part)
			}
			if c.want != "" && d.String() != c.want {
				t.Errorf("the day is %s, want %s", d, c.want)
			}
		})
	}
}

func TestValidEmail(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]bool{
		"a.d@example.org":                         true,
		" a.d@example.org ":                       true,
		"amara+pledges@labour.gov.gh":             true,
		"вера@пример.рф":                          true,
		"":                                        false,
		"amara":                                   false,
		"amara@localhost":                         false,
		"amara@example.org, b@example.org":        false,
		"Amara <amara@example.org>":               false,
		"amara@[127.0.0.1]":                       false,
		"amara@example.org.":                      false,
		"amara@example.org\r\nBcc: x@y.z":         false,
		strings.Repeat("a", 250) + "@example.org": false,
	} {
		if got := form.ValidEmail(typed); got != want {
			t.Errorf("ValidEmail(%q) = %v", typed, got)
		}
	}
}

func TestValidURL(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]bool{
		"https://example.org":         true,
		"http://example.org/a?b=c#d":  true,
		" https://пример.рф/ ":        true,
		"":                            false,
		"example.org":                 false,
		"//example.org":               false,
		"javascript:alert(1)":         false,
		"data:text/html,x":            false,
		"ftp://example.org":           false,
		"https://":                    false,
		"https://user:pw@example.org": false,
		"https://exa mple.org":        false,
	} {
		if got := form.ValidURL(typed); got != want {
			t.Errorf("ValidURL(%q) = %v", typed, got)
		}
	}
}

func FuzzParseNumber(f *testing.F) {
	for _, seed := range []string{"", "1,200", "١٬٢٣٤٫٥", "-0", "1.234.567,89", "%", "1e5", "\u200f12", "𝟏𝟐𝟑"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		plain, ok := form.ParseNumber(typed)
		if !ok {
			if plain != "" {
				t.Fatalf("ParseNumber(%q) refuses but returns %q", typed, plain)
			}
			return
		}
		whole, fraction, _ := strings.Cut(strings.TrimPrefix(plain, "-"), ".")
		if whole == "" || strings.Trim(whole+fraction, "0123456789") != "" {
			t.Fatalf("ParseNumber(%q) = %q, which is not plain", typed, plain)
		}
		if len(fraction) != 3 { // 1.200 reads as thousands when it is read again
			if again, ok := form.ParseNumber(plain); !ok || again != plain {
				t.Fatalf("ParseNumber(%q) = %q, read again %q", typed, plain, again)
			}
		}
	})
}

func FuzzDateOf(f *testing.F) {
	f.Add("27", "3", "2027")
	f.Add("٢٧", "٣", "٢٠٢٧")
	f.Add("-1", "+3", "\x00")
	f.Fuzz(func(t *testing.T, day, month, year string) {
		d, given, ok, part := form.DateOf(form.Answers{"d.day": {day}, "d.month": {month}, "d.year": {year}}, "d")
		switch {
		case !given && !ok:
			t.Fatal("nothing was given, and that is wrong")
		case ok && part != "":
			t.Fatalf("right, yet there is something about the %s", part)
		case !ok && part != "day" && part != "month" && part != "year":
			t.Fatalf("wrong at %q", part)
		case given && ok && d.IsZero():
			t.Fatal("a day was given and is none")
		}
	})
}

func FuzzLength(f *testing.F) {
	f.Add("تَعَهُّد")
	f.Add("👨‍👩‍👧‍👦 \r\n\xff")
	f.Fuzz(func(t *testing.T, text string) {
		if n := form.Length(text); n < 0 || n > utf8.RuneCountInString(text) {
			t.Fatalf("Length(%q) = %d", text, n)
		}
	})
}

package attachment

import (
	"mime"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func TestCleanName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, given, want string }{
		{"as it is", "Annual report 2026 (final).pdf", "Annual report 2026 (final).pdf"},
		{"Arabic", "تعهد كينيا.docx", "تعهد كينيا.docx"},
		{"Chinese, Russian, emoji", "承诺 Обещание 👩‍👧.odt", "承诺 Обещание 👩‍👧.odt"},
		{"a joiner that Persian needs", "می\u200cخواهم.txt", "می\u200cخواهم.txt"},
		{"letters and marks of a Mac become one", "re\u0301sume\u0301.pdf", "résumé.pdf"},
		{"a path", "/etc/passwd.txt", "passwd.txt"},
		{"a path of Windows", `C:\fakepath\report.pdf`, "report.pdf"},
		{"a path upwards", "../../report.pdf", "report.pdf"},
		{"only a path", "a/", "file"},
		{"nothing", "", "file"},
		{"only dots", "..", "file"},
		{"only an extension", ".pdf", "file.pdf"},
		{"no extension", "report", "report"},
		{"dots and spaces at the ends", " .report . .pdf. ", "report.pdf"},
		{"line breaks", "a\r\nb\tc.pdf", "a b c.pdf"},
		{"a NUL", "a\x00b.pdf", "ab.pdf"},
		{"other controls", "a\x1b[31m\u0085b\x7f.pdf", "a[31m b.pdf"},
		{"turned around to hide its end", "invoice\u202efdp.exe", "invoicefdp.exe"},
		{"isolates and marks of direction", "\u2067a\u2069\u200f\u061cb.pdf", "ab.pdf"},
		{"invisible letters", "a\u200b\ufeff\u2060\u00adb.pdf", "ab.pdf"},
		{"not UTF-8", "a\xff\xfeb.pdf", "ab.pdf"},
		{"not characters", "a\uffff\ufdd0b.pdf", "ab.pdf"},
		{"line separators", "a\u2028b\u2029c.pdf", "a b c.pdf"},
		{"quotes and markup stay", `<b>"a"</b>;.pdf`, "b>;.pdf"},
		{"too long", strings.Repeat("a", 300) + ".pdf", strings.Repeat("a", 196) + ".pdf"},
		{"too long in Arabic", strings.Repeat("ت", 300) + ".pdf", strings.Repeat("ت", 98) + ".pdf"},
		{"cut between what a person counts", strings.Repeat("👩‍👧", 30) + ".pdf", strings.Repeat("👩‍👧", 17) + ".pdf"},
		{"one character longer than all", "a" + strings.Repeat("\u0301", 300) + ".pdf", ""},
		{"an extension longer than all", "a." + strings.Repeat("b", 300), "a." + strings.Repeat("b", 198)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := cleanName(c.given)
			if c.want != "" && got != c.want {
				t.Errorf("%q becomes %q, not %q", c.given, got, c.want)
			}
			checkName(t, got)
		})
	}
}

// checkName says what every clean name is.
func checkName(t *testing.T, name string) {
	t.Helper()
	if name == "" || len(name) > maxNameBytes || !utf8.ValidString(name) || strings.ContainsAny(name, "/\\") || strings.Trim(name, " .") != name {
		t.Errorf("%q is not clean", name)
	}
	for _, r := range name {
		if unicode.IsControl(r) || invisible(r) || unicode.Is(unicode.Bidi_Control, r) {
			t.Errorf("%q holds %U", name, r)
		}
	}
	if again := cleanName(name); again != name {
		t.Errorf("%q is %q when it is cleaned again", name, again)
	}
}

func FuzzCleanName(f *testing.F) {
	for _, seed := range []string{"", "report.pdf", `C:\a\b.docx`, "تعهد.pdf", "..", "a\u202eb.pdf", "a\u0301.pdf", strings.Repeat("👩‍👧", 50), "a. .b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, given string) {
		name := cleanName(given)
		checkName(t, name)
		if n := unique(name, []string{name, unique(name, []string{name})}); n == name || len(n) > 255 {
			t.Errorf("the third of name %q is %q", name, n)
		}
		kind, params, err := mime.ParseMediaType(disposition(name))
		if err != nil || kind != "attachment" || params["filename"] != name {
			t.Errorf("%q is sent as %s: read as %q, %v", name, disposition(name), params["filename"], err)
		}
	})
}

func TestNamesAreUnique(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		given string
		taken []string
		want  string
	}{
		{"a.pdf", nil, "a.pdf"},
		{"a.pdf", []string{"b.pdf"}, "a.pdf"},
		{"a.pdf", []string{"a.pdf"}, "a (2).pdf"},
		{"A.PDF", []string{"a.pdf", "a (2).pdf"}, "A (3).PDF"},
		{"a", []string{"a"}, "a (2)"},
		{"تعهد.pdf", []string{"تعهد.pdf"}, "تعهد (2).pdf"},
	} {
		if got := unique(c.given, c.taken); got != c.want {
			t.Errorf("%q beside %q is %q, not %q", c.given, c.taken, got, c.want)
		}
	}
}

func TestExtension(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"a.PDF": "pdf", "a.tar.gz": "gz", "a": "", "report.pdf.exe": "exe", "file.": ""} {
		if got := extension(name); got != want {
			t.Errorf("%q says %q, not %q", name, got, want)
		}
	}
}

func TestDisposition(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"report.pdf":          `attachment; filename="report.pdf"; filename*=UTF-8''report.pdf`,
		"Annual report 1.pdf": `attachment; filename="Annual report 1.pdf"; filename*=UTF-8''Annual%20report%201.pdf`,
		"résumé.pdf":          `attachment; filename="r_sum_.pdf"; filename*=UTF-8''r%C3%A9sum%C3%A9.pdf`,
		"تعهد.pdf":            `attachment; filename="file.pdf"; filename*=UTF-8''%D8%AA%D8%B9%D9%87%D8%AF.pdf`,
		`a"b;c%41'd*.pdf`:     `attachment; filename="a_b_c_41'd_.pdf"; filename*=UTF-8''a%22b%3Bc%2541%27d%2A.pdf`,
	} {
		if got := disposition(name); got != want {
			t.Errorf("%q is sent as\n%s, not\n%s", name, got, want)
		}
		if norm.NFC.String(norm.NFC.String(name)) != name {
			t.Errorf("%q is not in composed form", name)
		}
	}
}

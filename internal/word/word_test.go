package word_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/word"
)

// generator makes up answers as people give them, right and wrong.
type generator struct {
	*rand.Rand
	ctx context.Context
	v   *gcm.Vocabulary
}

var words = []string{
	"register", "migrants", "“smart quotes”", "it's", "<b>", "&amp;", "a < b", "\"x\"", "تسجيل", "المهاجرين", "регистрация", "登记", "👩‍👩‍👧", "é", "1,200", "50 %", "naïve\u00a0space",
	"[link](https://example.org)", "**bold**", "http://example.org/?a=1&b=2", "x", "☐", "word\u200bword", "two  blanks",
}

func (g generator) words(n int) string {
	var all []string
	for range 1 + g.IntN(n) {
		all = append(all, words[g.IntN(len(words))])
	}
	return strings.Join(all, " ")
}

// text is a long text with paragraphs, line ends and lists.
func (g generator) text() string {
	var b strings.Builder
	for range 1 + g.IntN(5) {
		switch g.IntN(3) {
		case 0:
			b.WriteString(g.words(12) + "\n\n")
		case 1:
			b.WriteString(g.words(6) + "\n" + g.words(6) + "\n\n\n")
		default:
			level := 0
			for range 1 + g.IntN(5) {
				mark := []string{"- ", "* ", "1. ", "7) "}[g.IntN(4)]
				b.WriteString(strings.Repeat("   ", level) + mark + "item " + g.words(5) + "\n")
				level = min(level+g.IntN(2), 3) * g.IntN(2)
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

func (g generator) answer(d *form.Definition, group, name string, f form.Field, a form.Answers) {
	switch f.Type {
	case form.Text:
		a[name] = []string{g.words(8)}
	case form.LongText:
		a[name] = []string{g.text()}
	case form.Email:
		a[name] = []string{[]string{"amina@migration.example", "no address", "a b@c"}[g.IntN(3)]}
	case form.Number:
		a[name] = []string{[]string{"1 200,50", "many", "٣٤٥"}[g.IntN(3)]}
	case form.Check:
		a[name] = []string{"yes"}
	case form.Date:
		day := [][3]string{{"27", "3", "2027"}, {"31", "2", "2027"}, {"", "3", "2027"}, {"soon", "", ""}, {"1", "", "2027"}, {"40", "13", "20"}}[g.IntN(6)]
		for i, part := range []string{".day", ".month", ".year"} {
			if day[i] != "" {
				a[name+part] = []string{day[i]}
			}
		}
	case form.Choice, form.Select, form.Choices, form.Objectives:
		options := d.OptionsOf(g.ctx, group, f, g.v)
		n := 1
		if f.Type == form.Choices || f.Type == form.Objectives {
			n += g.IntN(9)
		}
		for range n {
			value := options[g.IntN(len(options))].Value
			if g.IntN(12) == 0 {
				value = "Atlantis"
			}
			if !slices.Contains(a[name], value) {
				a[name] = append(a[name], value)
			}
		}
	}
}

func (g generator) form(d *form.Definition) form.Answers {
	a := form.Answers{}
	for _, s := range d.Steps {
		for _, f := range s.Fields {
			if g.IntN(4) == 0 {
				continue
			}
			if f.Type != form.Group {
				g.answer(d, "", f.ID, f, a)
				continue
			}
			for n := range g.IntN(5) {
				for i, sub := range f.Fields {
					if i == 0 || g.IntN(3) > 0 {
						g.answer(d, f.ID, form.RowName(f.ID, n, sub.ID), sub, a)
					}
				}
			}
		}
	}
	return a
}

// normal is how answers come back, as the package says.
func normal(d *form.Definition, a form.Answers) form.Answers {
	out := form.Answers{}
	one := func(name string, f form.Field) {
		for _, c := range form.Controls(name, f) {
			all := a.All(c)
			switch {
			case len(all) == 0:
				continue
			case f.Type == form.LongText:
				all = []string{word.Markdown(all[0])}
			case f.Type == form.Choices, f.Type == form.Objectives:
				all = slices.Sorted(slices.Values(all))
			default:
				all = []string{strings.Join(strings.Fields(strings.NewReplacer("\u00a0", " ", "\u200b", "").Replace(all[0])), " ")}
			}
			out[c] = all
		}
	}
	for _, s := range d.Steps {
		for _, f := range s.Fields {
			if f.Type != form.Group {
				one(f.ID, f)
				continue
			}
			for n := range a.Rows(f.ID) {
				for _, sub := range f.Fields {
					one(form.RowName(f.ID, n, sub.ID), sub)
				}
			}
		}
	}
	return out
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	t.Parallel()
	v := vocabulary(t)
	for _, lang := range []i18n.Lang{i18n.English, i18n.Arabic} {
		for seed := range uint64(15) {
			t.Run(fmt.Sprintf("%s %d", lang, seed), func(t *testing.T) {
				t.Parallel()
				ctx := in(t, lang)
				a := generator{rand.New(rand.NewPCG(seed, 7)), ctx, v}.form(pledges)
				r := read(t, write(t, ctx, pledges, v, a), v)
				got, want := normal(pledges, r.Answers), normal(pledges, a)
				for name := range want {
					if !slices.Equal(got[name], want[name]) {
						t.Errorf("%s: wrote %q, read %q, want %q", name, a[name], got[name], want[name])
					}
				}
				for name := range got {
					if want[name] == nil {
						t.Errorf("%s: read %q of nothing", name, got[name])
					}
				}
				if len(r.Loose)+len(r.Gone) > 0 || r.Other || r.Lang != lang || r.Tracked {
					t.Errorf("loose %q, gone %q, other %v, language %q, tracked %v", r.Loose, r.Gone, r.Other, r.Lang, r.Tracked)
				}
			})
		}
	}
}

// The files were filled in and saved by LibreOffice 7.4: boxes ticked, an x typed in front of one, answers typed over
// controls, a list made with the list button.
func TestFilesSavedByLibreOffice(t *testing.T) {
	t.Parallel()
	v := vocabulary(t)
	common := form.Answers{
		"on_behalf": {"own"}, "scope": {"countries"}, "type": {"individual"}, "natures": {"process_oriented"}, "objectives": {"21", "6"}, "principles": {"3"},
		"contact_email": {"amina@migration.example"}, "countries": {"KE", "UG"}, "indicators.0.target": {"1 200"},
		"indicators.0.due.day": {"27"}, "indicators.0.due.month": {"3"}, "indicators.0.due.year": {"2028"},
	}
	for lang, own := range map[i18n.Lang]form.Answers{
		i18n.English: {
			"title": {"Fair recruitment for every worker who leaves by 2028"}, "contact_name": {"Amina Otieno"}, "indicators.0.what": {"Agencies in the register"},
			"description": {"We will register every recruitment agency.\n\nInspectors will visit each of them:\n\n- twice a year\n- after every complaint\n\nThe register is public."},
		},
		i18n.Arabic: {
			"title": {"استقدام عادل لكل عامل يغادر البلاد بحلول عام 2028"}, "contact_name": {"أمينة عثمان"}, "indicators.0.what": {"الوكالات المسجلة"},
			"description": {"سنسجل جميع وكالات الاستقدام.\n\nويزور المفتشون كل وكالة:\n\n- مرتين في السنة\n- بعد كل شكوى\n\nالسجل متاح للجمهور."},
		},
	} {
		content, err := os.ReadFile("testdata/libreoffice-" + string(lang) + ".docx")
		if err != nil {
			t.Fatal(err)
		}
		r := read(t, content, v)
		want := form.Merge(common, own)
		if got := normal(pledges, r.Answers); !got.Equal(want) {
			t.Errorf("%s: read %q\nwant %q", lang, got, want)
		}
		if r.Lang != lang || len(r.Loose) > 0 {
			t.Errorf("%s: language %q, loose %q", lang, r.Lang, r.Loose)
		}
	}
}

func TestDatesAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ typed, day, month, year string }{
		{"27 March 2027", "27", "3", "2027"},
		{"March 27, 2027", "27", "3", "2027"},
		{"27th of March 2027", "27", "3", "2027"},
		{"27 Mar. 2027", "27", "3", "2027"},
		{"27/3/2027", "27", "3", "2027"},
		{"27.03.2027", "27", "3", "2027"},
		{"2027-03-27", "27", "3", "2027"},
		{"٢٧ آذار/مارس ٢٠٢٧", "27", "3", "2027"},
		{"27 مارس 2027", "27", "3", "2027"},
		{"\u200f27/3/2027\u200f", "27", "3", "2027"},
		{"March 2027", "", "3", "2027"},
		{"31/2/2027", "31", "2", "2027"},
		{"next spring", "next spring", "", ""},
		{"2027", "2027", "", ""},
		{"", "", "", ""},
	} {
		day, month, year := word.ReadDate(c.typed)
		if day != c.day || month != c.month || year != c.year {
			t.Errorf("%q is %q %q %q, want %q %q %q", c.typed, day, month, year, c.day, c.month, c.year)
		}
	}
}

func TestControlsHaveKeysThatWordTakes(t *testing.T) {
	t.Parallel()
	v := vocabulary(t)
	for _, lang := range i18n.Offered() {
		_, all := parts(t, write(t, in(t, lang), pledges, v, nil))
		seen := map[string]bool{}
		for _, piece := range strings.Split(all["word/document.xml"], `<w:bookmarkStart `)[1:] {
			_, name, _ := strings.Cut(piece, `w:name="`)
			name, _, _ = strings.Cut(name, `"`)
			if len(name) > 40 || seen[name] {
				t.Errorf("the bookmark %q is too long, or there twice", name)
			}
			seen[name] = true
		}
		for _, mark := range []string{`<w:alias w:val="`, `<w:tag w:val="`} {
			for _, piece := range strings.Split(all["word/document.xml"], mark)[1:] {
				value, _, _ := strings.Cut(piece, `"`)
				if n := len([]rune(strings.NewReplacer("&#39;", "'", "&amp;", "&", "&#34;", "'").Replace(value))); n > 64 || n == 0 {
					t.Errorf("%s%s has %d characters; Word takes 64", mark, value, n)
				}
			}
		}
	}
}

package i18n_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"portal/internal/date"
	"portal/internal/i18n"
)

func in(l i18n.Lang) context.Context { return i18n.WithLang(context.Background(), l) }

func TestLanguageOfAContext(t *testing.T) {
	t.Parallel()
	if got := i18n.From(context.Background()); got != i18n.English {
		t.Errorf("a context without a language is %q, want English", got)
	}
	if got := i18n.From(in(i18n.Arabic)); got != i18n.Arabic {
		t.Errorf("From is %q, want Arabic", got)
	}
}

func TestEnglishAndArabicAreOffered(t *testing.T) {
	t.Parallel()
	if got, want := i18n.Offered(), []i18n.Lang{i18n.Arabic, i18n.English}; !slices.Equal(got, want) {
		t.Fatalf("offered are %v, want %v; TestCatalogue says what is missing", got, want)
	}
	for l, want := range map[i18n.Lang]i18n.Lang{i18n.Arabic: i18n.Arabic, i18n.French: i18n.English, "tlh": i18n.English, "": i18n.English} {
		if got := l.OrEnglish(); got != want {
			t.Errorf("%q.OrEnglish() is %q, want %q", l, got, want)
		}
	}
}

func TestEachLanguageHasItsNameAndDirection(t *testing.T) {
	t.Parallel()
	if len(i18n.All) != 6 {
		t.Fatalf("there are %d languages, want 6", len(i18n.All))
	}
	for _, l := range i18n.All {
		want := "ltr"
		if l == i18n.Arabic {
			want = "rtl"
		}
		if l.Dir() != want || l.Name() == "" || !l.Known() {
			t.Errorf("%s: dir %q, name %q, known %v", l, l.Dir(), l.Name(), l.Known())
		}
		for _, reader := range i18n.All {
			if name := i18n.NameOf(in(reader), l); name == "" || strings.Contains(name, "⟦") {
				t.Errorf("the name of %s in %s is %q", l, reader, name)
			}
		}
	}
	if i18n.Lang("tlh").Known() {
		t.Error("an unknown language is known")
	}
	if got := i18n.NameOf(in(i18n.English), "tlh"); got != "tlh" {
		t.Errorf("the name of an unknown language is %q, want its code", got)
	}
}

func TestMissingTextIsShownAsItsKey(t *testing.T) {
	t.Parallel()
	if got := i18n.T(in(i18n.Arabic), "common.no_such_text"); got != "⟦common.no_such_text⟧" {
		t.Errorf("got %q", got)
	}
	if i18n.Has(i18n.English, "common.no_such_text") || !i18n.Has(i18n.English, "common.yes") {
		t.Error("Has is wrong")
	}
}

func TestTextThatALanguageLacksIsEnglish(t *testing.T) {
	t.Parallel()
	if got, want := i18n.TL(i18n.French, "form.number", "Target"), i18n.TL(i18n.English, "form.number", "Target"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestDates(t *testing.T) {
	t.Parallel()
	day := date.New(2026, time.March, 12)
	at := time.Date(2026, time.March, 11, 23, 42, 59, 0, time.UTC) // past midnight in Geneva
	for _, c := range []struct {
		lang                            i18n.Lang
		day, month, clock, instant, utc string
	}{
		{i18n.English, "12 March 2026", "March 2026", "00:42 Geneva time", "12 March 2026, 00:42 Geneva time", "11 March 2026, 23:42 UTC"},
		{i18n.Arabic, "12 آذار/مارس 2026", "آذار/مارس 2026", "00:42 بتوقيت جنيف", "12 آذار/مارس 2026، 00:42 بتوقيت جنيف", "11 آذار/مارس 2026، 23:42 بالتوقيت العالمي المنسق"},
		{i18n.Chinese, "2026年3月12日", "2026年3月", "日内瓦时间00:42", "2026年3月12日，日内瓦时间00:42", "2026年3月11日，协调世界时23:42"},
		{i18n.French, "12 mars 2026", "mars 2026", "00:42, heure de Genève", "12 mars 2026, 00:42, heure de Genève", "11 mars 2026, 23:42 UTC"},
		{i18n.Russian, "12 марта 2026 года", "март 2026 года", "00:42 по женевскому времени", "12 марта 2026 года, 00:42 по женевскому времени", "11 марта 2026 года, 23:42 UTC"},
		{i18n.Spanish, "12 de marzo de 2026", "marzo de 2026", "00:42, hora de Ginebra", "12 de marzo de 2026, 00:42, hora de Ginebra", "11 de marzo de 2026, 23:42 UTC"},
	} {
		t.Run(string(c.lang), func(t *testing.T) {
			t.Parallel()
			ctx := in(c.lang)
			for what, got := range map[string][2]string{
				"day": {i18n.Day(ctx, day), c.day}, "month": {i18n.Month(ctx, day), c.month}, "clock": {i18n.Clock(ctx, at), c.clock},
				"day of an instant": {i18n.DayOf(ctx, at), c.day}, "instant": {i18n.Instant(ctx, at), c.instant}, "UTC": {i18n.UTC(ctx, at), c.utc},
				"no day": {i18n.Day(ctx, date.Date{}), ""}, "no month": {i18n.Month(ctx, date.Date{}), ""},
			} {
				if got[0] != got[1] {
					t.Errorf("%s: %q, want %q", what, got[0], got[1])
				}
			}
			for m := time.January; m <= time.December; m++ {
				for _, text := range []string{i18n.Day(ctx, date.New(2026, m, 31)), i18n.Month(ctx, date.New(2026, m, 1))} {
					if strings.ContainsAny(text, "⟦{") {
						t.Errorf("%s: %q", m, text)
					}
				}
			}
		})
	}
}

func TestGenevaKeepsSummerTime(t *testing.T) {
	t.Parallel()
	if got := i18n.Clock(in(i18n.English), time.Date(2026, time.July, 1, 12, 0, 0, 0, time.UTC)); got != "14:00 Geneva time" {
		t.Errorf("got %q", got)
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		lang i18n.Lang
		n    int
		want string
	}{
		{i18n.English, 0, "0"},
		{i18n.English, 999, "999"},
		{i18n.English, 2318, "2,318"},
		{i18n.English, -5, "-5"},
		{i18n.English, 1234567, "1,234,567"},
		{i18n.Arabic, 999, "999"},
		{i18n.Arabic, 2318, "2,318"},
		{i18n.French, 2318, "2\u00a0318"},
		{i18n.Russian, 12318, "12\u00a0318"},
		{i18n.Spanish, 12318, "12.318"},
		{i18n.Chinese, 2318, "2,318"},
		{"tlh", 2318, "2,318"},
	} {
		got := i18n.Number(in(c.lang), c.n)
		if strings.ReplaceAll(got, "\u202f", "\u00a0") != c.want {
			t.Errorf("%d in %s is %q, want %q", c.n, c.lang, got, c.want)
		}
		if big := i18n.Number(in(c.lang), int64(c.n)); big != got {
			t.Errorf("%d as int64 in %s is %q, want %q", c.n, c.lang, big, got)
		}
	}
}

func TestLists(t *testing.T) {
	t.Parallel()
	three := []string{"Peru", "Kenya", "Nepal"}
	for l, want := range map[i18n.Lang]string{
		i18n.English: "Peru, Kenya and Nepal", i18n.Arabic: "Peru وKenya وNepal", i18n.Chinese: "Peru、Kenya和Nepal",
		i18n.French: "Peru, Kenya et Nepal", i18n.Russian: "Peru, Kenya и Nepal", i18n.Spanish: "Peru, Kenya y Nepal",
	} {
		if got := i18n.List(in(l), three); got != want {
			t.Errorf("three in %s: %q, want %q", l, got, want)
		}
		if got := i18n.List(in(l), three[:1]); got != "Peru" {
			t.Errorf("one in %s: %q", l, got)
		}
		if got := i18n.List(in(l), nil); got != "" {
			t.Errorf("none in %s: %q", l, got)
		}
	}
	if got := i18n.List(in(i18n.English), three[:2]); got != "Peru and Kenya" {
		t.Errorf("two: %q", got)
	}
}

func TestSortByTheAlphabetOfTheLanguage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		lang i18n.Lang
		want []string
	}{
		{i18n.English, []string{"Costa Rica", "Côte d’Ivoire", "Croatia", "Guinea", "Guinea-Bissau", "Türkiye", "Tuvalu"}},
		{i18n.Spanish, []string{"nube", "nunca", "ñandú", "oasis"}},
		{i18n.French, []string{"Égypte", "El Salvador", "Émirats arabes unis", "Équateur", "Espagne"}},
		{i18n.Russian, []string{"Дания", "Ёлка", "Железо", "Япония"}},
		{i18n.Arabic, []string{"أذربيجان", "إستونيا", "بلجيكا", "تونس", "كينيا", "هنغاريا"}},
		{i18n.Chinese, []string{"阿富汗", "巴西", "中国"}}, // by Pinyin
	} {
		got := slices.Clone(c.want)
		slices.Reverse(got)
		i18n.Sort(c.lang, got, func(s string) string { return s })
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.lang, got, c.want)
		}
	}
}

func TestSortKeepsTheOrderOfEquals(t *testing.T) {
	t.Parallel()
	type item struct {
		name string
		n    int
	}
	items := []item{{"b", 1}, {"a", 2}, {"b", 3}, {"a", 4}}
	i18n.Sort(i18n.English, items, func(i item) string { return i.name })
	if want := []item{{"a", 2}, {"a", 4}, {"b", 1}, {"b", 3}}; !slices.Equal(items, want) {
		t.Errorf("got %v, want %v", items, want)
	}
}

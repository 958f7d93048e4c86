package search_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/internal/search"
)

func TestFold(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"only marks", " – ?! ¡… \n\t", ""},
		{"capitals", "Skills PARTNERSHIP", "skills partnership"},
		{"accents", "Égalité à São Tomé, Müller, Århus", "egalite a sao tome muller arhus"},
		{"accents as combining marks", "E\u0301galite\u0301", "egalite"},
		{"letters that Unicode does not take apart", "Straße, Øresund, Łódź, œuvre, Ǽ", "strasse oresund lodz oeuvre ae"},
		{"ligatures and wide letters", "ﬁnance ＡＢＣ１", "finance abc1"},
		{"Turkish", "Iğdır İSTANBUL Türkiye", "igdir istanbul turkiye"},
		{"hyphens and apostrophes", "co-operation in Côte d’Ivoire", "co operation in cote d ivoire"},
		{"what PostgreSQL would read as something else", "a.b@example.org http://x.org/y -5 1.5 3e7 C:\\x", "a b example org http x org y 5 1 5 3e7 c x"},
		{"Russian", "Ещё Ёлка, мой край", "еще елка мой край"},
		{"Russian й as combining mark", "мои\u0306", "мой"},
		{"Greek", "Σεισμός ΆΝΘΡΩΠΟΣ", "σεισμοσ ανθρωποσ"},
		{"Arabic forms of alef", "أعمال إدارة آثار ٱسم", "اعمال اداره اثار اسم"},
		{"Arabic endings", "حماية هدى", "حمايه هدي"},
		{"Arabic hamza on waw and ya", "مسؤول شؤون دائم", "مسوول شوون دايم"},
		{"Arabic vowel signs and tatweel", "مُهاجِرُونَ مـــهاجرون", "مهاجرون مهاجرون"},
		{"Arabic article", "الهجرة والهجرة بالهجرة للهجرة هجرة", "هجره هجره هجره هجره هجره"},
		{"Arabic words too short to have an article", "الى ال بالغ لله", "الي ال بالغ لله"},
		{"Arabic presentation forms", "ﻫﺠﺮﺓ", "هجره"},
		{"Persian letters", "کشور یک", "كشور يك"},
		{"digits of other scripts", "٢٠٢٦ ۱۲ ２０ १९", "2026 12 20 19"},
		{"Chinese in pairs", "移民政策", "移民 民政 政策 策"},
		{"one Chinese character", "中", "中"},
		{"Chinese beside Latin and digits", "2026年UN移民", "2026 年 un 移民 民"},
		{"Chinese punctuation", "移民，政策", "移民 民 政策 策"},
		{"Japanese and Korean", "ビザ 이민", "ビザ ザ 이민 민"},
		{"Thai", "ไทย", "ไท ทย ย"},
		{"Hindi keeps its vowel signs", "हिन्दी की", "हिन्दी की"},
		{"Hebrew points", "שָׁלוֹם", "שלום"},
		{"emoji", "👩🏽‍🌾 farm 1️⃣ 🇰🇪", "farm 1"},
		{"joiners and marks of direction", "soft\u00adhyphen \u202bright\u202c zero\u200bwidth", "softhyphen right zerowidth"},
		{"bytes that are no text", "a\x00b\xff\xfec", "a b c"},
		{"a heap of combining marks", "a" + strings.Repeat("\u0301", 300) + "b", "ab"},
	} {
		if got := search.Fold(c.text); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestFoldIsBounded(t *testing.T) {
	t.Parallel()
	if got := search.Fold(strings.Repeat("x", 5000) + " y"); got != strings.Repeat("x", 60)+" y" {
		t.Errorf("a long word is %d bytes", len(got))
	}
	long := search.Fold(strings.Repeat("migration ", 1_000_000))
	if len(long) > 400_000 || len(long) < 399_000 {
		t.Errorf("a long text keeps %d bytes", len(long))
	}
}

func TestQuery(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, typed, want string }{
		{"nothing", "", ""},
		{"nothing to search for", " ?! -- \"\" '", ""},
		{"one word", "Skills", "'skills':*"},
		{"two words", "fair recruitment", "'fair' & 'recruitment':*"},
		{"a letter is no beginning", "group a", "'group' & 'a'"},
		{"words with marks inside", "co-operation d’Ivoire", "('co' & 'operation') & ('d' & 'ivoire':*)"},
		{"a public ID", "GCM-P-0225", "('gcm' & 'p' & '0225':*)"},
		{"a phrase", `"decent work" now`, "('decent' <-> 'work') & 'now':*"},
		{"a phrase at the end is no beginning", `the "decent work"`, "'the' & ('decent' <-> 'work')"},
		{"a phrase that is not closed", `"decent work`, "('decent' <-> 'work')"},
		{"French quotation marks", "«travail décent»", "('travail' <-> 'decent')"},
		{"a word that must not be there", "work -child", "'work':* & !'child'"},
		{"a phrase that must not be there", `-"child labour" work`, "'work':* & !('child' <-> 'labour')"},
		{"only a word after a minus", "-child", "'child':*"},
		{"a minus inside a word", "follow-up", "('follow' & 'up':*)"},
		{"a minus by itself", "a - b", "'a' & 'b'"},
		{"PostgreSQL's own signs", `a & !b | (c <-> d):* 'e'`, "'a' & 'b' & 'c' & 'd' & 'e'"},
		{"Arabic", "الهجرة النظامية", "'هجره' & 'نظاميه':*"},
		{"Chinese", "移民政策", "('移民' & '民政' & '政策')"},
		{"one Chinese character", "民", "'民':*"},
		{"a Chinese phrase", "“移民政策”", "('移民' <-> '民政' <-> '政策')"},
		{"a Chinese phrase with a number", "“移民2026”", "('移民' <2> '2026')"},
		{"Chinese and a number", "移民2026", "('移民' & '2026':*)"},
		{"a NUL byte", "wo\x00rk", "('wo' & 'rk':*)"},
	} {
		if got := search.Query(c.typed); got != c.want {
			t.Errorf("%s: %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestQueryIsBounded(t *testing.T) {
	t.Parallel()
	if got := strings.Count(search.Query(strings.Repeat("word ", 500)), "&") + 1; got != 20 {
		t.Errorf("%d words of a long question count, want 20", got)
	}
	if got := len(search.Query(strings.Repeat("移", 100_000))); got > 2000 {
		t.Errorf("a long question gives %d bytes", got)
	}
}

// TestFind asks PostgreSQL.
func TestFind(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	const (
		english = "Skills partnership for nurses: fair recruitment, decent work and protection in Côte d’Ivoire (GCM-P-0042), 2026 – 1,200 places, by 3e7 and a.b@example.org"
		french  = "Élargir l’accès des travailleuses migrantes à la protection sociale"
		arabic  = "حماية حقوق المهاجرين والعمال وتيسير الهجرة النظامية بحلول عام ٢٠٢٧"
		russian = "Расширение доступа мигрантов к услугам: ещё 12 центров, край"
		chinese = "扩大移民获得基本服务的机会，2026年建立12个中心"
		spanish = "Protección de niñas y niños migrantes"
	)
	for _, c := range []struct {
		text, typed string
		want        bool
	}{
		{english, "recruitment", true},
		{english, "RECRUIT", true},
		{english, "recruit fair", false}, // only the last word may be a beginning
		{english, "fair recruit", true},
		{english, `"decent work"`, true},
		{english, `"work decent"`, false},
		{english, "cote d'ivoire", true},
		{english, "ivoire", true},
		{english, "gcm-p-0042", true},
		{english, "gcm-p-0043", false},
		{english, "nurses -recruitment", false},
		{english, "nurses -doctors", true},
		{english, "3e7", true},
		{english, "example.org", true},
		{english, "2026", true},
		{french, "acces", true},
		{french, "l'accès", true},
		{french, "ELARGIR protéction", true},
		{spanish, "ninas", true},
		{spanish, "niños migrantes", true},
		{arabic, "هجرة", true},
		{arabic, "الهجرة", true},
		{arabic, "هجره نظاميه", true},
		{arabic, "للمهاجرين", true},
		{arabic, "حُقُوق", true},
		{arabic, "2027", true},
		{arabic, "لاجئين", false},
		{russian, "еще", true},
		{russian, "ЕЩЁ", true},
		{russian, "мигрант", true},
		{russian, "край", true},
		{chinese, "移民", true},
		{chinese, "基本服务", true},
		{chinese, "会", true}, // at the end of a run
		{chinese, "民移", false},
		{chinese, "服务基本", false},
		{chinese, "2026年", true},
		{chinese, "12个中心", true},
		{chinese, "机会2026", true}, // marks take up no place
	} {
		got, err := database.Value[bool](t.Context(), db.Read(), `SELECT to_tsvector('simple', $1) @@ to_tsquery('simple', $2)`,
			search.Fold(c.text), search.Query(c.typed))
		if err != nil {
			t.Errorf("%q: %v", c.typed, err)
		} else if got != c.want {
			t.Errorf("%q in %q: %v, want %v\n%s\n%s", c.typed, c.text, got, c.want, search.Fold(c.text), search.Query(c.typed))
		}
	}
}

func TestPostgreSQLTakesTheLongestText(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	var different strings.Builder // each word new: the largest tsvector that a text can give
	for r := rune(0x4e00); r < 0x9fa5; r++ {
		different.WriteRune(r)
		different.WriteRune(r + 1)
		different.WriteRune(r ^ 0x55)
	}
	for name, text := range map[string]string{
		"one word": strings.Repeat("migration ", 500_000), "all words different": strings.Repeat(different.String(), 3), "a word without end": strings.Repeat("x", 3_000_000),
	} {
		if _, err := database.Value[int](t.Context(), db.Read(), `SELECT length(to_tsvector('simple', $1))`, search.Fold(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzSearch(f *testing.F) {
	for _, seed := range []string{
		"fair recruitment", `"decent work" -child`, "الهجرة للمهاجرين", "移民政策2026年", "ещё край", "'\\:*&|!<->()", "a\x00\xff", "👩🏽‍🌾1️⃣", "ไทย हिन्दी 한국어", "1e5 -5 1.5 a@b.c http://x/y",
	} {
		f.Add(seed)
	}
	db := dbtest.New(f)
	f.Fuzz(func(t *testing.T, s string) {
		folded, query := search.Fold(s), search.Query(s)
		if !utf8.ValidString(folded) || !utf8.ValidString(query) || search.Fold(folded) != folded && !strings.ContainsFunc(folded, changing) {
			t.Errorf("%q: folded %q and again %q", s, folded, search.Fold(folded))
		}
		type answer struct {
			Found bool
			Empty bool
		}
		got, err := database.Row[answer](t.Context(), db.Read(),
			`SELECT to_tsvector('simple', $1) @@ to_tsquery('simple', $2) AS found, numnode(to_tsquery('simple', $2)) = 0 AS empty`, folded, query)
		if err != nil {
			t.Fatalf("%q: %s: %v", s, query, err)
		}
		// A text is found by its own words, where PostgreSQL knows the letters and no sign has a meaning.
		if !got.Found && !got.Empty && !strings.ContainsAny(s, "-−–") && !strings.ContainsFunc(s, rare) && utf8.ValidString(s) && len(s) < 1000 {
			t.Errorf("%q is not found by itself: %s in %s", s, query, folded)
		}
	})
}

// changing are letters of which Fold makes something else the second time: the tails of pairs, and Arabic, where a word
// may have two articles.
func changing(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Arabic)
}

// rare are letters outside the scripts of the six languages; PostgreSQL may not know them as letters.
func rare(r rune) bool {
	return unicode.IsLetter(r) && !unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Arabic, unicode.Han) || unicode.Is(unicode.M, r)
}

func BenchmarkFold(b *testing.B) {
	for name, text := range map[string]string{
		"English": strings.Repeat("Skills partnership for nurses, fair recruitment. ", 60),
		"Arabic":  strings.Repeat("حماية حقوق المهاجرين وتيسير الهجرة النظامية. ", 60),
		"Chinese": strings.Repeat("扩大移民获得基本服务的机会，", 200),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				search.Fold(text)
			}
		})
	}
}

package coach_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"portal/internal/coach"
	"portal/internal/date"
	"portal/internal/i18n"
)

var today = date.New(2026, time.November, 24)

// countries are the names of some States, as the vocabulary has them.
func countries(l i18n.Lang) []string {
	return map[i18n.Lang][]string{
		i18n.English: {"Kenya", "Italy", "Spain", "Senegal", "Bolivia (Plurinational State of)", "United Republic of Tanzania", "Côte d’Ivoire"},
		i18n.French:  {"Kenya", "Italie", "Espagne", "Sénégal", "Bolivie (État plurinational de)", "République-Unie de Tanzanie", "Côte d’Ivoire"},
		i18n.Spanish: {"Kenya", "México", "España", "Bolivia (Estado Plurinacional de)"},
		i18n.Arabic:  {"كينيا", "المغرب", "مصر"},
		i18n.Russian: {"Кения", "Таджикистан", "Кыргызстан"},
		i18n.Chinese: {"肯尼亚", "中国", "泰国"},
	}[l]
}

var reader = coach.NewReader(countries)

type labelled struct {
	ID, Half, Text string
	Lang           i18n.Lang
	Seen           []coach.Element
}

func readLabelled(t testing.TB) []labelled {
	t.Helper()
	raw, err := os.ReadFile("testdata/pledges.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Pledges []labelled }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	return file.Pledges
}

// tally counts how often an element was judged right.
type tally struct{ found, missed, wrong int }

func (t tally) recall() float64    { return share(t.found, t.found+t.missed) }
func (t tally) precision() float64 { return share(t.found, t.found+t.wrong) }

func share(n, of int) float64 {
	if of == 0 {
		return 1
	}
	return float64(n) / float64(of)
}

// TestElementsOnTheLabelledSet measures precision and recall of each element in each language, on each half of the pledges
// (what the halves are, and how far they can be trusted, is told in the file); -v prints the table and each pledge that was
// misread.
func TestElementsOnTheLabelledSet(t *testing.T) {
	t.Parallel()
	all := readLabelled(t)
	if len(all) < 60 {
		t.Fatalf("there are only %d pledges", len(all))
	}
	tallies := map[string]*tally{}
	count := map[string]int{}
	for _, p := range all {
		count[string(p.Lang)+" "+p.Half]++
		seen := reader.Read(p.Lang, today, p.Text)
		for _, e := range coach.Elements {
			expected := slices.Contains(p.Seen, e)
			for _, name := range []string{string(p.Lang) + " " + p.Half + " " + string(e), string(p.Lang) + " " + p.Half + " all"} {
				if tallies[name] == nil {
					tallies[name] = &tally{}
				}
				switch {
				case seen.Has(e) && expected:
					tallies[name].found++
				case seen.Has(e):
					tallies[name].wrong++
				case expected:
					tallies[name].missed++
				}
			}
			if seen.Has(e) != expected {
				t.Logf("%s %s: %s expected %t, seen %q", p.ID, p.Half, e, expected, seen[e])
			}
		}
	}
	for _, lang := range []string{"en", "fr"} {
		for _, half := range []string{"tune", "measure", "other-tune", "other"} {
			if n := count[lang+" "+half]; n < 5 {
				t.Errorf("only %d pledges in %s to %s", n, lang, half)
			}
			for _, e := range append(slices.Clone(coach.Elements), "all") {
				c := tallies[lang+" "+half+" "+string(e)]
				t.Logf("%s %-8s %-12s recall %.2f precision %.2f of %d", lang, half, e, c.recall(), c.precision(), c.found+c.missed)
				least := 0.75
				switch {
				case e == "all":
					least = 0.9
				case strings.HasPrefix(half, "other"): // too few of each to say much
					continue
				}
				if strings.HasPrefix(half, "other") {
					least = 0.85
				}
				if c.recall() < least || c.precision() < least {
					t.Errorf("%s in %s to %s: recall %.2f and precision %.2f are below the floor of %.2f", e, lang, half, c.recall(), c.precision(), least)
				}
			}
		}
	}
}

// TestHardCases are sentences that look like an element and are none, and elements in unusual words.
func TestHardCases(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		lang     i18n.Lang
		text     string
		has, not []coach.Element
	}{
		{"en", "The 2030 Agenda and General Assembly resolution 73/195 guide us, as does article 13.", nil, []coach.Element{coach.Number, coach.Date, coach.Target, coach.Baseline}},
		{"en", "In 2019 the Government trained 400 officers.", []coach.Element{coach.Number}, []coach.Element{coach.Action, coach.Date}},
		{"en", "Data on migrants and the smuggling of migrants are discussed.", nil, []coach.Element{coach.Beneficiary, coach.Place}},
		{"en", "We will support, promote and strengthen cooperation.", nil, []coach.Element{coach.Action, coach.Actor}},
		{"en", "Children aged 6 to 14 are meant, 24 hours a day.", nil, []coach.Element{coach.Number, coach.Baseline}},
		{"en", "The share rises from 12 per cent to 40 per cent.", []coach.Element{coach.Number, coach.Baseline, coach.Target}, nil},
		{"en", "Kenya will open the register by the end of 2027.", []coach.Element{coach.Action, coach.Actor, coach.Date}, []coach.Element{coach.Place}},
		{"en", "Courses begin in Tanzania on 2027-09-01.", []coach.Element{coach.Place, coach.Date}, nil},
		{"en", "Workers pay 300 dollars in fees; sending 200 dollars home is dear.", nil, []coach.Element{coach.Resources}},
		{"en", "Twenty-five judges and 12,500 people.", []coach.Element{coach.Number}, nil},
		{"fr", "Le Programme 2030 et la résolution 73/195 nous guident, comme l’article 13.", nil, []coach.Element{coach.Number, coach.Date, coach.Target}},
		{"fr", "Nous continuerons de promouvoir et de renforcer le dialogue.", nil, []coach.Element{coach.Action, coach.Actor}},
		{"fr", "Le taux passera de 12 % à 40 %.", []coach.Element{coach.Number, coach.Baseline, coach.Target}, nil},
		{"fr", "Le Ministère de la santé ouvrira 12 000 lits au Sénégal d’ici à la fin de 2027.", []coach.Element{coach.Action, coach.Actor, coach.Place, coach.Number, coach.Date}, nil},
		{"fr", "En 2019, 400 agents ont été formés dans l’enquête sur les migrants.", []coach.Element{coach.Number}, []coach.Element{coach.Action, coach.Beneficiary, coach.Date}},
		{"es", "El Ministerio de Salud abrirá 12 clínicas para migrantes en la provincia de Loja antes de junio de 2028, con un presupuesto de 2 millones de dólares. Hoy hay 3; serán al menos 12.", coach.Elements, nil},
		{"es", "Seguiremos promoviendo el diálogo conforme a la Agenda 2030.", nil, coach.Elements},
		{"ru", "Министерство здравоохранения откроет 12 клиник для мигрантов в Ошской области до конца 2028 года за счёт государственного бюджета. Сегодня их 3, будет не менее 12.", coach.Elements, nil},
		{"ru", "Мы продолжим развивать диалог в соответствии с Повесткой дня на период до 2030 года.", nil, coach.Elements},
		{"ar", "ستفتح وزارة الصحة ١٢ عيادة للعمال المهاجرين في محافظة سوهاج بحلول نهاية عام ٢٠٢٨ من ميزانية الدولة. اليوم توجد ٣ عيادات، والهدف ما لا يقل عن ١٢ عيادة.", coach.Elements, nil},
		{"ar", "سنواصل تعزيز الحوار وفقاً لخطة التنمية المستدامة لعام ٢٠٣٠.", nil, coach.Elements},
		{"zh", "卫生部将于2028年底前在全国开设12家诊所，为移民提供服务，预算为200万元。目前有3家，至少增至12家。", coach.Elements, nil},
		{"zh", "我们将继续促进对话，落实2030年议程。", nil, coach.Elements},
		{"xx", "Kenya will hire 40 teachers.", []coach.Element{coach.Action, coach.Number}, nil},
	} {
		seen := reader.Read(c.lang, today, c.text)
		for _, e := range c.has {
			if !seen.Has(e) {
				t.Errorf("%s %q: %s is not seen", c.lang, c.text, e)
			}
		}
		for _, e := range c.not {
			if seen.Has(e) {
				t.Errorf("%s %q: %s is seen in %q", c.lang, c.text, e, seen[e])
			}
		}
	}
}

func TestWordsAreThoseOfTheText(t *testing.T) {
	t.Parallel()
	for _, p := range readLabelled(t) {
		for e, words := range reader.Read(p.Lang, today, p.Text) {
			if !strings.Contains(strings.Join(strings.Fields(p.Text), " "), strings.TrimSuffix(words, "…")) || words == "" {
				t.Errorf("%s: %s is seen in %q, which is not in the text", p.ID, e, words)
			}
		}
	}
}

func TestLevels(t *testing.T) {
	t.Parallel()
	without := func(left ...coach.Element) coach.Seen {
		s := coach.Seen{}
		for _, e := range coach.Elements {
			if !slices.Contains(left, e) {
				s[e] = "words"
			}
		}
		return s
	}
	for _, c := range []struct {
		name string
		seen coach.Seen
		want int
	}{
		{"nothing", coach.Seen{}, 1},
		{"three", coach.Seen{coach.Action: "", coach.Actor: "", coach.Date: ""}, 1},
		{"four", coach.Seen{coach.Action: "", coach.Actor: "", coach.Date: "", coach.Place: ""}, 2},
		{"five without a date", coach.Seen{coach.Action: "", coach.Actor: "", coach.Number: "", coach.Place: "", coach.Target: ""}, 2},
		{"six with actor, action and date", without(coach.Place, coach.Target, coach.Baseline), 3},
		{"six without an actor", without(coach.Actor, coach.Target, coach.Baseline), 2},
		{"six without an action", without(coach.Action, coach.Target, coach.Baseline), 2},
		{"six without a date", without(coach.Date, coach.Target, coach.Baseline), 2},
		{"seven without a number", without(coach.Number, coach.Target), 3},
		{"eight with number and date", without(coach.Place), 4},
		{"eight without a number", without(coach.Number), 3},
		{"eight without a date falls twice", without(coach.Date), 2},
		{"eight without an actor", without(coach.Actor), 4},
		{"all nine", without(), 4},
	} {
		got := c.seen.Level()
		if got != c.want {
			t.Errorf("%s: level %d, want %d", c.name, got, c.want)
		}
		full := maps.Clone(c.seen)
		for _, e := range c.seen.Lacking() {
			full[e] = "words"
		}
		if (len(c.seen.Lacking()) == 0) != (full.Level() == got) {
			t.Errorf("%s: lacking %v, level %d and with them %d", c.name, c.seen.Lacking(), got, full.Level())
		}
	}
}

// hostile are texts that nobody means.
func hostile() map[string]string {
	return map[string]string{
		"a million letters":      strings.Repeat("a", 1_000_000),
		"a million wills":        strings.Repeat("will ", 200_000),
		"a million digits":       strings.Repeat("9", 1_000_000),
		"digits with marks":      strings.Repeat("1,", 500_000),
		"beginnings of patterns": strings.Repeat("the ministry in at from 12 to raise will be ", 30_000),
		"no bytes of text":       strings.Repeat("\xff\xfe", 100_000),
		"accents without end":    "e" + strings.Repeat("\u0301", 500_000),
		"marks of direction":     strings.Repeat("\u202e\u200f", 200_000),
		"scripts in one word":    strings.Repeat("willмигрантمهاجر移民", 20_000),
		"points":                 strings.Repeat(". ", 500_000),
		"a cut letter":           strings.Repeat("a", 29_999) + "é",
		"nothing":                "",
		"spaces":                 " \n\t\u00a0",
		"other digits":           "１２ ٣٤ ५६ 𝟙𝟚",
		"NUL":                    "will\x00 open",
	}
}

func TestHostileTexts(t *testing.T) {
	t.Parallel()
	for name, text := range hostile() {
		for _, l := range i18n.All {
			began := time.Now()
			reader.Read(l, today, text, text)
			coach.Sentences(text)
			if took := time.Since(began); took > 2*time.Second {
				t.Errorf("%s in %s took %s", name, l, took)
			}
		}
	}
}

func TestSentences(t *testing.T) {
	t.Parallel()
	got := coach.Sentences("We will open 3.5 centres, under law no. 12. Two more follow! And\nthen? 我们将开设。好")
	want := []string{"We will open 3.5 centres, under law no. 12.", "Two more follow!", "And", "then?", "我们将开设。", "好"}
	if !slices.Equal(got, want) {
		t.Errorf("sentences %q, want %q", got, want)
	}
}

func FuzzRead(f *testing.F) {
	for _, p := range readLabelled(f) {
		f.Add(p.Text)
	}
	for _, text := range hostile() {
		f.Add(text[:min(len(text), 2000)])
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, l := range i18n.All {
			seen := reader.Read(l, today, text)
			if level := seen.Level(); level < coach.Lowest || level > coach.Highest {
				t.Fatalf("level %d", level)
			}
			for e, words := range seen {
				if words == "" || !slices.Contains(coach.Elements, e) || len([]rune(words)) > 91 {
					t.Fatalf("%s seen in %q", e, words)
				}
			}
		}
		coach.Sentences(text)
	})
}

// BenchmarkRead reads a pledge of 1,300 characters.
func BenchmarkRead(b *testing.B) {
	for _, l := range []i18n.Lang{i18n.English, i18n.French} {
		var text string
		for _, p := range readLabelled(b) {
			if p.Lang == l && len(text) < 1300 {
				text += p.Text + "\n"
			}
		}
		b.Run(string(l), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				reader.Read(l, today, text)
			}
		})
	}
}

package coach_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"portal/internal/coach"
	"portal/internal/date"
	"portal/internal/gcm"
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

// TestElementsOnTheLabelledSet measures precision and recall of each element in each language, on the half of the pledges
// on which no rule was tuned; -v prints the table and each pledge that was misread.
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
		for _, half := range []string{"tune", "measure"} {
			if n := count[lang+" "+half]; n < 15 {
				t.Errorf("only %d pledges in %s to %s", n, lang, half)
			}
			for _, e := range append(slices.Clone(coach.Elements), "all") {
				c := tallies[lang+" "+half+" "+string(e)]
				t.Logf("%s %-8s %-12s recall %.2f precision %.2f of %d", lang, half, e, c.recall(), c.precision(), c.found+c.missed)
				least := 0.75
				if e == "all" {
					least = 0.9
				}
				if c.recall() < least || c.precision() < least {
					t.Errorf("%s in %s to %s: recall %.2f and precision %.2f are below the floor of %.2f", e, lang, half, c.recall(), c.precision(), least)
				}
			}
		}
	}
}

var _ = gcm.Objectives
var _ = strings.Repeat

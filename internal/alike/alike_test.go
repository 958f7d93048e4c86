package alike

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

type labelled struct {
	Texts map[string]struct {
		Lang, Title, Description string
		Objectives               []int
	}
	Pairs []struct {
		A, B, Kind, Half string
		Similar          bool
	}
}

func readLabelled(t *testing.T) labelled {
	t.Helper()
	raw, err := os.ReadFile("testdata/similar.json")
	if err != nil {
		t.Fatal(err)
	}
	var l labelled
	if err := json.Unmarshal(raw, &l); err != nil {
		t.Fatal(err)
	}
	return l
}

// tally counts how often a judgement was right.
type tally struct{ found, missed, wrong, right int }

func (t tally) recall() float64    { return share(t.found, t.found+t.missed) }
func (t tally) precision() float64 { return share(t.found, t.found+t.wrong) }

func share(n, of int) float64 {
	if of == 0 {
		return 1
	}
	return float64(n) / float64(of)
}

// TestSimilarityOnTheLabelledSet measures recall and precision on the half of the pairs on which no weight was tuned, though the lexicon's writer knew its texts. What an
// office writes under all its pledges is known from the pledges of its country, as in the portal: the words are weighed over
// the texts of the same half.
func TestSimilarityOnTheLabelledSet(t *testing.T) {
	t.Parallel()
	l := readLabelled(t)
	if len(l.Pairs) < 100 {
		t.Fatalf("there are only %d pairs", len(l.Pairs))
	}
	sketchOf := map[string]Sketch{}
	halves := map[string][]Sketch{}
	kinds, langs := map[string]int{}, map[string]int{}
	for _, p := range l.Pairs {
		kinds[p.Kind]++
		for _, id := range []string{p.A, p.B} {
			if _, there := sketchOf[id]; there {
				continue
			}
			text := l.Texts[id]
			if text.Title == "" {
				t.Fatalf("there is no text %s", id)
			}
			sketchOf[id] = New(text.Lang, text.Title, text.Description, text.Objectives)
			halves[p.Half] = append(halves[p.Half], sketchOf[id])
			langs[text.Lang]++
		}
	}
	if len(langs) != 6 || len(kinds) < 5 {
		t.Fatalf("languages %v, kinds %v", langs, kinds)
	}
	tallies := map[string]*tally{}
	for _, p := range l.Pairs {
		likeness := NewRarity(halves[p.Half]).likeness(sketchOf[p.A], sketchOf[p.B])
		lang := sketchOf[p.A].lang
		if sketchOf[p.B].lang != lang {
			lang = "translated"
		}
		for _, name := range []string{p.Half, p.Half + " " + lang} {
			if tallies[name] == nil {
				tallies[name] = &tally{}
			}
			alike := likeness.Score >= From
			switch {
			case alike && p.Similar:
				tallies[name].found++
			case p.Similar:
				tallies[name].missed++
			case alike:
				tallies[name].wrong++
			default:
				tallies[name].right++
			}
		}
		t.Logf("%-8s %-24s %.2f similar %t %s %s", p.Half, p.Kind, likeness.Score, p.Similar, p.A, p.B)
	}
	var names []string
	for name := range tallies {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		c := tallies[name]
		t.Logf("%-22s recall %.2f precision %.2f of %d pairs", name, c.recall(), c.precision(), c.found+c.missed+c.wrong+c.right)
		least, precise := 0.0, 0.0
		switch {
		case strings.HasPrefix(name, "measure"):
			least, precise = 0.9, 0.9
		case name == "hard": // other words, no figures: what rules can hardly see
			least, precise = 0.5, 0.9
		}
		if c.recall() < least || c.precision() < precise {
			t.Errorf("%s: recall %.2f and precision %.2f are below the floor", name, c.recall(), c.precision())
		}
	}
}

package ui

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

func TestCompare(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, before, after, want string
	}{
		{"nothing changed", "All employers accept it.", "All employers accept it.", "All employers accept it."},
		{"both empty", "", "", ""},
		{"all is new", "", "Two words", "{+Two words+}"},
		{"all is gone", "Two words", "", "[-Two words-]"},
		{"one word becomes two", "employers in Kenya accept.", "employers in two countries accept.", "employers in [-Kenya-]{+two countries+} accept."},
		{"a sentence is added", "They pass.", "They pass. They can try again.", "They pass.{+ They can try again.+}"},
		{"a number changes", "We expect 3,000 a year.", "We expect 4,500 a year.", "We expect [-3,000-]{+4,500+} a year."},
		{"a rewritten sentence is one change, not confetti", "We will open a desk in our north", "We will close a branch at our border", "We will [-open a desk in-]{+close a branch at+} our [-north-]{+border+}"},
		{"line ends count", "First.\nSecond.", "First.\n\nSecond.", "First.\n{+\n+}Second."},
		{"Arabic", "سنفتح مكتبًا في الشمال", "سنفتح مكتبين في الشمال", "سنفتح [-مكتبًا-]{+مكتبين+} في الشمال"},
		{"Chinese, without spaces", "我们将在北方设立办公室", "我们将在南方设立办公室", "我们将在[-北-]{+南+}方设立办公室"},
		{"a family emoji is one thing", "👩‍👩‍👧 come", "👨‍👩‍👦 come", "[-👩‍👩‍👧-]{+👨‍👩‍👦+} come"},
		{"a combining mark belongs to its letter", "cafe", "cafe\u0301", "[-cafe-]{+cafe\u0301+}"},
	} {
		if got := marked(Compare(c.before, c.after)); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// Whatever the texts, the pieces give both back exactly.
func TestComparePutsBothTextsTogetherAgain(t *testing.T) {
	t.Parallel()
	words := strings.Split("we will register every child born to migrant parents , . 14 3,000 \n \n\n سنسجل كل طفل 我们 🙂 é e\u0301 a the", " ")
	text := func(r *rand.Rand) string {
		var b strings.Builder
		for range r.IntN(40) {
			b.WriteString(words[r.IntN(len(words))])
			if r.IntN(4) > 0 {
				b.WriteByte(' ')
			}
		}
		return b.String()
	}
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 7))
		before, after := text(r), text(r)
		rebuild(t, before, after)
	}
}

func FuzzCompare(f *testing.F) {
	f.Add("one two", "one three")
	f.Add("\x00\xff", "\n\r\n")
	f.Fuzz(func(t *testing.T, before, after string) { rebuild(t, before, after) })
}

func TestCompareOfVeryLongTextsEnds(t *testing.T) {
	t.Parallel()
	began := time.Now()
	before, after := strings.Repeat("alpha beta ", 40_000), strings.Repeat("gamma delta ", 40_000)
	rebuild(t, before, after)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("comparing two texts of 80,000 words took %v", took)
	}
}

func TestListPieces(t *testing.T) {
	t.Parallel()
	got := marked(listPieces([]string{"Kenya", "Nepal", "Peru"}, []string{"Ghana", "Kenya", "Peru"}))
	if want := "{+Ghana+}Kenya[-Nepal-]Peru"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func rebuild(t *testing.T, before, after string) {
	t.Helper()
	var a, b strings.Builder
	var last Change = -1
	for _, p := range Compare(before, after) {
		if p.Text == "" {
			t.Fatalf("an empty piece between %q and %q", before, after)
		}
		if p.Change == Same && last == Same {
			t.Fatalf("two equal pieces in a row between %q and %q", before, after)
		}
		last = p.Change
		if p.Change != Added {
			a.WriteString(p.Text)
		}
		if p.Change != Removed {
			b.WriteString(p.Text)
		}
	}
	if a.String() != before || b.String() != after {
		t.Fatalf("the pieces of %q and %q give %q and %q", before, after, a.String(), b.String())
	}
}

func marked(pieces []Piece) string {
	var b strings.Builder
	for _, p := range pieces {
		switch p.Change {
		case Added:
			b.WriteString("{+" + p.Text + "+}")
		case Removed:
			b.WriteString("[-" + p.Text + "-]")
		default:
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

package ui

import (
	"strings"
	"testing"
)

// mptf is the grouping of the reference data.
var mptf = func() Areas {
	var a Areas
	for area, objectives := range map[int][]int{1: {1, 3, 17, 23}, 2: {2, 7, 8, 12, 13}, 3: {4, 9, 10, 11, 14, 21}, 4: {5, 6, 18, 19, 20}, 5: {15, 16, 22}} {
		for _, n := range objectives {
			a[n-1] = area
		}
	}
	return a
}()

func TestClothFollowsThePrototype(t *testing.T) {
	t.Parallel()
	card := drawCloth([]int{18, 21}, mptf, false)
	if card.Dash != "27 17" || card.Weft != "M0 22H368M0 44H368" || card.Height != 96 {
		t.Errorf("the weave of a card is dash %q, weft %q, height %d", card.Dash, card.Weft, card.Height)
	}
	want := map[string]string{"t4": "M280 -79.5V52.5", "t3": "M328 -101.5V44"}
	for _, on := range card.On {
		if want[on.Class] != on.Path {
			t.Errorf("thread %s is drawn as %q, want %q", on.Class, on.Path, want[on.Class])
		}
		delete(want, on.Class)
	}
	if len(want) > 0 {
		t.Errorf("threads are missing: %v", want)
	}
	for class, end := range map[string]string{"t4": "M280 52.5V88", "t3": "M328 44V88"} {
		if got := pathOf(card.OnEnds, class); got != end {
			t.Errorf("the loose end of %s is %q, want %q", class, got, end)
		}
	}
	if got := strings.Count(card.OffWarp, "M"); got != 21 {
		t.Errorf("%d plain threads, want 21", got)
	}
	page := drawCloth([]int{18, 21}, mptf, true)
	if page.Dash != "35 17" || page.Height != 294 || !strings.HasSuffix(page.Weft, "M0 208H368") {
		t.Errorf("the weave of a page head is dash %q, height %d, weft %q", page.Dash, page.Height, page.Weft)
	}
	if got := pathOf(page.On, "t4"); got != "M280 -95.5V216.5" {
		t.Errorf("thread 18 of a page head is %q", got)
	}
}

func TestWeaveFollowsThePrototype(t *testing.T) {
	t.Parallel()
	var values [Objectives]int
	values[22] = 91 // the longest
	values[0] = 53
	w := drawWeave(values, mptf)
	if w.Dash != "56 28" || !strings.HasPrefix(w.Weft, "M0 42H690M0 84H690") || strings.Count(w.Weft, "M") != 10 {
		t.Errorf("dash %q, weft %q", w.Dash, w.Weft)
	}
	if got := pathOf(w.Warp, "t1"); got != "M15 -196V420M75 -196V420M495 -196V420M675 -196V420" {
		t.Errorf("the warp of area 1 is %q", got)
	}
	if got := pathOf(w.Warp, "t5"); got != "M435 -196V420M465 -154V434M645 -154V434" {
		t.Errorf("the warp of area 5 is %q", got)
	}
	ends := pathOf(w.Ends, "t1")
	if !strings.Contains(ends, "M675 420V610") || !strings.Contains(ends, "M15 420V546") {
		t.Errorf("the ends of area 1 are %q", ends)
	}
	for _, class := range []string{"t2", "t3", "t4", "t5"} {
		if pathOf(w.Ends, class) == "" {
			t.Errorf("threads without a value have no loose end in %s", class)
		}
	}
}

func TestStripFollowsThePrototype(t *testing.T) {
	t.Parallel()
	off, on := drawStrip([]int{4, 7}, mptf)
	if off != "M3 8v7M9 8v7M15 8v7M27 8v7M33 8v7M45 8v7M51 8v7M57 8v7M63 8v7M69 8v7M75 8v7M81 8v7M87 8v7M93 8v7M99 8v7M105 8v7M111 8v7M117 8v7M123 8v7M129 8v7M135 8v7" {
		t.Errorf("plain ticks: %s", off)
	}
	if len(on) != 2 || on[0] != (stripTick{"t3", 19}) || on[1] != (stripTick{"t2", 37}) {
		t.Errorf("coloured ticks: %v", on)
	}
	if _, on := drawStrip([]int{0, 24, -3, 4, 4}, mptf); len(on) != 1 {
		t.Errorf("numbers that are no objective, or come twice, are drawn: %v", on)
	}
}

func TestLoomIsToScaleFromZero(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name        string
		value, most int
		height      int
		path        string
	}{
		{"the largest fills the height", 91, 91, 210, "M7 7V203"},
		{"half is half as high", 50, 100, 105, "M7 7V98"},
		{"the prototype's first thread", 53, 91, 122, "M7 7V115"},
		{"very little is a dot", 1, 1000, 14, "M7 7V7"},
		{"nothing is nothing", 0, 91, 14, ""},
		{"no values at all", 0, 0, 14, ""},
	} {
		height, path := loomThread(c.value, c.most)
		if height != c.height || path != c.path {
			t.Errorf("%s: height %d, path %q; want %d, %q", c.name, height, path, c.height, c.path)
		}
	}
}

func TestBarWidth(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value, most float64
		want        string
	}{{118, 130, "90.8%"}, {130, 130, "100%"}, {0, 130, "0"}, {1, 0, "0"}, {-4, 10, "0"}} {
		if got := barWidth(c.value, c.most); got != c.want {
			t.Errorf("barWidth(%v, %v) is %q, want %q", c.value, c.most, got, c.want)
		}
	}
}

func TestPagerNumbers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name        string
		page, pages int
		want        []int
	}{
		{"one page", 1, 1, []int{1}},
		{"few pages are all shown", 2, 4, []int{1, 2, 3, 4}},
		{"the start of many", 1, 28, []int{1, 2, 3, 4, 0, 28}},
		{"the middle of many", 12, 28, []int{1, 0, 11, 12, 13, 0, 28}},
		{"a gap of one page is filled", 4, 28, []int{1, 2, 3, 4, 5, 0, 28}},
		{"the end", 28, 28, []int{1, 0, 27, 28}},
		{"numbers end at fifty", 50, 900, []int{1, 0, 49, 50}},
		{"beyond the numbers", 0, 900, []int{1, 0, 50}},
	} {
		got := Pager{Page: c.page, Pages: c.pages}.numbers()
		if len(got) != len(c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s: %v, want %v", c.name, got, c.want)
				break
			}
		}
	}
}

func pathOf(threads []thread, class string) string {
	for _, t := range threads {
		if t.Class == class {
			return t.Path
		}
	}
	return ""
}

package ui

import (
	"slices"
	"strconv"
	"testing"

	"portal/internal/form"
)

func TestPairRows(t *testing.T) {
	t.Parallel()
	rows := func(names ...string) form.Answers {
		a := form.Answers{}
		for i, name := range names {
			a[form.RowName("g", i, "name")] = []string{name}
		}
		return a
	}
	for _, c := range []struct {
		name          string
		before, after form.Answers
		want          []rowPair
	}{
		{"nothing changed", rows("a", "b"), rows("a", "b"), []rowPair{{0, 0}, {1, 1}}},
		{"the first is removed", rows("a", "b", "c"), rows("b", "c"), []rowPair{{0, -1}, {1, 0}, {2, 1}}},
		{"one is put in between", rows("a", "c"), rows("a", "b", "c"), []rowPair{{0, 0}, {-1, 1}, {1, 2}}},
		{"one is rewritten", rows("a", "b", "c"), rows("a", "x", "c"), []rowPair{{0, 0}, {1, 1}, {2, 2}}},
		{"rewritten and added", rows("a"), rows("x", "y"), []rowPair{{0, 0}, {-1, 1}}},
		{"all are new", rows(), rows("a"), []rowPair{{-1, 0}}},
		{"all are gone", rows("a"), rows(), []rowPair{{0, -1}}},
	} {
		if got := pairRows("g", c.before, c.after); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestPairManyRows(t *testing.T) {
	t.Parallel()
	before, after := form.Answers{}, form.Answers{}
	for n := range 200 {
		for _, field := range []string{"what", "target", "unit", "due.day"} {
			before[form.RowName("g", n, field)] = []string{strconv.Itoa(n)}
			after[form.RowName("g", 199-n, field)] = []string{strconv.Itoa(n)}
		}
	}
	if got := len(pairRows("g", before, after)); got < 200 {
		t.Errorf("%d pairs of 200 rows", got)
	}
}

package practice_test

import (
	"fmt"
	"slices"
	"testing"

	"portal/internal/form"
)

// Of more matches than are ranked those that say it in the title lead, then those that say it in the summary, however old they
// are; and page by page, or from practice to practice, the list has each match once.
func TestManyMatchesAreLedByTheirTitles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const many = 107
	publish := func(a form.Answers) string {
		_, id := w.publish(t, with(a))
		return id
	}
	title := publish(form.Answers{"title": {"Seaweed farmers who came home"}})
	stem := publish(form.Answers{"title": {"Farming seaweeds after return"}})
	summary := publish(form.Answers{"summary": {"Two hundred families who returned grow seaweed."}})
	both := publish(form.Answers{"title": {"Seaweed nurseries"}, "summary": {"Families of seaweed growers plan their return."}})
	last := publish(form.Answers{"lessons": {"Seaweed is sold by the shore."}})
	for range many - 5 {
		publish(form.Answers{"lessons": {"Some grow seaweed, others do not."}})
	}
	list := w.list(t, "q=seaweed")
	if list.Total != many {
		t.Fatalf("%d matches, want %d", list.Total, many)
	}
	var first []string
	for _, p := range list.Practices[:4] {
		first = append(first, p.PublicID)
	}
	for _, id := range []string{title, stem, summary, both} {
		if !slices.Contains(first, id) {
			t.Errorf("%s is not among the first, %v", id, first)
		}
	}
	if narrowed := w.list(t, "q=seaweed+nurseries&objective=1&objective=2&objective=3&objective=21"); narrowed.Total > 0 && narrowed.Practices[0].PublicID != both {
		t.Errorf("%s is first for two words", narrowed.Practices[0].PublicID)
	}
	var all []string
	for page := 1; page <= list.Pages; page++ {
		for _, p := range w.list(t, fmt.Sprintf("q=seaweed&page=%d", page)).Practices {
			all = append(all, p.PublicID)
		}
	}
	if sorted := slices.Compact(slices.Sorted(slices.Values(all))); len(all) != many || len(sorted) != many {
		t.Errorf("the pages have %d practices, %d different ones", len(all), len(sorted))
	}
	if !slices.Contains(all[100:], last) {
		t.Errorf("the oldest of the others is not behind those that are ranked")
	}
	for _, at := range []int{0, 50, 99, 100, many - 2} {
		next := w.list(t, "q=seaweed&after="+all[at]).Practices
		if len(next) == 0 || next[0].PublicID != all[at+1] {
			t.Errorf("behind the match %d does not stand the next", at)
		}
	}
}

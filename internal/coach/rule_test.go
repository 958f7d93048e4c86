package coach

import (
	"testing"

	"portal/internal/i18n"
)

func TestRulesOfEveryLanguage(t *testing.T) {
	t.Parallel()
	for _, l := range i18n.All {
		raw, err := files.ReadFile("rules/" + string(l) + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		r, err := compile(string(raw))
		if err != nil {
			t.Errorf("%s: %v", l, err)
			continue
		}
		seen := map[Element]bool{}
		for _, s := range r.sections {
			if len(s.want) > 0 {
				seen[s.element] = true
			}
		}
		for _, e := range Elements {
			if !seen[e] {
				t.Errorf("the rules of %s see no %s", l, e)
			}
		}
	}
}

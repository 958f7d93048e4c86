package terms

import (
	"testing"
	"time"

	"portal/internal/i18n"
)

func TestTheVersionInForce(t *testing.T) {
	t.Parallel()
	for at, want := range map[string]string{"2020-01-01T00:00:00Z": Versions[0].Number, "2100-01-01T00:00:00Z": Versions[len(Versions)-1].Number} {
		now, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := Current(now).Number; got != want {
			t.Errorf("on %s version %s is in force, want %s", at, got, want)
		}
	}
	for i, v := range Versions {
		if i > 0 && !Versions[i-1].On.Before(v.On) {
			t.Errorf("version %s does not begin after the one before it", v.Number)
		}
		for _, l := range []i18n.Lang{i18n.English, i18n.Arabic} {
			if !i18n.Has(l, "home.terms.change."+v.Number) {
				t.Errorf("it is not said in %s what version %s changed", l, v.Number)
			}
		}
	}
}

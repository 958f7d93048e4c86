package pledge_test

import (
	"testing"
	"time"

	"portal/internal/date"
	"portal/internal/pledge"
)

func TestPublicIDsAsPeopleTypeThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, typed, want string
	}{
		{"as the portal writes it", "GCM-P-0225", "GCM-P-0225"},
		{"small letters", "gcm-p-0225", "GCM-P-0225"},
		{"without the zeros in front", "GCM-P-225", "GCM-P-0225"},
		{"more than four digits", "GCM-P-123456", "GCM-P-123456"},
		{"with another dash", "GCM–P–0225", "GCM-P-0225"},
		{"with spaces", " gcm p 0225 ", "GCM-P-0225"},
		{"the address of the page", "https://portal.example/en/pledges/GCM-P-0225?text=fr", "GCM-P-0225"},
		{"words around it", "see GCM-P-0012, please", "GCM-P-0012"},
		{"a practice's", "GCM-PR-0225", ""},
		{"a bare number", "225", ""},
		{"number nought", "GCM-P-0000", ""},
		{"more digits than there are pledges", "GCM-P-12345678901", ""},
		{"words", "fair recruitment", ""},
		{"nothing", "", ""},
	} {
		got, ok := pledge.ParseID(c.typed)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%s: %q gives %q, %v; want %q", c.name, c.typed, got, ok, c.want)
		}
	}
}

func TestDeadlineIsTheLastDayNamed(t *testing.T) {
	t.Parallel()
	day := func(m time.Month) date.Date { return date.New(2028, m, 1) }
	p := pledge.Pledge{
		Indicators: []pledge.Indicator{{Due: day(3)}, {Due: day(9)}},
		Milestones: []pledge.Milestone{{Due: day(5)}, {}},
	}
	if got := p.Deadline(); got != day(9) {
		t.Errorf("the deadline is %s", got)
	}
	if got := (pledge.Pledge{}).Deadline(); !got.IsZero() {
		t.Errorf("the deadline of nothing is %s", got)
	}
}

func TestLanguagesOfAPledge(t *testing.T) {
	t.Parallel()
	p := pledge.Pledge{Lang: "fr", Title: "Titre", Versions: []pledge.Version{{Lang: "ar", Title: "عنوان"}, {Lang: "en", Title: "Title"}}}
	for lang, want := range map[string]string{"fr": "Titre", "ar": "عنوان", "en": "Title", "zh": "Titre", "": "Titre"} {
		if got := p.In(lang); got.Title != want {
			t.Errorf("in %q its title is %q, want %q", lang, got.Title, want)
		}
	}
	if got := p.Langs(); len(got) != 3 || got[0] != "fr" {
		t.Errorf("it can be read in %v", got)
	}
}

package conceptnote_test

import (
	"net/url"
	"testing"

	"portal/internal/conceptnote"
)

func TestEligibilityAsksOneQuestionAfterTheOther(t *testing.T) {
	t.Parallel()
	v, _ := seeded(t)
	for _, c := range []struct {
		name, query string
		want        conceptnote.Question // to show; "" when a note can be begun
		kept        string               // of the address
	}{
		{"nothing answered", "", conceptnote.Joint, ""},
		{"an answer that is none", "joint=perhaps", conceptnote.Joint, ""},
		{"one organization only", "joint=no&government=yes", conceptnote.Joint, "government=yes&joint=no"},
		{"the first answered", "joint=yes", conceptnote.Government, "joint=yes"},
		{"no government", "joint=yes&government=no", conceptnote.Government, "government=no&joint=yes"},
		{"no country", "joint=yes&government=yes", conceptnote.Countries, "government=yes&joint=yes"},
		{"a country that is none", "joint=yes&government=yes&country=XX", conceptnote.Countries, "government=yes&joint=yes"},
		{"two countries, one twice", "joint=yes&government=yes&country=KE&country=UG&country=KE", conceptnote.Filing, "country=KE&country=UG&government=yes&joint=yes"},
		{"not by the Resident Coordinator although there is one", "joint=yes&government=yes&country=KE&way=neither&months=24", conceptnote.Filing, "country=KE&government=yes&joint=yes&months=24&way=neither"},
		{"months that are none", "joint=yes&government=yes&country=KE&way=none&months=many", conceptnote.Duration, "country=KE&government=yes&joint=yes&months=many&way=none"},
		{"unusual months stop nobody", "joint=yes&government=yes&country=KE&way=none&months=48", "", "country=KE&government=yes&joint=yes&months=48&way=none"},
		{"all answered", "joint=yes&government=yes&country=KE&way=coordinator&months=24", "", "country=KE&government=yes&joint=yes&months=24&way=coordinator"},
	} {
		q, err := url.ParseQuery(c.query)
		if err != nil {
			t.Fatal(err)
		}
		e := conceptnote.ReadEligibility(q, v)
		if got := e.Next(); got != c.want {
			t.Errorf("%s: the question is %q, want %q", c.name, got, c.want)
		}
		if got := e.Values().Encode(); got != c.kept {
			t.Errorf("%s: the address keeps %q, want %q", c.name, got, c.kept)
		}
	}
}

func TestADraftBeginsWithWhatWasAnswered(t *testing.T) {
	t.Parallel()
	a := conceptnote.Eligibility{Joint: conceptnote.Yes, Government: conceptnote.Yes, Countries: []string{"KE"}, Filing: conceptnote.None, Months: "٢٤"}.Beginning()
	for name, want := range map[string]string{"countries": "KE", "scope": "national", "way": "other", "months": "24"} {
		if got := a.First(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	several := conceptnote.Eligibility{Countries: []string{"KE", "UG"}, Filing: conceptnote.Coordinator, Months: "18"}.Beginning()
	if len(several.All("countries")) != 2 || several.First("scope") != "" || several.First("way") != "coordinator" {
		t.Errorf("it begins with %v", several)
	}
}

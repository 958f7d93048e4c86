package pledge_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	"portal/internal/form"
)

// What people search for is found by other forms of its words, in other languages by the theme, and when it is misspelt.
func TestWordsFindTheirForms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const more = "What we do is described here at some length, for the rules ask for three hundred characters. " +
		"It goes on with a second sentence, and a third one, so that there is enough of it. " +
		"Nothing in it is about anything that somebody could look for in this test, and so it stays."
	published := map[string]string{}
	for name, text := range map[string][2]string{
		"en": {"en", "Cheaper remittances for families abroad"},
		"fr": {"fr", "Des envois de fonds moins chers pour les familles"},
		"es": {"es", "Remesas más baratas"},
		"ar": {"ar", "خفض كلفة التحويلات المالية للمهاجرين"},
		"ru": {"ru", "Дешёвые денежные переводы"},
		"zh": {"zh", "降低汇款成本"},
		"ht": {"en", "Schools in Haïti open their doors"},
	} {
		_, id := w.publish(t, with(form.Answers{"language": {text[0]}, "title": {text[1]}, "description": {more}}))
		published[id] = name
	}
	for _, c := range []struct {
		q    string
		want []string
	}{
		{"remittance", []string{"ar", "en", "es", "fr", "ru", "zh"}},
		{"remittances", []string{"ar", "en", "es", "fr", "ru", "zh"}},
		{"envois de fonds", []string{"ar", "en", "es", "fr", "ru", "zh"}},
		{"التحويلات المالية", []string{"ar", "en", "es", "fr", "ru", "zh"}},
		{"汇款", []string{"ar", "en", "es", "fr", "ru", "zh"}},
		{"remitances", []string{"ar", "en", "es", "fr", "ru", "zh"}},
		{`"remittances"`, []string{"en"}},
		{"-remittances school", []string{"ht"}},
		{"schools of Haiti", []string{"ht"}},
		{"the school in haiti", []string{"ht"}},
		{"famille", []string{"fr"}},
		{"transferts", nil},
		{"baratas", []string{"es"}},
		{"barata", []string{"es"}},
		{"дешевых", []string{"ru"}},
		{"the", []string{"ar", "en", "es", "fr", "ht", "ru", "zh"}},
		{"xyzzyqq", nil},
	} {
		t.Run(c.q, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, id := range listedIDs(w.list(t, "q="+url.QueryEscape(c.q))) {
				got = append(got, published[id])
			}
			if slices.Sort(got); !slices.Equal(got, c.want) {
				t.Errorf("found %v, want %v", got, c.want)
			}
		})
	}
}

// A reader is told which words stand for one that nobody has written, and sees where the words are.
func TestTheListSaysHowWordsWereUnderstood(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(t, with(form.Answers{"title": {"Cheaper <b>remittances</b> for families"}}))
	page := w.Visitor.Get("/en/pledges?q=remitances").Want(http.StatusOK)
	if !page.Contains("Nothing here has the word “remitances”. What you see has: remittances.") {
		t.Error("the correction is not told")
	}
	page = w.Visitor.Get("/en/pledges?q=remittance").Want(http.StatusOK)
	if got := page.Text("h3 mark"); got != "remittances" {
		t.Errorf("%q is marked", got)
	}
	if got := page.Text(".result h3"); got != "Cheaper <b>remittances</b> for families" {
		t.Errorf("the title is %q", got)
	}
}

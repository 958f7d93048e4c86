package journey

import (
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/webtest"
)

// answered are the answers of a whole pledge, step by step, in the order of the form.
func answered(lang i18n.Lang) []struct {
	step   string
	values url.Values
} {
	day, month, year := days(400)
	one := func(pairs ...string) url.Values {
		v := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			v.Add(pairs[i], pairs[i+1])
		}
		return v
	}
	return []struct {
		step   string
		values url.Values
	}{
		{"who", one("on_behalf", "own", "category", "member_state")},
		{"contacts", one("contact_name", "Amina", "contact_position", "Focal point", "contact_email", "private.focal@migration.example")},
		{"place", one("scope", "countries", "countries", "KE", "locality", "Kisumu")},
		{"what", one("language", string(lang), "title", wordings[lang].title, "type", "individual")},
		{"nature", one("natures", "process_oriented")},
		{"objectives", one("objectives", "6", "related", "18", "principles", "3")},
		{"text", one("description", wordings[lang].description, "barriers", "Staff turnover.")},
		{"measures", one("indicators.0.what", "Agencies in the register", "indicators.0.target", "120", "indicators.0.due.day", day, "indicators.0.due.month", month, "indicators.0.due.year", year)},
	}
}

// stepsOf is the path of the steps of a submission, without the language.
func stepsOf(id string) string { return "/submissions/" + id + "/steps/" }

// newDraft starts a pledge for the person's office and returns its number.
func newDraft(t *testing.T, c *webtest.Client, who identity.User) string {
	t.Helper()
	to := c.Post("/en/pledges", url.Values{"office": {strconv.FormatInt(who.Posts[0].OfficeID, 10)}}).Want(http.StatusSeeOther).Location()
	return strings.TrimPrefix(to, "/en/submissions/")
}

// wholeDraft writes a whole pledge and leaves it to be sent.
func wholeDraft(t *testing.T, c *webtest.Client, who identity.User) string {
	t.Helper()
	id := newDraft(t, c, who)
	for _, a := range answered(i18n.English) {
		saveStep(c, id, a.step, a.values).Want(http.StatusSeeOther)
	}
	return id
}

// saveStep posts a step that nobody has saved before.
func saveStep(c *webtest.Client, id, step string, values url.Values) *webtest.Page {
	posted := maps.Clone(values)
	posted.Set("version", "0")
	posted.Set("do", "continue")
	return c.Post("/en"+stepsOf(id)+step, posted)
}

// sendIn sends a pledge in and says whether the portal acknowledges it.
func sendIn(c *webtest.Client, id string) bool {
	page := c.Post("/en/submissions/"+id+"/submission", url.Values{"declaration": {"yes"}})
	return page.Status == http.StatusSeeOther && strings.HasSuffix(page.Location(), "/submission")
}

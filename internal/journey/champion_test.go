package journey

import (
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/webtest"
)

// aboutChampions writes what the heads of a mission are told: that the desk has entered the joining of their country.
func (c *correspondence) aboutChampions() {
	c.t.Helper()
	office := webtest.NewOffice(c.t, c.db, "Mission that reads "+string(c.lang), map[i18n.Lang]string{i18n.English: "CV", i18n.Arabic: "LK"}[c.lang])
	c.reads(webtest.NewUser(c.t, c.db, "Ambassador "+string(c.lang), map[int64]identity.PostRole{office: identity.Head}))
	desk := c.client(c.t, webtest.NewUser(c.t, c.db, "Network "+string(c.lang), nil, identity.StaffRole{Role: identity.Officer, Desk: identity.NetworkDesk}))
	desk.PostMultipart("/en/desk/champion-cases/new", url.Values{
		"office": {strconv.FormatInt(office, 10)}, "source": {"The ambassador, by e-mail"}, "note_reference": {"NV/1"}, "note_date.day": {"1"}, "note_date.month": {"2"}, "note_date.year": {"2026"},
		"language": {"en"}, "focal_office": {"Ministry"}, "contact_name": {"Ana"}, "contact_email": {"ana@mission.example"},
	}, webtest.File{Field: "note_file", Name: "note.pdf", Content: []byte("%PDF-1.4\n%%EOF\n")}).Want(http.StatusSeeOther)

	mission := func(country string) int64 {
		return webtest.NewOffice(c.t, c.db, "Mission of "+country+" that reads "+string(c.lang), country)
	}
	reader := c.reads(webtest.NewUser(c.t, c.db, "Counsellor "+string(c.lang), map[int64]identity.PostRole{mission("PH"): identity.Head}))
	next := time.Now().AddDate(0, 2, 0)
	page := c.client(c.t, reader).Post("/en/champions/exchange/new", url.Values{
		"kind": {"offer"}, "objective": {"6"}, "lang": {string(c.lang)}, "title": {"A course / دورة"}, "text": {"Two weeks. / أسبوعان."},
		"until.day": {"1"}, "until.month": {strconv.Itoa(int(next.Month()))}, "until.year": {strconv.Itoa(next.Year())},
	}).Want(http.StatusSeeOther).Location()
	writer := c.client(c.t, webtest.NewUser(c.t, c.db, "Peer "+string(c.lang), map[int64]identity.PostRole{mission("MA"): identity.Head}))
	form := writer.Get(page).Want(http.StatusOK).Form(`form[action*="/messages"]`)
	form.Set("message-"+form.Value("to"), "May two of ours come? / هل يمكن أن يأتي اثنان منا؟").Submit().Want(http.StatusSeeOther)
}

// ownerOfExchange is who posted the exchange about which others have written.
func (w *world) ownerOfExchange(t *testing.T) identity.User {
	t.Helper()
	return w.person(t, value[string](t, w.db, `SELECT u.email FROM champion_exchanges e JOIN users u ON u.id = e.author_id WHERE e.id = (SELECT min(exchange_id) FROM champion_exchange_messages)`))
}

// championWalks are the pages of Champion countries, for the public, a mission whose country joins, and the network desk.
func (w *world) championWalks(t *testing.T) []walk {
	t.Helper()
	joins := value[string](t, w.db, `SELECT min(id)::text FROM submissions WHERE kind = 'champion' AND state = 'in_review'`)
	return []walk{
		{"a visitor at the Champion countries", identity.User{}, append(ok("/champions", "/champions?year=2021&sort=year", "/champions?q=zzzz", "/champions/KE", "/champions/new"), visit{"/champions/ZZ", http.StatusNotFound})},
		{"a visitor at the countries", identity.User{}, append(ok("/countries", "/countries?region=africa&champion=yes&sort=pledges", "/countries?q=zzzz", "/countries/KE", "/countries/AD", "/regions/africa"), visit{"/countries/XX", http.StatusNotFound})},
		{"the network desk at the Champion countries", w.person(t, "network@demo.example"), ok("/desk/champions", "/desk/champions?q=zzzz", "/desk/champions/KE", "/desk/champion-documents", "/desk/champion-cases/new", "/desk/submissions/"+joins, "/desk/participation", "/desk/participation?q=zzzz", "/desk/participation?of=regional&in=africa&since=2024")},
		{"an office of a Champion country", w.ownerOfExchange(t), append(ok("/champions/exchange", "/champions/exchange?kind=wish&objective=6", "/champions/exchange?objective=23&kind=offer", "/champions/exchange/new",
			"/champions/exchange/"+value[string](t, w.db, `SELECT min(exchange_id)::text FROM champion_exchange_messages`)), visit{"/champions/exchange/999999", http.StatusNotFound})},
		{"a mission whose country joins", w.ownerOf(t, joins), ok("/champions/new", "/submissions/"+joins)},
	}
}

package journey

import (
	"net/http"
	"strings"
	"testing"

	"portal/internal/i18n"
)

// Two partners of a pledge answer on a phone, without an account: one confirms, in English, and one declines, in Arabic. The
// public page shows the one and does not name the other.
func TestPartnersAnswerWithoutAnAccount(t *testing.T) {
	t.Parallel()
	p := newPortal(t, false)
	c := newCorrespondence(t, p, i18n.English)
	id := copyDraft(t, p.db, wholeDraft(t, c.owner, c.head), c.head)
	form := c.owner.Get("/en" + stepsOf(id) + "what").Want(http.StatusOK).Form("form.step")
	form.Set("type", "common").Press("do=continue").Want(http.StatusSeeOther)
	posted := c.owner.Get("/en" + stepsOf(id) + "partners").Want(http.StatusOK).Form("form.step")
	for n, name := range []string{"Ministry of Labour of Uganda", "City of Cali"} {
		row := "partners." + string(rune('0'+n)) + "."
		posted.Forge(row+"name", name).Forge(row+"email", "partner"+string(rune('0'+n))+"@partner.example").Forge(row+"part", "Trains inspectors")
	}
	posted.Press("do=continue").Want(http.StatusSeeOther)
	c.sendIn(c.owner, id)
	c.take(id)
	c.decide(id, "publish", "")
	publicID := value[string](t, p.db, `SELECT public_id FROM submissions WHERE id = $1::bigint`, id)

	confirming := open(t, p.url, narrow)
	path := partnerLink(t, p, "partner0@partner.example", 0)
	confirming.want(confirming.visit(path), http.StatusOK)
	confirming.axeAtBothWidths()
	confirming.resize(narrow)
	confirming.choose("[name=answer][value=confirm]")
	confirming.fill("#name", "Okello")
	confirming.want(confirming.push("Send the answer"), http.StatusUnprocessableEntity)
	confirming.axeAtBothWidths()
	confirming.fill("#position", "Commissioner")
	confirming.want(confirming.push("Send the answer"), http.StatusGone)
	confirming.reads("Thank you", "This question has been answered")
	confirming.axeAtBothWidths()

	declining := open(t, p.url, narrow)
	declining.want(declining.visit(strings.Replace(partnerLink(t, p, "partner1@partner.example", 0), "/en/", "/ar/", 1)), http.StatusOK)
	declining.axeAtBothWidths()
	declining.resize(narrow)
	declining.choose("[name=answer][value=decline]")
	declining.fill("#name", "Lucía")
	declining.fill("#position", "Alcaldesa")
	declining.want(declining.push("إرسال الجواب"), http.StatusGone)
	declining.axeAtBothWidths()

	reading := open(t, p.url, wide)
	reading.want(reading.visit("/en/pledges/"+publicID), http.StatusOK)
	reading.reads("Ministry of Labour of Uganda", "Confirmed")
	reading.saysNot("City of Cali", "Okello", "Alcaldesa")
	owner := p.enter(t, c.head, wide)
	owner.want(owner.visit("/en/submissions/"+id), http.StatusOK)
	owner.reads("What the partners say", "Okello", "Does not take part")
	owner.axeAtBothWidths()
}

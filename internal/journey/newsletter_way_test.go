package journey

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/newsletter"
	"portal/internal/webtest"
)

var subscriptionInMail = regexp.MustCompile(`https?://[^/\s]+(/(?:en|ar)/t/subscription/\w+)`)

// Two readers subscribe in the footer, without scripts; the desk makes an issue with a variant in English alone, and somebody else
// approves it. Each gets it in a mail, in Arabic what there is of it labelled as English; the archive has it. One click in the
// mail program ends a subscription, and the next issue does not come.
func TestTheNewsletterFromTheFooterToTheLastMail(t *testing.T) {
	t.Parallel()
	p := newPortal(t, false)
	desk := func(name string) *tab {
		return p.enter(t, webtest.NewUser(t, p.db, name, nil, identity.StaffRole{Role: identity.Officer, Desk: identity.CommunicationsDesk}), wide)
	}
	readers := map[i18n.Lang]string{i18n.English: "reader@migration.example", i18n.Arabic: "qari@migration.example"}
	for lang, email := range readers {
		b := open(t, p.url, narrow).withoutScripts()
		b.want(b.visit("/"+string(lang)+"/privacy"), http.StatusOK)
		b.fill("#footer-email", email)
		b.want(b.press("footer [name=short]"), http.StatusOK)
		b.want(b.visit(p.mailTo(t, email, subscriptionInMail)), http.StatusOK)
		b.reads(email)
		b.want(b.push(says(lang, "newsletter.confirm.button")), http.StatusOK)
	}

	editor, second := desk("Editor"), desk("Second editor")
	send := func(title string) string {
		t.Helper()
		editor.want(editor.visit("/en"+newsletter.DeskPath), http.StatusOK)
		editor.fill(`[name="title.en"]`, title)
		editor.want(editor.push(says(i18n.English, "newsletter.desk.begin.button")), http.StatusOK)
		issue := editor.path()
		editor.want(editor.follow(says(i18n.English, "newsletter.item.add")), http.StatusOK)
		editor.fill(`[name="title.en"]`, "A register of recruiters opens")
		editor.fill(`[name="text.en"]`, "Whoever recruits abroad stands in it.")
		editor.want(editor.push(says(i18n.English, "newsletter.reader.save")), http.StatusOK)
		editor.want(editor.push(says(i18n.English, "newsletter.step.propose")), http.StatusOK)
		editor.reads(says(i18n.English, "newsletter.step.approve.other"))
		second.want(second.visit(issue), http.StatusOK)
		second.axe()
		second.want(second.push(says(i18n.English, "newsletter.step.approve")), http.StatusOK)
		second.want(second.push(says(i18n.English, "newsletter.step.now")), http.StatusOK)
		eventually(t, "the issue is sent", func() bool {
			second.visit(issue)
			return second.has(`main a[href^="/en/newsletter/"]`)
		})
		return issue
	}
	got := func(email, title string) (leave string) {
		t.Helper()
		eventually(t, title+" comes to "+email, func() bool {
			for _, m := range p.sink.Messages() {
				if m.To[0] == email && strings.Contains(m.Text, "A register of recruiters opens") && strings.Contains(m.Subject, title) {
					leave = strings.Trim(m.Header.Get("List-Unsubscribe"), "<>")
					if email == readers[i18n.Arabic] && (!strings.Contains(m.HTML, `dir="rtl"`) || !strings.Contains(m.HTML, `lang="en"`)) {
						t.Errorf("in Arabic it does not say that it is in English:\n%s", m.HTML)
					}
					return true
				}
			}
			return false
		})
		return leave
	}
	send("News of November")
	leave := got(readers[i18n.English], "News of November")
	got(readers[i18n.Arabic], "News of November")

	reader := open(t, p.url, narrow)
	for _, lang := range []i18n.Lang{i18n.English, i18n.Arabic} {
		reader.want(reader.visit("/"+string(lang)+newsletter.Path), http.StatusOK)
		reader.want(reader.follow("News of November"), http.StatusOK)
		reader.reads("A register of recruiters opens")
		reader.axe()
	}

	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, leave, strings.NewReader("List-Unsubscribe=One-Click"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	click, err := plainClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer click.Body.Close()
	if click.StatusCode != http.StatusOK {
		t.Errorf("the one click answers %d", click.StatusCode)
	}
	send("News of December")
	got(readers[i18n.Arabic], "News of December")
	for _, m := range p.sink.Messages() {
		if m.To[0] == readers[i18n.English] && strings.Contains(m.Subject, "December") {
			t.Error("who has left gets the next issue")
		}
	}
}

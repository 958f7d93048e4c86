package account

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/mail"
	"portal/internal/webtest"
)

// tell queues a mail about an office to the person.
func (h *house) tell(who identity.User, office string) {
	h.t.Helper()
	err := h.db.InTx(h.t.Context(), func(tx database.Tx) error {
		to, err := recipientByID(h.t.Context(), tx, who.ID)
		if err != nil {
			return err
		}
		return h.accounts.send(h.t.Context(), tx, to, letter{kind: "post_ended", office: Office{Name: office}})
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

func TestNotificationChoicesOnThePage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who := h.introduce("reader@example.org")
	c := h.as(who)
	form := c.Get("/en/account/notifications").Want(http.StatusOK).Form("main form")
	for _, topic := range []string{"submissions", "reports", "co_writing", "offices"} {
		if got := form.Value("pace_" + topic); got != "at_once" {
			t.Errorf("before any choice %s is %q", topic, got)
		}
	}
	if _, there := form.Values()["pace_desk"]; there {
		t.Error("somebody outside the secretariat is asked about the desk")
	}
	done := form.Set("pace_offices", "weekly").Set("pace_submissions", "never").Submit().WantRedirect("/en/account").Follow()
	if !done.Contains(i18n.TL("en", "account.notifications.some")) {
		t.Error("the account page does not say that something was chosen")
	}
	again := c.Get("/en/account/notifications").Form("main form")
	if again.Value("pace_offices") != "weekly" || again.Value("pace_submissions") != "never" || again.Value("pace_co_writing") != "at_once" {
		t.Errorf("the choices are %v", again.Values())
	}
	if got := h.acts("user", who.ID); !strings.HasSuffix(got, "notifications.change(submissions,offices)") {
		t.Errorf("the audit log has %q", got)
	}
	for name, sent := range map[string]string{"a pace that there is not": "hourly", "none": "", "something hostile": "<script>' OR 1=1 --"} {
		page := c.Post("/en/account/notifications", values("pace_offices", sent, "pace_submissions", "daily", "pace_reports", "daily", "pace_co_writing", "daily")).Want(http.StatusUnprocessableEntity)
		if got := page.Text(".errors li"); got != i18n.TL("en", "account.notifications.missing") {
			t.Errorf("%s: the summary says %q", name, got)
		}
		if page.Form("main form").Value("pace_submissions") != "daily" {
			t.Errorf("%s: what was chosen is lost", name)
		}
	}
	if n := h.count(`SELECT count(*) FROM notification_choices WHERE pace = 'daily'`); n != 0 {
		t.Error("a form with an error was half saved")
	}
	officer := webtest.NewUser(t, h.db, "Officer", nil, identity.StaffRole{Role: identity.Officer, Desk: identity.PledgesDesk})
	if h.as(officer).Get("/en/account/notifications").Form("main form").Value("pace_desk") != "at_once" {
		t.Error("an officer is not asked about the desk")
	}
	c.Post("/en/account/notifications", values("pace_offices", "at_once", "pace_submissions", "at_once", "pace_reports", "at_once", "pace_co_writing", "at_once", "pace_desk", "never")).WantRedirect("/en/account")
	if n := h.count(`SELECT count(*) FROM notification_choices`); n != 0 {
		t.Error("at once leaves a row, or a topic was chosen that was not asked about")
	}
}

func TestADigestIsOneMailInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who := h.introduce("reader@example.org")
	other := h.introduce("other@example.org")
	for _, u := range []identity.User{who, other} {
		if err := h.accounts.ChooseNotifications(t.Context(), u, map[mail.Topic]mail.Pace{mail.Offices: mail.Daily}); err != nil {
			t.Fatal(err)
		}
	}
	send := func() {
		t.Helper()
		if err := h.accounts.SendDigests(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	h.later(7 * 24 * time.Hour)
	send() // nothing waits
	h.tell(who, "Lake <b>Region</b>")
	h.tell(who, "City of Cali")
	h.exec(`UPDATE users SET lang = 'ar' WHERE id = $1`, who.ID)
	h.mu.Lock()
	h.now = time.Now()
	h.mu.Unlock()
	send() // not yet due
	if all := h.mails("reader@example.org"); len(all) != 2 {
		t.Fatalf("there are %d mails, want the two that wait: %v", len(all), kinds(all))
	}
	if n := h.count(`SELECT count(*) FROM river_job WHERE kind = 'mail.send'`); n != 0 {
		t.Fatal("what waits for a digest is sent")
	}
	h.later(25 * time.Hour)
	send()
	send()
	m := h.mail("reader@example.org", "digest")
	if all := h.mails("reader@example.org"); len(all) != 3 || m.Lang != "ar" {
		t.Fatalf("there are %d mails %v, the digest in %s", len(all), kinds(all), m.Lang)
	}
	for _, want := range []string{`lang="ar" dir="rtl"`, `lang="en" dir="auto"`, "City of Cali", "Lake &lt;b&gt;Region&lt;/b&gt;", "https://portal.example/en/account", "https://portal.example/ar/account/notifications"} {
		if !strings.Contains(m.HTML, want) {
			t.Errorf("the digest lacks %q: %s", want, m.HTML)
		}
	}
	if n := h.count(`SELECT count(*) FROM outbox WHERE state = 'bundled' AND digest_id IS NOT NULL`); n != 2 {
		t.Errorf("%d mails are bundled, want 2", n)
	}
	if all := h.mails("other@example.org"); len(all) != 0 {
		t.Errorf("who has nothing waiting got %v", kinds(all))
	}
}

func TestADigestIsSentOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who := h.introduce("reader@example.org")
	if err := h.accounts.ChooseNotifications(t.Context(), who, map[mail.Topic]mail.Pace{mail.Offices: mail.Weekly}); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		h.tell(who, "Lake Region")
	}
	h.later(8 * 24 * time.Hour)
	// A process that ends in the middle leaves everything as it was.
	ended := errors.New("the process ends")
	err := h.db.InTx(t.Context(), func(tx database.Tx) error {
		if err := mail.Bundle(t.Context(), tx, who.ID, h.clock(), func(items []mail.Collected) (mail.Message, error) {
			return h.accounts.digest(t.Context(), recipient{ID: who.ID, Email: who.Email, Lang: "en"}, items)
		}); err != nil {
			return err
		}
		return ended
	})
	if !errors.Is(err, ended) || h.count(`SELECT count(*) FROM outbox WHERE state = 'collected'`) != 20 {
		t.Fatalf("after a broken run something is gone (%v)", err)
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if err := h.accounts.SendDigests(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if n := h.count(`SELECT count(*) FROM outbox WHERE kind = 'account.digest'`); n != 1 {
		t.Errorf("%d digests were written by 8 processes, want 1", n)
	}
	if n := h.count(`SELECT count(*) FROM outbox WHERE state = 'bundled'`); n != 20 {
		t.Errorf("%d of 20 mails are in it", n)
	}
}

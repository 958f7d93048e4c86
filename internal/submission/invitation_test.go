package submission_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/submission"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// inDays is a day from the day of the test.
func inDays(n int) date.Date { return date.Today(time.Now(), i18n.Geneva).AddDays(n) }

// realTime lets the clock of the portal be that of the database, which decides when an invitation is over.
func (w *world) realTime() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = time.Now()
}

// invite invites an address and returns the number of the invitation.
func (w *world) invite(id workflow.ID, email string, rights submission.Rights) int64 {
	w.Helper()
	if err := w.service.Invite(w.Context(), w.Member.User, id, submission.NewInvitation{Email: email, Rights: rights, Until: inDays(30)}); err != nil {
		w.Fatal(err)
	}
	return value[int64](w, `SELECT max(id) FROM draft_invitations WHERE submission_id = $1`, id)
}

// guest lets somebody in with the rights and returns them with a browser of their own.
func (w *world) guest(id workflow.ID, name string, rights submission.Rights) webtest.Person {
	w.Helper()
	user := webtest.NewUser(w, w.db, name, nil)
	if _, err := w.service.Accept(w.Context(), user, w.invite(id, user.Email, rights)); err != nil {
		w.Fatal(err)
	}
	return webtest.SignedIn(w, w.Visitor.Client, w.router, name, user)
}

// token is the secret of the link in the last invitation.
func (w *world) token() string {
	w.Helper()
	body := value[string](w, `SELECT body FROM outbox WHERE kind = 'submission.invitation' ORDER BY id DESC LIMIT 1`)
	found := regexp.MustCompile(`/t/draft/([A-Z0-9]+)`).FindStringSubmatch(body)
	if found == nil {
		w.Fatalf("no link in %q", body)
	}
	return found[1]
}

func TestInvitationsThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.realTime()
	draft, sent := w.ready(), w.sent()
	good := submission.NewInvitation{Email: "guest@example.org", Rights: submission.ToEdit, Until: inDays(30)}
	but := func(change func(*submission.NewInvitation)) submission.NewInvitation {
		n := good
		change(&n)
		return n
	}
	viewed := w.guest(draft, "Reader", submission.ToView)
	editor := w.guest(draft, "Editor", submission.ToEdit)
	w.invite(draft, "Twice@example.org", submission.ToView)
	for _, c := range []struct {
		name  string
		who   identity.User
		id    workflow.ID
		n     submission.NewInvitation
		field string // of a problem.Invalid
		want  error
	}{
		{"no address", w.Member.User, draft, but(func(n *submission.NewInvitation) { n.Email = " " }), "email", nil},
		{"no address at all", w.Member.User, draft, but(func(n *submission.NewInvitation) { n.Email = "Amina, please" }), "email", nil},
		{"two addresses", w.Member.User, draft, but(func(n *submission.NewInvitation) { n.Email = "a@example.org,b@example.org" }), "email", nil},
		{"a line break in the address", w.Member.User, draft, but(func(n *submission.NewInvitation) { n.Email = "a@example.org\r\nBcc: b@example.org" }), "email", nil},
		{"a colleague of the office", w.Member.User, draft, but(func(n *submission.NewInvitation) { n.Email = w.Viewer.User.Email }), "email", nil},
		{"oneself", w.Member.User, draft, but(func(n *submission.NewInvitation) { n.Email = w.Member.User.Email }), "email", nil},
		{"somebody who is invited already, written otherwise", w.Member.User, draft, but(func(n *submission.NewInvitation) { n.Email = "twice@EXAMPLE.org" }), "email", nil},
		{"rights that there are not", w.Member.User, draft, but(func(n *submission.NewInvitation) { n.Rights = "head" }), "rights", nil},
		{"no day", w.Member.User, draft, but(func(n *submission.NewInvitation) { n.Until = date.Date{} }), "until.day", nil},
		{"yesterday", w.Member.User, draft, but(func(n *submission.NewInvitation) { n.Until = inDays(-1) }), "until.day", nil},
		{"more than a year", w.Member.User, draft, but(func(n *submission.NewInvitation) { n.Until = inDays(366) }), "until.day", nil},
		{"what is sent", w.Member.User, sent, good, "", problem.NotAllowedNow},
		{"by a viewer of the office", w.Viewer.User, draft, good, "", problem.Forbidden},
		{"by an invited editor", editor.User, draft, good, "", problem.Forbidden},
		{"by an invited reader", viewed.User, draft, good, "", problem.Forbidden},
		{"by another office", w.OtherMember.User, draft, good, "", problem.NotFound},
		{"by the desk", w.Officer.User, draft, good, "", problem.NotFound},
		{"what is not there", w.Member.User, 999999, good, "", problem.NotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := w.service.Invite(t.Context(), c.who, c.id, c.n)
			wrong, invalid := problem.InvalidFields(err)
			switch {
			case c.field != "" && (!invalid || len(wrong) != 1 || wrong[0].Name != c.field):
				t.Errorf("the answer is %v, want one thing wrong with %s", err, c.field)
			case c.field == "" && !errors.Is(err, c.want):
				t.Errorf("the answer is %v, want %v", err, c.want)
			}
		})
	}
	for _, last := range []date.Date{inDays(0), inDays(365)} {
		if err := w.service.Invite(t.Context(), w.Head.User, draft, submission.NewInvitation{Email: "until" + last.String() + "@example.org", Rights: submission.ToView, Until: last}); err != nil {
			t.Errorf("until %s: %v", last, err)
		}
	}
}

// An office cannot make a mail cannon of invitations.
func TestInvitationsOfAnOfficeAreCapped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.realTime()
	id := w.ready()
	sent := 0
	for i := range 40 {
		who := w.Member.User
		if i%2 == 0 {
			who = w.Head.User // together
		}
		err := w.service.Invite(t.Context(), who, id, submission.NewInvitation{Email: "guest" + strconv.Itoa(i) + "@example.org", Rights: submission.ToView, Until: inDays(3)})
		switch {
		case err == nil:
			sent++
		case !errors.Is(err, problem.TooMany):
			t.Fatal(err)
		}
	}
	if mails := value[int](w, `SELECT count(*)::int FROM outbox WHERE kind = 'submission.invitation'`); sent != 30 || mails != 30 {
		t.Errorf("%d invitations and %d mails of 40 went out, want 30", sent, mails)
	}
}

// Nobody's mailbox is filled by many offices, or by one that changes its mind.
func TestMailsToOneInvitedAddressAreCapped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.realTime()
	sent := 0
	for i := range 8 {
		who, id := w.Member.User, w.ready()
		if i == 7 {
			who = w.OtherMember.User
			w.exec(`UPDATE submissions SET office_id = (SELECT office_id FROM posts WHERE user_id = $2 LIMIT 1), author_id = $2 WHERE id = $1`, id, who.ID)
		}
		err := w.service.Invite(t.Context(), who, id, submission.NewInvitation{Email: []string{"One@example.org", "one@EXAMPLE.org"}[i%2], Rights: submission.ToView, Until: inDays(3)})
		wrong, invalid := problem.InvalidFields(err)
		switch {
		case err == nil:
			sent++
		case !invalid || wrong[0].Name != "email":
			t.Fatal(err)
		}
	}
	if mails := value[int](w, `SELECT count(*)::int FROM outbox WHERE kind = 'submission.invitation'`); sent != 5 || mails != 5 {
		t.Errorf("%d invitations and %d mails of 8 went out, want 5", sent, mails)
	}

	id := w.ready()
	g := w.guest(id, "Guest", submission.ToEdit)
	invitation := value[int64](w, `SELECT max(id) FROM draft_invitations`)
	for i := range 8 {
		if err := w.service.ChangeInvitation(t.Context(), w.Member.User, id, invitation, submission.NewInvitation{Rights: submission.ToView, Until: inDays(i + 1)}); err != nil {
			t.Fatal(err) // access is changed in any case
		}
	}
	if n := value[int](w, `SELECT count(*)::int FROM outbox WHERE kind = 'submission.invitation_changed'`); n != 5 {
		t.Errorf("the guest got %d mails of 8 changes, want 5", n)
	}
	if c, err := w.service.Open(t.Context(), g.User, id); err != nil || c.Role != workflow.Guest || c.GuestUntil != inDays(8) {
		t.Errorf("the guest is %q until %s, %v", c.Role, c.GuestUntil, err)
	}
	if err := w.service.EndInvitation(t.Context(), w.Member.User, id, invitation); err != nil {
		t.Fatal(err)
	}
	if n := value[int](w, `SELECT count(*)::int FROM outbox WHERE kind = 'submission.invitation_ended'`); n != 1 {
		t.Errorf("the guest got %d mails that it has ended", n)
	}
}

// What an invited person may do with the draft, by the service: each act is tried with each of the rights.
func TestWhatGuestsMayDo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.realTime()
	other := w.ready()
	for _, rights := range submission.AllRights {
		for _, state := range []struct {
			name string
			make func() workflow.ID
		}{{"a draft", w.ready}, {"changes", func() workflow.ID { return w.returned("More.") }}, {"a revision", func() workflow.ID {
			id := w.published()
			if err := w.service.Revise(t.Context(), w.Member.User, id); err != nil {
				t.Fatal(err)
			}
			return id
		}}} {
			t.Run(string(rights)+" of "+state.name, func(t *testing.T) {
				id := state.make()
				g := w.guest(id, "Guest "+string(rights), rights)
				ctx := t.Context()
				c, err := w.service.Open(ctx, g.User, id)
				if err != nil {
					t.Fatal(err)
				}
				if !c.IsGuest() || c.GuestUntil != inDays(30) || len(c.Actions()) != 0 || c.MayReply() || c.MayInvite() {
					t.Errorf("the guest is %q until %s and may take %v", c.Role, c.GuestUntil, c.Actions())
				}
				_, err = w.service.SaveStep(ctx, g.User, id, "text", workflow.Origin{Version: c.Text.Steps["text"].Version}, form.Answers{"description": {"What " + g.User.Name + " writes."}})
				if wrote := err == nil; wrote != (rights == submission.ToEdit) || !wrote && !errors.Is(err, problem.Forbidden) {
					t.Errorf("writing: %v", err)
				}
				for name, err := range map[string]error{
					"send":     w.service.Submit(ctx, g.User, id, submission.Declaration{Made: true}),
					"withdraw": w.service.Withdraw(ctx, g.User, id),
					"discard":  w.service.Discard(ctx, g.User, id),
					"reply":    w.service.Reply(ctx, g.User, id, "Hello"),
					"move":     w.service.Move(ctx, g.User, id, w.OtherOffice),
					"invite":   w.service.Invite(ctx, g.User, id, submission.NewInvitation{Email: "a@example.org", Rights: submission.ToView, Until: inDays(1)}),
				} {
					if !errors.Is(err, problem.Forbidden) && !errors.Is(err, problem.NotAllowedNow) {
						t.Errorf("%s: %v", name, err)
					}
				}
				for _, below := range []string{"/people", "/withdrawal", "/discard", "/office"} {
					g.In(t).Get(page(id, below)).Want(http.StatusForbidden)
					if below == "/office" {
						g.In(t).Post(page(id, below), nil).Want(http.StatusForbidden)
					}
				}
				g.In(t).Get(page(id, "")).Want(http.StatusOK)
				g.In(t).Get(page(id, "/check")).Want(http.StatusOK)
				g.In(t).Get(page(id, "/print")).Want(http.StatusOK)
				if got, want := g.In(t).Get(step(id, "text")).Status, map[submission.Rights]int{submission.ToEdit: 200}[rights]; want != 0 && got != want || want == 0 && got != http.StatusForbidden {
					t.Errorf("the step answers %d", got)
				}
				g.In(t).Get(page(other, "")).Want(http.StatusNotFound)
				list, err := w.service.List(ctx, g.User, submission.Filter{})
				if err != nil || list.Total != 1 || list.Rows[0].ID != id {
					t.Errorf("the list holds %+v, %v", list.Rows, err)
				}
			})
		}
	}
}

// Who was invited leaves by themself: at once, also for a page that is open, and without anybody else's doing.
func TestAGuestLeavesADraft(t *testing.T) {
	t.Parallel()
	for _, rights := range submission.AllRights {
		t.Run(string(rights), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.realTime()
			id := w.ready()
			g, stays := w.guest(id, "Guest", rights), w.guest(id, "Stays", submission.ToEdit)
			if rights == submission.ToEdit {
				g.In(t).Get(step(id, "text")).Want(http.StatusOK)
			}
			before := value[int](w, `SELECT count(*)::int FROM outbox`)
			at := page(id, "/leaving")
			confirm := g.In(t).Get(page(id, "")).Want(http.StatusOK).Click("a[href$='/leaving']").Want(http.StatusOK)
			if n := value[int](w, `SELECT count(*)::int FROM draft_invitations WHERE ended_at IS NULL`); n != 2 {
				t.Fatal("looking at the page has done it")
			}
			confirm.Form("main form").Submit().WantRedirect("/en/drafts").Follow().Want(http.StatusOK)
			g.In(t).Get(page(id, "")).Want(http.StatusForbidden) // and is told so
			g.In(t).Post(at, nil).Want(http.StatusForbidden)
			stays.In(t).Get(page(id, "")).Want(http.StatusOK)
			if n := value[int](w, `SELECT count(*)::int FROM step_presence WHERE user_id = $1`, g.User.ID); n != 0 {
				t.Error("they still have a step open")
			}
			if n := value[int](w, `SELECT count(*)::int FROM outbox`); n != before {
				t.Errorf("%d mails were written", n-before)
			}
			if text := w.Member.In(t).Get(page(id, "/people")).Text("main"); !strings.Contains(text, "Left the draft") {
				t.Errorf("the office does not read that they left: %q", text)
			}
			for _, who := range []webtest.Person{w.Member, w.Head, w.Viewer} {
				who.In(t).Get(at).Want(http.StatusForbidden)
				who.In(t).Post(at, nil).Want(http.StatusForbidden)
			}
			w.OtherMember.In(t).Post(at, nil).Want(http.StatusNotFound)
		})
	}
}

// Who has once been let in never judges it; an invitation alone changes nothing for the desk.
func TestGuestsDoNotJudge(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.realTime()
	id := w.ready()
	invitation := w.invite(id, w.Officer.User.Email, submission.ToComment)
	if err := w.service.Submit(t.Context(), w.Member.User, id, submission.Declaration{Made: true}); err != nil {
		t.Fatal(err)
	}
	sees := func() workflow.By {
		s, err := workflow.Find(t.Context(), w.db.Read(), id, w.Officer.User)
		if errors.Is(err, problem.NotFound) {
			return ""
		}
		if err != nil {
			t.Fatal(err)
		}
		return s.Side
	}
	if side := sees(); side != workflow.ByDesk {
		t.Errorf("before accepting, the officer is on side %q", side)
	}
	if _, err := w.service.Accept(t.Context(), w.Officer.User, invitation); err != nil {
		t.Fatal(err)
	}
	if side := sees(); side != workflow.ByOwner {
		t.Errorf("after accepting, the officer is on side %q", side)
	}
	if err := w.service.EndInvitation(t.Context(), w.Member.User, id, invitation); err != nil {
		t.Fatal(err)
	}
	if side := sees(); side != "" {
		t.Errorf("after the end, the officer is on side %q", side)
	}
}

// The link of an invitation, as everybody and in every state.
func TestTheLinkOfAnInvitation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.realTime()
	id := w.ready()
	user := webtest.NewUser(t, w.db, "Guest", nil)
	guest := webtest.SignedIn(t, w.Visitor.Client, w.router, "guest", user)
	invitation := w.invite(id, strings.ToUpper(user.Email), submission.ToEdit)
	link := "/en/t/draft/" + w.token()
	if n := value[int](w, `SELECT count(*)::int FROM outbox WHERE kind = 'submission.invitation' AND secret AND to_user IS NULL`); n != 1 {
		t.Errorf("%d secret mails", n)
	}
	w.Visitor.In(t).Get("/en/t/draft/UNKNOWN").Want(http.StatusNotFound)
	page1 := w.Visitor.In(t).Get(link).Want(http.StatusOK)
	if text := page1.Text("main"); !strings.Contains(text, "G•••@") || strings.Contains(text, "Register every child") || strings.Contains(strings.ToLower(string(page1.Body)), user.Email) {
		t.Errorf("the visitor reads %q", text)
	}
	foreign := w.OtherMember.In(t).Get(link).Want(http.StatusForbidden)
	if text := foreign.Text("main"); !strings.Contains(text, "G•••@") || !strings.Contains(text, w.OtherMember.User.Email) || strings.Contains(text, "Register every child") {
		t.Errorf("somebody else reads %q", text)
	}
	answer := func(p webtest.Person, do string) *webtest.Page {
		return p.In(t).Post("/en/invitations/"+strconv.FormatInt(invitation, 10), url.Values{"do": {do}})
	}
	answer(w.OtherMember, "accept").Want(http.StatusNotFound)
	guest.In(t).Get(page(id, "")).Want(http.StatusNotFound)
	if text := guest.In(t).Get(link).Want(http.StatusOK).Text("main"); !strings.Contains(text, "Register every child") {
		t.Errorf("the guest reads %q", text)
	}
	if text := guest.In(t).Get("/en/drafts").Want(http.StatusOK).Text("main"); !strings.Contains(text, "Register every child") {
		t.Errorf("the guest's list says %q", text)
	}
	if text := w.OtherMember.In(t).Get("/en/drafts?invited=1").Text("main"); !strings.Contains(text, w.OtherMember.User.Email) || strings.Contains(text, "Register every child") {
		t.Errorf("somebody else's list says %q", text)
	}
	if to := answer(guest, "accept").Want(http.StatusSeeOther).Location(); to != page(id, "") {
		t.Errorf("after accepting one is at %s", to)
	}
	answer(guest, "accept").Want(http.StatusSeeOther)
	if n := value[int](w, `SELECT count(*)::int FROM outbox WHERE kind = 'submission.invitation_accepted'`); n != 1 {
		t.Errorf("the inviter got %d mails", n)
	}
	guest.In(t).Get(link).Want(http.StatusSeeOther)
	w.Visitor.In(t).Get(link).Want(http.StatusGone)

	// It ends: at once, and with what was typed.
	typed := url.Values{"description": {"Words of a guest."}, "version": {"1"}, "do": {"continue"}}
	if err := w.service.EndInvitation(t.Context(), w.Head.User, id, invitation); err != nil {
		t.Fatal(err)
	}
	late := guest.In(t).Post(step(id, "text"), typed).Want(http.StatusForbidden)
	if text := late.Text("main"); !strings.Contains(text, "Words of a guest.") || strings.Contains(text, "Register every child") {
		t.Errorf("the page after the end says %q", text)
	}
	if got := w.kept(id, "description"); got != description {
		t.Errorf("kept is %q", got)
	}
	guest.In(t).Get(page(id, "")).Want(http.StatusForbidden)
	guest.In(t).Get(link).Want(http.StatusGone)
	w.Newcomer.In(t).Post(step(id, "text"), typed).Want(http.StatusNotFound)

	// Time is over, taken back, declined.
	for state, sql := range map[string]string{
		"run out":    `UPDATE draft_invitations SET until_on = current_date - 1 WHERE id = $1`,
		"taken back": `UPDATE draft_invitations SET ended_at = now(), ended_by = invited_by WHERE id = $1`,
		"declined":   `UPDATE draft_invitations SET ended_at = now() WHERE id = $1`,
	} {
		invitation = w.invite(id, user.Email, submission.ToView)
		w.exec(sql, invitation)
		gone := guest.In(t).Get("/en/t/draft/" + w.token()).Want(http.StatusGone)
		if title := gone.Text("h1"); !strings.Contains(title, state) {
			t.Errorf("what is %s says %q", state, title)
		}
		answer(guest, "accept").Want(http.StatusSeeOther)
		guest.In(t).Get(page(id, "")).Want(http.StatusForbidden)
		w.exec(`UPDATE draft_invitations SET ended_at = coalesce(ended_at, now()) WHERE id = $1`, invitation)
	}
	invitation = w.invite(id, user.Email, submission.ToView)
	answer(guest, "decline").Want(http.StatusSeeOther)
	answer(guest, "decline").Want(http.StatusSeeOther)
	if n := value[int](w, `SELECT count(*)::int FROM audit_log WHERE subject = 'invitation' AND act = 'decline_invitation'`); n != 1 {
		t.Errorf("declined %d times", n)
	}
}

// The day on which an invitation ends is the last one.
func TestAnInvitationEndsWithItsDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.realTime()
	id := w.ready()
	g := w.guest(id, "Guest", submission.ToEdit)
	w.exec(`UPDATE draft_invitations SET until_on = current_date`)
	g.In(t).Get(page(id, "")).Want(http.StatusOK)
	w.exec(`UPDATE draft_invitations SET until_on = current_date - 1`)
	g.In(t).Get(page(id, "")).Want(http.StatusForbidden)
	if list, err := w.service.List(t.Context(), g.User, submission.Filter{}); err != nil || list.Total != 0 {
		t.Errorf("the list still holds %d, %v", list.Total, err)
	}
}

// Other rights hold at once; the person is told, and the people page keeps what was typed wrong.
func TestRightsAreChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.realTime()
	id := w.ready()
	g := w.guest(id, "Guest", submission.ToEdit)
	invitation := value[int64](w, `SELECT id FROM draft_invitations`)
	at := page(id, "/people/"+strconv.FormatInt(invitation, 10))
	until := inDays(10)
	change := url.Values{
		"rights": {"view"}, "do": {"save"},
		"until.day": {strconv.Itoa(until.Day())}, "until.month": {strconv.Itoa(int(until.Month()))}, "until.year": {strconv.Itoa(until.Year())},
	}
	w.Member.In(t).Post(at, change).Want(http.StatusSeeOther)
	g.In(t).Get(step(id, "text")).Want(http.StatusForbidden)
	if c, err := w.service.Open(t.Context(), g.User, id); err != nil || c.Role != workflow.Guest || c.GuestUntil != until {
		t.Errorf("the guest is %q until %s, %v", c.Role, c.GuestUntil, err)
	}
	if n := value[int](w, `SELECT count(*)::int FROM outbox WHERE kind = 'submission.invitation_changed' AND to_user = $1`, g.User.ID); n != 1 {
		t.Errorf("the guest got %d mails", n)
	}
	change.Set("until.month", "13")
	bad := w.Member.In(t).Post(at, change).Want(http.StatusUnprocessableEntity)
	if !strings.Contains(string(bad.Body), `value="13"`) || !strings.Contains(bad.Text("#errors"), "Enter the last day") {
		t.Errorf("the page says %q", bad.Text("main"))
	}
	w.Viewer.In(t).Post(at, change).Want(http.StatusUnprocessableEntity)
	change.Set("until.month", strconv.Itoa(int(until.Month())))
	w.Viewer.In(t).Post(at, change).Want(http.StatusForbidden)
	w.OtherMember.In(t).Post(at, change).Want(http.StatusNotFound)
	w.Member.In(t).Post(page(w.ready(), "/people/"+strconv.FormatInt(invitation, 10)), change).Want(http.StatusNotFound)
}

// Two windows accept one invitation, and somebody takes it back at the same time: in any order the person is either in
// and told so, or not.
func TestAcceptingRacesWithItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.realTime()
	for range 8 {
		id := w.start()
		user := webtest.NewUser(t, w.db, "Guest", nil)
		invitation := w.invite(id, user.Email, submission.ToEdit)
		var all sync.WaitGroup
		errs := make([]error, 2)
		var ended error
		for i := range errs {
			all.Go(func() { _, errs[i] = w.service.Accept(t.Context(), user, invitation) })
		}
		all.Go(func() { ended = w.service.EndInvitation(t.Context(), w.Member.User, id, invitation) })
		all.Wait()
		if ended != nil {
			t.Fatal(ended)
		}
		accepts := value[int](w, `SELECT count(*)::int FROM audit_log WHERE subject = 'invitation' AND subject_id = $1 AND act = 'accept_invitation'`, invitation)
		for _, err := range errs {
			if err != nil && !errors.Is(err, problem.Stale) {
				t.Errorf("accepting: %v", err)
			}
		}
		if accepts > 1 || accepts == 0 && (errs[0] == nil || errs[1] == nil) {
			t.Errorf("accepted %d times, told %v", accepts, errs)
		}
		if _, err := w.service.Open(t.Context(), user, id); !errors.Is(err, problem.NotFound) {
			t.Errorf("after the end the guest sees it: %v", err)
		}
	}
}

// An invitation is ended while its person saves: the save is whole or it is not there, and never after the end.
func TestEndingRacesWithSaving(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.realTime()
	for range 8 {
		id := w.start()
		g := w.guest(id, "Guest", submission.ToEdit)
		invitation := value[int64](w, `SELECT max(id) FROM draft_invitations`)
		var all sync.WaitGroup
		var saved, ended error
		all.Go(func() {
			_, saved = w.service.SaveStep(context.WithoutCancel(t.Context()), g.User, id, "text", workflow.Origin{}, form.Answers{"description": {"In time?"}})
		})
		all.Go(func() { ended = w.service.EndInvitation(t.Context(), w.Member.User, id, invitation) })
		all.Wait()
		if ended != nil {
			t.Fatal(ended)
		}
		kept := w.kept(id, "description")
		if (saved == nil) != (kept == "In time?") || saved != nil && !errors.Is(saved, problem.NotFound) {
			t.Errorf("told %v, kept %q", saved, kept)
		}
		_, err := w.service.SaveStep(t.Context(), g.User, id, "text", workflow.Origin{Version: 1}, form.Answers{"description": {"Too late"}})
		if !errors.Is(err, problem.NotFound) || w.kept(id, "description") == "Too late" {
			t.Errorf("after the end: %v", err)
		}
	}
}

// The forms of inviting and answering, as they are pressed.
func TestInvitingByForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.realTime()
	id := w.ready()
	at := w.Member.In(t).Get(page(id, "/people")).Want(http.StatusOK)
	to := at.Form(`form[action*="/people"]`).Set("email", "nadia@example.org").Set("rights", "comment").Press("").Want(http.StatusSeeOther).Location()
	if to != page(id, "/people") {
		t.Errorf("after inviting one is at %s", to)
	}
	if got := value[string](w, `SELECT email || ' ' || rights || ' ' || (until_on - current_date) FROM draft_invitations`); got != "nadia@example.org comment 30" && got != "nadia@example.org comment 31" {
		t.Errorf("kept is %q", got)
	}
	again := w.Member.In(t).Get(page(id, "/people")).Form(`form[action$="/people#errors"]`).Set("email", "nadia@example.org").Press("").Want(http.StatusUnprocessableEntity)
	if !strings.Contains(again.Text("#errors"), "invited already") || !strings.Contains(string(again.Body), `value="nadia@example.org"`) {
		t.Errorf("the second time it says %q", again.Text("main"))
	}
	if known, err := w.service.IsInvited(t.Context(), w.db.Read(), "NADIA@example.org"); err != nil || !known {
		t.Errorf("the address is not known as invited: %v", err)
	}
	w.exec(`UPDATE draft_invitations SET until_on = current_date - 1`)
	if known, err := w.service.IsInvited(t.Context(), w.db.Read(), "nadia@example.org"); err != nil || known {
		t.Errorf("the address is still known as invited: %v", err)
	}
	w.Member.In(t).Get(page(id, "/people")).Form(`form[action$="/people#errors"]`).Set("email", "nadia@example.org").Press("").Want(http.StatusSeeOther)
}

// Who has invited and closed their account since is named like everywhere, not by the mark in the table.
func TestTheInviterOfAnInvitationMayBeGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.realTime()
	id := w.ready()
	user := webtest.NewUser(w, w.db, "Asked", nil)
	w.invite(id, user.Email, submission.ToView)
	asked := webtest.SignedIn(w, w.Visitor.Client, w.router, "asked", user)
	w.exec(`UPDATE users SET name = $2 WHERE id = $1`, w.Member.User.ID, identity.Former)
	w.exec(`UPDATE posts SET state = 'ended' WHERE user_id = $1`, w.Member.User.ID)
	for who, path := range map[*webtest.Client]string{asked.In(t): "/en/drafts", w.Visitor.Client: "/en/t/draft/" + w.token(), w.Head.In(t): page(id, "/people")} {
		if p := who.Get(path).Want(http.StatusOK); !p.Contains("Former user") || p.Contains(identity.Former) {
			t.Errorf("%s names who invited %q", path, p.Text("main"))
		}
	}
}

package journey

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/webtest"
)

// Every form that is sent with something wrong comes back with status 422, a title that says so, a summary whose links
// lead to the fields, and passes axe-core in English and Arabic at both widths.
func TestEveryRefusedFormIsAccessible(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	two := webtest.NewUser(t, w.db, "Two Offices", map[int64]identity.PostRole{
		webtest.NewOffice(t, w.db, "One Office", "KE"): identity.Head, webtest.NewOffice(t, w.db, "Another Office", "KE"): identity.Head,
	})
	inReview, waiting := "/desk/submissions/"+w.submissions["in_review"], "/desk/offices/"+w.waitingFor
	focal := "/desk/people/" + strconv.FormatInt(w.focal.ID, 10)
	draft := stepsOf(w.submissions["draft"])
	whole := wholeDraft(t, w.client(t, w.person(t, "contributor@demo.example")), w.focal) // nobody else touches it
	for _, c := range []struct {
		name, path, button string
		who                identity.User
		prepare            func(b *tab)
	}{
		{"registration", "/register", ".formfoot .btn", identity.User{}, func(b *tab) { b.fill("#email", "no address") }},
		{"registration with an office to propose", "/register", ".formfoot .btn", identity.User{}, func(b *tab) {
			b.fill("#q", "zzzz")
			b.want(b.press("button[name=do][value=find]"), http.StatusOK)
			b.fill("#office_name", "")
		}},
		{"signing in", "/sign-in", "main form .btn", identity.User{}, func(b *tab) { b.fill("#email", "nobody@office.example") }},
		{"asking for a link", "/sign-in/link", "main form .btn", identity.User{}, func(*tab) {}},
		{"asking for a new password", "/sign-in/reset", "main form .btn", identity.User{}, func(b *tab) { b.fill("#email", "x@y@z") }},
		{"choosing a password", w.links["set_up"], "main form .btn", identity.User{}, func(b *tab) { b.fill("#password", "short") }},
		{"the name", "/account/name", "main form .btn", w.focal, func(b *tab) { b.fill("#name", "") }},
		{"the position", "/account/position", "main form .btn", w.focal, func(b *tab) { b.fill("#position", "") }},
		{"the password", "/account/password", "main form .btn", w.focal, func(b *tab) { b.fill("#password", "short") }},
		{"an office to join", "/account/office", "main form .btn:not([name=do])", w.focal, func(*tab) {}},
		{"the office to write for", "/pledges/new", "#begin .btn", two, func(*tab) {}},
		{"the contacts", draft + "contacts", ".formfoot .btn", w.focal, func(b *tab) {
			b.fill("#contact_email", "amina at migration")
			b.fill("#second_position", "Deputy")
		}},
		{"the nature", draft + "nature", ".formfoot .btn", w.focal, func(b *tab) {
			b.choose("[name=natures][value=financial_contribution]")
			b.fill("#amount", "a lot")
			b.fill(`[id="period_from.day"]`, "31")
			b.fill(`[id="period_from.month"]`, "13")
			b.fill(`[id="period_from.year"]`, "26")
		}},
		{"the text", draft + "text", ".formfoot .btn", w.focal, func(b *tab) { b.fill("#description", "Too short") }},
		{"the measures", draft + "measures", ".formfoot .btn", w.focal, func(b *tab) { b.fill(`[id="indicators.0.due.year"]`, "1999") }},
		{"the declaration", "/submissions/" + whole + "/check", ".panel--lead .btn", w.focal, func(*tab) {}},
		{"a message to the desk", "/submissions/" + w.submissions["submitted"], `form[action*="/messages"] .btn`, w.ownerOf(t, w.submissions["submitted"]), func(*tab) {}},
		{"a decision", inReview, "#decision .btn", w.officer, func(*tab) {}},
		{"a decision without its reason", inReview, "#decision .btn", w.officer, func(b *tab) { b.choose("[name=action][value=decline]") }},
		{"a note", inReview, `[formaction*="/notes"]`, w.officer, func(*tab) {}},
		{"a message to the submitter", inReview, `[formaction*="/messages"]`, w.officer, func(*tab) {}},
		{"a decision on an office", waiting, "main form .btn", w.lead, func(*tab) {}},
		{"a refusal of an office without its reason", waiting, "main form .btn", w.lead, func(b *tab) { b.choose("[name=decision][value=refuse]") }},
		{"a role", focal, "main form .btn", w.admin, func(*tab) {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := open(t, w.url, wide)
			if c.who.SignedIn() {
				w.signIn(b, c.who)
			}
			for _, lang := range []i18n.Lang{i18n.English, i18n.Arabic} {
				b.want(b.visit("/"+string(lang)+c.path), http.StatusOK)
				c.prepare(b)
				b.want(b.press(c.button), http.StatusUnprocessableEntity)
				b.refused(lang)
				b.axeAtBothWidths()
			}
		})
	}
}

// refused checks what holds for every form that was sent with something wrong.
func (b *tab) refused(lang i18n.Lang) {
	b.t.Helper()
	title := evaluate[string](b, `document.title`)
	if want := says(lang, "ui.error"); len(title) < len(want) || title[:len(want)] != want {
		b.t.Errorf("%s: the title is %q, not %q and what follows", b.path(), title, want)
	}
	b.comes(`document.activeElement.id === "errors"`)
	for _, wrong := range evaluate[[]string](b, `(() => {
		const wrong = [], links = [...document.querySelectorAll("#errors a")];
		if (links.length + document.querySelectorAll("#errors li strong").length === 0) wrong.push("the summary is empty");
		for (const a of links) {
			const field = document.getElementById(decodeURIComponent(a.hash.slice(1)));
			if (!field) { wrong.push("a link of the summary leads nowhere: " + a.outerHTML); continue; }
			const group = field.closest("fieldset, .field") || field.parentElement;
			if (!group.textContent.includes(a.textContent.trim())) wrong.push("the message is not at its field: " + a.textContent);
			const told = [field, group].map(e => e.getAttribute("aria-describedby") || "").join(" ").split(" ").filter(Boolean).map(id => document.getElementById(id));
			if (told.includes(null)) wrong.push("aria-describedby names what is not there: " + field.outerHTML.slice(0, 200));
			if (!told.some(e => e && e.textContent.includes(a.textContent.trim()))) wrong.push("the field does not tell its message: " + field.outerHTML.slice(0, 200));
		}
		return wrong;
	})()`) {
		b.t.Errorf("%s: %s", b.path(), wrong)
	}
}

// The other ways in which a request is refused have calm pages too.
func TestEveryPageOfAProblemIsAccessible(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for _, lang := range []i18n.Lang{i18n.English, i18n.Arabic} {
		t.Run("too large, in "+string(lang), func(t *testing.T) {
			t.Parallel()
			b := o.window(t, o.head, true)
			b.visit("/" + string(lang) + "/account/name")
			b.eval(`(() => { const e = document.querySelector("#name"); e.type = "hidden"; e.value = "x".repeat(18_000_000); })()`) // hidden: nobody waits for it to be drawn
			b.want(b.press("main form .btn"), http.StatusRequestEntityTooLarge)
			b.reads(says(lang, "web.problem.too_large.title"))
			b.axeAtBothWidths()
		})
		t.Run("not a page of this person, in "+string(lang), func(t *testing.T) {
			t.Parallel()
			b := o.window(t, o.officer(t, "Noor "+string(lang)), true)
			b.want(b.visit("/"+string(lang)+"/desk/people"), http.StatusForbidden)
			b.reads(says(lang, "web.problem.forbidden.title"))
			b.axeAtBothWidths()
		})
		t.Run("a form of another website, in "+string(lang), func(t *testing.T) {
			t.Parallel()
			other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				_, _ = io.WriteString(w, `<form method="post" action="`+o.url+"/"+string(lang)+`/account/name"><input name="name" value="Mallory"><button>Win</button></form>`)
			}))
			t.Cleanup(other.Close)
			b := o.window(t, o.head, true)
			b.allow(other.URL)
			b.do(chromedp.Navigate(other.URL + "/"))
			b.want(b.press("button"), http.StatusForbidden)
			b.reads(says(lang, "web.problem.cross_site.title"))
			b.axeAtBothWidths()
		})
	}
	t.Run("too many attempts to sign in", func(t *testing.T) {
		t.Parallel()
		c := o.visitor(t)
		for range 10 {
			c.Post("/en/sign-in", url.Values{"email": {"guessed@office.example"}, "password": {"a guess"}}).Want(http.StatusUnprocessableEntity)
		}
		for _, lang := range []i18n.Lang{i18n.English, i18n.Arabic} {
			b := open(t, o.url, wide)
			b.visit("/" + string(lang) + "/sign-in")
			b.fill("#email", "guessed@office.example")
			b.fill("#password", "another guess")
			b.want(b.press("main form .btn"), http.StatusTooManyRequests)
			b.reads(says(lang, "account.sign_in.locked", 15))
			b.axeAtBothWidths()
		}
	})
	t.Run("too many requests", func(t *testing.T) {
		t.Parallel()
		p := newPortal(t, false)
		c := p.visitor(t)
		for range 60 {
			c.Post("/en/sign-in/link", url.Values{"email": {"somebody@office.example"}}).Want(http.StatusSeeOther)
		}
		for _, lang := range []i18n.Lang{i18n.English, i18n.Arabic} {
			b := open(t, p.url, wide)
			b.visit("/" + string(lang) + "/sign-in/link")
			b.fill("#email", "somebody@office.example")
			b.want(b.press("main form .btn"), http.StatusTooManyRequests)
			b.reads(says(lang, "web.problem.too_many.title"))
			if b.header["Retry-After"] == nil {
				t.Errorf("it does not say when to try again: %v", b.header)
			}
			b.axeAtBothWidths()
		}
	})
}

// What looks for mistakes finds them.
func TestMistakesOnAPageAreFound(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, `<!DOCTYPE html><html><title>Wrong</title><body><main><h1>One</h1><h3>Three</h3><img src="data:,"><input>
			<p style="color: #999; background: #fff">Faint</p><p lang="ar" dir="rtl" style="color: #999; background: #fff; font-family: sans-serif">نص باهت لا يكاد يُقرأ</p><div style="inline-size: 2000px">Wide</div>
			<button style="inline-size: 10px; block-size: 10px; padding: 0" aria-label="a"></button><button style="inline-size: 10px; block-size: 10px; padding: 0" aria-label="b"></button>
			<details><summary>More</summary><a href="/"></a></details><p>⟦a.key⟧</p></main>`)
		if r.URL.Path == "/more" {
			_, _ = io.WriteString(w, `<style>@media (min-width: 1000px) { h6 { display: none } }</style><h6>Six</h6><p style="color: #aaa; background: #fff">Fainter</p><p style="color: #999; background: #fff">As faint</p><input type="image" src="data:,">`)
		}
	}))
	t.Cleanup(server.Close)
	b := open(t, server.URL, narrow)
	b.visit("/")
	found := strings.Join(b.violations(whole), "\n")
	for _, want := range []string{"(html-has-lang)", "(heading-order)", "(image-alt)", "(label)", "(color-contrast)", "(target-size)", "(link-name)", "scrolls sideways", "a target of 10 × 10 px", "a text is missing: ⟦a.key⟧", "(color-contrast): <p lang=\"ar\""} {
		if !strings.Contains(found, want) {
			t.Errorf("%s is not found in:\n%s", want, found)
		}
	}
	// What has been looked at is not looked at again: neither an outline, nor colours that something has been painted in, nor
	// kinds of elements. Another width can have another outline, and other sizes. That is so in a window that is not painted too.
	b = open(t, server.URL, narrow)
	b.minimize()
	for i, step := range []struct {
		path    string
		width   int64
		has, no []string
	}{
		{"/", narrow, nil, []string{"(html-has-lang)", "(heading-order)", "(color-contrast)", "(link-name)"}},
		{"/more", narrow, []string{"(html-has-lang)", `<h6 data-fresh="yes"`, `(color-contrast): <p style="color: #aaa`, "(input-image-alt)"}, []string{`(color-contrast): <p style="color: #999`}},
		{"/more", narrow, nil, []string{"(html-has-lang)", "(heading-order)", "(color-contrast)", "(input-image-alt)", "(link-name)"}},
		{"/more", wide, []string{"(target-size)", "(html-has-lang)"}, []string{"(color-contrast)", "(image-alt)"}},
	} {
		b.resize(step.width)
		b.want(b.glance(step.path), http.StatusOK)
		found := strings.Join(b.violations(alike), "\n")
		for _, want := range step.has {
			if !strings.Contains(found, want) {
				t.Errorf("look %d at %s: %s is not found in:\n%s", i, step.path, want, found)
			}
		}
		for _, not := range step.no {
			if strings.Contains(found, not) {
				t.Errorf("look %d at %s: %s is found in:\n%s", i, step.path, not, found)
			}
		}
	}
}

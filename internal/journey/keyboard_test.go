package journey

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"portal/internal/i18n"
)

// focused looks at what has the focus: how it is called, and what is wrong with it as a stop of the keyboard.
const focused = `(() => {
	const e = document.activeElement;
	if (!e || e === document.body) return {name: "", wrong: ""};
	const name = e.name ? "[name=" + JSON.stringify(e.name) + "]" + (e.matches("[type=radio], [type=checkbox], button") ? "[value=" + JSON.stringify(e.value) + "]" : "") : e.id ? "#" + e.id : e.outerHTML.slice(0, 100);
	const ring = (x, pseudo) => { const s = getComputedStyle(x, pseudo); return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2; };
	const seen = ring(e) || ring(e, "::after") || [e.closest("label"), e.parentElement].some(x => x && ring(x)); // ::after: the link of a card is as large as the card
	const r = e.getBoundingClientRect();
	const middle = (from, to, size) => (Math.max(from, 0) + Math.min(to, size)) / 2;
	const at = document.elementFromPoint(middle(r.left, r.right, innerWidth), middle(r.top, r.bottom, innerHeight));
	let wrong = "";
	if (!seen) wrong = "nothing shows that it has the focus";
	else if (r.width < 2 || r.height < 2) wrong = "it cannot be seen";
	else if (r.bottom < 0 || r.top > innerHeight) wrong = "it is out of the window";
	else if (!at || !(e.contains(at) || at.contains(e) || at.closest("label")?.contains(e))) wrong = "it is covered by " + (at ? at.outerHTML.slice(0, 80) : "nothing");
	return {name, wrong: wrong && name + ": " + wrong};
})()`

type stop struct{ Name, Wrong string }

// tabTo presses the Tab key until the element has the focus; every stop on the way must be one that can be seen.
func (b *tab) tabTo(selector string) {
	b.t.Helper()
	for range 300 {
		b.key(kb.Tab)
		s := evaluate[stop](b, focused)
		if s.Wrong != "" {
			b.t.Errorf("%s: %s", b.path(), s.Wrong)
		}
		if evaluate[bool](b, `document.activeElement.matches(`+quoted(selector)+`)`) {
			return
		}
	}
	b.t.Fatalf("the Tab key does not reach %s", selector)
}

func (b *tab) key(keys string) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(keys))
}

func (b *tab) write(text string) {
	b.t.Helper()
	call(b, input.InsertText, input.InsertTextParams{Text: text})
}

// A step of the form is filled in and saved with nothing but the keyboard, from the skip link on.
func TestAStepByKeyboardAlone(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for _, lang := range []i18n.Lang{i18n.English, i18n.Arabic} {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()
			c := o.client(t, o.head)
			id := wholeDraft(t, c, o.head)
			b := o.window(t, o.head, true)
			b.visit("/" + string(lang) + stepsOf(id) + "what")
			b.tabTo(".skip")
			b.key(kb.Enter)
			b.tabTo("#language")
			b.key("Fr") // as one chooses in a list
			b.tabTo("#title")
			b.write(wordings[i18n.French].title)
			b.tabTo("[name=type]")
			b.key(kb.ArrowDown)
			b.comes(`document.querySelector("[name=type][value=common]").checked`)
			b.tabTo("[name=mirror]")
			b.key(" ")
			b.comes(`document.querySelector("#mirror_reference").checkVisibility()`)
			b.tabTo("#mirror_reference")
			b.write("GCR-17")
			b.tabTo(".formfoot .btn")
			response, err := chromedp.RunResponse(b.ctx, chromedp.KeyEvent(kb.Enter))
			if err != nil {
				t.Fatal(err)
			}
			b.want(b.arrived(response), http.StatusOK)
			if want := "/" + string(lang) + stepsOf(id) + "partners"; b.path() != want {
				t.Fatalf("one is at %s, not at %s", b.path(), want)
			}
			got := value[string](t, o.db, `SELECT concat_ws('|', answers->'language'->>0, answers->'title'->>0, answers->'type'->>0, answers->'mirror'->>0, answers->'mirror_reference'->>0)
				FROM submission_steps WHERE submission_id = $1 AND step = 'what'`, id)
			if want := "fr|" + wordings[i18n.French].title + "|common|yes|GCR-17"; got != want {
				t.Errorf("what is kept is %q, not %q", got, want)
			}
		})
	}
}

// The Tab key comes to everything that can be used on a page, once, and out of it again; each stop can be seen.
func TestTheKeyboardComesEverywhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		path string
		who  string
	}{
		{"/", ""}, {"/pledges?objective=6", ""}, {"/pledges/dashboard", ""}, {"/objectives", ""}, {"/objectives/6", ""}, {"/principles/1", ""}, {"/embed/pledges/status", ""}, {"/pledges/" + w.publicID, ""}, {"/register?q=" + url.QueryEscape("Ministry"), ""},
		{"/submissions/" + w.submissions["draft"], "focal@demo.example"}, {stepsOf(w.submissions["draft"]) + "measures", "focal@demo.example"},
		{"/desk", "officer@demo.example"}, {"/desk/submissions/" + w.submissions["in_review"], "officer@demo.example"},
	} {
		for _, width := range []int64{wide, narrow} {
			b := open(t, w.url, width)
			if c.who != "" {
				w.signIn(b, w.person(t, c.who))
			}
			b.want(b.visit("/en"+c.path), http.StatusOK)
			want := evaluate[int](b, `(() => {
				const groups = new Set();
				return [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]")].filter(e => {
					if (e.disabled || e.tabIndex < 0 || !e.checkVisibility({visibilityProperty: true})) return false;
					if (e.type !== "radio") return true;
					const group = (e.form?.id || "") + e.name, taken = groups.has(group);
					groups.add(group);
					return !taken;
				}).length;
			})()`)
			stops := 0
			for ; stops < 2*want+10; stops++ {
				b.key(kb.Tab)
				s := evaluate[stop](b, focused)
				if s.Name == "" {
					break
				}
				if s.Wrong != "" {
					t.Errorf("%s at %d px: %s", c.path, width, s.Wrong)
				}
			}
			if stops != want {
				t.Errorf("%s at %d px: the Tab key makes %d stops at %d things", c.path, width, stops, want)
			}
		}
	}
}

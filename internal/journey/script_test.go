package journey

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/a-h/templ"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/pledge"
	"portal/internal/problem"
	"portal/web"
	"portal/web/static"
	"portal/web/ui"
)

// formServer is a page with a step of the pledge form, behind the portal's own router and headers, and what was posted to it.
type formServer struct {
	*httptest.Server
	// answer is the status of the next autosaves.
	answer  atomic.Int32
	version atomic.Int32
	posts   chan url.Values
	// unsaved shows the form as one whose text is kept nowhere.
	unsaved atomic.Bool

	step  string
	wrong []problem.Field
}

func newFormServer(t *testing.T, step string, wrong ...problem.Field) *formServer {
	t.Helper()
	d := &formServer{posts: make(chan url.Values, 100), step: step, wrong: wrong}
	d.answer.Store(http.StatusOK)
	d.version.Store(4)
	rt, err := web.New(web.Options{Site: ui.Site{Asset: static.URL, Nav: []ui.NavItem{{Key: "ui.search.button", Path: "/pledges"}}}})
	if err != nil {
		t.Fatal(err)
	}
	rt.Public("GET /step", d.show, web.Stateless())
	rt.Public("POST /step", d.save, web.Stateless())
	d.Server = httptest.NewServer(rt)
	t.Cleanup(d.Close)
	return d
}

func (d *formServer) show(w http.ResponseWriter, r *http.Request) error {
	definition := pledge.NewForm(func(string) bool { return true })
	step, _ := definition.Step(d.step)
	s := ui.StepForm{
		Definition: definition, Step: step, Answers: form.Answers{"countries": {"KE"}, "scope": {"countries"}, "natures": {"process_oriented"}}, Vocabulary: gcm.Reference(),
		Action: ui.Href(r.Context(), "/step"), Version: int(d.version.Load()), Autosave: true, Wrong: d.wrong, Unsaved: d.unsaved.Load(), MaxBytes: 10, MaxFiles: 10,
	}
	page := ui.FormFrame(ui.FormPage{Title: "Step", Wrong: d.wrong})
	return web.Render(w, r, http.StatusOK, around(ui.Layout(ui.Page{Title: "Step"}), around(page, ui.FormStep(s))))
}

func around(c, inner templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error { return c.Render(templ.WithChildren(ctx, inner), w) })
}

func (d *formServer) save(w http.ResponseWriter, r *http.Request) error {
	d.posts <- r.PostForm
	if ui.ReadPress(r.PostForm).Act != ui.Autosave {
		return web.Redirect(w, r, "/step", "")
	}
	if status := int(d.answer.Load()); status != http.StatusOK {
		w.WriteHeader(status)
		return nil
	}
	body, err := json.Marshal(map[string]any{"version": d.version.Add(1), "saved": "09:42 Geneva time"})
	if err != nil {
		return err
	}
	return web.Write(w, r, http.StatusOK, "application/json", body)
}

// posted waits for the next post.
func (d *formServer) posted(t *testing.T) url.Values {
	t.Helper()
	select {
	case values := <-d.posts:
		return values
	case <-time.After(20 * time.Second):
		t.Fatal("nothing was posted")
		return nil
	}
}

const savedLine = `document.querySelector("[data-status]").textContent`

func TestScriptCountsCharactersAsAPersonDoes(t *testing.T) {
	t.Parallel()
	b := open(t, newFormServer(t, "text").URL, 1280)
	b.visit("/en/step")
	b.fill("#description", "👩‍👩‍👧e\u0301 نص 我们\n\n")
	b.comes(`document.querySelector("#description-count").textContent === "You have used 8 of 3,000 characters; at least 300 are needed"`)
	b.eval(`(() => { const e = document.querySelector("#description"); e.value = "x".repeat(3001); e.dispatchEvent(new Event("input", {bubbles: true})); })()`)
	b.comes(`document.querySelector("#description-count").textContent === "You have used 3,001 of 3,000 characters: shorten the text"`)
	b.comes(`document.querySelector("[aria-live=polite]").textContent.includes("3,001")`)
}

func TestScriptSavesWhileOneTypes(t *testing.T) {
	t.Parallel()
	d := newFormServer(t, "text")
	b := open(t, d.URL, 1280)
	b.visit("/en/step")
	b.comes(`dispatchEvent(new Event("beforeunload", {cancelable: true})) === true`)
	b.fill("#description", "First words")
	b.comes(`dispatchEvent(new Event("beforeunload", {cancelable: true})) === false`) // leaving now asks first
	values := d.posted(t)
	if values.Get("autosave") != "1" || values.Get("description") != "First words" || values.Get("version") != "4" || values.Has(ui.Press) {
		t.Errorf("the autosave sends %v", values)
	}
	b.comes(savedLine + ` === "Saved at 09:42 Geneva time"`)
	if got := b.value("[name=version]"); got != "5" {
		t.Errorf("the next save would say version %s", got)
	}
	b.comes(`dispatchEvent(new Event("beforeunload", {cancelable: true})) === true`)

	b.fill("#barriers", "More")
	if values = d.posted(t); values.Get("version") != "5" || values.Get("barriers") != "More" {
		t.Errorf("the second autosave sends %v", values)
	}
}

func TestScriptAsksBeforeTextIsLostThatIsKeptNowhere(t *testing.T) {
	t.Parallel()
	d := newFormServer(t, "text")
	d.unsaved.Store(true)
	b := open(t, d.URL, 1280)
	b.visit("/en/step")
	b.comes(`dispatchEvent(new Event("beforeunload", {cancelable: true})) === false`)
	b.press(".formfoot button")
	d.posted(t)
}

func TestScriptSaysWhenItCannotSave(t *testing.T) {
	t.Parallel()
	for answer, says := range map[int32]string{
		http.StatusConflict: "Somebody else has saved", http.StatusUnauthorized: "no longer signed in", http.StatusServiceUnavailable: "does not answer",
	} {
		t.Run(strconv.Itoa(int(answer)), func(t *testing.T) {
			t.Parallel()
			d := newFormServer(t, "text")
			d.answer.Store(answer)
			b := open(t, d.URL, 1280)
			b.visit("/en/step")
			b.fill("#description", "Words")
			d.posted(t)
			b.comes(savedLine + `.includes(` + strconv.Quote(says) + `)`)
			b.comes(`dispatchEvent(new Event("beforeunload", {cancelable: true})) === false`)
			if answer == http.StatusServiceUnavailable {
				d.answer.Store(http.StatusOK)
				b.comes(savedLine + `.includes("Saved at")`) // it tries again by itself
			}
		})
	}
}

func TestScriptSendsOnce(t *testing.T) {
	t.Parallel()
	d := newFormServer(t, "text")
	b := open(t, d.URL, 1280)
	b.visit("/en/step")
	b.eval(`(() => { const button = document.querySelector(".formfoot button"); button.click(); button.click(); button.click(); })()`)
	if values := d.posted(t); values.Get(ui.Press) != "continue" {
		t.Errorf("the button sends %v", values)
	}
	b.comes(`document.readyState === "complete"`)
	b.visit("/en/step")
	if n := len(d.posts); n != 0 {
		t.Errorf("three presses of a button sent the form %d times more", n)
	}
}

func TestScriptChecksFilesBeforeTheyAreSent(t *testing.T) {
	t.Parallel()
	d := newFormServer(t, "files")
	b := open(t, d.URL, 1280)
	b.visit("/en/step")
	b.eval(`(() => { const e = document.querySelector("input[type=file]"); const t = new DataTransfer(); t.items.add(new File(["eleven bytes"], "<b>big</b>.pdf")); e.files = t.files; e.dispatchEvent(new Event("change", {bubbles: true})); })()`)
	b.comes(`document.querySelector(".err").textContent === "“<b>big</b>.pdf” is larger than 10 bytes. Upload a smaller file."`)
	b.eval(`document.querySelector(".formfoot button").click()`)
	b.comes(`document.activeElement.type === "file"`)
	if n := len(d.posts); n != 0 {
		t.Error("a file that is too large was sent all the same")
	}
	b.axe()
}

func TestScriptNarrowsLongLists(t *testing.T) {
	t.Parallel()
	b := open(t, newFormServer(t, "place").URL, 390)
	b.visit("/en/step")
	b.eval(`document.querySelectorAll("details").forEach(d => d.open = true)`)
	b.fill(".picks__find input", "cote")
	b.comes(`[...document.querySelectorAll(".picks__all label")].filter((l) => !l.hidden).map((l) => l.textContent.trim()).join() === "Côte d’Ivoire" || [...document.querySelectorAll(".picks__all label")].filter((l) => !l.hidden).length === 1`)
	b.axe()
}

func TestScriptLeadsToWhatIsWrong(t *testing.T) {
	t.Parallel()
	b := open(t, newFormServer(t, "text", problem.Field{Name: "description", Key: "form.number", Args: []any{"Description"}}).URL, 390)
	b.visit("/en/step")
	b.comes(`document.activeElement.id === "errors"`)
	b.eval(`document.querySelector("#errors a").click()`)
	b.comes(`document.activeElement.id === "description"`)
	// Escape closes the menu and goes back to its button.
	b.eval(`(() => { const menu = document.querySelector(".menu"); menu.open = true; menu.querySelector("a").focus(); document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key: "Escape", bubbles: true})); })()`)
	b.comes(`!document.querySelector(".menu").open && document.activeElement.tagName === "SUMMARY"`)
	// The pictures of the sprite are there under the content security policy.
	b.comes(`document.querySelector(".menu .icon use").getBBox().width > 5`)
	b.axe()
}

// Questions that depend on an answer come and go by the style sheet alone.
func TestConditionalQuestionsComeAndGo(t *testing.T) {
	t.Parallel()
	b := open(t, newFormServer(t, "nature").URL, 1280)
	b.visit("/en/step")
	shown := func(id string) string { return `document.getElementById("` + id + `").checkVisibility()` }
	b.comes(`!` + shown("amount") + ` && !` + shown("nature_other"))
	b.eval(`document.querySelector("[name=natures][value=financial_contribution]").click()`)
	b.comes(shown("amount") + ` && !` + shown("nature_other"))
}

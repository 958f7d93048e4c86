package submission

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"portal/internal/attachment"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

const (
	// uploadBody is the largest post of a step: as many files as there may be, each somewhat larger than it may be, so
	// that the person is told which one is too large and nothing else is lost.
	uploadBody = (attachment.MaxFiles + 1) * (attachment.MaxBytes + 6<<20)
	// uploadTime is how long a post of a step may take: files on slow lines.
	uploadTime = time.Hour
	// saveTime is how long everything but the files may take.
	saveTime = 8 * time.Second
	// pageField carries the token of a page (workflow.Origin).
	pageField = "page"
)

// openStep returns the submission and the step of the request.
func (h handlers) openStep(ctx context.Context, r *http.Request) (Case, form.Step, error) {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return Case{}, form.Step{}, err
	}
	c, err := h.service.Open(ctx, identity.Must(ctx), id)
	if err != nil {
		return c, form.Step{}, err
	}
	step, ok := c.Kind.Form.Step(r.PathValue("step"))
	if !ok {
		return c, step, problem.NotFound
	}
	return c, step, nil
}

// step shows one step of the form.
func (h handlers) step(w http.ResponseWriter, r *http.Request) error {
	c, step, err := h.openStep(r.Context(), r)
	if err != nil {
		return err
	}
	v := h.stepView(r, c, step)
	switch {
	case c.IsViewer():
		return h.refuse(w, r, v.caseView)
	case !c.State.Writable():
		return web.Redirect(w, r, Path(c.ID), "submission.flash.not_writable")
	case !v.asked():
		return web.Redirect(w, r, Path(c.ID), "submission.flash.not_asked")
	}
	if held := web.Held(r.Context()); held != nil {
		v.Answers, _ = v.with(held, i18n.From(r.Context()))
		v.Origin = origin(held)
		v.Held = true
	}
	saved, opened := c.Text.Steps[step.ID]
	if opened || v.Held {
		v.Wrong = c.Kind.Form.Wrong(step, v.Answers, v.Env)
	}
	if v.Checking {
		v.Wrong = c.Kind.Form.StepProblems(step, v.Answers, v.Env)
	}
	if opened {
		v.Saved = saved
	} else if !v.Held {
		if err := h.suggest(r.Context(), &v); err != nil {
			return err
		}
	}
	v.More = r.URL.Query().Get("more")
	v.Find = ui.Finding{Words: r.URL.Query().Get("find"), Page: number(r, "part")}
	if !web.IsLook(r) {
		if v.Others, err = h.service.Present(r.Context(), v.Who, c, step.ID); err != nil {
			return err
		}
	}
	return h.showStep(w, r, http.StatusOK, v)
}

// suggest fills a step that nobody has opened yet with what is known.
func (h handlers) suggest(ctx context.Context, v *stepView) error {
	if h.service.suggest == nil || v.IsGuest() { // what is known of a guest is not the office's
		return nil
	}
	known, err := h.service.suggest(ctx, v.Who, v.Submission, v.Step.ID)
	if err != nil {
		return err
	}
	if len(known) > 0 {
		v.Answers, v.Suggested = form.Merge(v.Answers, known), true
	}
	return nil
}

func (h handlers) showStep(w http.ResponseWriter, r *http.Request, status int, v stepView) error {
	v.Beside = h.besideOf(r.Context(), v)
	var err error
	if v.Above, err = h.service.above(r.Context(), v.Submission, v.Step.ID); err != nil {
		return err
	}
	if v.Threads, err = h.service.Threads(r.Context(), v.Case); err != nil {
		return err
	}
	return web.Render(w, r, status, stepPage(v, h.service.vocabulary()))
}

// stepView is the page of a step as it is kept.
func (h handlers) stepView(r *http.Request, c Case, step form.Step) stepView {
	return stepView{
		caseView: h.view(r, c), Step: step, Answers: c.Answers, Env: h.service.envOf(c), Checking: r.URL.Query().Get("check") == "1",
		Origin: workflow.Origin{Version: c.Text.Steps[step.ID].Version, Page: rand.Text()},
	}
}

// origin reads from which page a step is sent.
func origin(posted url.Values) workflow.Origin {
	o := workflow.Origin{Page: posted.Get(pageField), Quiet: ui.ReadPress(posted).Act == ui.Autosave}
	if n, err := strconv.Atoi(posted.Get(ui.VersionField)); err == nil && n > 0 {
		o.Version = n
	}
	if len(o.Page) > 64 || strings.ToValidUTF8(strings.ReplaceAll(o.Page, "\x00", ""), "") != o.Page {
		o.Page = ""
	}
	return o
}

// saveStep keeps what was typed into a step, and then does what the button said.
func (h handlers) saveStep(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), saveTime)
	defer cancel()
	c, step, err := h.openStep(ctx, r)
	if err != nil {
		return err
	}
	posted, refused, err := h.readStep(r, c, step)
	if err != nil {
		return err
	}
	ctx, cancel = context.WithTimeout(r.Context(), saveTime) // the files may have taken long
	defer cancel()
	r = r.WithContext(ctx)
	return h.keepStep(w, r, c, step, posted, refused)
}

// readStep reads the form of a step. Files are kept as they come, each for itself, so that one that is refused or a line
// that breaks does not cost the others; refused is what was wrong with them.
func (h handlers) readStep(r *http.Request, c Case, step form.Step) (posted url.Values, refused []form.Wrong, err error) {
	images := map[string]string{}
	posted, err = web.Parts(r, func(field, name string, content io.Reader) error {
		question, control, ok := uploadAt(step, field)
		if !ok || !c.MayWrite() {
			return nil
		}
		added, err := h.service.AddFile(r.Context(), identity.Must(r.Context()), c.ID, question, name, content)
		if wrong, ok := problem.InvalidFields(err); ok {
			for _, w := range wrong {
				w.Name = control
				refused = append(refused, w)
			}
			return nil
		}
		if err == nil && question.Type != form.Files {
			images[control] = added.Key()
		}
		return err
	})
	for control, key := range images {
		posted.Set(control, key)
	}
	return posted, refused, err
}

func (h handlers) keepStep(w http.ResponseWriter, r *http.Request, c Case, step form.Step, posted url.Values, refused []form.Wrong) error {
	ctx := r.Context()
	who := identity.Must(ctx)
	pressed := ui.ReadPress(posted)
	if pressed.Act == ui.Continue {
		pressed = orFind(step, posted, pressed)
	}
	if pressed.Act == ui.RemoveRow {
		dropRow(posted, pressed.Field, pressed.Row)
	}
	if pressed.Act == ui.TakeTheirs {
		return h.takeTheirs(w, r, c, step, posted, pressed.Field)
	}
	a, removed := step.Read(posted, i18n.From(ctx))
	saved, err := h.service.SaveStep(ctx, who, c.ID, step.ID, origin(posted), a)
	var conflict *workflow.ConflictError
	switch {
	case errors.As(err, &conflict):
		return h.conflict(w, r, step, posted, conflict.Theirs)
	case errors.Is(err, problem.Forbidden), errors.Is(err, problem.NotAllowedNow):
		return h.tooLate(w, r, step, a)
	case err != nil:
		return err
	}
	if pressed.Act == ui.Autosave {
		return autosaved(w, r, saved)
	}
	if err := h.service.dropImages(ctx, who, c.ID, step, saved.Answers); err != nil {
		return err
	}
	if pressed.Act == ui.RemoveFile {
		if err := h.service.RemoveFile(ctx, who, c.ID, pressed.File); err != nil && !errors.Is(err, problem.NotFound) {
			return err // one that is not there any more is removed
		}
	}
	if c, err = h.open(r); err != nil {
		return err
	}
	v := h.stepView(r, c, step)
	v.Saved = saved
	for _, f := range step.Fields {
		if f.Search {
			v.Find.Words = sought(posted.Get(ui.FindField(f.ID)))
		}
	}
	v.Wrong = removedFrom(c.Kind.Form, step, removed)
	v.Wrong = append(v.Wrong, refused...)
	if len(v.Wrong) == 0 && pressed.Act == ui.Continue {
		v.Wrong = c.Kind.Form.Wrong(step, c.Answers, v.Env)
	}
	if len(v.Wrong) > 0 {
		v.Wrong = append(v.Wrong, others(c.Kind.Form.Wrong(step, c.Answers, v.Env), v.Wrong)...)
		return h.showStep(w, r, statusOf(refused), v)
	}
	return h.afterSaving(w, r, v, pressed)
}

// afterSaving goes where the button leads.
func (h handlers) afterSaving(w http.ResponseWriter, r *http.Request, v stepView, pressed ui.Pressed) error {
	here := stepPath(v.ID, v.Step.ID)
	if v.Checking {
		here += "?check=1"
	}
	switch pressed.Act {
	case ui.Comments:
		return web.Redirect(w, r, Path(v.ID)+"/comments?at="+url.QueryEscape(pressed.Field)+"#new", "submission.flash.saved", i18n.Clock(r.Context(), v.Saved.SavedAt))
	case ui.Later:
		if err := h.service.leave(r.Context(), v.Who, v.ID, v.Step.ID); err != nil {
			return err
		}
		return web.Redirect(w, r, Path(v.ID), "submission.flash.saved", i18n.Clock(r.Context(), v.Saved.SavedAt))
	case ui.Find:
		q := url.Values{"find": {v.Find.Words}}
		if pressed.Row > 0 {
			q.Set("part", strconv.Itoa(pressed.Row))
		}
		return web.Redirect(w, r, addQuery(here, q.Encode())+"#"+url.PathEscape(pressed.Field), "")
	case ui.Tick:
		if err := h.service.Tick(r.Context(), v.Who, v.ID, pressed.Field); err != nil {
			return err
		}
		return web.Redirect(w, r, here, "submission.flash.ticked")
	case ui.AddRow:
		// The row itself is made by the page; nothing is kept of a row that is blank.
		return web.Redirect(w, r, addQuery(here, "more="+url.QueryEscape(pressed.Field))+"#"+v.lastRow(pressed.Field), "")
	case ui.AddUp:
		return web.Redirect(w, r, here+"#"+url.PathEscape(pressed.Field), "submission.flash.saved", i18n.Clock(r.Context(), v.Saved.SavedAt))
	case ui.RemoveRow:
		return web.Redirect(w, r, here+"#"+url.PathEscape(pressed.Field), "submission.flash.row_removed")
	case ui.RemoveFile:
		return web.Redirect(w, r, here, "submission.flash.file_removed")
	case ui.Upload:
		return web.Redirect(w, r, here, "submission.flash.saved", i18n.Clock(r.Context(), v.Saved.SavedAt))
	}
	if err := h.service.leave(r.Context(), v.Who, v.ID, v.Step.ID); err != nil {
		return err
	}
	if v.Checking {
		return web.Redirect(w, r, Path(v.ID)+"/check", "")
	}
	return web.Redirect(w, r, v.next(), "")
}

func addQuery(path, query string) string {
	if strings.Contains(path, "?") {
		return path + "&" + query
	}
	return path + "?" + query
}

// statusOf is 413 when a file was too large, else 422.
func statusOf(refused []form.Wrong) int {
	for _, f := range refused {
		if f.Key == attachment.TooLargeKey {
			return http.StatusRequestEntityTooLarge
		}
	}
	return http.StatusUnprocessableEntity
}

// others returns the problems at controls at which none is told yet.
func others(wrong, told []form.Wrong) []form.Wrong {
	var all []form.Wrong
	for _, one := range wrong {
		if !slices.ContainsFunc(told, func(t form.Wrong) bool { return t.Name == one.Name }) {
			all = append(all, one)
		}
	}
	return all
}

// removedFrom tells in which answers something was taken out that cannot be stored.
func removedFrom(d *form.Definition, step form.Step, names []string) []form.Wrong {
	var all []form.Wrong
	for _, name := range names {
		all = append(all, form.Wrong{Name: name, Key: "form.removed", Args: []any{i18n.Key(labelKey(d, step, name))}})
	}
	return all
}

// labelKey is the key of the label of the question that the control belongs to.
func labelKey(d *form.Definition, step form.Step, control string) string {
	for _, f := range step.Fields {
		if f.Type == form.Matrix && strings.HasPrefix(control, f.ID+".") {
			return d.Key("", f) + ".label"
		}
		if f.Type != form.Group {
			if slices.Contains(form.Controls(f.ID, f), control) {
				return d.Key("", f) + ".label"
			}
			continue
		}
		_, column, _ := strings.Cut(strings.TrimPrefix(control, f.ID+"."), ".")
		for _, sub := range f.Fields {
			if strings.HasPrefix(control, f.ID+".") && slices.Contains(form.Controls(sub.ID, sub), column) {
				return d.Key(f.ID, sub) + ".label"
			}
		}
	}
	return d.StepKey(step) + ".title"
}

// orFind makes a search of going on, when words to look for were typed and not looked for yet: the Enter key goes on.
func orFind(step form.Step, posted url.Values, pressed ui.Pressed) ui.Pressed {
	for _, f := range step.Fields {
		words := sought(posted.Get(ui.FindField(f.ID)))
		if f.Search && words != "" && words != posted.Get(ui.FoundField(f.ID)) && posted.Get(f.ID) == "" && f.When.Holds(form.Answers(posted)) {
			return ui.Pressed{Act: ui.Find, Field: f.ID}
		}
	}
	return pressed
}

// sought makes words to look for fit for an address.
func sought(words string) string {
	words = strings.Join(strings.Fields(strings.ToValidUTF8(strings.ReplaceAll(words, "\x00", ""), "")), " ")
	if r := []rune(words); len(r) > 200 {
		words = string(r[:200])
	}
	return words
}

// dropRow takes a row out of what was posted, under the number that it has on the page.
func dropRow(posted url.Values, group string, row int) {
	prefix := form.RowName(group, row, "")
	for name := range posted {
		if strings.HasPrefix(name, prefix) {
			delete(posted, name)
		}
	}
}

// autosaved answers the script: the version to send next, and the time to show.
func autosaved(w http.ResponseWriter, r *http.Request, saved workflow.Saved) error {
	return answerJSON(w, r, http.StatusOK, map[string]any{"version": saved.Version, "saved": i18n.Clock(r.Context(), saved.SavedAt)})
}

// adviseStep answers the script of a page that is open: what the kind says of the answers as they are typed, nothing of
// which is kept.
func (h handlers) adviseStep(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	c, step, err := h.openStep(ctx, r)
	switch {
	case err != nil:
		return err
	case !c.MayWrite() || !c.State.Writable():
		return problem.Forbidden
	case h.service.live == nil:
		return problem.NotFound
	}
	v := h.stepView(r, c, step)
	a, _ := v.with(r.PostForm, i18n.From(ctx))
	return answerJSON(w, r, http.StatusOK, map[string]any{"texts": h.service.live(ctx, c.Submission, a)})
}

func answerJSON(w http.ResponseWriter, r *http.Request, status int, v any) error {
	var body bytes.Buffer
	if err := json.NewEncoder(&body).Encode(v); err != nil {
		return err
	}
	return web.Write(w, r, status, "application/json", body.Bytes())
}

// conflict shows both texts: the form holds what the person typed, on top of the version that is kept now, and what is
// kept stands at each question that differs.
func (h handlers) conflict(w http.ResponseWriter, r *http.Request, step form.Step, posted url.Values, theirs workflow.Saved) error {
	if ui.ReadPress(posted).Act == ui.Autosave {
		return answerJSON(w, r, http.StatusConflict, map[string]any{"conflict": true})
	}
	c, err := h.open(r)
	if err != nil {
		return err
	}
	v := h.stepView(r, c, step)
	v.Theirs = &theirs
	v.Answers, _ = v.with(posted, i18n.From(r.Context()))
	v.Origin.Version = theirs.Version
	v.Saved = theirs
	v.Wrong = c.Kind.Form.Wrong(step, v.Answers, v.Env)
	return h.showStep(w, r, http.StatusConflict, v)
}

// takeTheirs shows the page of two texts again, with what is kept in place of what was typed at one question. Nothing is
// saved by that, so that it can be undone; when nothing differs any more, there is nothing to be saved.
func (h handlers) takeTheirs(w http.ResponseWriter, r *http.Request, c Case, step form.Step, posted url.Values, field string) error {
	theirs, exists := c.Text.Steps[step.ID]
	at := slices.IndexFunc(step.Fields, func(f form.Field) bool { return f.ID == field })
	if !exists || at < 0 || !c.MayWrite() {
		a, _ := step.Read(posted, i18n.From(r.Context()))
		return h.tooLate(w, r, step, a)
	}
	for name := range posted {
		if name == field || strings.HasPrefix(name, field+".") {
			delete(posted, name)
		}
	}
	for name, values := range only(step.Fields[at], theirs.Answers) {
		posted[name] = values
	}
	if a, _ := step.Read(posted, i18n.From(r.Context())); a.Equal(theirs.Answers) {
		return web.Redirect(w, r, stepPath(c.ID, step.ID), "submission.flash.theirs")
	}
	posted.Del(ui.Press)
	return h.conflict(w, r, step, posted, theirs)
}

// tooLate answers a step that cannot be written any more, or not by this person, with what was typed into it.
func (h handlers) tooLate(w http.ResponseWriter, r *http.Request, step form.Step, a form.Answers) error {
	c, err := h.open(r)
	if err != nil {
		return err
	}
	v := h.view(r, c)
	v.Typed = texts(step, a)
	if c.Role == workflow.Editor && !c.State.Writable() {
		return web.Render(w, r, http.StatusConflict, refusedPage(v, "moved_on"))
	}
	return h.refuse(w, r, v)
}

// texts are what somebody has written into a step, as against chosen.
func texts(step form.Step, a form.Answers) []string {
	var all []string
	for _, f := range step.Fields {
		names := form.Controls(f.ID, f)
		if f.Type == form.Group {
			for n := range a.Rows(f.ID) {
				for _, sub := range f.Fields {
					names = append(names, form.Controls(form.RowName(f.ID, n, sub.ID), sub)...)
				}
			}
		}
		if f.Type == form.Matrix {
			names = slices.Sorted(maps.Keys(only(f, a)))
		}
		switch f.Type {
		case form.Text, form.LongText, form.Group, form.Amount, form.Matrix:
			for _, name := range names {
				all = append(all, a.All(name)...)
			}
		}
	}
	return all
}

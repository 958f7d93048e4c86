package submission

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
	"portal/web/ui"
)

// commentsView is the page of what the writers of a draft say to each other.
type commentsView struct {
	caseView
	// At is the question for which a new comment is meant, "" for the whole.
	At string
	// Typed is what was typed and not kept, into the form of Thread (0 is the new one), and Wrong what is wrong with it.
	Text   string
	Thread int64
	Wrong  []form.Wrong
}

// comments shows what is said about the draft.
func (h handlers) comments(w http.ResponseWriter, r *http.Request) error {
	c, err := h.open(r)
	if err != nil {
		return err
	}
	v := commentsView{caseView: h.view(r, c), At: r.URL.Query().Get("at")}
	if held := web.Held(r.Context()); held != nil {
		v = v.with(held)
	}
	return h.showComments(w, r, http.StatusOK, v)
}

func (v commentsView) with(posted url.Values) commentsView {
	v.Text, v.At = posted.Get("text"), posted.Get("at")
	v.Thread, _ = strconv.ParseInt(posted.Get("thread"), 10, 64) // what is no number is the form of a new one
	return v
}

func (h handlers) showComments(w http.ResponseWriter, r *http.Request, status int, v commentsView) error {
	if !v.MayComment() {
		return h.refuse(w, r, v.caseView)
	}
	if v.field(v.At) == nil {
		v.At = ""
	}
	var err error
	if v.Threads, err = h.service.Threads(r.Context(), v.Case); err != nil {
		return err
	}
	return web.Render(w, r, status, commentsPage(v))
}

// comment keeps a comment.
func (h handlers) comment(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	v := commentsView{}.with(r.PostForm)
	err = h.service.Comment(ctx, identity.Must(ctx), id, NewComment{Thread: v.Thread, Field: v.At, Text: v.Text})
	if err == nil {
		return web.Redirect(w, r, Path(id)+"/comments", "submission.comment.flash.kept")
	}
	wrong, invalid := problem.InvalidFields(err)
	if !invalid && !refusedToComment(err) {
		return err
	}
	c, failed := h.open(r)
	if failed != nil {
		return failed
	}
	v.caseView = h.view(r, c)
	if invalid {
		v.Wrong = wrong
		return h.showComments(w, r, http.StatusUnprocessableEntity, v)
	}
	v.Typed = []string{v.Text}
	return h.refuse(w, r, v.caseView)
}

// resolve closes a thread, or opens it again.
func (h handlers) resolve(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	thread, err := web.ParamID(r, "thread")
	if err != nil {
		return err
	}
	resolved := r.PostFormValue("do") != "reopen"
	err = h.service.Resolve(ctx, identity.Must(ctx), id, thread, resolved)
	if err != nil && !refusedToComment(err) {
		return err
	}
	if err != nil {
		c, failed := h.open(r)
		if failed != nil {
			return failed
		}
		return h.refuse(w, r, h.view(r, c))
	}
	flash := "submission.comment.flash.resolved"
	if !resolved {
		flash = "submission.comment.flash.reopened"
	}
	return web.Redirect(w, r, Path(id)+"/comments", flash)
}

// field is a question that the form has; nil for none.
func (v caseView) field(id string) *form.Field {
	if f, _, ok := v.Kind.Form.Field(id); ok {
		return &f
	}
	return nil
}

// about names the question of a thread.
func (v caseView) about(ctx context.Context, field string) string {
	switch f := v.field(field); {
	case field == "":
		return i18n.T(ctx, "submission.comment.whole")
	case f == nil:
		return i18n.T(ctx, "submission.comment.gone")
	default:
		return i18n.T(ctx, v.Kind.Form.Key("", *f)+".label")
	}
}

// places are what a new comment can be about: the whole, or a question that is asked.
func (v commentsView) places(ctx context.Context) ui.Control {
	c := ui.Control{
		Name: "at", Label: i18n.T(ctx, "submission.comment.at"), Values: []string{v.At},
		Choices: []ui.Choice{{Value: "", Label: i18n.T(ctx, "submission.comment.whole")}},
	}
	for _, s := range v.Sections {
		for _, f := range s.Step.Asked(v.Answers) {
			c.Choices = append(c.Choices, ui.Choice{Value: f.ID, Label: v.about(ctx, f.ID)})
		}
	}
	return c
}

// text is the field of the new comment.
func (v commentsView) text(ctx context.Context) ui.Control {
	c := ui.Control{Name: "text", Label: i18n.T(ctx, "submission.comment.label"), Hint: i18n.T(ctx, "submission.comment.hint"), Rows: 4}
	if v.Thread == 0 {
		c.Values, c.Error = []string{v.Text}, ui.MessageFor(ctx, v.Wrong, "text")
	}
	return c
}

// mayComment says whether the forms are shown.
func (v commentsView) mayComment() bool { return mayComment(v.Submission) == nil }

// resolved are the threads that are done with.
func (v commentsView) resolved() []Thread {
	var all []Thread
	for _, t := range v.Threads {
		if !t.Open() {
			all = append(all, t)
		}
	}
	return all
}

// questionHref is where the question of a thread is answered; "" where the person does not write, or it is not asked.
func (v commentsView) questionHref(ctx context.Context, field string) string {
	f := v.field(field)
	if f == nil || !v.MayWrite() {
		return ""
	}
	for _, s := range v.Sections {
		for _, asked := range s.Step.Asked(v.Answers) {
			if asked.ID == field {
				return ui.Href(ctx, stepPath(v.ID, s.Step.ID)) + "#" + Asked{Field: *f}.anchor()
			}
		}
	}
	return ""
}

// typedIn is what was typed into the form of a thread and not kept.
func (v commentsView) typedIn(t Thread) string {
	if v.Thread != t.ID {
		return ""
	}
	return v.Text
}

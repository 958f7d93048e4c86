package champion

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"portal/internal/attachment"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// StartPath is where a case is begun, EnterPath where the desk enters one that came by e-mail; without the language.
const (
	StartPath = Path + "/new"
	EnterPath = "/desk/champion-cases/new"
)

func caseRoutes(r *web.Router, h handlers) {
	r.Public("GET "+StartPath, h.start, web.Cached())
	r.Member("POST "+StartPath, h.begin)
	r.Staff("GET "+EnterPath, h.enterForm)
	r.Staff("POST "+EnterPath, h.enter, web.Streamed(), web.Body(documentBody), web.Timeout(documentTime))
}

// startView is the page on which a case is begun.
type startView struct {
	Pages      Pages
	Vocabulary *gcm.Vocabulary
	Time       workflow.ServiceTime
	Filers     []Filer
	// Office is as chosen.
	Office string
	Wrong  []problem.Field
	// Standing says what there is of the country already, when that is in the way; nil for nothing.
	Standing *Standing
}

func (h handlers) startView(r *http.Request) (startView, error) {
	ctx := r.Context()
	v := startView{Pages: h.pages, Vocabulary: h.champions.vocabulary()}
	times, err := workflow.ReadServiceTimes(ctx, h.champions.db.Read())
	if err != nil {
		return v, err
	}
	v.Time = times[KindName]
	if who := identity.From(ctx); who.SignedIn() {
		v.Filers, err = h.champions.Filers(ctx, who)
	}
	return v, err
}

// start says what one needs to join, and begins the case.
func (h handlers) start(w http.ResponseWriter, r *http.Request) error {
	v, err := h.startView(r)
	if err != nil {
		return err
	}
	v.Office = web.Held(r.Context()).Get("office")
	return web.Render(w, r, http.StatusOK, startPage(v))
}

func (h handlers) begin(w http.ResponseWriter, r *http.Request) error {
	v, err := h.startView(r)
	if err != nil {
		return err
	}
	v.Office = r.PostFormValue("office")
	ctx, who := r.Context(), identity.Must(r.Context())
	office, _ := strconv.ParseInt(v.Office, 10, 64) // none is no office that there is
	id, err := h.champions.Begin(ctx, who, office)
	switch {
	case errors.Is(err, problem.Forbidden):
		v.Wrong = []problem.Field{{Name: "office", Key: "champion.wrong.choose_office"}}
		return web.Render(w, r, http.StatusUnprocessableEntity, startPage(v))
	case errors.Is(err, ErrOpen), errors.Is(err, ErrThere):
		for _, f := range v.Filers {
			if f.OfficeID == office {
				st, err := h.champions.Stands(ctx, who, f.Country)
				if err != nil {
					return err
				}
				v.Standing = &st
			}
		}
		return web.Render(w, r, http.StatusConflict, startPage(v))
	case err != nil:
		return err
	}
	return web.Redirect(w, r, h.pages.Submission(id), "")
}

// needed is what one should have at hand, by the ends of the keys.
var needed = []string{"note", "office", "statement", "commitments", "contact"}

// control asks for which office the case is begun.
func (v startView) control(ctx context.Context) ui.Control {
	return officeControl(ctx, v.Vocabulary, v.Filers, v.Office, ui.MessageFor(ctx, v.Wrong, "office"))
}

func officeControl(ctx context.Context, v *gcm.Vocabulary, offices []Filer, chosen, message string) ui.Control {
	c := ui.Control{Name: "office", Label: i18n.T(ctx, "champion.start.office"), Error: message, Values: []string{chosen}, Large: true, Blank: i18n.T(ctx, "champion.start.choose")}
	for _, f := range offices {
		c.Choices = append(c.Choices, ui.Choice{Value: strconv.FormatInt(f.OfficeID, 10), Label: i18n.T(ctx, "champion.start.of", f.Name, name(ctx, v, f.Country))})
	}
	return c
}

// signIn is the address of the sign-in page that leads back here.
func (v startView) signIn(ctx context.Context) string {
	return ui.Href(ctx, ui.WithQuery(v.Pages.SignIn, url.Values{"next": {ui.Href(ctx, StartPath)}}))
}

// enterView is the page on which the desk enters a case.
type enterView struct {
	Form       *form.Definition
	Vocabulary *gcm.Vocabulary
	Offices    []Filer
	Office     string
	Source     string
	MessageID  string
	Answers    form.Answers
	Wrong      []problem.Field
	// Open says which case is in the way; nil for none.
	Open *Standing
	// Twice says that the mail was entered before, First is the page of that case; "" for whom the wall keeps out of it.
	Twice bool
	First string
	// Rows are how many rows of a group to show at least, by its id.
	Rows map[string]int
}

// steps are the steps of the form as parts of the page: all but the document, which has its own question.
func (v enterView) steps() []ui.StepForm {
	var all []ui.StepForm
	for _, step := range v.Form.Steps {
		step.Fields = slices.DeleteFunc(slices.Clone(step.Fields), func(f form.Field) bool { return f.Type == form.Files })
		all = append(all, ui.StepForm{Definition: v.Form, Step: step, Answers: v.Answers, Wrong: v.Wrong, Vocabulary: v.Vocabulary, Rows: v.Rows})
	}
	return all
}

// file asks for the note verbale.
func (v enterView) file(ctx context.Context) ui.FileControl {
	return ui.FileControl{
		Control:  ui.Control{Name: noteFileField, Label: i18n.T(ctx, "champion.field.note_file.label"), Hint: i18n.T(ctx, "champion.field.note_file.hint"), Error: ui.MessageFor(ctx, v.Wrong, noteFileField), Large: true, Private: true},
		MaxBytes: attachment.MaxBytes, Single: true,
	}
}

func (v enterView) office(ctx context.Context) ui.Control {
	return officeControl(ctx, v.Vocabulary, v.Offices, v.Office, ui.MessageFor(ctx, v.Wrong, "office"))
}

// message asks for the name of the e-mail, if it was one.
func (v enterView) message(ctx context.Context) ui.Control {
	c := ui.MessageID(ctx, v.MessageID, v.Wrong)
	c.Optional, c.Large = true, true
	return c
}

func (v enterView) source(ctx context.Context) ui.Control {
	return ui.Control{
		Name: "source", Label: i18n.T(ctx, "champion.enter.source"), Hint: i18n.T(ctx, "champion.enter.source.hint"), Error: ui.MessageFor(ctx, v.Wrong, "source"),
		Values: []string{v.Source}, Rows: 3, Max: MaxReason, Length: form.Length(v.Source), Large: true,
	}
}

func (h handlers) enterForm(w http.ResponseWriter, r *http.Request) error {
	v := enterView{Answers: form.Answers{"language": {string(i18n.From(r.Context()))}}}
	if held := web.Held(r.Context()); held != nil {
		v = h.readEntered(held, i18n.From(r.Context()))
	}
	return h.showEnter(w, r, http.StatusOK, v)
}

func (h handlers) readEntered(posted url.Values, l i18n.Lang) enterView {
	v := enterView{Office: posted.Get("office"), Source: posted.Get("source"), MessageID: posted.Get(ui.MessageIDName), Answers: form.Answers{}}
	for _, step := range h.champions.kind.Form.Steps {
		a, _ := step.Read(posted, l)
		v.Answers = form.Merge(v.Answers, a)
	}
	return v
}

func (h handlers) showEnter(w http.ResponseWriter, r *http.Request, status int, v enterView) error {
	if !Keeps(identity.Must(r.Context())) {
		return problem.NotFound
	}
	var err error
	if v.Offices, err = h.champions.SpeakingOffices(r.Context()); err != nil {
		return err
	}
	v.Form, v.Vocabulary = h.champions.kind.Form, h.champions.vocabulary()
	return web.Render(w, r, status, enterPage(v))
}

// enter takes a case that came by e-mail, with its note.
func (h handlers) enter(w http.ResponseWriter, r *http.Request) error {
	ctx, who := r.Context(), identity.Must(r.Context())
	if !Keeps(who) { // before a file is read
		return problem.NotFound
	}
	var file *attachment.Received
	var refused []problem.Field
	posted, err := web.Parts(r, func(field, name string, content io.Reader) error {
		if field != noteFileField || file != nil {
			return nil
		}
		got, err := h.champions.files.Receive(ctx, attachment.Upload{Field: noteFileField, Name: name, By: who.ID}, content)
		if wrong, ok := problem.InvalidFields(err); ok {
			refused = append(refused, wrong...)
			return nil
		}
		file = got
		return err
	})
	if file != nil {
		defer func() { _ = file.Close() }() // what was added stays
	}
	if err != nil {
		return err
	}
	v := h.readEntered(posted, i18n.From(ctx))
	switch pressed := ui.ReadPress(posted); pressed.Act {
	case ui.AddRow: // nothing is kept yet: the page shows one row more
		v.Rows = map[string]int{pressed.Field: v.Answers.Rows(pressed.Field) + 1}
		return h.showEnter(w, r, http.StatusOK, v)
	case ui.RemoveRow:
		v.Answers = v.Answers.WithoutRow(pressed.Field, pressed.Row)
		return h.showEnter(w, r, http.StatusOK, v)
	}
	office, _ := strconv.ParseInt(v.Office, 10, 64) // none is no office that there is
	id, err := h.champions.Enter(ctx, who, Entered{OfficeID: office, Answers: v.Answers, Source: v.Source, MessageID: v.MessageID, File: file})
	if wrong, ok := problem.InvalidFields(err); ok {
		for _, f := range wrong {
			if len(refused) == 0 || f.Name != noteFileField {
				v.Wrong = append(v.Wrong, f)
			}
		}
		v.Wrong = append(v.Wrong, refused...)
		return h.showEnter(w, r, http.StatusUnprocessableEntity, v)
	}
	var filed *workflow.Filed
	if errors.As(err, &filed) {
		if v.Twice = true; filed.ID != 0 {
			v.First = ui.Href(ctx, h.pages.Case(filed.ID))
		}
		return h.showEnter(w, r, http.StatusConflict, v)
	}
	if errors.Is(err, ErrOpen) {
		country, err := h.champions.countryOf(ctx, office)
		if err != nil {
			return err
		}
		st, err := h.champions.Stands(ctx, who, country)
		if err != nil {
			return err
		}
		v.Open = &st
		return h.showEnter(w, r, http.StatusConflict, v)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, h.pages.Case(id), "champion.enter.flash")
}

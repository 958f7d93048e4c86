package follow

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
	"portal/web/ui"
)

// The pages, without the language.
const (
	Path        = ui.FollowPath
	sentPath    = Path + "/sent"
	stoppedPath = Path + "/stopped"
	linkPath    = Path + "/link"
	// OwnPath leads somebody with an account to all that they follow.
	OwnPath = Path + "/own"
	// ReaderPath is followed by the token of a link.
	ReaderPath = "/t/follow"
)

type handlers struct{ follows *Service }

// Routes adds the pages about following.
func Routes(r *web.Router, s *Service) {
	h := handlers{s}
	r.Public("GET "+Path, h.form)
	r.Public("POST "+Path, h.ask)
	r.Public("GET "+sentPath, h.fixed("sent"), web.Cached())
	r.Public("GET "+stoppedPath, h.fixed("stopped"), web.Cached())
	r.Public("GET "+linkPath, h.linkForm, web.Cached())
	r.Public("POST "+linkPath, h.sendLink)
	r.Member("GET "+OwnPath, h.own)
	r.Public("GET "+ReaderPath+"/{token}", h.reader, web.Private())
	r.Public("POST "+ReaderPath+"/{token}", h.speak, web.Private())
	r.Public("GET "+ReaderPath+"/{token}/copy.json", h.export, web.Private())
	r.Public("GET "+ReaderPath+"/{token}/calendar.ics", h.calendar, web.Private(), web.Stateless())
	r.Public("GET "+ReaderPath+"/{token}/confirm", h.confirming, web.Private())
	r.Public("POST "+ReaderPath+"/{token}/confirm", h.confirm, web.Private())
	r.Public("GET "+ReaderPath+"/{token}/lists/{follow}", h.one, web.Private())
	r.Public("POST "+ReaderPath+"/{token}/lists/{follow}", h.choose, web.Private())
	r.Public("GET "+ReaderPath+"/{token}/stop", h.stopping, web.Private())
	r.Public("POST "+ReaderPath+"/{token}/stop", h.stop, web.Private())
	// The one click of RFC 8058 is a POST by the reader's mail service, outside the languages and from anywhere.
	r.Bare(web.Public, "POST "+ReaderPath+"/{token}/stop", h.stopByClick, web.Stateless(), web.Private(), web.FromAnywhere())
}

// listName and filterName are the parameters that name a list and its filter in the form; languages and frequency are the choices.
const (
	listName   = "list"
	filterName = "filter"
)

func readChoices(q url.Values) Choices {
	return Choices{Frequency: Frequency(q.Get("frequency")), Languages: q["languages"]}
}

// form asks how a list is to be followed; without a list it shows which there are.
func (h handlers) form(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	name := q.Get(listName)
	if name == "" {
		return web.Render(w, r, http.StatusOK, listsPage(h.follows.Lists))
	}
	q.Del(listName)
	return h.show(w, r, http.StatusOK, formView{Email: identity.From(ctx).Email, Name: name, Choices: Choices{Frequency: "daily", Languages: []string{string(i18n.From(ctx))}}}, q)
}

// show is the form for a list with a filter.
func (h handlers) show(w http.ResponseWriter, r *http.Request, status int, v formView, q url.Values) error {
	watch, l, err := h.follows.watch(v.Name, q)
	if more, ok := problem.InvalidFields(err); ok {
		if v.Wrong == nil {
			v.Wrong, status = more, http.StatusUnprocessableEntity
		}
	} else if err != nil {
		return err
	}
	v.List, v.Filter, v.Described, v.Signed = l, watch.Query, h.follows.describe(r.Context(), watch), identity.From(r.Context()).ID != 0
	return web.Render(w, r, status, formPage(v))
}

func (h handlers) ask(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if r.PostFormValue(ui.Honeypot) != "" {
		return web.Redirect(w, r, sentPath, "")
	}
	q, err := url.ParseQuery(r.PostFormValue(filterName))
	if err != nil { // no form of this page
		q = url.Values{}
	}
	v := formView{Name: r.PostFormValue(listName), Email: r.PostFormValue("email"), Choices: readChoices(r.PostForm)}
	next, flash := sentPath, ""
	if who := identity.From(ctx); who.ID != 0 {
		v.Email, flash = who.Email, "follow.flash.followed"
		next, err = h.follows.AskAs(ctx, who, v.Name, q, v.Choices)
	} else {
		err = h.follows.Ask(ctx, v.Name, q, v.Email, v.Choices)
	}
	if wrong, ok := problem.InvalidFields(err); ok {
		v.Wrong = wrong
		return h.show(w, r, http.StatusUnprocessableEntity, v, q)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, next, flash)
}

// fixed is a page that says what was done, to whom it was done or not.
func (h handlers) fixed(name string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		return web.Render(w, r, http.StatusOK, saidPage(name))
	}
}

func (h handlers) linkForm(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, linkPage("", nil))
}

func (h handlers) sendLink(w http.ResponseWriter, r *http.Request) error {
	email := r.PostFormValue("email")
	err := h.follows.SendLink(r.Context(), email)
	if wrong, ok := problem.InvalidFields(err); ok {
		return web.Render(w, r, http.StatusUnprocessableEntity, linkPage(email, wrong))
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, sentPath, "")
}

// own leads a person with an account to the page that others reach by a link in a mail.
func (h handlers) own(w http.ResponseWriter, r *http.Request) error {
	path, err := h.follows.Own(r.Context(), identity.Must(r.Context()))
	if err != nil {
		return err
	}
	return web.Redirect(w, r, path, "")
}

// lost says that a link does not open anything, and how to have another.
func lost(w http.ResponseWriter, r *http.Request, status int) error {
	return web.Render(w, r, status, lostPage())
}

func (h handlers) confirming(w http.ResponseWriter, r *http.Request) error {
	f, err := h.follows.Confirming(r.Context(), r.PathValue("token"))
	if errors.Is(err, problem.NotFound) {
		return lost(w, r, http.StatusNotFound)
	}
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, confirmPage(confirmView{Follow: f, Described: h.follows.describe(r.Context(), f.Watch())}))
}

func (h handlers) confirm(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	link, err := h.follows.Confirm(r.Context(), token)
	if wrong, ok := problem.InvalidFields(err); ok {
		f, err := h.follows.Confirming(r.Context(), token)
		if err != nil {
			return err
		}
		return web.Render(w, r, http.StatusUnprocessableEntity, confirmPage(confirmView{Follow: f, Described: h.follows.describe(r.Context(), f.Watch()), Wrong: wrong}))
	}
	if errors.Is(err, problem.NotFound) {
		return lost(w, r, http.StatusNotFound)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, link, "follow.flash.followed")
}

// read is the page of a link, or what there is to say of one that opens nothing: done is true then.
func (h handlers) read(w http.ResponseWriter, r *http.Request) (p Page, done bool, err error) {
	p, old, err := h.follows.Read(r.Context(), r.PathValue("token"))
	switch {
	case errors.Is(err, problem.NotFound):
		return p, true, lost(w, r, http.StatusNotFound)
	case err == nil && old:
		return p, true, lost(w, r, http.StatusGone)
	}
	return p, err != nil, err
}

func (h handlers) reader(w http.ResponseWriter, r *http.Request) error {
	p, done, err := h.read(w, r)
	if done {
		return err
	}
	return h.showReader(w, r, http.StatusOK, p, nil)
}

func (h handlers) showReader(w http.ResponseWriter, r *http.Request, status int, p Page, wrong []problem.Field) error {
	ctx := r.Context()
	v := readerView{Page: p, Token: r.PathValue("token"), Wrong: wrong}
	for _, f := range p.Follows {
		line := followView{Follow: f, Described: h.follows.describe(ctx, f.Watch())}
		if l, err := h.follows.list(f.List); err == nil && l.Dates != nil {
			v.Calendar = ui.SiteOf(ctx).PublicURL + ui.Href(ctx, h.follows.path(forCalendar, signed{Reader: p.Reader.ID}))
		}
		v.Lines = append(v.Lines, line)
	}
	return web.Render(w, r, status, readerPage(v))
}

// speak keeps the language of the mails.
func (h handlers) speak(w http.ResponseWriter, r *http.Request) error {
	p, done, err := h.read(w, r)
	if done {
		return err
	}
	token := r.PathValue("token")
	err = h.follows.Speak(r.Context(), token, i18n.Lang(r.PostFormValue("lang")))
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showReader(w, r, http.StatusUnprocessableEntity, p, wrong)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, ReaderPath+"/"+token, "follow.flash.kept")
}

// find is the follow of an address on the page of a link.
func (h handlers) find(w http.ResponseWriter, r *http.Request) (f Follow, done bool, err error) {
	p, done, err := h.read(w, r)
	if done {
		return f, done, err
	}
	id, err := web.ParamID(r, "follow")
	if err != nil {
		return f, true, err
	}
	for _, f := range p.Follows {
		if f.ID == id {
			return f, false, nil
		}
	}
	return f, true, lost(w, r, http.StatusNotFound) // stopped meanwhile, or somebody else's
}

func (h handlers) one(w http.ResponseWriter, r *http.Request) error {
	f, done, err := h.find(w, r)
	if done {
		return err
	}
	return h.showOne(w, r, http.StatusOK, f, Choices{f.Frequency, f.Languages}, nil)
}

func (h handlers) showOne(w http.ResponseWriter, r *http.Request, status int, f Follow, c Choices, wrong []problem.Field) error {
	return web.Render(w, r, status, onePage(oneView{Described: h.follows.describe(r.Context(), f.Watch()), Token: r.PathValue("token"), Choices: c, Wrong: wrong}))
}

// choose keeps how a list is followed, or stops it.
func (h handlers) choose(w http.ResponseWriter, r *http.Request) error {
	ctx, token := r.Context(), r.PathValue("token")
	f, done, err := h.find(w, r)
	if done {
		return err
	}
	if r.PostFormValue(ui.Press) == "stop" {
		if err := h.follows.StopOne(ctx, token, f.ID); err != nil {
			return err
		}
		if _, _, err := h.follows.Read(ctx, token); errors.Is(err, problem.NotFound) { // that was the last one
			return web.Redirect(w, r, stoppedPath, "")
		}
		return web.Redirect(w, r, ReaderPath+"/"+token, "follow.flash.stopped")
	}
	c := readChoices(r.PostForm)
	err = h.follows.Choose(ctx, token, f.ID, c)
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showOne(w, r, http.StatusUnprocessableEntity, f, c, wrong)
	}
	if errors.Is(err, problem.NotFound) {
		return lost(w, r, http.StatusNotFound)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, ReaderPath+"/"+token, "follow.flash.kept")
}

func (h handlers) export(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	all, err := h.follows.Export(ctx, r.PathValue("token"), func(w Watch) string { return ui.Absolute(ctx, h.follows.describe(ctx, w).Path) })
	if err != nil {
		return err
	}
	content, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="follows.json"`)
	return web.Write(w, r, http.StatusOK, "application/json", content)
}

func (h handlers) calendar(w http.ResponseWriter, r *http.Request) error {
	all, err := h.follows.Dates(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	return web.WriteICS(w, r, web.ICS{File: "follows", Title: "follow.own.title", Events: all})
}

// stopping asks before anything stops: a mail service that looks at links ends nothing.
func (h handlers) stopping(w http.ResponseWriter, r *http.Request) error {
	ctx, token := r.Context(), r.PathValue("token")
	all, err := h.follows.Stopping(ctx, token)
	if errors.Is(err, problem.NotFound) {
		return lost(w, r, http.StatusNotFound)
	}
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return web.Render(w, r, http.StatusOK, saidPage("stopped"))
	}
	v := stopView{}
	for _, f := range all {
		v.Lines = append(v.Lines, followView{Follow: f, Described: h.follows.describe(ctx, f.Watch())})
	}
	return web.Render(w, r, http.StatusOK, stopPage(v))
}

func (h handlers) stop(w http.ResponseWriter, r *http.Request) error {
	err := h.follows.Stop(r.Context(), r.PathValue("token"))
	if errors.Is(err, problem.NotFound) {
		return lost(w, r, http.StatusNotFound)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, stoppedPath, "")
}

// stopByClick is the one click of RFC 8058. It answers 200 and no redirect, as mail services want it.
func (h handlers) stopByClick(w http.ResponseWriter, r *http.Request) error {
	if err := h.follows.Stop(r.Context(), r.PathValue("token")); err != nil {
		return err
	}
	return web.Write(w, r, http.StatusOK, "text/plain; charset=utf-8", []byte(strings.TrimSpace(i18n.TL(i18n.English, "follow.stopped.title"))+"\n"))
}

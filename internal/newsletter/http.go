package newsletter

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
	"portal/web/ui"
)

// The pages, without the language.
const (
	Path          = "/newsletter"
	SubscribePath = Path + "/subscribe"
	sentPath      = Path + "/sent"
	leftPath      = Path + "/left"
	linkPath      = Path + "/link"
	// ConfirmPath and ReaderPath are followed by the token of a link.
	ConfirmPath = "/t/subscription"
	ReaderPath  = "/t/newsletter"
)

type handlers struct {
	news  *Service
	pages Pages
}

// Routes adds the pages of the newsletter.
func Routes(r *web.Router, s *Service, pages Pages) {
	h := handlers{s, pages}
	r.Public("GET "+SubscribePath, h.subscribeForm, web.Cached())
	r.Public("POST "+SubscribePath, h.subscribe)
	r.Public("GET "+sentPath, h.fixed("sent"), web.Cached())
	r.Public("GET "+leftPath, h.fixed("left"), web.Cached())
	r.Public("GET "+linkPath, h.linkForm, web.Cached())
	r.Public("POST "+linkPath, h.sendLink)
	r.Public("GET "+ConfirmPath+"/{token}", h.confirming, web.Private())
	r.Public("POST "+ConfirmPath+"/{token}", h.confirm, web.Private())
	r.Public("GET "+ReaderPath+"/{token}", h.reader, web.Private())
	r.Public("POST "+ReaderPath+"/{token}", h.choose, web.Private())
	r.Public("GET "+ReaderPath+"/{token}/copy.json", h.export, web.Private())
	r.Public("GET "+ReaderPath+"/{token}/leaving", h.leaving, web.Private())
	r.Public("POST "+ReaderPath+"/{token}/leaving", h.leave, web.Private())
	// The one click of RFC 8058 is a POST by the reader's mail service, outside the languages and from anywhere.
	r.Bare(web.Public, "POST "+ReaderPath+"/{token}/leaving", h.leaveByClick, web.Stateless(), web.Private(), web.FromAnywhere())
	deskRoutes(r, h)
	issueRoutes(r, h)
	proposalRoutes(r, h)
	archiveRoutes(r, h)
}

// readChoices reads the choices of a form.
func readChoices(q url.Values) Choices {
	c := Choices{Lang: i18n.Lang(q.Get("lang")), Regions: q["regions"], Sector: q.Get("sector"), Frequency: Frequency(q.Get("frequency"))}
	for _, n := range q["themes"] {
		if number, err := strconv.Atoi(n); err == nil {
			c.Themes = append(c.Themes, number)
		}
	}
	return c
}

func (h handlers) subscribeForm(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, subscribePage(subscribeView{choicesView: choicesView{Vocabulary: h.news.Vocabulary(), Choices: Choices{Lang: i18n.From(r.Context()), Frequency: Monthly}}}))
}

// subscribe takes the form of the page and the short one at the end of every page, which gives the address alone.
func (h handlers) subscribe(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if r.PostFormValue(ui.Honeypot) != "" {
		return web.Redirect(w, r, sentPath, "")
	}
	c := readChoices(r.PostForm)
	if r.PostFormValue("short") != "" {
		c = Choices{Lang: i18n.From(ctx), Frequency: Monthly}
	}
	email := r.PostFormValue("email")
	err := h.news.Subscribe(ctx, email, c)
	if wrong, ok := problem.InvalidFields(err); ok {
		return web.Render(w, r, http.StatusUnprocessableEntity, subscribePage(subscribeView{Email: email, choicesView: choicesView{Vocabulary: h.news.Vocabulary(), Choices: c, Wrong: wrong}}))
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, sentPath, "")
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
	err := h.news.SendLink(r.Context(), email)
	if wrong, ok := problem.InvalidFields(err); ok {
		return web.Render(w, r, http.StatusUnprocessableEntity, linkPage(email, wrong))
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, sentPath, "")
}

func (h handlers) confirming(w http.ResponseWriter, r *http.Request) error {
	c, err := h.news.Confirming(r.Context(), r.PathValue("token"))
	if errors.Is(err, problem.NotFound) {
		return h.lost(w, r)
	}
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, confirmPage(c))
}

func (h handlers) confirm(w http.ResponseWriter, r *http.Request) error {
	link, err := h.news.Confirm(r.Context(), r.PathValue("token"))
	if errors.Is(err, problem.NotFound) {
		return h.lost(w, r)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, link, "newsletter.flash.confirmed")
}

// lost says that a link does not open anything, and how to have another.
func (h handlers) lost(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusNotFound, lostPage())
}

func (h handlers) reader(w http.ResponseWriter, r *http.Request) error {
	sub, old, err := h.news.Reader(r.Context(), r.PathValue("token"))
	switch {
	case errors.Is(err, problem.NotFound):
		return h.lost(w, r)
	case err != nil:
		return err
	case old:
		return web.Render(w, r, http.StatusGone, lostPage())
	}
	return h.showReader(w, r, http.StatusOK, sub, sub.Choices(), nil)
}

func (h handlers) showReader(w http.ResponseWriter, r *http.Request, status int, sub Subscriber, c Choices, wrong []problem.Field) error {
	return web.Render(w, r, status, readerPage(readerView{choicesView: choicesView{Vocabulary: h.news.Vocabulary(), Choices: c, Wrong: wrong}, Subscriber: sub, Token: r.PathValue("token")}))
}

func (h handlers) choose(w http.ResponseWriter, r *http.Request) error {
	token, c := r.PathValue("token"), readChoices(r.PostForm)
	err := h.news.Choose(r.Context(), token, c)
	if wrong, ok := problem.InvalidFields(err); ok {
		sub, err := h.news.current(r.Context(), token)
		if err != nil {
			return err
		}
		return h.showReader(w, r, http.StatusUnprocessableEntity, sub, c, wrong)
	}
	if errors.Is(err, problem.NotFound) {
		return h.lost(w, r)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, ReaderPath+"/"+token, "newsletter.flash.chosen")
}

func (h handlers) export(w http.ResponseWriter, r *http.Request) error {
	all, err := h.news.Export(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	content, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="newsletter.json"`)
	return web.Write(w, r, http.StatusOK, "application/json", content)
}

// leaving asks before a reader leaves: a mail service that looks at links ends no subscription. Whose link it is is not shown,
// since the page may be open to whom a mail was passed on.
func (h handlers) leaving(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	if _, ok := verify(h.news.Secret, forReader, token); !ok {
		return h.lost(w, r)
	}
	return web.Render(w, r, http.StatusOK, leavingPage(token))
}

func (h handlers) leave(w http.ResponseWriter, r *http.Request) error {
	err := h.news.Leave(r.Context(), r.PathValue("token"))
	if errors.Is(err, problem.NotFound) {
		return h.lost(w, r)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, leftPath, "")
}

// leaveByClick is the one click of RFC 8058. It answers 200 and no redirect, as mail services want it.
func (h handlers) leaveByClick(w http.ResponseWriter, r *http.Request) error {
	if err := h.news.Leave(r.Context(), r.PathValue("token")); err != nil {
		return err
	}
	return web.Write(w, r, http.StatusOK, "text/plain; charset=utf-8", []byte(i18n.TL(i18n.English, "newsletter.left.title")+"\n"))
}

// choicesView is the part of a form in which a reader chooses.
type choicesView struct {
	Vocabulary *gcm.Vocabulary
	Choices    Choices
	Wrong      []problem.Field
}

type subscribeView struct {
	choicesView
	Email string
}

type readerView struct {
	choicesView
	Subscriber Subscriber
	Token      string
}

// desk is the person of a request for the desk, with the id in the address.
func (h handlers) desk(r *http.Request, param string) (identity.User, int64, error) {
	id, err := web.ParamID(r, param)
	return identity.Must(r.Context()), id, err
}

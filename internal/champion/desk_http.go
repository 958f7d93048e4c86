package champion

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"portal/internal/attachment"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
)

// documentBody and documentTime bound the upload of a document.
const (
	documentBody = attachment.MaxBytes + 1<<20
	documentTime = 10 * time.Minute
)

func deskRoutes(r *web.Router, h handlers) {
	r.Staff("GET "+DeskPath, h.desk)
	r.Staff("POST "+DeskPath, h.add)
	r.Staff("GET "+DeskPath+"/{country}", h.deskEntry)
	r.Staff("POST "+DeskPath+"/{country}", h.act)
	r.Staff("POST "+DeskPath+"/{country}/documents", h.addDocument, web.Streamed(), web.Body(documentBody), web.Timeout(documentTime))
	r.Staff("GET "+documentsPath(""), h.deskDocuments)
	r.Staff("POST "+documentsPath(""), h.addDocument, web.Streamed(), web.Body(documentBody), web.Timeout(documentTime))
	r.Staff("POST "+documentsPath("")+"/{document}", h.actOnDocument)
}

// desk is the whole registry for those who keep it.
func (h handlers) desk(w http.ResponseWriter, r *http.Request) error {
	return h.showDesk(w, r, http.StatusOK, formView{Typed: typed(r)})
}

// typed is what was held of a form, or nothing.
func typed(r *http.Request) url.Values {
	if held := web.Held(r.Context()); held != nil {
		return held
	}
	return url.Values{}
}

func (h handlers) showDesk(w http.ResponseWriter, r *http.Request, status int, f formView) error {
	if !Keeps(identity.Must(r.Context())) {
		return problem.NotFound
	}
	all, err := allEntries(r.Context(), h.champions.db.Read())
	if err != nil {
		return err
	}
	return web.Render(w, r, status, deskPage(newDeskView(f, all, h.champions.vocabulary(), r.URL.Query())))
}

func (h handlers) add(w http.ResponseWriter, r *http.Request) error {
	country, err := h.champions.Add(r.Context(), identity.Must(r.Context()), r.PostForm)
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showDesk(w, r, http.StatusUnprocessableEntity, formView{Typed: r.PostForm, Wrong: wrong})
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, deskPath(country), "champion.desk.flash.add")
}

// country is the State of the request.
func (h handlers) country(r *http.Request) (string, error) {
	c, ok := h.champions.vocabulary().Find(r.PathValue("country"))
	if !ok {
		return "", problem.NotFound
	}
	return c.ISO2, nil
}

func (h handlers) deskEntry(w http.ResponseWriter, r *http.Request) error {
	return h.showEntry(w, r, http.StatusOK, formView{Typed: typed(r)})
}

// showEntry shows an entry to the desk; what was typed is kept where there is any.
func (h handlers) showEntry(w http.ResponseWriter, r *http.Request, status int, f formView) error {
	country, err := h.country(r)
	if err != nil {
		return err
	}
	whole, err := h.champions.Desk(r.Context(), identity.Must(r.Context()), country)
	if err != nil {
		return err
	}
	return web.Render(w, r, status, deskEntryPage(deskEntryView{formView: f, Whole: whole, Vocabulary: h.champions.vocabulary(), Pages: h.pages}))
}

// seen is the version that the form was read at.
func seen(posted url.Values) int {
	n, _ := strconv.Atoi(posted.Get("version")) // none is no version that there is
	return n
}

// act changes an entry. One that was changed since is shown as it is now, beside what was typed.
func (h handlers) act(w http.ResponseWriter, r *http.Request) error {
	country, err := h.country(r)
	if err != nil {
		return err
	}
	ctx, who, act := r.Context(), identity.Must(r.Context()), r.PostFormValue("act")
	switch act {
	case "status":
		err = h.champions.SetStatus(ctx, who, country, seen(r.PostForm), r.PostForm)
	case "details":
		err = h.champions.SetDetails(ctx, who, country, seen(r.PostForm), r.PostForm)
	case "chair":
		err = h.champions.AddChair(ctx, who, country, seen(r.PostForm), r.PostForm)
	case "chair_end", "chair_remove":
		id, _ := strconv.ParseInt(r.PostFormValue("term"), 10, 64) // none is no term that there is
		err = h.champions.EndChair(ctx, who, country, seen(r.PostForm), id, act == "chair_remove")
	default:
		return problem.NotFound
	}
	return h.answer(w, r, err, formView{Act: act, Typed: r.PostForm}, deskPath(country), h.showEntry)
}

// answer ends an act: with the page it came from when something is wrong, else with that page anew.
func (h handlers) answer(w http.ResponseWriter, r *http.Request, err error, f formView, path string, show func(http.ResponseWriter, *http.Request, int, formView) error) error {
	if wrong, ok := problem.InvalidFields(err); ok {
		f.Wrong = wrong
		return show(w, r, http.StatusUnprocessableEntity, f)
	}
	if errors.Is(err, problem.Stale) {
		f.Stale = true
		return show(w, r, http.StatusConflict, f)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, path, "champion.desk.flash.saved")
}

func (h handlers) deskDocuments(w http.ResponseWriter, r *http.Request) error {
	return h.showDocuments(w, r, http.StatusOK, formView{Typed: typed(r)})
}

// showDocuments shows the documents of all Champion countries together to the desk.
func (h handlers) showDocuments(w http.ResponseWriter, r *http.Request, status int, f formView) error {
	if !Keeps(identity.Must(r.Context())) {
		return problem.NotFound
	}
	all, err := documents(r.Context(), h.champions.db.Read(), "")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, deskDocumentsPage(deskDocumentsView{formView: f, Documents: all}))
}

// place is whose documents the request is about: a country's, or all together (""), with its page.
func (h handlers) place(r *http.Request) (country, path string, show func(http.ResponseWriter, *http.Request, int, formView) error, err error) {
	if r.PathValue("country") == "" {
		return "", documentsPath(""), h.showDocuments, nil
	}
	country, err = h.country(r)
	return country, deskPath(country), h.showEntry, err
}

// addDocument takes a document with its file, which is looked into before anything is kept.
func (h handlers) addDocument(w http.ResponseWriter, r *http.Request) error {
	who := identity.Must(r.Context())
	country, path, show, err := h.place(r)
	if err != nil {
		return err
	}
	if !Keeps(who) { // before a file is read
		return problem.NotFound
	}
	var file *attachment.Received
	var wrong []problem.Field
	posted, err := web.Parts(r, func(field, name string, content io.Reader) error {
		if field != fileField || file != nil {
			return nil
		}
		got, err := h.champions.files.Receive(r.Context(), attachment.Upload{Field: fileField, Name: name, By: who.ID}, content)
		if refused, ok := problem.InvalidFields(err); ok {
			wrong = append(wrong, refused...)
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
	if err = problem.Invalid(wrong...); len(wrong) == 0 {
		err = h.champions.AddDocument(r.Context(), who, country, posted, file)
	}
	return h.answer(w, r, err, formView{Act: "document", Typed: posted}, path, show)
}

// actOnDocument releases a document, holds it back or takes it off.
func (h handlers) actOnDocument(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "document")
	if err != nil {
		return err
	}
	country, err := h.champions.ActOnDocument(r.Context(), identity.Must(r.Context()), id, r.PostFormValue("act"))
	if err != nil {
		return err
	}
	path := documentsPath("")
	if country != "" {
		path = deskPath(country)
	}
	return web.Redirect(w, r, path, "champion.desk.flash.saved")
}

package newsletter

import (
	"errors"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"

	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workbook"
	"portal/web"
)

// The pages of the communications desk, without the language.
const (
	DeskPath         = "/desk/newsletter"
	SuppressionsPath = DeskPath + "/suppressions"
	ImportsPath      = DeskPath + "/imports"
)

// importBody is the largest post of an upload: more than a file may have, so that one that is too large is told so on its page.
const importBody = 2 * MaxImportBytes

func deskRoutes(r *web.Router, h handlers) {
	r.Staff("GET "+SuppressionsPath, h.suppressions)
	r.Staff("POST "+SuppressionsPath, h.keepAway)
	r.Staff("POST "+SuppressionsPath+"/{suppression}", h.lift)
	r.Staff("GET "+ImportsPath, h.importForm)
	r.Staff("POST "+ImportsPath, h.upload, web.Streamed(), web.Body(importBody))
	r.Staff("GET "+ImportsPath+"/{list}", h.tryImport)
	r.Staff("POST "+ImportsPath+"/{list}", h.takeImport)
}

func (h handlers) suppressions(w http.ResponseWriter, r *http.Request) error {
	return h.showSuppressions(w, r, http.StatusOK, suppressionsView{})
}

func (h handlers) showSuppressions(w http.ResponseWriter, r *http.Request, status int, v suppressionsView) error {
	q := r.URL.Query()
	var err error
	if v.Suppressions, err = h.news.SuppressionList(r.Context(), identity.Must(r.Context()), q.Get("reason"), r.PostFormValue("find")); err != nil {
		return err
	}
	return web.Render(w, r, status, suppressionsPage(v))
}

// keepAway adds an address, or looks one up: an address is nothing for the address of a page.
func (h handlers) keepAway(w http.ResponseWriter, r *http.Request) error {
	if r.PostFormValue("find") != "" {
		return h.showSuppressions(w, r, http.StatusOK, suppressionsView{Find: r.PostFormValue("find")})
	}
	err := h.news.KeepAway(r.Context(), identity.Must(r.Context()), r.PostFormValue("email"))
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showSuppressions(w, r, http.StatusUnprocessableEntity, suppressionsView{Add: r.PostFormValue("email"), Wrong: wrong})
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, SuppressionsPath, "newsletter.flash.suppressed")
}

func (h handlers) lift(w http.ResponseWriter, r *http.Request) error {
	who, id, err := h.desk(r, "suppression")
	if err != nil {
		return err
	}
	reason := r.PostFormValue("reason-" + strconv.FormatInt(id, 10))
	err = h.news.Lift(r.Context(), who, id, reason)
	if wrong, ok := problem.InvalidFields(err); ok {
		for i := range wrong {
			wrong[i].Name += "-" + strconv.FormatInt(id, 10)
		}
		return h.showSuppressions(w, r, http.StatusUnprocessableEntity, suppressionsView{Line: id, Reason: reason, Wrong: wrong})
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, SuppressionsPath, "newsletter.flash.lifted")
}

func (h handlers) importForm(w http.ResponseWriter, r *http.Request) error {
	if err := mayEdit(identity.Must(r.Context())); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, importPage(nil))
}

func (h handlers) upload(w http.ResponseWriter, r *http.Request) error {
	who := identity.Must(r.Context())
	if err := mayEdit(who); err != nil {
		return err
	}
	var name string
	var content []byte
	if _, err := web.Parts(r, func(field, filename string, from io.Reader) (err error) {
		if field == "file" && name == "" {
			name = filename
			content, err = io.ReadAll(io.LimitReader(from, MaxImportBytes+1))
		}
		return err
	}); err != nil {
		return err
	}
	refuse := func(key string) error {
		return web.Render(w, r, http.StatusUnprocessableEntity, importPage([]problem.Field{{Name: "file", Key: "newsletter.import.refused." + key, Args: []any{MaxImported}}}))
	}
	switch {
	case name == "":
		return refuse("missing")
	case len(content) > MaxImportBytes:
		return refuse("too_large")
	}
	id, err := h.news.ReadImport(r.Context(), who, shownName(name), content)
	var bad errImport
	if errors.As(err, &bad) {
		return refuse(string(bad))
	}
	if _, ok := workbook.Reason(err); ok {
		return refuse("damaged")
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, importPathOf(id), "")
}

// shownName is the name of a file as a page shows it.
func shownName(name string) string {
	letters := []rune(strings.Join(strings.Fields(form.Clean(path.Base(strings.ReplaceAll(name, `\`, "/")))), " "))
	return string(letters[:min(len(letters), 120)])
}

func importPathOf(id int64) string { return ImportsPath + "/" + strconv.FormatInt(id, 10) }

func (h handlers) tryImport(w http.ResponseWriter, r *http.Request) error {
	who, id, err := h.desk(r, "list")
	if err != nil {
		return err
	}
	i, err := h.news.TryImport(r.Context(), who, id)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, triedPage(i))
}

func (h handlers) takeImport(w http.ResponseWriter, r *http.Request) error {
	who, id, err := h.desk(r, "list")
	if err != nil {
		return err
	}
	if r.PostFormValue("do") == "drop" {
		if err := h.news.DropImport(r.Context(), who, id); err != nil {
			return err
		}
		return web.Redirect(w, r, ImportsPath, "newsletter.flash.dropped")
	}
	added, err := h.news.TakeImport(r.Context(), who, id)
	if err != nil {
		return err
	}
	return web.Redirect(w, r, ImportsPath, "newsletter.flash.imported", added)
}

type suppressionsView struct {
	Suppressions
	Find, Add, Reason string
	Line              int64 // whose reason is wrong
	Wrong             []problem.Field
}

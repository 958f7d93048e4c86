package pledge

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workbook"
	"portal/web"
	"portal/web/ui"
)

// sheetBody is the largest post of an upload: more than a file may have, so that one that is too large is told so on the
// page from which it came.
const sheetBody = 4 * workbook.MaxBytes

// SheetsPath is the page on which an office reports on many pledges at once, without the language.
const SheetsPath = "/pledges/sheet"

func sheetRoutes(r *web.Router, h handlers) {
	r.Member("GET "+SheetsPath, h.sheets)
	r.Member("GET "+SheetsPath+".xlsx", h.sheetOf, web.Timeout(exportTime))
	r.Member("POST "+SheetsPath, h.uploadSheet, web.Streamed(), web.Body(sheetBody), web.Timeout(exportTime))
	r.Member("GET /pledges/sheets/{sheet}", h.previewSheet)
	r.Member("POST /pledges/sheets/{sheet}", h.confirmSheet)
	r.Member("POST /pledges/sheets/{sheet}/cancellation", h.cancelSheet)
}

func sheetPath(id int64) string { return "/pledges/sheets/" + strconv.FormatInt(id, 10) }

func (h handlers) sheets(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, sheetsPage(sheetsView{Posts: MayFileFor(identity.Must(r.Context())), Office: r.URL.Query().Get("office")}))
}

// sheetOf gives the workbook of an office.
func (h handlers) sheetOf(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	office, err := strconv.ParseInt(r.URL.Query().Get("office"), 10, 64)
	if err != nil || !mayReport(identity.Must(ctx), office) {
		return problem.NotFound
	}
	states, err := h.pledges.sheetStates(ctx, h.pledges.db.Read(), office)
	if err != nil {
		return err
	}
	var content bytes.Buffer
	if err := writeSheet(ctx, states, &content); err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="pledges-to-report-`+dayOf(h.pledges.now()).String()+`.xlsx"`)
	return web.Write(w, r, http.StatusOK, workbook.MediaType, content.Bytes())
}

func (h handlers) uploadSheet(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	who := identity.Must(ctx)
	var name string
	var content []byte
	posted, err := web.Parts(r, func(field, filename string, from io.Reader) (err error) {
		if field == "file" && name == "" {
			name = filename
			content, err = io.ReadAll(io.LimitReader(from, workbook.MaxBytes+1))
		}
		return err
	})
	if err != nil {
		return err
	}
	v := sheetsView{Posts: MayFileFor(who), Office: posted.Get("office")}
	office, err := strconv.ParseInt(v.Office, 10, 64)
	if err != nil {
		v.Wrong = append(v.Wrong, form.Wrong{Name: "office", Key: "pledge.sheet.office.missing"})
	}
	if name == "" {
		v.Wrong = append(v.Wrong, form.Wrong{Name: "file", Key: "pledge.sheet.file.missing"})
	}
	if len(v.Wrong) > 0 {
		return web.Render(w, r, http.StatusUnprocessableEntity, sheetsPage(v))
	}
	name = shownName(name)
	id, err := h.pledges.uploadSheet(ctx, who, office, name, string(i18n.From(ctx)), content)
	if key, args, status := refusedSheet(err); key != "" {
		v.Wrong = []form.Wrong{{Name: "file", Key: "pledge.sheet.refused." + key, Args: append([]any{name}, args...)}}
		return web.Render(w, r, status, sheetsPage(v))
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, sheetPath(id), "")
}

// refusedSheet says why a workbook is refused; no key when the error is another one.
func refusedSheet(err error) (key string, args []any, status int) {
	var refused sheetError
	if errors.As(err, &refused) {
		return refused.key, refused.args, http.StatusUnprocessableEntity
	}
	if why, ok := workbook.Reason(err); ok {
		if errors.Is(err, workbook.ErrTooLarge) {
			return why, nil, http.StatusRequestEntityTooLarge
		}
		return why, nil, http.StatusUnprocessableEntity
	}
	return "", nil, 0
}

// shownName is the name of a file as it is shown: without a path, and not longer than a line.
func shownName(name string) string {
	if at := strings.LastIndexAny(name, `/\`); at >= 0 {
		name = name[at+1:]
	}
	letters := []rune(strings.Join(strings.Fields(fit(name)), " "))
	if len(letters) > 120 {
		letters = append(letters[:119], '…')
	}
	return string(letters)
}

func (h handlers) previewSheet(w http.ResponseWriter, r *http.Request) error {
	return h.showSheet(w, r, http.StatusOK, false)
}

// showSheet shows what a workbook would do; stale says that it is not what the person has seen.
func (h handlers) showSheet(w http.ResponseWriter, r *http.Request, status int, stale bool) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "sheet")
	if err != nil {
		return err
	}
	q := h.pledges.db.Read()
	f, err := h.pledges.sheetFile(ctx, q, identity.Must(ctx), id, "")
	if err != nil {
		return err
	}
	if f.ConfirmedAt != nil {
		return web.Redirect(w, r, SheetsPath, "pledge.sheet.flash.already")
	}
	v := sheetView{Stale: stale}
	if v.sheetPreview, err = h.pledges.previewSheet(ctx, q, f); err != nil {
		return err
	}
	v.Part = min(max(1, whole(r, "part")), v.parts())
	return web.Render(w, r, status, sheetPage(v))
}

func (h handlers) confirmSheet(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "sheet")
	if err != nil {
		return err
	}
	n, published, already, err := h.pledges.confirmSheet(r.Context(), identity.Must(r.Context()), id, r.PostFormValue("seen"))
	var refused *RefusedError
	switch {
	case errors.Is(err, problem.Stale) || errors.As(err, &refused):
		return h.showSheet(w, r, http.StatusConflict, true)
	case errors.Is(err, problem.NotAllowedNow):
		return h.showSheet(w, r, http.StatusConflict, false)
	case err != nil:
		return err
	case already:
		return web.Redirect(w, r, SheetsPath, "pledge.sheet.flash.already")
	case published:
		return web.Redirect(w, r, SheetsPath, "pledge.sheet.flash.published", n)
	}
	return web.Redirect(w, r, SheetsPath, "pledge.sheet.flash.sent", n)
}

func (h handlers) cancelSheet(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "sheet")
	if err != nil {
		return err
	}
	if err := h.pledges.cancelSheet(r.Context(), identity.Must(r.Context()), id); err != nil {
		return err
	}
	return web.Redirect(w, r, SheetsPath, "pledge.sheet.flash.cancelled")
}

// sheetAddress is that of an office's workbook.
func sheetAddress(office int64) string {
	return ui.WithQuery(SheetsPath+".xlsx", url.Values{"office": {strconv.FormatInt(office, 10)}})
}

package missed

import (
	"net/http"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/web"
	"portal/web/ui"
)

// Path is the report of the desks, without the language.
const Path = "/desk/searches"

type handlers struct {
	service *Service
	paths   map[List]string
}

// Routes adds the report. paths are the public lists, without the language, which take the words as q.
func Routes(r *web.Router, service *Service, paths map[List]string) {
	h := handlers{service, paths}
	r.Staff("GET "+Path, h.report)
	r.Staff("GET "+Path+".csv", web.CSV(h.table))
	r.Staff("GET "+Path+".xlsx", web.XLSX(h.table))
	r.Staff("GET "+Path+".json", web.JSON(h.table))
	r.Staff("POST "+Path+"/{search}", h.deal)
}

func (h handlers) report(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	report, err := h.service.Report(ctx, identity.Must(ctx), ReadFilter(r.URL.Query()))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, reportPage(view{report, h.paths}))
}

func (h handlers) deal(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "search")
	if err != nil {
		return err
	}
	dealt := r.PostFormValue("dealt") == "yes"
	if err := h.service.Deal(r.Context(), identity.Must(r.Context()), id, dealt); err != nil {
		return err
	}
	flash := "missed.flash.opened"
	if dealt {
		flash = "missed.flash.dealt"
	}
	back := ReadFilter(r.PostForm)
	return web.Redirect(w, r, back.path(back.Page), flash)
}

// table is the report as a file.
func (h handlers) table(r *http.Request) web.Table {
	ctx, f := r.Context(), ReadFilter(r.URL.Query())
	return web.Table{
		Name: "searches", Title: i18n.T(ctx, "missed.sheet"), List: ui.Absolute(ctx, f.path(1)), Day: h.service.today(),
		Columns: web.Columns(ctx, "missed.column.", "words", "list", "language", "how", "times", "last_on", "dealt_at", "since"),
		Rows: web.RowsOf(func() ([]Entry, error) { return h.service.Export(ctx, identity.Must(ctx), f) }, func(e Entry) []any {
			var dealt any
			if e.DealtAt != nil {
				dealt = *e.DealtAt
			}
			return []any{e.Words, i18n.T(ctx, "missed.list."+string(e.List)), i18n.NameOf(ctx, e.Lang), i18n.T(ctx, "missed.how."+string(e.How)), e.Times, e.LastOn, dealt, e.Since}
		}),
	}
}

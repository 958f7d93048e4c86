package programme

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
	"portal/web/ui"
)

// DeskPath is the fund desk's list of programmes, without the language.
const DeskPath = "/desk/fund/programmes"

func deskPath(publicID string) string { return DeskPath + "/" + publicID }

func deskRoutes(r *web.Router, h handlers) {
	r.Staff("GET "+DeskPath, h.deskList)
	r.Staff("GET "+DeskPath+".csv", h.deskFile(web.CSV(h.deskTable)))
	r.Staff("GET "+DeskPath+".xlsx", h.deskFile(web.XLSX(h.deskTable)))
	r.Staff("GET "+DeskPath+".json", h.deskFile(web.JSON(h.deskTable)))
	r.Staff("GET "+DeskPath+"/{programme}", h.deskProgramme)
	r.Staff("POST "+DeskPath+"/{programme}/stage", h.setStage)
	r.Staff("POST "+DeskPath+"/{programme}/wording", h.correct)
}

func (h handlers) deskList(w http.ResponseWriter, r *http.Request) error {
	list, err := h.programmes.DeskList(r.Context(), identity.Must(r.Context()), readDeskFilter(r.URL.Query()), perDesk)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, deskListPage(deskListView{list, h.programmes.words()}))
}

// deskFile answers with a file to people of the fund desk only.
func (h handlers) deskFile(file web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if !identity.Must(r.Context()).OnDesk(identity.FundDesk) {
			return problem.NotFound
		}
		return file(w, r)
	}
}

// deskTable is the desk's list as a file.
func (h handlers) deskTable(r *http.Request) web.Table {
	ctx, v := r.Context(), h.programmes.words()
	f := readDeskFilter(r.URL.Query())
	f.Page = 1
	return web.Table{
		Name: "programmes", Title: i18n.T(ctx, "programme.desk.title"), List: ui.Absolute(ctx, ui.WithQuery(DeskPath, f.values())), Day: h.today(),
		Columns: web.Columns(ctx, "programme.table.", "id", "title", "stage", "since", "countries", "months", "budget", "funded", "endorsed", "address"),
		Rows: web.RowsOf(func() ([]Listed, error) {
			list, err := h.programmes.DeskList(ctx, identity.Must(ctx), f, 0)
			return list.Programmes, err
		}, func(p Listed) []any {
			var funded any
			if p.Funded != nil {
				funded = dollars(*p.Funded)
			}
			return []any{p.PublicID, p.Title, p.Stage.text(ctx), p.StageOn, i18n.List(ctx, v.CountryNames(i18n.From(ctx), p.Countries)), p.Months, dollars(p.Budget), funded, p.EndorsedAt, ui.Absolute(ctx, Path(p.PublicID))}
		}),
	}
}

// open returns the programme of the request for the desk.
func (h handlers) open(r *http.Request) (deskView, error) {
	id, ok := WholeID(r.PathValue("programme"))
	if !ok {
		return deskView{}, problem.NotFound
	}
	d, err := h.programmes.Desk(r.Context(), identity.Must(r.Context()), id)
	v := deskView{Desk: d, words: h.programmes.words(), Who: identity.Must(r.Context()), Stage: stageFormOf(d.Programme), Wording: wordingOf(d.Programme)}
	if h.pages.Case != nil {
		v.Case = h.pages.Case(d.ID)
	}
	return v, err
}

func (h handlers) deskProgramme(w http.ResponseWriter, r *http.Request) error {
	v, err := h.open(r)
	if err != nil {
		return err
	}
	switch held := web.Held(r.Context()); {
	case held.Has("stage"):
		v.Stage = stageForm{held}
	case held.Has("title"):
		v.Wording = held
	}
	return web.Render(w, r, http.StatusOK, deskPage(v))
}

// seen is the version that the form was read at.
func seen(r *http.Request) int {
	n, _ := strconv.Atoi(r.PostFormValue("version")) // none is no version that there is
	return n
}

func (h handlers) setStage(w http.ResponseWriter, r *http.Request) error {
	err := h.programmes.SetStage(r.Context(), identity.Must(r.Context()), r.PathValue("programme"), seen(r), r.PostForm, i18n.From(r.Context()))
	return h.answer(w, r, err, "programme.flash.stage", func(v *deskView) { v.Stage = stageForm{r.PostForm} })
}

func (h handlers) correct(w http.ResponseWriter, r *http.Request) error {
	err := h.programmes.Correct(r.Context(), identity.Must(r.Context()), r.PathValue("programme"), seen(r), r.PostForm)
	return h.answer(w, r, err, "programme.flash.correct", func(v *deskView) { v.Wording = r.PostForm })
}

// answer leads back to the programme. With something wrong, or when it was changed since, it is shown as it is now, beside
// what was typed.
func (h handlers) answer(w http.ResponseWriter, r *http.Request, err error, flash string, keep func(v *deskView)) error {
	wrong, invalid := problem.InvalidFields(err)
	stale := errors.Is(err, problem.Stale)
	if !invalid && !stale {
		if err != nil {
			return err
		}
		return web.Redirect(w, r, deskPath(r.PathValue("programme")), flash)
	}
	v, failed := h.open(r)
	if failed != nil {
		return failed
	}
	keep(&v)
	v.Wrong, v.Stale = wrong, stale
	status := http.StatusUnprocessableEntity
	if stale {
		status = http.StatusConflict
	}
	return web.Render(w, r, status, deskPage(v))
}

// wordingOf is the form of the wording as it is filled for a programme.
func wordingOf(p Programme) url.Values {
	q := url.Values{"title": {p.Facts.Title}, "purpose": {p.Facts.Purpose}}
	for i, o := range p.Facts.Organizations {
		q.Set(nameOf(i), o.Name)
	}
	return q
}

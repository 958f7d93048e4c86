package fund

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
	"portal/web/ui"
)

// CoordinatorsPath is the fund desk's register of Resident Coordinators, without the language.
const CoordinatorsPath = "/desk/fund/coordinators"

func coordinatorRoutes(r *web.Router, h handlers) {
	r.Staff("GET "+CoordinatorsPath, h.coordinators)
	r.Staff("GET "+CoordinatorsPath+".csv", h.coordinatorFile(web.CSV(h.coordinatorTable)))
	r.Staff("GET "+CoordinatorsPath+".xlsx", h.coordinatorFile(web.XLSX(h.coordinatorTable)))
	r.Staff("GET "+CoordinatorsPath+".json", h.coordinatorFile(web.JSON(h.coordinatorTable)))
	r.Staff("POST "+CoordinatorsPath, h.addCoordinator)
	r.Staff("GET "+CoordinatorsPath+"/new", h.newCoordinator)
	r.Staff("GET "+CoordinatorsPath+"/{coordinator}", h.coordinator)
	r.Staff("POST "+CoordinatorsPath+"/{coordinator}", h.saveCoordinator)
}

func coordinatorPath(id RCOfficeID) string { return CoordinatorsPath + "/" + strconv.FormatInt(id, 10) }

func (h handlers) coordinators(w http.ResponseWriter, r *http.Request) error {
	ctx, v := r.Context(), h.fund.vocabulary()
	f := readRCFilter(r.URL.Query(), v)
	all, err := h.fund.RCOffices(ctx, identity.Must(ctx), f)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, coordinatorsPage(coordinatorsView{Filter: f, Offices: all, Vocabulary: v}))
}

// coordinatorFile answers with a file to people of the fund desk only.
func (h handlers) coordinatorFile(file web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if !identity.Must(r.Context()).OnDesk(identity.FundDesk) {
			return problem.NotFound
		}
		return file(w, r)
	}
}

// coordinatorTable is the register as a file.
func (h handlers) coordinatorTable(r *http.Request) web.Table {
	ctx, v := r.Context(), h.fund.vocabulary()
	f := readRCFilter(r.URL.Query(), v)
	return web.Table{
		Name: "coordinators", Title: i18n.T(ctx, "fund.rc.title"), List: ui.Absolute(ctx, ui.WithQuery(CoordinatorsPath, f.values())), Day: date.Today(h.fund.now(), i18n.Geneva),
		Columns: web.Columns(ctx, "fund.rc.column.", "id", "name", "countries", "country_names", "office", "invented", "closed"),
		Rows: web.RowsOf(func() ([]RCOffice, error) { return h.fund.RCOffices(ctx, identity.Must(ctx), f) }, func(o RCOffice) []any {
			invented, closed := "", any(nil)
			if o.Invented {
				invented = i18n.T(ctx, "fund.rc.invented")
			}
			if o.ClosedAt != nil {
				closed = *o.ClosedAt
			}
			return []any{int(o.ID), o.Name, strings.Join(o.Countries, "; "), strings.Join(countryNames(ctx, v, o.Countries), "; "), o.OfficeName, invented, closed}
		}),
	}
}

func (h handlers) newCoordinator(w http.ResponseWriter, r *http.Request) error {
	typed := web.Held(r.Context())
	if typed == nil {
		typed = url.Values{}
	}
	return h.showCoordinator(w, r, http.StatusOK, coordinatorView{Typed: rcForm{typed}})
}

func (h handlers) addCoordinator(w http.ResponseWriter, r *http.Request) error {
	id, err := h.fund.AddRCOffice(r.Context(), identity.Must(r.Context()), r.PostForm, false)
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showCoordinator(w, r, http.StatusUnprocessableEntity, coordinatorView{Typed: rcForm{r.PostForm}, Wrong: wrong})
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, coordinatorPath(id), "fund.rc.flash.add")
}

func (h handlers) coordinator(w http.ResponseWriter, r *http.Request) error {
	v, err := h.openCoordinator(r)
	if err != nil {
		return err
	}
	v.Typed = rcFormOf(v.RCOffice)
	if typed := web.Held(r.Context()); typed.Has("name") {
		v.Typed = rcForm{typed}
	}
	return h.showCoordinator(w, r, http.StatusOK, v)
}

// openCoordinator returns the office of the request for the desk.
func (h handlers) openCoordinator(r *http.Request) (v coordinatorView, err error) {
	id, err := web.ParamID(r, "coordinator")
	if err != nil {
		return v, err
	}
	v.RCOffice, err = h.fund.RCOffice(r.Context(), identity.Must(r.Context()), id)
	return v, err
}

// showCoordinator shows the form of an office, or of a new one.
func (h handlers) showCoordinator(w http.ResponseWriter, r *http.Request, status int, v coordinatorView) error {
	var err error
	if v.PortalOffices, err = h.fund.PortalOffices(r.Context(), identity.Must(r.Context())); err != nil {
		return err
	}
	if v.OfficeID != 0 && !slices.ContainsFunc(v.PortalOffices, func(o PortalOffice) bool { return o.ID == v.OfficeID }) {
		v.PortalOffices = append(v.PortalOffices, PortalOffice{ID: v.OfficeID, Name: v.OfficeName}) // it is closed meanwhile
	}
	v.Vocabulary = h.fund.vocabulary()
	return web.Render(w, r, status, coordinatorPage(v))
}

// saveCoordinator changes an office, closes it or opens it again. One that was changed since is shown as it is now, beside
// what was typed.
func (h handlers) saveCoordinator(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "coordinator")
	if err != nil {
		return err
	}
	who, act := identity.Must(ctx), r.PostFormValue("act")
	switch act {
	case "save":
		err = h.fund.SaveRCOffice(ctx, who, id, seen(r), r.PostForm)
	case "close", "reopen":
		err = h.fund.CloseRCOffice(ctx, who, id, seen(r), act == "close")
	default:
		return problem.NotFound
	}
	wrong, invalid := problem.InvalidFields(err)
	if invalid || errStale(err) {
		v, failed := h.openCoordinator(r)
		if failed != nil {
			return failed
		}
		v.Wrong, v.Stale, v.Typed = wrong, errStale(err), rcForm{r.PostForm}
		if act != "save" {
			v.Typed = rcFormOf(v.RCOffice)
		}
		status := http.StatusUnprocessableEntity
		if v.Stale {
			status = http.StatusConflict
		}
		return h.showCoordinator(w, r, status, v)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, coordinatorPath(id), "fund.rc.flash."+act)
}

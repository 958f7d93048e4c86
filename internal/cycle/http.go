package cycle

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
	"portal/web/ui"
)

// DeskPath is the desk's list, without the language.
const DeskPath = "/desk/review-dates"

type handlers struct{ service *Service }

// Routes adds the desk's list and the public page of an entry.
func Routes(r *web.Router, service *Service) {
	h := handlers{service}
	r.Public("GET /calendar/reviews/{review}", h.entry, web.Cached())
	r.Staff("GET "+DeskPath, h.list)
	r.Staff("GET "+DeskPath+".csv", web.CSV(h.table))
	r.Staff("GET "+DeskPath+".xlsx", web.XLSX(h.table))
	r.Staff("GET "+DeskPath+".json", web.JSON(h.table))
	r.Staff("POST "+DeskPath, h.add)
	r.Staff("GET "+DeskPath+"/{review}", h.deskEntry)
	r.Staff("POST "+DeskPath+"/{review}", h.act)
}

func deskPath(id int64) string { return DeskPath + "/" + strconv.FormatInt(id, 10) }

// entry is the public page.
func (h handlers) entry(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "review")
	if err != nil {
		return err
	}
	e, err := h.service.Find(r.Context(), id)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, entryPage(entryView{Entry: e, Vocabulary: h.service.vocabulary()}))
}

// shown are the entries of a kind, "" for all, for who keeps them; others find nothing here.
func (h handlers) shown(r *http.Request) (all []Entry, kind string, err error) {
	if !keeps(identity.Must(r.Context())) {
		return nil, "", problem.NotFound
	}
	if kind = r.URL.Query().Get("kind"); !slices.Contains(Kinds, kind) {
		kind = ""
	}
	all, err = h.service.All(r.Context())
	return slices.DeleteFunc(all, func(e Entry) bool { return kind != "" && e.Kind != kind }), kind, err
}

func (h handlers) list(w http.ResponseWriter, r *http.Request) error {
	return h.showList(w, r, http.StatusOK, formView{Typed: web.Held(r.Context())})
}

func (h handlers) showList(w http.ResponseWriter, r *http.Request, status int, f formView) error {
	all, kind, err := h.shown(r)
	if err != nil {
		return err
	}
	f.Vocabulary = h.service.vocabulary()
	return web.Render(w, r, status, listPage(listView{formView: f, All: all, Kind: kind}))
}

func (h handlers) add(w http.ResponseWriter, r *http.Request) error {
	id, err := h.service.Add(r.Context(), identity.Must(r.Context()), r.PostForm)
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showList(w, r, http.StatusUnprocessableEntity, formView{Typed: r.PostForm, Wrong: wrong})
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, deskPath(id), "cycle.flash.add")
}

func (h handlers) deskEntry(w http.ResponseWriter, r *http.Request) error {
	return h.showEntry(w, r, http.StatusOK, deskView{formView: formView{Typed: web.Held(r.Context())}})
}

// showEntry shows an entry to the desk; what was typed is kept where there is any.
func (h handlers) showEntry(w http.ResponseWriter, r *http.Request, status int, v deskView) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "review")
	if err != nil {
		return err
	}
	if !keeps(identity.Must(ctx)) {
		return problem.NotFound
	}
	if v.Entry, err = h.service.Find(ctx, id); err != nil {
		return err
	}
	if v.History, err = h.service.history(ctx, id); err != nil {
		return err
	}
	v.Vocabulary = h.service.vocabulary()
	if !v.Typed.Has("kind") { // it is not its form that was typed
		reason := v.Typed.Get("reason")
		v.Typed = typedOf(v.Entry)
		v.Typed.Set("reason", reason)
	}
	return web.Render(w, r, status, deskPage(v))
}

// act changes or cancels an entry. One that was changed since is shown as it is now, beside what was typed.
func (h handlers) act(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "review")
	if err != nil {
		return err
	}
	seen, _ := strconv.Atoi(r.PostFormValue("version")) // none is no version that there is
	act := r.PostFormValue("act")
	if act == "cancel" {
		err = h.service.Cancel(ctx, identity.Must(ctx), id, seen, r.PostFormValue("reason"))
	} else {
		act, err = "change", h.service.Change(ctx, identity.Must(ctx), id, seen, r.PostForm)
	}
	v := deskView{formView: formView{Typed: r.PostForm}}
	if wrong, ok := problem.InvalidFields(err); ok {
		v.Wrong = wrong
		return h.showEntry(w, r, http.StatusUnprocessableEntity, v)
	}
	if errors.Is(err, problem.Stale) {
		v.Stale = true
		return h.showEntry(w, r, http.StatusConflict, v)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, deskPath(id), "cycle.flash."+act)
}

// table is the list as a file.
func (h handlers) table(r *http.Request) web.Table {
	ctx := r.Context()
	return web.Table{
		Name: "review-dates", Title: i18n.T(ctx, "cycle.title"), List: ui.Absolute(ctx, ui.WithQuery(DeskPath, url.Values(r.URL.Query()))), Day: date.Today(h.service.now(), i18n.Geneva),
		Columns: web.Columns(ctx, "cycle.column.", "kind", "region", "name", "since", "until", "first", "last", "place", "url", "cancelled"),
		Rows: web.RowsOf(func() ([]Entry, error) { all, _, err := h.shown(r); return all, err }, func(e Entry) []any {
			name, _ := h.service.Name(ctx, e)
			return []any{e.Kind, e.Region, name, e.Since, e.Until, e.First, e.Last, e.Place, e.URL, e.Reason}
		}),
	}
}

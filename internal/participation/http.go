package participation

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/search"
	"portal/web"
	"portal/web/ui"
)

// Path is the desk's list, without the language.
const Path = "/desk/participation"

type handlers struct{ service *Service }

// Routes adds the desk's list.
func Routes(r *web.Router, service *Service) {
	h := handlers{service}
	r.Staff("GET "+Path, h.list)
	r.Staff("GET "+Path+".csv", web.CSV(h.table))
	r.Staff("GET "+Path+".xlsx", web.XLSX(h.table))
	r.Staff("GET "+Path+".json", web.JSON(h.table))
	r.Staff("POST "+Path, h.add)
	r.Staff("POST "+Path+"/{participation}/removal", h.remove)
}

// filter is what the list shows: words are looked for among the names of States in every language.
type filter struct{ Q, Review, Region string }

// maxWords bounds the words that are looked for, in characters; what is longer is cut.
const maxWords = 100

func readFilter(q url.Values) filter {
	words := []rune(strings.TrimSpace(q.Get("q")))
	return filter{string(words[:min(len(words), maxWords)]), q.Get("review"), q.Get("region")}
}

func (f filter) values() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"q": f.Q, "review": f.Review, "region": f.Region} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

// shown are those of the filter, for who keeps the list; others find nothing here.
func (h handlers) shown(ctx context.Context, f filter) ([]Participation, error) {
	if !keeps(identity.Must(ctx)) {
		return nil, problem.NotFound
	}
	all, err := h.service.all(ctx, "", "")
	words := search.Fold(f.Q)
	return slices.DeleteFunc(all, func(p Participation) bool {
		if f.Review != "" && p.Review != f.Review || f.Region != "" && p.Region != f.Region {
			return true
		}
		c, _ := h.service.vocabulary().Country(p.Country)
		for _, name := range c.Names {
			if strings.Contains(search.Fold(name), words) {
				return false
			}
		}
		return words != ""
	}), err
}

func (h handlers) list(w http.ResponseWriter, r *http.Request) error {
	typed := web.Held(r.Context())
	if typed == nil { // the next State of the same review follows
		typed = url.Values{"review": {r.URL.Query().Get("of")}, "region": {r.URL.Query().Get("in")}, "since": {r.URL.Query().Get("since")}, "until": {r.URL.Query().Get("until")}}
	}
	return h.show(w, r, http.StatusOK, listView{Typed: typed})
}

func (h handlers) show(w http.ResponseWriter, r *http.Request, status int, v listView) error {
	v.filter, v.words = readFilter(r.URL.Query()), words{h.service.vocabulary()}
	var err error
	if v.All, err = h.shown(r.Context(), v.filter); err != nil {
		return err
	}
	return web.Render(w, r, status, listPage(v))
}

// add keeps one, and asks for the next of the same review.
func (h handlers) add(w http.ResponseWriter, r *http.Request) error {
	err := h.service.Add(r.Context(), identity.Must(r.Context()), r.PostForm)
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.show(w, r, http.StatusUnprocessableEntity, listView{Typed: r.PostForm, Wrong: wrong})
	}
	if err != nil {
		return err
	}
	next := url.Values{}
	for name, from := range map[string]string{"of": "review", "in": "region", "since": "since", "until": "until"} {
		if value := r.PostFormValue(from); value != "" {
			next.Set(name, value)
		}
	}
	return web.Redirect(w, r, ui.WithQuery(Path, next), "participation.flash.added")
}

func (h handlers) remove(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "participation")
	if err == nil {
		err = h.service.Remove(r.Context(), identity.Must(r.Context()), id)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, Path, "participation.flash.removed")
}

// table is the list as a file.
func (h handlers) table(r *http.Request) web.Table {
	ctx, f := r.Context(), readFilter(r.URL.Query())
	return web.Table{
		Name: "participation", Title: i18n.T(ctx, "participation.sheet"), List: ui.Absolute(ctx, ui.WithQuery(Path, f.values())), Day: date.Today(h.service.now(), i18n.Geneva),
		Columns: web.Columns(ctx, "participation.column.", "code", "country", "review", "region", "since", "until", "url"),
		Rows: web.RowsOf(func() ([]Participation, error) { return h.shown(ctx, f) }, func(p Participation) []any {
			return []any{p.Country, h.service.vocabulary().CountryName(i18n.From(ctx), p.Country), i18n.T(ctx, "participation.review."+p.Review), p.Region, p.Since, p.Until, p.URL}
		}),
	}
}

func removalPath(id int64) string { return Path + "/" + strconv.FormatInt(id, 10) + "/removal" }

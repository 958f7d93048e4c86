package pledge

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/web"
	"portal/web/ui"
)

// dayShown is the day of which a page of what was public is: the list with a query, the dashboard, or one pledge.
type dayShown struct {
	Day, Today date.Date // Day is zero for a page of now
	// Path is the page's, Query its query without the day.
	Path  string
	Query url.Values
	// Hidden is how many pledges that were public on the day have been taken down since.
	Hidden int
}

func (b dayShown) title(ctx context.Context) string {
	if b.Day == b.Today {
		return i18n.T(ctx, "pledge.day.today", i18n.Day(ctx, b.Day))
	}
	return i18n.T(ctx, "pledge.day.past", i18n.Day(ctx, b.Day))
}

func (b dayShown) text(ctx context.Context) string {
	if b.Day == b.Today {
		return i18n.T(ctx, "pledge.day.today.text")
	}
	return i18n.T(ctx, "pledge.day.past.text")
}

// now is the address of the same page of now.
func (b dayShown) now(ctx context.Context) string {
	return ui.Href(ctx, ui.WithQuery(b.Path, ui.With(b.Query, asOf)))
}

// choose is the address of the form for another day of the same page.
func (b dayShown) choose(ctx context.Context) string {
	q := ui.With(b.Query, "of")
	if of := pageName(b.Path); of != "" {
		q.Set("of", of)
	}
	return ui.Href(ctx, ui.WithQuery("/pledges/as-of", q))
}

// asOf is the parameter of the day.
const asOf = "as-of"

// since is the parameter of the day from which on a list holds what was first published.
const since = "since"

// dayParameters are what the form for a day reads beside the filter.
func dayParameters() []string {
	return append(Parameters(), "of", asOf+".day", asOf+".month", asOf+".year")
}

// pageName is how the form for a day names a page; pageNamed is its inverse, the list for what is none.
func pageName(path string) string {
	return strings.TrimPrefix(strings.TrimPrefix(path, "/pledges"), "/")
}

func pageNamed(of string) string {
	if path := "/pledges/" + of; path == BoardPath || path == NeedsPath || strings.HasPrefix(path, BoardPath+"/") && knownView(path[len(BoardPath)+1:]) {
		return path
	}
	if id, ok := wholeID(of); ok {
		return Path(id)
	}
	return "/pledges"
}

// wrongDay says what is wrong with the day that a filter asks for; nil for nothing.
func (s *Service) wrongDay(ctx context.Context, f Filter) []problem.Field {
	today := date.Today(s.now(), i18n.Geneva)
	switch {
	case f.WrongDay != "":
		return []problem.Field{{Name: asOf + ".day", Key: "pledge.day.error.none", Args: []any{f.WrongDay}}}
	case today.Before(f.AsOf):
		return []problem.Field{{Name: asOf + ".year", Key: "pledge.day.error.future", Args: []any{i18n.Day(ctx, f.AsOf), i18n.Day(ctx, today)}}}
	}
	return nil
}

// dayView is the form for a day.
type dayView struct {
	dayShown
	Typed form.Answers
	Keep  url.Values // hidden fields
	Wrong []problem.Field
}

func (v dayView) page(ctx context.Context) ui.Page {
	return ui.Page{Title: i18n.T(ctx, "pledge.day.title"), NoIndex: true, Current: "/pledges", Errors: len(v.Wrong) > 0}
}

func (v dayView) control(ctx context.Context) ui.DateControl {
	d := ui.DateControl{
		Control: ui.Control{Name: asOf, Label: i18n.T(ctx, "pledge.day.label"), Hint: i18n.T(ctx, "pledge.day.hint")},
		Day:     v.Typed.First(asOf + ".day"), Month: v.Typed.First(asOf + ".month"), Year: v.Typed.First(asOf + ".year"),
	}
	for _, part := range []string{"day", "month", "year"} {
		if message := ui.MessageFor(ctx, v.Wrong, asOf+"."+part); message != "" {
			d.Error, d.Part = message, part
		}
	}
	return d
}

// chooseDay asks for a day, and leads to the page as of that day.
func (h handlers) chooseDay(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	f := ReadFilter(q, h.pledges.vocabulary())
	f.AsOf, f.WrongDay = date.Date{}, ""
	view := h.dayForm(pageNamed(q.Get("of")), f)
	for _, part := range []string{"day", "month", "year"} {
		if typed := q.Get(asOf + "." + part); typed != "" {
			view.Typed[asOf+"."+part] = []string{typed}
		}
	}
	day, given, ok, part := form.DateOf(view.Typed, asOf)
	switch {
	case !given && q.Has(asOf+".day"):
		view.Wrong = []problem.Field{{Name: asOf + ".day", Key: "pledge.day.error.missing"}}
	case !given:
		return web.Render(w, r, http.StatusOK, dayPage(view))
	case !ok:
		view.Wrong = []problem.Field{{Name: asOf + "." + part, Key: "pledge.day.error." + part}}
	default:
		view.Wrong = h.pledges.wrongDay(r.Context(), Filter{AsOf: day})
	}
	if len(view.Wrong) > 0 {
		return web.Render(w, r, http.StatusUnprocessableEntity, dayPage(view))
	}
	return web.Redirect(w, r, ui.WithQuery(view.Path, ui.With(view.Query, asOf, day.String())), "")
}

// dayForm is the form for a day of the page that the filter leads to.
func (h handlers) dayForm(path string, f Filter) dayView {
	v := dayView{dayShown: dayShown{Path: path, Query: f.Values()}, Typed: form.Answers{}, Keep: f.Values()}
	if of := pageName(path); of != "" {
		v.Keep.Set("of", of)
	}
	return v
}

// wrongDay is the form for a day of the page, with what is wrong, when its filter asks for a day that cannot be shown.
func (h handlers) wrongDay(ctx context.Context, path string, f Filter) (v dayView, wrong bool) {
	fields := h.pledges.wrongDay(ctx, f)
	if fields == nil {
		return v, false
	}
	day := f.AsOf
	f.AsOf = date.Date{}
	v = h.dayForm(path, f)
	v.Wrong = fields
	if !day.IsZero() {
		for part, n := range map[string]int{"day": day.Day(), "month": int(day.Month()), "year": day.Year()} {
			v.Typed[asOf+"."+part] = []string{strconv.Itoa(n)}
		}
	}
	return v, true
}

// noSuchDay answers with the form for a day and what is wrong, when the filter of a page asks for a day that cannot be
// shown; done says so.
func (h handlers) noSuchDay(w http.ResponseWriter, r *http.Request, path string, f Filter) (done bool, err error) {
	v, wrong := h.wrongDay(r.Context(), path, f)
	if !wrong {
		return false, nil
	}
	return true, web.Render(w, r, http.StatusUnprocessableEntity, dayPage(v))
}

// dated reads of which page a request is, given the path of the list or dashboard that it belongs to, and its filter; not
// ok for a view that there is not.
func (h handlers) dated(r *http.Request, path string) (page string, f Filter, ok bool) {
	f = ReadFilter(r.URL.Query(), h.pledges.vocabulary())
	if view := r.PathValue("by"); view != "" {
		return path + "/" + view, f, knownView(view)
	}
	return path, f, true
}

// ofDay is the handler of a page of the list, or of the dashboard whose path is given, unless its filter asks for a day that
// cannot be shown.
func (h handlers) ofDay(path string, page web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		path, f, ok := h.dated(r, path)
		if !ok {
			return problem.NotFound
		}
		if done, err := h.noSuchDay(w, r, path, f); done {
			return err
		}
		return page(w, r)
	}
}

// fileOfDay is ofDay for a file. Programs read it, so what is wrong is a line of text, with the address of the form.
func (h handlers) fileOfDay(path string, file web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		ctx := r.Context()
		path, f, ok := h.dated(r, path)
		if !ok {
			return problem.NotFound
		}
		v, wrong := h.wrongDay(ctx, path, f)
		if !wrong {
			return file(w, r)
		}
		text := ui.Message(ctx, v.Wrong[0]) + "\n" + i18n.T(ctx, "pledge.day.other") + ": " + ui.SiteOf(ctx).PublicURL + v.choose(ctx) + "\n"
		return web.Write(w, r, http.StatusUnprocessableEntity, "text/plain; charset=utf-8", []byte(text))
	}
}

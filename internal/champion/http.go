package champion

import (
	"context"
	"net/http"
	"net/url"

	"portal/internal/attachment"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
	"portal/web/ui"
)

// Pages are where the pages of the registry lead to in other areas; app fills it in.
type Pages struct {
	// Case is the desk's page of a case, Submission that of its office; without the language.
	Case, Submission func(id int64) string
	// Country is the page of a State, without the language.
	Country func(code string) string
	// Register and SignIn are the paths of those pages, Account that of the person's own; without the language.
	Register, SignIn, Account string
}

type handlers struct {
	champions *Service
	pages     Pages
}

// Routes adds the pages of the registry.
func Routes(r *web.Router, champions *Service, pages Pages) {
	h := handlers{champions, pages}
	r.Public("GET "+Path, h.registry, web.Cached(wordsName, statusName, regionName, yearName, sortName))
	r.Public("GET "+Path+".csv", web.CSV(h.table), web.Stateless())
	r.Public("GET "+Path+".xlsx", web.XLSX(h.table), web.Stateless())
	r.Public("GET "+Path+".json", web.JSON(h.table), web.Stateless())
	r.Public("GET "+Path+".atom", h.atom, web.Stateless())
	r.Public("GET "+Path+".ics", h.calendar, web.Stateless())
	r.Public("GET "+Path+"/documents/{document}", h.file)
	r.Public("GET "+Path+"/{country}", h.entry, web.Cached())
	caseRoutes(r, h)
	exchangeRoutes(r, h)
	deskRoutes(r, h)
}

// read returns the registry as the address asks for it.
func (h handlers) read(ctx context.Context, q url.Values) (registryView, error) {
	v := registryView{Vocabulary: h.champions.vocabulary(), Today: h.champions.today(), Country: h.pages.Country}
	v.Filter = readFilter(q, v.Vocabulary)
	var err error
	v.Registry, err = h.champions.Registry(ctx)
	v.Shown = v.Filter.apply(ctx, v.Entries, v.Vocabulary)
	return v, err
}

func (h handlers) registry(w http.ResponseWriter, r *http.Request) error {
	v, err := h.read(r.Context(), r.URL.Query())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, registryPage(v))
}

// entry shows a Champion country. A code in small letters leads to the right address.
func (h handlers) entry(w http.ResponseWriter, r *http.Request) error {
	v := entryView{Vocabulary: h.champions.vocabulary(), Today: h.champions.today()}
	c, ok := v.Vocabulary.Find(r.PathValue("country"))
	if !ok {
		return problem.NotFound
	}
	if c.ISO2 != r.PathValue("country") {
		w.Header().Set("Location", ui.Href(r.Context(), PathOf(c.ISO2)))
		w.WriteHeader(http.StatusMovedPermanently)
		return nil
	}
	var err error
	if v.Whole, err = h.champions.Public(r.Context(), c.ISO2); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, entryPage(v))
}

// file sends the file of a document that was released; the desk gets any.
func (h handlers) file(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "document")
	if err != nil {
		return err
	}
	d, err := h.champions.File(r.Context(), identity.From(r.Context()), id)
	if err != nil {
		return err
	}
	f, content, err := h.champions.files.Open(r.Context(), *d.AttachmentID)
	if err != nil {
		return err
	}
	attachment.Serve(w, r, f, content)
	return nil
}

// table is the list as a file, of the same entries in the same order.
func (h handlers) table(r *http.Request) web.Table {
	ctx, v := r.Context(), h.champions.vocabulary()
	f := readFilter(r.URL.Query(), v)
	return web.Table{
		Name: "champion-countries", Title: i18n.T(ctx, "champion.list.title"), List: ui.Absolute(ctx, ui.WithQuery(Path, f.values())), Day: h.champions.today(),
		Columns: web.Columns(ctx, "champion.column.", "country", "name", "status", "regions", "since", "ended", "co_chair", "office", "changed"),
		Rows: web.RowsOf(func() ([]registryRow, error) {
			view, err := h.read(ctx, r.URL.Query())
			var rows []registryRow
			for _, e := range view.Shown {
				rows = append(rows, registryRow{e, view.chairs(e.Country)})
			}
			return rows, err
		}, func(row registryRow) []any {
			chair := ""
			if row.chair {
				chair = i18n.T(ctx, "champion.chair")
			}
			return []any{
				row.Country, name(ctx, v, row.Country), row.Status.text(ctx), i18n.List(ctx, regionNames(ctx, v, row.Country)), string(row.Since), string(row.Ended), chair, row.FocalOffice, row.ChangedAt,
			}
		}),
	}
}

// registryRow is an entry in a file, with whether it is a co-chair today.
type registryRow struct {
	Entry
	chair bool
}

// atom gives the list as a feed, what changed last on top.
func (h handlers) atom(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, err := h.read(ctx, r.URL.Query())
	if err != nil {
		return err
	}
	self := ui.Absolute(ctx, ui.WithQuery(Path+".atom", v.Filter.values()))
	feed := web.Atom{
		Lang: string(i18n.From(ctx)), ID: self, Title: i18n.T(ctx, "champion.list.title"), Updated: web.AtomTime(h.champions.now()), Author: web.AtomPerson{Name: ui.OperatorName(ctx)},
		Links: []web.AtomLink{{Rel: "self", Type: web.AtomType, Href: self}, {Rel: "alternate", Type: "text/html", Href: ui.Absolute(ctx, ui.WithQuery(Path, v.Filter.values()))}},
	}
	for i, e := range newest(v.Shown) {
		if i == 0 {
			feed.Updated = web.AtomTime(e.ChangedAt)
		}
		says := e.Status.text(ctx)
		if e.Since != "" {
			says += "; " + i18n.T(ctx, "champion.since", e.Since.Text(ctx))
		}
		entry := web.AtomEntry{
			ID:    ui.SiteOf(ctx).PublicURL + PathOf(e.Country), // the same in every language
			Title: web.AtomText{Type: "text", Text: name(ctx, v.Vocabulary, e.Country)}, Link: web.AtomLink{Rel: "alternate", Type: "text/html", Href: ui.Absolute(ctx, PathOf(e.Country))},
			Published: web.AtomTime(e.ChangedAt), Updated: web.AtomTime(e.ChangedAt), Author: web.AtomPerson{Name: ui.OperatorName(ctx)},
			Summary:    web.AtomText{Type: "text", Text: says},
			Categories: []web.AtomCategory{{Term: "status-" + string(e.Status), Label: e.Status.text(ctx)}, {Term: "country-" + e.Country, Label: name(ctx, v.Vocabulary, e.Country)}},
		}
		feed.Entries = append(feed.Entries, entry)
	}
	return web.WriteAtom(w, r, feed)
}

// calendar writes the days of the list that are known as days for calendar programs: of joining, and of terms of co-chairs.
func (h handlers) calendar(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, err := h.read(ctx, r.URL.Query())
	if err != nil {
		return err
	}
	return web.WriteICS(w, r, web.ICS{File: "champion-countries", Title: "champion.list.title", Events: v.days(ctx)})
}

// days are those of the list that are known as days, for calendar programs: of joining, and of terms of co-chairs.
func (v registryView) days(ctx context.Context) (all []web.ICSEvent) {
	add := func(e Entry, what string, on When) {
		if day, ok := on.Day(); ok {
			all = append(all, web.ICSEvent{
				UID: "champion-" + what + "-" + e.Country + "-" + day.String(), Changed: e.ChangedAt, Sequence: e.Version - 1, First: day, Last: day, Free: true,
				Summary: i18n.T(ctx, "champion.calendar."+what, name(ctx, v.Vocabulary, e.Country)), Path: PathOf(e.Country),
			})
		}
	}
	for _, e := range v.Shown {
		add(e, "joined", e.Since)
		for _, c := range v.Chairs {
			if c.Country == e.Country {
				add(e, "chair", c.Since)
				add(e, "chair_ends", c.Until)
			}
		}
	}
	return all
}

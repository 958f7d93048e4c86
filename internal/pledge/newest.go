package pledge

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"portal/internal/date"
	"portal/internal/i18n"
	"portal/web"
	"portal/web/ui"
)

// NewestPath is the page of the newest reports on all pledges, without the language. It takes the filters of the list.
const NewestPath = "/pledges/updates"

// perNewest is how many reports a part of that page holds.
const perNewest = 20

// behindReport reads the number of the report before which a part of the newest ones begins; 0 is the newest.
func behindReport(r *http.Request) int64 {
	n, err := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// newest shows the newest reports on the pledges of a filter.
func (h handlers) newest(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v := newestView{after: behindReport(r)}
	v.Vocabulary, v.Today = h.pledges.vocabulary(), dayOf(h.pledges.now())
	f := ReadFilter(r.URL.Query(), v.Vocabulary)
	f.After, f.AsOf, f.Sort, f.Page = "", date.Date{}, Newest, 1
	f.Ignored = slices.DeleteFunc(f.Ignored, func(name string) bool { return name == "after" })
	list, err := h.pledges.Reports(ctx, f, v.after, perNewest)
	if err != nil {
		return err
	}
	v.listView.List, v.Reports, v.before = list.List, list.Reports, list.Before
	return web.Render(w, r, http.StatusOK, newestPage(v))
}

// newestView is the list of pledges, of which it shows what was reported on them.
type newestView struct {
	listView
	Reports []FeedUpdate
	// after is where this part begins, before where the next one does; 0 for the newest, and for none.
	after, before int64
}

func (v newestView) at(ctx context.Context, q url.Values) string {
	return ui.Href(ctx, ui.WithQuery(NewestPath, q))
}

func (v newestView) page(ctx context.Context) ui.Page {
	title := i18n.T(ctx, "pledge.newest.title")
	return ui.Page{
		Title: title, Description: i18n.T(ctx, "pledge.newest.lede"), NoIndex: v.Filter.Narrowed() || v.after != 0, Current: "/pledges",
		Feeds: []ui.Alternate{
			{Title: i18n.T(ctx, "pledge.list.feed.title", title), Type: "application/atom+xml", Href: v.updates(ctx, "atom")},
			{Title: "CSV", Type: "text/csv", Href: v.updates(ctx, "csv")},
			{Title: "XLSX", Type: web.XLSXType, Href: v.updates(ctx, "xlsx")},
			{Title: "JSON", Type: "application/json", Href: v.updates(ctx, "json")},
		},
	}
}

func (v newestView) search(ctx context.Context) ui.Search {
	s := v.listView.search(ctx)
	s.Action = ui.Href(ctx, NewestPath)
	return s
}

func (v newestView) filters(ctx context.Context) ui.Filters {
	f := v.listView.filters(ctx)
	f.Action, f.Clear = ui.Href(ctx, NewestPath), v.at(ctx, f.Keep)
	return f
}

func (v newestView) chips(ctx context.Context) []ui.Chip {
	return chips(ctx, v.Filter, v.Vocabulary, func(q url.Values) string { return v.at(ctx, q) })
}

// older is the address of the next part; "" for none.
func (v newestView) older(ctx context.Context) string {
	if v.before == 0 {
		return ""
	}
	q := v.query()
	q.Set("after", strconv.FormatInt(v.before, 10))
	return v.at(ctx, q)
}

// text is what the report says, in short.
func (u FeedUpdate) text() string {
	if u.Evidence == "" {
		return ui.Excerpt(u.Obstacles, 2*excerpt)
	}
	return ui.Excerpt(u.Evidence, 2*excerpt)
}

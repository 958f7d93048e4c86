package signoff

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// ListPath is the list of the concept notes that a person's offices sign, without the language.
const ListPath = "/concept-notes/signatures"

// perPage is how many signatures a page of the list shows, maxQ the longest words to look for.
const (
	perPage = 25
	maxQ    = 100
)

// Filter says which signatures the list holds. The zero Filter is those that can be given now.
type Filter struct {
	// Q is a part of the note's title or of the name of the office that files it.
	Q string
	// All are those that were given, too, and those that wait.
	All bool
	// Page is the number of the page, from 1.
	Page int
}

// readFilter reads a filter from the query of an address; what it does not know is left out.
func readFilter(q url.Values) Filter {
	f := Filter{Q: strings.Join(strings.Fields(form.Clean(q.Get("q"))), " "), All: q.Get("state") == "all", Page: 1}
	if form.Length(f.Q) > maxQ {
		f.Q = ""
	}
	if n, err := strconv.Atoi(q.Get("page")); err == nil && n > 1 && n <= ui.NumberedPages {
		f.Page = n
	}
	return f
}

// values is the inverse of readFilter, without the page.
func (f Filter) values() url.Values {
	q := url.Values{}
	if f.Q != "" {
		q.Set("q", f.Q)
	}
	if f.All {
		q.Set("state", "all")
	}
	return q
}

// Listed is a signature of one of the person's offices.
type Listed struct {
	ID           int64
	SubmissionID workflow.ID
	Title        string
	Lang         string
	FiledBy      string
	Name         string // of the party
	State        State
	AskedAt      *time.Time
	ActedAt      *time.Time
}

// List is a page of the list. Open and All are how many there are of both, with the words.
type List struct {
	Filter    Filter
	Lines     []Listed
	Open, All int
}

// total is how many the filter leaves.
func (l List) total() int {
	if l.Filter.All {
		return l.All
	}
	return l.Open
}

// ownSignatures is the condition of what the offices of the person @who sign, with the words @q; open are those that can be
// given now.
const (
	ownSignatures = ` FROM note_signatures g JOIN submissions s ON s.id = g.submission_id JOIN offices o ON o.id = s.office_id
		WHERE g.state NOT IN ('new', 'void') AND s.state NOT IN ('put_away', 'erased') AND g.office_id IN (SELECT p.office_id FROM posts p WHERE p.user_id = @who AND p.state = 'approved'
			AND p.from_on <= current_date AND (p.until_on IS NULL OR p.until_on >= current_date))
		AND (@q::text = '' OR strpos(fold_name(s.title), fold_name(@q::text)) > 0 OR strpos(o.folded, fold_name(@q::text)) > 0)`
	open = `(g.state = 'asked' AND s.state IN ('draft', 'changes_requested'))`
)

// List are the signatures of the person's offices that the filter leaves, those that can be given now on top; limit 0 is all
// of them at once.
func (s *Service) List(ctx context.Context, who identity.User, f Filter, limit int) (List, error) {
	l := List{Filter: f}
	args := database.Args{"who": who.ID, "q": f.Q}
	type counts struct{ Open, Named int }
	n, err := database.Row[counts](ctx, s.db.Read(), `SELECT count(*) FILTER (WHERE `+open+`)::int AS open, count(*)::int AS named`+ownSignatures, args)
	if err == nil {
		l.Open, l.All = n.Open, n.Named
		args["all"], args["limit"], args["offset"] = f.All, nil, 0
		if limit > 0 {
			args["limit"], args["offset"] = limit, (f.Page-1)*limit
		}
		l.Lines, err = database.Rows[Listed](ctx, s.db.Read(), `SELECT g.id, g.submission_id, s.title, s.lang, o.name AS filed_by, g.name, g.state, g.asked_at, g.acted_at`+ownSignatures+`
			AND (@all::boolean OR `+open+`) ORDER BY `+open+` DESC, greatest(g.asked_at, g.acted_at) DESC NULLS LAST, g.id DESC LIMIT @limit OFFSET @offset`, args)
	}
	if err != nil {
		return l, fmt.Errorf("the signatures of the offices of user %d: %w", who.ID, err)
	}
	return l, nil
}

func listRoutes(r *web.Router, h handlers) {
	r.Member("GET "+ListPath, h.list)
	r.Member("GET "+ListPath+".csv", web.CSV(h.table))
	r.Member("GET "+ListPath+".xlsx", web.XLSX(h.table))
	r.Member("GET "+ListPath+".json", web.JSON(h.table))
}

func (h handlers) list(w http.ResponseWriter, r *http.Request) error {
	l, err := h.service.List(r.Context(), identity.Must(r.Context()), readFilter(r.URL.Query()), perPage)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, listPage(listView{l}))
}

// table is the list as a file.
func (h handlers) table(r *http.Request) web.Table {
	ctx, f := r.Context(), readFilter(r.URL.Query())
	return web.Table{
		Name: "signatures", Title: i18n.T(ctx, "signoff.list.title"), List: ui.Absolute(ctx, ui.WithQuery(ListPath, f.values())), Day: date.Today(h.service.now(), i18n.Geneva),
		Columns: web.Columns(ctx, "signoff.list.column.", "title", "filed_by", "party", "state", "asked", "answered", "address"),
		Rows: web.RowsOf(func() ([]Listed, error) {
			l, err := h.service.List(ctx, identity.Must(ctx), f, 0)
			return l.Lines, err
		}, func(g Listed) []any {
			return []any{g.Title, g.FiledBy, g.Name, i18n.T(ctx, "signoff.state."+string(g.State)), orNothing(g.AskedAt), orNothing(g.ActedAt), ui.Absolute(ctx, Path(g.SubmissionID))}
		}),
	}
}

func orNothing(t *time.Time) any {
	if t == nil {
		return nil
	}
	return *t
}

// listView is the list as its page shows it.
type listView struct{ List }

func (v listView) at(ctx context.Context, q url.Values) string {
	return ui.Href(ctx, ui.WithQuery(ListPath, q))
}

func (v listView) tabs(ctx context.Context) []ui.Tab {
	return []ui.Tab{
		{Href: v.at(ctx, ui.With(v.Filter.values(), "state")), Text: i18n.T(ctx, "signoff.list.open", v.Open), Current: !v.Filter.All},
		{Href: v.at(ctx, ui.With(v.Filter.values(), "state", "all")), Text: i18n.T(ctx, "signoff.list.all", v.All), Current: v.Filter.All},
	}
}

func (v listView) search(ctx context.Context) ui.Search {
	return ui.Search{ID: "q", Label: i18n.T(ctx, "signoff.list.search"), Action: ui.Href(ctx, ListPath), Value: v.Filter.Q, Keep: ui.With(v.Filter.values(), "q")}
}

// chips are the words in use, with the way to take them away.
func (v listView) chips(ctx context.Context) []ui.Chip {
	if v.Filter.Q == "" {
		return nil
	}
	return []ui.Chip{{Href: v.at(ctx, ui.With(v.Filter.values(), "q")), Text: v.Filter.Q, Remove: true}}
}

func (v listView) table(ctx context.Context) ui.Table {
	t := ui.Table{Caption: i18n.T(ctx, "signoff.list.title"), HideCaption: true, Cards: true}
	for _, name := range []string{"title", "filed_by", "party", "state", "asked"} {
		t.Columns = append(t.Columns, ui.Column{Text: i18n.T(ctx, "signoff.list.column."+name)})
	}
	for _, g := range v.Lines {
		asked := ui.Cell{}
		if g.AskedAt != nil {
			asked.Text = i18n.DayOf(ctx, *g.AskedAt)
		}
		title := g.Title
		if title == "" {
			title = i18n.T(ctx, "signoff.untitled")
		}
		t.Rows = append(t.Rows, []ui.Cell{{Text: title, Href: ui.Href(ctx, Path(g.SubmissionID)), Lang: g.Lang}, {Text: g.FiledBy, Lang: "und"}, {Text: g.Name, Lang: "und"},
			{Component: ui.Tag(tones[g.State], i18n.T(ctx, "signoff.state."+string(g.State)))}, asked})
	}
	return t
}

func (v listView) pager(ctx context.Context) ui.Pager {
	return ui.Pager{Label: i18n.T(ctx, "signoff.list.pages"), Page: v.Filter.Page, Pages: (v.total() + perPage - 1) / perPage, Href: func(page int) string {
		q := v.Filter.values()
		if page > 1 {
			q.Set("page", strconv.Itoa(page))
		}
		return v.at(ctx, q)
	}}
}

package submission

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/workflow"
)

// PerPage is the number of submissions on a page of the list.
const PerPage = 25

// maxList bounds the list and its exports. It is far beyond the work of one person's offices, and keeps a page number in
// an address from becoming an offset without end.
const maxList = 20_000

// Filter narrows the list of what a person's offices have written. Its zero value is everything, last changed first.
type Filter struct {
	Q      string // words of the title, the public ID or the number
	State  workflow.State
	Kind   string
	Office int64
	// Shared leaves what the person was invited to.
	Shared bool
	Sort   string // "" by last change, "oldest", "title" or "state"
	Page   int    // from 1
}

// sorts are the orders of the list, in the order of the page.
var sorts = []string{"", "oldest", "title", "state"}

// ReadFilter reads a filter from the query of an address; what it does not know is left out.
func ReadFilter(q url.Values) Filter {
	f := Filter{Q: clean(q.Get("q")), State: workflow.State(q.Get("state")), Kind: q.Get("kind"), Sort: q.Get("sort"), Page: 1}
	if runes := []rune(f.Q); len(runes) > 200 {
		f.Q = string(runes[:200])
	}
	if !slices.Contains(workflow.States, f.State) {
		f.State = ""
	}
	if !slices.Contains(sorts, f.Sort) {
		f.Sort = ""
	}
	f.Shared = q.Get("shared") == "1"
	if id, err := strconv.ParseInt(q.Get("office"), 10, 64); err == nil && id > 0 {
		f.Office = id
	}
	if n, err := strconv.Atoi(q.Get("page")); err == nil && n > 1 && n <= maxList/PerPage {
		f.Page = n
	}
	return f
}

// Values is the inverse of ReadFilter: the query of an address that shows the same.
func (f Filter) Values() url.Values {
	q := url.Values{}
	set := func(name, value string) {
		if value != "" {
			q.Set(name, value)
		}
	}
	set("q", f.Q)
	set("state", string(f.State))
	set("kind", f.Kind)
	set("sort", f.Sort)
	if f.Shared {
		q.Set("shared", "1")
	}
	if f.Office != 0 {
		q.Set("office", strconv.FormatInt(f.Office, 10))
	}
	if f.Page > 1 {
		q.Set("page", strconv.Itoa(f.Page))
	}
	return q
}

// Narrowed says whether the filter leaves anything out.
func (f Filter) Narrowed() bool {
	return f.Q != "" || f.State != "" || f.Kind != "" || f.Office != 0 || f.Shared
}

// resting are the states that the list leaves out unless it is asked for them.
var resting = []workflow.State{workflow.PutAway, workflow.Erased}

// Page is a page of the list.
type Page struct {
	Filter Filter
	Rows   []workflow.Submission
	Total  int
	// Pages is how many pages there are, at least 1.
	Pages int
	// States and Kinds count what the other filters leave, Offices what is there in all; SharedCount is how much of what
	// the filters leave the person was invited to.
	SharedCount int
	States      map[workflow.State]int
	Kinds       map[string]int
	Offices     []OfficeCount
}

// OfficeCount is an office with how many submissions it has in the list.
type OfficeCount struct {
	ID    int64
	Name  string
	Count int
}

// List returns a page of what the person's offices have written, and nothing of any other office.
func (s *Service) List(ctx context.Context, who identity.User, f Filter) (Page, error) {
	p := Page{Filter: f}
	q := s.db.Read()
	var err error
	if p.States, err = countStates(ctx, q, who, f); err != nil {
		return p, fmt.Errorf("count the states of the list: %w", err)
	}
	if p.Kinds, err = countKinds(ctx, q, who, f); err != nil {
		return p, fmt.Errorf("count the kinds of the list: %w", err)
	}
	shared := f
	shared.Shared = true
	counts, err := countBy[string](ctx, q, "a.side", who, shared)
	if err != nil {
		return p, fmt.Errorf("count what is shared: %w", err)
	}
	p.SharedCount = counts["owner"]
	if p.Offices, err = countOffices(ctx, q, who); err != nil {
		return p, fmt.Errorf("count the offices of the list: %w", err)
	}
	for state, n := range p.States {
		if f.State == state || f.State == "" && !slices.Contains(resting, state) {
			p.Total += n
		}
	}
	p.Pages = max(1, (min(p.Total, maxList)+PerPage-1)/PerPage)
	p.Filter.Page = min(max(1, f.Page), p.Pages)
	if p.Rows, err = listRows(ctx, q, who, p.Filter, PerPage, (p.Filter.Page-1)*PerPage); err != nil {
		return p, fmt.Errorf("read the list: %w", err)
	}
	return p, nil
}

// All returns everything that the filter leaves, in the order of the page, for exports.
func (s *Service) All(ctx context.Context, who identity.User, f Filter) ([]workflow.Submission, error) {
	rows, err := listRows(ctx, s.db.Read(), who, f, maxList, 0)
	if err != nil {
		return nil, fmt.Errorf("read the list: %w", err)
	}
	return rows, nil
}

// listWhere is what the list holds: the owner's side of the person's submissions, less what the filter leaves out. Who is
// also staff does not read as such here: all that a desk has before it is not worked out.
func listWhere(who identity.User, f Filter) (string, database.Args) {
	where, args := []string{"a.side = 'owner'"}, database.Args{"who": who.ID, "staff": false}
	for i, word := range strings.Fields(f.Q) {
		name := "word" + strconv.Itoa(i)
		where = append(where, "(lower(s.title) LIKE @"+name+" OR lower(s.public_id) LIKE @"+name+" OR s.id::text = @"+name+"_number)")
		args[name], args[name+"_number"] = "%"+escapeLike(strings.ToLower(word))+"%", strings.TrimPrefix(word, "#")
	}
	and := func(condition, name string, value any) {
		where = append(where, condition)
		args[name] = value
	}
	switch f.State {
	case anyState:
	case "":
		where = append(where, "s.state NOT IN ('put_away', 'erased')")
	default:
		and("s.state = @state", "state", f.State)
	}
	if f.Shared {
		where = append(where, "a.role IN ('editor', 'commenter', 'guest')")
	}
	if f.Kind != "" {
		and("s.kind = @kind", "kind", f.Kind)
	}
	if f.Office != 0 {
		and("s.office_id = @office", "office", f.Office)
	}
	return " WHERE " + strings.Join(where, " AND "), args
}

func escapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}

var listOrder = map[string]string{
	"":       "s.changed_at DESC, s.id DESC",
	"oldest": "s.changed_at, s.id",
	"title":  `s.title COLLATE "und-x-icu", s.id`,
	"state":  "array_position(ARRAY['changes_requested', 'draft', 'submitted', 'in_review', 'approved', 'published', 'accepted', 'declined', 'put_away', 'withdrawn', 'archived', 'erased'], s.state), s.changed_at DESC, s.id DESC",
}

func listRows(ctx context.Context, q database.Querier, who identity.User, f Filter, limit, offset int) ([]workflow.Submission, error) {
	where, args := listWhere(who, f)
	args["limit"], args["offset"] = limit, offset
	return database.Rows[workflow.Submission](ctx, q, workflow.Select+where+` ORDER BY `+listOrder[f.Sort]+` LIMIT @limit OFFSET @offset`, args)
}

// anyState leaves nothing out, not even what rests.
const anyState workflow.State = "any"

func countStates(ctx context.Context, q database.Querier, who identity.User, f Filter) (map[workflow.State]int, error) {
	f.State = anyState
	return countBy[workflow.State](ctx, q, "s.state", who, f)
}

func countKinds(ctx context.Context, q database.Querier, who identity.User, f Filter) (map[string]int, error) {
	f.Kind = ""
	return countBy[string](ctx, q, "s.kind", who, f)
}

// countBy counts the list by one of its columns.
func countBy[T ~string](ctx context.Context, q database.Querier, column string, who identity.User, f Filter) (map[T]int, error) {
	type row struct {
		Value string
		Count int
	}
	where, args := listWhere(who, f)
	rows, err := database.Rows[row](ctx, q, `SELECT `+column+` AS value, count(*)::int AS count`+workflow.From+where+` GROUP BY `+column, args)
	if err != nil {
		return nil, err
	}
	counts := map[T]int{}
	for _, r := range rows {
		counts[T(r.Value)] = r.Count
	}
	return counts, nil
}

func countOffices(ctx context.Context, q database.Querier, who identity.User) ([]OfficeCount, error) {
	where, args := listWhere(who, Filter{})
	return database.Rows[OfficeCount](ctx, q, `SELECT o.id, o.name, count(*)::int AS count`+workflow.From+where+`
		GROUP BY o.id, o.name HAVING o.id IS NOT NULL ORDER BY o.name COLLATE "und-x-icu", o.id`, args)
}

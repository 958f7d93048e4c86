package practice

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"portal/internal/database"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/web/ui"
)

// CallsPerPage is how many calls a page of the list shows.
const CallsPerPage = 20

// CallFilter says which calls a list holds, and in what order. The zero CallFilter is all public ones, those that are open
// first, the nearest deadline on top, then the others, the last deadline on top.
type CallFilter struct {
	Q         string
	Objective int
	Phase     CallPhase
	// ByName puts them in the alphabet of the reader's language.
	ByName bool
	Page   int
	// Ignored names the parameters that say something that is no such filter.
	Ignored []string
}

// ReadCallFilter reads a filter from the query of an address; what it does not know is left out and named.
func ReadCallFilter(q url.Values, v *gcm.Vocabulary) CallFilter {
	f := CallFilter{Page: 1}
	if r := []rune(line(q.Get("q"))); len(r) > maxWords {
		f.Q, f.Ignored = strings.TrimSpace(string(r[:maxWords])), append(f.Ignored, "q")
	} else {
		f.Q = string(r)
	}
	if value := strings.TrimSpace(q.Get("objective")); value != "" {
		if offers("objective", value, v) {
			f.Objective, _ = strconv.Atoi(value)
		} else {
			f.Ignored = append(f.Ignored, "objective")
		}
	}
	if value := CallPhase(q.Get("state")); value != "" {
		if slices.Contains(PublicPhases, value) {
			f.Phase = value
		} else {
			f.Ignored = append(f.Ignored, "state")
		}
	}
	switch q.Get("sort") {
	case "title":
		f.ByName = true
	case "", "deadline":
	default:
		f.Ignored = append(f.Ignored, "sort")
	}
	if s := q.Get("page"); s != "" {
		if n, err := strconv.Atoi(s); err == nil && n >= 1 {
			f.Page = min(n, ui.NumberedPages)
		} else {
			f.Ignored = append(f.Ignored, "page")
		}
	}
	return f
}

// Values is the inverse of ReadCallFilter, without the page.
func (f CallFilter) Values() url.Values {
	q := url.Values{}
	if f.Q != "" {
		q.Set("q", f.Q)
	}
	if f.Objective != 0 {
		q.Set("objective", strconv.Itoa(f.Objective))
	}
	if f.Phase != "" {
		q.Set("state", string(f.Phase))
	}
	if f.ByName {
		q.Set("sort", "title")
	}
	return q
}

// Narrowed says whether the filter leaves anything out.
func (f CallFilter) Narrowed() bool { return f.Q != "" || f.Objective != 0 || f.Phase != "" }

// CallList is a page of the list of calls.
type CallList struct {
	Filter       CallFilter
	Calls        []Call
	Total, Pages int
}

// phaseSQL is Call.Phase of the public call c at @now.
const phaseSQL = `CASE WHEN c.featured_at IS NOT NULL THEN 'featured' WHEN @now::timestamptz > c.deadline_at THEN 'closed' ELSE 'open' END`

// Calls returns a page of the public calls that the filter leaves; a page beyond the last is the last one.
func (s *Service) Calls(ctx context.Context, f CallFilter) (CallList, error) {
	return s.listCalls(ctx, f, CallsPerPage)
}

func (s *Service) listCalls(ctx context.Context, f CallFilter, perPage int) (CallList, error) {
	l := i18n.From(ctx)
	list := CallList{Filter: f}
	where := ` FROM calls c WHERE c.state = 'open' AND (@objective::int = 0 OR c.objectives @> ARRAY[@objective::int]) AND (@phase::text = '' OR @phase::text = ` + phaseSQL + `)
		AND (@q::text = '' OR EXISTS (SELECT FROM call_texts t WHERE t.call_id = c.id AND strpos(fold_name(t.title || ' ' || t.theme), fold_name(@q::text)) > 0))`
	args := database.Args{"objective": f.Objective, "phase": f.Phase, "q": f.Q, "now": s.now()}
	var err error
	if list.Total, err = database.Value[int](ctx, s.db.Read(), `SELECT count(*)`+where, args); err != nil {
		return list, fmt.Errorf("count calls: %w", err)
	}
	list.Pages = (list.Total + perPage - 1) / perPage
	list.Filter.Page = max(1, min(f.Page, list.Pages, ui.NumberedPages))
	args = maps.Clone(args)
	args["limit"], args["offset"] = perPage, (list.Filter.Page-1)*perPage
	order := phaseSQL + ` <> 'open', CASE WHEN ` + phaseSQL + ` = 'open' THEN c.deadline_at END, c.deadline_at DESC, c.id`
	if f.ByName {
		args["lang"] = l
		order = `(SELECT t.title FROM call_texts t WHERE t.call_id = c.id ORDER BY t.lang <> @lang::text, t.lang <> c.lang LIMIT 1) COLLATE "` + string(l) + `-x-icu", c.id`
	}
	if list.Calls, err = calls(ctx, s.db.Read(), `SELECT `+callColumns+where+` ORDER BY `+order+` LIMIT @limit OFFSET @offset`, args); err != nil {
		return list, fmt.Errorf("list calls: %w", err)
	}
	return list, nil
}

// maxCalls bounds how many calls a file holds: more than there will ever be.
const maxCalls = 10_000

// allCalls are all public calls of the filter, in its order.
func (s *Service) allCalls(ctx context.Context, f CallFilter) ([]Call, error) {
	f.Page = 1
	list, err := s.listCalls(ctx, f, maxCalls)
	return list.Calls, err
}

// OpenCalls are the calls that take practices now, the nearest deadline first.
func (s *Service) OpenCalls(ctx context.Context) ([]Call, error) {
	all, err := openCalls(ctx, s.db.Read(), s.now())
	return all, wrap("open calls", err)
}

// DeskCalls are all calls for the hub desk, those first that need it: drafts, open ones, closed ones, then the others.
func (s *Service) DeskCalls(ctx context.Context) ([]Call, error) {
	all, err := calls(ctx, s.db.Read(), `SELECT `+callColumns+` FROM calls c
		ORDER BY CASE WHEN c.state = 'draft' THEN 0 WHEN c.state = 'withdrawn' THEN 3 WHEN c.featured_at IS NOT NULL THEN 2 ELSE 1 END, c.deadline_at DESC, c.id LIMIT 500`)
	return all, wrap("list calls", err)
}

// callsOf are the public calls of the numbers, by number.
func callsOf(ctx context.Context, q database.Querier, ids []CallID) (map[CallID]Call, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	all, err := calls(ctx, q, `SELECT `+callColumns+` FROM calls c WHERE c.id = ANY ($1) AND c.state = 'open'`, ids)
	if err != nil {
		return nil, fmt.Errorf("calls by number: %w", err)
	}
	by := map[CallID]Call{}
	for _, c := range all {
		by[c.ID] = c
	}
	return by, nil
}

// numbersOf are values of the facet call as numbers.
func numbersOf(values []string) []CallID {
	var ids []CallID
	for _, value := range values {
		if id, err := strconv.ParseInt(value, 10, 64); err == nil {
			ids = append(ids, id)
		}
	}
	return ids
}

// settleCalls leaves out of a filter the calls that there are not, and says so.
func settleCalls(ctx context.Context, q database.Querier, f *Filter) error {
	asked := f.Chosen["call"]
	if len(asked) == 0 {
		return nil
	}
	known, err := callsOf(ctx, q, numbersOf(asked))
	if err != nil {
		return err
	}
	f.Chosen = maps.Clone(f.Chosen)
	f.Chosen["call"] = slices.DeleteFunc(slices.Clone(asked), func(value string) bool {
		id, err := strconv.ParseInt(value, 10, 64)
		_, ok := known[id]
		return err != nil || !ok
	})
	if len(f.Chosen["call"]) == len(asked) {
		return nil
	}
	if len(f.Chosen["call"]) == 0 {
		delete(f.Chosen, "call")
	}
	if !slices.Contains(f.Ignored, "call") {
		f.Ignored = append(slices.Clone(f.Ignored), "call")
	}
	return nil
}

// nameCalls gives records the calls that they have answered.
func (s *Service) nameCalls(ctx context.Context, q database.Querier, all []Record) error {
	var ids []CallID
	for _, r := range all {
		if r.CallID != 0 {
			ids = append(ids, r.CallID)
		}
	}
	known, err := callsOf(ctx, q, ids)
	for i := range all {
		all[i].Call = known[all[i].CallID]
	}
	return err
}

package missed

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/search"
	"portal/web/ui"
)

// PerPage is how many entries a page shows; the most that there may be have 50 pages.
const PerPage = 100

// Order is an order of the report.
type Order string

// The orders.
const (
	MostFirst Order = "times" // missed most often on top
	LastFirst Order = "last"  // missed last on top
)

// The states of a Filter.
const (
	Open  = "open"
	Dealt = "dealt"
	All   = "all"
)

// States lists them in the order of the page.
var States = []string{Open, Dealt, All}

// Periods are the numbers of days, today included, that the report can look back.
var Periods = []int{7, 30, 90, KeepDays}

// Filter says which entries the report holds, and in what order. A zero field does not narrow; State, Days and Sort are
// always set.
type Filter struct {
	List  List
	Lang  i18n.Lang
	How   search.Miss
	State string
	Days  int
	// Q are words of which the entry has a part.
	Q    string
	Sort Order
	Page int // from 1
}

// ReadFilter reads a filter from the query of an address; what it does not know is left out.
func ReadFilter(q url.Values) Filter {
	f := Filter{List: List(q.Get("list")), Lang: i18n.Lang(q.Get("language")), How: search.Miss(q.Get("how")), State: q.Get("state"), Sort: Order(q.Get("sort")), Page: 1}
	f.Days, _ = strconv.Atoi(q.Get("days")) // no number is the usual one
	if !slices.Contains(Lists, f.List) {
		f.List = ""
	}
	if !f.Lang.Known() {
		f.Lang = ""
	}
	if !slices.Contains(search.Misses, f.How) {
		f.How = ""
	}
	if !slices.Contains(States, f.State) {
		f.State = Open
	}
	if !slices.Contains(Periods, f.Days) {
		f.Days = usualDays
	}
	if f.Sort != LastFirst {
		f.Sort = MostFirst
	}
	if words := strings.ToLower(strings.Join(strings.Fields(q.Get("q")), " ")); utf8.RuneCountInString(words) <= maxLength {
		f.Q = words
	}
	if n, err := strconv.Atoi(q.Get("page")); err == nil && n >= 1 {
		f.Page = min(n, ui.NumberedPages)
	}
	return f
}

const usualDays = 90

// Values is the inverse of ReadFilter, without the page.
func (f Filter) Values() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"list": string(f.List), "language": string(f.Lang), "how": string(f.How), "q": f.Q} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if f.State != Open {
		q.Set("state", f.State)
	}
	if f.Days != usualDays {
		q.Set("days", strconv.Itoa(f.Days))
	}
	if f.Sort != MostFirst {
		q.Set("sort", string(f.Sort))
	}
	return q
}

// Service is what the editors do with what was missed.
type Service struct {
	db  *database.DB
	now func() time.Time
}

// NewService returns the service.
func NewService(db *database.DB, now func() time.Time) *Service { return &Service{db, now} }

func (s *Service) today() date.Date { return date.Today(s.now(), i18n.Geneva) }

// Report is a page of what was missed.
type Report struct {
	Filter  Filter
	Entries []Entry
	// Total is how many entries the filter leaves, on so many Pages.
	Total, Pages int
	// Lists are those of the person's desks.
	Lists []List
}

// Report returns a page of what was missed in the lists of the person's desks; who has none of these is problem.Forbidden. A
// page beyond the last is the last one.
func (s *Service) Report(ctx context.Context, who identity.User, f Filter) (Report, error) {
	r := Report{Filter: f, Lists: ListsOf(who)}
	lists, err := within(r.Lists, f)
	if err != nil {
		return r, err
	}
	if r.Total, err = countEntries(ctx, s.db.Read(), f, lists, s.today()); err != nil {
		return r, fmt.Errorf("count missed searches: %w", err)
	}
	r.Pages = (r.Total + PerPage - 1) / PerPage
	r.Filter.Page = max(1, min(f.Page, r.Pages))
	if r.Entries, err = listEntries(ctx, s.db.Read(), f, lists, s.today(), PerPage, (r.Filter.Page-1)*PerPage); err != nil {
		return r, fmt.Errorf("list missed searches: %w", err)
	}
	return r, nil
}

// Export returns all entries of a filter.
func (s *Service) Export(ctx context.Context, who identity.User, f Filter) ([]Entry, error) {
	lists, err := within(ListsOf(who), f)
	if err != nil {
		return nil, err
	}
	all, err := listEntries(ctx, s.db.Read(), f, lists, s.today(), 0, 0)
	if err != nil {
		return nil, fmt.Errorf("list missed searches: %w", err)
	}
	return all, nil
}

// within are the lists of the filter among those of the person.
func within(own []List, f Filter) ([]List, error) {
	switch {
	case len(own) == 0:
		return nil, problem.Forbidden
	case f.List == "":
		return own, nil
	case !slices.Contains(own, f.List):
		return []List{}, nil
	}
	return []List{f.List}, nil
}

// Deal marks words as dealt with, or opens them again. Words of a list of another desk are problem.NotFound.
func (s *Service) Deal(ctx context.Context, who identity.User, id int64, dealt bool) error {
	lists := ListsOf(who)
	if len(lists) == 0 {
		return problem.Forbidden
	}
	now := s.now()
	by, at, act := &who.ID, &now, "missed_search.deal"
	if !dealt {
		by, at, act = nil, nil, "missed_search.open"
	}
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		if err := setDealt(ctx, tx, id, lists, by, at); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: act, Subject: "missed_search", SubjectID: id, At: now})
	})
	if err != nil {
		return fmt.Errorf("missed search %d: %w", id, err)
	}
	return nil
}

// CleanUp takes away what is kept no longer (KeepRareDays, KeepDays).
func (s *Service) CleanUp(ctx context.Context) error {
	return s.db.InTx(ctx, func(tx database.Tx) error { return cleanUp(ctx, tx, s.today()) })
}

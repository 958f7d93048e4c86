package review

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/workflow"
	"portal/web/ui"
)

// Row is a line of the queue.
type Row struct {
	workflow.Submission
	// Light is of the day on which the desk's next act is due.
	Light workflow.Light
	// Age is how many days ago it was handed in, in Geneva.
	Age int
}

// Count is how many submissions there are; with More there are more than that.
type Count struct {
	N    int
	More bool
}

// plus adds two counts.
func (c Count) plus(other Count) Count { return Count{c.N + other.N, c.More || other.More} }

// Page is a page of the queue.
type Page struct {
	// Filter is the one that was asked for, on a page that there is.
	Filter Filter
	Rows   []Row
	// Counts are how many the filter leaves in each group.
	Counts map[Group]Count
	// Waiting is how many the person's desks have to do, whatever the filter.
	Waiting int
	// More says that there is a page behind this one.
	More bool
}

// Total is how many the filter leaves.
func (p Page) Total() Count { return p.Counts[p.Filter.Group()] }

// What is counted: to see that a list is long it is not needed how long. Other groups than the one that is shown only tell
// where to look.
const (
	manyShown = MaxTogether
	manyOther = 20
)

// read does what reads lists of the queue, all at the same moment.
func (s *Service) read(ctx context.Context, do func(q database.Querier, settings workflow.Desks) error) error {
	return s.db.InTx(ctx, func(tx database.Tx) error {
		if err := lookUp(ctx, tx); err != nil {
			return err
		}
		settings, err := workflow.ReadDesks(ctx, tx)
		if err != nil {
			return err
		}
		return do(tx, settings)
	})
}

// Queue returns a page of what the person's desks have before them.
func (s *Service) Queue(ctx context.Context, who identity.User, f Filter) (Page, error) {
	page := Page{Filter: f, Counts: map[Group]Count{}}
	if len(who.Desks()) == 0 {
		return page, nil
	}
	err := s.read(ctx, func(q database.Querier, settings workflow.Desks) error {
		c, err := s.newConditions(who, settings).of(ctx, q, f)
		if err != nil {
			return err
		}
		if page.Counts, page.Waiting, err = counts(ctx, q, who, f, c); err != nil {
			return fmt.Errorf("count: %w", err)
		}
		p := part{sorting: sortings[f.Order()], limit: f.Limit() + 1}
		if f.After != 0 {
			if p.behind, err = placeIn(ctx, q, who, p.sorting, f.After); err != nil {
				return fmt.Errorf("behind %d: %w", f.After, err)
			}
		} else {
			page.Filter.Page = max(1, min(f.Page, ui.NumberedPages))
			if total := page.Total(); !total.More {
				page.Filter.Page = max(1, min(page.Filter.Page, (total.N+f.Limit()-1)/f.Limit()))
			}
			p.offset = (page.Filter.Page - 1) * f.Limit()
		}
		ids, err := listed(ctx, q, who, f.Group(), c, p)
		if err != nil {
			return err
		}
		if page.More = len(ids) > f.Limit(); page.More {
			ids = ids[:f.Limit()]
		}
		page.Rows, err = s.rows(ctx, q, who, ids, settings)
		return err
	})
	if err != nil {
		return page, fmt.Errorf("read the queue: %w", err)
	}
	return page, nil
}

// counts are how many the filter leaves in each group, and how many the person's desks have to do. What the counts of the
// desks know is exact; else it is looked as far as it takes to see that there are many.
func counts(ctx context.Context, q database.Querier, who identity.User, f Filter, c condition) (map[Group]Count, int, error) {
	waiting, err := tally(ctx, q, who, condition{})
	if err != nil {
		return nil, 0, err
	}
	todo := waiting[ToDo].N
	all := waiting
	switch {
	case !f.Narrowed():
	case c.counted:
		if all, err = tally(ctx, q, who, c); err != nil {
			return nil, 0, err
		}
	default:
		if all, err = countNarrowed(ctx, q, who, f.Group(), c); err != nil {
			return nil, 0, err
		}
	}
	if !all[All].More {
		for _, g := range partsOfAll {
			all[All] = all[All].plus(all[g])
		}
	}
	return all, todo, nil
}

// countNarrowed counts what the condition leaves in each group while one of them is shown. Where all are, it looks once at as
// many as are counted: that settles every group when there are no more, and else those of which many are among them.
func countNarrowed(ctx context.Context, q database.Querier, who identity.User, shown Group, c condition) (map[Group]Count, error) {
	groups := partsOfAll
	if c.open {
		groups = partsOpen
	}
	all := map[Group]Count{}
	if shown == All {
		first, err := countFirst(ctx, q, who, groups, c, manyShown+1)
		if err != nil {
			return nil, err
		}
		total := 0
		for g, n := range first {
			all[g] = Count{N: n}
			total += n
		}
		if total <= manyShown {
			return all, nil
		}
		all[All] = Count{manyShown, true}
	}
	var asked []group
	for _, g := range groups {
		switch {
		case g == shown:
			asked = append(asked, group{g, c, manyShown})
		case all[g].N > manyOther:
			all[g] = Count{manyOther, true}
		default:
			asked = append(asked, group{g, c, manyOther})
		}
	}
	found, err := countUpTo(ctx, q, who, asked)
	for i, n := range found {
		all[asked[i].group] = n
	}
	return all, err
}

// rows reads the submissions of the numbers as lines of the queue.
func (s *Service) rows(ctx context.Context, q database.Querier, who identity.User, ids []workflow.ID, settings workflow.Desks) ([]Row, error) {
	found, err := rowsOf(ctx, q, who, ids)
	if err != nil {
		return nil, fmt.Errorf("read the rows of the queue: %w", err)
	}
	rows := make([]Row, len(found))
	for i, sub := range found {
		rows[i] = s.row(sub, settings)
	}
	return rows, nil
}

func (s *Service) row(sub workflow.Submission, desks workflow.Desks) Row {
	r := Row{Submission: sub, Light: desks.Light(sub, s.now())}
	if sub.SubmittedAt != nil {
		r.Age = daysBetween(*sub.SubmittedAt, s.now())
	}
	return r
}

// chunk is how many rows an export reads at a time.
const chunk = 500

// Export gives all rows of the filter, whatever its page, in the order of the list, and records that they were taken out.
// It stops at the first error of do.
func (s *Service) Export(ctx context.Context, who identity.User, f Filter, do func(Row) error) error {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "export.queue", Subject: "user", SubjectID: who.ID, Fields: []string{"assigned_to"}, At: s.now()})
	})
	if err != nil {
		return fmt.Errorf("record an export: %w", err)
	}
	return s.walk(ctx, who, f, func(q database.Querier, settings workflow.Desks, ids []workflow.ID) (func() error, error) {
		rows, err := s.rows(ctx, q, who, ids, settings)
		return func() error {
			for _, row := range rows {
				if err := do(row); err != nil {
					return err
				}
			}
			return nil
		}, err
	})
}

// Matching returns the numbers and versions of all that the filter leaves, in the order of the list, at most so many.
func (s *Service) Matching(ctx context.Context, who identity.User, f Filter, most int) ([]Picked, error) {
	var items []Picked
	err := s.walk(ctx, who, f, func(q database.Querier, _ workflow.Desks, ids []workflow.ID) (func() error, error) {
		found, err := versionsOf(ctx, q, who, ids)
		return func() error {
			if items = append(items, found...); len(items) >= most {
				items = items[:most]
				return errEnough
			}
			return nil
		}, err
	})
	return items, err
}

// walk reads the numbers of all submissions that the filter leaves, in the order of the list, part by part, and what read
// reads of them; what is done with a part comes after the reading of it has ended, however long it takes.
func (s *Service) walk(ctx context.Context, who identity.User, f Filter, read func(q database.Querier, settings workflow.Desks, ids []workflow.ID) (do func() error, err error)) error {
	for p := (part{sorting: sortings[f.Order()], limit: chunk}); ; {
		var do func() error
		more := false
		err := s.read(ctx, func(q database.Querier, settings workflow.Desks) error {
			c, err := s.newConditions(who, settings).of(ctx, q, f)
			if err != nil {
				return err
			}
			ids, err := listed(ctx, q, who, f.Group(), c, p)
			if err != nil || len(ids) == 0 {
				return err
			}
			if p.behind, err = placeIn(ctx, q, who, p.sorting, ids[len(ids)-1]); err != nil {
				return err
			}
			more = len(ids) == chunk
			do, err = read(q, settings, ids)
			return err
		})
		if err != nil {
			return fmt.Errorf("walk through the queue: %w", err)
		}
		if do != nil {
			err = do()
		}
		if err != nil || !more {
			return unlessEnough(err)
		}
	}
}

// Place says where a submission stands in a list of the queue.
type Place struct {
	// Number is its place from 1, or 0 when the filter leaves it out or it stands far down.
	Number int
	// Total is how many the filter leaves.
	Total Count
	// Previous and Next stand before and after it in the list's order; 0 for none.
	Previous, Next workflow.ID
	// At is where it stands, for Filter.At.
	At string
}

// Place finds a submission in the list of the filter. One that the person's desks may not see is problem.NotFound.
func (s *Service) Place(ctx context.Context, who identity.User, f Filter, id workflow.ID) (Place, error) {
	var p Place
	err := s.read(ctx, func(q database.Querier, settings workflow.Desks) (err error) {
		p, err = s.placeOf(ctx, q, who, f, id, settings)
		return err
	})
	if err != nil {
		return p, fmt.Errorf("place of submission %d in the queue: %w", id, err)
	}
	return p, nil
}

func (s *Service) placeOf(ctx context.Context, q database.Querier, who identity.User, f Filter, id workflow.ID, settings workflow.Desks) (p Place, err error) {
	c, err := s.newConditions(who, settings).of(ctx, q, f)
	if err != nil {
		return p, err
	}
	order := sortings[f.Order()]
	here, err := placeIn(ctx, q, who, order, id)
	if err != nil {
		return p, err
	}
	found, err := matches(ctx, q, who, f.Group(), c, id)
	if err != nil {
		return p, err
	}
	if !found && order.takes(f.At) {
		here.key = f.At
	}
	p.At = here.key
	for _, side := range []struct {
		order sorting
		to    *workflow.ID
	}{{order, &p.Next}, {order.reversed(), &p.Previous}} {
		ids, err := listed(ctx, q, who, f.Group(), c, part{sorting: side.order, behind: here, limit: 1})
		if err != nil {
			return p, err
		}
		if len(ids) > 0 {
			*side.to = ids[0]
		}
	}
	all, _, err := counts(ctx, q, who, f, c)
	if err != nil {
		return p, err
	}
	p.Total = all[f.Group()]
	if !found {
		return p, nil
	}
	before, err := countBefore(ctx, q, who, f.Group(), c, order, *here, manyShown)
	if before < manyShown {
		p.Number = before + 1
	}
	return p, err
}

// AddUpCounts keeps the counts of the desks small. A job does it by the hour.
func (s *Service) AddUpCounts(ctx context.Context) error {
	if err := addUp(ctx, s.db.Read()); err != nil {
		return fmt.Errorf("add up the counts of the desks: %w", err)
	}
	return nil
}

// errEnough ends a walk.
var errEnough = errors.New("enough")

func unlessEnough(err error) error {
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// daysBetween is how many days one instant lies before the other, in Geneva.
func daysBetween(from, to time.Time) int {
	return date.Of(from.In(i18n.Geneva)).DaysUntil(date.Of(to.In(i18n.Geneva)))
}

// since is from when on a submission waits for whoever has to act now.
func (r Row) since() time.Time {
	if r.WaitingSince != nil {
		return *r.WaitingSince
	}
	return r.ChangedAt
}

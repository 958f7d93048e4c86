package pledge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/search"
)

// The read model of a past day is made from the one of now: who had another revision then, another status and another
// light is looked up, all else is as it is. It holds as long as nobody of it is taken down, since what the public saw on a
// day that is over does not change.

// past is the read model of a day that is over, of the pledges that are still public.
type past struct {
	day        date.Date
	vocabulary *gcm.Vocabulary
	chunks     search.Chunks
	everything search.Set
	hidden     int // taken down since
}

// days keeps the models of the days that were asked for last.
type days struct {
	mu   sync.Mutex
	kept []*past // the one asked for last in front
	// building holds a value while somebody makes one: one at a time, so that many who ask at once cost no more than one.
	building chan struct{}
}

func newDays() days { return days{building: make(chan struct{}, 1)} }

// errNotKept says that the model of a day has to be made, for which there are turns.
var errNotKept = errors.New("the model of the day is not kept")

// turn waits for the turn to make a model; leave ends it. Nobody waits within a transaction: those who wait for days that
// nobody has asked for would hold all connections to the database, and the portal would stand still.
func (d *days) turn(ctx context.Context) (leave func(), err error) {
	select {
	case d.building <- struct{}{}:
		return sync.OnceFunc(func() { <-d.building }), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// mostDays is how many days are kept: of 100,000 pledges, one takes some 3 MB.
const mostDays = 8

// settled is for how long after its end a day may still change: by a transaction that began on it and is not over yet.
const settled = 5 * time.Minute

// holds says whether this is the model of the day, and nobody of it has been taken down meanwhile; nil is none.
func (p *past) holds(day date.Date, live model, v *gcm.Vocabulary) bool {
	return p != nil && p.day == day && p.vocabulary == v && live.Everything().Holds(p.everything)
}

// find returns the kept model of the day, if nobody of it has been taken down meanwhile.
func (d *days) find(day date.Date, live model, v *gcm.Vocabulary) *past {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, p := range d.kept {
		if !p.holds(day, live, v) {
			continue
		}
		d.kept = slices.Insert(slices.Delete(d.kept, i, i+1), 0, p)
		return p
	}
	return nil
}

// keep puts a model in front, in the place of an older one of the day.
func (d *days) keep(p *past) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.kept = slices.DeleteFunc(d.kept, func(o *past) bool { return o.day == p.day })
	d.kept = slices.Insert(d.kept, 0, p)
	d.kept = d.kept[:min(len(d.kept), mostDays)]
}

// asOf reads with all that belongs to it what the public could see at the end of the day in Geneva, or sees now when the
// day is zero or not over.
func (s *Service) asOf(ctx context.Context, day date.Date, do func(tx database.Tx, m model) error) error {
	return s.asOfHeld(ctx, day, new(*past), do)
}

// asOfHeld is asOf for who reads a day in several parts: mine holds the model of the day from one part to the next, whatever
// other days are asked for meanwhile.
func (s *Service) asOfHeld(ctx context.Context, day date.Date, mine **past, do func(tx database.Tx, m model) error) error {
	at := endOf(day, date.Today(s.now(), i18n.Geneva))
	if !at.past() {
		return s.atOnce(ctx, do)
	}
	err := s.atOnce(ctx, func(tx database.Tx, live model) error {
		v := s.vocabulary()
		if !(*mine).holds(day, live, v) {
			*mine = s.days.find(day, live, v)
		}
		if *mine == nil {
			return errNotKept
		}
		return do(tx, (*mine).model(live, at))
	})
	if !errors.Is(err, errNotKept) {
		return err
	}
	leave, err := s.days.turn(ctx)
	if err != nil {
		return fmt.Errorf("as of %s: %w", day, err)
	}
	defer leave()
	return s.atOnce(ctx, func(tx database.Tx, live model) error {
		v := s.vocabulary()
		p := s.days.find(day, live, v) // who had the turn before may have made it
		if p == nil {
			var err error
			if p, err = makePast(ctx, tx, live, day, at, v); err != nil {
				return fmt.Errorf("as of %s: %w", day, err)
			}
			if s.now().Sub(at.end) > settled {
				s.days.keep(p)
			}
		}
		leave()
		*mine = p
		return do(tx, p.model(live, at))
	})
}

// model is the read model of the day, beside that of now.
func (p *past) model(live model, at moment) model {
	return model{Model: p.chunks.Of(live.Model), day: p.day, at: at, live: &live, hidden: p.hidden}
}

// draftOfDay is the model of a day in the making, with the ordinals of its pledges by their ids.
type draftOfDay struct {
	*search.Draft
	day      date.Date
	at       moment
	ordinals map[int64]int
}

// makePast makes the model of the day.
func makePast(ctx context.Context, tx database.Tx, live model, day date.Date, at moment, v *gcm.Vocabulary) (*past, error) {
	ordinals, same := map[int64]int{}, live.Empty()
	rows, err := tx.Query(ctx, `SELECT id, ordinal FROM pledges WHERE until IS NULL AND published_at < $1`, at.end)
	if err != nil {
		return nil, err
	}
	var id int64
	var ordinal int
	if _, err := pgx.ForEachRow(rows, []any{&id, &ordinal}, func() error {
		ordinals[id] = ordinal
		same.Add(ordinal)
		return nil
	}); err != nil {
		return nil, err
	}
	// How pledges stand, which were reported on in the quarter of the day or later, and what follows from others is made anew.
	d := draftOfDay{day: day, at: at, ordinals: ordinals, Draft: live.Draft(same, func(facet, value string) bool {
		return facet == "status" || facet == "light" || facet == "continent" || facet == "reported" && value >= quarterOf(day)
	})}
	hidden, err := d.replaced(ctx, tx, live.Everything())
	if err != nil {
		return nil, err
	}
	if err := d.stood(ctx, tx); err != nil {
		return nil, err
	}
	if err := d.reported(ctx, tx); err != nil {
		return nil, err
	}
	p := &past{day: day, vocabulary: v, everything: live.Empty(), hidden: hidden}
	for _, ordinal := range ordinals {
		p.everything.Add(ordinal)
	}
	p.chunks = d.Chunks(func(c *search.Chunk) { c.Derive("continent", "country", v.Continent) })
	return p, nil
}

// replaced adds the pledges that had another revision on the day, and counts those that are not among the public any more.
func (d draftOfDay) replaced(ctx context.Context, tx database.Tx, public search.Set) (hidden int, err error) {
	quarter := quarterOf(d.day)
	rows, err := tx.Query(ctx, `SELECT p.id, p.ordinal, f.facet, f.value, pledge_actor(p.entity, p.country) FROM pledges p,
			pledge_facets(p.id, p.objectives, p.regions, p.countries, p.category, p.natures, p.type, p.principles, p.first_published_at, p.langs, p.support) f
		WHERE p.until >= $1 AND p.published_at < $1 AND f.facet NOT IN ('status', 'report')`, d.at.end)
	if err != nil {
		return 0, err
	}
	gone := map[int64]bool{}
	var id int64
	var ordinal int
	var facet, value, actor string
	if _, err := pgx.ForEachRow(rows, []any{&id, &ordinal, &facet, &value, &actor}, func() error {
		if !public.Has(ordinal) {
			gone[id] = true
			return nil
		}
		if facet == "reported" && value >= quarter {
			return nil
		}
		d.ordinals[id] = ordinal
		d.Number(ordinal, actor)
		d.Add(facet, value, ordinal)
		return nil
	}); err != nil {
		return 0, err
	}
	return len(gone), nil
}

// stood adds how each pledge stood on the day.
func (d draftOfDay) stood(ctx context.Context, tx database.Tx) error {
	// Days are counted from one on, which is read faster than a date; NULL is that no report was due any more.
	from := date.New(2000, time.January, 1)
	rows, err := tx.Query(ctx, `SELECT pledge_id, status, coalesce(next_report_on - DATE '2000-01-01', $2)::int
		FROM pledge_standings WHERE since < $1 AND (until IS NULL OR until >= $1)`, d.at.end, noReport)
	if err != nil {
		return err
	}
	lights := map[int]string{noReport: string(Closed)}
	var id int64
	var status string
	var next int
	_, err = pgx.ForEachRow(rows, []any{&id, &status, &next}, func() error {
		ordinal, ok := d.ordinals[id]
		if !ok {
			return nil
		}
		light, ok := lights[next]
		if !ok {
			light = string(LightOn(d.day, from.AddDays(next)))
			lights[next] = light
		}
		d.Add("status", status, ordinal)
		d.Add("light", light, ordinal)
		return nil
	})
	return err
}

// reported adds which pledges had been reported on in the quarter of the day, which was not over yet.
func (d draftOfDay) reported(ctx context.Context, tx database.Tx) error {
	quarter := quarterOf(d.day)
	begin := date.New(d.day.Year(), (d.day.Month()-1)/3*3+1, 1).In(i18n.Geneva)
	rows, err := tx.Query(ctx, `SELECT DISTINCT pledge_id FROM pledge_updates WHERE published_at >= $1 AND published_at < $2`, begin, d.at.end)
	if err != nil {
		return err
	}
	var id int64
	_, err = pgx.ForEachRow(rows, []any{&id}, func() error {
		if ordinal, ok := d.ordinals[id]; ok {
			d.Add("reported", quarter, ordinal)
		}
		return nil
	})
	return err
}

// quarterOf is the quarter of a day as the read model writes it (pledge_quarter in the migration).
func quarterOf(day date.Date) string {
	return fmt.Sprintf("%d-Q%d", day.Year(), (int(day.Month())+2)/3)
}

// noReport is a day on which no report is ever due.
const noReport = -1 << 30

// foundThen is found for a past day: words of revisions that have been replaced since are looked up in them.
func (m model) foundThen(ctx context.Context, tx database.Tx, question search.Question) (search.Set, error) {
	set, err := m.live.Found(ctx, tx, question)
	if err != nil {
		return nil, err
	}
	set.And(m.Everything())
	if question.Expression() == "" { // a public ID
		return set, nil
	}
	replaced, having := m.Empty(), m.Empty()
	const then = `SELECT ordinal FROM pledges WHERE until >= $1 AND published_at < $1`
	if err := m.Collect(ctx, tx, replaced, then, m.at.end); err != nil {
		return nil, err
	}
	if err := m.Collect(ctx, tx, having, then+` AND words @@ to_tsquery('simple', $2)`, m.at.end, question.Expression()); err != nil {
		return nil, err
	}
	having.And(m.Everything())
	set.Without(replaced)
	set.Or(having)
	return set, nil
}

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
	chunks     []*chunk
	everything bitmap
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
	return p != nil && p.day == day && p.vocabulary == v && live.everything().holds(p.everything)
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
	m := model{day: p.day, at: at, live: &live, hidden: p.hidden, chunks: make([]*chunk, len(live.chunks)), phrases: live.phrases, numbers: live.numbers}
	copy(m.chunks, p.chunks)
	return m
}

// makePast makes the model of the day.
func makePast(ctx context.Context, tx database.Tx, live model, day date.Date, at moment, v *gcm.Vocabulary) (*past, error) {
	p := &past{day: day, vocabulary: v, everything: live.empty(), chunks: make([]*chunk, len(live.chunks))}
	ordinals, same := map[int64]int{}, live.empty()
	rows, err := tx.Query(ctx, `SELECT id, ordinal FROM pledges WHERE until IS NULL AND published_at < $1`, at.end)
	if err != nil {
		return nil, err
	}
	var id int64
	var ordinal int
	if _, err := pgx.ForEachRow(rows, []any{&id, &ordinal}, func() error {
		ordinals[id] = ordinal
		same.set(ordinal)
		return nil
	}); err != nil {
		return nil, err
	}
	for number, c := range live.chunks {
		if c != nil {
			p.chunks[number] = c.among(same.ofChunk(number), day)
		}
	}
	set := func(facet, value string, ordinal int) {
		p.chunks[ordinal/chunkBits].add(facet, value, ordinal%chunkBits)
	}
	if err := p.replaced(ctx, tx, live, at, ordinals, set); err != nil {
		return nil, err
	}
	if err := p.stood(ctx, tx, at, ordinals, set); err != nil {
		return nil, err
	}
	if err := p.reported(ctx, tx, at, ordinals, set); err != nil {
		return nil, err
	}
	for _, ordinal := range ordinals {
		p.everything.set(ordinal)
	}
	for _, c := range p.chunks {
		if c != nil {
			c.pack()
			c.derive("continent", "country", v.Continent)
		}
	}
	return p, nil
}

// replaced adds the pledges that had another revision on the day, and counts those that are not public any more.
func (p *past) replaced(ctx context.Context, tx database.Tx, live model, at moment, ordinals map[int64]int, set func(facet, value string, ordinal int)) error {
	public := live.everything()
	quarter := quarterOf(p.day)
	rows, err := tx.Query(ctx, `SELECT p.id, p.ordinal, f.facet, f.value, pledge_actor(p.entity, p.country) FROM pledges p,
			pledge_facets(p.id, p.objectives, p.regions, p.countries, p.category, p.natures, p.type, p.principles, p.first_published_at, p.langs, p.support) f
		WHERE p.until >= $1 AND p.published_at < $1 AND f.facet NOT IN ('status', 'report')`, at.end)
	if err != nil {
		return err
	}
	hidden := map[int64]bool{}
	var id int64
	var ordinal int
	var facet, value, actor string
	if _, err := pgx.ForEachRow(rows, []any{&id, &ordinal, &facet, &value, &actor}, func() error {
		if !public.has(ordinal) {
			hidden[id] = true
			return nil
		}
		if facet == "reported" && value >= quarter {
			return nil
		}
		ordinals[id] = ordinal
		p.chunks[ordinal/chunkBits].actors[ordinal%chunkBits] = live.numbers.of(actor)
		set(facet, value, ordinal)
		return nil
	}); err != nil {
		return err
	}
	p.hidden = len(hidden)
	return nil
}

// stood adds how each pledge stood on the day.
func (p *past) stood(ctx context.Context, tx database.Tx, at moment, ordinals map[int64]int, set func(facet, value string, ordinal int)) error {
	// Days are counted from one on, which is read faster than a date; NULL is that no report was due any more.
	from := date.New(2000, time.January, 1)
	rows, err := tx.Query(ctx, `SELECT pledge_id, status, coalesce(next_report_on - DATE '2000-01-01', $2)::int
		FROM pledge_standings WHERE since < $1 AND (until IS NULL OR until >= $1)`, at.end, noReport)
	if err != nil {
		return err
	}
	lights := map[int]string{noReport: string(Closed)}
	var id int64
	var status string
	var next int
	_, err = pgx.ForEachRow(rows, []any{&id, &status, &next}, func() error {
		ordinal, ok := ordinals[id]
		if !ok {
			return nil
		}
		light, ok := lights[next]
		if !ok {
			light = string(LightOn(p.day, from.AddDays(next)))
			lights[next] = light
		}
		set("status", status, ordinal)
		set("light", light, ordinal)
		return nil
	})
	return err
}

// reported adds which pledges had been reported on in the quarter of the day, which was not over yet.
func (p *past) reported(ctx context.Context, tx database.Tx, at moment, ordinals map[int64]int, set func(facet, value string, ordinal int)) error {
	quarter := quarterOf(p.day)
	begin := date.New(p.day.Year(), (p.day.Month()-1)/3*3+1, 1).In(i18n.Geneva)
	rows, err := tx.Query(ctx, `SELECT DISTINCT pledge_id FROM pledge_updates WHERE published_at >= $1 AND published_at < $2`, begin, at.end)
	if err != nil {
		return err
	}
	var id int64
	_, err = pgx.ForEachRow(rows, []any{&id}, func() error {
		if ordinal, ok := ordinals[id]; ok {
			set("reported", quarter, ordinal)
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

// among is what a chunk says of some of its pledges, but of their status and light, of reports in the quarter of the day or
// later, and of what follows from others.
func (c *chunk) among(of bitmap, day date.Date) *chunk {
	some := &chunk{as: c.as, bits: map[string]map[string]counted{}, actors: slices.Clone(c.actors)}
	some.as.day = day
	for facet, values := range c.bits {
		some.bits[facet] = map[string]counted{}
		if facet == "status" || facet == "light" || facet == "continent" {
			continue
		}
		for value, has := range values {
			if facet == "reported" && value >= quarterOf(day) {
				continue
			}
			bits := make(bitmap, chunkWords)
			has.addTo(bits)
			bits.and(of)
			some.bits[facet][value] = counted{bits: bits}
		}
	}
	return some
}

// add gives a pledge of the chunk a value; only before it is packed.
func (c *chunk) add(facet, value string, i int) {
	has, ok := c.bits[facet][value]
	if !ok {
		has.bits = make(bitmap, chunkWords)
		if c.bits[facet] == nil {
			c.bits[facet] = map[string]counted{}
		}
		c.bits[facet][value] = has
	}
	has.bits.set(i)
}

// pack makes the chunk as small as it gets, when all is in.
func (c *chunk) pack() {
	for _, values := range c.bits {
		for value, has := range values {
			if values[value] = has.bits.counted(); values[value].n == 0 {
				delete(values, value)
			}
		}
	}
}

// foundThen is found for a past day: words of revisions that have been replaced since are looked up in them.
func (m model) foundThen(ctx context.Context, tx database.Tx, typed string) (bitmap, error) {
	set, err := m.live.found(ctx, tx, typed)
	if err != nil {
		return nil, err
	}
	set.and(m.everything())
	if _, ok := wholeID(typed); ok {
		return set, nil
	}
	replaced, having := m.empty(), m.empty()
	const then = `SELECT ordinal FROM pledges WHERE until >= $1 AND published_at < $1`
	if err := m.collect(ctx, tx, replaced, then, m.at.end); err != nil {
		return nil, err
	}
	if err := m.collect(ctx, tx, having, then+` AND words @@ to_tsquery('simple', $2)`, m.at.end, search.Query(typed)); err != nil {
		return nil, err
	}
	having.and(m.everything())
	set.without(replaced)
	set.or(having)
	return set, nil
}

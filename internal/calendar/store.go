package calendar

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/problem"
	"portal/internal/workflow"
)

const columns = `e.id, e.number, e.version, e.sequence, e.hidden, e.type, e.title, e.lang, e.text, e.whole, e.first, e.last, e.starts, e.ends, e.zone, e.at, e.until, e.format, e.place, e.country, e.region,
	e.audience, e.interpretation, e.accessibility, e.objectives, e.workstream, e.review, e.talk, e.registration, e.link, e.opens, e.closes, e.capacity, e.documents, e.recordings, e.outcome,
	e.cancelled_at, e.reason, e.published_at, e.changed_at, coalesce((SELECT jsonb_agg(jsonb_build_object('Name', coalesce(o.name, g.name), 'Role', g.role, 'Country', coalesce(o.country, '')) ORDER BY g.place)
		FROM event_organizers g LEFT JOIN offices o ON o.id = g.office_id WHERE g.event_id = e.id), '[]') AS organizers`

// maxEvents bounds how many events are read: many more than there are in a decade.
const maxEvents = 20000

// allEvents are the portal's own events before the public with all that is known of them, the earliest first.
func allEvents(ctx context.Context, q database.Querier) ([]Event, error) {
	all, err := database.Rows[Event](ctx, q, `SELECT `+columns+` FROM events e WHERE NOT e.hidden ORDER BY e.at, e.id LIMIT $1`, maxEvents)
	if err != nil {
		return nil, fmt.Errorf("read the events: %w", err)
	}
	for i := range all {
		all[i].named()
	}
	return all, nil
}

// listedEvents are allEvents with what lists, feeds and calendar programs say of them, which are many at once: without documents,
// recordings, registration and the roles of the organizers.
func listedEvents(ctx context.Context, q database.Querier) ([]Event, error) {
	n, err := database.Value[int](ctx, q, `SELECT count(*) FROM events WHERE NOT hidden`)
	if err != nil {
		return nil, fmt.Errorf("count the events: %w", err)
	}
	return scanListed(ctx, q, min(n, maxEvents), listed+` WHERE NOT e.hidden ORDER BY e.at, e.id LIMIT $1`, maxEvents)
}

// comingEvents are the next listedEvents that take place, of those that have not ended.
func comingEvents(ctx context.Context, q database.Querier, now time.Time, limit int) ([]Event, error) {
	return scanListed(ctx, q, limit, listed+` WHERE NOT e.hidden AND e.cancelled_at IS NULL AND e.until > $1 AND e.at > $2 ORDER BY e.at, e.id LIMIT $3`, now, now.AddDate(0, 0, -MaxDays-1), limit)
}

// listed reads what lists show of events.
const listed = `SELECT e.id, e.number, e.sequence, e.type, e.title, e.lang, e.text, e.whole, e.first, e.last, e.starts, e.ends, e.zone, e.at, e.until, e.format, e.place, e.country, e.region,
			e.audience, e.interpretation, e.objectives, e.workstream, e.review, e.outcome, e.cancelled_at, e.reason, e.published_at, e.changed_at, g.names, g.countries
		FROM events e LEFT JOIN (SELECT g.event_id, array_agg(coalesce(o.name, g.name) ORDER BY g.place) AS names, array_agg(coalesce(o.country, '') ORDER BY g.place) AS countries
			FROM event_organizers g LEFT JOIN offices o ON o.id = g.office_id GROUP BY g.event_id) g ON g.event_id = e.id`

// scanListed runs a query that begins as listed, of about n events.
func scanListed(ctx context.Context, q database.Querier, n int, sql string, args ...any) ([]Event, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("list the events: %w", err)
	}
	var (
		all              = make([]Event, 0, n)
		e                Event
		names, countries []string
	)
	_, err = pgx.ForEachRow(rows, []any{
		&e.ID, &e.Number, &e.Sequence, &e.Type, &e.Title, &e.Lang, &e.Text, &e.Whole, &e.First, &e.Last, &e.Starts, &e.Ends, &e.Zone, &e.At, &e.Until, &e.Format, &e.Place, &e.Country, &e.Region,
		&e.Audience, &e.Interpretation, &e.Objectives, &e.Workstream, &e.Review, &e.Outcome, &e.CancelledAt, &e.Reason, &e.PublishedAt, &e.ChangedAt, &names, &countries,
	}, func() error {
		e.named()
		e.Organizers = make([]Organizer, len(names))
		for i, name := range names {
			e.Organizers[i] = Organizer{Name: name, Country: countries[i]}
		}
		all = append(all, e)
		e = Event{} // whose slices are the next one's own
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the events: %w", err)
	}
	return all, nil
}

// named gives an event of the portal's own its page and its name among calendars.
func (e *Event) named() {
	e.Path, e.UID = PathOf(e.PublicID()), "event-"+strconv.Itoa(e.Number)
}

// eventByNumber is the event of a public ID, be it taken down.
func eventByNumber(ctx context.Context, q database.Querier, typed string) (Event, error) {
	n, ok := numberOf(typed)
	if !ok {
		return Event{}, problem.NotFound
	}
	e, err := database.Row[Event](ctx, q, `SELECT `+columns+` FROM events e WHERE e.number = $1`, n)
	if err != nil {
		return e, fmt.Errorf("event %s: %w", typed, err)
	}
	e.named()
	return e, nil
}

func lockEvent(ctx context.Context, tx database.Tx, id workflow.ID) (Event, error) {
	if _, err := tx.Exec(ctx, `SELECT FROM events WHERE id = $1 FOR UPDATE`, id); err != nil {
		return Event{}, fmt.Errorf("lock event %d: %w", id, err)
	}
	e, err := database.Row[Event](ctx, tx, `SELECT `+columns+` FROM events e WHERE e.id = $1`, id)
	if err != nil {
		return e, fmt.Errorf("event %d: %w", id, err)
	}
	e.named()
	return e, nil
}

func (e Event) args() database.Args {
	day := func(d date.Date) *date.Date {
		if d.IsZero() {
			return nil
		}
		return &d
	}
	return database.Args{
		"id": e.ID, "number": e.Number, "sequence": e.Sequence, "type": e.Type, "title": e.Title, "lang": e.Lang, "text": e.Text, "whole": e.Whole, "first": e.First, "last": e.Last,
		"starts": e.Starts, "ends": e.Ends, "zone": e.Zone, "at": e.At, "until": e.Until, "format": e.Format, "place": e.Place, "country": e.Country, "region": e.Region, "audience": orEmpty(e.Audience),
		"interpretation": orEmpty(e.Interpretation), "accessibility": e.Accessibility, "objectives": orEmpty(e.Objectives), "workstream": e.Workstream, "review": e.Review, "talk": e.Talk,
		"registration": e.Registration, "link": e.Link, "opens": day(e.Opens), "closes": day(e.Closes), "capacity": e.Capacity, "documents": orEmpty(e.Documents), "recordings": orEmpty(e.Recordings),
		"outcome": e.Outcome, "cancelled": e.CancelledAt, "reason": e.Reason, "published": e.PublishedAt, "changed": e.ChangedAt,
	}
}

func orEmpty[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}

// insertEvent keeps an event with its organizers.
func insertEvent(ctx context.Context, tx database.Tx, e Event) error {
	_, err := tx.Exec(ctx, `INSERT INTO events (id, number, sequence, type, title, lang, text, whole, first, last, starts, ends, zone, at, until, format, place, country, region, audience, interpretation, accessibility,
			objectives, workstream, review, talk, registration, link, opens, closes, capacity, documents, recordings, outcome, cancelled_at, reason, published_at, changed_at)
		VALUES (@id, @number, @sequence, @type, @title, @lang, @text, @whole, @first, @last, @starts, @ends, @zone, @at, @until, @format, @place, @country, @region, @audience, @interpretation, @accessibility,
			@objectives, @workstream, @review, @talk, @registration, @link, @opens, @closes, @capacity, @documents, @recordings, @outcome, @cancelled, @reason, @published, @changed)`, e.args())
	if err != nil {
		return fmt.Errorf("keep event %d: %w", e.ID, err)
	}
	return setOrganizers(ctx, tx, e)
}

// updateEvent writes an event over what is kept of it, raises its version, and shows it.
func updateEvent(ctx context.Context, tx database.Tx, e Event) error {
	_, err := tx.Exec(ctx, `UPDATE events SET version = version + 1, hidden = false, number = @number, published_at = @published, sequence = @sequence, type = @type, title = @title, lang = @lang, text = @text, whole = @whole, first = @first, last = @last,
			starts = @starts, ends = @ends, zone = @zone, at = @at, until = @until, format = @format, place = @place, country = @country, region = @region, audience = @audience, interpretation = @interpretation,
			accessibility = @accessibility, objectives = @objectives, workstream = @workstream, review = @review, talk = @talk, registration = @registration, link = @link, opens = @opens, closes = @closes,
			capacity = @capacity, documents = @documents, recordings = @recordings, outcome = @outcome, cancelled_at = @cancelled, reason = @reason, changed_at = @changed WHERE id = @id`, e.args())
	if err != nil {
		return fmt.Errorf("change event %d: %w", e.ID, err)
	}
	return setOrganizers(ctx, tx, e)
}

// setOrganizers keeps the organizers; those that are called as an approved office are tied to it.
func setOrganizers(ctx context.Context, tx database.Tx, e Event) error {
	_, err := tx.Exec(ctx, `DELETE FROM event_organizers WHERE event_id = $1`, e.ID)
	for i, o := range e.Organizers {
		if err == nil {
			_, err = tx.Exec(ctx, `INSERT INTO event_organizers (event_id, place, name, role, office_id) VALUES ($1, $2, $3, $4,
				(SELECT o.id FROM offices o JOIN submissions s ON s.id = $1 WHERE o.state = 'approved' AND o.folded = fold_name($3) ORDER BY o.id = s.office_id DESC, o.country = s.country DESC, o.id LIMIT 1))`,
				e.ID, i, o.Name, o.Role)
		}
	}
	if err != nil {
		return fmt.Errorf("organizers of event %d: %w", e.ID, err)
	}
	return nil
}

package calendar_test

import (
	"net/http"
	"testing"

	"portal/internal/workflow"
)

// filled is a portal whose calendar has so many events, a day after another, made of one that was published.
func filled(b *testing.B, n int) *world {
	b.Helper()
	w := newWorld(b)
	id := w.published(b, sample())
	for _, sql := range []string{
		`INSERT INTO submissions (kind, desk, title, submitted_title, lang, state, revision, submitted_revision, published_revision, public_id, office_id, author_id, created_at, changed_at, submitted_at)
			SELECT kind, desk, title, submitted_title, lang, state, 1, 1, 1, 'GCM-E-' || to_char(n + 1, 'FM00000'), office_id, author_id, created_at, changed_at, submitted_at FROM submissions, generate_series(1, $2::int) n WHERE id = $1`,
		`INSERT INTO events SELECT (e).* FROM (SELECT jsonb_populate_record(e, jsonb_build_object('id', s.id, 'number', substr(s.public_id, 7)::int, 'at', e.at + substr(s.public_id, 7)::int * interval '9 hours',
			'until', e.until + substr(s.public_id, 7)::int * interval '9 hours')) AS e FROM events e, submissions s WHERE e.id = $1 AND s.kind = 'event' AND s.id <> e.id AND $2::int > 0) x`,
		`INSERT INTO event_organizers SELECT e.id, g.place, g.name, g.role, g.office_id FROM events e, event_organizers g WHERE g.event_id = $1 AND e.id <> g.event_id AND $2::int > 0`,
	} {
		if _, err := w.db.Read().Exec(b.Context(), sql, workflow.ID(id), n-1); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := w.db.Read().Exec(b.Context(), `ANALYZE`); err != nil {
		b.Fatal(err)
	}
	return w
}

// The whole calendar of 10,000 events, as a calendar to subscribe to, as the agenda and as a month.
func BenchmarkCalendar(b *testing.B) {
	w := filled(b, 10_000)
	for name, path := range map[string]string{"ics": "/en/calendar.ics", "agenda": "/en/calendar?sort=latest", "month": "/en/calendar?view=month&on=2027-06-01"} {
		b.Run(name, func(b *testing.B) {
			client := w.OtherMember.In(b)
			for b.Loop() {
				client.Get(path).Want(http.StatusOK)
			}
		})
	}
}

package follow

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/mail"
	"portal/web"
)

// When a thing that comes on a Tuesday at 10:00 in Geneva is told of.
func TestWhenReadersAreTold(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		how  Frequency
		at   time.Time
		want time.Time
	}{
		{mail.AtOnce, start, start.Add(together)},
		{mail.Daily, start, time.Date(2026, time.November, 25, 6, 0, 0, 0, time.UTC)},
		{mail.Weekly, start, time.Date(2026, time.November, 30, 6, 0, 0, 0, time.UTC)},
		{mail.Daily, time.Date(2026, time.July, 1, 4, 59, 0, 0, time.UTC), time.Date(2026, time.July, 1, 5, 0, 0, 0, time.UTC)}, // summer time
		{mail.Weekly, time.Date(2026, time.November, 30, 6, 0, 0, 0, time.UTC), time.Date(2026, time.December, 7, 6, 0, 0, 0, time.UTC)},
	} {
		if got := due(test.how, test.at); !got.Equal(test.want) {
			t.Errorf("%s from %s is due at %s, want %s", test.how, test.at, got, test.want)
		}
	}
}

// What is told of what comes into a list, and what is not.
func TestWhatReadersAreTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const ada, eve, bob = "ada@example.org", "eve@example.org", "bob@example.org"
	w.follows(t, ada, "things", "", mail.AtOnce, "en")
	w.follows(t, ada, "others", "water", mail.Weekly, "en") // has the same things
	w.follows(t, eve, "things", "fire", mail.Daily, "fr", "en")
	w.follows(t, bob, "things", "", mail.AtOnce, "en")

	// Unpublished before it was told of; and what was committed late, after others had been told of.
	w.shelf.put("gone", "water", start, "en")
	w.care(t, 0)
	w.shelf.take("gone")
	w.shelf.put("there", "water", start, "en")
	w.care(t, 5*time.Minute)
	if news := w.want(t, ada, 1)[0]; strings.Contains(news.Body, "gone") || !strings.Contains(news.Body, "there") || news.Subject != "What can be followed: 1 new entry" {
		t.Errorf("they are told %q:\n%s", news.Subject, news.Body)
	}
	w.shelf.put("late", "water", start.Add(-20*time.Hour), "en")
	w.shelf.put("ancient", "water", start.Add(-3*24*time.Hour), "en") // imported with a day long past
	w.care(t, time.Minute)
	w.care(t, 5*time.Minute)
	if news := w.want(t, ada, 1)[0]; !strings.Contains(news.Body, "Thing late") || strings.Contains(news.Body, "ancient") {
		t.Errorf("they are told:\n%s", news.Body)
	}
	// The weekly mail has nothing of what they were told of at once.
	w.care(t, 8*24*time.Hour)
	w.want(t, ada, 0)
	w.want(t, eve, 0)
	w.want(t, bob, 2)

	// More than the list gives at a time, and more than a mail shows.
	for n := range atATime + 50 {
		w.shelf.put(fmt.Sprintf("many%03d", n), "fire", w.clock().Add(time.Duration(n)*time.Second), "en")
	}
	w.care(t, time.Hour)
	w.care(t, time.Hour)
	news := w.want(t, bob, 1)[0]
	if strings.Count(news.Body, "Thing many") != mostLines || !strings.Contains(news.Body, fmt.Sprintf("And %d more", atATime+50-mostLines)) || !strings.Contains(news.Body, "Thing many249") {
		t.Errorf("the mail says:\n%s", news.Body)
	}
	w.want(t, ada, 1)
	w.care(t, 24*time.Hour)
	w.want(t, eve, 1)
	w.care(t, 24*time.Hour)
	w.want(t, bob, 0)

	// An address to which mails do not arrive is erased instead.
	w.away = bob
	w.shelf.put("last", "water", w.clock(), "en")
	w.care(t, 0)
	w.care(t, 5*time.Minute)
	w.want(t, bob, 0)
	w.want(t, ada, 1)
	if n := count(t, w, `SELECT count(*) FROM follow_readers WHERE email = 'bob@example.org'`); n != 0 {
		t.Error("a reader is kept to whom nothing can be sent")
	}
}

// Who changes from weekly to at once is told at once what they were to be told on Monday.
func TestChangingTheTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const ada = "ada@example.org"
	w.follows(t, ada, "things", "", mail.Weekly, "en")
	w.shelf.put("one", "water", start, "en")
	w.care(t, time.Minute)
	w.care(t, time.Hour)
	w.want(t, ada, 0)
	token := sign(w.service.Secret, forReader, signed{Reader: reading(t, w), Made: w.clock()})
	follow, err := database.Value[int64](t.Context(), w.db.Read(), `SELECT id FROM follows`)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.service.Choose(t.Context(), token, follow, Choices{mail.AtOnce, []string{"en"}}); err != nil {
		t.Fatal(err)
	}
	w.care(t, time.Hour)
	w.want(t, ada, 1)
}

// Whatever happens, and however many processes are at it, each reader gets each thing in one mail.
func TestEachThingOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const readers, things = 12, 9
	address := func(n int) string { return fmt.Sprintf("reader%d@example.org", n) }
	for n := range readers {
		w.follows(t, address(n), "things", []string{"", "water"}[n%2], mail.AtOnce, "en")
		w.follows(t, address(n), "others", "water", mail.AtOnce, "en")
	}
	for n := range things {
		w.shelf.put(fmt.Sprintf("thing%d", n), "water", w.clock(), "en")
	}
	// A process is killed at each of the first statements that it gives.
	for n := range 60 {
		ctx, kill := context.WithCancel(t.Context())
		dying := *w.service
		dying.KeptAway = func(ctx context.Context, q database.Querier, _ string) (bool, error) {
			if n%3 == 0 {
				kill()
			}
			return false, ctx.Err()
		}
		dying.Lists = nil
		for _, l := range w.service.Lists {
			newest, calls := l.Newest, 0
			l.Newest = func(ctx context.Context, q url.Values, most int) ([]web.FollowedEntry, error) {
				if calls++; calls > n%5 {
					kill()
				}
				return newest(ctx, q, most)
			}
			dying.Lists = append(dying.Lists, l)
		}
		w.pass(time.Minute)
		if err := dying.Care(ctx); err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		kill()
	}
	// Then several work at the same time.
	w.pass(time.Hour)
	for range 3 {
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if err := w.service.Care(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		w.pass(5 * time.Minute)
	}
	for n := range readers {
		said := ""
		for _, l := range w.letters(t, address(n)) {
			said += l.Body
		}
		for thing := range things {
			if told := strings.Count(said, fmt.Sprintf("Thing thing%d in", thing)); told != 1 {
				t.Errorf("%s is told of thing %d %d times", address(n), thing, told)
			}
		}
	}
}

// Twenty thousand follow a thousand filters: each filter is asked once, no plan reads a whole table, and what is not new costs
// nothing.
func TestManyFollow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.follows(t, "ada@example.org", "things", "subject1", mail.AtOnce, "en")
	if _, err := w.db.Pool.Exec(t.Context(), `
		WITH r AS (INSERT INTO follow_readers (email, email_key, lang, asked_at) SELECT 'r' || n || '@example.org', 'r' || n || '@example.org', 'en', now() FROM generate_series(1, 5000) n RETURNING id),
			w AS (INSERT INTO follow_watches (list, query, told) SELECT 'things', 'subject=subject' || n, 0 FROM generate_series(2, 1000) n RETURNING id)
		INSERT INTO follows (reader_id, watch_id, frequency, languages, created_at, confirmed_at)
			SELECT DISTINCT ON (r.id, w.id) r.id, w.id, (ARRAY['at_once', 'daily', 'weekly'])[1 + w.id % 3], '{en}', now(), now() FROM r CROSS JOIN generate_series(0, 3) k JOIN w ON w.id = 2 + (r.id * 7 + k * 251) % 999`); err != nil {
		t.Fatal(err)
	}
	if _, err := w.db.Pool.Exec(t.Context(), `ANALYZE follow_readers, follow_watches, follows, follow_news, follow_told`); err != nil {
		t.Fatal(err)
	}
	n := count(t, w, `SELECT count(*) FROM follows`)
	w.shelf.put("one", "subject7", w.clock(), "en")
	w.shelf.asked = map[string]int{}
	began := time.Now()
	w.care(t, 0)
	spread := time.Since(began)
	if len(w.shelf.asked) != 1001 {
		t.Errorf("%d filters were asked, not 1000 and the whole list", len(w.shelf.asked))
	}
	for q, times := range w.shelf.asked {
		if times != 1 {
			t.Errorf("%q was asked %d times", q, times)
		}
	}
	w.shelf.asked = map[string]int{}
	began = time.Now()
	w.care(t, 5*time.Minute)
	told := time.Since(began)
	if w.shelf.asked["subject=subject7"] > 1 || len(w.shelf.asked) > 2 {
		t.Errorf("with nothing new, %d filters were asked", len(w.shelf.asked))
	}
	began = time.Now()
	w.care(t, time.Minute)
	t.Logf("%d follows of 1000 filters: a new thing is given to them in %s and told in %s; with nothing new %s", n, spread, told, time.Since(began))
	if n < 19_000 {
		t.Errorf("only %d follow", n)
	}
	for name, sql := range map[string]string{
		"followers of a filter": `SELECT f.reader_id FROM follows f WHERE f.watch_id = 17 AND f.confirmed_at IS NOT NULL`,
		"whose time has come":   `SELECT DISTINCT reader_id FROM follow_told WHERE mailed_at IS NULL AND due_at <= now() AND reader_id > 0 ORDER BY reader_id LIMIT 500`,
		"what a reader follows": `SELECT f.id FROM follows f WHERE f.reader_id = 17 AND f.confirmed_at IS NOT NULL`,
	} {
		lines, err := database.Values[string](t.Context(), w.db.Read(), `EXPLAIN `+sql)
		if err != nil {
			t.Fatal(err)
		}
		if plan := strings.Join(lines, "\n"); strings.Contains(plan, "Seq Scan on follows") || strings.Contains(plan, "Seq Scan on follow_readers") {
			t.Errorf("%s reads a whole table:\n%s", name, plan)
		}
	}
}

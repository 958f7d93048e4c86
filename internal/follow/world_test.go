package follow

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/internal/i18n"
	"portal/internal/webtest"
	"portal/web"
	"portal/web/ui"
)

// start is a Tuesday, 10:00 in Geneva.
var start = time.Date(2026, time.November, 24, 9, 0, 0, 0, time.UTC)

// shelf is a list of things with a subject, as an area would have one.
type shelf struct {
	mu    sync.Mutex
	all   []web.FollowedEntry // its Text is the subject
	asked map[string]int      // by query
}

func (s *shelf) put(key, subject string, at time.Time, languages ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := web.FollowedEntry{Key: key, Path: "/things/" + key, Published: at, Languages: languages, Text: subject}
	for _, l := range languages {
		e.Titles = append(e.Titles, web.FollowedTitle{Lang: l, Text: "Thing " + key + " in " + l})
	}
	if len(languages) == 0 {
		e.Titles = []web.FollowedTitle{{Text: "Thing " + key}}
	}
	s.all = append(s.all, e)
}

func (s *shelf) take(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = slices.DeleteFunc(s.all, func(e web.FollowedEntry) bool { return e.Key == key })
}

func (s *shelf) list(name string) web.Followed {
	return web.Followed{
		Name: name, Title: "follow.lists", Path: "/" + name, Feed: "/" + name + ".atom",
		Query: func(q url.Values) url.Values {
			kept := url.Values{}
			for _, v := range q["subject"] {
				if len(v) < 2500 {
					kept.Add("subject", v)
				}
			}
			return kept
		},
		Words: func(_ context.Context, q url.Values) []string { return q["subject"] },
		Newest: func(_ context.Context, q url.Values, most int) ([]web.FollowedEntry, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.asked[q.Encode()]++
			all := slices.DeleteFunc(slices.Clone(s.all), func(e web.FollowedEntry) bool { return len(q) > 0 && !slices.Contains(q["subject"], e.Text) })
			return web.NewestFollowed(all, most), nil
		},
		Dates: func(_ context.Context, q url.Values) (all []web.ICSEvent, err error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			for _, e := range s.all {
				if len(q) == 0 || slices.Contains(q["subject"], e.Text) {
					all = append(all, web.ICSEvent{UID: e.Key, Changed: e.Published, At: start.Add(48 * time.Hour), Until: start.Add(49 * time.Hour), Path: e.Path, Summary: e.For(nil).Text})
				}
			}
			return all, nil
		},
	}
}

// world is a portal with two lists that can be followed, of one shelf.
type world struct {
	*webtest.Cast
	mu      sync.Mutex
	now     time.Time
	away    string // the address that is kept away
	db      *database.DB
	service *Service
	shelf   *shelf
	member  webtest.Person
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{db: dbtest.New(t), now: start, shelf: &shelf{asked: map[string]int{}}}
	site := ui.Site{PublicURL: "https://portal.example", SignIn: "/sign-in"}
	kept := func(_ context.Context, _ database.Querier, email string) (bool, error) { return email == w.away, nil }
	w.service = NewService(Options{
		DB: w.db, Site: site, Secret: []byte("a secret of the tests"), Now: w.clock, Lists: []web.Followed{w.shelf.list("things"), w.shelf.list("others")},
		Unwanted: kept, KeptAway: kept, Reached: func(context.Context, database.Tx, string) error { return nil },
	})
	router, err := web.New(web.Options{DB: w.db, Log: slog.New(slog.DiscardHandler), Site: site, NetworkLimit: -1, TrustedProxies: []string{"127.0.0.1"}})
	if err != nil {
		t.Fatal(err)
	}
	Routes(router, w.service)
	w.Cast = webtest.NewCast(t, w.db, router)
	w.member = webtest.SignedIn(t, w.Visitor.Client, router, "member", webtest.NewUser(t, w.db, "Member", nil))
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// care lets the worker run after a time.
func (w *world) care(t *testing.T, after time.Duration) {
	t.Helper()
	w.pass(after)
	if err := w.service.Care(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// letter is a mail as it was queued.
type letter struct {
	Kind, Lang, Subject, Body, HTML, StopLink string
}

// letters are the mails to an address since the last call, the oldest first.
func (w *world) letters(t *testing.T, email string) []letter {
	t.Helper()
	all, err := database.Rows[letter](t.Context(), w.db.Read(), `WITH read AS (DELETE FROM outbox WHERE to_address = $1 RETURNING *) SELECT kind, lang, subject, body, html, stop_link FROM read ORDER BY id`, email)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// link is the address in a mail that ends so, without the host.
func (l letter) link(t *testing.T, ending string) string {
	t.Helper()
	for _, word := range strings.FieldsFunc(l.Body, func(r rune) bool { return strings.ContainsRune(" \n<>()", r) }) {
		if path, ok := strings.CutPrefix(word, "https://portal.example"); ok && strings.Contains(path, "/t/follow/") && strings.HasSuffix(path, ending) && (ending != "" || strings.Count(path, "/") == 4) {
			return path
		}
	}
	t.Fatalf("no link that ends with %q in:\n%s", ending, l.Body)
	return ""
}

// follows has an address follow a list for good.
func (w *world) follows(t *testing.T, email, list, subject string, f Frequency, languages ...string) {
	t.Helper()
	q := url.Values{}
	if subject != "" {
		q.Set("subject", subject)
	}
	ctx := i18n.WithLang(t.Context(), i18n.English)
	if err := w.service.Ask(ctx, list, q, email, Choices{f, languages}); err != nil {
		t.Fatal(err)
	}
	for _, l := range w.letters(t, email) {
		path := l.link(t, "/confirm")
		if _, err := w.service.Confirm(ctx, strings.Split(path, "/")[4]); err != nil {
			t.Fatal(err)
		}
	}
}

// want fails unless the address has got so many mails, and returns them.
func (w *world) want(t *testing.T, email string, n int) []letter {
	t.Helper()
	all := w.letters(t, email)
	if len(all) != n {
		t.Fatalf("%s has got %d mails, want %d: %s", email, len(all), n, fmt.Sprint(all))
	}
	return all
}

package follow

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
)

// A filter comes as one field of a form, so that bytes that are no text can be in it: they are left out.
func TestAFilterIsText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.service.AskAs(i18n.WithLang(t.Context(), i18n.English), w.member.User, "things", url.Values{"subject": {"wa\xffges\x00"}}, Choices{"at_once", []string{"en"}}); err != nil {
		t.Fatal(err)
	}
	if got, err := database.Value[string](t.Context(), w.db.Read(), `SELECT query FROM follow_watches`); err != nil || got != "subject=wages" {
		t.Errorf("what is followed is %q, %v", got, err)
	}
}

// What cannot be written to one reader keeps nobody else waiting.
func TestOneFailureKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.follows(t, "first@migration.example", "things", "bad", "at_once", "en")
	w.follows(t, "second@migration.example", "things", "good", "at_once", "en")
	if _, err := w.db.Pool.Exec(t.Context(), `UPDATE follow_watches SET query = 'subject=bad%FF' WHERE query = 'subject=bad'`); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Minute)
	w.shelf.put("bad", "bad\xff", w.clock(), "en")
	w.shelf.put("good", "good", w.clock(), "en")
	failed := 0
	for range 3 {
		w.pass(3 * time.Minute)
		if w.service.Care(t.Context()) != nil {
			failed++
		}
	}
	if failed == 0 {
		t.Error("nobody hears of what failed")
	}
	w.want(t, "second@migration.example", 1)
}

// What is noticed, or falls due, while the lists are asked is left to the next run, and lost by none.
func TestWhatIsNoticedMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.follows(t, "reader@migration.example", "things", "", "at_once", "en")
	w.pass(time.Minute)
	w.shelf.put("first", "wages", w.clock(), "en")
	w.care(t, time.Second)
	w.pass(3 * time.Minute) // the first is due
	before, err := w.service.ask(t.Context(), w.clock())
	if err != nil {
		t.Fatal(err)
	}
	w.shelf.put("second", "wages", w.clock(), "en")
	for _, step := range []func(context.Context) error{
		func(ctx context.Context) error { return w.service.notice(ctx, w.service.Lists[0]) },
		func(ctx context.Context) error { return w.service.spread(ctx, w.service.Lists[0]) },
		func(ctx context.Context) error {
			return w.db.InTx(ctx, func(tx database.Tx) error {
				id, err := database.Value[int64](ctx, tx, `SELECT id FROM follow_readers`)
				if err != nil {
					return err
				}
				return w.service.tellOne(ctx, tx, id, w.clock(), before)
			})
		},
	} {
		if err := step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if m := w.want(t, "reader@migration.example", 1)[0]; !strings.Contains(m.Body, "Thing first") || strings.Contains(m.Body, "Thing second") {
		t.Errorf("the first mail says:\n%s", m.Body)
	}
	w.care(t, 3*time.Minute)
	if m := w.want(t, "reader@migration.example", 1)[0]; !strings.Contains(m.Body, "Thing second") {
		t.Errorf("the second mail says:\n%s", m.Body)
	}
}

// However much there is when somebody begins to follow a list, nothing of it is new.
func TestWhatWasThereIsNotNew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range atFirst + 10 {
		w.shelf.put(time.Duration(len(w.shelf.all)).String(), "wages", w.clock().Add(-time.Hour), "en")
	}
	w.follows(t, "reader@migration.example", "things", "", "at_once", "en")
	w.care(t, time.Minute)
	w.care(t, 3*time.Minute)
	w.want(t, "reader@migration.example", 0)
}

// Who confirms decides how they are written to, and not who has typed their address before.
func TestWhoConfirmsDecidesTheLanguage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.service.Ask(i18n.WithLang(t.Context(), i18n.Arabic), "things", nil, "Reader@migration.example", Choices{"daily", []string{"ar"}}); err != nil {
		t.Fatal(err)
	}
	w.follows(t, "reader@migration.example", "things", "", "daily", "en")
	r, err := database.Row[Reader](t.Context(), w.db.Read(), `SELECT id, email, lang FROM follow_readers`)
	if err != nil || r.Email != "reader@migration.example" || r.Lang != i18n.English {
		t.Errorf("the reader is %+v, %v", r, err)
	}
}

// Whoever is kept away is told so, also with an account.
func TestAnAccountThatIsKeptAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.away = w.member.User.Email
	_, err := w.service.AskAs(i18n.WithLang(t.Context(), i18n.English), w.member.User, "things", nil, Choices{"daily", []string{"en"}})
	if wrong, ok := problem.InvalidFields(err); !ok || wrong[0].Key != "follow.wrong.away" {
		t.Errorf("following answers %v", err)
	}
}

// What a person with an account follows goes with them to another address; links in the old mailbox open nothing.
func TestFollowsGoToAnotherAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.follows(t, "new@migration.example", "things", "wages", "daily", "en")
	old := identity.User{ID: w.member.User.ID, Email: "old@migration.example"}
	ctx := i18n.WithLang(t.Context(), i18n.English)
	var link string
	for _, subject := range []string{"wages", "housing"} {
		var err error
		if link, err = w.service.AskAs(ctx, old, "things", url.Values{"subject": {subject}}, Choices{"at_once", []string{"en"}}); err != nil {
			t.Fatal(err)
		}
	}
	w.pass(time.Minute)
	w.shelf.put("house", "housing", w.clock(), "en")
	w.care(t, time.Second)
	for range 2 { // it may be repeated
		if err := w.db.InTx(t.Context(), func(tx database.Tx) error {
			return w.service.Moved(ctx, tx, "old@migration.example", "new@migration.example")
		}); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := w.service.Read(ctx, strings.TrimPrefix(link, ReaderPath+"/")); !errors.Is(err, problem.NotFound) {
		t.Errorf("the link of the old mailbox answers %v", err)
	}
	w.care(t, 3*time.Minute)
	w.want(t, "old@migration.example", 0)
	w.want(t, "new@migration.example", 1)
	follows, err := database.Values[string](t.Context(), w.db.Read(), `SELECT w.query || ' ' || f.frequency FROM follows f JOIN follow_watches w ON w.id = f.watch_id ORDER BY 1`)
	if err != nil || strings.Join(follows, ", ") != "subject=housing at_once, subject=wages daily" {
		t.Errorf("the new address follows %q, %v", follows, err)
	}
}

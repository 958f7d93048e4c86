package mail

import (
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/internal/i18n"
)

func TestWhenADigestGoesOut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		pace Pace
		now  string
		want string
	}{
		{"in winter, before seven", Daily, "2026-11-25T05:59:59Z", "2026-11-25T06:00:00Z"},
		{"at seven it is the next day's", Daily, "2026-11-25T06:00:00Z", "2026-11-26T06:00:00Z"},
		{"in summer seven in Geneva is five in UTC", Daily, "2026-07-01T04:00:00Z", "2026-07-01T05:00:00Z"},
		{"over the night in which summer begins", Daily, "2026-03-28T12:00:00Z", "2026-03-29T05:00:00Z"},
		{"over the night in which summer ends", Daily, "2026-10-24T12:00:00Z", "2026-10-25T06:00:00Z"},
		{"late in the evening in UTC it is tomorrow in Geneva", Daily, "2026-07-01T22:30:00Z", "2026-07-02T05:00:00Z"},
		{"over the end of a year", Daily, "2026-12-31T12:00:00Z", "2027-01-01T06:00:00Z"},
		{"weekly waits for Monday", Weekly, "2026-11-24T12:00:00Z", "2026-11-30T06:00:00Z"},
		{"weekly on Monday before seven", Weekly, "2026-11-30T05:00:00Z", "2026-11-30T06:00:00Z"},
		{"weekly on Monday after seven", Weekly, "2026-11-30T06:00:01Z", "2026-12-07T06:00:00Z"},
		{"weekly over the change of the clocks", Weekly, "2026-10-24T12:00:00Z", "2026-10-26T06:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			now, err := time.Parse(time.RFC3339, c.now)
			if err != nil {
				t.Fatal(err)
			}
			if got := NextDigest(c.pace, now).Format(time.RFC3339); got != c.want {
				t.Errorf("after %s the next is at %s, want %s", c.now, got, c.want)
			}
		})
	}
}

func TestWhatSomebodyChoseHolds(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	who := cast(t, db).all["author"]
	for _, c := range []struct {
		name   string
		pace   Pace
		kind   string
		closed bool
		want   State // "" for no mail
	}{
		{"at once is queued", AtOnce, "submission.receipt", false, Queued},
		{"daily waits", Daily, "submission.receipt", false, Waiting},
		{"weekly waits", Weekly, "submission.receipt", false, Waiting},
		{"never is not written", Never, "submission.receipt", false, ""},
		{"another topic is not meant", Never, "account.newcomer", false, Queued},
		{"a decision comes in any case", Never, "review.decline", false, Queued},
		{"a link to sign in comes in any case", Weekly, "account.sign_in", false, Queued},
		{"nobody writes to a closed account", AtOnce, "review.decline", true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			execute(t, db, `DELETE FROM outbox`)
			var state string
			err := db.InTx(t.Context(), func(tx database.Tx) error {
				if err := Choose(t.Context(), tx, who.ID, Submissions, c.pace, time.Now()); err != nil {
					return err
				}
				if c.closed {
					if _, err := tx.Exec(t.Context(), `UPDATE users SET closed_at = now() WHERE id = $1`, who.ID); err != nil {
						return err
					}
				}
				if err := Queue(t.Context(), tx, Message{To: who.Email, ToUser: who.ID, Lang: i18n.English, Kind: c.kind, Subject: "x", HTML: letter}); err != nil {
					return err
				}
				var err error
				state, err = database.Value[string](t.Context(), tx, `SELECT coalesce(string_agg(state, ' '), '') FROM outbox`)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if state != string(c.want) {
				t.Errorf("the mail is %q, want %q", state, c.want)
			}
		})
	}
}

func TestWhatWaitsFollowsTheNewChoice(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	who := cast(t, db).all["author"]
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC) // a Wednesday
	choose := func(p Pace) string {
		t.Helper()
		var due string
		err := db.InTx(t.Context(), func(tx database.Tx) error {
			if err := Choose(t.Context(), tx, who.ID, Submissions, p, now); err != nil {
				return err
			}
			var err error
			due, err = database.Value[string](t.Context(), tx, `SELECT coalesce(string_agg(to_char(next_attempt_at, 'YYYY-MM-DD HH24:MI'), ' '), '') FROM outbox WHERE state = 'collected'`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return due
	}
	choose(Weekly)
	err := db.InTx(t.Context(), func(tx database.Tx) error {
		return Queue(t.Context(), tx, Message{To: who.Email, ToUser: who.ID, Lang: i18n.English, Kind: "submission.receipt", Subject: "x", HTML: letter})
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		pace Pace
		want string
	}{{Weekly, "2026-11-30 06:00"}, {Daily, "2026-11-26 06:00"}, {AtOnce, "2026-11-25 12:00"}, {Never, ""}} {
		if got := choose(c.pace); got != c.want {
			t.Errorf("with %s it waits until %q, want %q", c.pace, got, c.want)
		}
	}
}

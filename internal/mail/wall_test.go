package mail

import (
	"slices"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/internal/mail/mailtest"
)

// A mail to who judges a submission is written while they may know of it. If they come into a conflict before it goes out,
// in the digest or from the queue, it does not go; the owner's goes, who is in conflict by nature.
func TestWhatWaitsDoesNotGoThroughTheWall(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		kind     string
		to       string
		conflict bool
		goes     bool
	}{
		{"to the desk, without a conflict", "submission.desk_new", "officer", false, true},
		{"to the desk, with one by now", "submission.desk_new", "officer", true, false},
		{"to a reviewer, with one by now", "peer.reminder", "reviewer", true, false},
		{"a question to a reviewer, with one by now", "peer.asked", "reviewer", true, false},
		{"why they were set aside", "peer.set_aside", "reviewer", true, true},
		{"to the author", "submission.receipt", "author", false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			db := dbtest.New(t)
			p := cast(t, db)
			to := p.all[c.to]
			write := func() int64 {
				m := message(to.Email)
				m.ToUser, m.About, m.Kind = to.ID, p.submission, c.kind
				return queue(t, db, m)
			}
			atOnce := write()
			collected := int64(0)
			if topic := TopicOf(c.kind); topic != Always {
				execute(t, db, `INSERT INTO notification_choices (user_id, topic, pace) VALUES ($1, $2, 'weekly')`, to.ID, topic)
				collected = write()
			}
			if c.conflict {
				execute(t, db, `INSERT INTO conflict_declarations (user_id, submission_id, source, conflict, by_id, at) VALUES ($1, $2, 'person', true, $1, now())`, to.ID, p.submission)
			}
			type copied struct {
				QueuedAt                    time.Time
				Email, Subject, State, Body string
			}
			inCopy, err := database.Rows[copied](t.Context(), db.Read(), Personal.Sections[0].SQL, to.ID)
			if err != nil || len(inCopy) > 0 != c.goes {
				t.Errorf("the copy of their data has %d mails, %v", len(inCopy), err)
			}
			sink := mailtest.Start(t, mailtest.Options{})
			deliver(t, newSender(t, db, sink), atOnce)
			if sent := len(sink.Messages()) == 1; sent != c.goes {
				t.Errorf("it was sent: %t", sent)
			}
			if collected == 0 {
				return
			}
			var in []int64
			err = db.InTx(t.Context(), func(tx database.Tx) error {
				return Bundle(t.Context(), tx, to.ID, time.Now().AddDate(0, 0, 8), func(all []Collected) (Message, error) {
					for _, one := range all {
						in = append(in, one.ID)
					}
					return message(to.Email), nil
				})
			})
			if err != nil {
				t.Fatal(err)
			}
			if slices.Contains(in, collected) != c.goes {
				t.Errorf("the digest has %v", in)
			}
		})
	}
}

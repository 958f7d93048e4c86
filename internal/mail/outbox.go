package mail

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/jobs"
	"portal/internal/problem"
)

// KeepDays is how many days the text and the address of a mail are kept, unless the setting RetentionSetting says
// another number.
const KeepDays = 90

// RetentionSetting is the name, in the table of settings, of the number of days that mails are kept.
const RetentionSetting = "retention.mail_days"

// overdue is how late a mail must be for the outbox to make sure that it has a job.
const overdue = 5 * time.Minute

// Entry is a mail in the outbox as a list shows it.
type Entry struct {
	ID   int64
	Kind string
	Lang string
	// ToAddress is empty once it is erased; ToName is the name of the person who has the account, or "".
	ToAddress string
	ToUser    *int64
	ToName    string
	// SubmissionID is what the mail is about, if it is about a submission.
	SubmissionID *int64
	Subject      string
	State        State
	// Secret mails carry a one-time link, or words between the people who write a draft; their text is for nobody but the
	// recipient. Subject is "" for the latter.
	Secret   bool
	Attempts int
	// LastError is in the words of the mail server or of the network, for the people who run the portal; "" when there
	// was none.
	LastError string
	QueuedAt  time.Time
	// NextAttemptAt counts while the mail is queued.
	NextAttemptAt time.Time
	FinishedAt    *time.Time
	ErasedAt      *time.Time
	// Hidden says that the person who asked may know only that there is a mail: recipient, subject and error are left out.
	Hidden bool
}

// Attention says whether somebody at the secretariat should look at it.
func (e Entry) Attention() bool { return e.State == Unsure || e.State == Failed }

// MayResend says whether it can be sent again by hand.
func (e Entry) MayResend() bool { return e.Attention() && e.ErasedAt == nil && !e.Hidden }

// Mail is an entry with its text. Both parts are empty once erased, and for a secret mail.
type Mail struct {
	Entry
	HTML, Body string
}

// Filter chooses mails; a zero field does not limit.
type Filter struct {
	State State
	// About is a submission, ToUser a person.
	About, ToUser int64
	// Before is the id of the last mail of the page before: the newest come first.
	Before int64
	// Limit is how many to return; 0 is 50.
	Limit int
}

// listed limits outbox o to the mails that the person @who may know of: those about a submission are its desk's, the
// conflict wall included; of the others all of the desks (@staff) see that they were sent.
const listed = `CASE WHEN o.submission_id IS NULL THEN @staff::boolean ELSE EXISTS (SELECT FROM submission_access a
	WHERE a.submission_id = o.submission_id AND a.user_id = @who::bigint AND a.side = 'desk') AND ` + openCase + ` END`

// counted are the same mails as listed, in the way that is faster for all of them than for a page.
const counted = `(o.submission_id IS NULL AND @staff::boolean OR o.submission_id IN (
	SELECT a.submission_id FROM submission_access a WHERE a.user_id = @who::bigint AND a.side = 'desk') AND ` + openCase + `)`

// openCase leaves out the mails about a case between offices that the wall keeps from the person.
const openCase = `NOT EXISTS (SELECT FROM pledge_interest_conflicts c WHERE c.interest_id = o.interest_id AND c.user_id = @who::bigint)`

// hidden are those of which they see no more than that: account mails are the administrators' (@all) business.
const hidden = `(o.submission_id IS NULL AND NOT @all::boolean)`

// unsent is a mail between the people who write a draft, whose subject names it (Message.Secret).
const unsent = `(o.secret AND o.kind LIKE 'submission.%')`

const entryColumns = `o.id, o.kind, o.lang, CASE WHEN ` + hidden + ` THEN '' ELSE o.to_address END AS to_address,
	CASE WHEN ` + hidden + ` THEN NULL ELSE o.to_user END AS to_user, CASE WHEN ` + hidden + ` THEN '' ELSE coalesce(u.name, '') END AS to_name,
	o.submission_id, CASE WHEN ` + hidden + ` OR ` + unsent + ` THEN '' ELSE o.subject END AS subject, o.state, o.secret, o.attempts,
	CASE WHEN ` + hidden + ` THEN '' ELSE o.last_error END AS last_error, o.queued_at, o.next_attempt_at, o.finished_at, o.erased_at,
	` + hidden + ` AS hidden`

const entryFrom = ` FROM outbox o LEFT JOIN users u ON u.id = o.to_user WHERE ` + listed

func viewer(who identity.User, args database.Args) database.Args {
	args["who"], args["all"] = who.ID, who.Is(identity.Administrator)
	if !who.IsStaff() { // nor are staff who have not passed a second factor
		args["who"] = 0
	}
	args["staff"] = who.Is(identity.Administrator) || who.Is(identity.Officer) || who.Is(identity.Lead)
	return args
}

// ListRead is List for a page, and records of which mails it shows to whom they went.
func ListRead(ctx context.Context, q database.Querier, who identity.User, f Filter, now time.Time) ([]Entry, error) {
	entries, err := List(ctx, q, who, f)
	if err != nil {
		return nil, err
	}
	var shown []int64
	for _, e := range entries {
		if !e.Hidden && (e.ToAddress != "" || e.ToName != "") {
			shown = append(shown, e.ID)
		}
	}
	return entries, audit.RecordRead(ctx, q, audit.Reading{Actor: who.ID, Subject: "mail", IDs: shown, Fields: []string{"to_address", "to_user.name"}, At: now})
}

// List returns the mails that the person may see, the newest first.
func List(ctx context.Context, q database.Querier, who identity.User, f Filter) ([]Entry, error) {
	if f.Limit == 0 {
		f.Limit = 50
	}
	entries, err := database.Rows[Entry](ctx, q, `SELECT `+entryColumns+entryFrom+`
			AND (@state = '' OR o.state = @state) AND (@about = 0 OR o.submission_id = @about) AND (@to_user = 0 OR o.to_user = @to_user AND NOT `+hidden+`)
			AND (@before = 0 OR o.id < @before)
		ORDER BY o.id DESC LIMIT @limit`, viewer(who, database.Args{
		"state": string(f.State), "about": f.About, "to_user": f.ToUser, "before": f.Before, "limit": f.Limit,
	}))
	if err != nil {
		return nil, fmt.Errorf("list the outbox: %w", err)
	}
	return entries, nil
}

// Count returns how many mails List has in each state; a state without mails is not in the map.
func Count(ctx context.Context, q database.Querier, who identity.User) (map[State]int, error) {
	args := viewer(who, database.Args{})
	delete(args, "all")
	return count(ctx, q, ` WHERE `+counted, args)
}

// CountAll returns how many mails are in each state, for metrics.
func CountAll(ctx context.Context, q database.Querier) (map[State]int, error) {
	return count(ctx, q, "")
}

func count(ctx context.Context, q database.Querier, where string, args ...any) (map[State]int, error) {
	type stateCount struct {
		State State
		N     int
	}
	rows, err := database.Rows[stateCount](ctx, q, `SELECT o.state, count(*) AS n FROM outbox o`+where+` GROUP BY o.state`, args...)
	if err != nil {
		return nil, fmt.Errorf("count the outbox: %w", err)
	}
	counts := map[State]int{}
	for _, r := range rows {
		counts[r.State] = r.N
	}
	return counts, nil
}

// Read returns one mail with its text and records that it was read, since it holds personal data. What the person may
// not see is problem.NotFound.
func Read(ctx context.Context, db *database.DB, who identity.User, id int64, now time.Time) (Mail, error) {
	var m Mail
	err := db.InTx(ctx, func(tx database.Tx) error {
		var err error
		m, err = database.Row[Mail](ctx, tx, `SELECT `+entryColumns+`, CASE WHEN o.secret THEN '' ELSE o.html END AS html,
			CASE WHEN o.secret THEN '' ELSE o.body END AS body`+entryFrom+` AND o.id = @id AND NOT `+hidden, viewer(who, database.Args{"id": id}))
		if err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "mail.read", Subject: "mail", SubjectID: id, At: now})
	})
	if err != nil {
		return Mail{}, fmt.Errorf("read mail %d: %w", id, err)
	}
	return m, nil
}

// Resend puts a mail that failed, or of which nobody knows whether it arrived, back into the queue, for as long as it was
// tried before. One that has moved on meanwhile is problem.Stale; one whose text is erased is problem.NotAllowedNow; one
// that the person may not see is problem.NotFound.
func Resend(ctx context.Context, db *database.DB, who identity.User, id int64, now time.Time) error {
	err := db.InTx(ctx, func(tx database.Tx) error {
		m, err := database.Row[Entry](ctx, tx, `SELECT `+entryColumns+entryFrom+` AND o.id = @id AND NOT `+hidden+` FOR UPDATE OF o`,
			viewer(who, database.Args{"id": id}))
		switch {
		case err != nil:
			return err
		case !m.Attention():
			return problem.Stale
		case !m.MayResend():
			return problem.NotAllowedNow
		}
		if _, err := tx.Exec(ctx, `UPDATE outbox SET state = 'queued', finished_at = NULL, next_attempt_at = now(),
			give_up_at = now() + (give_up_at - queued_at) WHERE id = $1`, id); err != nil {
			return err
		}
		if err := enqueue(ctx, tx, id); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "mail.resend", Subject: "mail", SubjectID: id, At: now})
	})
	if err != nil {
		return fmt.Errorf("send mail %d again: %w", id, err)
	}
	return nil
}

// CameBack returns those addresses to which the last mail about the submission could not be delivered.
func CameBack(ctx context.Context, q database.Querier, about int64) (map[string]bool, error) {
	failed, err := database.Values[string](ctx, q, `SELECT to_address FROM (SELECT DISTINCT ON (to_address) to_address, state FROM outbox
		WHERE submission_id = $1 ORDER BY to_address, id DESC) last WHERE state = 'failed'`, about)
	if err != nil {
		return nil, fmt.Errorf("mails about submission %d that came back: %w", about, err)
	}
	back := map[string]bool{}
	for _, address := range failed {
		back[address] = true
	}
	return back, nil
}

// Forget erases the address and the text of all mails to a person, or to one of the addresses that were theirs, and drops
// those not yet sent, when their account goes.
func Forget(ctx context.Context, tx database.Tx, user int64, addresses ...string) error {
	_, err := tx.Exec(ctx, `UPDATE outbox SET to_address = '', reply_to = '', stop_link = '', subject = '', html = '', body = '', last_error = '', erased_at = now(),
			state = CASE WHEN state IN ('queued', 'collected') THEN 'failed' ELSE state END,
			finished_at = CASE WHEN state IN ('queued', 'collected') THEN now() ELSE finished_at END
		WHERE to_user = $1 OR lower(to_address) = ANY (SELECT lower(a) FROM unnest($2::text[]) a)`, user, append([]string{}, addresses...))
	if err == nil {
		_, err = tx.Exec(ctx, `UPDATE outbox SET reply_to = '', html = '', body = '', erased_at = now(), state = CASE WHEN state IN ('queued', 'collected') THEN 'failed' ELSE state END,
				finished_at = CASE WHEN state IN ('queued', 'collected') THEN now() ELSE finished_at END
			WHERE reply_to <> '' AND lower(reply_to) = ANY (SELECT lower(a) FROM unnest($1::text[]) a)`, append([]string{}, addresses...))
	}
	if err != nil {
		return fmt.Errorf("erase the mails to person %d, and those that are answered to them: %w", user, err)
	}
	return nil
}

// Schedule is the sender's periodic work: watching over the outbox each minute, and erasing once a day.
func (s *Sender) Schedule() []jobs.PeriodicJob {
	return []jobs.PeriodicJob{
		jobs.Periodic("mail.watch", time.Minute, func(ctx context.Context) error { return watch(ctx, s.db) }),
		jobs.Periodic("mail.erase", 24*time.Hour, func(ctx context.Context) error { return erase(ctx, s.db) }),
	}
}

// watch ends the leases of senders that are gone and sees to it that each mail that is due has a job.
func watch(ctx context.Context, db *database.DB) error {
	ids, err := expire(ctx, db)
	if err != nil {
		return err
	}
	for _, id := range ids {
		slog.ErrorContext(ctx, "it is not known whether a mail was sent", "mail", id, "reply", "the process ended")
	}
	return db.InTx(ctx, func(tx database.Tx) error {
		due, err := database.Values[int64](ctx, tx, `SELECT id FROM outbox WHERE state = 'queued' AND next_attempt_at < now() - $1::interval
			ORDER BY next_attempt_at LIMIT 1000`, overdue)
		if err != nil {
			return err
		}
		for _, id := range due {
			if err := enqueue(ctx, tx, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// expire marks the mails whose sender is gone in the middle of sending.
func expire(ctx context.Context, db *database.DB) ([]int64, error) {
	return database.Values[int64](ctx, db.Read(), `UPDATE outbox SET state = 'unsure', lease_until = NULL, finished_at = now(),
			last_error = 'the process ended while it handed the mail over'
		WHERE state = 'sending' AND lease_until < now() RETURNING id`)
}

// erase empties what is older than it may be, and secret mails whose links are over.
func erase(ctx context.Context, db *database.DB) error {
	days, err := database.Days(ctx, db.Read(), RetentionSetting, KeepDays)
	if err != nil {
		return err
	}
	tag, err := db.Pool.Exec(ctx, `UPDATE outbox SET to_address = '', reply_to = '', stop_link = '', html = '', body = '', last_error = '', erased_at = coalesce(erased_at, now())
		WHERE to_address <> '' AND state NOT IN ('queued', 'sending', 'collected')
			AND (queued_at < now() - make_interval(days => $1) OR secret AND state <> 'caught' AND give_up_at < now())`, days)
	if err != nil {
		return err
	}
	slog.InfoContext(ctx, "old mails erased", "mails", tag.RowsAffected(), "keep_days", days)
	return nil
}

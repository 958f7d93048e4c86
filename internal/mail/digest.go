package mail

import (
	"context"
	"fmt"
	"strings"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"portal/internal/database"
	"portal/internal/i18n"
)

// Collected is a mail that waits for the digest of its recipient.
type Collected struct {
	ID int64
	// Lang is the language of the subject.
	Lang     i18n.Lang
	Subject  string
	QueuedAt time.Time
	// Link is where the mail leads: the address of its button; "" when it leads nowhere.
	Link string
}

// DueDigests returns the people for whom a digest is due.
func DueDigests(ctx context.Context, q database.Querier, now time.Time) ([]int64, error) {
	people, err := database.Values[int64](ctx, q, `SELECT DISTINCT to_user FROM outbox WHERE state = 'collected' AND next_attempt_at <= $1 ORDER BY to_user`, now)
	if err != nil {
		return nil, fmt.Errorf("whose digest is due: %w", err)
	}
	return people, nil
}

// Bundle takes what is due for the person out of the collection and queues one mail about it, which write makes. All of
// it is in the caller's transaction: a mail is in exactly one digest, however many processes are at it and whenever they
// end. With nothing due it does nothing. What the person must not know of any more is removed.
func Bundle(ctx context.Context, tx database.Tx, user int64, now time.Time, write func([]Collected) (Message, error)) error {
	type row struct {
		ID       int64
		Lang     i18n.Lang
		Subject  string
		HTML     string
		QueuedAt time.Time
	}
	if _, err := dropWalled(ctx, tx, `to_user = @user AND state = 'collected' AND next_attempt_at <= @now`, database.Args{"user": user, "now": now}); err != nil {
		return err
	}
	rows, err := database.Rows[row](ctx, tx, `SELECT id, lang, subject, html, queued_at FROM outbox
		WHERE to_user = $1 AND state = 'collected' AND next_attempt_at <= $2 ORDER BY id FOR UPDATE SKIP LOCKED`, user, now)
	if err != nil {
		return fmt.Errorf("collect the digest of person %d: %w", user, err)
	}
	if len(rows) == 0 {
		return nil
	}
	var items []Collected
	var ids []int64
	for _, r := range rows {
		items = append(items, Collected{ID: r.ID, Lang: r.Lang, Subject: r.Subject, QueuedAt: r.QueuedAt, Link: mainLink(r.HTML)})
		ids = append(ids, r.ID)
	}
	m, err := write(items)
	if err != nil {
		return err
	}
	digest, err := insert(ctx, tx, m, Queued, now)
	if err != nil || digest == 0 {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE outbox SET state = 'bundled', digest_id = $2, finished_at = now(),
		html = CASE WHEN secret THEN '' ELSE html END, body = CASE WHEN secret THEN '' ELSE body END WHERE id = ANY ($1)`, ids, digest); err != nil {
		return fmt.Errorf("bundle the digest of person %d: %w", user, err)
	}
	return nil
}

// mainLink returns the first link in the main part of a mail, which is its button; "" without one.
func mainLink(document string) string {
	z := html.NewTokenizer(strings.NewReader(document))
	for inside := false; ; {
		switch z.Next() {
		case html.ErrorToken:
			return ""
		case html.EndTagToken:
			if name, _ := z.TagName(); inside && atom.Lookup(name) == atom.Main {
				return ""
			}
		case html.StartTagToken:
			t := z.Token()
			switch {
			case t.DataAtom == atom.Main:
				inside = true
			case inside && t.DataAtom == atom.A:
				for _, a := range t.Attr {
					if a.Key == "href" {
						return a.Val
					}
				}
			}
		}
	}
}

package follow

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"portal/internal/database"
	"portal/web"
)

const (
	// grace is how much later than its instant of publication a thing may come before the public and is noticed all the same: a
	// transaction takes its time, and a release has one instant for all that is in it.
	grace = 24 * time.Hour
	// atATime is how much of a list is asked for at first.
	atATime = 200
	// atFirst is how much of it is known already when somebody begins to follow it.
	atFirst = 5000
	// mostAsked bounds it: no list has so much that is new.
	mostAsked = 1 << 20
)

// noticing is the class of the advisory locks under which rows of follow_news are numbered: those of one list are committed in
// their order, so that whoever has read up to one has read all before it.
const noticing = 0x666f6c6c

// since returns what of the list was published after an instant, all of it, the last on top.
func since(ctx context.Context, l web.Followed, q url.Values, at time.Time) ([]web.FollowedEntry, error) {
	for most := atATime; ; most *= 4 {
		all, err := l.Newest(ctx, q, most)
		if err != nil {
			return nil, fmt.Errorf("what is new in the list %s: %w", l.Name, err)
		}
		for i, e := range all {
			if !e.Published.After(at) {
				return all[:i], nil
			}
		}
		if len(all) < most || most > mostAsked {
			return all, nil
		}
	}
}

// notice gives all that has come into a list since it was asked last a row. Of a list that was never asked, nothing that is there
// is new to anybody: what stands on top of it gets its rows, and what was published before all that is not noticed. It may be
// repeated, and done by several processes.
func (s *Service) notice(ctx context.Context, l web.Followed) error {
	type times struct{ KnownFrom, AskedAt time.Time }
	asked, err := database.Rows[times](ctx, s.db.Read(), `SELECT known_from, asked_at FROM follow_lists WHERE list = $1`, l.Name)
	if err != nil {
		return fmt.Errorf("when the list %s was asked: %w", l.Name, err)
	}
	now := s.Now()
	var found []web.FollowedEntry
	knownFrom := time.Unix(0, 0)
	if len(asked) == 0 {
		if found, err = l.Newest(ctx, url.Values{}, atFirst); len(found) == atFirst {
			knownFrom = found[atFirst-1].Published
		}
	} else {
		from := asked[0].AskedAt.Add(-grace)
		if from.Before(asked[0].KnownFrom) {
			from = asked[0].KnownFrom
		}
		found, err = since(ctx, l, url.Values{}, from)
	}
	if err != nil {
		return err
	}
	keys, published := make([]string, len(found)), make([]time.Time, len(found))
	for i, e := range found {
		keys[i], published[i] = e.Key, e.Published
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1, hashtext($2))`, noticing, l.Name); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO follow_news (list, key, published_at) SELECT @list, e.key, e.at FROM unnest(@keys::text[], @at::timestamptz[]) AS e (key, at)
			WHERE NOT EXISTS (SELECT FROM follow_news n WHERE n.list = @list AND n.key = e.key) ORDER BY e.at ON CONFLICT (list, key) DO NOTHING`,
			database.Args{"list": l.Name, "keys": keys, "at": published}); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO follow_lists AS l (list, known_from, asked_at) VALUES ($1, $2, $3) ON CONFLICT (list) DO UPDATE SET asked_at = greatest(l.asked_at, excluded.asked_at)`, l.Name, knownFrom, now)
		return err
	})
	if err != nil {
		return fmt.Errorf("notice what is new in the list %s: %w", l.Name, err)
	}
	return nil
}

// spread gives all who follow a list, with whatever filter, a row for each thing that is new to them. Each filter is asked once,
// and only when there is anything new in the list.
func (s *Service) spread(ctx context.Context, l web.Followed) error {
	head, err := database.Value[int64](ctx, s.db.Read(), `SELECT coalesce(max(id), 0) FROM follow_news WHERE list = $1`, l.Name)
	if err != nil {
		return fmt.Errorf("the last thing in the list %s: %w", l.Name, err)
	}
	type behind struct {
		ID, Told int64
		Query    string
		From     time.Time
	}
	watches, err := database.Rows[behind](ctx, s.db.Read(), `SELECT w.id, w.told, w.query, (SELECT min(n.published_at) FROM follow_news n WHERE n.list = w.list AND n.id > w.told AND n.id <= @head) AS from
		FROM follow_watches w WHERE w.list = @list AND w.told < @head AND EXISTS (SELECT FROM follows f WHERE f.watch_id = w.id AND f.confirmed_at IS NOT NULL) ORDER BY w.id`, database.Args{"list": l.Name, "head": head})
	if err != nil {
		return fmt.Errorf("who follows the list %s: %w", l.Name, err)
	}
	var failed []error // one filter does not keep the others waiting
	for _, w := range watches {
		found, err := since(ctx, l, Watch{l.Name, w.Query}.filter(), w.From.Add(-time.Second))
		if err != nil {
			failed = append(failed, err)
			continue
		}
		keys, languages := make([]string, len(found)), make([]string, len(found))
		for i, e := range found {
			keys[i], languages[i] = e.Key, strings.Join(e.Languages, " ")
		}
		now := s.Now()
		err = s.db.InTx(ctx, func(tx database.Tx) error {
			free, err := database.Values[int64](ctx, tx, `SELECT id FROM follow_watches WHERE id = $1 AND told = $2 FOR UPDATE SKIP LOCKED`, w.ID, w.Told)
			if err != nil || len(free) == 0 { // another process is at it, or was
				return err
			}
			if len(keys) > 0 {
				if _, err := tx.Exec(ctx, `INSERT INTO follow_told AS t (reader_id, key, follow_id, due_at)
					SELECT f.reader_id, e.key, f.id, CASE f.frequency WHEN 'at_once' THEN @soon::timestamptz WHEN 'daily' THEN @daily::timestamptz ELSE @weekly::timestamptz END
					FROM unnest(@keys::text[], @languages::text[]) AS e (key, languages) JOIN follow_news n ON n.list = @list AND n.key = e.key AND n.id > @told AND n.id <= @head, follows f
					WHERE f.watch_id = @watch AND f.confirmed_at IS NOT NULL AND f.since < n.id AND (e.languages = '' OR f.languages && string_to_array(e.languages, ' '))
					ON CONFLICT (reader_id, key) DO UPDATE SET follow_id = excluded.follow_id, due_at = excluded.due_at WHERE t.mailed_at IS NULL AND excluded.due_at < t.due_at`,
					database.Args{"soon": due("at_once", now), "daily": due("daily", now), "weekly": due("weekly", now), "keys": keys, "languages": languages, "list": l.Name, "told": w.Told, "head": head, "watch": w.ID}); err != nil {
					return err
				}
			}
			_, err = tx.Exec(ctx, `UPDATE follow_watches SET told = $2 WHERE id = $1`, w.ID, head)
			return err
		})
		if err != nil {
			failed = append(failed, fmt.Errorf("who is to be told of what is new in the list %s: %w", l.Name, err))
		}
	}
	return errors.Join(failed...)
}

// Care notices what is new, and writes to those to whom it is and whose time has come. It may be repeated, ended at any moment, and
// done by several processes: each reader gets one mail of a thing.
// What fails with one list, filter or reader is told at the end, and tried again the next time; the others go on.
func (s *Service) Care(ctx context.Context) error {
	var failed []error
	for _, l := range s.Lists {
		followed, err := database.Value[bool](ctx, s.db.Read(), `SELECT EXISTS (SELECT FROM follow_watches WHERE list = $1)`, l.Name)
		if err == nil && followed { // else it is noticed when somebody begins to follow it
			if err = s.notice(ctx, l); err == nil {
				err = s.spread(ctx, l)
			}
		}
		failed = append(failed, err)
	}
	return errors.Join(append(failed, s.tell(ctx))...)
}

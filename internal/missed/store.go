package missed

import (
	"context"
	"fmt"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/i18n"
)

// What the tables hold at most: words below the threshold, and words that the editors see. Beyond, those missed the longest
// ago go first.
const mostRare, mostShown = 20_000, 5_000

// counts are what is written down at once, a column a list.
type counts struct {
	lists, langs, words, hows []string
	digests                   [][]byte
	days                      []time.Time
	times                     []int
}

func (c *counts) add(at asked, one *count, digest []byte) {
	c.lists, c.langs, c.words, c.hows = append(c.lists, string(at.list)), append(c.langs, string(at.lang)), append(c.words, one.words), append(c.hows, string(one.how))
	c.digests, c.days, c.times = append(c.digests, digest), append(c.days, at.day.In(time.UTC)), append(c.times, one.times)
}

// putCounts adds the counts to those that there are, writes down the words that have reached the threshold, and keeps within
// the bounds.
func putCounts(ctx context.Context, tx database.Tx, c counts) error {
	const given = `unnest(@lists::text[], @langs::text[], @words::text[], @hows::text[], @digests::bytea[], @days::date[], @times::int[]) AS g (list, lang, words, how, digest, day, times)`
	args := database.Args{"lists": c.lists, "langs": c.langs, "words": c.words, "hows": c.hows, "digests": c.digests, "days": c.days, "times": c.times}
	for _, step := range []struct {
		sql  string
		args database.Args
	}{
		// In one order, so that two processes that write at a time do not wait for each other's rows in a circle.
		{`INSERT INTO missed_searches AS m (list, lang, digest, how, times, last_on)
			SELECT g.list, g.lang, g.digest, min(g.how), sum(g.times), max(g.day) FROM ` + given + ` GROUP BY g.list, g.lang, g.digest ORDER BY g.digest, g.list, g.lang
			ON CONFLICT ON CONSTRAINT missed_searches_once DO UPDATE SET times = m.times + excluded.times, how = excluded.how, last_on = greatest(m.last_on, excluded.last_on)`, nil},
		{`UPDATE missed_searches m SET words = g.words FROM ` + given + `
			WHERE m.list = g.list AND m.lang = g.lang AND m.digest = g.digest AND m.words = '' AND m.times >= @threshold`, database.Args{"threshold": Threshold}},
		{`INSERT INTO missed_search_days AS d (search_id, day, times)
			SELECT m.id, g.day, g.times FROM ` + given + ` JOIN missed_searches m ON m.list = g.list AND m.lang = g.lang AND m.digest = g.digest ORDER BY m.id, g.day
			ON CONFLICT ON CONSTRAINT missed_search_days_pkey DO UPDATE SET times = d.times + excluded.times`, nil},
	} {
		all := database.Args{}
		for name, value := range args {
			all[name] = value
		}
		for name, value := range step.args {
			all[name] = value
		}
		if _, err := tx.Exec(ctx, step.sql, all); err != nil {
			return err
		}
	}
	return bound(ctx, tx, mostRare, mostShown)
}

// bound takes away what is more than there may be.
func bound(ctx context.Context, q database.Querier, rare, shown int) error {
	for _, of := range []struct {
		where string
		most  int
	}{{`words = ''`, rare}, {`words <> ''`, shown}} {
		if _, err := q.Exec(ctx, `DELETE FROM missed_searches WHERE id IN (SELECT id FROM missed_searches WHERE `+of.where+`
			ORDER BY last_on DESC, times DESC, id OFFSET $1)`, of.most); err != nil {
			return err
		}
	}
	return nil
}

// cleanUp takes away what is kept no longer.
func cleanUp(ctx context.Context, tx database.Tx, today date.Date) error {
	for _, step := range []struct {
		sql  string
		days int
	}{
		{`DELETE FROM missed_searches WHERE words = '' AND last_on < $1`, KeepRareDays},
		{`DELETE FROM missed_search_days WHERE day < $1`, KeepDays},
		{`DELETE FROM missed_searches WHERE last_on < $1`, KeepDays},
	} {
		if _, err := tx.Exec(ctx, step.sql, today.AddDays(-step.days)); err != nil {
			return fmt.Errorf("clean up missed searches: %w", err)
		}
	}
	return nil
}

// from is what a filter leaves, of the lists @lists from the day @from on.
const from = ` FROM missed_searches m JOIN missed_search_days d ON d.search_id = m.id AND d.day >= @from
	WHERE m.words <> '' AND m.list = ANY (@lists) AND (@lang = '' OR m.lang = @lang) AND (@how = '' OR m.how = @how)
		AND (@state = 'all' OR (m.dealt_at IS NOT NULL) = (@state = 'dealt')) AND (@q = '' OR strpos(m.words, @q) > 0)`

func (f Filter) args(lists []List, today date.Date) database.Args {
	return database.Args{"lists": lists, "lang": string(f.Lang), "how": string(f.How), "state": f.State, "q": f.Q, "from": today.AddDays(1 - f.Days)}
}

func countEntries(ctx context.Context, q database.Querier, f Filter, lists []List, today date.Date) (int, error) {
	return database.Value[int](ctx, q, `SELECT count(DISTINCT m.id)`+from, f.args(lists, today))
}

// listEntries returns the entries of a filter in its order; limit 0 is all.
func listEntries(ctx context.Context, q database.Querier, f Filter, lists []List, today date.Date, limit, offset int) ([]Entry, error) {
	order := `times DESC, last_on DESC`
	if f.Sort == LastFirst {
		order = `last_on DESC, times DESC`
	}
	args := f.args(lists, today)
	args["zone"], args["limit"], args["offset"] = i18n.Geneva.String(), limit, offset
	return database.Rows[Entry](ctx, q, `SELECT m.id, m.list, m.lang, m.words, m.how, m.dealt_at, sum(d.times)::int AS times, max(d.day) AS last_on,
			coalesce(sum(d.times) FILTER (WHERE d.day > (m.dealt_at AT TIME ZONE @zone)::date), 0)::int AS since`+from+`
		GROUP BY m.id ORDER BY `+order+`, m.words, m.id LIMIT nullif(@limit, 0) OFFSET @offset`, args)
}

// setDealt marks words as dealt with, or takes the mark away; words of other lists are problem.NotFound.
func setDealt(ctx context.Context, tx database.Tx, id int64, lists []List, by *int64, at *time.Time) error {
	_, err := database.Value[int64](ctx, tx, `UPDATE missed_searches SET dealt_at = @at, dealt_by = @by
		WHERE id = @id AND words <> '' AND list = ANY (@lists) RETURNING id`, database.Args{"id": id, "lists": lists, "at": at, "by": by})
	return err
}

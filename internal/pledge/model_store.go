package pledge

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"portal/internal/database"
	"portal/internal/date"
)

// commonFrom is how many of n pledges must have a word for it to be common and have bitmaps: one in a hundred, which the
// index of words still finds quickly, and not more than a thousand. It ceases to be with fewer than half as many.
func commonFrom(n int) int { return min(max(n/100, 50), 1000) }

// rebuild makes the whole read model anew from the published pledges.
func rebuild(ctx context.Context, tx database.Tx) error {
	if _, err := tx.Exec(ctx, `SELECT pledge_model_rebuild()`); err != nil {
		return fmt.Errorf("rebuild the counts of pledges: %w", err)
	}
	return chooseWords(ctx, tx, 0)
}

// chooseWords decides anew which words are common, those that at least from pledges have (0: commonFrom), and makes the
// bitmaps of those that were not.
func chooseWords(ctx context.Context, tx database.Tx, from int) error {
	n, has := 0, map[string]int{}
	err := eachWords(ctx, tx, func(_ int, words []string) {
		n++
		for _, word := range words {
			has[word]++
		}
	})
	if err != nil {
		return fmt.Errorf("count the words of pledges: %w", err)
	}
	if from == 0 {
		from = commonFrom(n)
	}
	if _, err := tx.Exec(ctx, `SELECT pledge_model_lock()`); err != nil {
		return err
	}
	was, err := database.Values[string](ctx, tx, `SELECT word FROM pledge_words WHERE common`)
	if err != nil {
		return err
	}
	var rarer []string
	common := map[string]bool{}
	for _, word := range was {
		common[word] = true
		if has[word] < from/2 {
			rarer = append(rarer, word)
		}
	}
	if len(rarer) > 0 {
		if _, err := tx.Exec(ctx, `DELETE FROM pledge_word_bitmaps WHERE word = ANY($1)`, rarer); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE pledge_words SET common = false WHERE word = ANY($1)`, rarer); err != nil {
			return err
		}
	}
	bitmaps := map[string]map[int]bitmap{}
	var more []string
	for word, n := range has {
		if n >= from && !common[word] {
			bitmaps[word], more = map[int]bitmap{}, append(more, word)
		}
	}
	if len(more) == 0 {
		return nil
	}
	err = eachWords(ctx, tx, func(ordinal int, words []string) {
		for _, word := range words {
			chunks, ok := bitmaps[word]
			if !ok {
				continue
			}
			bits := chunks[ordinal/chunkBits]
			if bits == nil {
				bits = make(bitmap, chunkWords)
				chunks[ordinal/chunkBits] = bits
			}
			bits.set(ordinal % chunkBits)
		}
	})
	if err != nil {
		return fmt.Errorf("collect the common words of pledges: %w", err)
	}
	if _, err := tx.Exec(ctx, `UPDATE pledge_words SET common = true WHERE word = ANY($1)`, more); err != nil {
		return err
	}
	var lines [][]any
	for word, chunks := range bitmaps {
		for chunk, bits := range chunks {
			lines = append(lines, []any{word, chunk, bits.count(), bits.toSQL()})
		}
	}
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{"pledge_word_bitmaps"}, []string{"word", "chunk", "n", "bits"}, pgx.CopyFromRows(lines)); err != nil {
		return fmt.Errorf("keep the common words of pledges: %w", err)
	}
	return nil
}

// eachWords gives the words of each published pledge to do.
func eachWords(ctx context.Context, tx database.Tx, do func(ordinal int, words []string)) error {
	rows, err := tx.Query(ctx, `SELECT ordinal, tsvector_to_array(words) FROM pledges WHERE until IS NULL`)
	if err != nil {
		return err
	}
	var ordinal int
	var words []string
	_, err = pgx.ForEachRow(rows, []any{&ordinal, &words}, func() error {
		do(ordinal, words)
		return nil
	})
	return err
}

// versions are the chunks of the model and their versions.
func versions(ctx context.Context, q database.Querier) (map[int]int64, error) {
	type row struct {
		Chunk   int
		Version int64
	}
	rows, err := database.Rows[row](ctx, q, `SELECT chunk, version FROM pledge_chunks`)
	if err != nil {
		return nil, err
	}
	all := map[int]int64{}
	for _, r := range rows {
		all[r.Chunk] = r.Version
	}
	return all, nil
}

// readChunk reads the bitmaps of one chunk and who makes its pledges, and makes the facets that follow from them.
func readChunk(ctx context.Context, q database.Querier, number int, as reading, actors *actorNumbers) (*chunk, error) {
	rows, err := q.Query(ctx, `SELECT facet, value, n, bits FROM pledge_bitmaps WHERE chunk = $1 AND n > 0`, number)
	if err != nil {
		return nil, err
	}
	c := &chunk{as: as, bits: map[string]map[string]counted{}, actors: make([]int32, chunkBits)}
	var facet, value string
	var n int
	var column pgtype.Bits
	_, err = pgx.ForEachRow(rows, []any{&facet, &value, &n, &column}, func() error {
		bits := make(bitmap, chunkWords)
		bits.fromSQL(column)
		if c.bits[facet] == nil {
			c.bits[facet] = map[string]counted{}
		}
		c.bits[facet][value] = bits.counted()
		return nil
	})
	if err != nil {
		return nil, err
	}
	rows, err = q.Query(ctx, `SELECT p.ordinal & 8191, pledge_actor(p.entity, p.country) FROM pledges p
		WHERE p.until IS NULL AND p.ordinal >= $1 AND p.ordinal < $2`, number*chunkBits, (number+1)*chunkBits)
	if err != nil {
		return nil, err
	}
	var place int
	var actor string
	_, err = pgx.ForEachRow(rows, []any{&place, &actor}, func() error {
		c.actors[place] = actors.of(actor)
		return nil
	})
	c.derive("light", "report", func(next string) string { return string(lightOf(as.day, next)) })
	delete(c.bits, "report")
	c.derive("continent", "country", as.vocabulary.Continent)
	return c, err
}

// lightOf is the light of the pledges whose next report is due on the day, as the read model writes it; "" for what is no
// day, which CheckModel reports.
func lightOf(today date.Date, next string) Light {
	if next == string(Closed) {
		return Closed
	}
	day, err := date.Parse(next)
	if err != nil {
		return ""
	}
	return LightOn(today, day)
}

// derive makes a facet of another one: each of its values stands for one of the new facet, or for none, "".
func (c *chunk) derive(facet, from string, value func(string) string) {
	all := map[string]bitmap{}
	for was, has := range c.bits[from] {
		to := value(was)
		if all[to] == nil {
			all[to] = make(bitmap, chunkWords)
		}
		has.addTo(all[to])
	}
	delete(all, "")
	c.bits[facet] = map[string]counted{}
	for to, bits := range all {
		c.bits[facet][to] = bits.counted()
	}
}

package search

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/jackc/pgx/v5"

	"portal/internal/database"
)

// commonFrom is how many of n documents must have a word for it to be common and have bitmaps: one in a hundred, which the
// index of words still finds quickly, and not more than a thousand. It ceases to be with fewer than half as many.
func commonFrom(n int) int { return min(max(n/100, 50), 1000) }

// ChooseWords decides anew which words are common, those that at least from documents have (0: what is quickest), and makes
// the bitmaps of those that were not.
func (x *Index) ChooseWords(ctx context.Context, tx database.Tx, from int) error {
	n, has := 0, map[string]*int{}
	err := x.eachWords(ctx, tx, func(_ int, words iter.Seq[string]) {
		n++
		for word := range words {
			count := has[word]
			if count == nil {
				count = new(int)
				has[strings.Clone(word)] = count
			}
			*count++
		}
	})
	if err != nil {
		return fmt.Errorf("count the words of %s: %w", x.Table, err)
	}
	if from == 0 {
		from = commonFrom(n)
	}
	if _, err := tx.Exec(ctx, `SELECT search_lock($1)`, x.Name); err != nil {
		return err
	}
	was, err := database.Values[string](ctx, tx, `SELECT word FROM `+x.Name+`_words WHERE common`)
	if err != nil {
		return err
	}
	var rarer []string
	common := map[string]bool{}
	for _, word := range was {
		common[word] = true
		if count := has[word]; count == nil || *count < from/2 {
			rarer = append(rarer, word)
		}
	}
	if len(rarer) > 0 {
		if _, err := tx.Exec(ctx, `DELETE FROM `+x.Name+`_word_bitmaps WHERE word = ANY($1)`, rarer); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE `+x.Name+`_words SET common = false WHERE word = ANY($1)`, rarer); err != nil {
			return err
		}
	}
	bitmaps := map[string]map[int]Set{}
	var more []string
	for word, n := range has {
		if *n >= from && !common[word] {
			bitmaps[word], more = map[int]Set{}, append(more, word)
		}
	}
	if len(more) == 0 {
		return nil
	}
	err = x.eachWords(ctx, tx, func(ordinal int, words iter.Seq[string]) {
		for word := range words {
			chunks, ok := bitmaps[word]
			if !ok {
				continue
			}
			bits := chunks[ordinal/chunkBits]
			if bits == nil {
				bits = make(Set, chunkWords)
				chunks[ordinal/chunkBits] = bits
			}
			bits.Add(ordinal % chunkBits)
		}
	})
	if err != nil {
		return fmt.Errorf("collect the common words of %s: %w", x.Table, err)
	}
	if _, err := tx.Exec(ctx, `UPDATE `+x.Name+`_words SET common = true WHERE word = ANY($1)`, more); err != nil {
		return err
	}
	var lines [][]any
	for word, chunks := range bitmaps {
		for chunk, bits := range chunks {
			lines = append(lines, []any{word, chunk, bits.Count(), bits.toSQL()})
		}
	}
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{x.Name + "_word_bitmaps"}, []string{"word", "chunk", "n", "bits"}, pgx.CopyFromRows(lines)); err != nil {
		return fmt.Errorf("keep the common words of %s: %w", x.Table, err)
	}
	return nil
}

// eachWords gives the words of each public document to do. They are parts of one text, since there may be a hundred million
// of them in all: who keeps one clones it.
func (x *Index) eachWords(ctx context.Context, tx database.Tx, do func(ordinal int, words iter.Seq[string])) error {
	rows, err := tx.Query(ctx, `SELECT ordinal, array_to_string(tsvector_to_array(words), E'\n') FROM `+x.Table+` WHERE until IS NULL`)
	if err != nil {
		return err
	}
	var ordinal int
	var words string
	_, err = pgx.ForEachRow(rows, []any{&ordinal, &words}, func() error {
		if words != "" {
			do(ordinal, strings.SplitSeq(words, "\n"))
		}
		return nil
	})
	return err
}

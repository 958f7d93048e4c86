package pledge

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"portal/internal/database"
	"portal/internal/search"
)

// maxRare is how many rare words with the same beginning are looked up one by one; more are left to the index.
const maxRare = 500

// found returns the published pledges that have what was searched for; a public ID finds its pledge. It is exact however
// many there are: common words have bitmaps, the index of words finds the others, and only phrases are looked up in the
// texts.
func (m model) found(ctx context.Context, tx database.Tx, typed string) (bitmap, error) {
	if m.live != nil {
		return m.foundThen(ctx, tx, typed)
	}
	set := m.empty()
	if id, ok := wholeID(typed); ok {
		return set, m.collect(ctx, tx, set, `SELECT ordinal FROM pledges WHERE public_id = $1 AND until IS NULL`, id)
	}
	terms := search.Terms(typed)
	having, err := m.having(ctx, tx, terms)
	if err != nil {
		return nil, err
	}
	set = m.everything()
	both := func(t search.Term) bitmap {
		all := m.everything()
		for _, word := range t.Words {
			all.and(having[word])
		}
		return all
	}
	for _, t := range terms {
		switch {
		case !t.Not:
			set.and(both(t))
		case t.Phrase == "":
			set.without(both(t))
		}
	}
	for _, t := range terms {
		if t.Phrase == "" {
			continue
		}
		inOrder, err := m.ofPhrase(ctx, tx, t.Phrase, both(t))
		if err != nil {
			return nil, err
		}
		if t.Not {
			set.without(inOrder)
		} else {
			set.and(inOrder)
		}
	}
	return set, nil
}

// collect adds the ordinals that the statement gives.
func (m model) collect(ctx context.Context, tx database.Tx, set bitmap, sql string, args ...any) error {
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return err
	}
	var ordinal int
	_, err = pgx.ForEachRow(rows, []any{&ordinal}, func() error {
		set.set(ordinal)
		return nil
	})
	return err
}

// having returns for each word of the question the pledges that have it.
func (m model) having(ctx context.Context, tx database.Tx, terms []search.Term) (map[search.Word]bitmap, error) {
	sets := map[search.Word]bitmap{}
	var words []search.Word
	var first, last []string
	for _, t := range terms {
		for _, word := range t.Words {
			if sets[word] != nil {
				continue
			}
			sets[word] = m.empty()
			words, first = append(words, word), append(first, word.Text)
			if word.Begins {
				last = append(last, word.Text+"\U0010FFFF")
			} else {
				last = append(last, word.Text)
			}
		}
	}
	common := make([]bool, len(words))
	rows, err := tx.Query(ctx, `SELECT (w.at - 1)::int, b.chunk, b.bits FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w (first, last, at)
		CROSS JOIN LATERAL (SELECT c.chunk, bit_or(c.bits) AS bits FROM pledge_word_bitmaps c
			WHERE c.word >= w.first COLLATE "C" AND c.word <= w.last COLLATE "C" GROUP BY c.chunk) b`, first, last)
	if err != nil {
		return nil, err
	}
	var at, number int
	var column pgtype.Bits
	bits := make(bitmap, chunkWords)
	if _, err := pgx.ForEachRow(rows, []any{&at, &number, &column}, func() error {
		common[at] = true
		bits.fromSQL(column)
		if part := sets[words[at]].ofChunk(number); part != nil {
			part.or(bits)
		}
		return nil
	}); err != nil {
		return nil, err
	}
	rare := make([][]string, len(words))
	var text string
	if rows, err = tx.Query(ctx, `SELECT (w.at - 1)::int, r.word FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w (first, last, at)
		CROSS JOIN LATERAL (SELECT p.word FROM pledge_words p WHERE p.word >= w.first COLLATE "C" AND p.word <= w.last COLLATE "C" AND NOT p.common LIMIT $3) r`,
		first, last, maxRare+1); err != nil {
		return nil, err
	}
	if _, err := pgx.ForEachRow(rows, []any{&at, &text}, func() error {
		rare[at] = append(rare[at], text)
		return nil
	}); err != nil {
		return nil, err
	}
	for i, word := range words {
		expression := word.Expression()
		switch n := len(rare[i]); {
		case n == 0 && common[i]:
			continue
		case n > 0 && n <= maxRare:
			expression = "'" + strings.Join(rare[i], "' | '") + "'"
		}
		if err := m.collect(ctx, tx, sets[word], `SELECT ordinal FROM pledges WHERE until IS NULL AND words @@ to_tsquery('simple', $1)`, expression); err != nil {
			return nil, err
		}
	}
	return sets, nil
}

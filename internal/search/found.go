package search

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"portal/internal/database"
)

// maxRare is how many rare words with the same beginning are looked up one by one; more are left to the index.
const maxRare = 500

// Found returns the public documents that have what was searched for; a public ID finds its document. It is exact however
// many there are: common words have bitmaps, the index of words finds the others, and only phrases are looked up in the
// texts.
func (m Model) Found(ctx context.Context, tx database.Tx, typed string) (Set, error) {
	set := m.Empty()
	if id, ok := m.index.ID(typed); ok {
		return set, m.Collect(ctx, tx, set, `SELECT ordinal FROM `+m.index.Table+` WHERE public_id = $1 AND until IS NULL`, id)
	}
	terms := Terms(typed)
	having, err := m.having(ctx, tx, terms)
	if err != nil {
		return nil, err
	}
	set = m.Everything()
	both := func(t Term) Set {
		all := m.Everything()
		for _, word := range t.Words {
			all.And(having[word])
		}
		return all
	}
	for _, t := range terms {
		switch {
		case !t.Not:
			set.And(both(t))
		case t.Phrase == "":
			set.Without(both(t))
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
			set.Without(inOrder)
		} else {
			set.And(inOrder)
		}
	}
	return set, nil
}

// Collect adds the ordinals that the statement gives.
func (m Model) Collect(ctx context.Context, tx database.Tx, set Set, sql string, args ...any) error {
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return err
	}
	var ordinal int
	_, err = pgx.ForEachRow(rows, []any{&ordinal}, func() error {
		set.Add(ordinal)
		return nil
	})
	return err
}

// having returns for each word of the question the documents that have it.
func (m Model) having(ctx context.Context, tx database.Tx, terms []Term) (map[Word]Set, error) {
	sets := map[Word]Set{}
	var words []Word
	var first, last []string
	for _, t := range terms {
		for _, word := range t.Words {
			if sets[word] != nil {
				continue
			}
			sets[word] = m.Empty()
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
		CROSS JOIN LATERAL (SELECT c.chunk, bit_or(c.bits) AS bits FROM `+m.index.Name+`_word_bitmaps c
			WHERE c.word >= w.first COLLATE "C" AND c.word <= w.last COLLATE "C" GROUP BY c.chunk) b`, first, last)
	if err != nil {
		return nil, err
	}
	var at, number int
	var column pgtype.Bits
	bits := make(Set, chunkWords)
	if _, err := pgx.ForEachRow(rows, []any{&at, &number, &column}, func() error {
		common[at] = true
		bits.fromSQL(column)
		if part := sets[words[at]].ofChunk(number); part != nil {
			part.Or(bits)
		}
		return nil
	}); err != nil {
		return nil, err
	}
	rare := make([][]string, len(words))
	var text string
	if rows, err = tx.Query(ctx, `SELECT (w.at - 1)::int, r.word FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w (first, last, at)
		CROSS JOIN LATERAL (SELECT p.word FROM `+m.index.Name+`_words p WHERE p.word >= w.first COLLATE "C" AND p.word <= w.last COLLATE "C" AND NOT p.common LIMIT $3) r`,
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
		if err := m.Collect(ctx, tx, sets[word], `SELECT ordinal FROM `+m.index.Table+` WHERE until IS NULL AND words @@ to_tsquery('simple', $1)`, expression); err != nil {
			return nil, err
		}
	}
	return sets, nil
}

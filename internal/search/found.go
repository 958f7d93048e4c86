package search

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"portal/internal/database"
)

// maxRare is how many rare words with the same beginning are looked up one by one; more are left to the index.
const maxRare = 500

// Found returns the public documents that have what was asked for. It is exact however many there are: common words have
// bitmaps, the index of words finds the others, and only phrases are looked up in the texts.
func (m Model) Found(ctx context.Context, tx database.Tx, question Question) (Set, error) {
	set := m.Empty()
	if question.id != "" {
		return set, m.Collect(ctx, tx, set, `SELECT ordinal FROM `+m.index.Table+` WHERE public_id = $1 AND until IS NULL`, question.id)
	}
	wanted, unwanted, err := m.ofParts(ctx, tx, question.parts)
	if err != nil {
		return nil, err
	}
	set = m.Everything()
	for _, of := range wanted {
		set.And(of)
	}
	set.Without(unwanted)
	return set, nil
}

// Most is Found for a question that no document answers wholly: those that have the most of what is asked for, and at least
// half of it. Then what is joined without a space, such as a run of Chinese, counts by its parts, since some of these belong
// to no word. It returns the question as it was answered; without a document that is the one asked.
func (m Model) Most(ctx context.Context, tx database.Tx, question Question) (Question, Set, error) {
	some := question
	some.Some, some.parts = true, nil
	for _, p := range question.parts {
		if p.not || p.exact || len(p.ways) != 1 {
			some.parts = append(some.parts, p)
			continue
		}
		for _, f := range p.ways[0] {
			some.parts = append(some.parts, part{ways: [][]form{{f}}})
		}
	}
	wanted, unwanted, err := m.ofParts(ctx, tx, some.parts)
	if err != nil || len(wanted) < 2 {
		return question, m.Empty(), err
	}
	within := m.Everything()
	within.Without(unwanted)
	having := m.tiers(within, wanted)
	for n := len(wanted); 2*n >= len(wanted); n-- {
		if having[n].Count() > 0 {
			return some, having[n], nil
		}
	}
	return question, m.Empty(), nil
}

// ofParts returns the documents that have each of the parts that are wanted, and those that have any of the others.
func (m Model) ofParts(ctx context.Context, tx database.Tx, parts []part) (wanted []Set, unwanted Set, err error) {
	having, err := m.having(ctx, tx, Question{parts: parts}.forms())
	if err != nil {
		return nil, nil, err
	}
	unwanted = m.Empty()
	for _, p := range parts {
		of := m.have(p, func(f form) Set { return having[f.expression()] })
		if p.phrase != "" {
			if of, err = m.ofPhrase(ctx, tx, p.phrase, of); err != nil {
				return nil, nil, err
			}
		}
		if p.not {
			unwanted.Or(of)
		} else {
			wanted = append(wanted, of)
		}
	}
	return wanted, unwanted, nil
}

// have are the documents that have a part, by those that have each word.
func (m Model) have(p part, of func(form) Set) Set {
	either := m.Empty()
	for _, way := range p.ways {
		all := m.Everything()
		for _, f := range way {
			all.And(of(f))
		}
		either.Or(all)
	}
	return either
}

// tiers are the documents within a set by how many of the others they are in, at least: the first are all.
func (m Model) tiers(within Set, others []Set) []Set {
	tiers := []Set{within}
	for _, of := range others {
		tiers = append(tiers, m.Empty())
		for n := len(tiers) - 2; n >= 0; n-- {
			also := slices.Clone(tiers[n])
			also.And(of)
			tiers[n+1].Or(also)
		}
	}
	return tiers
}

// forms are all words that the question asks for, in any way, each once.
func (q Question) forms() []form {
	var all []form
	seen := map[string]bool{}
	for _, p := range q.parts {
		for _, f := range slices.Concat(p.ways...) {
			if !seen[f.expression()] {
				seen[f.expression()], all = true, append(all, f)
			}
		}
	}
	return all
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

// having returns, by the expression of each of the words, the documents that have any form of it.
func (m Model) having(ctx context.Context, tx database.Tx, forms []form) (map[string]Set, error) {
	sets := map[string]Set{}
	var at []int // the place of the form that a range of words belongs to
	var first, last []string
	for i, f := range forms {
		sets[f.expression()] = m.Empty()
		end := f.text
		if f.begins {
			end += "\U0010FFFF"
		}
		at, first, last = append(at, i), append(first, f.text), append(last, end)
		for _, s := range f.others() {
			at, first, last = append(at, i), append(first, s), append(last, s)
		}
	}
	rows, err := tx.Query(ctx, `SELECT (w.at - 1)::int, b.chunk, b.bits FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w (first, last, at)
		CROSS JOIN LATERAL (SELECT c.chunk, bit_or(c.bits) AS bits FROM `+m.index.Name+`_word_bitmaps c
			WHERE c.word >= w.first COLLATE "C" AND c.word <= w.last COLLATE "C" GROUP BY c.chunk) b`, first, last)
	if err != nil {
		return nil, err
	}
	var n, number int
	var column pgtype.Bits
	bits := make(Set, chunkWords)
	if _, err := pgx.ForEachRow(rows, []any{&n, &number, &column}, func() error {
		bits.fromSQL(column)
		if part := sets[forms[at[n]].expression()].ofChunk(number); part != nil {
			part.Or(bits)
		}
		return nil
	}); err != nil {
		return nil, err
	}
	rare := make([][]string, len(forms))
	many := make([]bool, len(forms))
	var text string
	if rows, err = tx.Query(ctx, `SELECT (w.at - 1)::int, r.word FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w (first, last, at)
		CROSS JOIN LATERAL (SELECT p.word FROM `+m.index.Name+`_words p WHERE p.word >= w.first COLLATE "C" AND p.word <= w.last COLLATE "C" AND NOT p.common LIMIT $3) r`,
		first, last, maxRare+1); err != nil {
		return nil, err
	}
	if _, err := pgx.ForEachRow(rows, []any{&n, &text}, func() error {
		rare[at[n]] = append(rare[at[n]], "'"+text+"'")
		many[at[n]] = len(rare[at[n]]) > maxRare
		return nil
	}); err != nil {
		return nil, err
	}
	of := make([]string, len(forms)) // the expression of a form's rare words
	for i, f := range forms {
		if of[i] = strings.Join(rare[i], " | "); many[i] {
			of[i] = f.expression()
		}
	}
	found, err := m.satisfying(ctx, tx, of)
	if err != nil {
		return nil, err
	}
	for i, f := range forms {
		if of[i] != "" {
			sets[f.expression()].Or(found[of[i]])
		}
	}
	return sets, nil
}

// satisfying returns the documents that the index of words finds, by the expression; of "" it finds none.
func (m Model) satisfying(ctx context.Context, tx database.Tx, expressions []string) (map[string]Set, error) {
	found := map[string]Set{}
	var unknown []string
	for _, e := range expressions {
		if e == "" || found[e] != nil {
			continue
		}
		known, ok := m.remembered(e)
		if !ok {
			known, unknown = m.Empty(), append(unknown, e)
		}
		found[e] = known
	}
	if len(unknown) == 0 {
		return found, nil
	}
	rows, err := tx.Query(ctx, `SELECT (w.at - 1)::int, p.ordinal FROM unnest($1::text[]) WITH ORDINALITY AS w (expression, at)
		CROSS JOIN LATERAL (SELECT d.ordinal FROM `+m.index.Table+` d WHERE d.until IS NULL AND d.words @@ to_tsquery('simple', w.expression)) p`, unknown)
	if err != nil {
		return nil, err
	}
	var n, ordinal int
	if _, err := pgx.ForEachRow(rows, []any{&n, &ordinal}, func() error {
		found[unknown[n]].Add(ordinal)
		return nil
	}); err != nil {
		return nil, err
	}
	for _, e := range unknown {
		m.remember(e, found[e])
	}
	return found, nil
}

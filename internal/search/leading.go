package search

import (
	"context"
	"fmt"
	"slices"

	"portal/internal/database"
)

// The places of a document where a word says most of it, as they stand before the words of an index (migration 00043): a
// title, and what is said of the whole, such as a summary.
const (
	inTitle   = stemMark + "1"
	inSummary = stemMark + "2"
)

// in is the form in a place.
func (f form) in(place string) form {
	there := form{text: place + f.text, begins: f.begins}
	for _, s := range f.others() {
		there.stems = append(there.stems, place+s)
	}
	return there
}

// Leading returns those of the documents that answer the question best, at most so many: who has more of what is asked for
// in the title, or else in the summary, comes before who has less, and then who came later. It is told by bitmaps, so that
// it costs little however many documents there are. The index must have its words by place (search_placed).
func (m Model) Leading(ctx context.Context, tx database.Tx, question Question, of Set, most int) (Set, error) {
	if of.Count() <= most {
		return of, nil
	}
	var placed []form
	for _, f := range question.forms() {
		placed = append(placed, f.in(inTitle), f.in(inSummary))
	}
	having, err := m.having(ctx, tx, placed)
	if err != nil {
		return nil, fmt.Errorf("who has the words in titles: %w", err)
	}
	title := func(f form) Set { return having[f.in(inTitle).expression()] }
	either := func(f form) Set {
		both := slices.Clone(title(f))
		both.Or(having[f.in(inSummary).expression()])
		return both
	}
	var points []Set // a part in a title counts twice
	for _, p := range question.parts {
		if !p.not {
			points = append(points, m.have(p, title), m.have(p, either))
		}
	}
	return m.Nearest(of, points, most), nil
}

// Nearest are those of the documents that are in most of the other sets, at most so many: of those in as many the ones that
// came last.
func (m Model) Nearest(of Set, others []Set, most int) Set {
	nearest := m.Empty()
	for _, tier := range slices.Backward(m.tiers(of, others)) {
		nearest.addLast(tier, most)
	}
	return nearest
}

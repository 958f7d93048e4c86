package pledge

import (
	"context"
	"fmt"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/search"
)

// The read model of the list (migration 00014). Two of its facets are made by the process from what it has read: lights,
// from the days on which reports are due and today's, and continents, from the countries.

// model is the read model as a transaction sees it.
type model struct {
	search.Model
	day date.Date // of the lights, in Geneva
	// at is the moment that it shows; with a past one, live is the model of now, and hidden how many pledges were public
	// then and have been taken down since.
	at     moment
	live   *model
	hidden int
}

// reading is what the derived facets depend on.
type reading struct {
	day        date.Date // in Geneva
	vocabulary *gcm.Vocabulary
}

// newIndex is the index of the published pledges; it numbers who makes them.
func newIndex() *search.Index {
	return &search.Index{Name: "pledge", Table: "pledges", ID: wholeID, Number: "pledge_actor(p.entity, p.country)", Derive: func(c *search.Chunk, as any) {
		r, ok := as.(reading)
		if !ok {
			return
		}
		c.Derive("light", "report", func(next string) string { return string(lightOf(r.day, next)) })
		c.Drop("report")
		c.Derive("continent", "country", r.vocabulary.Continent)
	}}
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

// model returns the read model as the transaction sees it.
func (s *Service) model(ctx context.Context, tx database.Tx) (model, error) {
	day := date.Today(s.now(), i18n.Geneva)
	m, err := s.index.Model(ctx, tx, reading{day, s.vocabulary()})
	if err != nil {
		return model{}, fmt.Errorf("read the model: %w", err)
	}
	return model{Model: m, day: day}, nil
}

// walked is how many pledges there are in an index of the list: all that are published now.
func (m model) walked() int {
	if m.live != nil {
		return m.live.Published()
	}
	return m.Published()
}

// found returns the pledges that had at the moment what was asked for.
func (m model) found(ctx context.Context, tx database.Tx, question search.Question) (search.Set, error) {
	if m.live != nil {
		return m.foundThen(ctx, tx, question)
	}
	return m.Found(ctx, tx, question)
}

// selection is what a filter leaves, and its question.
type selection struct {
	search.Selection
	question search.Question
	missed   search.Miss
}

// selection works out which pledges the filter leaves.
func (m model) selection(ctx context.Context, tx database.Tx, f Filter) (selection, error) {
	found, question := m.Everything(), search.Question{}
	if f.Q != "" {
		var err error
		if question, err = m.Ask(ctx, tx, f.Q); err != nil {
			return selection{}, fmt.Errorf("search: %w", err)
		}
		if found, err = m.found(ctx, tx, question); err != nil {
			return selection{}, fmt.Errorf("search: %w", err)
		}
	}
	missed := question.Missed(found.Count())
	if !f.Since.IsZero() {
		later := m.Empty()
		if err := m.Collect(ctx, tx, later, `SELECT ordinal FROM pledges WHERE until IS NULL AND first_published_at >= $1`, f.Since.In(i18n.Geneva)); err != nil {
			return selection{}, err
		}
		found.And(later)
	}
	chosen := map[string][]string{}
	for _, field := range fields {
		chosen[field.name] = field.chosen(f)
	}
	return selection{m.Select(found, chosen), question, missed}, nil
}

// count fills in the counts of all facets.
func (m model) count(s *selection) { m.Count(&s.Selection, facetNames...) }

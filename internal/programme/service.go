package programme

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/search"
	"portal/web/ui"
)

// Area is a thematic area of the fund.
type Area struct {
	ID    string
	Names gcm.Names
}

// Options are what a Service needs to know.
type Options struct {
	DB *database.DB
	// Vocabulary returns the vocabulary as it is now.
	Vocabulary func() *gcm.Vocabulary
	// Areas returns all thematic areas that the fund has or has had, in order.
	Areas func() []Area
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Service is what can be done with the pipeline.
type Service struct {
	db         *database.DB
	vocabulary func() *gcm.Vocabulary
	areas      func() []Area
	now        func() time.Time
	index      *search.Index
}

// NewService returns the service.
func NewService(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Service{db: o.DB, vocabulary: o.Vocabulary, areas: o.Areas, now: o.Now, index: &search.Index{Name: "programme", Table: "programmes", ID: WholeID}}
}

// words are what programmes are named with: the vocabulary and the areas, as they are at one moment.
type words struct {
	*gcm.Vocabulary
	areas []Area
}

func (s *Service) words() words { return words{s.vocabulary(), s.areas()} }

// area returns the thematic area by id.
func (w words) area(id string) (Area, bool) {
	for _, a := range w.areas {
		if a.ID == id {
			return a, true
		}
	}
	return Area{}, false
}

// Enter puts a concept note into the pipeline, in the transaction in which it is endorsed, and returns the public ID that the
// programme keeps. What the public reads of it is f from then on.
func (s *Service) Enter(ctx context.Context, tx database.Tx, id ID, revision int, f Facts, now time.Time) (string, error) {
	v := s.words()
	if err := settleNames(ctx, tx, &f); err != nil {
		return "", fmt.Errorf("put concept note %d into the pipeline: %w", id, err)
	}
	number, err := database.Value[int64](ctx, tx, `SELECT nextval('programme_numbers')`)
	if err != nil {
		return "", fmt.Errorf("put concept note %d into the pipeline: %w", id, err)
	}
	day := date.Today(now, i18n.Geneva)
	p := Programme{
		ID: id, Revision: revision, PublicID: FormatID(number), EndorsedAt: now, ChangedAt: now, Stage: Pipeline, StageOn: day,
		Facts: f, Regions: v.RegionsOf(f.Countries),
	}
	if err := insert(ctx, tx, p, v); err != nil {
		return "", fmt.Errorf("put concept note %d into the pipeline: %w", id, err)
	}
	return p.PublicID, addStage(ctx, tx, id, StageChange{Stage: Pipeline, Since: day, At: now})
}

// Leave takes a programme out of the pipeline whose endorsement was taken back, in that transaction. Its address then says so.
// A note that never was in the pipeline is none.
func (s *Service) Leave(ctx context.Context, tx database.Tx, id ID, now time.Time) error {
	if _, err := tx.Exec(ctx, `UPDATE programmes SET until = $2, version = version + 1 WHERE id = $1 AND until IS NULL`, id, now); err != nil {
		return fmt.Errorf("take programme %d out of the pipeline: %w", id, err)
	}
	return nil
}

// settleNames writes each organization as the pipeline knows it already: names that differ in capitals and spaces only are
// one.
func settleNames(ctx context.Context, q database.Querier, f *Facts) error {
	for i := range f.Organizations {
		o := &f.Organizations[i]
		o.Name = strings.Join(strings.Fields(o.Name), " ")
		known, err := database.Values[string](ctx, q, `SELECT value FROM programme_bitmaps WHERE facet = 'organization' AND lower(value) = lower($1) AND n > 0 ORDER BY chunk, value LIMIT 1`, o.Name)
		if err != nil {
			return err
		}
		if len(known) > 0 {
			o.Name = known[0]
		}
	}
	return nil
}

// ChooseWords decides anew which words many programmes have, so that searching for them is quick: for the schedule.
func (s *Service) ChooseWords(ctx context.Context) error {
	return s.db.InTx(ctx, func(tx database.Tx) error { return s.index.ChooseWords(ctx, tx, 0) })
}

// CheckIndex compares the index of the pipeline with its programmes and returns what differs, by name: none when all is well.
func CheckIndex(ctx context.Context, q database.Querier) ([]string, error) {
	return search.Check(ctx, q, "programme", "programmes")
}

// Rebuild makes the index of the pipeline anew from its programmes.
func (s *Service) Rebuild(ctx context.Context) error {
	return s.db.InTx(ctx, func(tx database.Tx) error { return s.rebuild(ctx, tx) })
}

func (s *Service) rebuild(ctx context.Context, tx database.Tx) error {
	if _, err := tx.Exec(ctx, `SELECT search_rebuild('programme', 'programmes')`); err != nil {
		return fmt.Errorf("rebuild the index of programmes: %w", err)
	}
	if err := s.index.ChooseWords(ctx, tx, 0); err != nil {
		return fmt.Errorf("rebuild the index of programmes: %w", err)
	}
	return nil
}

// Count is how many programmes are in the pipeline.
func (s *Service) Count(ctx context.Context) (n int, err error) {
	err = s.atOnce(ctx, func(_ database.Tx, m search.Model) error {
		n = m.Published()
		return nil
	})
	return n, err
}

// Search returns what the list finds for words as they were typed: how many, and the first of them, at most n, in the
// reader's language. Words that say nothing find nothing.
func (s *Service) Search(ctx context.Context, typed string, n int) (ui.Found, error) {
	v := s.words()
	f := readFilter(url.Values{"q": {typed}}, v)
	if f.Q == "" {
		return ui.Found{}, nil
	}
	list, err := s.List(ctx, f, i18n.From(ctx))
	if err != nil {
		return ui.Found{}, err
	}
	list.Programmes = list.Programmes[:min(n, len(list.Programmes))]
	return ui.Found{Total: list.Total, Question: list.Question, Results: listView{List: list, words: v}.results(ctx)}, nil
}

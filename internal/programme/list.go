package programme

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/money"
	"portal/internal/problem"
	"portal/internal/search"
	"portal/web/ui"
)

// List is a page of the pipeline.
type List struct {
	Filter     Filter
	Programmes []Listed
	// Total is how many programmes the filter leaves, and Pages how many pages of PerPage they fill; 0 for none.
	Total, Pages int
	Sums         Sums
	Counts       search.Counts
	// Question is the words of the filter as they were understood.
	Question search.Question
	// Next is the public ID after which the list goes on beyond the numbered pages; "" when it does not.
	Next string
}

// Sums are amounts of several programmes together: what they ask of the fund, and what it has granted.
type Sums struct{ Budget, Funded money.Amount }

// Listed is a programme in a list.
type Listed struct {
	PublicID, Title, Purpose, Lang string
	Stage                          Stage
	StageOn                        date.Date
	Countries, Organizations       []string
	Areas                          []string
	Objectives                     []int
	Months                         int
	Budget                         money.Amount
	Funded                         *money.Amount
	EndorsedAt, ChangedAt          time.Time
}

const listedColumns = `p.public_id, p.title, p.purpose, p.lang, p.stage, p.stage_on, p.countries, p.organizations, p.areas, p.objectives, p.months, p.budget, p.funded, p.endorsed_at, p.changed_at`

// selection is what a filter leaves, and its question.
type selection struct {
	search.Selection
	question search.Question
}

// selected works out which programmes the filter leaves. Names of organizations that the pipeline does not know are ignored.
func selected(ctx context.Context, tx database.Tx, m search.Model, f *Filter) (selection, error) {
	s := selection{}
	if named := f.Chosen["organization"]; len(named) > 0 {
		sizes := m.Sizes("organization")
		known := slices.DeleteFunc(slices.Clone(named), func(name string) bool { return sizes[name] == 0 })
		if len(known) < len(named) {
			f.ignore("organization")
		}
		if f.Chosen["organization"] = known; len(known) == 0 {
			delete(f.Chosen, "organization")
		}
	}
	found := m.Everything()
	if f.Q != "" {
		var err error
		if s.question, err = m.Ask(ctx, tx, f.Q); err != nil {
			return s, fmt.Errorf("search: %w", err)
		}
		if found, err = m.Found(ctx, tx, s.question); err != nil {
			return s, fmt.Errorf("search: %w", err)
		}
		if found.Count() == 0 {
			if s.question, found, err = m.Most(ctx, tx, s.question); err != nil {
				return s, fmt.Errorf("search: %w", err)
			}
		}
	}
	s.Selection = m.Select(found, f.Chosen)
	return s, nil
}

// atOnce reads the index with all that belongs to it as it was at one moment.
func (s *Service) atOnce(ctx context.Context, do func(tx database.Tx, m search.Model) error) error {
	return pgx.BeginTxFunc(ctx, s.db.Pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx database.Tx) error {
		m, err := s.index.Model(ctx, tx, s.vocabulary())
		if err != nil {
			return fmt.Errorf("read the index: %w", err)
		}
		return do(tx, m)
	})
}

// List returns a page of the pipeline, with its counts and sums taken at the same moment. l decides on the alphabet. A page
// beyond the last is the last one; a key that is no programme's is ignored.
func (s *Service) List(ctx context.Context, f Filter, l i18n.Lang) (List, error) {
	list := List{Filter: f}
	err := s.atOnce(ctx, func(tx database.Tx, m search.Model) error {
		chosen, err := selected(ctx, tx, m, &list.Filter)
		if err != nil {
			return err
		}
		m.Count(&chosen.Selection, Facets...)
		list.Total, list.Counts, list.Question = chosen.Total, chosen.Counts, chosen.question
		list.Pages = (list.Total + PerPage - 1) / PerPage
		if list.Sums, err = sumsOf(ctx, tx, m, chosen); err != nil {
			return err
		}
		return part(ctx, tx, m, chosen, &list, l)
	})
	if err != nil {
		return list, fmt.Errorf("list programmes: %w", err)
	}
	return list, nil
}

// mostSum is what a sum is cut off at, so that it can be kept whatever was asked for: ninety thousand million million dollars.
const mostSum = 9_000_000_000_000_000_000

// sumsOf adds up the amounts of what a filter leaves.
func sumsOf(ctx context.Context, q database.Querier, m search.Model, s selection) (Sums, error) {
	condition, args := listed(m, s)
	args["most"] = int64(mostSum)
	return database.Row[Sums](ctx, q, `SELECT least(coalesce(sum(p.budget), 0), @most)::bigint AS budget, least(coalesce(sum(p.funded), 0), @most)::bigint AS funded
		FROM programmes p WHERE p.until IS NULL`+condition, args)
}

// listed is the condition of what a filter leaves: none when that is everything.
func listed(m search.Model, s selection) (condition string, args database.Args) {
	if s.Total == m.Published() {
		return "", database.Args{}
	}
	return " AND get_bit(@listed::bytea, p.ordinal) > 0", database.Args{"listed": s.Listed.Bytes()}
}

// part reads the programmes of the list's page.
func part(ctx context.Context, tx database.Tx, m search.Model, chosen selection, list *List, l i18n.Lang) error {
	f := &list.Filter
	var after *key
	if f.After != "" {
		switch k, err := findKey(ctx, tx, f.After); {
		case errors.Is(err, problem.NotFound):
			f.After = ""
			f.ignore("after")
		case err != nil:
			return err
		default:
			after = &k
		}
	}
	offset := 0
	if after == nil {
		f.Page = max(1, min(f.Page, list.Pages, ui.NumberedPages))
		offset = (f.Page - 1) * PerPage
	} else {
		f.Page = 0
	}
	ids, err := idsOf(ctx, tx, m, chosen, f.Sort, l, after, offset, PerPage+1)
	if err != nil {
		return err
	}
	list.Programmes, err = database.Rows[Listed](ctx, tx, `SELECT `+listedColumns+` FROM programmes p JOIN unnest($1::bigint[]) WITH ORDINALITY AS o (id, at) ON o.id = p.id ORDER BY o.at`, ids[:min(len(ids), PerPage)])
	if err == nil && len(ids) > PerPage && (after != nil || f.Page == ui.NumberedPages) {
		list.Next = list.Programmes[PerPage-1].PublicID
	}
	return err
}

// key is where a programme stands in the orders of the list.
type key struct {
	ID                    int64
	EndorsedAt, ChangedAt time.Time
	Budget                money.Amount
	TitleStart            string
}

func findKey(ctx context.Context, q database.Querier, publicID string) (key, error) {
	return database.Row[key](ctx, q, `SELECT id, endorsed_at, changed_at, budget, title_start FROM programmes WHERE public_id = $1 AND until IS NULL`, publicID)
}

// after is where the programme stands that the filter goes on behind; nil for none, and for one that is not in the pipeline.
func (s *Service) after(ctx context.Context, f Filter) (*key, error) {
	if f.After == "" {
		return nil, nil
	}
	k, err := findKey(ctx, s.db.Read(), f.After)
	if errors.Is(err, problem.NotFound) {
		return nil, nil
	}
	return &k, err
}

// rankedMost is how many matches are put in the order of relevance: of more, those that lead (search.Model.Leading); the
// others follow by time.
const rankedMost = 100

// idsOf returns the numbers of a part of the list in its order: behind the key if there is one, else from the offset.
func idsOf(ctx context.Context, tx database.Tx, m search.Model, s selection, o Order, l i18n.Lang, after *key, offset, limit int) ([]int64, error) {
	if o == Relevance && s.question.Expression() != "" {
		return relevant(ctx, tx, m, s, after, offset, limit)
	}
	return ordered(ctx, tx, m, s, o, l, after, offset, limit)
}

// ordered is idsOf by another order than relevance: the index of the order is walked past those that the filter leaves out.
func ordered(ctx context.Context, q database.Querier, m search.Model, s selection, o Order, l i18n.Lang, after *key, offset, limit int) ([]int64, error) {
	if s.Total == 0 || offset >= s.Total || limit <= 0 {
		return []int64{}, nil
	}
	condition, args := listed(m, s)
	args["limit"], args["offset"] = limit, offset
	order, behind, from := "p.endorsed_at DESC, p.id DESC", "(p.endorsed_at, p.id) < (@from, @id)", func(k key) any { return k.EndorsedAt }
	switch o {
	case Changed:
		order, behind, from = "p.changed_at DESC, p.id DESC", "(p.changed_at, p.id) < (@from, @id)", func(k key) any { return k.ChangedAt }
	case Largest:
		order, behind, from = "p.budget DESC, p.id DESC", "(p.budget, p.id) < (@from, @id)", func(k key) any { return k.Budget }
	case ByTitle:
		title := `p.title_start COLLATE "` + string(l.OrEnglish()) + `-x-icu"`
		order, behind, from = title+", p.id", "("+title+", p.id) > (@from, @id)", func(k key) any { return k.TitleStart }
	}
	if after != nil {
		condition += " AND " + behind
		args["id"], args["from"] = after.ID, from(*after)
	}
	return database.Values[int64](ctx, q, `SELECT p.id FROM programmes p WHERE p.until IS NULL`+condition+` ORDER BY `+order+` LIMIT @limit OFFSET @offset`, args)
}

// relevant is idsOf for the order of relevance: those that lead by rank, then the others by time.
func relevant(ctx context.Context, tx database.Tx, m search.Model, s selection, after *key, offset, limit int) ([]int64, error) {
	leading, err := m.Leading(ctx, tx, s.question, s.Listed, rankedMost)
	if err != nil {
		return nil, err
	}
	ranked, err := database.Values[int64](ctx, tx, `SELECT p.id FROM programmes p WHERE p.until IS NULL AND p.ordinal = ANY(@leading)
		ORDER BY ts_rank('{0.05, 0.2, 0.5, 1}', p.words, to_tsquery('simple', @q), 1) DESC, p.id DESC`, database.Args{"leading": leading.Ordinals(), "q": s.question.Expression()})
	if err != nil {
		return nil, err
	}
	page, at := []int64{}, -1
	if after != nil {
		at = slices.Index(ranked, after.ID)
	}
	if after == nil || at >= 0 {
		offset += at + 1
		page = ranked[min(offset, len(ranked)):min(offset+limit, len(ranked))]
		after = nil
	}
	others := s
	others.Listed = slices.Clone(s.Listed)
	others.Listed.Without(leading)
	others.Total -= len(ranked)
	rest, err := ordered(ctx, tx, m, others, Newest, i18n.English, after, max(0, offset-len(ranked)), limit-len(page))
	return slices.Concat(page, rest), err
}

// batch is how many programmes a file reads at a time.
const batch = 200

// Walk gives all programmes that the filter leaves to do, in its order, of relevance the newest first. It reads them in parts
// by key, so that a slow reader holds nothing in the database. An error of do ends it.
func (s *Service) Walk(ctx context.Context, f Filter, l i18n.Lang, do func(Programme) error) error {
	if f.Sort == Relevance {
		f.Sort = Newest
	}
	var after *key
	for {
		found, err := s.records(ctx, &f, l, after, batch)
		if err != nil {
			return fmt.Errorf("walk through programmes: %w", err)
		}
		for _, p := range found.Programmes {
			if err := do(p); err != nil {
				return err
			}
		}
		if len(found.Programmes) < batch {
			return nil
		}
		last := found.Programmes[batch-1]
		after = &key{ID: last.ID, EndorsedAt: last.EndorsedAt, ChangedAt: last.ChangedAt, Budget: last.Facts.Budget, TitleStart: titleStart(last.Facts.Title)}
	}
}

// titleStart is the part of a title that the order by title looks at: the column title_start.
func titleStart(title string) string {
	if r := []rune(title); len(r) > 200 {
		return string(r[:200])
	}
	return title
}

// Whole are programmes with all that is known of them; Total is how many the filter leaves, and Counts by what.
type Whole struct {
	Programmes []Programme
	Total      int
	Counts     search.Counts
}

// records are the first programmes of the filter, or those behind the key.
func (s *Service) records(ctx context.Context, f *Filter, l i18n.Lang, after *key, limit int) (all Whole, err error) {
	err = s.atOnce(ctx, func(tx database.Tx, m search.Model) error {
		chosen, err := selected(ctx, tx, m, f)
		if err != nil {
			return err
		}
		m.Count(&chosen.Selection, Facets...)
		all.Total, all.Counts = chosen.Total, chosen.Counts
		ids, err := idsOf(ctx, tx, m, chosen, f.Sort, l, after, 0, limit)
		if err != nil {
			return err
		}
		all.Programmes, err = database.Rows[Programme](ctx, tx, `SELECT `+columns+` FROM programmes p JOIN unnest($1::bigint[]) WITH ORDINALITY AS o (id, at) ON o.id = p.id ORDER BY o.at`, ids)
		return err
	})
	return all, err
}

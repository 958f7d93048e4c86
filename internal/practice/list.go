package practice

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"portal/internal/database"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/internal/search"
	"portal/web/ui"
)

// List is a page of the repository.
type List struct {
	Filter    Filter
	Practices []Listed
	// Total is how many practices the filter leaves, and Pages how many pages of PerPage they fill; 0 for none.
	Total, Pages int
	Counts       search.Counts
	// Question is the words of the filter as they were understood.
	Question search.Question
	// Missed says in which way the words missed what is published, whatever the facets; "" when they did not.
	Missed search.Miss
	// Calls are those of the filter and of the counts, by number; Open those that take practices now.
	Calls map[CallID]Call
	Open  []Call
	// Next is the public ID after which the list goes on beyond the numbered pages; "" when it does not.
	Next string
}

// newIndex is the index of the published practices.
func newIndex() *search.Index {
	return &search.Index{Name: "practice", Table: "practices", ID: WholeID}
}

// selection is what a filter leaves, and its question.
type selection struct {
	search.Selection
	question search.Question
	missed   search.Miss
}

// selected works out which practices the filter leaves.
func selected(ctx context.Context, tx database.Tx, m search.Model, f Filter) (selection, error) {
	s := selection{}
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
	s.missed = s.question.Missed(found.Count())
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

// List returns a page of the published practices, with its counts taken at the same moment. l decides on the alphabet and on
// the language of the texts. A page beyond the last is the last one; a key that is no practice's is ignored.
func (s *Service) List(ctx context.Context, f Filter, l i18n.Lang) (List, error) {
	list := List{Filter: f}
	err := s.atOnce(ctx, func(tx database.Tx, m search.Model) error {
		if err := settleCalls(ctx, tx, &list.Filter); err != nil {
			return err
		}
		chosen, err := selected(ctx, tx, m, list.Filter)
		if err != nil {
			return err
		}
		m.Count(&chosen.Selection, Facets...)
		if list.Calls, err = callsOf(ctx, tx, append(numbersOf(list.Filter.Chosen["call"]), numbersOf(slices.Collect(maps.Keys(chosen.Counts["call"])))...)); err != nil {
			return err
		}
		if list.Open, err = openCalls(ctx, tx, s.now()); err != nil {
			return err
		}
		list.Total, list.Counts, list.Question, list.Missed = chosen.Total, chosen.Counts, chosen.question, chosen.missed
		list.Pages = (list.Total + PerPage - 1) / PerPage
		return s.part(ctx, tx, m, chosen, &list, l)
	})
	if err != nil {
		return list, fmt.Errorf("list practices: %w", err)
	}
	return list, nil
}

// part reads the practices of the list's page.
func (s *Service) part(ctx context.Context, tx database.Tx, m search.Model, chosen selection, list *List, l i18n.Lang) error {
	f := &list.Filter
	var after *key
	if f.After != "" {
		switch k, err := findKey(ctx, tx, f.After); {
		case errors.Is(err, problem.NotFound):
			f.After, f.Ignored = "", append(f.Ignored, "after")
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
	more := len(ids) > PerPage
	if list.Practices, err = byIDs(ctx, tx, s.vocabulary(), string(l), ids[:min(len(ids), PerPage)]); err != nil {
		return err
	}
	if more && (after != nil || f.Page == ui.NumberedPages) {
		list.Next = list.Practices[len(list.Practices)-1].PublicID
	}
	return nil
}

// key is where a practice stands in the orders of the list.
type key struct {
	ID               int64
	FirstPublishedAt time.Time
	ConfirmedAt      time.Time
	Reuses           int
	TitleStart       string
}

func findKey(ctx context.Context, q database.Querier, publicID string) (key, error) {
	return database.Row[key](ctx, q, `SELECT id, first_published_at, confirmed_at, reuses, title_start FROM practices WHERE public_id = $1 AND until IS NULL`, publicID)
}

// What a row costs, roughly and relative to each other: one that is passed by while an index is walked, and one that is
// fetched to be sorted.
const walkedCost, sortedCost = 1, 3

// rankedMost is how many matches are put in the order of relevance: of more, those that lead (search.Model.Leading); the
// others follow by time. To rank a match all its words have to be looked at.
const rankedMost = 100

// idsOf returns the numbers of a part of the list in its order: behind the key if there is one, else from the offset.
func idsOf(ctx context.Context, tx database.Tx, m search.Model, s selection, o Order, l i18n.Lang, after *key, offset, limit int) ([]int64, error) {
	if o == Relevance && s.question.Expression() != "" {
		return relevant(ctx, tx, m, s, after, offset, limit)
	}
	return ordered(ctx, tx, m, s, o, l, after, offset, limit)
}

// ordered is idsOf by another order than relevance. The index of the order is walked past those that the filter leaves out; where it leaves
// so few that this would take longer, they are sorted.
func ordered(ctx context.Context, q database.Querier, m search.Model, s selection, o Order, l i18n.Lang, after *key, offset, limit int) ([]int64, error) {
	if s.Total == 0 || offset >= s.Total || limit <= 0 {
		return nil, nil
	}
	condition, args := "", database.Args{"limit": limit, "offset": offset}
	every := m.Published()
	switch walked := float64(offset+limit) * float64(every) / float64(s.Total) * walkedCost; {
	case s.Total == every:
	case float64(s.Total)*sortedCost < walked:
		condition, args["listed"] = " AND p.ordinal = ANY(@listed)", s.Listed.Ordinals()
	default:
		condition, args["listed"] = " AND get_bit(@listed::bytea, p.ordinal) > 0", s.Listed.Bytes()
	}
	order, behind := "p.first_published_at DESC, p.id DESC", "(p.first_published_at, p.id) < (@at, @id)"
	switch o {
	case Confirmed:
		order, behind = "p.confirmed_at DESC, p.id DESC", "(p.confirmed_at, p.id) < (@at, @id)"
	case Reused:
		order, behind = "p.reuses DESC, p.first_published_at DESC, p.id DESC", "(p.reuses, p.first_published_at, p.id) < (@reuses, @at, @id)"
	case ByTitle:
		title := `p.title_start COLLATE "` + string(l.OrEnglish()) + `-x-icu"`
		order, behind = title+", p.id", "("+title+", p.id) > (@start, @id)"
	}
	if after != nil {
		condition += " AND " + behind
		args["id"] = after.ID
		switch o {
		case ByTitle:
			args["start"] = after.TitleStart
		case Confirmed:
			args["at"] = after.ConfirmedAt
		case Reused:
			args["reuses"], args["at"] = after.Reuses, after.FirstPublishedAt
		default:
			args["at"] = after.FirstPublishedAt
		}
	}
	return database.Values[int64](ctx, q, `SELECT p.id FROM practices p WHERE p.until IS NULL`+condition+` ORDER BY `+order+` LIMIT @limit OFFSET @offset`, args)
}

// relevant is idsOf for the order of relevance: those that lead by rank, then the others by time.
func relevant(ctx context.Context, tx database.Tx, m search.Model, s selection, after *key, offset, limit int) ([]int64, error) {
	leading, err := m.Leading(ctx, tx, s.question, s.Listed, rankedMost)
	if err != nil {
		return nil, err
	}
	ranked, err := database.Values[int64](ctx, tx, `SELECT p.id FROM practices p WHERE p.until IS NULL AND p.ordinal = ANY(@leading)
		ORDER BY ts_rank('{0.05, 0.2, 0.5, 1}', p.words, to_tsquery('simple', @q), 1) DESC, p.id DESC`, database.Args{"leading": leading.Ordinals(), "q": s.question.Expression()})
	if err != nil {
		return nil, err
	}
	var page []int64
	at := -1
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

// byIDs returns the published practices of the numbers, in that order.
func byIDs(ctx context.Context, q database.Querier, v *gcm.Vocabulary, lang string, ids []int64) ([]Listed, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return listedBy(ctx, q, v, lang, `SELECT `+listedColumns+` FROM practices p JOIN unnest(@ids::bigint[]) WITH ORDINALITY AS o (id, at) ON o.id = p.id AND p.until IS NULL ORDER BY o.at`,
		database.Args{"ids": ids, "lang": lang})
}

// texts are the words by which a practice is found, in the order of their weight: titles; summaries, who and where, in all
// languages; the whole text and what its objectives are called in all languages.
func (s *Service) texts(p Practice) [3]string {
	v := s.vocabulary()
	titles, who := []string{}, []string{p.Implementer, p.ImplementerOther, p.Office, p.Place}
	text := []string{}
	plain := func(parts ...string) {
		for _, part := range parts {
			text = append(text, ui.PlainText(part))
		}
	}
	for _, lang := range p.Langs() {
		in := p.In(lang)
		titles, who = append(titles, in.Title), append(who, in.Summary)
		plain(in.Description)
	}
	for _, o := range p.Partners {
		who, text = append(who, o.Name), append(text, o.Part)
	}
	for _, code := range p.Countries {
		if c, ok := v.Country(code); ok {
			for _, l := range i18n.All {
				who = append(who, c.Name(l))
			}
		}
	}
	for _, n := range slices.Concat(p.Objectives, p.Related) {
		if o, ok := v.Objective(n); ok {
			for _, l := range i18n.All {
				text = append(text, o.Name(l))
			}
		}
	}
	for _, b := range p.Blocks {
		who = append(who, b.Title)
		plain(b.Text, b.Conditions)
	}
	for _, f := range p.Figures {
		text = append(text, f.What)
	}
	for _, i := range p.Images {
		text = append(text, i.Alt, i.Caption)
	}
	plain(p.Beneficiaries, p.Participation, p.Results, p.Evidence, p.Lessons, p.Conditions, p.Costs, p.People, p.Time, p.Innovation, p.Sustainability)
	return [3]string{folded(titles, 40_000), folded(who, 60_000), folded(text, 150_000)}
}

// folded are the words of the texts, at most so many bytes of them: PostgreSQL takes no more than 1 MB of words a row, and no
// honest practice comes near these limits.
func folded(texts []string, most int) string {
	all := search.Fold(strings.Join(texts, "\n"))
	if len(all) <= most {
		return all
	}
	return all[:max(0, strings.LastIndexByte(all[:most+1], ' '))]
}

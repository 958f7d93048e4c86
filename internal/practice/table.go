package practice

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/search"
	"portal/web"
	"portal/web/ui"
)

// exportTime is how long a file of the whole repository may take to leave.
const exportTime = 5 * time.Minute

// batch is how many practices a file reads at a time.
const batch = 200

// Walk gives all practices that the filter leaves to do, in its order, of relevance the newest first. It reads them in parts by key, so that
// a slow reader holds nothing in the database. An error of do ends it.
func (s *Service) Walk(ctx context.Context, f Filter, l i18n.Lang, do func(Record) error) error {
	if f.Sort == Relevance {
		f.Sort = Newest
	}
	if err := settleCalls(ctx, s.db.Read(), &f); err != nil {
		return fmt.Errorf("walk through practices: %w", err)
	}
	var after *key
	for {
		var found []Record
		err := s.atOnce(ctx, func(tx database.Tx, m search.Model) error {
			chosen, err := selected(ctx, tx, m, f)
			if err != nil {
				return err
			}
			ids, err := ordered(ctx, tx, m, chosen, f.Sort, l, after, 0, batch)
			if err != nil {
				return err
			}
			found, err = records(ctx, tx, s.vocabulary(), `SELECT `+columns+` FROM practices p JOIN unnest($1::bigint[]) WITH ORDINALITY AS o (id, at) ON o.id = p.id AND p.until IS NULL
				ORDER BY o.at`, ids)
			if err == nil {
				err = s.nameCalls(ctx, tx, found)
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("walk through practices: %w", err)
		}
		for _, r := range found {
			if err := do(r); err != nil {
				return err
			}
		}
		if len(found) < batch {
			return nil
		}
		last := found[len(found)-1]
		after = &key{ID: int64(last.ID), FirstPublishedAt: last.FirstPublishedAt, ConfirmedAt: last.ConfirmedAt, Reuses: last.Reuses, TitleStart: titleStart(last.Practice.Title)}
	}
}

// titleStart is the part of a title that the order by title looks at: the column title_start.
func titleStart(title string) string {
	if r := []rune(title); len(r) > 200 {
		return string(r[:200])
	}
	return title
}

// table is the list as a file.
func (h handlers) table(r *http.Request) web.Table {
	ctx, v := r.Context(), h.practices.vocabulary()
	f := ReadFilter(r.URL.Query(), v)
	return web.Table{
		Name: "practices", Title: i18n.T(ctx, "practice.list.title"), List: ui.Absolute(ctx, ui.WithQuery(ListPath, f.Values())), Day: date.Today(h.practices.now(), i18n.Geneva),
		Columns: web.Columns(ctx, "practice.list.column.", "id", "title", "language", "languages", "summary", "type", "completion", "started", "ended", "scope", "countries", "regions",
			"implementer", "organization", "objectives", "related", "principles", "sdgs", "blocks", "call", "licence", "published", "confirmed", "reuses", "address"),
		Rows: func(do func([]any) error) error {
			return h.practices.Walk(ctx, f, i18n.From(ctx), func(r Record) error {
				p := r.Practice
				named := func(facet string, values []string) string {
					var all []string
					for _, value := range values {
						all = append(all, label(ctx, v, facet, value))
					}
					return strings.Join(all, "; ")
				}
				return do([]any{
					r.PublicID, p.Title, p.Lang, strings.Join(p.Langs(), "; "), ui.PlainText(p.Summary), label(ctx, v, "type", string(p.Type)), label(ctx, v, "completion", string(p.Completion)),
					p.Started, p.Ended, label(ctx, v, "scope", string(p.Scope)), named("country", p.Countries), named("region", p.Regions), p.Implementer,
					label(ctx, v, "organization", p.ImplementerType), numbers(p.Objectives), numbers(p.Related), numbers(p.Principles), numbers(p.SDGs), len(p.Blocks), r.Call.In(string(i18n.From(ctx))).Title, p.Licence.URL(),
					r.FirstPublishedAt, date.Today(r.ConfirmedAt, i18n.Geneva), r.Reuses, ui.Absolute(ctx, Path(r.PublicID)),
				})
			})
		},
	}
}

// numbers are written with semicolons, so that no program takes two for one.
func numbers(all []int) string {
	var texts []string
	for _, n := range all {
		texts = append(texts, fmt.Sprint(n))
	}
	return strings.Join(texts, "; ")
}

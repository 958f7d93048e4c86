package newsletter

import (
	"context"
	"fmt"
	"slices"

	"portal/internal/database"
	"portal/internal/i18n"
)

type textRow struct {
	ID    int64
	Lang  i18n.Lang
	Title string
	Text  string
}

// findIssue reads an issue with all that is in it; condition is about newsletter_issues.
func findIssue(ctx context.Context, q database.Querier, condition string, args ...any) (Issue, error) {
	i, err := database.Row[Issue](ctx, q, `SELECT `+issueColumns+` FROM newsletter_issues WHERE `+condition, args...)
	if err != nil {
		return i, fmt.Errorf("read an issue: %w", err)
	}
	texts, err := database.Rows[textRow](ctx, q, `SELECT issue_id AS id, lang, title, intro AS text FROM newsletter_issue_texts WHERE issue_id = $1`, i.ID)
	if err != nil {
		return i, fmt.Errorf("read an issue: %w", err)
	}
	i.Texts = Texts{}
	for _, t := range texts {
		i.Texts[t.Lang] = Text{t.Title, t.Text}
	}
	if i.Items, err = database.Rows[Item](ctx, q, `SELECT id, issue_id, section, link, source, credit, themes, regions, sectors, version FROM newsletter_items WHERE issue_id = $1 ORDER BY position, id`, i.ID); err != nil {
		return i, fmt.Errorf("read an issue: %w", err)
	}
	slices.SortStableFunc(i.Items, func(a, b Item) int { return slices.Index(Sections, a.Section) - slices.Index(Sections, b.Section) })
	texts, err = database.Rows[textRow](ctx, q, `SELECT t.item_id AS id, t.lang, t.title, t.text FROM newsletter_item_texts t JOIN newsletter_items n ON n.id = t.item_id WHERE n.issue_id = $1`, i.ID)
	if err != nil {
		return i, fmt.Errorf("read an issue: %w", err)
	}
	place := map[int64]int{}
	for n := range i.Items {
		i.Items[n].Texts = Texts{}
		place[i.Items[n].ID] = n
	}
	for _, t := range texts {
		i.Items[place[t.ID]].Texts[t.Lang] = Text{t.Title, t.Text}
	}
	return i, nil
}

// authors reads who has written in the issue. Public pages do not ask.
func authors(ctx context.Context, q database.Querier, issue int64) ([]int64, error) {
	return database.Values[int64](ctx, q, `SELECT user_id FROM newsletter_issue_authors WHERE issue_id = $1`, issue)
}

func putIssueTexts(ctx context.Context, tx database.Tx, issue int64, texts Texts) error {
	if _, err := tx.Exec(ctx, `DELETE FROM newsletter_issue_texts WHERE issue_id = $1`, issue); err != nil {
		return err
	}
	langs, titles, bodies := columnsOf(texts)
	_, err := tx.Exec(ctx, `INSERT INTO newsletter_issue_texts (issue_id, lang, title, intro) SELECT $1, t.lang, t.title, t.text FROM unnest($2::text[], $3::text[], $4::text[]) AS t (lang, title, text)`, issue, langs, titles, bodies)
	return err
}

func putItemTexts(ctx context.Context, tx database.Tx, item int64, texts Texts) error {
	if _, err := tx.Exec(ctx, `DELETE FROM newsletter_item_texts WHERE item_id = $1`, item); err != nil {
		return err
	}
	langs, titles, bodies := columnsOf(texts)
	_, err := tx.Exec(ctx, `INSERT INTO newsletter_item_texts (item_id, lang, title, text) SELECT $1, t.lang, t.title, t.text FROM unnest($2::text[], $3::text[], $4::text[]) AS t (lang, title, text)`, item, langs, titles, bodies)
	return err
}

func columnsOf(texts Texts) (langs, titles, bodies []string) {
	for _, l := range i18n.All {
		if t, ok := texts[l]; ok {
			langs, titles, bodies = append(langs, string(l)), append(titles, t.Title), append(bodies, t.Text)
		}
	}
	return langs, titles, bodies
}

// addItem writes a new item at the end of its section.
func addItem(ctx context.Context, tx database.Tx, i Item) (int64, error) {
	id, err := database.Value[int64](ctx, tx, `INSERT INTO newsletter_items (issue_id, section, position, link, source, credit, themes, regions, sectors)
		VALUES (@issue, @section, (SELECT coalesce(max(position), 0) + 1 FROM newsletter_items WHERE issue_id = @issue), @link, @source, @credit, @themes, @regions, @sectors) RETURNING id`,
		database.Args{"issue": i.IssueID, "section": i.Section, "link": i.Link, "source": i.Source, "credit": i.Credit, "themes": append([]int{}, i.Themes...), "regions": append([]string{}, i.Regions...), "sectors": append([]string{}, i.Sectors...)})
	if err != nil {
		return 0, err
	}
	return id, putItemTexts(ctx, tx, id, i.Texts)
}

// meets is the SQL of Item.For, for a reader b and an item of the columns.
const meets = `(n.themes = '{}' OR b.themes = '{}' OR n.themes && b.themes) AND (n.regions = '{}' OR b.regions = '{}' OR n.regions && b.regions) AND (n.sectors = '{}' OR b.sector = '' OR b.sector = ANY (n.sectors))`

// reached are the readers b whom an issue with the month's quarter goes to: confirmed, and some item is for them.
const reached = `b.state = 'confirmed' AND (@quarterly OR b.frequency = 'monthly') AND EXISTS (SELECT FROM newsletter_items n WHERE n.issue_id = @issue AND ` + meets + `)`

// Audience is how many readers an issue goes to.
type Audience struct {
	Total int
	// Langs counts by the readers' language, Items by item, its segment applied.
	Langs map[i18n.Lang]int
	Items map[int64]int
}

// countAudience counts over groups of readers who have chosen the same: there are few of them, however many the readers are.
func countAudience(ctx context.Context, q database.Querier, i Issue) (Audience, error) {
	type group struct {
		Lang    i18n.Lang
		Themes  []int
		Regions []string
		Sector  string
		N       int
	}
	a := Audience{Langs: map[i18n.Lang]int{}, Items: map[int64]int{}}
	groups, err := database.Rows[group](ctx, q, `SELECT lang, themes, regions, sector, count(*) AS n FROM newsletter_subscribers
		WHERE state = 'confirmed' AND ($1 OR frequency = 'monthly') GROUP BY lang, themes, regions, sector`, i.Quarterly())
	if err != nil {
		return a, fmt.Errorf("count the readers of an issue: %w", err)
	}
	for _, g := range groups {
		items := i.For(Choices{Lang: g.Lang, Themes: g.Themes, Regions: g.Regions, Sector: g.Sector})
		for _, item := range items {
			a.Items[item.ID] += g.N
		}
		if len(items) > 0 {
			a.Total += g.N
			a.Langs[g.Lang] += g.N
		}
	}
	return a, nil
}

package pledge

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"portal/internal/alike"
	"portal/internal/database"
	"portal/internal/gcm"
	"portal/internal/workflow"
	"portal/web/ui"
)

// sketches are the pledge in each of its languages.
func sketches(p Pledge) []alike.Sketch {
	var all []alike.Sketch
	for _, lang := range p.Langs() {
		v := p.In(lang)
		if lang != p.Lang && v.Description == "" {
			continue
		}
		all = append(all, alike.New(lang, v.Title, ui.PlainText(v.Description), p.Objectives))
	}
	return all
}

// Similar is a published pledge that looks like another one.
type Similar struct {
	Record
	alike.Likeness
}

const (
	// similarShown is how many similar pledges are shown.
	similarShown = 5
	// comparedWords and comparedNewest bound how many published pledges are compared: those that share words, and the newest
	// of the same objectives, which may say the same in another language.
	comparedWords, comparedNewest = 150, 100
)

// similar returns the published pledges of the same country that look like the pledge of a submission, the most alike first:
// of the entity's country, or carried out in one of the same countries.
func (s *Service) similar(ctx context.Context, q database.Querier, id workflow.ID, p Pledge) ([]Similar, error) {
	countries := once(append(slices.Clone(p.Countries), notBlank(p.Country)...))
	if p.Title == "" || len(countries) == 0 {
		return nil, nil
	}
	found, err := compared(ctx, q, s.vocabulary(), id, p, countries)
	if err != nil {
		return nil, fmt.Errorf("find similar pledges: %w", err)
	}
	mine := sketches(p)
	theirs := make([][]alike.Sketch, len(found))
	all := slices.Clone(mine)
	for i, r := range found {
		theirs[i] = sketches(r.Pledge)
		all = append(all, theirs[i]...)
	}
	rare := alike.NewRarity(all)
	var similar []Similar
	for i, r := range found {
		if l := rare.Compare(mine, theirs[i]); l.Score >= alike.From {
			similar = append(similar, Similar{r, l})
		}
	}
	slices.SortFunc(similar, func(a, b Similar) int { return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID)) })
	return similar[:min(len(similar), similarShown)], nil
}

// compared are the published pledges to compare, at most comparedWords and comparedNewest for each way of being of the
// country. Each part goes by an index and ends at its limit.
func compared(ctx context.Context, q database.Querier, v *gcm.Vocabulary, id workflow.ID, p Pledge, countries []string) ([]Record, error) {
	sql, args := comparedSQL(id, p, countries)
	return records(ctx, q, v, sql, args)
}

func comparedSQL(id workflow.ID, p Pledge, countries []string) (string, database.Args) {
	args := database.Args{"id": id, "countries": countries, "objectives": notNil(p.Objectives), "words": anyWord(p), "most": comparedWords, "newest": comparedNewest}
	in, of := `p.countries && @countries::text[]`, `p.country = ANY(@countries::text[])`
	part := func(where, limit string) string {
		return `(SELECT p.id FROM pledges p WHERE p.until IS NULL AND ` + where + ` LIMIT @` + limit + `)`
	}
	return `WITH near AS MATERIALIZED (` + strings.Join([]string{
		part(in+` AND p.words @@ to_tsquery('simple', @words)`, "most"),
		part(of+` AND p.words @@ to_tsquery('simple', @words)`, "most"),
		`(SELECT p.id FROM pledges p WHERE p.until IS NULL AND ` + of + ` AND p.objectives && @objectives::int[] ORDER BY p.first_published_at DESC LIMIT @newest)`,
		part(in+` AND p.objectives && @objectives::int[]`, "newest"),
	}, " UNION ") + `) SELECT ` + columns + ` FROM near JOIN pledges p ON p.id = near.id AND p.until IS NULL` + joinStanding + ` WHERE p.id <> @id ORDER BY p.id`, args
}

// anyWord asks for pledges that have words of the name, in any of the pledge's languages.
func anyWord(p Pledge) string {
	titles := map[string]string{}
	for _, lang := range p.Langs() {
		titles[lang] = p.In(lang).Title
	}
	return alike.AnyWord(titles)
}

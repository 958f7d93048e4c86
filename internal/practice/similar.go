package practice

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"portal/internal/alike"
	"portal/internal/database"
	"portal/internal/workflow"
	"portal/web/ui"
)

// Similar is a published practice that looks like another one.
type Similar struct {
	Record
	alike.Likeness
}

const (
	// similarShown is how many similar practices are shown.
	similarShown = 5
	// comparedWords and comparedNewest bound how many published practices are compared: those that share words, and the newest
	// of the same objectives, which may say the same in another language.
	comparedWords, comparedNewest = 150, 100
)

// sketches are the practice in each of its languages.
func sketches(p Practice) []alike.Sketch {
	var all []alike.Sketch
	for _, lang := range p.Langs() {
		v := p.In(lang)
		all = append(all, alike.New(lang, v.Title, ui.PlainText(v.Summary), p.Objectives))
	}
	return all
}

// similar returns the published practices that look like the practice of a submission, the most alike first.
func (s *Service) similar(ctx context.Context, q database.Querier, id workflow.ID, p Practice) ([]Similar, error) {
	if p.Title == "" {
		return nil, nil
	}
	titles := map[string]string{}
	for _, lang := range p.Langs() {
		titles[lang] = p.In(lang).Title
	}
	found, err := records(ctx, q, s.vocabulary(), `WITH near AS MATERIALIZED (
			(SELECT p.id FROM practices p WHERE p.until IS NULL AND p.words @@ to_tsquery('simple', @words)
				AND ts_filter(p.words, '{a,b}') @@ to_tsquery('simple', @words) LIMIT @most)
			UNION
			(SELECT p.id FROM practices p WHERE p.until IS NULL AND p.objectives && @objectives::int[] ORDER BY p.first_published_at DESC, p.id DESC LIMIT @newest))
		SELECT `+columns+` FROM near JOIN practices p ON p.id = near.id AND p.until IS NULL WHERE p.id <> @id ORDER BY p.id`,
		database.Args{"id": id, "words": alike.AnyWord(titles), "objectives": notNil(p.Objectives), "most": comparedWords, "newest": comparedNewest})
	if err != nil {
		return nil, fmt.Errorf("find similar practices: %w", err)
	}
	mine := sketches(p)
	theirs := make([][]alike.Sketch, len(found))
	all := slices.Clone(mine)
	for i, r := range found {
		theirs[i] = sketches(r.Practice)
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

package pledge

import (
	"context"
	"slices"
	"time"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
)

// Listed is what a list shows of a published pledge, in the reader's language where there is such a version.
type Listed struct {
	ID               int64
	PublicID         string
	FirstPublishedAt time.Time
	Entity           string
	Global           bool
	Countries        []string // of implementation
	Objectives       []int    // main ones
	// Langs are the languages in which it can be read, Lang that of Title and Start.
	Langs       []string
	Lang, Title string
	// Start is the beginning of the description, of some thousand characters at most.
	Start string
	// Needed and Offered are the beginnings of what it needs and offers, in the language it was written in.
	Needed, Offered string
	WrittenIn       string
	Standing
	// Content are the answers, only where the text is not the one that the pledge was written in.
	Content form.Answers
}

// listed returns the pledges of the numbers that are public at the moment, in that order. Most answers stay in the database.
func listed(ctx context.Context, q database.Querier, v *gcm.Vocabulary, at moment, l i18n.Lang, ids []int64) ([]Listed, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := database.Rows[Listed](ctx, q, `SELECT p.id, p.public_id, p.first_published_at, p.entity, p.global, p.countries, p.objectives, p.langs, p.lang, p.title,
			coalesce(left(p.content -> 'description' ->> 0, 1000), '') AS start,
			coalesce(left(p.content -> 'support_needed' ->> 0, 1000), '') AS needed, coalesce(left(p.content -> 'support_offered' ->> 0, 1000), '') AS offered, p.lang AS written_in, CASE WHEN p.lang <> @lang AND @lang = ANY(p.langs) THEN p.content END AS content, `+standingColumns+`
		FROM pledges p`+at.standing()+` WHERE `+at.public()+` AND p.id = ANY(@ids)`, at.with(database.Args{"ids": ids, "lang": string(l)}))
	if err != nil {
		return nil, err
	}
	for i := range rows {
		if r := &rows[i]; r.Content != nil {
			text := Read(r.Content, Filer{}, v).In(string(l))
			r.Lang, r.Title, r.Start = text.Lang, text.Title, text.Description
		}
	}
	inOrder(rows, ids, func(r Listed) int64 { return r.ID })
	return rows, nil
}

// inOrder sorts rows in the order of their numbers.
func inOrder[T any](rows []T, ids []int64, id func(T) int64) {
	place := make(map[int64]int, len(ids))
	for i, id := range ids {
		place[id] = i
	}
	slices.SortFunc(rows, func(a, b T) int { return place[id(a)] - place[id(b)] })
}

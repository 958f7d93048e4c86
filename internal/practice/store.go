package practice

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/problem"
	"portal/internal/search"
	"portal/internal/workflow"
)

// Record is one published revision of a practice.
type Record struct {
	ID       workflow.ID // of the submission
	Revision int
	PublicID string
	// FirstPublishedAt is when the practice came before the public, PublishedAt when this revision did, and Until when the
	// next one took its place or the practice was taken down; nil for what the public sees now.
	FirstPublishedAt, PublishedAt time.Time
	Until                         *time.Time
	// ConfirmedAt is when its office last vouched for it: by this revision, or by an answer since.
	ConfirmedAt time.Time
	// Retired is why its office has taken it down, in the language RetiredLang; "" for none.
	Retired, RetiredLang string
	// Reuses is how often it was reused, as confirmed.
	Reuses int
	// OfficeName is the submitting office's on that day.
	OfficeName string
	// Content are the public answers.
	Content form.Answers
	// Practice is Content as typed values.
	Practice Practice `db:"-"`
	// CallID is the call that it has answered; 0 for none.
	CallID CallID
	// Call is that one where its page or a file shows it; the zero Call for none, and for one that was withdrawn.
	Call Call `db:"-"`
}

// columns of Record; p is practices.
const columns = `p.id, p.revision, p.public_id, p.first_published_at, p.published_at, p.until, p.confirmed_at, p.retired_why AS retired, p.retired_lang, p.reuses, p.office_name, p.content,
	coalesce((SELECT substr(f, 6)::bigint FROM unnest(p.facets) f WHERE f LIKE 'call=%' LIMIT 1), 0) AS call_id`

// records reads rows of columns and completes them.
func records(ctx context.Context, q database.Querier, v *gcm.Vocabulary, sql string, args ...any) ([]Record, error) {
	rows, err := database.Rows[Record](ctx, q, sql, args...)
	for i := range rows {
		rows[i].Practice = Read(rows[i].Content, rows[i].OfficeName, v)
	}
	return rows, err
}

// history returns all revisions of a practice that were published, the first one first.
func history(ctx context.Context, q database.Querier, v *gcm.Vocabulary, publicID string) ([]Record, error) {
	return records(ctx, q, v, `SELECT `+columns+` FROM practices p WHERE p.public_id = $1 ORDER BY p.revision`, publicID)
}

// Listed is a practice in a list.
type Listed struct {
	PublicID, Title, Summary, Lang, Implementer string
	Langs                                       []string
	Type                                        Type
	Completion                                  Completion
	Scope                                       Scope
	Countries                                   []string
	Objectives                                  []int
	StartedOn                                   time.Time
	EndedOn                                     *time.Time
	FirstPublishedAt                            time.Time
	// Content is there when the practice has a version in the reader's language, to take it from.
	Content form.Answers
}

const listedColumns = `p.public_id, p.title, p.summary, p.lang, p.implementer, p.langs, p.type, p.completion, p.scope, p.countries, p.objectives, p.started_on, p.ended_on,
	p.first_published_at, CASE WHEN p.lang <> @lang AND @lang = ANY(p.langs) THEN p.content END AS content`

// inLanguage gives practices of a list their title and summary in the reader's language, where there are.
func inLanguage(all []Listed, lang string, v *gcm.Vocabulary) []Listed {
	for i := range all {
		if l := &all[i]; l.Content != nil {
			text := Read(l.Content, "", v).In(lang)
			l.Lang, l.Title, l.Summary = text.Lang, text.Title, text.Summary
		}
	}
	return all
}

// listedBy reads rows of listedColumns, with their texts in the reader's language.
func listedBy(ctx context.Context, q database.Querier, v *gcm.Vocabulary, lang, sql string, args database.Args) ([]Listed, error) {
	all, err := database.Rows[Listed](ctx, q, sql, args)
	return inLanguage(all, lang, v), err
}

// related returns the practices that have most in common with this one: of those that share a primary objective. The index
// tells which, so that no more than these are read.
func related(ctx context.Context, tx database.Tx, m search.Model, v *gcm.Vocabulary, r Record, lang string, limit int) ([]Listed, error) {
	var objectives []string
	var common []search.Set
	for _, n := range r.Practice.Objectives {
		objectives = append(objectives, strconv.Itoa(n))
		common = append(common, m.With("objective", strconv.Itoa(n)))
	}
	common = append(common, m.With("country", r.Practice.Countries...))
	near := m.Nearest(m.With("objective", objectives...), common, limit+1) // this one may be among them
	return listedBy(ctx, tx, v, lang, `SELECT `+listedColumns+` FROM practices p
		WHERE p.until IS NULL AND p.ordinal = ANY(@near) AND p.id <> @id
		ORDER BY cardinality(ARRAY(SELECT unnest(p.objectives) INTERSECT SELECT unnest(@objectives::int[])))
			+ least(1, cardinality(ARRAY(SELECT unnest(p.countries) INTERSECT SELECT unnest(@countries::text[])))) DESC,
			p.first_published_at DESC, p.id DESC
		LIMIT @limit`, database.Args{"near": near.Ordinals(), "objectives": notNil(r.Practice.Objectives), "countries": notNil(r.Practice.Countries), "id": r.ID, "limit": limit, "lang": lang})
}

// notNil makes an empty array of what would be NULL.
func notNil[T any](values []T) []T {
	if values == nil {
		return []T{}
	}
	return values
}

// put adds the revision as what the public sees from now on; text are the words by which it is found, by weight.
func put(ctx context.Context, tx database.Tx, r Record, officeID int64, text [3]string) error {
	p := r.Practice
	args := database.Args{
		"id": r.ID, "revision": r.Revision, "public_id": r.PublicID, "first": r.FirstPublishedAt, "now": r.PublishedAt,
		"office": officeID, "office_name": r.OfficeName, "title": p.Title, "summary": p.Summary, "lang": p.Lang, "langs": p.Langs(),
		"type": p.Type, "implementer": p.Implementer, "implementer_type": p.ImplementerType, "completion": p.Completion, "scope": p.Scope,
		"countries": notNil(p.Countries), "regions": notNil(p.Regions), "continents": notNil(p.Continents), "latitude": nil, "longitude": nil,
		"started": p.Started, "ended": p.Ended, "year": p.Started.Year(), "objectives": notNil(p.Objectives), "related": notNil(p.Related),
		"principles": notNil(p.Principles), "sdgs": notNil(p.SDGs), "blocks": len(p.Blocks), "content": r.Content, "facets": facetsOf(p),
		"a": text[0], "b": text[1], "c": text[2],
	}
	if p.Point != nil {
		args["latitude"], args["longitude"] = p.Point.Latitude, p.Point.Longitude
	}
	_, err := tx.Exec(ctx, `INSERT INTO practices (id, revision, public_id, first_published_at, published_at, confirmed_at, office_id, office_name, title, summary, lang, langs,
			type, implementer, implementer_type, completion, scope, countries, regions, continents, latitude, longitude, started_on, ended_on, year,
			objectives, related, principles, sdgs, blocks, content, facets, words)
		VALUES (@id, @revision, @public_id, @first, @now, @now, @office, @office_name, @title, @summary, @lang, @langs,
			@type, @implementer, @implementer_type, @completion, @scope, @countries, @regions, @continents, @latitude, @longitude, @started, @ended, @year,
			@objectives, @related, @principles, @sdgs, @blocks, @content, @facets,
			search_placed(setweight(to_tsvector('simple', @a), 'A') || setweight(to_tsvector('simple', @b), 'B') || setweight(to_tsvector('simple', @c), 'C'), @langs))`, args)
	if err != nil {
		return fmt.Errorf("put %s before the public: %w", r.PublicID, err)
	}
	return countReuses(ctx, tx, r.ID)
}

// closeCurrent ends what the public sees of the practice, at the instant.
func closeCurrent(ctx context.Context, tx database.Tx, id workflow.ID, at time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE practices SET until = $2 WHERE id = $1 AND until IS NULL`, id, at)
	return err
}

// firstPublished is when the practice first came before the public; the zero time when it never did.
func firstPublished(ctx context.Context, q database.Querier, id workflow.ID) (time.Time, error) {
	at, err := database.Value[time.Time](ctx, q, `SELECT first_published_at FROM practices WHERE id = $1 ORDER BY revision LIMIT 1`, id)
	if errors.Is(err, problem.NotFound) {
		return time.Time{}, nil
	}
	return at, err
}

// MoveOffice gives what one office has published to another, in the transaction of their merger. Each practice keeps the
// office's name as it was on the day of its publication.
func (s *Service) MoveOffice(ctx context.Context, tx database.Tx, from, into int64) error {
	if _, err := tx.Exec(ctx, `UPDATE practices SET office_id = $2 WHERE office_id = $1`, from, into); err != nil {
		return fmt.Errorf("move the practices of office %d to %d: %w", from, into, err)
	}
	return nil
}

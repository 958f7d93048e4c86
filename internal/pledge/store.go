package pledge

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/internal/search"
	"portal/internal/workflow"
)

// Record is one published revision of a pledge.
type Record struct {
	ID       int64 // of the submission
	Revision int
	PublicID string
	// FirstPublishedAt is when the pledge came before the public, PublishedAt when this revision did, and Until when the
	// next one took its place or the pledge was taken down; nil for what the public sees now.
	FirstPublishedAt, PublishedAt time.Time
	Until                         *time.Time
	// OfficeName and Country are the submitting office's name on that day and the entity's country.
	OfficeName, Country string
	Regions             []string
	// Standing is how the pledge stands now, whichever revision this is.
	Standing
	// Content are the public answers.
	Content form.Answers
	// Pledge is Content as typed values.
	Pledge Pledge `db:"-"`
}

// columns of Record; p is pledges, s their standing (moment.standing).
const columns = `p.id, p.revision, p.public_id, p.first_published_at, p.published_at, p.until, p.office_name, p.country, p.regions, p.content, ` + standingColumns

// records reads rows of columns and completes them.
func records(ctx context.Context, q database.Querier, v *gcm.Vocabulary, sql string, args ...any) ([]Record, error) {
	return recordsAt(ctx, q, v, moment{}, sql, args...)
}

// recordsAt is records as they were at the moment.
func recordsAt(ctx context.Context, q database.Querier, v *gcm.Vocabulary, at moment, sql string, args ...any) ([]Record, error) {
	rows, err := database.Rows[Record](ctx, q, sql, args...)
	if err != nil {
		return nil, err
	}
	states, err := withPartners(ctx, q, at, rows)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		rows[i].Pledge = Read(rows[i].Content, Filer{Office: rows[i].OfficeName, Country: rows[i].Country}, v)
		rows[i].Pledge.Regions = rows[i].Regions // as they were on the day of publication, which is what lists filter by
		if states != nil {
			rows[i].Pledge.withStates(states[i])
		}
	}
	return rows, nil
}

const rank = "ts_rank(p.words, to_tsquery('simple', @q))"

// key is where a list goes on.
type key struct {
	ID               int64
	FirstPublishedAt time.Time
	Start            string // of the title, as the order by title takes it
}

// findKey returns the place of a pledge in the list of the moment. It is found also when the pledge has left the list of
// now meanwhile.
func findKey(ctx context.Context, q database.Querier, at moment, publicID string) (key, error) {
	condition := ""
	if at.past() {
		condition = " AND " + at.public()
	}
	return database.Row[key](ctx, q, `SELECT p.id, p.first_published_at, p.title_start AS start
		FROM pledges p WHERE p.public_id = @publicID`+condition+` ORDER BY p.revision DESC LIMIT 1`, at.with(database.Args{"publicID": publicID}))
}

// ordered says how an order of the list is written, and how it goes on behind a key.
type ordered struct{ by, behind string }

func orderOf(o Order, l i18n.Lang) ordered {
	if o == ByTitle {
		title := "p.title_start COLLATE " + collation(l)
		return ordered{title + ", p.id", "(" + title + ", p.id) > (@start, @id)"}
	}
	return ordered{"p.first_published_at DESC, p.id DESC", "(p.first_published_at, p.id) < (@at, @id)"}
}

// What a row costs, roughly and relative to each other: one that is passed by while an index is walked, and one that is
// fetched to be sorted.
const walkedCost, sortedCost = 1, 3

// listIDs returns the numbers of a part of the list, in its order by time or title: behind the key if there is one, else
// from the offset. The index of the order is walked past those that the filter leaves out; where it leaves so few that
// this would take longer, they are sorted.
func listIDs(ctx context.Context, q database.Querier, m model, s selection, o Order, l i18n.Lang, after *key, offset, limit int) ([]int64, error) {
	if offset >= s.Total || limit <= 0 {
		return nil, nil
	}
	order, condition, args := orderOf(o, l), "", database.Args{"limit": limit, "offset": offset}
	every := m.walked()
	switch walked := float64(offset+limit) * float64(every) / float64(s.Total) * walkedCost; {
	case s.Total == every && !m.at.past():
	case float64(s.Total)*sortedCost < walked:
		condition, args["listed"] = " AND p.ordinal = ANY(@listed)", s.Listed.Ordinals()
	default:
		condition, args["listed"] = " AND get_bit(@listed::bytea, p.ordinal) > 0", s.Listed.Bytes()
	}
	if after != nil {
		condition += " AND " + order.behind
		args["id"] = after.ID
		if o == ByTitle {
			args["start"] = after.Start
		} else {
			args["at"] = after.FirstPublishedAt
		}
	}
	if m.at.past() && o == ByTitle {
		// Some had another title then, which is not in the index of the order.
		part := func(which string) string {
			return `(SELECT p.id, p.title_start FROM pledges p WHERE ` + which + ` AND ` + m.at.public() + condition + ` ORDER BY ` + order.by + ` LIMIT @limit::bigint + @offset::bigint)`
		}
		return database.Values[int64](ctx, q, `SELECT p.id FROM (`+part("p.until IS NULL")+` UNION ALL `+part("p.until IS NOT NULL")+`) p
			ORDER BY `+order.by+` LIMIT @limit OFFSET @offset`, m.at.with(args))
	}
	return database.Values[int64](ctx, q, `SELECT p.id FROM pledges p WHERE p.until IS NULL`+condition+` ORDER BY `+order.by+` LIMIT @limit OFFSET @offset`, args)
}

// rankedMost is how many matches are put in the order of relevance: of more, those that lead (search.Model.Leading); the
// others follow by time. To rank a match all its words have to be looked at.
const rankedMost = 100

// rankIDs returns the numbers of some pledges, which are public, in the order of relevance for the words, the best first.
func rankIDs(ctx context.Context, q database.Querier, at moment, question search.Question, some search.Set) ([]int64, error) {
	of := `p.ordinal = ANY(@some)`
	if at.past() { // only what is public now is found by its ordinal
		of = `p.id IN (SELECT id FROM pledges WHERE until IS NULL AND ordinal = ANY(@some))`
	}
	return database.Values[int64](ctx, q, `SELECT p.id FROM pledges p WHERE `+at.public()+` AND `+of+` ORDER BY `+rank+` DESC, p.id DESC`,
		at.with(database.Args{"some": some.Ordinals(), "q": question.Expression()}))
}

// byIDs returns the pledges of the numbers that are public at the moment, in that order.
func byIDs(ctx context.Context, q database.Querier, v *gcm.Vocabulary, at moment, ids []int64) ([]Record, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := recordsAt(ctx, q, v, at, `SELECT `+columns+` FROM pledges p`+at.standing()+` WHERE `+at.public()+` AND p.id = ANY(@ids)`, at.with(database.Args{"ids": ids}))
	if err != nil {
		return nil, err
	}
	inOrder(rows, ids, func(r Record) int64 { return r.ID })
	return rows, nil
}

// history returns all revisions of a pledge that were published by the moment, the first one first.
func history(ctx context.Context, q database.Querier, v *gcm.Vocabulary, at moment, publicID string) ([]Record, error) {
	condition := ""
	if at.past() {
		condition = " AND p.published_at < @end"
	}
	return recordsAt(ctx, q, v, at, `SELECT `+columns+` FROM pledges p`+at.standing()+` WHERE p.public_id = @publicID`+condition+` ORDER BY p.revision`,
		at.with(database.Args{"publicID": publicID}))
}

// maxCandidates bounds how many pledges are looked at to find related ones, for each way of being related.
const maxCandidates = 200

// related returns the pledges that have most in common with this one: of the newest that share an objective or a country.
func related(ctx context.Context, q database.Querier, v *gcm.Vocabulary, r Record, limit int) ([]Record, error) {
	return records(ctx, q, v, `WITH near AS (
			(SELECT id FROM pledges WHERE until IS NULL AND objectives && @objectives ORDER BY first_published_at DESC, id DESC LIMIT @most)
			UNION
			(SELECT id FROM pledges WHERE until IS NULL AND countries && @countries ORDER BY first_published_at DESC, id DESC LIMIT @most))
		SELECT `+columns+` FROM near JOIN pledges p ON p.id = near.id AND p.until IS NULL`+joinStanding+`
		WHERE p.id <> @id
		ORDER BY cardinality(ARRAY(SELECT unnest(p.objectives) INTERSECT SELECT unnest(@objectives::int[])))
			+ least(1, cardinality(ARRAY(SELECT unnest(p.countries) INTERSECT SELECT unnest(@countries::text[])))) DESC,
			p.first_published_at DESC, p.id DESC
		LIMIT @limit`, database.Args{"objectives": r.Pledge.Objectives, "countries": notNil(r.Pledge.Countries), "id": r.ID, "most": maxCandidates, "limit": limit})
}

// notNil makes an empty array of what would be NULL.
func notNil[T any](values []T) []T {
	if values == nil {
		return []T{}
	}
	return values
}

// Reference is a pledge as others refer to it.
type Reference struct {
	PublicID, Title, Lang, Entity string
}

const referenceColumns = `p.public_id, p.title, p.lang, p.entity`

// reference returns the published pledge of the ID; problem.NotFound when there is none.
func reference(ctx context.Context, q database.Querier, publicID string) (Reference, error) {
	return referenceAt(ctx, q, moment{}, publicID)
}

// referenceAt is reference to what was public at the moment, and is.
func referenceAt(ctx context.Context, q database.Querier, at moment, publicID string) (Reference, error) {
	return database.Row[Reference](ctx, q, `SELECT `+referenceColumns+` FROM pledges p WHERE p.public_id = @publicID AND `+at.public()+at.stillPublic(),
		at.with(database.Args{"publicID": publicID}))
}

// matchedBy returns the pledges, public at the moment and now, that matched the pledge of the ID.
func matchedBy(ctx context.Context, q database.Querier, at moment, publicID string) ([]Reference, error) {
	return database.Rows[Reference](ctx, q, `SELECT `+referenceColumns+` FROM pledges p
		WHERE p.matches = @publicID AND p.matches <> '' AND `+at.public()+at.stillPublic()+` ORDER BY p.first_published_at, p.id LIMIT 50`,
		at.with(database.Args{"publicID": publicID}))
}

// supersededBy returns the pledges, public at the moment and now, whose place the pledge of the ID had taken.
func supersededBy(ctx context.Context, q database.Querier, at moment, publicID string) ([]Reference, error) {
	return database.Rows[Reference](ctx, q, `SELECT `+referenceColumns+` FROM pledges p`+at.standing()+` JOIN pledge_updates u ON u.id = s.update_id
		WHERE u.superseded_by = @publicID AND u.superseded_by <> '' AND `+at.public()+at.stillPublic()+` ORDER BY p.first_published_at, p.id LIMIT 50`,
		at.with(database.Args{"publicID": publicID}))
}

// successor returns the pledge, public at the moment, that had taken the place of the one of the ID, or of the one that had
// done so; nil for none.
func successor(ctx context.Context, q database.Querier, at moment, publicID string) (*Reference, error) {
	next, err := database.Row[Reference](ctx, q, `WITH RECURSIVE chain (public_id, n) AS (
			SELECT @publicID::text, 0
			UNION ALL SELECT u.superseded_by, n + 1 FROM chain JOIN pledges p USING (public_id)`+at.standing()+` JOIN pledge_updates u ON u.id = s.update_id
			 WHERE u.superseded_by <> '' AND n < 20 AND `+at.public()+at.stillPublic()+`)
		SELECT `+referenceColumns+` FROM chain JOIN pledges p USING (public_id) WHERE n > 0 AND p.public_id <> @publicID AND `+at.public()+at.stillPublic()+` ORDER BY n DESC LIMIT 1`,
		at.with(database.Args{"publicID": publicID}))
	if errors.Is(err, problem.NotFound) {
		return nil, nil
	}
	return &next, err
}

// maxRanked bounds how many pledges with the words are put in the order of relevance, so that a word that is in every
// pledge costs no more than a rare one.
const maxRanked = 400

// references finds published pledges but one by words, the best first; of more than maxRanked with the words, some.
func references(ctx context.Context, q database.Querier, typed string, but workflow.ID, offset, limit int) ([]Reference, error) {
	sql, args := referencesSQL(typed, but, offset, limit)
	if sql == "" {
		return nil, nil
	}
	return database.Rows[Reference](ctx, q, sql, args)
}

func referencesSQL(typed string, but workflow.ID, offset, limit int) (string, database.Args) {
	query := search.Query(typed)
	if query == "" {
		return "", nil
	}
	return `WITH found AS MATERIALIZED (SELECT p.id FROM pledges p WHERE p.until IS NULL AND p.words @@ to_tsquery('simple', @q) LIMIT @most)
		SELECT ` + referenceColumns + ` FROM found JOIN pledges p ON p.id = found.id AND p.until IS NULL WHERE p.id <> @but
		ORDER BY ` + rank + ` DESC, p.id DESC LIMIT @limit OFFSET @offset`,
		database.Args{"q": query, "most": maxRanked, "but": but, "limit": limit, "offset": offset}
}

// published says whether the public ID is that of a pledge that is published now.
func published(ctx context.Context, q database.Querier, publicID string) (bool, error) {
	_, err := reference(ctx, q, publicID)
	if errors.Is(err, problem.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// wordsSQL makes the words of a pledge of its folded texts @a, @b and @c in the languages @langs.
const wordsSQL = `search_placed(setweight(to_tsvector('simple', @a), 'A') || setweight(to_tsvector('simple', @b), 'B') || setweight(to_tsvector('simple', @c), 'C'), @langs)`

// put adds the revision as what the public sees from now on.
func put(ctx context.Context, tx database.Tx, r Record, officeID int64, text [3]string) error {
	p := r.Pledge
	_, err := tx.Exec(ctx, `INSERT INTO pledges (id, revision, public_id, first_published_at, published_at, office_id, office_name, country,
			entity, category, title, lang, langs, type, matches, countries, global, regions, natures, objectives, related, principles,
			due_on, content, words)
		VALUES (@id, @revision, @public_id, @first, @now, @office, @office_name, @country,
			@entity, @category, @title, @lang, @langs, @type, @matches, @countries, @global, @regions, @natures, @objectives, @related, @principles,
			@due, @content, `+wordsSQL+`)`,
		database.Args{
			"id": r.ID, "revision": r.Revision, "public_id": r.PublicID, "first": r.FirstPublishedAt, "now": r.PublishedAt,
			"office": officeID, "office_name": r.OfficeName, "country": p.Country, "entity": p.Entity, "category": p.Category,
			"title": p.Title, "lang": p.Lang, "langs": p.Langs(), "type": p.Type, "matches": p.Matches,
			"countries": notNil(p.Countries), "global": p.Global, "regions": notNil(p.Regions), "natures": notNil(names(p.Natures)),
			"objectives": notNil(p.Objectives), "related": notNil(p.Related), "principles": notNil(p.Principles),
			"due": p.Deadline(), "content": r.Content, "a": text[0], "b": text[1], "c": text[2],
		})
	if err != nil {
		return fmt.Errorf("put %s before the public: %w", r.PublicID, err)
	}
	return nil
}

// closeCurrent ends what the public sees of the pledge, at the instant.
func closeCurrent(ctx context.Context, tx database.Tx, id int64, at time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE pledges SET until = $2 WHERE id = $1 AND until IS NULL`, id, at)
	return err
}

// firstPublished is when the pledge first came before the public; the zero time when it never did.
func firstPublished(ctx context.Context, q database.Querier, id int64) (time.Time, error) {
	at, err := database.Value[time.Time](ctx, q, `SELECT first_published_at FROM pledges WHERE id = $1 ORDER BY revision LIMIT 1`, id)
	if errors.Is(err, problem.NotFound) {
		return time.Time{}, nil
	}
	return at, err
}

// firstOfAll is when the first of all pledges that are public came before the public; the zero time when there is none.
func firstOfAll(ctx context.Context, q database.Querier) (time.Time, error) {
	at, err := database.Value[time.Time](ctx, q, `SELECT first_published_at FROM pledges WHERE until IS NULL ORDER BY first_published_at, id LIMIT 1`)
	if errors.Is(err, problem.NotFound) {
		return time.Time{}, nil
	}
	return at, err
}

// actors is how many different entities have a published pledge.
func actors(ctx context.Context, q database.Querier) (int, error) {
	return database.Value[int](ctx, q, `SELECT count(*)::int FROM pledge_actors WHERE n > 0`)
}

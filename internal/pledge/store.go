package pledge

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/internal/search"
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
	// Content are the public answers.
	Content form.Answers
	// Pledge is Content as typed values.
	Pledge Pledge `db:"-"`
}

// columns of Record; p is pledges.
const columns = `p.id, p.revision, p.public_id, p.first_published_at, p.published_at, p.until, p.office_name, p.country, p.regions, p.content`

// records reads rows of columns and completes them.
func records(ctx context.Context, q database.Querier, v *gcm.Vocabulary, sql string, args ...any) ([]Record, error) {
	rows, err := database.Rows[Record](ctx, q, sql, args...)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		rows[i].Pledge = Read(rows[i].Content, Filer{Office: rows[i].OfficeName, Country: rows[i].Country}, v)
		rows[i].Pledge.Regions = rows[i].Regions // as they were on the day of publication, which is what lists filter by
	}
	return rows, nil
}

// where is the condition of the list, with only those filters that are in use; the facet named except is left open.
func where(f Filter, except string) (string, database.Args) {
	conditions, args := []string{"p.until IS NULL"}, database.Args{}
	if f.Q != "" {
		words(f, &conditions, args)
	}
	for _, field := range fields {
		if field.name == except || len(field.chosen(f)) == 0 {
			continue
		}
		if field.name == "year" {
			conditions = append(conditions, years(f.Years, args))
			continue
		}
		conditions = append(conditions, field.where)
		args[field.name] = field.arg(f)
	}
	return strings.Join(conditions, " AND "), args
}

// words narrows to what was searched for; a public ID finds its pledge.
func words(f Filter, conditions *[]string, args database.Args) {
	if id, ok := wholeID(f.Q); ok {
		*conditions = append(*conditions, "p.public_id = @q")
		args["q"] = id
		return
	}
	*conditions = append(*conditions, "p.words @@ to_tsquery('simple', @q)")
	args["q"] = search.Query(f.Q)
}

// years is a range of time for each year, so that the index by time serves it.
func years(chosen []int, args database.Args) string {
	var ranges []string
	for i, year := range chosen {
		from, to := "year"+strconv.Itoa(i), "year"+strconv.Itoa(i)+"_end"
		ranges = append(ranges, "p.first_published_at >= @"+from+" AND p.first_published_at < @"+to)
		args[from], args[to] = yearStart(year), yearStart(year+1)
	}
	return "(" + strings.Join(ranges, " OR ") + ")"
}

// ranked says whether the list is in the order of relevance; a list by public ID has one entry at most.
func ranked(f Filter) bool {
	_, one := wholeID(f.Q)
	return f.Sort == Relevance && f.Q != "" && !one
}

const rank = "ts_rank(p.words, to_tsquery('simple', @q))"

// key is where a list goes on.
type key struct {
	ID               int64
	FirstPublishedAt time.Time
	Start            string // of the title, as the order by title takes it
	Rank             float32
}

// findKey returns the place of a pledge in the list. It is found also when the pledge has left the list meanwhile.
func findKey(ctx context.Context, q database.Querier, f Filter) (key, error) {
	score, args := "0::real", database.Args{"after": f.After}
	if ranked(f) {
		score, args["q"] = rank, search.Query(f.Q)
	}
	return database.Row[key](ctx, q, `SELECT p.id, p.first_published_at, left(p.title, 200) AS start, `+score+` AS rank
		FROM pledges p WHERE p.public_id = @after ORDER BY p.revision DESC LIMIT 1`, args)
}

// page is the SQL of a part of the list after the WHERE: the condition to start behind the key, and the order.
func page(f Filter, l i18n.Lang, after *key, args database.Args) (condition, order string) {
	title := "left(p.title, 200) COLLATE " + collation(l)
	switch {
	case ranked(f):
		if after != nil {
			condition, args["rank"], args["id"] = " AND ("+rank+", p.id) < (@rank::real, @id)", after.Rank, after.ID
		}
		return condition, rank + " DESC, p.id DESC"
	case f.Sort == ByTitle:
		if after != nil {
			condition, args["start"], args["id"] = " AND ("+title+", p.id) > (@start, @id)", after.Start, after.ID
		}
		return condition, title + ", p.id"
	default:
		if after != nil {
			condition, args["at"], args["id"] = " AND (p.first_published_at, p.id) < (@at, @id)", after.FirstPublishedAt, after.ID
		}
		return condition, "p.first_published_at DESC, p.id DESC"
	}
}

// listSQL is the statement of a part of the list: behind the key if there is one, else from the offset.
func listSQL(f Filter, l i18n.Lang, after *key, offset, limit int) (string, database.Args) {
	conditions, args := where(f, "")
	condition, order := page(f, l, after, args)
	args["limit"], args["offset"] = limit, offset
	return `SELECT ` + columns + ` FROM pledges p WHERE ` + conditions + condition + ` ORDER BY ` + order + ` LIMIT @limit OFFSET @offset`, args
}

// rows returns a part of the list.
func rows(ctx context.Context, q database.Querier, v *gcm.Vocabulary, f Filter, l i18n.Lang, after *key, offset, limit int) ([]Record, error) {
	sql, args := listSQL(f, l, after, offset, limit)
	return records(ctx, q, v, sql, args)
}

// count counts the list.
func count(ctx context.Context, q database.Querier, f Filter) (int, error) {
	conditions, args := where(f, "")
	return database.Value[int](ctx, q, `SELECT count(*)::int FROM pledges p WHERE `+conditions, args)
}

// Counts are how many pledges of the list have a value, by facet and value: each facet is counted under the filters of
// all the others, so that a count is what the list would hold with that value alone in its facet.
type Counts map[string]map[string]int

// facets counts the values of all facets in one statement. It asks the table itself; a read model can take its place
// behind the same function.
func facets(ctx context.Context, q database.Querier, f Filter) (Counts, error) {
	var parts []string
	all := database.Args{}
	for _, field := range fields {
		conditions, args := where(f, field.name)
		for name, value := range args {
			all[name] = value
		}
		parts = append(parts, `SELECT '`+field.name+`' AS facet, v AS value, count(*)::int AS count
			FROM (SELECT `+field.each+` AS v FROM pledges p WHERE `+conditions+`) of GROUP BY v`)
	}
	type row struct {
		Facet, Value string
		Count        int
	}
	counted, err := database.Rows[row](ctx, q, strings.Join(parts, " UNION ALL "), all)
	if err != nil {
		return nil, err
	}
	counts := Counts{}
	for _, field := range fields {
		counts[field.name] = map[string]int{}
	}
	for _, r := range counted {
		counts[r.Facet][r.Value] = r.Count
	}
	return counts, nil
}

// history returns all published revisions of a pledge, the first one first.
func history(ctx context.Context, q database.Querier, v *gcm.Vocabulary, publicID string) ([]Record, error) {
	return records(ctx, q, v, `SELECT `+columns+` FROM pledges p WHERE p.public_id = $1 ORDER BY p.revision`, publicID)
}

// maxCandidates bounds how many pledges are looked at to find related ones, for each way of being related.
const maxCandidates = 200

// related returns the pledges that have most in common with this one: of the newest that share an objective or a country.
func related(ctx context.Context, q database.Querier, v *gcm.Vocabulary, r Record, limit int) ([]Record, error) {
	return records(ctx, q, v, `WITH near AS (
			(SELECT id FROM pledges WHERE until IS NULL AND objectives && @objectives ORDER BY first_published_at DESC, id DESC LIMIT @most)
			UNION
			(SELECT id FROM pledges WHERE until IS NULL AND countries && @countries ORDER BY first_published_at DESC, id DESC LIMIT @most))
		SELECT `+columns+` FROM near JOIN pledges p ON p.id = near.id AND p.until IS NULL
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
	return database.Row[Reference](ctx, q, `SELECT `+referenceColumns+` FROM pledges p WHERE p.public_id = $1 AND p.until IS NULL`, publicID)
}

// matchedBy returns the published pledges that match the pledge of the ID.
func matchedBy(ctx context.Context, q database.Querier, publicID string) ([]Reference, error) {
	return database.Rows[Reference](ctx, q, `SELECT `+referenceColumns+` FROM pledges p
		WHERE p.matches = $1 AND p.matches <> '' AND p.until IS NULL ORDER BY p.first_published_at, p.id LIMIT 50`, publicID)
}

// references finds published pledges by words, the best first.
func references(ctx context.Context, q database.Querier, typed string, limit int) ([]Reference, error) {
	query := search.Query(typed)
	if query == "" {
		return nil, nil
	}
	return database.Rows[Reference](ctx, q, `SELECT `+referenceColumns+` FROM pledges p
		WHERE p.until IS NULL AND p.words @@ to_tsquery('simple', @q)
		ORDER BY `+rank+` DESC, p.id DESC LIMIT @limit`, database.Args{"q": query, "limit": limit})
}

// published says whether the public ID is that of a pledge that is published now.
func published(ctx context.Context, q database.Querier, publicID string) (bool, error) {
	_, err := reference(ctx, q, publicID)
	if errors.Is(err, problem.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// put adds the revision as what the public sees from now on.
func put(ctx context.Context, tx database.Tx, r Record, officeID int64, text [3]string) error {
	p := r.Pledge
	_, err := tx.Exec(ctx, `INSERT INTO pledges (id, revision, public_id, first_published_at, published_at, office_id, office_name, country,
			entity, category, title, lang, langs, type, matches, countries, global, regions, natures, objectives, related, principles,
			due_on, content, words)
		VALUES (@id, @revision, @public_id, @first, @now, @office, @office_name, @country,
			@entity, @category, @title, @lang, @langs, @type, @matches, @countries, @global, @regions, @natures, @objectives, @related, @principles,
			@due, @content, setweight(to_tsvector('simple', @a), 'A') || setweight(to_tsvector('simple', @b), 'B') || setweight(to_tsvector('simple', @c), 'C'))`,
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

// figures counts what is published now, all at one moment.
func figures(ctx context.Context, db *database.DB) (Figures, error) {
	type row struct {
		Pledges, Actors, Countries int
		Objectives                 map[string]int
	}
	r, err := database.Row[row](ctx, db.Read(), `SELECT count(*)::int AS pledges, count(DISTINCT (lower(p.entity), p.country))::int AS actors,
			(SELECT count(DISTINCT c)::int FROM pledges p, unnest(p.countries) c WHERE p.until IS NULL) AS countries,
			(SELECT coalesce(jsonb_object_agg(o, n), '{}') FROM (SELECT o, count(*) AS n FROM pledges p, unnest(p.objectives) o
				WHERE p.until IS NULL GROUP BY o) of) AS objectives
		FROM pledges p WHERE p.until IS NULL`)
	f := Figures{Pledges: r.Pledges, Actors: r.Actors, Countries: r.Countries}
	for objective, n := range r.Objectives {
		if i, err := strconv.Atoi(objective); err == nil && i >= 1 && i <= len(f.Objectives) {
			f.Objectives[i-1] = n
		}
	}
	return f, err
}

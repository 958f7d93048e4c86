package practice

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"portal/internal/database"
)

// Publication is a published practice that comes in together with many others.
type Publication struct {
	// Record has all but the practice, which is read from the content. Content are the answers, of which the public ones are
	// kept.
	Record
	OfficeID int64
	// Ordinal is the practice's place in the index; see NextOrdinal.
	Ordinal int64
}

// NextOrdinal is the ordinal of the first practice that comes in with Bulk; the next one has the next number.
func NextOrdinal(ctx context.Context, tx database.Tx) (int64, error) {
	return database.Value[int64](ctx, tx, `SELECT coalesce(max(ordinal) + 1, 0) FROM practices`)
}

// Bulk puts many practices before the public at once, in a transaction that nobody else works in: Add as often as need be,
// then Finish, which makes the indexes anew.
type Bulk struct {
	service *Service
	tx      database.Tx
	indexes []string
}

// Bulk begins it.
func (s *Service) Bulk(ctx context.Context, tx database.Tx) (*Bulk, error) {
	b := &Bulk{service: s, tx: tx}
	var err error
	b.indexes, err = database.Values[string](ctx, tx, `SELECT indexdef FROM pg_indexes
		WHERE schemaname = current_schema() AND tablename = 'practices' AND indexname <> 'practices_pkey'`)
	if err != nil {
		return nil, err
	}
	for _, sql := range []string{
		`DO $$ DECLARE i text; BEGIN
			FOR i IN SELECT indexname FROM pg_indexes WHERE schemaname = current_schema() AND tablename = 'practices' AND indexname <> 'practices_pkey' LOOP
				EXECUTE format('DROP INDEX %I', i);
			END LOOP; END $$`,
		`ALTER TABLE practices DISABLE TRIGGER practices_follow_insert, DISABLE TRIGGER practices_take_ordinal`,
		`CREATE TEMPORARY TABLE practices_in ON COMMIT DROP AS SELECT ` + strings.Join(bulkColumns, ", ") + `, ''::text AS a, ''::text AS b, ''::text AS c FROM practices WITH NO DATA`,
	} {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return nil, fmt.Errorf("make ready for many practices: %w", err)
		}
	}
	return b, nil
}

// bulkColumns are the columns of practices that come in as they are; the words are made of three texts.
var bulkColumns = []string{
	"id", "revision", "public_id", "first_published_at", "published_at", "until", "office_id", "office_name", "title", "summary", "lang", "langs",
	"type", "implementer", "implementer_type", "completion", "scope", "countries", "regions", "continents", "latitude", "longitude", "started_on", "ended_on", "year",
	"objectives", "related", "principles", "sdgs", "blocks", "content", "facets", "ordinal",
}

// Add takes practices in.
func (b *Bulk) Add(ctx context.Context, all []Publication) error {
	v := b.service.vocabulary()
	_, err := b.tx.CopyFrom(ctx, pgx.Identifier{"practices_in"}, append(slices.Clone(bulkColumns), "a", "b", "c"), pgx.CopyFromSlice(len(all), func(i int) ([]any, error) {
		in := all[i]
		content := b.service.form.Public(in.Content)
		p := Read(content, in.OfficeName, v)
		text := b.service.texts(p)
		var latitude, longitude any
		if p.Point != nil {
			latitude, longitude = p.Point.Latitude, p.Point.Longitude
		}
		return []any{
			in.ID, in.Revision, in.PublicID, in.FirstPublishedAt, in.PublishedAt, in.Until, in.OfficeID, in.OfficeName, p.Title, p.Summary, p.Lang, p.Langs(),
			string(p.Type), p.Implementer, p.ImplementerType, string(p.Completion), string(p.Scope), notNil(p.Countries), notNil(p.Regions), notNil(p.Continents),
			latitude, longitude, p.Started, p.Ended, p.Started.Year(), notNil(p.Objectives), notNil(p.Related), notNil(p.Principles), notNil(p.SDGs), len(p.Blocks),
			content, facetsOf(p), in.Ordinal, text[0], text[1], text[2],
		}, nil
	}))
	if err != nil {
		return fmt.Errorf("copy practices in: %w", err)
	}
	return nil
}

// Finish puts all of them before the public.
func (b *Bulk) Finish(ctx context.Context) error {
	columns := strings.Join(bulkColumns, ", ")
	for _, sql := range append([]string{
		`CREATE TEMPORARY TABLE practices_words ON COMMIT DROP AS SELECT id, revision,
			setweight(to_tsvector('simple', a), 'A') || setweight(to_tsvector('simple', b), 'B') || setweight(to_tsvector('simple', c), 'C') AS words FROM practices_in`,
		// What search_stemmed adds, but each word is asked for once.
		`CREATE TEMPORARY TABLE practices_stems ON COMMIT DROP AS SELECT w.word, l.lang, 'ß' || l.lang || s.stem AS stem
			FROM (SELECT DISTINCT unnest(tsvector_to_array(words)) AS word FROM practices_words) w
			JOIN unnest(ARRAY['en', 'fr', 'es', 'ru', 'ar']) l (lang) ON search_reads(l.lang, w.word)
			CROSS JOIN LATERAL (SELECT (ts_lexize(search_dictionary(l.lang), w.word))[1] AS stem) s WHERE s.stem IS NOT NULL`,
		`CREATE UNIQUE INDEX practices_stems_key ON practices_stems (word COLLATE "C", lang COLLATE "C")`,
		`ANALYZE practices_stems`,
		`INSERT INTO practices (` + columns + `, words) SELECT ` + columns + `, w.words || coalesce((SELECT array_to_tsvector(array_agg(DISTINCT s.stem COLLATE "C"))
				FROM unnest(tsvector_to_array(w.words)) l (word) CROSS JOIN unnest(langs) i (lang)
				JOIN practices_stems s ON s.word = l.word COLLATE "C" AND s.lang = i.lang COLLATE "C"), '')
			FROM practices_in JOIN practices_words w USING (id, revision)`,
		`ALTER TABLE practices ENABLE TRIGGER practices_follow_insert, ENABLE TRIGGER practices_take_ordinal`,
		`SELECT setval('practice_ordinals', max(ordinal) + 1, false) FROM practices`,
		`SET LOCAL maintenance_work_mem = '512MB'`,
	}, b.indexes...) {
		if _, err := b.tx.Exec(ctx, sql); err != nil {
			return fmt.Errorf("put many practices before the public: %w", err)
		}
	}
	return b.service.rebuild(ctx, b.tx)
}

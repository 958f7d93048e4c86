package practice

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/search"
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
	stems   search.Stems
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
		`CREATE TEMPORARY TABLE practices_in ON COMMIT DROP AS SELECT ` + strings.Join(bulkColumns, ", ") + `, ''::text AS a, ''::text AS b, ''::text AS c, '{}'::text[] AS more FROM practices WITH NO DATA`,
	} {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return nil, fmt.Errorf("make ready for many practices: %w", err)
		}
	}
	return b, nil
}

// bulkColumns are the columns of practices that come in as they are; the words are made of three texts, and more.
var bulkColumns = []string{
	"id", "revision", "public_id", "first_published_at", "published_at", "confirmed_at", "until", "office_id", "office_name", "title", "summary", "lang", "langs",
	"type", "implementer", "implementer_type", "completion", "scope", "countries", "regions", "continents", "latitude", "longitude", "started_on", "ended_on", "year",
	"objectives", "related", "principles", "sdgs", "blocks", "content", "facets", "ordinal",
}

// Add takes practices in.
func (b *Bulk) Add(ctx context.Context, all []Publication) error {
	v := b.service.vocabulary()
	practices, texts, contents := make([]Practice, len(all)), make([][3]string, len(all)), make([]form.Answers, len(all))
	for i, in := range all {
		contents[i] = b.service.form.Public(in.Content)
		practices[i] = Read(contents[i], in.OfficeName, v)
		texts[i] = b.service.texts(practices[i])
	}
	if err := b.stems.Learn(ctx, b.tx, texts); err != nil {
		return err
	}
	_, err := b.tx.CopyFrom(ctx, pgx.Identifier{"practices_in"}, append(slices.Clone(bulkColumns), "a", "b", "c", "more"), pgx.CopyFromSlice(len(all), func(i int) ([]any, error) {
		in, content, p, text := all[i], contents[i], practices[i], texts[i]
		var latitude, longitude any
		if p.Point != nil {
			latitude, longitude = p.Point.Latitude, p.Point.Longitude
		}
		return []any{
			in.ID, in.Revision, in.PublicID, in.FirstPublishedAt, in.PublishedAt, in.PublishedAt, in.Until, in.OfficeID, in.OfficeName, p.Title, p.Summary, p.Lang, p.Langs(),
			string(p.Type), p.Implementer, p.ImplementerType, string(p.Completion), string(p.Scope), notNil(p.Countries), notNil(p.Regions), notNil(p.Continents),
			latitude, longitude, p.Started, p.Ended, p.Started.Year(), notNil(p.Objectives), notNil(p.Related), notNil(p.Principles), notNil(p.SDGs), len(p.Blocks),
			content, facetsOf(p), in.Ordinal, text[0], text[1], text[2], b.stems.Placed(text, p.Langs()),
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
		`INSERT INTO practices (` + columns + `, words) SELECT ` + columns + `,
			setweight(to_tsvector('simple', a), 'A') || setweight(to_tsvector('simple', b), 'B') || setweight(to_tsvector('simple', c), 'C') || array_to_tsvector(more) FROM practices_in`,
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

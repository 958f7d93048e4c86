package pledge

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/search"
	"portal/internal/workflow"
)

// Publication is a published revision that comes in together with many others.
type Publication struct {
	// Record has all but the pledge, which is read from the content. Content are the answers, of which the public ones are
	// kept.
	Record
	OfficeID int64
	// Ordinal is the pledge's place in the read model; see NextOrdinal.
	Ordinal int64
}

// NextOrdinal is the ordinal of the first pledge that comes in with Bulk; the next one has the next number.
func NextOrdinal(ctx context.Context, tx database.Tx) (int64, error) {
	return database.Value[int64](ctx, tx, `SELECT coalesce(max(ordinal) + 1, 0) FROM pledges`)
}

// Bulk puts many publications before the public at once, in a transaction that nobody else works in: Add as often as need
// be, each time after Ask for the same submissions and before Report on them, then Finish, which makes the indexes, the
// standings and the read model anew.
type Bulk struct {
	service *Service
	tx      database.Tx
	indexes []string
	asked   map[workflow.ID][]asked // by the last Ask
	stems   search.Stems
}

// Bulk begins it.
func (s *Service) Bulk(ctx context.Context, tx database.Tx) (*Bulk, error) {
	b := &Bulk{service: s, tx: tx}
	var err error
	b.indexes, err = database.Values[string](ctx, tx, `SELECT indexdef FROM pg_indexes
		WHERE schemaname = current_schema() AND tablename = 'pledges' AND indexname <> 'pledges_pkey'`)
	if err != nil {
		return nil, err
	}
	for _, sql := range []string{
		`DO $$ DECLARE i text; BEGIN
			FOR i IN SELECT indexname FROM pg_indexes WHERE schemaname = current_schema() AND tablename = 'pledges' AND indexname <> 'pledges_pkey' LOOP
				EXECUTE format('DROP INDEX %I', i);
			END LOOP; END $$`,
		`ALTER TABLE pledges DISABLE TRIGGER pledges_follow_insert, DISABLE TRIGGER pledges_begin_standing, DISABLE TRIGGER pledges_take_ordinal`,
		`ALTER TABLE pledge_updates DISABLE TRIGGER pledge_updates_standing, DISABLE TRIGGER pledge_updates_reported`,
		`CREATE TEMPORARY TABLE pledges_in ON COMMIT DROP AS SELECT *, ''::text AS a, ''::text AS b, ''::text AS c, '{}'::text[] AS more FROM pledges WITH NO DATA`,
		`ALTER TABLE pledges_in DROP COLUMN words`,
	} {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return nil, fmt.Errorf("make ready for many pledges: %w", err)
		}
	}
	return b, nil
}

// bulkColumns are the columns of pledges that come in as they are; the words are made of three texts, and more.
var bulkColumns = []string{
	"id", "revision", "public_id", "first_published_at", "published_at", "until", "office_id", "office_name", "country", "entity", "category",
	"title", "lang", "langs", "type", "matches", "countries", "global", "regions", "natures", "objectives", "related", "principles", "due_on", "content",
	"ordinal",
}

// Add takes publications in.
func (b *Bulk) Add(ctx context.Context, all []Publication) error {
	v := b.service.vocabulary()
	pledges, texts, contents := make([]Pledge, len(all)), make([][3]string, len(all)), make([]form.Answers, len(all))
	for i, in := range all {
		contents[i] = b.service.form.Public(in.Content)
		shown, _ := answered(contents[i], in.Revision, b.asked[in.ID])
		pledges[i] = Read(shown, Filer{Office: in.OfficeName, Country: in.Country}, v)
		texts[i] = indexed(pledges[i], v)
	}
	if err := b.stems.Learn(ctx, b.tx, texts); err != nil {
		return err
	}
	_, err := b.tx.CopyFrom(ctx, pgx.Identifier{"pledges_in"}, append(slices.Clone(bulkColumns), "a", "b", "c", "more"), pgx.CopyFromSlice(len(all), func(i int) ([]any, error) {
		in, content, p, text := all[i], contents[i], pledges[i], texts[i]
		return []any{
			in.ID, in.Revision, in.PublicID, in.FirstPublishedAt, in.PublishedAt, in.Until, in.OfficeID, in.OfficeName, p.Country, p.Entity, p.Category,
			p.Title, p.Lang, p.Langs(), string(p.Type), p.Matches, notNil(p.Countries), p.Global, notNil(p.Regions), notNil(names(p.Natures)),
			notNil(p.Objectives), notNil(p.Related), notNil(p.Principles), p.Deadline(), content, in.Ordinal, text[0], text[1], text[2], b.stems.Placed(text, p.Langs()),
		}, nil
	}))
	if err != nil {
		return fmt.Errorf("copy pledges in: %w", err)
	}
	return nil
}

// Finish puts all of them before the public.
func (b *Bulk) Finish(ctx context.Context) error {
	columns := strings.Join(bulkColumns, ", ")
	for _, sql := range append([]string{
		`INSERT INTO pledges (` + columns + `, words) SELECT ` + columns + `,
			setweight(to_tsvector('simple', a), 'A') || setweight(to_tsvector('simple', b), 'B') || setweight(to_tsvector('simple', c), 'C') || array_to_tsvector(more) FROM pledges_in`,
		`ALTER TABLE pledges ENABLE TRIGGER pledges_follow_insert, ENABLE TRIGGER pledges_begin_standing, ENABLE TRIGGER pledges_take_ordinal`,
		`SELECT setval('pledge_ordinals', max(ordinal) + 1, false) FROM pledges`,
		`SET LOCAL maintenance_work_mem = '512MB'`,
	}, b.indexes...) {
		if _, err := b.tx.Exec(ctx, sql); err != nil {
			return fmt.Errorf("put many pledges before the public: %w", err)
		}
	}
	if err := b.standings(ctx); err != nil {
		return err
	}
	return b.service.rebuild(ctx, b.tx)
}

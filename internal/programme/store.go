package programme

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/money"
	"portal/internal/search"
	"portal/web/ui"
)

// Programme is a joint programme of the pipeline.
type Programme struct {
	ID       ID
	Revision int
	// Version grows with each change that the fund desk makes; who saves over a newer one is told so.
	Version  int
	PublicID string
	// EndorsedAt is when it came into the pipeline, ChangedAt when the public last saw a change, and Until when it left; nil
	// while it is there.
	EndorsedAt, ChangedAt time.Time
	Until                 *time.Time
	Stage                 Stage
	// StageOn is the day since when it has been at the stage.
	StageOn date.Date
	// Funded is what the fund has granted; nil before.
	Funded *money.Amount
	// StartsOn and EndsOn are the first and the last day of its work, as far as they are known.
	StartsOn, EndsOn *date.Date
	// Regions are those of the regional reviews to which its countries belong.
	Regions []string
	Facts   Facts
}

// columns of Programme; p is programmes.
const columns = `p.id, p.revision, p.version, p.public_id, p.endorsed_at, p.changed_at, p.until, p.stage, p.stage_on, p.funded, p.starts_on, p.ends_on, p.regions, p.facts`

func findByPublicID(ctx context.Context, q database.Querier, publicID string) (Programme, error) {
	return database.Row[Programme](ctx, q, `SELECT `+columns+` FROM programmes p WHERE p.public_id = $1`, publicID)
}

// StageChange is that a programme came to a stage, as the desk has said.
type StageChange struct {
	Stage Stage
	Since date.Date
	// Note is the desk's own and never public.
	Note string
	// ActorID is who has said so, ActorName their name; nil and "" for the portal itself.
	ActorID   *int64
	ActorName string
	At        time.Time
}

func addStage(ctx context.Context, tx database.Tx, id ID, c StageChange) error {
	_, err := tx.Exec(ctx, `INSERT INTO programme_stages (programme_id, stage, since, note, actor_id, at) VALUES ($1, $2, $3, $4, $5, $6)`, id, c.Stage, c.Since, c.Note, c.ActorID, c.At)
	if err != nil {
		return fmt.Errorf("keep the stage of programme %d: %w", id, err)
	}
	return nil
}

// stageChanges are all that was ever said of the stages of a programme, the first one first.
func stageChanges(ctx context.Context, q database.Querier, id ID) ([]StageChange, error) {
	return database.Rows[StageChange](ctx, q, `SELECT c.stage, c.since, c.note, c.actor_id, coalesce(u.name, '') AS actor_name, c.at
		FROM programme_stages c LEFT JOIN users u ON u.id = c.actor_id WHERE c.programme_id = $1 ORDER BY c.id`, id)
}

// settled are the stages that count of all that was said: whoever goes back to a stage takes back the later ones.
func settled(changes []StageChange) []StageChange {
	var all []StageChange
	for _, c := range changes {
		for len(all) > 0 && all[len(all)-1].Stage.rank() >= c.Stage.rank() {
			all = all[:len(all)-1]
		}
		all = append(all, c)
	}
	return all
}

// insert adds a programme, with the words by which it is found.
func insert(ctx context.Context, tx database.Tx, p Programme, v words) error {
	f := p.Facts
	a, b, c := texts(f, v)
	_, err := tx.Exec(ctx, `INSERT INTO programmes (id, revision, public_id, endorsed_at, changed_at, stage, stage_on, funded, starts_on, ends_on, title, purpose, lang, scope, months, budget,
			areas, countries, regions, organizations, objectives, sdgs, facts, facets, words)
		VALUES (@id, @revision, @public_id, @endorsed, @changed, @stage, @stage_on, @funded, @starts, @ends, @title, @purpose, @lang, @scope, @months, @budget,
			@areas, @countries, @regions, @organizations, @objectives, @sdgs, @facts, @facets,
			search_placed(setweight(to_tsvector('simple', @a), 'A') || setweight(to_tsvector('simple', @b), 'B') || setweight(to_tsvector('simple', @c), 'C'), ARRAY[@lang::text]))`,
		database.Args{
			"id": p.ID, "revision": p.Revision, "public_id": p.PublicID, "endorsed": p.EndorsedAt, "changed": p.ChangedAt, "stage": p.Stage, "stage_on": p.StageOn, "funded": p.Funded,
			"starts": p.StartsOn, "ends": p.EndsOn, "title": f.Title, "purpose": f.Purpose, "lang": f.Lang, "scope": f.Scope, "months": f.Months, "budget": f.Budget,
			"areas": notNil(f.Areas), "countries": notNil(f.Countries), "regions": notNil(p.Regions), "organizations": f.named(), "objectives": notNil(f.Objectives), "sdgs": Goals(f.Targets),
			"facts": f, "facets": facetsOf(p), "a": a, "b": b, "c": c,
		})
	return err
}

// update writes what the desk has changed.
func update(ctx context.Context, tx database.Tx, p Programme, v words) error {
	f := p.Facts
	a, b, c := texts(f, v)
	_, err := tx.Exec(ctx, `UPDATE programmes SET version = @version, changed_at = @changed, stage = @stage, stage_on = @stage_on, funded = @funded, starts_on = @starts, ends_on = @ends,
			title = @title, purpose = @purpose, organizations = @organizations, facts = @facts, facets = @facets,
			words = search_placed(setweight(to_tsvector('simple', @a), 'A') || setweight(to_tsvector('simple', @b), 'B') || setweight(to_tsvector('simple', @c), 'C'), ARRAY[lang])
		WHERE id = @id`,
		database.Args{
			"id": p.ID, "version": p.Version, "changed": p.ChangedAt, "stage": p.Stage, "stage_on": p.StageOn, "funded": p.Funded, "starts": p.StartsOn, "ends": p.EndsOn,
			"title": f.Title, "purpose": f.Purpose, "organizations": f.named(), "facts": f, "facets": facetsOf(p), "a": a, "b": b, "c": c,
		})
	return err
}

// notNil makes an empty array of what would be NULL.
func notNil[T any](values []T) []T {
	if values == nil {
		return []T{}
	}
	return values
}

// facetsOf are what the index says of a programme: what it has of each facet.
func facetsOf(p Programme) []string {
	all := []string{"all=", "stage=" + string(p.Stage)}
	add := func(facet string, values ...string) {
		for _, v := range values {
			all = append(all, facet+"="+v)
		}
	}
	add("area", p.Facts.Areas...)
	add("region", p.Regions...)
	add("organization", p.Facts.named()...)
	add("country", p.Facts.Countries...)
	for _, n := range p.Facts.Objectives {
		add("objective", strconv.Itoa(n))
	}
	for _, n := range Goals(p.Facts.Targets) {
		add("sdg", strconv.Itoa(n))
	}
	return all
}

// texts are the words by which a programme is found, in the order of their weight: its title; its purpose, who and where;
// partners, areas and objectives. Names of the vocabulary are there in all languages.
func texts(f Facts, v words) (a, b, c string) {
	who, more := []string{ui.PlainText(f.Purpose)}, []string{}
	for _, o := range f.Organizations {
		who, more = append(who, o.Name), append(more, o.Part)
	}
	for _, g := range f.Governments {
		who = append(who, g.Name)
	}
	for _, p := range f.Partners {
		more = append(more, p.Name, p.Part)
	}
	for _, l := range i18n.All {
		for _, code := range f.Countries {
			who = append(who, v.CountryName(l, code))
		}
		for _, id := range f.Areas {
			if area, ok := v.area(id); ok {
				more = append(more, area.Names.In(l))
			}
		}
		for _, n := range append(f.Objectives[:len(f.Objectives):len(f.Objectives)], f.Related...) {
			if o, ok := v.Objective(n); ok {
				more = append(more, o.Name(l))
			}
		}
	}
	return search.Fold(f.Title), search.Fold(strings.Join(who, "\n")), search.Fold(strings.Join(more, "\n"))
}

package expert

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/internal/search"
)

const columns = `id, user_id, state, version, name, organization, lang, text, objectives, languages, regions, countries, links, indexed,
	picture, picture_alt, picture_width, picture_height, changed_at, consented_at, hidden_reason`

// ofUser is the profile of a person; problem.NotFound for none.
func ofUser(ctx context.Context, q database.Querier, user int64) (Profile, error) {
	return database.Row[Profile](ctx, q, `SELECT `+columns+` FROM experts WHERE user_id = $1`, user)
}

// public is a profile that everybody may see.
func public(ctx context.Context, q database.Querier, id int64) (Profile, error) {
	return database.Row[Profile](ctx, q, `SELECT `+columns+` FROM experts WHERE id = $1 AND state = 'public'`, id)
}

// put keeps a profile in its state; one that was saved since it was read is problem.Stale.
func put(ctx context.Context, tx database.Tx, v *gcm.Vocabulary, p Profile, now time.Time) (id int64, err error) {
	args := database.Args{
		"user": p.UserID, "state": p.State, "version": p.Version, "name": p.Name, "organization": p.Organization, "lang": p.Lang, "text": p.Text,
		"objectives": p.Objectives, "languages": p.Languages, "regions": p.Regions, "countries": p.Countries, "links": p.Links, "indexed": p.Indexed,
		"words": p.words(v), "now": now, "consented": p.ConsentedAt,
	}
	id, err = database.Value[int64](ctx, tx, `INSERT INTO experts AS e (user_id, state, name, organization, lang, text, objectives, languages, regions, countries, links,
			indexed, words, created_at, changed_at, consented_at)
		VALUES (@user, CASE WHEN @state = 'hidden' THEN 'private' ELSE @state END, @name, @organization, @lang, @text, @objectives, @languages, @regions, @countries, @links, @indexed, to_tsvector('simple', @words), @now, @now, @consented)
		ON CONFLICT ON CONSTRAINT experts_one_each DO UPDATE SET state = @state, version = e.version + 1, name = excluded.name, organization = excluded.organization,
			lang = excluded.lang, text = excluded.text, objectives = excluded.objectives, languages = excluded.languages, regions = excluded.regions,
			countries = excluded.countries, links = excluded.links, indexed = excluded.indexed, words = excluded.words, changed_at = excluded.changed_at,
			consented_at = excluded.consented_at
		WHERE e.version = @version
		RETURNING id`, args)
	if errors.Is(err, problem.NotFound) {
		return 0, problem.Stale
	}
	return id, err
}

// words are what a profile is found by: its own, and the names of all that is chosen, in every language.
func (p Profile) words(v *gcm.Vocabulary) string {
	all := []string{p.Name, p.Organization, p.Text}
	for _, l := range i18n.All {
		for _, n := range p.Objectives {
			if o, ok := v.Objective(n); ok {
				all = append(all, o.Label(l))
			}
		}
		for _, id := range p.Regions {
			if r, ok := v.Region(id); ok {
				all = append(all, r.Name(l))
			}
		}
		for _, code := range p.Countries {
			all = append(all, v.CountryName(l, code))
		}
	}
	return search.Fold(strings.Join(all, "\n"))
}

// found are the public profiles that have the words, all for "", with what the list filters by and nothing else.
func found(ctx context.Context, q database.Querier, words string) ([]Profile, error) {
	return database.Rows[Profile](ctx, q, `SELECT id, user_id, state, version, name, organization, lang, '' AS text, objectives, languages, regions, countries, links, indexed,
			picture, picture_alt, picture_width, picture_height, changed_at, consented_at, '' AS hidden_reason
		FROM experts WHERE state = 'public' AND ($1 = '' OR words @@ to_tsquery('simple', $1)) ORDER BY id`, words)
}

// texts are the texts of public profiles, by id.
func texts(ctx context.Context, q database.Querier, ids []int64) (map[int64]string, error) {
	type row struct {
		ID   int64
		Text string
	}
	rows, err := database.Rows[row](ctx, q, `SELECT id, text FROM experts WHERE id = ANY ($1) AND state = 'public'`, ids)
	all := map[int64]string{}
	for _, r := range rows {
		all[r.ID] = r.Text
	}
	return all, err
}

// path is the page of a profile, without the language.
func (p Profile) path() string { return pathOf(p.ID) }

func pathOf(id int64) string { return Path + "/" + strconv.FormatInt(id, 10) }

package app

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"portal/internal/account"
	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/pledge"
	"portal/internal/search"
)

// The people of a desk that is measured: officers of every desk, in turn. Their password is DemonstrationPassword, and their
// second factor follows from their address, as that of the demonstration's staff does.
const (
	deskOfficers     = 30
	deskOfficerEmail = "officer%d@desk.example"
)

// What a desk that is measured has: for each open submission twenty that are over, in this many offices, with this many
// different titles.
const (
	pastPerOpen = 20
	deskOffices = 3000
	deskTitles  = 6000
	mostPast    = 2_000_000
)

// ScaleDesk adds n invented submissions that are over, and a twentieth as many that are open, over all desks and thirty
// officers: to measure the desk, not to show it. It works on an empty portal, is refused in production and the second time,
// and writes past the services. What it calls published is on no public page.
func (a *App) ScaleDesk(ctx context.Context, n int) error {
	return a.scaleDeskOn(ctx, n, date.Today(time.Now(), i18n.Geneva))
}

func (a *App) scaleDeskOn(ctx context.Context, n int, today date.Date) error {
	if a.config.Production() {
		return ErrProduction
	}
	if n < pastPerOpen || n > mostPast {
		return fmt.Errorf("from %d to %d submissions", pastPerOpen, mostPast)
	}
	if others, err := database.Value[int](ctx, a.db.Read(), `SELECT count(*) FROM users`); err != nil {
		return err
	} else if others > 0 {
		return errors.New("this portal is in use: invented submissions for the desk go into an empty one")
	}
	if _, err := a.db.Read().Exec(ctx, `INSERT INTO settings (name, value) VALUES ('demonstration', $1), ('scale', $2)`, seedDone, fmt.Sprint(n)); err != nil {
		return fmt.Errorf("scale: %w", err)
	}
	officers, err := a.deskOfficers(ctx, identity.Desks)
	if err != nil {
		return fmt.Errorf("scale: %w", err)
	}
	if err := a.db.InTx(ctx, func(tx database.Tx) error { return a.copyDesk(ctx, tx, n, today, officers) }); err != nil {
		return fmt.Errorf("scale: %w", err)
	}
	if _, err := a.db.Read().Exec(ctx, `VACUUM (ANALYZE)`); err != nil {
		return fmt.Errorf("scale: %w", err)
	}
	return a.assemble(ctx)
}

// deskOfficers introduces officers of the desks, in turn; the first of each desk also leads it.
func (a *App) deskOfficers(ctx context.Context, desks []identity.Desk) ([]int64, error) {
	var ids []int64
	for i := range deskOfficers {
		email := fmt.Sprintf(deskOfficerEmail, i+1)
		desk := desks[i%len(desks)]
		roles := []identity.StaffRole{{Role: identity.Officer, Desk: desk}}
		if i < len(desks) {
			roles = append(roles, identity.StaffRole{Role: identity.Lead, Desk: desk})
		}
		u, err := a.areas.accounts.Introduce(ctx, account.Introduction{
			Email: email, Profile: account.Profile{Name: fmt.Sprintf("Officer %d", i+1), Position: "Secretariat", Country: "CH", Lang: i18n.English},
			Password: DemonstrationPassword, Factor: demoFactor(email), Roles: roles,
		})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", email, err)
		}
		ids = append(ids, u.ID)
	}
	return ids, nil
}

// copyDesk writes offices with an author each, and the submissions in a few statements.
func (a *App) copyDesk(ctx context.Context, tx database.Tx, n int, today date.Date, officers []int64) error {
	phrases, err := loadPhrases()
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(seedOfOffices, seedOfSubmissions))
	titles := &rowsOf{table: "desk_titles", columns: []string{"n", "lang", "title", "words"}}
	countries := a.vocabulary().Countries(i18n.English)
	for i := range deskTitles {
		lang := scaleLangs.pick(r)
		w := writer{Rand: r, lang: lang, phrases: phrases[lang], country: pickOne(r, countries).Name(i18n.Lang(lang)), year: 2030}
		title := w.fill(pickOne(r, w.phrases.Titles))
		titles.add(i, lang, title, search.Fold(title))
	}
	offices := &rowsOf{table: "desk_offices", columns: []string{"n", "name", "country"}}
	for i := range deskOffices {
		lang := scaleLangs.pick(r)
		country := countries[skewed(r, len(countries))]
		w := writer{Rand: r, lang: lang, phrases: phrases[lang], country: country.Name(i18n.Lang(lang))}
		offices.add(i, fmt.Sprintf("%s %s %d", w.fill(pickOne(r, w.phrases.Offices)), w.name(), i), country.ISO2)
	}
	if _, err := tx.Exec(ctx, `CREATE TEMPORARY TABLE desk_titles (n int PRIMARY KEY, lang text, title text, words text) ON COMMIT DROP`); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `CREATE TEMPORARY TABLE desk_offices (n int PRIMARY KEY, name text, country text) ON COMMIT DROP`); err != nil {
		return err
	}
	for _, t := range []*rowsOf{titles, offices} {
		if err := t.copy(ctx, tx); err != nil {
			return err
		}
	}
	references, err := dropReferences(ctx, tx)
	if err != nil {
		return err
	}
	indexes, err := dropIndexes(ctx, tx)
	if err != nil {
		return err
	}
	statements := append([]string{
		`INSERT INTO offices (name, category, country, state, created_at, decided_at) SELECT name, '` + pledge.MemberState + `', country, 'approved', @began, @began FROM desk_offices ORDER BY n`,
		`INSERT INTO users (email, name, country, email_verified_at, terms_version, created_at) SELECT 'author' || n || '@desk.example', 'Author ' || n, country, @began, '', @began FROM desk_offices ORDER BY n`,
		`INSERT INTO posts (user_id, office_id, role, state, from_on, created_at, decided_at)
			SELECT u.id, o.id, 'head', 'approved', @began::date, @began, @began FROM desk_offices d JOIN offices o ON o.name = d.name JOIN users u ON u.email = 'author' || d.n || '@desk.example'`,
		`ALTER TABLE submissions DISABLE TRIGGER USER`,
		deskSubmissions,
		`ALTER TABLE submissions ENABLE TRIGGER USER`,
		`INSERT INTO desk_counts (desk, state, kind, country, assigned_to, n) SELECT desk, state, kind, country, assigned_to, count(*) FROM submissions
			GROUP BY desk, state, kind, country, assigned_to UNION ALL SELECT desk, state, '', '', NULL, count(*) FROM submissions GROUP BY desk, state`,
		`INSERT INTO submission_steps (submission_id, revision, step, version, answers, saved_by, saved_at)
			SELECT id, 1, 'what', 1, jsonb_build_object('title', jsonb_build_array(title)), author_id, created_at FROM submissions`,
		`INSERT INTO submission_events (submission_id, revision, action, from_state, to_state, actor_id, at)
			SELECT id, 1, 'submit', 'draft', 'submitted', author_id, submitted_at FROM submissions`,
		`INSERT INTO submission_events (submission_id, revision, action, from_state, to_state, actor_id, at)
			SELECT id, 1, CASE state WHEN 'published' THEN 'publish' WHEN 'declined' THEN 'decline' WHEN 'changes_requested' THEN 'request_changes' ELSE 'take' END,
				'in_review', state, assigned_to, changed_at FROM submissions WHERE state <> 'submitted'`,
		// Each officer has kept some searches, and has declared interests, which put some hundreds of submissions behind the wall.
		`INSERT INTO desk_views (owner_id, name, search, place, created_at, changed_at)
			SELECT o.id, v.name, v.search, v.place, @now, @now FROM unnest(@officers::bigint[]) o (id),
				(VALUES ('Late', 'is:overdue', 1), ('Mine, soon', 'assigned:me is:soon', 2), ('Skills', 'skills in:all', 3), ('Of one country', 'country:KE in:decided', 4)) v (name, search, place)`,
		`INSERT INTO declared_interests (user_id, office_id, reason, declared_at)
			SELECT o.id, w.office_id, 'Has worked there', @now FROM unnest(@officers::bigint[]) WITH ORDINALITY o (id, n)
			JOIN (SELECT id AS office_id, row_number() OVER (ORDER BY id) AS n FROM offices) w ON w.n = 1000 + o.n`,
	}, append(indexes, references...)...)
	args := map[string]any{
		"began": today.AddDays(-3300).In(i18n.Geneva), "today": today, "now": today.In(i18n.Geneva).Add(9 * time.Hour),
		"past": n, "all": n + n/pastPerOpen, "officers": officers, "desks": identity.Desks, "titles": deskTitles, "offices": deskOffices,
	}
	for _, sql := range statements {
		used := pgx.NamedArgs{}
		for name, value := range args {
			if strings.Contains(sql, "@"+name) {
				used[name] = value
			}
		}
		if _, err := tx.Exec(ctx, sql, used); err != nil {
			return fmt.Errorf("%.60s: %w", sql, err)
		}
	}
	return nil
}

// deskSubmissions makes the submissions by number: the first @past are over, the others open. hashint4 spreads each choice
// by itself, and the same number gives the same submission.
const deskSubmissions = `INSERT INTO submissions (kind, desk, title, country, lang, state, version, office_id, author_id, assigned_to, revision, submitted_revision,
		submitted_title, submitted_words, submitted_objectives, published_revision, public_id, created_at, changed_at, submitted_at, decided_at, waiting_for, waiting_since, answer_due_on, decision_due_on, answered_at)
	SELECT 'pledge', (@desks::text[])[desk + 1], t.title, o.country, t.lang, x.state, 2, o.id, u.id,
		CASE WHEN x.state = 'submitted' AND c % 3 > 0 THEN NULL ELSE (@officers::bigint[])[1 + desk + 5 * (c % 6)] END,
		1, 1, t.title, to_tsvector('simple', t.words), ARRAY[1 + a % 23, 1 + (a + 1 + b % 22) % 23], CASE WHEN x.state = 'published' THEN 1 END, CASE WHEN x.state IN ('published', 'archived') THEN 'GCM-P-' || lpad(i::text, 7, '0') END,
		x.sent - interval '9 days', x.sent + interval '3 days', x.sent, CASE WHEN x.over THEN x.sent + interval '8 days' END,
		CASE WHEN x.over THEN '' WHEN x.state = 'changes_requested' THEN 'submitter' WHEN x.state = 'approved' THEN 'office' ELSE 'desk' END,
		CASE WHEN NOT x.over THEN x.sent + (c % 3) * interval '1 day' END,
		CASE WHEN x.state IN ('submitted', 'in_review') THEN x.sent::date + 7 END, CASE WHEN x.state IN ('submitted', 'in_review') THEN x.sent::date + 14 END,
		CASE WHEN x.over OR x.state = 'in_review' AND c % 2 = 0 THEN x.sent + interval '2 days' END
	FROM (SELECT i, i > @past AS open, i % 5 AS desk, abs(hashint4(i)) AS a, abs(hashint4(i + 10000000)) AS b, abs(hashint4(i + 20000000)) AS c FROM generate_series(1, @all) i) g
	CROSS JOIN LATERAL (SELECT CASE
			WHEN NOT g.open THEN CASE WHEN a % 100 < 80 THEN 'published' WHEN a % 100 < 92 THEN 'declined' WHEN a % 100 < 97 THEN 'withdrawn' ELSE 'archived' END
			WHEN a % 100 < 40 THEN 'submitted' WHEN a % 100 < 70 THEN 'in_review' WHEN a % 100 < 80 THEN 'approved' ELSE 'changes_requested' END AS state,
		NOT g.open AS over,
		CASE WHEN g.open THEN @now::timestamptz - (b % 30) * interval '1 day' - (a % 86400) * interval '1 second'
			ELSE @now::timestamptz - (30 + b % 3000) * interval '1 day' - (a % 86400) * interval '1 second' END AS sent) x
	JOIN desk_titles t ON t.n = b % @titles
	JOIN desk_offices d ON d.n = (c % @offices) * (a % 97) / 97
	JOIN offices o ON o.name = d.name JOIN users u ON u.email = 'author' || d.n || '@desk.example'`

// dropIndexes drops the indexes of the submissions that are no constraints, and returns the statements that make them anew.
func dropIndexes(ctx context.Context, tx database.Tx) (back []string, err error) {
	type index struct{ Name, Def string }
	all, err := database.Rows[index](ctx, tx, `SELECT i.indexname AS name, i.indexdef AS def FROM pg_indexes i
		WHERE i.tablename IN ('submissions', 'submission_steps', 'submission_events') AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conname = i.indexname)`)
	for _, i := range all {
		if _, err := tx.Exec(ctx, `DROP INDEX `+pgx.Identifier{i.Name}.Sanitize()); err != nil {
			return nil, err
		}
		back = append(back, i.Def)
	}
	return back, err
}

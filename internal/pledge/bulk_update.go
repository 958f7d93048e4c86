package pledge

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/mail"
	"portal/internal/workflow"
)

// Reported is an update that comes in together with many others.
type Reported struct {
	ID       workflow.ID // of the pledge
	Revision int
	Means    Means
	Status   Status
	// SupersededBy is a public ID, only with Superseded.
	SupersededBy                       string
	On, NextReport                     date.Date // NextReport is zero with a status that is final
	Lang                               string
	Evidence, Link, Obstacles, Support string
	// Progress are what was measured by indicator, Reached the days of milestones.
	Progress   map[string]string
	Reached    map[string]date.Date
	OfficeName string
	AuthorID   int64
	At         time.Time // of publication; no two of a pledge at the same time
}

// Report takes updates in; those of one pledge in the order of time.
func (b *Bulk) Report(ctx context.Context, all []Reported) error {
	_, err := b.tx.CopyFrom(ctx, pgx.Identifier{"pledge_updates"}, []string{
		"pledge_id", "revision", "means", "status", "superseded_by", "on_day", "lang", "evidence", "link", "obstacles", "support", "progress", "milestones",
		"next_report_on", "office_name", "author_id", "published_at",
	}, pgx.CopyFromSlice(len(all), func(i int) ([]any, error) {
		in := all[i]
		progress, milestones := []map[string]string{}, []map[string]string{}
		for _, indicator := range slices.Sorted(maps.Keys(in.Progress)) {
			progress = append(progress, map[string]string{"indicator": indicator, "value": in.Progress[indicator]})
		}
		for _, milestone := range slices.Sorted(maps.Keys(in.Reached)) {
			milestones = append(milestones, map[string]string{"milestone": milestone, "reached": in.Reached[milestone].String()})
		}
		measured, err := json.Marshal(progress)
		if err != nil {
			return nil, err
		}
		reached, err := json.Marshal(milestones)
		return []any{
			in.ID, in.Revision, string(in.Means), string(in.Status), in.SupersededBy, in.On, in.Lang, in.Evidence, in.Link, in.Obstacles, in.Support, measured, reached,
			in.NextReport, in.OfficeName, in.AuthorID, in.At,
		}, err
	}))
	if err != nil {
		return fmt.Errorf("copy updates in: %w", err)
	}
	return nil
}

// standings makes those of the pledges that came in: from one update to the next.
func (b *Bulk) standings(ctx context.Context) error {
	for _, sql := range []string{
		`ALTER TABLE pledge_standings DISABLE TRIGGER pledge_standings_follow_insert`,
		`INSERT INTO pledge_standings (pledge_id, since, until, update_id, status, next_report_on)
			SELECT pledge_id, since, lead(since) OVER (PARTITION BY pledge_id ORDER BY since), update_id, status, next_report_on
			  FROM (SELECT DISTINCT id AS pledge_id, first_published_at AS since, NULL::bigint AS update_id, 'none' AS status, pledge_first_report(first_published_at) AS next_report_on
					  FROM pledges_in
					 UNION ALL SELECT u.pledge_id, u.published_at, u.id, u.status, u.next_report_on
					  FROM pledge_updates u WHERE u.pledge_id IN (SELECT id FROM pledges_in)) s`,
		`ALTER TABLE pledge_standings ENABLE TRIGGER pledge_standings_follow_insert`,
		`ALTER TABLE pledge_updates ENABLE TRIGGER pledge_updates_standing, ENABLE TRIGGER pledge_updates_reported`,
	} {
		if _, err := b.tx.Exec(ctx, sql); err != nil {
			return fmt.Errorf("make the standings of many pledges: %w", err)
		}
	}
	return nil
}

// Remind keeps that everybody has been reminded of what was due until the day, after Finish: as in a portal that has been
// running all along. The links of those mails open nothing.
func (b *Bulk) Remind(ctx context.Context, day date.Date) error {
	_, err := b.tx.Exec(ctx, `INSERT INTO pledge_reminders (pledge_id, report_on, stage, user_id, hash, sent_at, expires_at)
		SELECT DISTINCT ON (p.id, u.id) p.id, s.next_report_on, st.stage, u.id, sha256(gen_random_uuid()::text::bytea), @now::timestamptz, @until::timestamptz`+fromDue,
		database.Args{"today": day, "topic": mail.Reports, "now": day.In(i18n.Geneva), "until": day.In(i18n.Geneva).Add(LinkLasts)})
	if err != nil {
		return fmt.Errorf("keep the reminders of many pledges: %w", err)
	}
	return nil
}

package request

import (
	"context"
	"fmt"
	"time"

	"portal/internal/database"
	"portal/internal/problem"
	"portal/internal/workflow"
)

const talkColumns = `t.id, t.number, t.version, t.sequence, t.state, t.title, t.lang, t.purpose, t.expected, t.level, t.region, t.country, t.feeds, t.objectives, t.principles, t.format, t.place, t.audience,
	t.interpretation, t.accessibility, t.speakers, t.day, t.starts, t.ends, t.zone, t.at, t.until, t.moved_from, t.registration, t.reason, t.recording, t.report, t.summary, t.pledges, t.practices,
	t.announced_at, t.asked_at, t.changed_at, coalesce((SELECT jsonb_agg(jsonb_build_object('Name', coalesce(o.name, g.name), 'Role', g.role, 'OfficeID', g.office_id, 'Country', coalesce(o.country, '')) ORDER BY g.place)
		FROM talk_organizers g LEFT JOIN offices o ON o.id = g.office_id WHERE g.talk_id = t.id), '[]') AS organizers`

// maxTalks bounds how many talks are read: many more than there are in a decade.
const maxTalks = 20_000

// publicTalks are all talks before the public, the earliest first.
func publicTalks(ctx context.Context, q database.Querier) ([]TalkEvent, error) {
	all, err := database.Rows[TalkEvent](ctx, q, `SELECT `+talkColumns+` FROM talks t WHERE t.state IN ('announced', 'cancelled') ORDER BY t.at, t.id LIMIT $1`, maxTalks)
	if err != nil {
		return nil, fmt.Errorf("read the talks: %w", err)
	}
	return all, nil
}

// PublicTalks are all talks before the public, the earliest first.
func (s *Service) PublicTalks(ctx context.Context) ([]TalkEvent, error) {
	return publicTalks(ctx, s.db.Read())
}

// talkByNumber is the talk of a public ID, be it withdrawn.
func talkByNumber(ctx context.Context, q database.Querier, typed string) (TalkEvent, error) {
	n, ok := talkNumber(typed)
	if !ok {
		return TalkEvent{}, problem.NotFound
	}
	t, err := database.Row[TalkEvent](ctx, q, `SELECT `+talkColumns+` FROM talks t WHERE t.number = $1`, n)
	if err != nil {
		return t, fmt.Errorf("talk %s: %w", typed, err)
	}
	return t, nil
}

// talkByID is the talk of a request that the caller has found for the person.
func talkByID(ctx context.Context, q database.Querier, id workflow.ID) (TalkEvent, error) {
	t, err := database.Row[TalkEvent](ctx, q, `SELECT `+talkColumns+` FROM talks t WHERE t.id = $1`, id)
	if err != nil {
		return t, fmt.Errorf("talk of request %d: %w", id, err)
	}
	return t, nil
}

func lockTalk(ctx context.Context, tx database.Tx, id workflow.ID) (TalkEvent, error) {
	if _, err := tx.Exec(ctx, `SELECT FROM talks WHERE id = $1 FOR UPDATE`, id); err != nil {
		return TalkEvent{}, fmt.Errorf("lock talk %d: %w", id, err)
	}
	return talkByID(ctx, tx, id)
}

// insertTalk keeps a talk; of its organizers those that are called as an approved office are tied to it.
func insertTalk(ctx context.Context, tx database.Tx, t TalkEvent) error {
	_, err := tx.Exec(ctx, `INSERT INTO talks (id, title, lang, purpose, expected, level, region, country, feeds, objectives, principles, format, place, audience, interpretation, accessibility, speakers,
			day, starts, ends, zone, at, until, changed_at)
		VALUES (@id, @title, @lang, @purpose, @expected, @level, @region, @country, @feeds, @objectives, @principles, @format, @place, @audience, @interpretation, @accessibility, @speakers,
			@day, @starts, @ends, @zone, @at, @until, @changed)`,
		database.Args{
			"id": t.ID, "title": t.Title, "lang": t.Lang, "purpose": t.Purpose, "expected": t.Expected, "level": t.Level, "region": t.Region, "country": t.Country, "feeds": t.Feeds,
			"objectives": orEmpty(t.Objectives), "principles": orEmpty(t.Principles), "format": t.Format, "place": t.Place, "audience": orEmpty(t.Audience), "interpretation": orEmpty(t.Interpretation),
			"accessibility": t.Accessibility, "speakers": t.Speakers, "day": t.Day, "starts": t.Starts, "ends": t.Ends, "zone": t.Zone, "at": t.At, "until": t.Until, "changed": t.ChangedAt,
		})
	for i, o := range t.Organizers {
		if err == nil {
			_, err = tx.Exec(ctx, `INSERT INTO talk_organizers (talk_id, place, name, role, office_id) VALUES ($1, $2, $3, $4,
				(SELECT o.id FROM offices o JOIN submissions s ON s.id = $1 WHERE o.state = 'approved' AND o.folded = fold_name($3) ORDER BY o.id = s.office_id DESC, o.country = s.country DESC, o.id LIMIT 1))`,
				t.ID, i, o.Name, o.Role)
		}
	}
	if err != nil {
		return fmt.Errorf("keep talk %d: %w", t.ID, err)
	}
	return placeTalks(ctx, tx, t.ID)
}

func orEmpty[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}

// updateTalk writes what the desk and the organizers may change, and raises the version.
func updateTalk(ctx context.Context, tx database.Tx, t TalkEvent) error {
	_, err := tx.Exec(ctx, `UPDATE talks SET version = version + 1, sequence = @sequence, number = @number, state = @state, place = @place, day = @day, starts = @starts, ends = @ends, zone = @zone, at = @at, until = @until,
			moved_from = @moved, registration = @registration, reason = @reason, recording = @recording, report = @report, summary = @summary, pledges = @pledges, practices = @practices,
			announced_at = @announced, asked_at = @asked, changed_at = @changed WHERE id = @id`,
		database.Args{
			"id": t.ID, "sequence": t.Sequence, "number": t.Number, "state": t.State, "place": t.Place, "day": t.Day, "starts": t.Starts, "ends": t.Ends, "zone": t.Zone, "at": t.At, "until": t.Until,
			"moved": t.MovedFrom, "registration": t.Registration, "reason": t.Reason, "recording": t.Recording, "report": t.Report, "summary": t.Summary, "pledges": orEmpty(t.Pledges), "practices": orEmpty(t.Practices),
			"announced": t.AnnouncedAt, "asked": t.AskedAt, "changed": t.ChangedAt,
		})
	if err != nil {
		return fmt.Errorf("change talk %d: %w", t.ID, err)
	}
	return placeTalks(ctx, tx, t.ID)
}

// Announced returns the talks that were announced since an instant and are still to come or were held, the last first.
func (s *Service) Announced(ctx context.Context, since time.Time, most int) ([]TalkEvent, error) {
	all, err := database.Rows[TalkEvent](ctx, s.db.Read(), `SELECT `+talkColumns+` FROM talks t WHERE t.state = 'announced' AND t.announced_at > $1 ORDER BY t.announced_at DESC, t.id DESC LIMIT $2`, since, most)
	if err != nil {
		return nil, fmt.Errorf("talks that were announced: %w", err)
	}
	return all, nil
}

package request

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/workflow"
)

// BulkTalk is a talk that was accepted and announced, as many of them are written at once.
type BulkTalk struct {
	ID      workflow.ID
	Lang    string
	Answers form.Answers
	// Offices are those of its organizers, in their order.
	Offices []int64
	// At is when it was announced; it takes place at the first of its dates after that.
	At time.Time
}

// AddTalks writes many talks past the service, for data to measure with: their submissions are there already. It is called once.
func AddTalks(ctx context.Context, tx database.Tx, all []BulkTalk) error {
	last, err := database.Value[int](ctx, tx, `SELECT setval('talk_numbers', nextval('talk_numbers') + $1)::int`, len(all))
	if err != nil {
		return fmt.Errorf("number talks: %w", err)
	}
	var talks, organizers [][]any
	for i, b := range all {
		t, ok := talkOf(workflow.Submission{ID: b.ID, Lang: b.Lang}, b.Answers, b.At)
		if !ok {
			return fmt.Errorf("talk %d has no date", b.ID)
		}
		talks = append(talks, []any{
			t.ID, last - len(all) + i, string(TalkAnnounced), t.Title, t.Lang, t.Purpose, t.Expected, string(t.Level), t.Region, t.Country, t.Feeds, orEmpty(t.Objectives), orEmpty(t.Principles), t.Format, t.Place,
			orEmpty(t.Audience), orEmpty(t.Interpretation), t.Day, t.Starts, t.Ends, t.Zone, t.At, t.Until, b.At, b.At, b.At,
		})
		for n, o := range t.Organizers {
			organizers = append(organizers, []any{t.ID, n, o.Name, o.Role, b.Offices[n]})
		}
	}
	for _, c := range []struct {
		table   string
		columns []string
		rows    [][]any
	}{
		{"talks", []string{
			"id", "number", "state", "title", "lang", "purpose", "expected", "level", "region", "country", "feeds", "objectives", "principles", "format", "place",
			"audience", "interpretation", "day", "starts", "ends", "zone", "at", "until", "announced_at", "asked_at", "changed_at",
		}, talks},
		{"talk_organizers", []string{"talk_id", "place", "name", "role", "office_id"}, organizers},
	} {
		if _, err := tx.CopyFrom(ctx, pgx.Identifier{c.table}, c.columns, pgx.CopyFromRows(c.rows)); err != nil {
			return fmt.Errorf("copy %s in: %w", c.table, err)
		}
	}
	ids := make([]int64, len(all))
	for i, b := range all {
		ids[i] = b.ID
	}
	return placeTalks(ctx, tx, ids...)
}

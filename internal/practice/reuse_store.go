package practice

import (
	"context"
	"fmt"
	"time"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/search"
	"portal/internal/workflow"
)

// reuseColumns are a Reuse; r is practice_reuses.
const reuseColumns = `r.id, r.organization, r.country, r.year, r.changed, r.lang, r.link, r.state, r.reason, r.created_at, r.decided_at`

// confirmedReuses are the confirmed reuses of a practice, the latest first.
func confirmedReuses(ctx context.Context, q database.Querier, id workflow.ID, offset, limit int) ([]Reuse, error) {
	return database.Rows[Reuse](ctx, q, `SELECT `+reuseColumns+` FROM practice_reuses r WHERE r.practice_id = $1 AND r.state = 'confirmed' ORDER BY r.year DESC, r.id DESC LIMIT $2 OFFSET $3`, id, limit, offset)
}

// reuseCountries are the countries in which a practice was reused, as confirmed.
func reuseCountries(ctx context.Context, q database.Querier, id workflow.ID) ([]string, error) {
	return database.Values[string](ctx, q, `SELECT DISTINCT country FROM practice_reuses WHERE practice_id = $1 AND state = 'confirmed' ORDER BY 1`, id)
}

// waitingReuses are those that a practice's office has to answer, the longest waiting first.
func waitingReuses(ctx context.Context, q database.Querier, id workflow.ID) ([]Reuse, error) {
	return database.Rows[Reuse](ctx, q, `SELECT `+reuseColumns+` FROM practice_reuses r WHERE r.practice_id = $1 AND r.state = 'waiting' ORDER BY r.id LIMIT 50`, id)
}

// ReuseSide says what a reader has to do with a reuse.
type ReuseSide string

// The sides.
const (
	SideOwner    ReuseSide = "owner"    // acts for the practice's office
	SideRecorder ReuseSide = "recorder" // has recorded it
	SideDesk     ReuseSide = "desk"     // of the hub desk, without a conflict
)

// ReuseCase is a reuse as one of those sees it who have to do with it.
type ReuseCase struct {
	Reuse
	Practice vouched
	Side     ReuseSide
	// RecorderID is who has recorded it; nil when their account is closed. Recorder is their name, which only the desk reads.
	RecorderID *int64
	Recorder   string
}

// findReuse returns a reuse of a practice as the person may see it; for others it is problem.NotFound.
func findReuse(ctx context.Context, q database.Querier, who identity.User, publicID string, id int64) (c ReuseCase, err error) {
	type row struct {
		Reuse
		PracticeID int64
		RecorderID *int64
		Recorder   string
		Side       ReuseSide
	}
	r, err := database.Row[row](ctx, q, `SELECT `+reuseColumns+`, r.practice_id, r.recorder_id, CASE WHEN v.side = 'desk' THEN coalesce(w.name, '') ELSE '' END AS recorder, v.side
		FROM practice_reuses r LEFT JOIN users w ON w.id = r.recorder_id
		CROSS JOIN LATERAL (SELECT CASE
			WHEN r.recorder_id = @who THEN 'recorder'
			WHEN EXISTS (SELECT FROM submissions s JOIN offices o ON o.id = s.office_id`+workflow.JoinActors+` WHERE s.id = r.practice_id AND x.user_id = @who) THEN 'owner'
			WHEN @staff AND EXISTS (SELECT FROM submission_access a WHERE a.submission_id = r.practice_id AND a.user_id = @who AND a.side = 'desk') THEN 'desk' END AS side) v
		WHERE r.id = @id AND v.side IS NOT NULL AND r.practice_id = (SELECT p.id FROM practices p WHERE p.public_id = @public LIMIT 1)`,
		database.Args{"who": who.ID, "staff": who.IsStaff(), "id": id, "public": publicID})
	if err != nil {
		return c, err
	}
	c = ReuseCase{Reuse: r.Reuse, Side: r.Side, RecorderID: r.RecorderID, Recorder: r.Recorder}
	c.Practice, err = findVouched(ctx, q, r.PracticeID)
	return c, err
}

// lockReuse makes others wait who decide on the same reuse.
func lockReuse(ctx context.Context, tx database.Tx, id int64) error {
	_, err := tx.Exec(ctx, `SELECT FROM practice_reuses WHERE id = $1 FOR UPDATE`, id)
	return err
}

// sameReuse is the reuse that the person has recorded already in the same words, as when a button is pressed twice; 0 for none.
func sameReuse(ctx context.Context, tx database.Tx, practice workflow.ID, who int64, r Reuse) (int64, error) {
	return database.Value[int64](ctx, tx, `SELECT coalesce(max(id), 0) FROM practice_reuses WHERE practice_id = @practice AND recorder_id = @who AND folded = @folded AND country = @country
		AND year = @year AND changed = @changed AND link = @link AND state IN ('waiting', 'confirmed')`,
		database.Args{"practice": practice, "who": who, "folded": search.Fold(r.Organization), "country": r.Country, "year": r.Year, "changed": r.Changed, "link": r.Link})
}

func addReuse(ctx context.Context, tx database.Tx, practice workflow.ID, who int64, r Reuse, now time.Time) (int64, error) {
	return database.Value[int64](ctx, tx, `INSERT INTO practice_reuses (practice_id, recorder_id, organization, folded, country, year, changed, lang, link, created_at)
		VALUES (@practice, @who, @organization, @folded, @country, @year, @changed, @lang, @link, @now) RETURNING id`,
		database.Args{"practice": practice, "who": who, "organization": r.Organization, "folded": search.Fold(r.Organization), "country": r.Country, "year": r.Year,
			"changed": r.Changed, "lang": r.Lang, "link": r.Link, "now": now})
}

func settleReuse(ctx context.Context, tx database.Tx, practice workflow.ID, id int64, state ReuseState, reason string, who int64, now time.Time) error {
	if _, err := tx.Exec(ctx, `UPDATE practice_reuses SET state = $2, reason = $3, decided_by = $4, decided_at = $5 WHERE id = $1`, id, state, reason, who, now); err != nil {
		return fmt.Errorf("settle reuse %d: %w", id, err)
	}
	return countReuses(ctx, tx, practice)
}

// countReuses writes how often a practice was reused into what lists read.
func countReuses(ctx context.Context, tx database.Tx, practice workflow.ID) error {
	_, err := tx.Exec(ctx, `UPDATE practices p SET reuses = c.n, facets = array_remove(p.facets, 'reused=yes') || CASE WHEN c.n > 0 THEN ARRAY['reused=yes'] ELSE '{}' END
		FROM (SELECT count(*)::int AS n FROM practice_reuses r WHERE r.practice_id = $1 AND r.state = 'confirmed') c
		WHERE p.id = $1 AND p.until IS NULL AND p.reuses <> c.n`, practice)
	if err != nil {
		return fmt.Errorf("count the reuses of practice %d: %w", practice, err)
	}
	return nil
}

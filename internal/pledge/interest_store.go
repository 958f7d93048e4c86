package pledge

import (
	"context"
	"fmt"
	"time"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/workflow"
)

// interestColumns are an Interest without its reader; i is pledge_interests.
const interestColumns = `i.id, i.pledge_id, p.public_id, p.title, p.lang, p.until IS NOT NULL AS gone, i.support, i.office_id, p.office_id AS owner_id,
	o.name AS office_name, o.state <> 'approved' AS office_closed, w.name AS owner_name, w.state <> 'approved' AS owner_closed,
	coalesce(m.public_id, '') AS own, coalesce(m.title, '') AS own_title, coalesce(m.lang, '') AS own_lang, coalesce(m.gone, false) AS own_gone, i.state, i.created_at, i.changed_at`

// fromInterests joins a case with the pledges of both offices as they were published last.
const fromInterests = ` FROM pledge_interests i
	JOIN LATERAL (SELECT public_id, title, lang, until, office_id FROM pledges WHERE id = i.pledge_id ORDER BY revision DESC LIMIT 1) p ON true
	LEFT JOIN LATERAL (SELECT public_id, CASE WHEN until IS NULL THEN title END AS title, CASE WHEN until IS NULL THEN lang END AS lang, until IS NOT NULL AS gone
		FROM pledges WHERE id = i.own_pledge_id ORDER BY revision DESC LIMIT 1) m ON true
	JOIN offices o ON o.id = i.office_id JOIN offices w ON w.id = p.office_id`

// forOffices are the cases of the person's offices, with the side on which they stand. In an office that was closed they read.
const forOffices = `SELECT ` + interestColumns + `, x.side, x.writes` + fromInterests + `
	JOIN LATERAL (SELECT CASE WHEN t.office_id = i.office_id THEN 'asking' ELSE 'asked' END AS side, bool_or(t.role <> 'viewer' AND f.state = 'approved') AS writes
		FROM posts t JOIN offices f ON f.id = t.office_id WHERE t.user_id = @who AND t.office_id IN (i.office_id, p.office_id) AND t.state = 'approved' AND t.from_on <= current_date
			AND (t.until_on IS NULL OR t.until_on >= current_date) GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1) x ON true`

// forDesk are the cases that the person has before them at the desk.
const forDesk = `SELECT ` + interestColumns + `, 'desk' AS side, true AS writes` + fromInterests + beforeDesk

// beforeDesk leaves, of cases i, those that are not behind the conflict wall: neither with the pledge, nor with the office
// that is interested, nor with the pledge of that office has the person anything to do.
const beforeDesk = `
	JOIN submission_access a ON a.submission_id = i.pledge_id AND a.user_id = @who AND a.side = 'desk'
		AND NOT EXISTS (SELECT FROM pledge_interest_conflicts c WHERE c.interest_id = i.id AND c.user_id = @who)`

// theirs leaves, of cases i, those of the person's offices.
const theirs = ` WHERE i.id IN (WITH mine AS MATERIALIZED (SELECT office_id FROM posts WHERE user_id = @who AND state = 'approved' AND from_on <= current_date AND (until_on IS NULL OR until_on >= current_date))
	SELECT i.id FROM mine JOIN pledge_interests i USING (office_id) UNION ALL SELECT i.id FROM mine JOIN pledges p USING (office_id) JOIN pledge_interests i ON i.pledge_id = p.id)`

// theirOrder puts the open cases first; behind is what comes after the case @after in it.
const (
	theirOrder  = `i.state IN ('interested', 'in_contact') DESC, i.changed_at DESC, i.id DESC`
	behindTheir = ` AND (@after = 0 OR (i.state IN ('interested', 'in_contact'), i.changed_at, i.id) < (SELECT a.state IN ('interested', 'in_contact'), a.changed_at, a.id FROM pledge_interests a WHERE a.id = @after))`
)

func officeInterests(ctx context.Context, q database.Querier, who identity.User, f CaseFilter) ([]Interest, error) {
	return database.Rows[Interest](ctx, q, forOffices+theirs+behindTheir+` ORDER BY `+theirOrder+` LIMIT @limit OFFSET @offset`, f.part(who))
}

// countTheirs counts the cases of the person's offices.
func countTheirs(ctx context.Context, q database.Querier, who identity.User) (int, error) {
	return database.Value[int](ctx, q, `SELECT count(*)::int FROM pledge_interests i`+theirs, database.Args{"who": who.ID})
}

func officeInterest(ctx context.Context, q database.Querier, who identity.User, id int64) (Interest, error) {
	return database.Row[Interest](ctx, q, forOffices+` WHERE i.id = @id`, database.Args{"who": who.ID, "id": id})
}

func deskInterests(ctx context.Context, q database.Querier, who identity.User, f CaseFilter) ([]Interest, error) {
	args := f.part(who)
	args["state"] = string(f.State)
	return database.Rows[Interest](ctx, q, forDesk+` WHERE (@state = '' OR i.state = @state)
		AND (@after = 0 OR (i.changed_at, i.id) < (SELECT a.changed_at, a.id FROM pledge_interests a WHERE a.id = @after))
		ORDER BY i.changed_at DESC, i.id DESC LIMIT @limit OFFSET @offset`, args)
}

func deskInterest(ctx context.Context, q database.Querier, who identity.User, id int64) (Interest, error) {
	return database.Row[Interest](ctx, q, forDesk+` WHERE i.id = @id`, database.Args{"who": who.ID, "id": id})
}

// countInterests counts the cases that the person has before them at the desk, by state.
func countInterests(ctx context.Context, q database.Querier, who identity.User) (map[InterestState]int, error) {
	type row struct {
		State InterestState
		N     int
	}
	rows, err := database.Rows[row](ctx, q, `SELECT i.state, count(*)::int AS n FROM pledge_interests i`+beforeDesk+` GROUP BY 1`,
		database.Args{"who": who.ID})
	counts := map[InterestState]int{}
	for _, r := range rows {
		counts[r.State] = r.N
	}
	return counts, err
}

// interestEvents is what happened in a case, which the caller has found for the reader; notes are the desk's only.
func interestEvents(ctx context.Context, q database.Querier, id int64, desk bool) ([]InterestEvent, error) {
	return database.Rows[InterestEvent](ctx, q, `SELECT e.id, e.action, e.side, e.author_id, coalesce(u.name, '') AS author, e.body, e.lang, e.at
		FROM pledge_interest_events e LEFT JOIN users u ON u.id = e.author_id WHERE e.interest_id = $1 AND ($2 OR e.action <> 'note') ORDER BY e.id`, id, desk)
}

// addInterest opens a case; one that the office has open already is refused by pledge_interests_open.
func addInterest(ctx context.Context, tx database.Tx, pledge, office int64, own *int64, s Support, now time.Time) (int64, error) {
	return database.Value[int64](ctx, tx, `INSERT INTO pledge_interests (pledge_id, support, office_id, own_pledge_id, created_at, changed_at)
		VALUES ($1, $2, $3, $4, $5, $5) RETURNING id`, pledge, s, office, own, now)
}

// addInterestEvent keeps what happened; author 0 is the portal.
func addInterestEvent(ctx context.Context, tx database.Tx, id int64, a InterestAction, s Side, author int64, said words, now time.Time) error {
	var by *int64
	if author != 0 {
		by = &author
	}
	if _, err := tx.Exec(ctx, `INSERT INTO pledge_interest_events (interest_id, action, side, author_id, body, lang, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`, id, a, s, by, said.text, said.lang, now); err != nil {
		return fmt.Errorf("keep %s in case %d: %w", a, id, err)
	}
	return nil
}

func setInterestState(ctx context.Context, tx database.Tx, id int64, s InterestState, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE pledge_interests SET state = $2, changed_at = greatest($3, created_at) WHERE id = $1`, id, s, now)
	return err
}

// lockInterest locks a case, so that what is done with it is done once.
func lockInterest(ctx context.Context, tx database.Tx, id int64) error {
	_, err := database.Value[int64](ctx, tx, `SELECT id FROM pledge_interests WHERE id = $1 FOR UPDATE`, id)
	return err
}

// openInterests locks the open cases about a pledge and returns them without a reader.
func openInterests(ctx context.Context, tx database.Tx, pledge int64) ([]Interest, error) {
	return database.Rows[Interest](ctx, tx, `SELECT `+interestColumns+`, 'portal' AS side, false AS writes`+fromInterests+`
		WHERE i.pledge_id = $1 AND i.state IN ('interested', 'in_contact') ORDER BY i.id FOR UPDATE OF i`, pledge)
}

// closedOffice says whether the office of a published pledge is closed, so that nobody can answer for it.
func closedOffice(ctx context.Context, q database.Querier, publicID string) (bool, error) {
	return database.Value[bool](ctx, q, `SELECT o.state <> 'approved' FROM pledges p JOIN offices o ON o.id = p.office_id WHERE p.public_id = $1 AND p.until IS NULL`, publicID)
}

// ownerOf is the office of a published pledge.
func ownerOf(ctx context.Context, q database.Querier, publicID string) (int64, error) {
	return database.Value[int64](ctx, q, `SELECT office_id FROM pledges WHERE public_id = $1 AND until IS NULL`, publicID)
}

// ownPledges are the published pledges of an office, the newest first.
func ownPledges(ctx context.Context, q database.Querier, offices []int64) ([]Reference, error) {
	return database.Rows[Reference](ctx, q, `SELECT `+referenceColumns+` FROM pledges p WHERE p.until IS NULL AND p.office_id = ANY ($1)
		ORDER BY p.first_published_at DESC, p.id DESC LIMIT 200`, offices)
}

// officeReaders are the heads and contributors of an office, who are written to; nobody in one that was closed.
func officeReaders(ctx context.Context, q database.Querier, office int64) ([]workflow.Recipient, error) {
	return database.Rows[workflow.Recipient](ctx, q, `SELECT DISTINCT u.id, u.name, u.email, u.lang FROM posts t JOIN users u ON u.id = t.user_id JOIN offices f ON f.id = t.office_id AND f.state = 'approved'
		WHERE t.office_id = $1 AND t.state = 'approved' AND t.role IN ('head', 'contributor') AND u.closed_at IS NULL AND t.from_on <= current_date
			AND (t.until_on IS NULL OR t.until_on >= current_date) ORDER BY u.id`, office)
}

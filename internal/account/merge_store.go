package account

import (
	"context"
	"fmt"
	"strings"
	"time"

	"portal/internal/database"
)

// used are the arguments that the statement names.
func used(sql string, args database.Args) database.Args {
	these := database.Args{}
	for name, value := range args {
		if strings.Contains(sql, "@"+name) {
			these[name] = value
		}
	}
	return these
}

// twice are the pairs of posts without an end that one person has in both offices.
const twice = `WITH twice AS (SELECT a.id AS a, a.role AS role, a.state AS state, b.id AS b FROM posts a
	JOIN posts b ON b.user_id = a.user_id AND b.office_id = @into AND b.state IN ('pending', 'approved') AND b.until_on IS NULL
	WHERE a.office_id = @from AND a.state IN ('pending', 'approved') AND a.until_on IS NULL) `

// mergePosts gives the people of one office to another. Of two posts of one person the approved, and then the heavier one
// counts; the other ends, and stays on record for the conflict wall. What stands in for it, stands in for the one that
// stays. A proposed head is a contributor where there is a head. Offers go along, but for what is offered there already.
func mergePosts(ctx context.Context, tx database.Tx, from, into, by int64, now time.Time) error {
	args := database.Args{"from": from, "into": into, "by": by, "now": now}
	for _, step := range []struct{ what, sql string }{
		{"raise the posts that stay", twice + `UPDATE posts p SET state = 'approved',
				role = CASE WHEN p.state = 'pending' OR array_position(ARRAY['head', 'contributor', 'viewer'], t.role) < array_position(ARRAY['head', 'contributor', 'viewer'], p.role)
					THEN t.role ELSE p.role END
			FROM twice t WHERE p.id = t.b AND t.state = 'approved'`},
		{"move what stands in", twice + `UPDATE posts p SET stands_for = t.b FROM twice t WHERE p.stands_for = t.a`},
		{"withdraw the offers of posts that end", twice + `UPDATE post_offers f SET state = 'withdrawn', email = '', message = '', decided_at = @now, decided_by = @by
			FROM twice t WHERE f.post_id = t.a AND f.state IN ('asked', 'open')`},
		{"end the posts that are there twice", twice + `UPDATE posts p SET state = 'ended', until_on = greatest(p.from_on, current_date), decided_at = @now, decided_by = @by
			FROM twice t WHERE p.id = t.a`},
		{"make contributors of proposed heads", `UPDATE posts SET role = 'contributor' WHERE office_id = @from AND state = 'pending' AND role = 'head'
			AND EXISTS (SELECT FROM posts h WHERE h.office_id = @into AND h.role = 'head' AND h.state IN ('pending', 'approved') AND (h.until_on IS NULL OR h.until_on >= current_date))`},
		{"move the posts", `UPDATE posts SET office_id = @into WHERE office_id = @from`},
		{"withdraw invitations that are there twice", `UPDATE post_offers f SET state = 'withdrawn', email = '', message = '', decided_at = @now, decided_by = @by
			WHERE f.office_id = @from AND f.kind = 'invitation' AND f.state IN ('asked', 'open') AND EXISTS (SELECT FROM post_offers g
				WHERE g.office_id = @into AND g.kind = 'invitation' AND g.state IN ('asked', 'open') AND lower(g.email) = lower(f.email))`},
		{"move the offers", `UPDATE post_offers SET office_id = @into WHERE office_id = @from`},
		{"move the registrations", `UPDATE registrations SET office_id = @into WHERE office_id = @from`},
	} {
		if _, err := tx.Exec(ctx, step.sql, used(step.sql, args)); err != nil {
			return fmt.Errorf("%s of office %d: %w", step.what, from, err)
		}
	}
	return nil
}

// mergeNames closes an office as a part of another, which is found by its names from now on.
func mergeNames(ctx context.Context, tx database.Tx, from Office, into, by int64, now time.Time) error {
	args := database.Args{"from": from.ID, "into": into, "name": from.Name, "by": by, "now": now}
	for _, step := range []struct{ what, sql string }{
		{"close", `UPDATE offices SET state = 'closed', merged_into = @into, closed_at = @now, closed_by = @by WHERE id = @from`},
		{"lead on what led to", `UPDATE offices SET merged_into = @into WHERE merged_into = @from`},
		{"keep the names of", `INSERT INTO office_names (office_id, name, until_at)
			SELECT @into::bigint, name, until_at FROM office_names WHERE office_id = @from UNION ALL SELECT @into::bigint, @name::text, @now::timestamptz ORDER BY until_at`},
	} {
		if _, err := tx.Exec(ctx, step.sql, used(step.sql, args)); err != nil {
			return fmt.Errorf("%s office %d: %w", step.what, from.ID, err)
		}
	}
	return nil
}

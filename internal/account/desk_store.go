package account

import (
	"context"
	"fmt"
	"strings"

	"portal/internal/database"
	"portal/internal/identity"
)

// deskFrom is the SQL that every query of the desk about offices starts with. An office in which the person (@who) holds,
// held or waits for a post is not among them. h is the proposed first head who waits; c counts the heads of today, and those
// whose mail arrives.
const deskFrom = ` FROM offices o
	LEFT JOIN LATERAL (SELECT p.id, p.created_at, u.name FROM posts p JOIN users u ON u.id = p.user_id AND u.closed_at IS NULL
		WHERE p.office_id = o.id AND p.role = 'head' AND p.state = 'pending' AND o.state IN ('proposed', 'approved') ORDER BY p.id LIMIT 1) h ON true
	LEFT JOIN LATERAL (SELECT count(*) AS heads, count(*) FILTER (WHERE NOT ` + comesBack + `) AS reached
		FROM posts p JOIN users u ON u.id = p.user_id AND u.closed_at IS NULL
		WHERE o.state = 'approved' AND p.office_id = o.id AND p.role = 'head' AND ` + held + `) c ON true
	WHERE NOT EXISTS (SELECT FROM posts mine WHERE mine.office_id = o.id AND mine.user_id = @who AND mine.state <> 'refused')`

const deskSelect = `SELECT ` + officeColumns + `, coalesce(h.id, 0) AS head_post, coalesce(h.name, '') AS head,
	o.state = 'approved' AND c.heads = 0 AS vacant, o.state = 'approved' AND c.heads > 0 AND c.reached = 0 AS comes_back,
	CASE WHEN o.state = 'proposed' THEN o.created_at WHEN h.id IS NOT NULL THEN h.created_at
		WHEN o.state = 'approved' AND c.heads = 0 THEN coalesce((SELECT max(coalesce(g.until_on::timestamptz, g.decided_at)) FROM posts g
			WHERE g.office_id = o.id AND g.role = 'head' AND g.state IN ('approved', 'ended')), o.decided_at, o.created_at)
		ELSE coalesce(o.closed_at, o.decided_at, o.created_at) END AS since` + deskFrom

var deskParts = map[DeskState]string{
	DeskWaiting:  `(o.state = 'proposed' OR o.state = 'approved' AND h.id IS NOT NULL)`,
	DeskVacant:   `o.state = 'approved' AND c.reached = 0`,
	DeskApproved: `o.state = 'approved'`,
	DeskRefused:  `o.state IN ('refused', 'closed')`,
}

var deskOrder = map[string]string{
	"":       "since, o.id",
	"newest": "since DESC, o.id DESC",
	"name":   `o.name COLLATE "und-x-icu", o.id`,
}

func deskWhere(f DeskFilter, who identity.User) (string, database.Args) {
	where, args := " AND "+deskParts[f.State], database.Args{"who": who.ID}
	if f.Q != "" {
		where += ` AND (` + named("o.folded") + ` OR EXISTS (SELECT FROM office_names n WHERE n.office_id = o.id AND ` + named("n.folded") + `))`
		args["words"] = strings.Fields(f.Q)
	}
	if f.Category != "" {
		where += ` AND o.category = @category`
		args["category"] = f.Category
	}
	if f.Country != "" {
		where += ` AND o.country = @country`
		args["country"] = f.Country
	}
	return where, args
}

func deskOffices(ctx context.Context, q database.Querier, f DeskFilter, who identity.User, limit, offset int) ([]DeskOffice, error) {
	where, args := deskWhere(f, who)
	args["limit"], args["offset"] = limit, offset
	rows, err := database.Rows[DeskOffice](ctx, q, deskSelect+where+` ORDER BY `+deskOrder[f.Sort]+` LIMIT @limit OFFSET @offset`, args)
	if err != nil {
		return nil, fmt.Errorf("list offices: %w", err)
	}
	return rows, nil
}

func countDeskOffices(ctx context.Context, q database.Querier, f DeskFilter, who identity.User) (int, error) {
	where, args := deskWhere(f, who)
	n, err := database.Value[int](ctx, q, `SELECT count(*)`+deskFrom+where, args)
	if err != nil {
		return 0, fmt.Errorf("count offices: %w", err)
	}
	return n, nil
}

// deskOffice returns one office as the desk sees it; one in which the person holds a post is problem.NotFound.
func deskOffice(ctx context.Context, q database.Querier, id int64, who identity.User) (DeskOffice, error) {
	o, err := database.Row[DeskOffice](ctx, q, deskSelect+` AND o.id = @id`, database.Args{"id": id, "who": who.ID})
	if err != nil {
		return DeskOffice{}, fmt.Errorf("office %d: %w", id, err)
	}
	return o, nil
}

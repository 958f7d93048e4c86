package review

import (
	"context"
	"time"

	"portal/internal/database"
	"portal/internal/identity"
)

// viewColumns of View; v is desk_views. viewsFrom joins them with the person's beginning, and has those that they see.
const (
	viewColumns = `v.id, v.owner_id, v.desk, v.name, v.search, d.view_id IS NOT NULL AS "default"`
	viewsFrom   = ` FROM desk_views v LEFT JOIN desk_view_defaults d ON d.view_id = v.id AND d.user_id = @who
		WHERE (v.desk = '' AND v.owner_id = @who OR v.desk = ANY(@desks::text[]) AND v.desk <> '')`
)

func viewArgs(who identity.User) database.Args {
	desks := who.Desks()
	if desks == nil {
		desks = []identity.Desk{}
	}
	return database.Args{"who": who.ID, "desks": desks}
}

func viewsOf(ctx context.Context, q database.Querier, who identity.User, first int) ([]View, error) {
	args := viewArgs(who)
	args["first"] = first
	return database.Rows[View](ctx, q, `SELECT `+viewColumns+viewsFrom+` ORDER BY v.desk, v.place, v.id LIMIT @first`, args)
}

// findView finds a view that the person sees.
func findView(ctx context.Context, q database.Querier, who identity.User, id int64) (View, error) {
	args := viewArgs(who)
	args["id"] = id
	return database.Row[View](ctx, q, `SELECT `+viewColumns+viewsFrom+` AND v.id = @id`, args)
}

func defaultView(ctx context.Context, q database.Querier, who identity.User) (View, error) {
	return database.Row[View](ctx, q, `SELECT `+viewColumns+viewsFrom+` AND d.view_id IS NOT NULL`, viewArgs(who))
}

// lockViews returns the numbers of the views beside this one, itself among them, in their order; others who add or move
// one there wait until the transaction ends.
func lockViews(ctx context.Context, tx database.Tx, v View) ([]int64, error) {
	if _, err := tx.Exec(ctx, `SELECT FROM users WHERE id = $1 AND $2 = '' FOR NO KEY UPDATE`, v.OwnerID, v.Desk); err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtext('desk_views ' || $1))`, v.Desk); err != nil {
		return nil, err
	}
	return database.Values[int64](ctx, tx, `SELECT id FROM desk_views WHERE desk = $2 AND ($2 <> '' OR owner_id = $1) ORDER BY place, id`, v.OwnerID, v.Desk)
}

func insertView(ctx context.Context, tx database.Tx, v View, now time.Time) (int64, error) {
	return database.Value[int64](ctx, tx, `INSERT INTO desk_views (owner_id, desk, name, search, place, created_at, changed_at)
		SELECT @owner, @desk, @name, @search, coalesce(max(place), 0) + 1, @now, @now FROM desk_views WHERE desk = @desk AND (@desk <> '' OR owner_id = @owner)
		RETURNING id`, database.Args{"owner": v.OwnerID, "desk": v.Desk, "name": v.Name, "search": v.Search, "now": now})
}

// setDefaultView makes a view the one with which the person begins; 0 for none.
func setDefaultView(ctx context.Context, tx database.Tx, who identity.User, id int64) error {
	if id == 0 {
		_, err := tx.Exec(ctx, `DELETE FROM desk_view_defaults WHERE user_id = $1`, who.ID)
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO desk_view_defaults (user_id, view_id) VALUES ($1, $2)
		ON CONFLICT ON CONSTRAINT desk_view_defaults_pkey DO UPDATE SET view_id = excluded.view_id`, who.ID, id)
	return err
}

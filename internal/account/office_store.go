package account

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/identity"
	"portal/internal/problem"
)

// FoundOffice is an office that a search has found.
type FoundOffice struct {
	ID       int64
	Name     string
	Category string
	Country  string
}

// foundMost is how many offices a search shows.
const foundMost = 10

// named is the condition that a folded name has all @words.
func named(column string) string {
	return column + ` LIKE ALL (SELECT '%' || regexp_replace(fold_name(w), '([\\%_])', '\\\1', 'g') || '%' FROM unnest(@words::text[]) w)`
}

// searchOffices finds approved offices that have all the words in their name, or in one that they had, those that begin with them first. It
// returns one more than it shows when there are more.
func searchOffices(ctx context.Context, q database.Querier, words string) ([]FoundOffice, error) {
	found, err := database.Rows[FoundOffice](ctx, q, `SELECT id, name, category, country FROM offices
		WHERE state = 'approved' AND (`+named("offices.folded")+` OR EXISTS (SELECT FROM office_names n WHERE n.office_id = offices.id AND `+named("n.folded")+`))
		ORDER BY NOT starts_with(folded, fold_name(@query)), name COLLATE "und-x-icu", id LIMIT @most`,
		database.Args{"words": strings.Fields(words), "query": words, "most": foundMost + 1})
	if err != nil {
		return nil, fmt.Errorf("search offices: %w", err)
	}
	return found, nil
}

// findChosen returns the approved office of that number, or nil.
func findChosen(ctx context.Context, q database.Querier, id int64) (*FoundOffice, error) {
	o, err := database.Row[FoundOffice](ctx, q, `SELECT id, name, category, country FROM offices WHERE id = $1 AND state = 'approved'`, id)
	if errors.Is(err, problem.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find office %d: %w", id, err)
	}
	return &o, nil
}

const officeColumns = `o.id, o.name, o.category, o.country, o.state, o.heads_only, o.created_at, o.merged_into, o.closed_at, o.close_reason`

// lockOffice returns the office and keeps it from others until the transaction ends: all that is decided on an office
// and the posts in it is decided one after the other.
func lockOffice(ctx context.Context, tx database.Tx, id int64) (Office, error) {
	o, err := database.Row[Office](ctx, tx, `SELECT `+officeColumns+` FROM offices o WHERE o.id = $1 FOR NO KEY UPDATE`, id)
	if err != nil {
		return Office{}, fmt.Errorf("lock office %d: %w", id, err)
	}
	return o, nil
}

// proposeOffice makes the office, or finds the one that has the same name and country already, and locks it.
func proposeOffice(ctx context.Context, tx database.Tx, c OfficeChoice, by int64, now time.Time) (o Office, isNew bool, err error) {
	args := database.Args{"name": c.Name, "category": c.Category, "country": c.Country, "by": by, "now": now}
	o, err = database.Row[Office](ctx, tx, `INSERT INTO offices AS o (name, category, country, proposed_by, created_at)
		VALUES (@name, @category, @country, @by, @now)
		ON CONFLICT (folded, country) WHERE state IN ('proposed', 'approved') DO NOTHING RETURNING `+officeColumns, args)
	if err == nil {
		return o, true, nil
	}
	if errors.Is(err, problem.NotFound) {
		o, err = database.Row[Office](ctx, tx, `SELECT `+officeColumns+` FROM offices o
			WHERE o.folded = fold_name($1) AND o.country = $2 AND o.state IN ('proposed', 'approved') FOR NO KEY UPDATE`, c.Name, c.Country)
	}
	if err != nil {
		return Office{}, false, fmt.Errorf("propose an office: %w", err)
	}
	return o, false, nil
}

// hasHead says whether the office has a head, or somebody proposed as one.
func hasHead(ctx context.Context, q database.Querier, office int64) (bool, error) {
	return database.Value[bool](ctx, q, `SELECT EXISTS (SELECT FROM posts WHERE office_id = $1 AND role = 'head' AND state IN ('pending', 'approved')
		AND (until_on IS NULL OR until_on >= current_date))`, office)
}

// addPost makes a pending post; who has one already keeps it, and isNew is false.
func addPost(ctx context.Context, tx database.Tx, user, office int64, role identity.PostRole, now time.Time) (id int64, isNew bool, err error) {
	id, err = database.Value[int64](ctx, tx, `INSERT INTO posts (user_id, office_id, role, from_on, created_at)
		VALUES (@user, @office, @role, (@now::timestamptz AT TIME ZONE 'UTC')::date, @now)
		ON CONFLICT (user_id, office_id) WHERE state IN ('pending', 'approved') AND until_on IS NULL DO NOTHING RETURNING id`,
		database.Args{"user": user, "office": office, "role": role, "now": now})
	if errors.Is(err, problem.NotFound) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("add a post: %w", err)
	}
	return id, true, nil
}

// ownPostSelect is the SQL of an OwnPost a row.
const ownPostSelect = `SELECT p.id, o.id AS office_id, o.name AS office_name, o.state AS office_state, p.role, p.state, p.from_on, p.until_on, p.reason,
		coalesce(holder.name, '') AS stands_for, coalesce(p.until_on < current_date, false) AS over, p.from_on > current_date AS ahead
	FROM posts p JOIN offices o ON o.id = p.office_id
		LEFT JOIN posts held ON held.id = p.stands_for LEFT JOIN users holder ON holder.id = held.user_id
	WHERE `

func ownPosts(ctx context.Context, q database.Querier, user int64) ([]OwnPost, error) {
	posts, err := database.Rows[OwnPost](ctx, q, ownPostSelect+`p.user_id = $1
		ORDER BY p.state NOT IN ('pending', 'approved'), coalesce(p.until_on < current_date, false), p.id DESC`, user)
	if err != nil {
		return nil, fmt.Errorf("read the posts of user %d: %w", user, err)
	}
	return posts, nil
}

// comesBack is the condition that the last mail to user u at their address was refused for good.
const comesBack = `coalesce((SELECT x.state = 'failed' FROM outbox x WHERE x.to_user = u.id AND x.state IN ('sent', 'caught', 'failed')
	AND lower(x.to_address) = lower(u.email) ORDER BY x.id DESC LIMIT 1), false)`

// held is the condition that post p is held today.
const held = `p.state = 'approved' AND p.from_on <= current_date AND (p.until_on IS NULL OR p.until_on >= current_date)`

// people are all who hold, held or wait for a post in the office, those refused aside.
func people(ctx context.Context, q database.Querier, office int64) ([]Colleague, error) {
	all, err := database.Rows[Colleague](ctx, q, `SELECT p.id AS post_id, u.id AS user_id, u.name, p.role,
			CASE WHEN p.state = 'approved' AND p.until_on < current_date THEN 'ended' ELSE p.state END AS state,
			p.from_on, p.until_on, u.position, u.email, p.created_at AS asked_at, `+held+` AS current,
			coalesce(p.stands_for, 0) AS stands_for, coalesce(h.user_id, 0) AS holder_id, coalesce(holder.name, '') AS holder, `+comesBack+` AS comes_back
		FROM posts p JOIN users u ON u.id = p.user_id AND u.closed_at IS NULL
			LEFT JOIN posts h ON h.id = p.stands_for LEFT JOIN users holder ON holder.id = h.user_id
		WHERE p.office_id = $1 AND p.state <> 'refused'
		ORDER BY array_position(ARRAY['pending', 'approved', 'ended'], p.state),
			array_position(ARRAY['head', 'contributor', 'viewer'], p.role), u.name COLLATE "und-x-icu", p.id`, office)
	if err != nil {
		return nil, fmt.Errorf("read the people of office %d: %w", office, err)
	}
	return all, nil
}

// officeFor returns the office as one of its people may open it, with the heaviest of their own posts; others get
// problem.NotFound.
func officeFor(ctx context.Context, q database.Querier, office, user int64) (Office, OwnPost, error) {
	mine, err := database.Row[OwnPost](ctx, q, ownPostSelect+`p.office_id = $1 AND p.user_id = $2 AND p.state IN ('pending', 'approved')
			AND p.from_on <= current_date AND (p.until_on IS NULL OR p.until_on >= current_date)
		ORDER BY p.state, array_position(ARRAY['head', 'contributor', 'viewer'], p.role), p.stands_for NULLS FIRST, p.id LIMIT 1`, office, user)
	if err != nil {
		return Office{}, OwnPost{}, fmt.Errorf("own post in office %d: %w", office, err)
	}
	o, err := database.Row[Office](ctx, q, `SELECT `+officeColumns+` FROM offices o WHERE o.id = $1`, office)
	if err != nil {
		return Office{}, OwnPost{}, fmt.Errorf("office %d: %w", office, err)
	}
	return o, mine, nil
}

// lastingPost returns the person's own post in the office that has no end in sight; problem.NotFound for none.
func lastingPost(ctx context.Context, q database.Querier, office, user int64) (OwnPost, error) {
	p, err := database.Row[OwnPost](ctx, q, ownPostSelect+`p.office_id = $1 AND p.user_id = $2 AND p.state = 'approved' AND p.until_on IS NULL`, office, user)
	if err != nil {
		return OwnPost{}, fmt.Errorf("lasting post in office %d: %w", office, err)
	}
	return p, nil
}

// post is a post in an office, with who decided on it last.
type post struct {
	ID        int64
	UserID    int64
	Role      identity.PostRole
	State     PostState
	StandsFor *int64
	HolderID  int64 // who holds the post for which this one stands in, or 0
	UntilOn   *date.Date
	DecidedAt *time.Time
	Decider   string
}

// findPost returns a post of the office; one of another office is problem.NotFound.
func findPost(ctx context.Context, q database.Querier, office, id int64) (post, error) {
	p, err := database.Row[post](ctx, q, `SELECT p.id, p.user_id, p.role, p.state, p.stands_for,
			coalesce(h.user_id, 0) AS holder_id, p.until_on, p.decided_at, coalesce(d.name, '') AS decider
		FROM posts p LEFT JOIN users d ON d.id = p.decided_by LEFT JOIN posts h ON h.id = p.stands_for WHERE p.id = $1 AND p.office_id = $2`, id, office)
	if err != nil {
		return post{}, fmt.Errorf("post %d of office %d: %w", id, office, err)
	}
	return p, nil
}

func (p post) decided() error {
	e := &DecidedError{By: p.Decider, State: string(p.State)}
	if p.DecidedAt != nil {
		e.At = *p.DecidedAt
	}
	return e
}

func decidePost(ctx context.Context, tx database.Tx, id int64, state PostState, reason string, by int64, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE posts SET state = @state, reason = @reason, decided_by = @by, decided_at = @now,
			from_on = CASE WHEN @state = 'approved' THEN (@now::timestamptz AT TIME ZONE 'UTC')::date ELSE from_on END
		WHERE id = @id`, database.Args{"id": id, "state": state, "reason": reason, "by": by, "now": now})
	if err != nil {
		return fmt.Errorf("decide on post %d: %w", id, err)
	}
	return nil
}

// recipientsOf are the holders of posts of that state in the office, for letters; role "" is every role.
func recipientsOf(ctx context.Context, q database.Querier, office int64, state PostState, role identity.PostRole) ([]recipient, error) {
	all, err := database.Rows[recipient](ctx, q, `SELECT u.id, u.name, u.email, u.lang FROM posts p JOIN users u ON u.id = p.user_id
		WHERE p.office_id = $1 AND p.state = $2 AND ($3 = '' OR p.role = $3) AND u.closed_at IS NULL
			AND p.from_on <= current_date AND (p.until_on IS NULL OR p.until_on >= current_date) GROUP BY u.id ORDER BY u.id`, office, state, role)
	if err != nil {
		return nil, fmt.Errorf("recipients in office %d: %w", office, err)
	}
	return all, nil
}

func recipientByID(ctx context.Context, q database.Querier, user int64) (recipient, error) {
	return database.Row[recipient](ctx, q, `SELECT id, name, email, lang FROM users WHERE id = $1`, user)
}

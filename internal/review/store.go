package review

import (
	"context"
	"fmt"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/workflow"
)

// queueWhere builds the WHERE of the queue: what the person's desks may see, less what the filter leaves out.
func queueWhere(f Filter, who identity.User, overdueBefore map[string]time.Time) (string, database.Args) {
	where, args := []string{"a.side = 'desk'"}, database.Args{"who": who.ID}
	and := func(condition, name string, value any) {
		where = append(where, condition)
		args[name] = value
	}
	and("s.state = ANY(@states)", "states", f.Group.States())
	if f.Q != "" {
		and(`(s.submitted_title ILIKE @q OR o.name ILIKE @q OR s.public_id ILIKE @q OR s.id::text = @number)`, "q", "%"+escapeLike(f.Q)+"%")
		args["number"] = strings.TrimPrefix(f.Q, "#")
	}
	if f.Kind != "" {
		and("s.kind = @kind", "kind", f.Kind)
	}
	if f.Country != "" {
		and("s.country = @country", "country", f.Country)
	}
	switch f.Assigned {
	case AssignedMe:
		where = append(where, "s.assigned_to = @who")
	case AssignedNone:
		where = append(where, "s.assigned_to IS NULL")
	}
	if f.Overdue {
		var late []string
		for kind, before := range overdueBefore {
			name := fmt.Sprintf("late%d", len(late))
			late = append(late, "s.kind = @"+name+"_kind AND s.submitted_at < @"+name)
			args[name+"_kind"], args[name] = kind, before
		}
		where = append(where, "("+strings.Join(append(late, "false"), " OR ")+") AND s.state IN ('submitted', 'in_review')")
	}
	return " WHERE " + strings.Join(where, " AND "), args
}

var queueOrder = map[string]string{
	"":       "s.submitted_at, s.id",
	"newest": "s.submitted_at DESC, s.id DESC",
	"title":  `s.submitted_title COLLATE "und-x-icu", s.id`,
}

func queueRows(ctx context.Context, q database.Querier, f Filter, who identity.User, overdueBefore map[string]time.Time, limit, offset int) ([]workflow.Submission, error) {
	where, args := queueWhere(f, who, overdueBefore)
	args["limit"], args["offset"] = limit, offset
	return database.Rows[workflow.Submission](ctx, q, workflow.Select+where+` ORDER BY `+queueOrder[f.Sort]+` LIMIT @limit OFFSET @offset`, args)
}

func queueCount(ctx context.Context, q database.Querier, f Filter, who identity.User, overdueBefore map[string]time.Time) (int, error) {
	where, args := queueWhere(f, who, overdueBefore)
	return database.Value[int](ctx, q, `SELECT count(*)`+workflow.From+where, args)
}

// groupCounts counts the desk's submissions by state, for the tabs.
func groupCounts(ctx context.Context, q database.Querier, who identity.User) (map[Group]int, error) {
	type row struct {
		State workflow.State
		Count int
	}
	rows, err := database.Rows[row](ctx, q, `SELECT s.state, count(*)`+workflow.From+` WHERE a.side = 'desk' GROUP BY s.state`, database.Args{"who": who.ID})
	if err != nil {
		return nil, err
	}
	counts := map[Group]int{}
	for _, r := range rows {
		for _, g := range Groups {
			for _, state := range g.States() {
				if state == r.State {
					counts[g] += r.Count
				}
			}
		}
	}
	return counts, nil
}

// Colleague is a member of the desk to whom a submission can be given, with what they have at hand.
type Colleague struct {
	ID   int64
	Name string
	Load int // submissions assigned to them that wait for the desk
}

func colleagues(ctx context.Context, q database.Querier, id workflow.ID) ([]Colleague, error) {
	return database.Rows[Colleague](ctx, q, `SELECT u.id, u.name,
			(SELECT count(*)::int FROM submissions w WHERE w.assigned_to = u.id AND w.state IN ('submitted', 'in_review', 'approved')) AS load
		FROM users u
		WHERE u.closed_at IS NULL AND EXISTS (SELECT FROM submission_access a WHERE a.submission_id = $1 AND a.user_id = u.id AND a.side = 'desk')
		ORDER BY u.name COLLATE "und-x-icu", u.id`, id)
}

func waitingForOffice(ctx context.Context, q database.Querier, office int64) ([]workflow.ID, error) {
	return database.Values[int64](ctx, q, `SELECT id FROM submissions WHERE office_id = $1 AND state = 'approved' ORDER BY id`, office)
}

func escapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}

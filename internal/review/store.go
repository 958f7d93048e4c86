package review

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/workflow"
)

// queueCondition builds the condition of the queue: what the filter leaves, its group aside.
func queueCondition(f Filter, who identity.User, overdueBefore map[string]time.Time) (string, database.Args) {
	where, args := []string{"true"}, database.Args{"who": who.ID, "staff": who.IsStaff()}
	and := func(condition, name string, value any) {
		where = append(where, condition)
		args[name] = value
	}
	if f.Q != "" {
		and(`(strpos(s.submitted_folded, fold_name(@q)) > 0 OR strpos(o.folded, fold_name(@q)) > 0
			OR strpos(lower(s.public_id), lower(@q)) > 0 OR s.id::text = @number)`, "q", f.Q)
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
	return strings.Join(where, " AND "), args
}

// groupCondition is queueCondition with the group.
func groupCondition(f Filter, who identity.User, overdueBefore map[string]time.Time) (string, database.Args) {
	condition, args := queueCondition(f, who, overdueBefore)
	args["states"] = f.Group.States()
	return "s.state = ANY(@states) AND " + condition, args
}

var queueOrder = map[string]string{
	"":       "s.submitted_at, s.id",
	"newest": "s.submitted_at DESC, s.id DESC",
	"title":  `left(s.submitted_title, 200) COLLATE "und-x-icu", s.id`,
}

// onDesk is FROM and WHERE of what the person has before them at their desks. The offices are there where the filter
// looks at their names.
func onDesk(f Filter, who identity.User, args database.Args) string {
	from := " FROM submissions s"
	if f.Q != "" {
		from += " JOIN offices o ON o.id = s.office_id"
	}
	from += " WHERE " + workflow.OnDesk
	if desks := who.Desks(); len(desks) == 1 { // then the index gives them in their order
		from += " AND s.desk = @desk"
		args["desk"] = desks[0]
	}
	return from
}

func queueRows(ctx context.Context, q database.Querier, f Filter, who identity.User, overdueBefore map[string]time.Time, limit, offset int) ([]workflow.Submission, error) {
	condition, args := groupCondition(f, who, overdueBefore)
	args["limit"], args["offset"] = limit, offset
	from := onDesk(f, who, args)
	ids, err := database.Values[workflow.ID](ctx, q, `SELECT s.id`+from+` AND `+condition+` ORDER BY `+queueOrder[f.Sort]+` LIMIT @limit OFFSET @offset`, args)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	return database.Rows[workflow.Submission](ctx, q, workflow.Select+` WHERE a.side = 'desk' AND a.submission_id = ANY(@ids) ORDER BY array_position(@ids::bigint[], s.id)`,
		database.Args{"who": who.ID, "staff": who.IsStaff(), "ids": ids})
}

// lastSteps returns when the last step was taken with each of the submissions. The caller has found them for the person.
func lastSteps(ctx context.Context, q database.Querier, found []workflow.Submission) (map[workflow.ID]time.Time, error) {
	type step struct {
		SubmissionID workflow.ID
		At           time.Time
	}
	ids := make([]workflow.ID, len(found))
	for i, s := range found {
		ids[i] = s.ID
	}
	steps, err := database.Rows[step](ctx, q, `SELECT DISTINCT ON (submission_id) submission_id, at FROM submission_events
		WHERE submission_id = ANY($1) ORDER BY submission_id, id DESC`, ids)
	if err != nil {
		return nil, err
	}
	last := map[workflow.ID]time.Time{}
	for _, s := range steps {
		last[s.SubmissionID] = s.At
	}
	return last, nil
}

// tally counts the submissions of the person's desks in one state from one country: all, and those that the filter
// leaves, its group aside.
type tally struct {
	State    workflow.State
	Country  string
	Every    int
	Matching int
}

func tallies(ctx context.Context, q database.Querier, f Filter, who identity.User, overdueBefore map[string]time.Time) ([]tally, error) {
	condition, args := queueCondition(f, who, overdueBefore)
	from := onDesk(f, who, args)
	return database.Rows[tally](ctx, q, `SELECT s.state, s.country, count(*) AS every, count(*) FILTER (WHERE `+condition+`) AS matching`+from+`
		GROUP BY s.state, s.country ORDER BY s.country`, args)
}

// groupOf is the group that gathers the state.
func groupOf(state workflow.State) Group {
	for _, g := range Groups {
		if slices.Contains(g.States(), state) {
			return g
		}
	}
	return Closed
}

// placeOf numbers the list of the filter, in which the submission stands whether the filter leaves it or not.
func placeOf(ctx context.Context, q database.Querier, f Filter, who identity.User, overdueBefore map[string]time.Time, id workflow.ID) (Place, error) {
	condition, args := groupCondition(f, who, overdueBefore)
	args["id"] = id
	from := onDesk(f, who, args)
	return database.Row[Place](ctx, q, `SELECT CASE WHEN place.listed THEN place.number ELSE 0 END AS number, place.total, place.previous, place.next
		FROM (SELECT s.id, `+condition+` AS listed, row_number() OVER list AS number, count(*) FILTER (WHERE `+condition+`) OVER () AS total,
				coalesce(lag(s.id) OVER list, 0) AS previous, coalesce(lead(s.id) OVER list, 0) AS next`+from+`
				AND (s.id = @id OR `+condition+`) WINDOW list AS (ORDER BY `+queueOrder[f.Sort]+`)) place
		WHERE place.id = @id`, args)
}

// Colleague is a member of the desk to whom a submission can be given, with what they have at hand.
type Colleague struct {
	ID   int64
	Name string
	Load int // submissions that wait for the desk and are assigned to them, of those that the person who asks may see
}

func colleagues(ctx context.Context, q database.Querier, id workflow.ID, who identity.User) ([]Colleague, error) {
	return database.Rows[Colleague](ctx, q, `SELECT u.id, u.name,
			(SELECT count(*)::int FROM submissions w WHERE w.assigned_to = u.id AND w.state IN ('submitted', 'in_review', 'approved')
				AND EXISTS (SELECT FROM submission_access b WHERE b.submission_id = w.id AND b.user_id = @who AND b.side = 'desk')) AS load
		FROM users u
		WHERE u.closed_at IS NULL AND EXISTS (SELECT FROM submission_access a WHERE a.submission_id = @id AND a.user_id = u.id AND a.side = 'desk')
		ORDER BY u.name COLLATE "und-x-icu", u.id`, database.Args{"id": id, "who": who.ID})
}

func waitingForOffice(ctx context.Context, q database.Querier, office int64) ([]workflow.ID, error) {
	return database.Values[int64](ctx, q, `SELECT id FROM submissions WHERE office_id = $1 AND state = 'approved' ORDER BY id`, office)
}

// holdOffice keeps the office of a submission as it is until the transaction ends: while it is being approved the
// decision waits, and while it is decided the approval waits. So a submission that is approved for an office which is
// approved at the same moment is published by one of the two. It comes before the lock on the submission, since that is
// the order in which an office is approved.
func holdOffice(ctx context.Context, tx database.Tx, id workflow.ID) error {
	_, err := tx.Exec(ctx, `SELECT FROM offices WHERE id = (SELECT office_id FROM submissions WHERE id = $1) FOR SHARE`, id)
	return err
}

// hasRead says whether the person's reading of the submission was recorded since the instant.
func hasRead(ctx context.Context, q database.Querier, who identity.User, id workflow.ID, since time.Time) (bool, error) {
	return database.Value[bool](ctx, q, `SELECT EXISTS (SELECT FROM audit_log WHERE subject = 'submission' AND subject_id = $1 AND act = 'read' AND actor_id = $2 AND at > $3)`,
		id, who.ID, since)
}

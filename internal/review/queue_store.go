package review

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/identity"
	"portal/internal/workflow"
)

// sorting is an order as SQL: what it goes by, the type of that, and whether it goes down.
type sorting struct {
	key, kind string
	down      bool
}

var sortings = map[Order]sorting{
	ByDue:     {key: "coalesce(s.due_on, 'infinity'::date)", kind: "date"},
	ByWaiting: {key: "coalesce(s.waiting_since, 'infinity'::timestamptz)", kind: "timestamptz"},
	Oldest:    {key: "s.submitted_at", kind: "timestamptz"},
	Newest:    {key: "s.submitted_at", kind: "timestamptz", down: true},
	ByTitle:   {key: `left(s.submitted_title, 200) COLLATE "und-x-icu"`, kind: "text"},
}

// takes says whether the text can be a place in the order.
func (o sorting) takes(key string) bool {
	switch {
	case key == "" || len(key) > 1000:
		return false
	case o.kind == "date":
		_, err := date.Parse(key)
		return err == nil
	case o.kind == "timestamptz":
		_, err := time.Parse("2006-01-02 15:04:05.999999-07", key)
		return err == nil
	}
	return true
}

func (o sorting) reversed() sorting {
	o.down = !o.down
	return o
}

func (o sorting) direction() string {
	if o.down {
		return " DESC"
	}
	return ""
}

// behind is the condition of what comes after the place @key, @after.
func (o sorting) behind() string {
	sign := ">"
	if o.down {
		sign = "<"
	}
	return "(" + o.key + ", s.id) " + sign + " (@key::" + o.kind + ", @after::bigint)"
}

// place is where a list goes on: behind this submission.
type place struct {
	key string
	id  workflow.ID
}

// part is a part of a list: so many rows behind a place, or from an offset.
type part struct {
	sorting       sorting
	behind        *place
	offset, limit int
}

// lookUp makes the planner of a transaction take the lists as they are: in memory, so that a page costs little beside the
// rows on it, and read while others read, so that neither compilers nor helpers are called in.
func lookUp(ctx context.Context, tx database.Tx) error {
	_, err := tx.Exec(ctx, `SELECT set_config('random_page_cost', '0.2', true), set_config('seq_page_cost', '0.2', true), set_config('jit', 'off', true), set_config('max_parallel_workers_per_gather', '0', true)`)
	return err
}

// asked is how a query of the queue is sent: planned anew each time for what is asked, since the values decide which index
// is best.
const asked = pgx.QueryExecModeCacheDescribe

// listed returns the numbers of a part of the person's queue. Each desk is walked in its own order, and the orders are
// merged.
func listed(ctx context.Context, q database.Querier, who identity.User, g Group, c condition, p part) ([]workflow.ID, error) {
	args := c.with(wallArgs(who))
	args["limit"], args["offset"] = p.limit, p.offset
	where := c.and(statesSQL(g) + " AND " + workflow.OnDesk)
	if p.behind != nil {
		where += " AND " + p.sorting.behind()
		args["key"], args["after"] = p.behind.key, p.behind.id
	}
	direction := p.sorting.direction()
	desks := who.Desks()
	if len(desks) == 1 {
		args["desk"] = desks[0]
		return database.Values[workflow.ID](ctx, q, `SELECT s.id FROM submissions s WHERE s.desk = @desk AND `+where+
			` ORDER BY `+p.sorting.key+direction+`, s.id`+direction+` LIMIT @limit OFFSET @offset`, asked, args)
	}
	var parts []string
	for i, desk := range desks {
		name := fmt.Sprintf("desk%d", i)
		args[name] = desk
		parts = append(parts, `(SELECT s.id, `+p.sorting.key+` AS key FROM submissions s WHERE s.desk = @`+name+` AND `+where+
			` ORDER BY `+p.sorting.key+direction+`, s.id`+direction+` LIMIT @reach)`)
	}
	if len(parts) == 0 {
		return nil, nil
	}
	args["reach"] = p.limit + p.offset
	return database.Values[workflow.ID](ctx, q, `SELECT id FROM (`+strings.Join(parts, " UNION ALL ")+`) of_desks ORDER BY key`+direction+`, id`+direction+
		` LIMIT @limit OFFSET @offset`, asked, args)
}

// wallArgs are the arguments of workflow.OnDesk.
func wallArgs(who identity.User) database.Args {
	return database.Args{"who": who.ID, "staff": who.IsStaff()}
}

// placeIn finds the place of a submission in an order; what the person may not see is problem.NotFound.
func placeIn(ctx context.Context, q database.Querier, who identity.User, o sorting, id workflow.ID) (*place, error) {
	args := wallArgs(who)
	args["id"] = id
	key, err := database.Value[string](ctx, q, `SELECT coalesce((`+o.key+`)::text, 'infinity') FROM submissions s WHERE s.id = @id AND `+workflow.OnDesk, args)
	return &place{key, id}, err
}

// rowsOf returns the submissions of the numbers as the person sees them, in that order.
func rowsOf(ctx context.Context, q database.Querier, who identity.User, ids []workflow.ID) ([]workflow.Submission, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	args := wallArgs(who)
	args["ids"] = ids
	return database.Rows[workflow.Submission](ctx, q, workflow.SelectOnDesk+` ORDER BY array_position(@ids::bigint[], s.id)`, args)
}

// onDesks is the condition of what is at one of the person's desks.
func onDesks(who identity.User, args database.Args) string {
	args["desks"] = who.Desks()
	return "s.desk = ANY(@desks) AND " + workflow.OnDesk
}

// ofEachDesk selects the states of what satisfies the condition at each of the person's desks, one desk after the other: the
// words of a desk have an index of their own (migration 00042). The statement begins WITH workflow.Walled.
func ofEachDesk(who identity.User, args database.Args, where string) string {
	var all []string
	for i, desk := range who.Desks() {
		name := fmt.Sprintf("desk%d", i)
		args[name] = desk
		all = append(all, `SELECT s.state FROM submissions s WHERE s.desk = @`+name+` AND `+where+` AND `+workflow.OnDeskWalled)
	}
	return strings.Join(all, " UNION ALL ")
}

// tally counts by group, for a condition that the desks are counted by: the counts less what the person must not see. A
// test compares it with the list.
func tally(ctx context.Context, q database.Querier, who identity.User, c condition) (map[Group]Count, error) {
	lines, mode := "d.kind <> ''", asked
	if c.sql == "" {
		lines, mode = "d.kind = ''", pgx.QueryExecModeCacheStatement // by state alone; the same at every look, so planned once
	}
	args := c.with(wallArgs(who))
	args["desks"] = who.Desks()
	states, err := database.Rows[struct {
		State workflow.State
		N     int
	}](ctx, q, `SELECT s.state, sum(s.n)::int AS n FROM (
			SELECT d.state, d.kind, d.country, d.assigned_to, d.n FROM desk_counts d WHERE `+lines+` AND `+deskCounts+`
			UNION ALL
			SELECT w.state, w.kind, w.country, w.assigned_to, -1 FROM submissions w WHERE w.id IN (SELECT behind_wall(@who))
				AND w.submitted_revision IS NOT NULL AND `+strings.ReplaceAll(deskCounts, "d.", "w.")+`) s
		WHERE `+c.and("true")+` GROUP BY s.state`, mode, args)
	groups := map[Group]Count{}
	for _, in := range states {
		g := groupOf(in.State)
		groups[g] = groups[g].plus(Count{N: in.N})
	}
	return groups, err
}

// deskCounts is the condition of the counts of the person's desks; d is desk_counts.
const deskCounts = `@staff::boolean AND d.desk = ANY(@desks) AND d.desk IN (SELECT r.desk FROM staff_roles r WHERE r.user_id = @who AND r.role IN ('officer', 'lead'))`

// group is a part of what there is to count: a group of a list as far as a condition leaves it, up to a number.
type group struct {
	group Group
	condition
	most int
}

// countUpTo counts each of the groups, whose conditions share their arguments, up to its number and one more. One statement
// counts all, so that what is behind the wall is worked out once.
func countUpTo(ctx context.Context, q database.Querier, who identity.User, groups []group) ([]Count, error) {
	if len(groups) == 0 || len(who.Desks()) == 0 {
		return make([]Count, len(groups)), nil
	}
	args := groups[0].with(wallArgs(who))
	var parts []string
	for i, g := range groups {
		most := fmt.Sprintf("most%d", i)
		args[most] = g.most + 1
		parts = append(parts, `(SELECT count(*) FROM (`+ofEachDesk(who, args, g.and(statesSQL(g.group)))+` LIMIT @`+most+`) counted)`)
	}
	found, err := database.Value[[]int](ctx, q, `WITH `+workflow.Walled+` SELECT ARRAY[`+strings.Join(parts, ", ")+`]`, asked, args)
	if err != nil {
		return nil, err
	}
	counts := make([]Count, len(groups))
	for i, n := range found {
		counts[i] = Count{min(n, groups[i].most), n > groups[i].most}
	}
	return counts, nil
}

// countFirst counts by group the first so many, in no order, of what the condition leaves in the groups.
func countFirst(ctx context.Context, q database.Querier, who identity.User, groups []Group, c condition, most int) (map[Group]int, error) {
	if len(who.Desks()) == 0 {
		return nil, nil
	}
	args := c.with(wallArgs(who))
	args["most"] = most
	states, err := database.Rows[struct {
		State workflow.State
		N     int
	}](ctx, q, `WITH `+workflow.Walled+` SELECT state, count(*)::int AS n FROM (`+ofEachDesk(who, args, c.and(statesSQL(groups...)))+
		` LIMIT @most) counted GROUP BY state`, asked, args)
	found := map[Group]int{}
	for _, in := range states {
		found[groupOf(in.State)] += in.N
	}
	return found, err
}

// matches says whether the submission satisfies the filter's group and condition; the caller has found it for the person.
func matches(ctx context.Context, q database.Querier, who identity.User, g Group, c condition, id workflow.ID) (bool, error) {
	args := c.with(wallArgs(who))
	args["id"] = id
	return database.Value[bool](ctx, q, `SELECT EXISTS (SELECT FROM submissions s WHERE s.id = @id AND `+c.and(statesSQL(g)+" AND "+onDesks(who, args))+`)`, asked, args)
}

// countBefore counts how many of the group come before the place in the order, up to a number.
func countBefore(ctx context.Context, q database.Querier, who identity.User, g Group, c condition, o sorting, p place, most int) (int, error) {
	if len(who.Desks()) == 0 {
		return 0, nil
	}
	args := c.with(wallArgs(who))
	args["most"], args["key"], args["after"] = most, p.key, p.id
	return database.Value[int](ctx, q, `WITH `+workflow.Walled+` SELECT count(*)::int FROM (`+ofEachDesk(who, args, c.and(statesSQL(g))+` AND `+o.reversed().behind())+
		` LIMIT @most) counted`, asked, args)
}

// addUp makes one line of the counts that are of the same.
func addUp(ctx context.Context, q database.Querier) error {
	_, err := q.Exec(ctx, `WITH gone AS (DELETE FROM desk_counts RETURNING desk, state, kind, country, assigned_to, n)
		INSERT INTO desk_counts (desk, state, kind, country, assigned_to, n)
		SELECT desk, state, kind, country, assigned_to, sum(n) FROM gone GROUP BY desk, state, kind, country, assigned_to HAVING sum(n) <> 0`)
	return err
}

func versionsOf(ctx context.Context, q database.Querier, who identity.User, ids []workflow.ID) ([]Picked, error) {
	args := wallArgs(who)
	args["ids"] = ids
	return database.Rows[Picked](ctx, q, `SELECT s.id, s.version FROM submissions s WHERE s.id = ANY(@ids) AND `+workflow.OnDesk+` ORDER BY array_position(@ids::bigint[], s.id)`, args)
}

package review

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/search"
	"portal/internal/workflow"
)

// condition is what a filter asks of a submission, its group aside, as SQL over s (submissions).
type condition struct {
	sql  string
	args database.Args
	// open says that nothing that is over can satisfy it; counted that it asks only for what the things that are over are
	// counted by: state, kind, country, and to whom they are assigned.
	open, counted bool
}

// and adds the condition to others.
func (c condition) and(sql string) string {
	if c.sql == "" {
		return sql
	}
	return sql + " AND " + c.sql
}

// with returns the arguments with others.
func (c condition) with(more database.Args) database.Args {
	args := database.Args{}
	for _, all := range []database.Args{c.args, more} {
		for name, value := range all {
			args[name] = value
		}
	}
	return args
}

// conditions makes the SQL of a filter.
type conditions struct {
	args database.Args
	// offices are those whose names have the words, by the words.
	offices map[string][]int64
	// today is in Geneva, in whose days ages are counted; days are those by which lights go, desk by desk.
	today date.Date
	days  []deskDays
}

// deskDays are the days by which the lights of some desks go: what is due before today is overdue, what is due until soon is
// due soon.
type deskDays struct {
	desks       []identity.Desk
	today, soon date.Date
}

// daysOf are the days at the person's desks now; desks with the same days stand together.
func daysOf(who identity.User, settings workflow.Desks, now time.Time) []deskDays {
	var all []deskDays
	for _, desk := range who.Desks() {
		today, soon := settings[desk].Today(now), settings[desk].SoonUntil(now)
		i := slices.IndexFunc(all, func(d deskDays) bool { return d.today == today && d.soon == soon })
		if i < 0 {
			i, all = len(all), append(all, deskDays{today: today, soon: soon})
		}
		all[i].desks = append(all[i].desks, desk)
	}
	return all
}

// byDesk is a condition that goes by the days of each desk.
func (c *conditions) byDesk(sql func(deskDays) string) string {
	if len(c.days) == 1 {
		return sql(c.days[0])
	}
	either := []string{"false"}
	for _, d := range c.days {
		either = append(either, "s.desk = ANY("+c.arg(d.desks)+") AND ("+sql(d)+")")
	}
	return "(" + strings.Join(either, " OR ") + ")"
}

// arg keeps a value and returns its place in the SQL.
func (c *conditions) arg(value any) string {
	name := fmt.Sprintf("p%d", len(c.args))
	c.args[name] = value
	return "@" + name
}

// conditionOf makes the condition of the filter for the person, at the instant.
func conditionOf(ctx context.Context, q database.Querier, who identity.User, f Filter, settings workflow.Desks, now time.Time) (condition, error) {
	c := conditions{args: database.Args{}, offices: map[string][]int64{}, today: date.Today(now, i18n.Geneva), days: daysOf(who, settings, now)}
	out := condition{counted: true}
	either := map[string][]string{}
	var order, all []string
	for _, t := range f.Terms {
		if t.Field == "" || t.Field == fieldOffice {
			if err := c.findOffices(ctx, q, t.Value); err != nil {
				return out, err
			}
		}
		sql := c.term(t)
		switch {
		case t.Not:
			all = append(all, "("+sql+") IS NOT TRUE")
		case t.Field == "" || t.Field == fieldIs:
			all = append(all, sql)
		default:
			if either[t.Field] == nil {
				order = append(order, t.Field)
			}
			either[t.Field] = append(either[t.Field], sql)
		}
		out.open = out.open || !t.Not && (t.Field == fieldIs && t.Value != isUnassigned || t.Field == fieldDue && t.Value != "none" || t.Field == fieldWaiting && t.Value != waitingNobody)
		out.counted = out.counted && (t.Field == fieldState || t.Field == fieldKind || t.Field == fieldCountry || t.Field == fieldAssigned || t.Field == fieldIs && t.Value == isUnassigned)
	}
	for _, field := range order {
		all = append(all, "("+strings.Join(either[field], " OR ")+")")
	}
	out.sql, out.args = strings.Join(all, " AND "), c.args
	return out, nil
}

// findOffices finds the offices whose names have the words.
func (c *conditions) findOffices(ctx context.Context, q database.Querier, words string) error {
	if _, ok := c.offices[words]; ok {
		return nil
	}
	ids, err := database.Values[int64](ctx, q, `SELECT id FROM offices WHERE strpos(folded, fold_name($1)) > 0`, words)
	if ids == nil {
		ids = []int64{}
	}
	c.offices[words] = ids
	return err
}

// term is the SQL of one term, not turned round.
func (c *conditions) term(t Term) string {
	switch t.Field {
	case fieldIs:
		return c.is(t.Value)
	case fieldState:
		return "s.state = " + c.arg(t.Value)
	case fieldKind:
		return "s.kind = " + c.arg(t.Value)
	case fieldCountry:
		return "s.country = " + c.arg(t.Value)
	case fieldOffice:
		if n, err := strconv.ParseInt(t.Value, 10, 64); err == nil {
			return "s.office_id = " + c.arg(n)
		}
		return "s.office_id = ANY(" + c.arg(c.offices[t.Value]) + "::bigint[])"
	case fieldAssigned:
		switch t.Value {
		case AssignedMe:
			return "s.assigned_to = @who"
		case AssignedNone:
			return "s.assigned_to IS NULL"
		}
		n, _ := strconv.ParseInt(t.Value, 10, 64)
		return "s.assigned_to = " + c.arg(n)
	case fieldWaiting:
		if t.Value == waitingNobody {
			return "s.waiting_for = ''"
		}
		return "s.waiting_for = " + c.arg(t.Value)
	case fieldDue:
		if t.Value == "none" {
			return "s.due_on IS NULL"
		}
		return c.byDesk(func(d deskDays) string {
			low, high := bounds(t.Value, func(s string) date.Date { return dayFrom(d.today, s) }, date.Date.AddDays)
			return c.between("s.due_on", low, high)
		})
	case fieldSent:
		low, high := bounds(t.Value, func(s string) date.Date { return dayFrom(c.today, s) }, date.Date.AddDays)
		return c.during(low, high)
	case fieldAge:
		// The older, the earlier: the least number of days is the last day.
		low, high := bounds(t.Value, func(s string) int { n, _ := strconv.Atoi(s); return n }, func(n, more int) int { return n + more })
		before := func(days *int) *date.Date {
			if days == nil {
				return nil
			}
			d := c.today.AddDays(-*days)
			return &d
		}
		return c.during(before(high), before(low))
	}
	return c.words(t)
}

func (c *conditions) is(value string) string {
	switch value {
	case isOverdue:
		return c.byDesk(func(d deskDays) string { return "s.due_on < " + c.arg(d.today) })
	case isSoon:
		return c.byDesk(func(d deskDays) string { return c.between("s.due_on", &d.today, &d.soon) })
	case isOnTime:
		return c.byDesk(func(d deskDays) string { return "s.due_on > " + c.arg(d.soon) })
	case isPaused:
		return "s.waiting_for = 'submitter'"
	case isUnassigned:
		return "s.assigned_to IS NULL"
	}
	return PendingCondition
}

// words looks for a word, or words side by side, in the title; for words of the name of the office; and for the public ID
// or the number.
func (c *conditions) words(t Term) string {
	typed := t.Value
	if t.Quoted {
		typed = `"` + typed + `"`
	}
	either := []string{"s.submitted_words @@ to_tsquery('simple', " + c.arg(search.Query(typed)) + ")"}
	if offices := c.offices[t.Value]; len(offices) > 0 {
		either = append(either, "s.office_id = ANY("+c.arg(offices)+"::bigint[])")
	}
	if n, err := strconv.ParseInt(strings.TrimPrefix(t.Value, "#"), 10, 64); err == nil && n > 0 {
		either = append(either, "s.id = "+c.arg(n))
	} else if strings.ContainsAny(t.Value, "0123456789") {
		either = append(either, "s.public_id = "+c.arg(strings.ToUpper(t.Value)))
	}
	return "(" + strings.Join(either, " OR ") + ")"
}

func (c *conditions) between(column string, low, high *date.Date) string {
	all := []string{column + " IS NOT NULL"}
	if low != nil {
		all = append(all, column+" >= "+c.arg(*low))
	}
	if high != nil {
		all = append(all, column+" <= "+c.arg(*high))
	}
	return strings.Join(all, " AND ")
}

// during asks for what was handed in on the days, in Geneva, the last one included.
func (c *conditions) during(low, high *date.Date) string {
	all := []string{"s.submitted_at IS NOT NULL"}
	if low != nil {
		all = append(all, "s.submitted_at >= "+c.arg(low.In(i18n.Geneva)))
	}
	if high != nil {
		all = append(all, "s.submitted_at < "+c.arg(high.AddDays(1).In(i18n.Geneva)))
	}
	return strings.Join(all, " AND ")
}

// dayFrom reads a day of the search language (readDay) as seen from today.
func dayFrom(today date.Date, s string) date.Date {
	switch s {
	case "today":
		return today
	case "tomorrow":
		return today.AddDays(1)
	case "yesterday":
		return today.AddDays(-1)
	}
	if n, err := strconv.Atoi(s); err == nil {
		return today.AddDays(n)
	}
	d, _ := date.Parse(s)
	return d
}

// bounds are the least and the greatest value of a span (readSpan); nil for none.
func bounds[T any](span string, read func(string) T, step func(T, int) T) (low, high *T) {
	if from, to, ok := strings.Cut(span, ".."); ok {
		a, b := read(from), read(to)
		return &a, &b
	}
	sign, rest := cutSign(span)
	v := read(rest)
	switch sign {
	case "<=":
		return nil, &v
	case ">=":
		return &v, nil
	case "<":
		v = step(v, -1)
		return nil, &v
	case ">":
		v = step(v, 1)
		return &v, nil
	}
	return &v, &v
}

// statesSQL is the list of the group's states. They stand in the SQL itself, so that the planner knows which index holds
// them.
func statesSQL(g Group) string {
	if g == All {
		return "true"
	}
	return "s.state IN ('" + strings.Join(texts(g.States()), "', '") + "')"
}

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

// lookUp makes the planner of a transaction take the lists as they are: in memory for the most part, so that looking rows up
// one by one is cheap, and read while others read, so that neither compilers nor helpers are called in.
func lookUp(ctx context.Context, tx database.Tx) error {
	_, err := tx.Exec(ctx, `SELECT set_config('random_page_cost', '1.1', true), set_config('jit', 'off', true), set_config('max_parallel_workers_per_gather', '0', true)`)
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

// inState counts the submissions in a state.
type inState struct {
	State workflow.State
	N     int
}

// onDesks is the condition of what is at one of the person's desks.
func onDesks(who identity.User, args database.Args) string {
	args["desks"] = who.Desks()
	return "s.desk = ANY(@desks) AND " + workflow.OnDesk
}

// countOpen counts what waits for somebody, by state.
func countOpen(ctx context.Context, q database.Querier, who identity.User, c condition) ([]inState, error) {
	args := c.with(wallArgs(who))
	return database.Rows[inState](ctx, q, `SELECT s.state, count(*)::int AS n FROM submissions s
		WHERE s.state IN ('`+strings.Join(texts(append(ToDo.States(), Waiting.States()...)), "', '")+`') AND `+c.and(onDesks(who, args))+` GROUP BY s.state`, asked, args)
}

// countPast counts what is over, by state, for a condition that it is counted by: the counts less what the person must not
// see. A test compares it with the list.
func countPast(ctx context.Context, q database.Querier, who identity.User, c condition) ([]inState, error) {
	args := c.with(wallArgs(who))
	args["desks"] = who.Desks()
	past := texts(append(Decided.States(), Closed.States()...))
	return database.Rows[inState](ctx, q, `SELECT s.state, sum(s.n)::int AS n FROM (
			SELECT d.state, d.kind, d.country, d.assigned_to, d.n FROM desk_counts d WHERE `+deskCounts+`
			UNION ALL
			SELECT w.state, w.kind, w.country, w.assigned_to, -1 FROM submissions w WHERE w.id IN (SELECT c.submission_id FROM submission_conflicts c WHERE c.user_id = @who)
				AND w.submitted_revision IS NOT NULL AND w.state IN ('`+strings.Join(past, "', '")+`') AND `+strings.ReplaceAll(deskCounts, "d.", "w.")+`) s
		WHERE `+c.and("true")+` GROUP BY s.state`, asked, args)
}

// deskCounts is the condition of the counts of the person's desks; d is desk_counts.
const deskCounts = `@staff::boolean AND d.desk = ANY(@desks) AND d.desk IN (SELECT r.desk FROM staff_roles r WHERE r.user_id = @who AND r.role IN ('officer', 'lead'))`

// countUpTo counts the group up to a number.
func countUpTo(ctx context.Context, q database.Querier, who identity.User, g Group, c condition, most int) (int, error) {
	args := c.with(wallArgs(who))
	args["most"] = most
	return database.Value[int](ctx, q, `SELECT count(*)::int FROM (SELECT FROM submissions s WHERE `+c.and(statesSQL(g)+" AND "+onDesks(who, args))+` LIMIT @most) counted`, asked, args)
}

// matches says whether the submission satisfies the filter's group and condition; the caller has found it for the person.
func matches(ctx context.Context, q database.Querier, who identity.User, g Group, c condition, id workflow.ID) (bool, error) {
	args := c.with(wallArgs(who))
	args["id"] = id
	return database.Value[bool](ctx, q, `SELECT EXISTS (SELECT FROM submissions s WHERE s.id = @id AND `+c.and(statesSQL(g)+" AND "+onDesks(who, args))+`)`, asked, args)
}

// countBefore counts how many of the group come before the place in the order, up to a number.
func countBefore(ctx context.Context, q database.Querier, who identity.User, g Group, c condition, o sorting, p place, most int) (int, error) {
	args := c.with(wallArgs(who))
	args["most"], args["key"], args["after"] = most, p.key, p.id
	return database.Value[int](ctx, q, `SELECT count(*)::int FROM (SELECT FROM submissions s WHERE `+c.and(statesSQL(g)+" AND "+onDesks(who, args))+
		` AND `+o.reversed().behind()+` LIMIT @most) counted`, asked, args)
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

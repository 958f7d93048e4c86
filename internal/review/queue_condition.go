package review

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

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

// conditions makes the SQL of filters, which share their arguments.
type conditions struct {
	args database.Args
	// offices are those whose names have the words, by the words.
	offices map[string][]int64
	// call is Options.Call.
	call string
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

// newConditions makes conditions for the person, as of now.
func (s *Service) newConditions(who identity.User, settings workflow.Desks) *conditions {
	now := s.now()
	return &conditions{call: s.call, args: database.Args{}, offices: map[string][]int64{}, today: date.Today(now, i18n.Geneva), days: daysOf(who, settings, now)}
}

// of is the condition of the filter.
func (c *conditions) of(ctx context.Context, q database.Querier, f Filter) (condition, error) {
	out := condition{args: c.args, counted: true}
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
	out.sql = strings.Join(all, " AND ")
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
	case fieldObjective:
		n, _ := strconv.Atoi(t.Value)
		return "s.submitted_objectives @> ARRAY[" + c.arg(n) + "::int]"
	case fieldCall:
		if c.call == "" {
			return "false"
		}
		n, _ := strconv.ParseInt(t.Value, 10, 64)
		return strings.ReplaceAll(c.call, "%s", c.arg(n))
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

// statesSQL is the list of the groups' states. They stand in the SQL itself, so that the planner knows which index holds
// them.
func statesSQL(groups ...Group) string {
	if slices.Contains(groups, All) {
		return "true"
	}
	var states []string
	for _, g := range groups {
		states = append(states, texts(g.States())...)
	}
	return "s.state IN ('" + strings.Join(states, "', '") + "')"
}

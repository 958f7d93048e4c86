package review

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// ClockPath is the page that explains the clock of a submission, without the language.
func ClockPath(id workflow.ID) string { return Path(id) + tabClock }

const tabClock = "/clock"

// Clock returns a submission with its clock and the duty station that it is counted at. What the person's desks may not
// see is problem.NotFound.
func (s *Service) Clock(ctx context.Context, who identity.User, id workflow.ID) (Case, workflow.Clock, workflow.DeskSettings, error) {
	c, err := s.load(ctx, who, id)
	if err != nil {
		return c, workflow.Clock{}, workflow.DeskSettings{}, err
	}
	desks, err := workflow.ReadDesks(ctx, s.db.Read())
	if err != nil {
		return c, workflow.Clock{}, workflow.DeskSettings{}, err
	}
	clock, _, err := workflow.ReadClock(ctx, s.db.Read(), c.Kind, c.Submission, s.now())
	if err != nil {
		return c, clock, workflow.DeskSettings{}, fmt.Errorf("read the clock of submission %d: %w", id, err)
	}
	return c, clock, desks[c.Desk], nil
}

func (h handlers) clock(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	c, clock, desk, err := h.desk.Clock(r.Context(), identity.Must(r.Context()), id)
	if err != nil {
		return err
	}
	v := clockView{caseView: caseView{Case: c, Filter: h.filter(r), Now: h.now()}, Clock: clock, Desk: desk, May: maySet(identity.Must(r.Context()))}
	return web.Render(w, r, http.StatusOK, clockPage(v))
}

// clockView is what the page of a clock shows.
type clockView struct {
	caseView
	Clock workflow.Clock
	Desk  workflow.DeskSettings
	// May says whether the reader may change the settings.
	May bool
}

func (v clockView) today() date.Date { return v.Desk.Today(v.Now) }

// light is that of the submission at its desk.
func (v clockView) light() workflow.Light { return v.Desk.Light(v.Case.Submission, v.Now) }

// summary says in a sentence for whom it waits.
func (v clockView) summary(ctx context.Context) string {
	if text := waitsFor(ctx, v.Desk, v.Case.Submission); text != "" {
		return text
	}
	return i18n.T(ctx, "review.clock.nobody")
}

// facts are the rules by which it was counted.
func (v clockView) facts(ctx context.Context) []ui.Fact {
	l := i18n.From(ctx)
	fact := func(key string, values ...string) ui.Fact {
		return ui.Fact{Term: i18n.T(ctx, "review.clock."+key), Values: values}
	}
	answer, decision := v.Clock.Counted()
	facts := []ui.Fact{fact("answer", v.target(ctx, answer, v.Clock.Times.AnswerDays, v.Clock.AnswerDue, v.Clock.AnsweredAt))}
	if days := v.Clock.Times.DecisionDays; days != nil {
		facts = append(facts, fact("decision", v.target(ctx, decision, *days, v.Clock.DecisionDue, time.Time{})))
	}
	var weekend []string
	for n := range 7 {
		if day := date.New(2026, 11, 2+n); v.Desk.Calendar.Weekend(day) { // a Monday, and the days after it
			weekend = append(weekend, i18n.T(ctx, "review.clock.weekday."+strconv.Itoa(int(day.Weekday()))))
		}
	}
	return append(facts, fact("station", i18n.T(ctx, "review.clock.station.value", v.Desk.Names.In(l), v.Desk.Location().String())), fact("weekend", i18n.List(ctx, weekend)))
}

// target says how far the count has come.
func (v clockView) target(ctx context.Context, counted, days int, due date.Date, answered time.Time) string {
	switch {
	case !answered.IsZero():
		return i18n.T(ctx, "review.clock.answered", i18n.Day(ctx, v.Desk.DayOf(answered)), days)
	case due.IsZero():
		return i18n.T(ctx, "review.clock.counted", counted, days)
	}
	return i18n.T(ctx, "review.clock.due", counted, days, i18n.Day(ctx, due))
}

// stretches is the table of who had it when.
func (v clockView) stretches(ctx context.Context) ui.Table {
	column := func(key string) ui.Column { return ui.Column{Text: i18n.T(ctx, "review.clock.column."+key)} }
	t := ui.Table{Caption: i18n.T(ctx, "review.clock.stretches"), HideCaption: true, Cards: true, Columns: []ui.Column{column("who"), column("from"), column("to"), column("days")}}
	for _, s := range v.Clock.Stretches {
		who, days, to := i18n.T(ctx, "review.clock.with.desk"), i18n.Number(ctx, s.Days), i18n.T(ctx, "review.clock.goes_on")
		if s.Paused {
			who, days = i18n.T(ctx, "review.clock.with.submitter"), i18n.T(ctx, "review.clock.paused")
		}
		if !s.To.IsZero() {
			to = i18n.Day(ctx, s.To)
		}
		t.Rows = append(t.Rows, []ui.Cell{{Text: who}, {Text: i18n.Day(ctx, s.From)}, {Text: to}, {Text: days}})
	}
	return t
}

// days is the table that explains the count day by day; a run of days that do not count for the same reason is one line.
func (v clockView) days(ctx context.Context) ui.Table {
	column := func(key string) ui.Column { return ui.Column{Text: i18n.T(ctx, "review.clock.column."+key)} }
	t := ui.Table{Caption: i18n.T(ctx, "review.clock.days"), HideCaption: true, Cards: true, Columns: []ui.Column{column("day"), column("what"), column("answer"), column("decision")}}
	if v.Clock.Times.DecisionDays == nil {
		t.Columns = t.Columns[:3]
	}
	all := v.Clock.Days(v.Desk.DutyStation, v.today())
	for i := 0; i < len(all); i++ {
		first, last := all[i], all[i]
		for (first.Mark == workflow.OnPause || first.Mark == workflow.OnWeekend) && i+1 < len(all) && all[i+1].Mark == first.Mark {
			i++
			last = all[i]
		}
		day := v.weekday(ctx, first.Date)
		if last.Date != first.Date {
			day = i18n.T(ctx, "review.clock.run", day, v.weekday(ctx, last.Date))
		}
		cells := []ui.Cell{{Text: day}, {Text: v.what(ctx, first)}, {}, {}}
		if first.Mark == workflow.Counts {
			if first.Answer <= v.Clock.Times.AnswerDays {
				cells[2].Text = i18n.T(ctx, "review.clock.of", first.Answer, v.Clock.Times.AnswerDays)
			} else {
				cells[2].Text = i18n.T(ctx, "review.clock.over", first.Answer-v.Clock.Times.AnswerDays)
			}
			if d := v.Clock.Times.DecisionDays; d != nil && first.Decision <= *d {
				cells[3].Text = i18n.T(ctx, "review.clock.of", first.Decision, *d)
			} else if d != nil {
				cells[3].Text = i18n.T(ctx, "review.clock.over", first.Decision-*d)
			}
		}
		t.Rows = append(t.Rows, cells[:len(t.Columns)])
	}
	return t
}

// weekday is the day with its name.
func (v clockView) weekday(ctx context.Context, d date.Date) string {
	return i18n.T(ctx, "review.clock.named_day", i18n.Key("review.clock.weekday."+strconv.Itoa(int(d.Weekday()))), i18n.Day(ctx, d))
}

// what says what a day does to the clock, and what is due on it.
func (v clockView) what(ctx context.Context, d workflow.Day) string {
	key := "review.clock.mark." + string(d.Mark)
	if d.Mark == workflow.Counts && v.today().Before(d.Date) {
		key += ".ahead"
	}
	var parts []string
	if d.Mark == workflow.OnHoliday {
		parts = append(parts, i18n.T(ctx, key, d.Holiday.In(i18n.From(ctx))))
	} else {
		parts = append(parts, i18n.T(ctx, key))
	}
	if d.Date == v.today() {
		parts = append(parts, i18n.T(ctx, "review.clock.today"))
	}
	if d.Date == v.Clock.AnswerDue && v.Clock.AnsweredAt.IsZero() {
		parts = append(parts, i18n.T(ctx, "review.clock.answer_due"))
	}
	if d.Date == v.Clock.DecisionDue {
		parts = append(parts, i18n.T(ctx, "review.clock.decision_due"))
	}
	return strings.Join(parts, " · ")
}

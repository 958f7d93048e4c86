package peer

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web/ui"
)

// deskView is what the desk's page of the reviews of a submission shows.
type deskView struct {
	Case       DeskCase
	Vocabulary *gcm.Vocabulary
	Now        time.Time
	DeskPath   string
	Chosen     []int64
	Due        form.Answers
	Person     int64
	Reason     string
	Wrong      []problem.Field
	Stale      bool
}

func (v deskView) post(ctx context.Context, below string) templ.SafeURL {
	return templ.SafeURL(ui.Href(ctx, v.DeskPath+below) + "#errors")
}

func (v deskView) due(ctx context.Context) ui.DateControl {
	d := ui.DateControl{Control: ui.Control{Name: "due", Label: i18n.T(ctx, "peer.round.due"), Error: ui.MessageFor(ctx, v.Wrong, "due")}, Day: v.Due.First("due.day"), Month: v.Due.First("due.month"), Year: v.Due.First("due.year")}
	if v.Due == nil || d.Day == "" && d.Month == "" && d.Year == "" {
		day := date.Today(v.Now, i18n.Geneva).AddDays(max(3, v.Case.Settings.Days))
		d.Day, d.Month, d.Year = strconv.Itoa(day.Day()), strconv.Itoa(int(day.Month())), strconv.Itoa(day.Year())
	}
	return d
}

// choice are the reviewers to ask: those suggested first, each with the reasons, then the others who may be asked.
func (v deskView) choice(ctx context.Context) ui.Control {
	c := ui.Control{Name: "reviewer", Label: i18n.T(ctx, "peer.round.reviewers"), Hint: i18n.T(ctx, "peer.round.reviewers.hint"), Error: ui.MessageFor(ctx, v.Wrong, "reviewer")}
	for _, id := range v.Chosen {
		c.Values = append(c.Values, strconv.FormatInt(id, 10))
	}
	suggested := map[int64]bool{}
	for _, s := range v.Case.Suggestions[:min(8, len(v.Case.Suggestions))] {
		suggested[s.UserID] = true
		c.Choices = append(c.Choices, ui.Choice{Value: strconv.FormatInt(s.UserID, 10), Label: i18n.T(ctx, "peer.round.reviewer", s.Name, i18n.Key("peer.side."+string(s.Side))), Hint: v.why(ctx, s)})
	}
	for _, one := range v.Case.Candidates {
		if suggested[one.UserID] || one.Standing == workflow.InConflict || v.Case.asked(one.UserID) {
			continue
		}
		c.Choices = append(c.Choices, ui.Choice{
			Value: strconv.FormatInt(one.UserID, 10), Label: i18n.T(ctx, "peer.round.reviewer", one.Name, i18n.Key("peer.side."+string(one.Side))),
			Hint: i18n.T(ctx, "peer.round.not_suggested", one.Load, one.Capacity),
		})
	}
	return c
}

// why says why somebody is suggested.
func (v deskView) why(ctx context.Context, s Suggestion) string {
	var all []string
	for _, w := range s.Why {
		switch w {
		case WhyExpertise:
			var numbers []string
			for _, n := range s.Shared {
				numbers = append(numbers, i18n.Number(ctx, n))
			}
			all = append(all, i18n.T(ctx, "peer.why."+string(w), i18n.List(ctx, numbers)))
		case WhyLanguage:
			all = append(all, i18n.T(ctx, "peer.why."+string(w), i18n.NameOf(ctx, i18n.Lang(v.Case.Lang).OrEnglish())))
		case WhyFree:
			all = append(all, i18n.T(ctx, "peer.why."+string(w), s.Load, s.Capacity))
		default:
			all = append(all, i18n.T(ctx, "peer.why."+string(w)))
		}
	}
	return i18n.List(ctx, all)
}

// excluded are active reviewers who cannot be asked, since they have a conflict.
func (v deskView) excluded() []Candidate {
	var all []Candidate
	for _, c := range v.Case.Candidates {
		if c.Standing == workflow.InConflict {
			all = append(all, c)
		}
	}
	return all
}

// people are those of whom the desk can say that they have a conflict, or that they have none.
func (v deskView) people(ctx context.Context) ui.Control {
	c := ui.Control{Name: "person", Label: i18n.T(ctx, "peer.conflict.person"), Blank: i18n.T(ctx, "peer.conflict.person.blank"), Error: ui.MessageFor(ctx, v.Wrong, "person")}
	if v.Person != 0 {
		c.Values = []string{strconv.FormatInt(v.Person, 10)}
	}
	for _, one := range v.Case.Candidates {
		c.Choices = append(c.Choices, ui.Choice{Value: strconv.FormatInt(one.UserID, 10), Label: i18n.T(ctx, "peer.conflict.standing", one.Name, i18n.Key("workflow.standing."+string(one.Standing)))})
	}
	return c
}

func (v deskView) reason(ctx context.Context) ui.Control {
	return ui.Control{Name: "reason", Label: i18n.T(ctx, "peer.conflict.reason"), Hint: i18n.T(ctx, "peer.conflict.reason.hint"), Values: []string{v.Reason}, Rows: 2, Error: ui.MessageFor(ctx, v.Wrong, "reason")}
}

// rule says what the rule asks for of a round that is opened now.
func (v deskView) rule(ctx context.Context) string {
	return i18n.T(ctx, "peer.round.open.text", v.needed(ctx))
}

func (v deskView) needed(ctx context.Context) string {
	var all []string
	for _, n := range []struct {
		side Side
		n    int
	}{{UN, v.Case.Settings.UNNeeded}, {External, v.Case.Settings.ExternalNeeded}, {Either, v.Case.Settings.EitherNeeded}} {
		if n.n > 0 {
			all = append(all, i18n.T(ctx, "peer.missing."+string(n.side), n.n))
		}
	}
	return i18n.List(ctx, all)
}

// missing says what the rule still asks for; "" for nothing.
func (v deskView) missing(ctx context.Context, round RoundCase) string {
	var all []string
	for _, side := range append(slices.Clone(Sides), Either) {
		if n := round.Missing()[side]; n > 0 {
			all = append(all, i18n.T(ctx, "peer.missing."+string(side), n))
		}
	}
	return i18n.List(ctx, all)
}

// summary is the table of a round: a row a criterion, with what all reviews make of it, and the weighted mean below.
func (v deskView) summary(ctx context.Context, round RoundCase) ui.Table {
	lang := string(i18n.From(ctx))
	column := func(name string, num bool) ui.Column {
		return ui.Column{Text: i18n.T(ctx, "peer.summary."+name), Num: num}
	}
	t := ui.Table{Caption: i18n.T(ctx, "peer.summary.caption", len(round.In())), Cards: true, Columns: []ui.Column{column("criterion", false), column("weight", true), column("mean", true), column("median", true), column("spread", true)}}
	row := func(name, weight string, s Spread) {
		spread := "–"
		if s.N > 0 {
			spread = i18n.T(ctx, "peer.summary.from_to", score(ctx, s.Least), score(ctx, s.Most))
		}
		t.Rows = append(t.Rows, []ui.Cell{{Text: name}, {Text: weight}, {Text: score(ctx, s.Mean)}, {Text: score(ctx, s.Median)}, {Text: spread}})
	}
	for _, c := range round.Set.Criteria {
		var values []float64
		for _, r := range round.In() {
			values = append(values, float64(r.Scores[c.N]))
		}
		row(c.Name(lang), i18n.Number(ctx, c.Weight), SpreadOf(values))
	}
	var means []float64
	for _, r := range round.In() {
		mean, _ := Mean(round.Set.Criteria, r.Scores)
		means = append(means, mean)
	}
	row(i18n.T(ctx, "peer.summary.weighted"), "", SpreadOf(means))
	return t
}

// table lists who was asked in a round.
func (v deskView) table(ctx context.Context, round RoundCase) ui.Table {
	column := func(name string) ui.Column { return ui.Column{Text: i18n.T(ctx, "peer.asked.column."+name)} }
	t := ui.Table{Caption: i18n.T(ctx, "peer.asked.caption"), Cards: true, Columns: []ui.Column{column("reviewer"), column("state"), column("why"), column("due"), column("conflict")}}
	for _, a := range round.Assignments {
		t.Rows = append(t.Rows, []ui.Cell{{Component: nameCell(a)}, {Component: stateCell(v, round, a)}, {Component: causeCell(a)}, {Text: i18n.Day(ctx, a.DueOn)}, {Text: i18n.T(ctx, "workflow.standing."+string(a.Standing))}})
	}
	return t
}

// scores are those of one review, by criterion.
func scoresTable(ctx context.Context, round RoundCase, r Review, whose string) ui.Table {
	lang := string(i18n.From(ctx))
	t := ui.Table{Caption: i18n.T(ctx, "peer.scores.caption", whose), HideCaption: true, Columns: []ui.Column{{Text: i18n.T(ctx, "peer.summary.criterion")}, {Text: i18n.T(ctx, "peer.scores.score"), Num: true}, {Text: i18n.T(ctx, "peer.scores.means")}}}
	for _, c := range round.Set.Criteria {
		t.Rows = append(t.Rows, []ui.Cell{{Text: c.Name(lang)}, {Text: i18n.Number(ctx, r.Scores[c.N])}, {Text: c.Level(lang, max(1, r.Scores[c.N]))}})
	}
	return t
}

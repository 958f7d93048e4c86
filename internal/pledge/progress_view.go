package pledge

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/web/ui"
)

// openUpdates is how many reports a page shows open, and perUpdates how many a part of a long history holds; the others are folded.
const openUpdates, perUpdates = 5, 20

// headline says in a sentence how fresh the word on a pledge is: with the day, also where nobody has ever reported.
func (s Standing) headline(ctx context.Context, day date.Date, firstPublished time.Time) string {
	light := LightOn(day, s.NextReport)
	next := i18n.T(ctx, "pledge.light."+string(light)+".text", i18n.Day(ctx, s.NextReport))
	switch {
	case s.Status == NoStatus:
		return i18n.T(ctx, "pledge.progress.never", i18n.DayOf(ctx, firstPublished), next)
	case light == Late || light == Silent:
		return i18n.T(ctx, "pledge.progress.silent", i18n.DayOf(ctx, s.StatusSince), next)
	}
	return i18n.T(ctx, "pledge.progress.last", i18n.DayOf(ctx, s.StatusSince), next)
}

// last is the newest update; nil when there is none.
func (p Public) last() *Update {
	if len(p.Updates) == 0 {
		return nil
	}
	return &p.Updates[len(p.Updates)-1]
}

// number reads a value that may be measured: a number, perhaps with a per cent sign.
func number(s string) (float64, bool) {
	plain, ok := form.ParseNumber(strings.TrimSpace(strings.TrimRight(strings.TrimSpace(s), "%٪")))
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseFloat(plain, 64)
	return n, err == nil
}

// achieved is how much of the way from the baseline to the target is behind, from 0 to 1; ok is false where it cannot be measured.
// A baseline that was left blank is zero.
func achieved(baseline, target, value string) (part float64, ok bool) {
	from := 0.0
	if strings.TrimSpace(baseline) != "" {
		if from, ok = number(baseline); !ok {
			return 0, false
		}
	}
	to, measured := number(target)
	now, said := number(value)
	if !measured || !said || to == from {
		return 0, false
	}
	return math.Max(0, math.Min(1, (now-from)/(to-from))), true
}

// perCent is a share as people read it: all of it only when it is all of it.
func perCent(part float64) int { return int(math.Floor(part*100 + 1e-9)) }

func (v pageView) indicators(ctx context.Context) ui.Table {
	t := ui.Table{Caption: i18n.T(ctx, "pledge.page.indicators"), HideCaption: true, Cards: true}
	for _, name := range []string{"what", "baseline", "target", "value", "due"} {
		t.Columns = append(t.Columns, ui.Column{Text: i18n.T(ctx, "pledge.column.indicator."+name)})
	}
	lang, gist := v.Pledge.Lang, sumUp(v.Updates)
	for _, i := range v.Pledge.Indicators {
		now := ui.Cell{Text: i18n.T(ctx, "pledge.progress.no_value")}
		if last, ok := gist.values[i.What]; ok {
			m := measured{text: withUnit(last.Value, i.Unit), on: i18n.Day(ctx, last.On)}
			m.share, m.draws = achieved(i.Baseline, i.Target, last.Value)
			now = ui.Cell{Component: measure(m)}
		}
		t.Rows = append(t.Rows, []ui.Cell{
			{Text: i.What, Lang: lang}, {Text: withUnit(i.Baseline, i.Unit), Lang: lang}, {Text: withUnit(i.Target, i.Unit), Lang: lang}, now, {Text: i18n.Day(ctx, i.Due)},
		})
	}
	return t
}

// measured is what was last said of an indicator.
type measured struct {
	text, on string
	// share is how much of the way is behind, if draws says that it can be drawn.
	share float64
	draws bool
}

func (v pageView) milestones(ctx context.Context) ui.Table {
	t := ui.Table{Caption: i18n.T(ctx, "pledge.page.milestones"), HideCaption: true, Cards: true}
	for _, name := range []string{"what", "due", "reached"} {
		t.Columns = append(t.Columns, ui.Column{Text: i18n.T(ctx, "pledge.column.milestone."+name)})
	}
	gist := sumUp(v.Updates)
	for _, m := range v.Pledge.Milestones {
		reached := i18n.T(ctx, "pledge.progress.not_reached")
		if day, ok := gist.reached[m.What]; ok {
			reached = i18n.Day(ctx, day)
		}
		t.Rows = append(t.Rows, []ui.Cell{{Text: m.What, Lang: v.Pledge.Lang}, {Text: i18n.Day(ctx, m.Due)}, {Text: reached}})
	}
	return t
}

// part returns the updates of the part that is shown, the newest first.
func (v pageView) part() []Update {
	var part []Update
	n := len(v.Updates)
	for i := n - 1 - (v.Part-1)*perUpdates; i >= 0 && len(part) < perUpdates; i-- {
		part = append(part, v.Updates[i])
	}
	return part
}

// partOf is the part that holds an update.
func (v pageView) partOf(number int) int { return (len(v.Updates)-number)/perUpdates + 1 }

// folds says whether the folded ones of a part stay so: not when the update that was asked for is among them.
func (v pageView) folds(folded []Update) bool {
	return !slices.ContainsFunc(folded, func(u Update) bool { return u.Number == v.Chosen })
}

// parts is how many parts the history has.
func (v pageView) parts() int { return max(1, (len(v.Updates)+perUpdates-1)/perUpdates) }

func (v pageView) pager(ctx context.Context) ui.Pager {
	return ui.Pager{Label: i18n.T(ctx, "pledge.progress.parts"), Page: v.Part, Pages: v.parts(), Href: func(n int) string {
		return ui.Href(ctx, v.of().dated(Path(v.PublicID)+"?reports="+strconv.Itoa(n))+"#updates")
	}}
}

// by says who has reported: the office, or the secretariat for it.
func (u Update) by(ctx context.Context) string {
	if u.Means == ByDesk {
		return i18n.T(ctx, "pledge.progress.by_desk", u.OfficeName)
	}
	return u.OfficeName
}

// facts are what an update says beside its texts.
func (u Update) facts(ctx context.Context) []ui.Fact {
	var facts []ui.Fact
	for _, g := range u.Progress {
		facts = append(facts, ui.Fact{Term: g.Indicator, Values: []string{g.Value}, Lang: "und"})
	}
	for _, m := range u.Milestones {
		facts = append(facts, ui.Fact{Term: m.Milestone, Values: []string{i18n.T(ctx, "pledge.progress.reached", i18n.Day(ctx, m.Reached))}})
	}
	return facts
}

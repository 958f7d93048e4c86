package newsletter

import (
	"context"
	"net/url"
	"strconv"

	"portal/internal/i18n"
	"portal/web/ui"
)

func (v suppressionsView) tabs(ctx context.Context) []ui.Tab {
	tabs := []ui.Tab{{Text: i18n.T(ctx, "newsletter.suppressions.all"), Href: ui.Href(ctx, SuppressionsPath), Current: v.Suppressions.Reason == ""}}
	for _, reason := range Reasons {
		tabs = append(tabs, ui.Tab{Text: i18n.T(ctx, "newsletter.reason."+reason), Href: ui.Href(ctx, ui.WithQuery(SuppressionsPath, url.Values{"reason": {reason}})), Current: v.Suppressions.Reason == reason})
	}
	return tabs
}

func (v suppressionsView) table(ctx context.Context) ui.Table {
	t := ui.Table{Caption: i18n.T(ctx, "newsletter.suppressions.caption"), HideCaption: true, Cards: true, Columns: []ui.Column{
		{Text: i18n.T(ctx, "newsletter.email")}, {Text: i18n.T(ctx, "newsletter.suppressions.reason")}, {Text: i18n.T(ctx, "newsletter.suppressions.since")}, {Text: i18n.T(ctx, "newsletter.suppressions.lift")},
	}}
	for _, s := range v.All {
		t.Rows = append(t.Rows, []ui.Cell{{Component: suppressed(s)}, {Text: i18n.T(ctx, "newsletter.reason."+s.Reason)}, {Text: i18n.DayOf(ctx, s.Since)}, {Component: lifting(v, s)}})
	}
	return t
}

func (v suppressionsView) why(ctx context.Context, s Suppression) ui.Control {
	name := "reason"
	c := ui.Control{Name: name + "-" + strconv.FormatInt(s.ID, 10), Label: i18n.T(ctx, "newsletter.suppressions.why"), Rows: 2}
	if v.Line == s.ID {
		c.Values, c.Error = []string{v.Reason}, ui.MessageFor(ctx, v.Wrong, c.Name)
	}
	return c
}

func importFacts(ctx context.Context, i Import) []ui.Fact {
	var facts []ui.Fact
	add := func(key, value string) {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "newsletter.import."+key), Values: []string{value}})
	}
	add("file", i.FileName)
	for _, c := range []struct {
		key string
		n   int
	}{{"new", i.New}, {"known", i.Known}, {"away", i.Away}, {"repeated", i.Repeated}, {"wrong", i.WrongTotal}} {
		add(c.key, i18n.Number(ctx, c.n))
	}
	return facts
}

func importTable(ctx context.Context, i Import) ui.Table {
	t := ui.Table{Caption: i18n.T(ctx, "newsletter.import.table"), Columns: []ui.Column{{Text: i18n.T(ctx, "newsletter.import.line"), Num: true}, {Text: i18n.T(ctx, "newsletter.import.why")}}}
	for _, w := range i.Wrong {
		t.Rows = append(t.Rows, []ui.Cell{{Text: i18n.Number(ctx, w.Line)}, {Text: i18n.T(ctx, w.Key)}})
	}
	return t
}

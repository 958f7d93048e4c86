package pledge

import (
	"context"

	"portal/internal/i18n"
)

// finding says in a sentence what a view shows: its heading.
func (v boardView) finding(ctx context.Context, view string) string {
	tally := v.Tallies[view]
	if tally.Of == 0 {
		return i18n.T(ctx, "pledge.dashboard.finding.none")
	}
	sum := func(values ...string) string {
		n := 0
		for _, value := range values {
			n += tally.Counts[value]
		}
		return i18n.T(ctx, "pledge.dashboard.of", tally.Of, n)
	}
	switch view {
	case "status":
		return i18n.T(ctx, "pledge.dashboard.status.finding", sum(string(InProgress), string(Fulfilled), string(FulfilledLate)))
	case "light":
		return i18n.T(ctx, "pledge.dashboard.light.finding", sum(string(Late), string(Silent)))
	}
	most, first := 0, []figure{}
	for _, f := range v.figures(ctx, view) {
		switch {
		case f.N > most:
			most, first = f.N, []figure{f}
		case f.N == most:
			first = append(first, f)
		}
	}
	each := i18n.T(ctx, "pledge.list.count", most)
	switch {
	case most == 0:
		return i18n.T(ctx, "pledge.dashboard.finding.nothing."+nothing(view))
	case len(first) == 1:
		name := first[0].Label
		if view == "objective" {
			name = first[0].name(ctx)
		}
		return i18n.T(ctx, "pledge.dashboard."+view+".finding", name, sum(first[0].Value))
	case len(first) <= tied:
		var names []string
		for _, f := range first {
			names = append(names, f.name(ctx))
		}
		return i18n.T(ctx, "pledge.dashboard.finding.tie", i18n.List(ctx, names), each)
	default:
		return i18n.T(ctx, "pledge.dashboard.finding.ties", len(first), each)
	}
}

// tied is how many values that share the first place a heading names.
const tied = 3

// nothing is what is said where pledges are counted, but none has any value.
func nothing(view string) string {
	switch view {
	case "reported":
		return "reported"
	case "country", "continent":
		return "country"
	}
	return "other"
}

package review

import (
	"context"
	"slices"
	"strconv"
	"time"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web/ui"
)

// releaseView is what the page of what a desk has decided shows.
type releaseView struct {
	Pile
	Desks    []identity.Desk
	Releases []ReleaseLine
	// Ticked are the pending decisions that were ticked; nil is all of them.
	Ticked []int64
	// Minutes is what was typed for the time to undo.
	Minutes string
	Wrong   []problem.Field
	Stale   bool
	Now     time.Time
}

// ready are the ids of the pending decisions that can leave.
func (p Pile) ready() []int64 {
	ids := make([]int64, len(p.Ready))
	for i, it := range p.Ready {
		ids[i] = it.Pending.ID
	}
	return ids
}

// readyOf are all that can leave of several piles.
func readyOf(piles []Pile) []Item {
	var all []Item
	for _, p := range piles {
		all = append(all, p.Ready...)
	}
	return all
}

func (v releaseView) ticked(it Item) bool {
	return v.Ticked == nil || slices.Contains(v.Ticked, it.Pending.ID)
}

func (v releaseView) tabs(ctx context.Context) []ui.Tab {
	var tabs []ui.Tab
	for _, d := range v.Desks {
		tabs = append(tabs, ui.Tab{Href: ui.Href(ctx, releasePath+"?desk="+string(d)), Text: i18n.T(ctx, "review.release.desk."+string(d)), Current: d == v.Desk})
	}
	return tabs
}

// faster says of the first of the ticked decisions that leave already by whom and when they were released; "" when it
// is something else that has changed.
func (v releaseView) faster(ctx context.Context) string {
	for _, it := range v.Held {
		if it.Why == InRelease && v.Ticked != nil && slices.Contains(v.Ticked, it.Pending.ID) {
			return i18n.T(ctx, "review.release.stale.who", it.Releaser, i18n.UTC(ctx, *it.ReleasedAt), i18n.UTC(ctx, *it.GoesAt))
		}
	}
	return ""
}

// count restates in words what will leave: "3 decisions will leave: 2 published, 1 declined; 5 letters to 4 people".
func (v releaseView) count(ctx context.Context) string { return countItems(ctx, v.Ready) }

func countItems(ctx context.Context, items []Item) string {
	by, letters, people := map[workflow.Action]int{}, 0, map[int64]bool{}
	for _, it := range items {
		by[it.Action]++
		letters += len(it.Letters)
		for _, l := range it.Letters {
			people[l.To.ID] = true
		}
	}
	var parts []string
	for _, a := range choices {
		if by[a] > 0 {
			parts = append(parts, i18n.T(ctx, "review.release.count."+string(a), by[a]))
		}
	}
	return i18n.T(ctx, "review.release.count", len(items), i18n.List(ctx, parts),
		i18n.T(ctx, "review.release.letters", letters), i18n.T(ctx, "review.release.people", len(people)))
}

func (v releaseView) minutesControl(ctx context.Context) ui.Control {
	value := v.Minutes
	if value == "" {
		value = strconv.Itoa(v.UndoMinutes)
	}
	return ui.Control{Name: "minutes", Label: i18n.T(ctx, "review.release.minutes"), Hint: i18n.T(ctx, "review.release.minutes.hint"), Values: []string{value}, InputMode: "numeric", Width: "w-4", Error: ui.MessageFor(ctx, v.Wrong, "minutes")}
}

// why says in words why an item cannot leave.
func (it Item) why(ctx context.Context) string {
	if it.Why == InRelease {
		return i18n.T(ctx, "review.pending.leaving", it.Releaser, i18n.UTC(ctx, *it.GoesAt))
	}
	return i18n.T(ctx, "review.release.reason."+string(it.Why))
}

func (v releaseView) history(ctx context.Context) ui.Table {
	return releaseTable(ctx, v.Releases, v.Now)
}

func releaseTable(ctx context.Context, lines []ReleaseLine, now time.Time) ui.Table {
	column := func(name string) ui.Column { return ui.Column{Text: i18n.T(ctx, "review.release.column."+name)} }
	t := ui.Table{
		Caption: i18n.T(ctx, "review.release.history"), HideCaption: true, Cards: true,
		Columns: []ui.Column{column("at"), column("by"), column("items"), column("letters"), column("state")},
	}
	for _, l := range lines {
		t.Rows = append(t.Rows, []ui.Cell{
			{Text: i18n.UTC(ctx, l.ReleasedAt), Href: ui.Href(ctx, releasedPath(l.ID))},
			{Text: ui.PersonName(ctx, l.Releaser)},
			{Text: i18n.Number(ctx, l.Items)},
			{Text: i18n.Number(ctx, l.Letters)},
			{Text: l.state(ctx, now)},
		})
	}
	return t
}

// state says in words how a release stands.
func (l ReleaseLine) state(ctx context.Context, now time.Time) string {
	switch {
	case l.StoppedAt != nil:
		return i18n.T(ctx, "review.release.state.stopped", ui.PersonName(ctx, l.Stopper), i18n.UTC(ctx, *l.StoppedAt))
	case l.MayStop(now):
		return i18n.T(ctx, "review.release.state.leaves", i18n.UTC(ctx, l.GoesAt))
	case l.EndedAt == nil:
		return i18n.T(ctx, "review.release.state.going")
	case l.Left > 0:
		return i18n.T(ctx, "review.release.state.left", l.Left, i18n.T(ctx, "review.release.state.gone", l.Done))
	}
	return i18n.T(ctx, "review.release.state.gone", l.Done)
}

// releasedView is what the page of one release shows.
type releasedView struct {
	Line  ReleaseLine
	Items []ReleasedItem
	Now   time.Time
	// Late says that it was too late to undo it.
	Late bool
}

func (v releasedView) table(ctx context.Context) ui.Table {
	column := func(name string) ui.Column { return ui.Column{Text: i18n.T(ctx, "review.release.column."+name)} }
	t := ui.Table{
		Caption: i18n.T(ctx, "review.release.items", len(v.Items)), Cards: true,
		Columns: []ui.Column{column("title"), column("decision"), column("decider"), column("outcome")},
	}
	for _, it := range v.Items {
		t.Rows = append(t.Rows, []ui.Cell{
			{Component: releasedTitle(it)},
			{Text: i18n.T(ctx, "workflow.action."+string(it.Action))},
			{Text: deciderName(ctx, it.Decider)},
			{Component: outcomeCell(it)},
		})
	}
	return t
}

func toneOfOutcome(o Outcome) ui.Tone {
	switch o {
	case Done:
		return ui.Ok
	case Left:
		return ui.Warn
	case Waits:
		return ui.Sky
	}
	return ui.Plain
}

// reference is how staff name a submission: its public ID once it has one, else its number.
func (it ReleasedItem) reference() string {
	return reference(workflow.Submission{ID: it.SubmissionID, PublicID: it.PublicID})
}

// releaseName names an item where a link alone would not say which.
func releaseName(ctx context.Context, it Item) string {
	if it.Submission.Title == "" {
		return i18n.T(ctx, "review.queue.untitled")
	}
	return it.Submission.Title
}

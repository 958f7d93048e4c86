package newsletter

import (
	"context"
	"strconv"
	"time"

	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web/ui"
)

type overviewView struct {
	Overview
	Now                                  time.Time
	Month, Title, PerSecond, Connections string
	Wrong                                []problem.Field
}

// months are those that an issue can be begun for: the last, this one and the two next.
func (v overviewView) months(ctx context.Context) ui.Control {
	c := ui.Control{Name: "month", Label: i18n.T(ctx, "newsletter.issue.month"), Values: []string{v.Month}, Error: ui.MessageFor(ctx, v.Wrong, "month")}
	today := date.Today(v.Now, i18n.Geneva)
	if v.Month == "" {
		c.Values = []string{monthValue(today)}
	}
	for n := -1; n <= 2; n++ {
		month := date.New(today.Year(), today.Month()+time.Month(n), 1)
		c.Choices = append(c.Choices, ui.Choice{Value: monthValue(month), Label: i18n.Month(ctx, month)})
	}
	return c
}

func monthValue(d date.Date) string { return d.String()[:len("2006-01")] }

func (v overviewView) table(ctx context.Context) ui.Table {
	t := ui.Table{Caption: i18n.T(ctx, "newsletter.desk.caption"), HideCaption: true, Cards: true, Header: 1, Columns: []ui.Column{
		{Text: i18n.T(ctx, "newsletter.issue.no"), Num: true}, {Text: i18n.T(ctx, "newsletter.issue.title")}, {Text: i18n.T(ctx, "newsletter.issue.month")}, {Text: i18n.T(ctx, "newsletter.issue.state")},
	}}
	for _, i := range v.Issues {
		title, in := i.Texts.In(i18n.From(ctx))
		t.Rows = append(t.Rows, []ui.Cell{{Text: i18n.Number(ctx, i.Number)}, {Text: title.Title, Lang: string(in), Href: ui.Href(ctx, i.deskPath())}, {Text: i18n.Month(ctx, i.Month)}, {Component: stateTag(i.State)}})
	}
	return t
}

func (v overviewView) setting(ctx context.Context, name, typed string, now int) ui.Control {
	c := ui.Control{Name: name, Label: i18n.T(ctx, "newsletter.setting."+name), Hint: i18n.T(ctx, "newsletter.setting."+name+".hint"), InputMode: "numeric", Width: "w-4", Values: []string{typed}, Error: ui.MessageFor(ctx, v.Wrong, name)}
	if typed == "" {
		c.Values = []string{strconv.Itoa(now)}
	}
	return c
}

func tone(s State) ui.Tone {
	switch s {
	case Proposed, Paused:
		return ui.Warn
	case Approved, Scheduled, Sending:
		return ui.Sky
	case SentOut:
		return ui.Ok
	}
	return ui.Plain
}

type issueView struct {
	Issue
	Who        identity.User
	Now        time.Time
	Vocabulary *gcm.Vocabulary
	Audience   Audience
	Progress   Progress
	// Waiting are the proposals that can be drawn into it, TakenOut what was taken back from it.
	Waiting  []proposal
	TakenOut []Texts
	At       form.Answers
	Clock    string
	Wrong    []problem.Field
}

func (v issueView) title(ctx context.Context) string {
	return i18n.T(ctx, "newsletter.issue.number", v.Number, i18n.Month(ctx, v.Month))
}

func (v issueView) day(ctx context.Context) ui.DateControl {
	return ui.DateControl{Control: ui.Control{Name: "at", Label: i18n.T(ctx, "newsletter.step.day"), Error: ui.MessageFor(ctx, v.Wrong, "at")}, Day: v.At.First("at.day"), Month: v.At.First("at.month"), Year: v.At.First("at.year")}
}

func (v issueView) time(ctx context.Context) ui.Control {
	return ui.Control{Name: "clock", Label: i18n.T(ctx, "newsletter.step.clock"), Width: "w-4", Values: []string{v.Clock}, Error: ui.MessageFor(ctx, v.Wrong, "clock")}
}

// facts say where the issue stands.
func (v issueView) facts(ctx context.Context) []ui.Fact {
	facts := []ui.Fact{{Term: i18n.T(ctx, "newsletter.issue.state"), Component: stateTag(v.State)}}
	add := func(key string, at *time.Time) {
		if at != nil {
			facts = append(facts, ui.Fact{Term: i18n.T(ctx, "newsletter.issue."+key), Values: []string{i18n.Instant(ctx, *at)}})
		}
	}
	add("send_at", v.SendAt)
	add("started_at", v.StartedAt)
	add("finished_at", v.FinishedAt)
	return facts
}

func (v issueView) languages(ctx context.Context) ui.Bars {
	b := ui.Bars{Title: i18n.T(ctx, "newsletter.audience.langs", v.Audience.Total), Note: i18n.T(ctx, "newsletter.audience.note"), Of: i18n.T(ctx, "newsletter.lang"), Unit: i18n.T(ctx, "newsletter.audience.readers")}
	for _, l := range i18n.All {
		if n := v.Audience.Langs[l]; n > 0 {
			b.Rows = append(b.Rows, ui.Bar{Text: i18n.NameOf(ctx, l), Value: float64(n), Shown: i18n.Number(ctx, n)})
		}
	}
	return b
}

// report is what became of the issue, without anybody's name.
func (v issueView) report(ctx context.Context) []ui.Fact {
	var facts []ui.Fact
	add := func(key string, n int) {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "newsletter.report."+key), Values: []string{i18n.Number(ctx, n)}})
	}
	p := v.Progress
	add("readers", p.Total())
	add("sent", p.Sent+p.Handing)
	if p.Queued > 0 {
		add("queued", p.Queued)
	}
	if p.Deferred > 0 {
		add("deferred", p.Deferred)
	}
	add("bounced", p.Bounced)
	if p.Failed > 0 {
		add("failed", p.Failed)
	}
	if p.Unsure > 0 {
		add("unsure", p.Unsure)
	}
	add("left", v.LeftSince)
	add("complained", v.Complained)
	if v.State == Sending && p.LastMinute > 0 {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "newsletter.report.rate"), Values: []string{i18n.T(ctx, "newsletter.report.rate.value", p.LastMinute)}})
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "newsletter.report.rest"), Values: []string{i18n.T(ctx, "newsletter.report.minutes", (p.Queued+p.LastMinute-1)/p.LastMinute)}})
	}
	return facts
}

func (v issueView) share() float64 {
	if v.Progress.Total() == 0 {
		return 0
	}
	return float64(v.Progress.Total()-v.Progress.Queued) / float64(v.Progress.Total())
}

// segment says in words for whom an item is; "" for everybody.
func (v issueView) segment(ctx context.Context, item Item) string {
	l := i18n.From(ctx)
	var names []string
	for _, n := range item.Themes {
		for _, t := range v.Vocabulary.Themes {
			if t.N == n {
				names = append(names, t.Label(l))
			}
		}
	}
	for _, id := range item.Regions {
		for _, r := range v.Vocabulary.Regions {
			if r.ID == id {
				names = append(names, r.Name(l))
			}
		}
	}
	for _, id := range item.Sectors {
		for _, s := range v.Vocabulary.Sectors {
			if s.ID == id {
				names = append(names, s.Name(l))
			}
		}
	}
	return i18n.List(ctx, names)
}

func langsOf(ctx context.Context, t Texts) string {
	var names []string
	for _, l := range i18n.All {
		if _, ok := t[l]; ok {
			names = append(names, i18n.NameOf(ctx, l))
		}
	}
	return i18n.List(ctx, names)
}

func langsControl(ctx context.Context, name, label string) ui.Control {
	c := ui.Control{Name: name, Label: label, Values: []string{string(i18n.From(ctx))}}
	for _, l := range i18n.All {
		c.Choices = append(c.Choices, ui.Choice{Value: string(l), Label: i18n.NameOf(ctx, l)})
	}
	return c
}

// textsView is a form of texts in several languages.
type textsView struct {
	Issue   Issue
	Texts   Texts
	Version int
	Most    int
	// Theirs is what somebody else has saved meanwhile; nil for nothing.
	Theirs Texts
	Wrong  []problem.Field
}

// folded says whether the fields of a language stand behind its name: nothing is in them.
func (v textsView) folded(l i18n.Lang) bool {
	return !l.IsOffered() && v.Texts[l] == (Text{})
}

func (v textsView) titleControl(ctx context.Context, l i18n.Lang) ui.Control {
	name := "title." + string(l)
	return ui.Control{Name: name, Label: i18n.T(ctx, "newsletter.text.title", i18n.NameOf(ctx, l)), Values: []string{v.Texts[l].Title}, Lang: string(l), Error: ui.MessageFor(ctx, v.Wrong, name)}
}

func (v textsView) textControl(ctx context.Context, l i18n.Lang) ui.Control {
	name := "text." + string(l)
	return ui.Control{Name: name, Label: i18n.T(ctx, "newsletter.text.text", i18n.NameOf(ctx, l)), Values: []string{v.Texts[l].Text}, Lang: string(l), Max: v.Most, Length: form.Length(v.Texts[l].Text), Rows: 5, Error: ui.MessageFor(ctx, v.Wrong, name)}
}

// itemView is the form of an item.
type itemView struct {
	textsView
	Item       Item
	Vocabulary *gcm.Vocabulary
}

func (v itemView) section(ctx context.Context) ui.Control {
	c := ui.Control{Name: "section", Label: i18n.T(ctx, "newsletter.item.section"), Values: []string{v.Item.Section}, Error: ui.MessageFor(ctx, v.Wrong, "section")}
	for _, s := range Sections {
		c.Choices = append(c.Choices, ui.Choice{Value: s, Label: i18n.T(ctx, "newsletter.section."+s)})
	}
	return c
}

func (v itemView) sectors(ctx context.Context) ui.Control {
	c := ui.Control{Name: "sectors", Label: i18n.T(ctx, "newsletter.item.sectors"), Optional: true, Values: v.Item.Sectors}
	for _, s := range v.Vocabulary.Sectors {
		c.Choices = append(c.Choices, ui.Choice{Value: s.ID, Label: s.Name(i18n.From(ctx))})
	}
	return c
}

func (v itemView) path() string {
	if v.Item.ID == 0 {
		return v.Issue.deskPath() + "/items/new"
	}
	return v.Issue.deskPath() + "/items/" + strconv.FormatInt(v.Item.ID, 10)
}

package pledge

import (
	"slices"

	"portal/internal/date"
	"portal/internal/form"
)

// Report is what somebody says of how a pledge stands on a day. What comes of it is an Update.
type Report struct {
	Status Status
	// SupersededBy is a public ID, as typed; "" unless the status is Superseded.
	SupersededBy string
	// On is the day that the status is of.
	On date.Date
	// Lang is the language of the texts. Evidence, Obstacles and Support (that is wanted) are Markdown, Link is an address.
	Lang                               string
	Evidence, Link, Obstacles, Support string
	Progress                           []Progress
	Milestones                         []Reached
	// NextReport is the day of the next report; zero is a year from today, and none after a final status.
	NextReport date.Date
}

// Progress is how far an indicator of the published revision has come, in the words of the office.
type Progress struct {
	Indicator string `json:"indicator"`
	Value     string `json:"value"`
}

// Reached is a milestone of the published revision that was reached.
type Reached struct {
	Milestone string    `json:"milestone"`
	Reached   date.Date `json:"reached"`
}

// Reportable are the statuses that a report can have, in the order of the form. That a pledge was fulfilled late the portal
// finds itself: by its deadline.
var Reportable = []Status{Planned, InProgress, Delayed, Fulfilled, Superseded, Withdrawn}

// asked is the status as the form asks for it.
func (s Status) asked() Status {
	if s == FulfilledLate {
		return Fulfilled
	}
	return s
}

// Limits of a report.
const (
	// MaxEvidence bounds the evidence, MaxRemark obstacles and support, MaxValue what is said of an indicator: in characters as
	// a person counts them. MaxLink bounds an address in bytes.
	MaxEvidence, MaxRemark, MaxValue, MaxLink = 3000, 2000, 200, 2000
	// MaxYears is how far away the next report may be.
	MaxYears = 3
)

// stands is what the rules know of the pledge that is reported on.
type stands struct {
	ID         int64 // of the submission
	PublicID   string
	Revision   int
	OfficeID   int64
	OfficeName string
	Title      string
	Lang       string
	// Published is the day on which it came before the public, Deadline the last one that its indicators and milestones
	// name, LastDay the one that the last report is of; zero for none.
	Published, Deadline, LastDay date.Date
	Indicators, Milestones       []string
	Standing
}

// settled is the report fit to be stored, with what follows from it filled in.
func (r Report) settled(p stands, today date.Date) Report {
	for _, text := range []*string{&r.Evidence, &r.Link, &r.Obstacles, &r.Support, &r.SupersededBy} {
		*text = fit(*text)
	}
	if id, ok := ParseID(r.SupersededBy); ok {
		r.SupersededBy = id
	}
	if r.Status != Superseded {
		r.SupersededBy = ""
	}
	if r.Status = r.Status.asked(); r.Status == Fulfilled && !p.Deadline.IsZero() && p.Deadline.Before(r.On) {
		r.Status = FulfilledLate
	}
	if r.NextReport.IsZero() && r.Status != "" && !r.Status.Final() {
		r.NextReport = yearAfter(today)
	}
	r.Progress = slices.Clone(r.Progress)
	for i := range r.Progress {
		r.Progress[i].Value = fit(r.Progress[i].Value)
	}
	return r
}

// said is the settled report without the indicators and milestones of which nothing is said.
func (r Report) said() Report {
	r.Progress = slices.DeleteFunc(slices.Clone(r.Progress), func(g Progress) bool { return g.Value == "" })
	r.Milestones = slices.DeleteFunc(slices.Clone(r.Milestones), func(m Reached) bool { return m.Reached.IsZero() })
	return r
}

// check returns what cannot be right about a settled report, at the names of the form's controls. What is merely blank is
// missing. follows says, of a published pledge, what it was superseded by ("" for nothing); ok is false for any other.
func (r Report) check(p stands, today date.Date, follows func(publicID string) (by string, ok bool)) []form.Wrong {
	var wrong []form.Wrong
	add := func(name, key string, args ...any) {
		wrong = append(wrong, form.Wrong{Name: name, Key: "pledge.report.wrong." + key, Args: args})
	}
	if r.Status != "" && r.Status != FulfilledLate && !slices.Contains(Reportable, r.Status) {
		add("status", "status")
	}
	if r.SupersededBy != "" {
		id, ok := wholeID(r.SupersededBy)
		by, published := "", false
		if ok {
			by, published = follows(id)
		}
		switch {
		case !ok:
			add("superseded_by", "superseded.form")
		case id == p.PublicID:
			add("superseded_by", "superseded.itself")
		case !published:
			add("superseded_by", "superseded.unknown", id)
		case by == p.PublicID:
			add("superseded_by", "superseded.circle", id)
		}
	}
	switch {
	case r.On.IsZero():
	case today.Before(r.On):
		add("on.day", "on.future")
	case r.On.Before(p.Published):
		add("on.day", "on.early", p.Published)
	case r.On.Before(p.LastDay):
		add("on.day", "on.earlier", p.LastDay)
	}
	if r.Lang != "" && !knownLang(r.Lang) {
		add("language", "language")
	}
	switch {
	case r.NextReport.IsZero():
	case r.Status.Final():
		add("next_report.day", "next.final")
	case r.NextReport.Before(today):
		add("next_report.day", "next.past")
	case yearAfter(yearAfter(yearAfter(today))).Before(r.NextReport):
		add("next_report.day", "next.far", MaxYears)
	}
	switch {
	case r.Evidence != "":
	case r.Status == Withdrawn:
		add("evidence", "reason.withdrawn")
	case p.Status.Final() && r.Status != "" && r.Status.asked() != p.Status.asked():
		add("evidence", "reason.reopened")
	case r.Status.asked() == Fulfilled && r.Link == "":
		add("evidence", "reason.fulfilled")
	}
	for _, text := range []struct {
		name, value string
		max         int
	}{{"evidence", r.Evidence, MaxEvidence}, {"obstacles", r.Obstacles, MaxRemark}, {"support", r.Support, MaxRemark}} {
		if n := form.Length(text.value); n > text.max {
			add(text.name, "long", text.max, n)
		}
	}
	if r.Link != "" && (!form.ValidURL(r.Link) || len(r.Link) > MaxLink) {
		add("link", "link")
	}
	return append(wrong, r.checkMeasures(p, today)...)
}

// checkMeasures checks what is said of indicators and milestones: only those of the pledge, each once.
func (r Report) checkMeasures(p stands, today date.Date) []form.Wrong {
	var wrong []form.Wrong
	add := func(name, key string, args ...any) {
		wrong = append(wrong, form.Wrong{Name: name, Key: "pledge.report.wrong." + key, Args: args})
	}
	seen := map[string]bool{}
	for i, g := range r.Progress {
		name := form.RowName("progress", i, "value")
		switch n := form.Length(g.Value); {
		case n == 0:
			continue
		case !slices.Contains(p.Indicators, g.Indicator):
			add(name, "indicator", g.Indicator)
		case seen[g.Indicator]:
			add(name, "indicator.twice", g.Indicator)
		case n > MaxValue:
			add(name, "long", MaxValue, n)
		}
		seen[g.Indicator] = true
	}
	seen = map[string]bool{}
	for i, m := range r.Milestones {
		name := form.RowName("milestones", i, "reached") + ".day"
		switch {
		case m.Reached.IsZero():
			continue
		case !slices.Contains(p.Milestones, m.Milestone):
			add(name, "milestone", m.Milestone)
		case seen[m.Milestone]:
			add(name, "milestone.twice", m.Milestone)
		case today.Before(m.Reached):
			add(name, "milestone.future")
		}
		seen[m.Milestone] = true
	}
	return wrong
}

// missing returns what a report lacks, which a form asks only when it is sent in.
func (r Report) missing() []form.Wrong {
	var missing []form.Wrong
	add := func(name, key string) {
		missing = append(missing, form.Wrong{Name: name, Key: "pledge_update.field." + key + ".missing"})
	}
	if r.Status == "" {
		add("status", "status")
	}
	if r.Status == Superseded && r.SupersededBy == "" {
		add("superseded_by", "superseded_by")
	}
	if r.On.IsZero() {
		add("on.day", "on")
	}
	if r.Lang == "" {
		add("language", "language")
	}
	return missing
}

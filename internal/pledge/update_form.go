package pledge

import (
	"slices"
	"strconv"
	"strings"

	"portal/internal/date"
	"portal/internal/form"
)

// The kinds of submission that are about published pledges: one report on one, and a sheet with many.
const (
	UpdateKindName = "pledge_update"
	SheetKindName  = "pledge_sheet"
)

// open are the statuses after which another report is due.
var open = &form.When{Field: "status", Is: names(slices.DeleteFunc(slices.Clone(Reportable), Status.Final))}

// check is how the form of a report asks the rules: about the submission, as answered so far.
type ruleBook func(submission int64, r Report) []form.Wrong

// newUpdateForm returns the definition of a report on one pledge. rules may be nil.
func newUpdateForm(rules ruleBook) *form.Definition {
	return &form.Definition{Kind: UpdateKindName, Steps: []form.Step{
		{ID: "status", Fields: []form.Field{
			{ID: "status", Type: form.Choice, Required: true, Values: names(Reportable)},
			{ID: "superseded_by", Type: form.Text, Search: true, Required: true, Max: 300, When: &form.When{Field: "status", Is: []string{string(Superseded)}}},
			{ID: "on", Type: form.Date, Required: true},
			{ID: "next_report", Type: form.Date, When: open},
		}, Rules: rules.at("status", "superseded_by", "on", "next_report")},
		{ID: "progress", Fields: []form.Field{
			{ID: "progress", Type: form.Group, Given: true, Max: 20, Fields: []form.Field{
				{ID: "indicator", Type: form.Text, Given: true, Max: 300},
				{ID: "value", Type: form.Text, Max: MaxValue},
			}},
			{ID: "milestones", Type: form.Group, Given: true, Max: 20, Fields: []form.Field{
				{ID: "milestone", Type: form.Text, Given: true, Max: 300},
				{ID: "reached", Type: form.Date},
			}},
		}, Rules: rules.at("progress", "milestones")},
		{ID: "story", Fields: []form.Field{
			{ID: "language", Type: form.Select, Required: true, Options: languageOptions},
			{ID: "evidence", Type: form.LongText, Max: MaxEvidence},
			{ID: "link", Type: form.URL, Max: MaxLink},
			{ID: "obstacles", Type: form.LongText, Max: MaxRemark},
			{ID: "support", Type: form.LongText, Max: MaxRemark},
		}, Rules: rules.at("evidence", "link", "language")},
		{ID: "files", Fields: []form.Field{
			{ID: "files", Type: form.Files, Max: MaxFiles},
		}},
	}}
}

// at returns the rules of a step: what is wrong at its questions, less what the form itself says of single answers.
func (rules ruleBook) at(questions ...string) func(form.Answers, form.Env) []form.Wrong {
	if rules == nil {
		return nil
	}
	return func(a form.Answers, env form.Env) []form.Wrong {
		if env.Submission == 0 {
			return nil
		}
		var wrong []form.Wrong
		for _, w := range rules(env.Submission, readReport(a)) {
			if slices.ContainsFunc(questions, func(q string) bool { return w.Name == q || len(w.Name) > len(q) && w.Name[:len(q)+1] == q+"." }) {
				wrong = append(wrong, w)
			}
		}
		return wrong
	}
}

// readReport takes a report from the answers of its form; what is no option or cannot be read is left out.
func readReport(a form.Answers) Report {
	r := Report{
		Status: Status(a.First("status")), SupersededBy: a.First("superseded_by"), Lang: a.First("language"),
		Evidence: a.First("evidence"), Link: a.First("link"), Obstacles: a.First("obstacles"), Support: a.First("support"),
	}
	r.On, _, _, _ = form.DateOf(a, "on")
	if open.Holds(a) {
		r.NextReport, _, _, _ = form.DateOf(a, "next_report")
	}
	for n := range a.Rows("progress") {
		row := a.Row("progress", n)
		r.Progress = append(r.Progress, Progress{row.First("indicator"), row.First("value")})
	}
	for n := range a.Rows("milestones") {
		row := a.Row("milestones", n)
		day, _, _, _ := form.DateOf(row, "reached")
		r.Milestones = append(r.Milestones, Reached{row.First("milestone"), day})
	}
	return r
}

// answers is the inverse of readReport.
func (r Report) answers() form.Answers {
	a := form.Answers{}
	set(a, "", map[string]string{
		"status": string(r.Status.asked()), "superseded_by": r.SupersededBy, "language": r.Lang, "evidence": r.Evidence, "link": r.Link, "obstacles": r.Obstacles, "support": r.Support,
	})
	setDay(a, "on", r.On)
	setDay(a, "next_report", r.NextReport)
	for n, g := range r.Progress {
		set(a, form.RowName("progress", n, ""), map[string]string{"indicator": g.Indicator, "value": g.Value})
	}
	for n, m := range r.Milestones {
		set(a, form.RowName("milestones", n, ""), map[string]string{"milestone": m.Milestone})
		setDay(a, form.RowName("milestones", n, "reached"), m.Reached)
	}
	return a
}

// set adds the answers that are not blank.
func set(a form.Answers, prefix string, values map[string]string) {
	for name, value := range values {
		if value != "" {
			a[prefix+name] = []string{value}
		}
	}
}

// setDay adds a day to the answers, unless it is zero.
func setDay(a form.Answers, name string, d date.Date) {
	if !d.IsZero() {
		a[name+".day"], a[name+".month"], a[name+".year"] = []string{strconv.Itoa(d.Day())}, []string{strconv.Itoa(int(d.Month()))}, []string{strconv.Itoa(d.Year())}
	}
}

// newSheetForm returns the definition of a sheet: reports on many pledges, with what they say of indicators and milestones.
func newSheetForm(rules func(form.Answers, form.Env) []form.Wrong) *form.Definition {
	return &form.Definition{Kind: SheetKindName, Steps: []form.Step{
		{ID: "reports", Fields: []form.Field{
			{ID: "reports", Type: form.Group, Given: true, Required: true, Max: sheetRows, Fields: []form.Field{
				{ID: "pledge", Type: form.Text, Given: true, Required: true, Max: 300},
				{ID: "status", Type: form.Select, Required: true, Values: names(Reportable)},
				{ID: "superseded_by", Type: form.Text, Max: 300},
				{ID: "on", Type: form.Date, Required: true},
				{ID: "next_report", Type: form.Date},
				{ID: "language", Type: form.Select, Required: true, Options: languageOptions},
				{ID: "evidence", Type: form.LongText, Max: MaxEvidence},
				{ID: "link", Type: form.URL, Max: MaxLink},
				{ID: "obstacles", Type: form.LongText, Max: MaxRemark},
				{ID: "support", Type: form.LongText, Max: MaxRemark},
			}},
		}, Rules: rules},
		{ID: "progress", Fields: []form.Field{
			{ID: "progress", Type: form.Group, Given: true, Fields: []form.Field{
				{ID: "pledge", Type: form.Text, Given: true, Max: 300},
				{ID: "indicator", Type: form.Text, Given: true, Max: 300},
				{ID: "value", Type: form.Text, Max: MaxValue},
			}},
			{ID: "milestones", Type: form.Group, Given: true, Fields: []form.Field{
				{ID: "pledge", Type: form.Text, Given: true, Max: 300},
				{ID: "milestone", Type: form.Text, Given: true, Max: 300},
				{ID: "reached", Type: form.Date},
			}},
		}},
	}}
}

// sheetAnswers are the answers of a sheet with the reports.
func sheetAnswers(part []entry) form.Answers {
	a := form.Answers{}
	indicators, milestones := 0, 0
	for n, e := range part {
		r := e.said()
		set(a, form.RowName("reports", n, ""), map[string]string{"pledge": e.pledge.PublicID})
		one := r.answers()
		for name, values := range one {
			if !strings.HasPrefix(name, "progress.") && !strings.HasPrefix(name, "milestones.") {
				a[form.RowName("reports", n, name)] = values
			}
		}
		for _, g := range r.Progress {
			set(a, form.RowName("progress", indicators, ""), map[string]string{"pledge": e.pledge.PublicID, "indicator": g.Indicator, "value": g.Value})
			indicators++
		}
		for _, m := range r.Milestones {
			set(a, form.RowName("milestones", milestones, ""), map[string]string{"pledge": e.pledge.PublicID, "milestone": m.Milestone})
			setDay(a, form.RowName("milestones", milestones, "reached"), m.Reached)
			milestones++
		}
	}
	return a
}

// readSheet takes the reports of a sheet from its answers, by the public IDs of their pledges.
func readSheet(a form.Answers) map[string]Report {
	all := map[string]Report{}
	for n := range a.Rows("reports") {
		row := a.Row("reports", n)
		all[row.First("pledge")] = readReport(row)
	}
	for n := range a.Rows("progress") {
		row := a.Row("progress", n)
		r := all[row.First("pledge")]
		r.Progress = append(r.Progress, Progress{row.First("indicator"), row.First("value")})
		all[row.First("pledge")] = r
	}
	for n := range a.Rows("milestones") {
		row := a.Row("milestones", n)
		day, _, _, _ := form.DateOf(row, "reached")
		r := all[row.First("pledge")]
		r.Milestones = append(r.Milestones, Reached{row.First("milestone"), day})
		all[row.First("pledge")] = r
	}
	return all
}

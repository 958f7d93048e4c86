package peer

import (
	"context"
	"fmt"
	"net/url"
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

// homeView is what the reviewer's own page shows.
type homeView struct {
	Mine    []Own
	Profile Profile
	Now     time.Time
}

func (v homeView) groups() (open, done []Own) {
	for _, o := range v.Mine {
		if o.State.Open() && !o.Closed {
			open = append(open, o)
		} else {
			done = append(done, o)
		}
	}
	return open, done
}

func (v homeView) today() date.Date { return date.Today(v.Now, i18n.Geneva) }

func titleOf(ctx context.Context, title string) string {
	if title == "" {
		return i18n.T(ctx, "peer.untitled")
	}
	return title
}

func toneOf(s State) ui.Tone {
	switch s {
	case Asked, Accepted:
		return ui.Sky
	case Submitted:
		return ui.Ok
	case SetAside, Declined:
		return ui.Warn
	}
	return ui.Plain
}

// dueTone is how a due day is shown that is still to come, or past.
func dueTone(due, today date.Date) (ui.Tone, string) {
	switch {
	case due.Before(today):
		return ui.Bad, "peer.due.late"
	case due.Before(today.AddDays(6)):
		return ui.Warn, "peer.due.soon"
	}
	return ui.Ok, "peer.due.in_time"
}

func text(ctx context.Context, wrong []problem.Field, name, label string, value string) ui.Control {
	return ui.Control{Name: name, Label: label, Values: []string{value}, Error: ui.MessageFor(ctx, wrong, name)}
}

// profileView is what the page of one's own profile shows.
type profileView struct {
	Profile    Profile
	Interests  []workflow.Interest
	Interest   NewInterest
	Words      string
	Offices    []NamedOffice
	Vocabulary *gcm.Vocabulary
	Wrong      []problem.Field
	Stale      bool
}

func sideControl(ctx context.Context, p Profile, wrong []problem.Field) ui.Control {
	c := ui.Control{Name: "side", Label: i18n.T(ctx, "peer.profile.side"), Values: []string{string(p.Side)}, Error: ui.MessageFor(ctx, wrong, "side")}
	for _, s := range Sides {
		c.Choices = append(c.Choices, ui.Choice{Value: string(s), Label: i18n.T(ctx, "peer.side."+string(s))})
	}
	return c
}

func objectivesControl(ctx context.Context, p Profile, wrong []problem.Field) ui.Control {
	c := ui.Control{Name: "objectives", Label: i18n.T(ctx, "peer.profile.objectives"), Hint: i18n.T(ctx, "peer.profile.objectives.hint"), Error: ui.MessageFor(ctx, wrong, "objectives")}
	for _, n := range p.Objectives {
		c.Values = append(c.Values, strconv.Itoa(n))
	}
	return c
}

func objectiveGroups(ctx context.Context, v *gcm.Vocabulary) []ui.ChoiceGroup {
	var groups []ui.ChoiceGroup
	for _, t := range v.Themes {
		g := ui.ChoiceGroup{Legend: t.Label(i18n.From(ctx)), Class: "t" + strconv.Itoa(t.N)}
		for _, o := range v.ThemeObjectives(t.N) {
			g.Choices = append(g.Choices, ui.Choice{Value: strconv.Itoa(o.N), Label: o.Label(i18n.From(ctx)), Number: o.N})
		}
		groups = append(groups, g)
	}
	return groups
}

func languagesControl(ctx context.Context, p Profile, wrong []problem.Field) ui.Control {
	c := ui.Control{Name: "languages", Label: i18n.T(ctx, "peer.profile.languages"), Values: p.Languages, Error: ui.MessageFor(ctx, wrong, "languages")}
	for _, l := range i18n.All {
		c.Choices = append(c.Choices, ui.Choice{Value: string(l), Label: i18n.NameOf(ctx, l)})
	}
	return c
}

func regionsControl(ctx context.Context, v *gcm.Vocabulary, p Profile) ui.Control {
	c := ui.Control{Name: "regions", Label: i18n.T(ctx, "peer.profile.regions"), Values: p.Regions, Optional: true}
	for _, r := range v.Regions {
		if r.ID != gcm.Global {
			c.Choices = append(c.Choices, ui.Choice{Value: r.ID, Label: r.Name(i18n.From(ctx))})
		}
	}
	return c
}

func countryChoices(ctx context.Context, v *gcm.Vocabulary) []ui.Choice {
	var all []ui.Choice
	for _, c := range v.Countries(i18n.From(ctx)) {
		all = append(all, ui.Choice{Value: c.ISO2, Label: c.Name(i18n.From(ctx))})
	}
	return all
}

func (v profileView) countries(ctx context.Context) ui.Control {
	return ui.Control{Name: "countries", Label: i18n.T(ctx, "peer.profile.countries"), Hint: i18n.T(ctx, "peer.profile.countries.hint"), Values: v.Profile.Countries, Optional: true, Choices: countryChoices(ctx, v.Vocabulary)}
}

func (v profileView) capacity(ctx context.Context) ui.Control {
	value := strconv.Itoa(v.Profile.Capacity)
	if v.Profile.Capacity < 0 {
		value = ""
	}
	return ui.Control{Name: "capacity", Label: i18n.T(ctx, "peer.profile.capacity"), Hint: i18n.T(ctx, "peer.profile.capacity.hint"), Values: []string{value}, InputMode: "numeric", Width: "w-2", Error: ui.MessageFor(ctx, v.Wrong, "capacity")}
}

func (v profileView) active(ctx context.Context) ui.Control {
	c := ui.Control{Name: "active", Label: i18n.T(ctx, "peer.profile.active")}
	if v.Profile.Active {
		c.Values = []string{"yes"}
	}
	return c
}

func (v profileView) interestCountry(ctx context.Context) ui.Control {
	return ui.Control{Name: "interest_country", Label: i18n.T(ctx, "peer.interest.country"), Blank: i18n.T(ctx, "peer.interest.country.blank"), Values: []string{v.Interest.Country}, Choices: countryChoices(ctx, v.Vocabulary), Error: ui.MessageFor(ctx, v.Wrong, "interest_country")}
}

func (v profileView) interestOffice(ctx context.Context) ui.Control {
	c := ui.Control{Name: "interest_office", Label: i18n.T(ctx, "peer.interest.office"), Blank: i18n.T(ctx, "peer.interest.office.blank"), Error: ui.MessageFor(ctx, v.Wrong, "interest_office")}
	for _, o := range v.Offices {
		c.Choices = append(c.Choices, ui.Choice{Value: strconv.FormatInt(o.ID, 10), Label: o.Name})
	}
	return c
}

func (v profileView) interestReason(ctx context.Context) ui.Control {
	return ui.Control{Name: "interest_reason", Label: i18n.T(ctx, "peer.interest.reason"), Hint: i18n.T(ctx, "peer.interest.reason.hint"), Values: []string{v.Interest.Reason}, Rows: 3, Error: ui.MessageFor(ctx, v.Wrong, "interest_reason")}
}

func (v profileView) interestName(ctx context.Context, i workflow.Interest) string {
	if i.Country != "" {
		return v.Vocabulary.CountryName(i18n.From(ctx), i.Country)
	}
	return i.OfficeName
}

// ownView is what the page of one assignment shows to its reviewer.
type ownView struct {
	Case       OwnCase
	Vocabulary *gcm.Vocabulary
	Now        time.Time
	Answer     Answer
	Review     Review
	Typed      *Review // what was typed and is not kept
	Origin     workflow.Origin
	Theirs     *Review // what is kept instead
	Over       bool    // it is too late for what was sent
	Wrong      []problem.Field
}

func (v ownView) yesNo(ctx context.Context, name, value string) ui.Control {
	c := ui.Control{Name: name, Label: i18n.T(ctx, "peer.answer."+name), Values: []string{value}, Error: ui.MessageFor(ctx, v.Wrong, name)}
	for _, choice := range []string{"no", "yes"} {
		c.Choices = append(c.Choices, ui.Choice{Value: choice, Label: i18n.T(ctx, "peer.answer."+name+"."+choice)})
	}
	return c
}

func (v ownView) reason(ctx context.Context) ui.Control {
	return ui.Control{Name: "reason", Label: i18n.T(ctx, "peer.answer.reason"), Hint: i18n.T(ctx, "peer.answer.reason.hint"), Values: []string{v.Answer.Reason}, Rows: 3, Error: ui.MessageFor(ctx, v.Wrong, "reason")}
}

func (v ownView) suggestion(ctx context.Context) ui.Control {
	return ui.Control{Name: "suggestion", Label: i18n.T(ctx, "peer.answer.suggestion"), Hint: i18n.T(ctx, "peer.answer.suggestion.hint"), Values: []string{v.Answer.Suggestion}, Rows: 2, Optional: true, Error: ui.MessageFor(ctx, v.Wrong, "suggestion")}
}

func (v ownView) score(ctx context.Context, c Criterion) ui.Control {
	lang := string(i18n.From(ctx))
	control := ui.Control{Name: scoreName(c.N), Label: i18n.T(ctx, "peer.review.criterion", c.Name(lang), c.Weight)}
	for _, w := range v.Wrong {
		if w.Name == control.Name {
			control.Error = i18n.T(ctx, w.Key, c.Name(lang))
		}
	}
	for score := 1; score <= 5; score++ {
		control.Choices = append(control.Choices, ui.Choice{Value: strconv.Itoa(score), Label: i18n.Number(ctx, score), Hint: c.Level(lang, score)})
	}
	if s := v.Review.Scores[c.N]; s > 0 {
		control.Values = []string{strconv.Itoa(s)}
	}
	return control
}

// wrong is what is wrong, with the criteria named in the reader's language.
func (v ownView) wrong(ctx context.Context) []problem.Field {
	all := slices.Clone(v.Wrong)
	for i, w := range all {
		for _, c := range v.Case.Set.Criteria {
			if w.Name == scoreName(c.N) {
				all[i].Args = []any{c.Name(string(i18n.From(ctx)))}
			}
		}
	}
	return all
}

func (v ownView) area(ctx context.Context, name, value string, optional bool) ui.Control {
	return ui.Control{
		Name: name, Label: i18n.T(ctx, "peer.review."+name), Hint: i18n.T(ctx, "peer.review."+name+".hint"), Values: []string{value}, Rows: 8, Optional: optional,
		Max: MaxText, Length: form.Length(value), Error: ui.MessageFor(ctx, v.Wrong, name),
	}
}

func (v ownView) recommendation(ctx context.Context) ui.Control {
	c := ui.Control{Name: "recommendation", Label: i18n.T(ctx, "peer.review.recommendation"), Error: ui.MessageFor(ctx, v.Wrong, "recommendation")}
	for _, r := range Recommendations {
		c.Choices = append(c.Choices, ui.Choice{Value: string(r), Label: i18n.T(ctx, "peer.recommendation."+string(r)), Hint: i18n.T(ctx, "peer.recommendation."+string(r)+".hint")})
	}
	if v.Review.Recommendation != "" {
		c.Values = []string{string(v.Review.Recommendation)}
	}
	return c
}

func (v ownView) filled(ctx context.Context) ui.Filled {
	files := map[string][]ui.FileItem{}
	for _, a := range v.Case.Files {
		files[a.Field] = append(files[a.Field], ui.FileItem{
			Name: a.Name, Href: ui.Href(ctx, fmt.Sprintf("%s/files/%d", Path(v.Case.ID), a.ID)), Facts: ui.FileFacts(ctx, a.Kind(), a.Size),
		})
	}
	return ui.Filled{Definition: v.Case.Kind.Form, Answers: v.Case.Text, Vocabulary: v.Vocabulary, Files: files, Lang: v.Case.Lang, Public: true}
}

// hidden names the questions that are redacted, and the author and office if they are.
func (v ownView) hidden(ctx context.Context) []string {
	var all []string
	for _, f := range v.Case.Hidden {
		all = append(all, i18n.T(ctx, v.Case.Kind.Form.Key("", f)+".label"))
	}
	for _, what := range []string{RedactAuthor, RedactOffice} {
		if v.Case.Hides(what) {
			all = append(all, i18n.T(ctx, "peer.redact."+what[1:]))
		}
	}
	return all
}

func (v ownView) formAttrs(ctx context.Context) templ.Attributes {
	a := templ.Attributes{
		"data-guard": true, "data-autosave": true, "data-saved": i18n.T(ctx, "ui.saved.at", "{0}"), "data-unsaved": i18n.T(ctx, "ui.saved.not"),
		"data-stale": i18n.T(ctx, "ui.saved.stale"), "data-out": i18n.T(ctx, "ui.saved.out"), "data-sign-in": ui.Href(ctx, ui.SiteOf(ctx).SignIn),
		"data-sign-in-text": i18n.T(ctx, "ui.saved.sign_in"), "data-refused": i18n.T(ctx, "ui.saved.refused"),
	}
	if v.Typed != nil {
		a["data-unsaved-text"] = true
	}
	return a
}

func score(ctx context.Context, f float64) string {
	if f == 0 {
		return "–"
	}
	hundredths := int(f*100 + 0.5)
	return i18n.T(ctx, "peer.decimal", strconv.Itoa(hundredths/100), fmt.Sprintf("%02d", hundredths%100))
}

// facts are what the reviewer may know beside the text.
func (v ownView) facts(ctx context.Context) []ui.Fact {
	var all []ui.Fact
	add := func(key, value, lang string) {
		if value != "" {
			all = append(all, ui.Fact{Term: i18n.T(ctx, key), Values: []string{value}, Lang: lang})
		}
	}
	add("peer.fact.due", i18n.Day(ctx, v.Case.DueOn), "")
	if !v.Case.MayRead {
		return all
	}
	if !v.Case.Hides(RedactOffice) {
		add("peer.fact.office", v.Case.Sub.OfficeName, "und")
		if v.Case.Sub.Country != "" {
			add("peer.fact.country", v.Vocabulary.CountryName(i18n.From(ctx), v.Case.Sub.Country), "")
		}
	}
	if !v.Case.Hides(RedactAuthor) {
		add("peer.fact.author", ui.PersonName(ctx, v.Case.Sub.AuthorName), "und")
	}
	return all
}

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

// missing says what the rule still asks for; "" for nothing.
func (v deskView) missing(ctx context.Context, round RoundCase) string {
	var all []string
	for _, side := range Sides {
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

// reviewersView is what the list of reviewers shows.
type reviewersView struct {
	Filter     ReviewerFilter
	All        []Listed
	Vocabulary *gcm.Vocabulary
}

var reviewerColumns = []string{"name", "side", "objectives", "languages", "regions", "load", "state"}

func (v reviewersView) line(ctx context.Context, r Listed) []string {
	var objectives, languages, regions []string
	for _, n := range r.Objectives {
		objectives = append(objectives, i18n.Number(ctx, n))
	}
	for _, l := range r.Languages {
		languages = append(languages, i18n.NameOf(ctx, i18n.Lang(l)))
	}
	for _, id := range r.Regions {
		if region, ok := v.Vocabulary.Region(id); ok {
			regions = append(regions, region.Name(i18n.From(ctx)))
		}
	}
	state := "peer.reviewers.active"
	if !r.Active {
		state = "peer.reviewers.inactive"
	} else if r.Load >= r.Capacity {
		state = "peer.reviewers.full"
	}
	return []string{r.Name, i18n.T(ctx, "peer.side."+string(r.Side)), i18n.List(ctx, objectives), i18n.List(ctx, languages), i18n.List(ctx, regions), i18n.T(ctx, "peer.reviewers.load", r.Load, r.Capacity), i18n.T(ctx, state)}
}

func (v reviewersView) table(ctx context.Context) ui.Table {
	t := ui.Table{Caption: i18n.T(ctx, "peer.reviewers.caption", len(v.All)), Cards: true}
	for _, column := range reviewerColumns {
		t.Columns = append(t.Columns, ui.Column{Text: i18n.T(ctx, "peer.reviewers.column."+column)})
	}
	for _, r := range v.All {
		var cells []ui.Cell
		for _, value := range v.line(ctx, r) {
			cells = append(cells, ui.Cell{Text: value})
		}
		cells[0] = ui.Cell{Component: personCell(r.Name, r.WorksFor)}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

func (v reviewersView) filters(ctx context.Context) ui.Filters {
	keep := url.Values{}
	if v.Filter.Q != "" {
		keep.Set("q", v.Filter.Q)
	}
	side := ui.Facet{Name: "side", Legend: i18n.T(ctx, "peer.reviewers.column.side"), Open: true, Select: true, Any: i18n.T(ctx, "peer.reviewers.any")}
	for _, s := range Sides {
		side.Options = append(side.Options, ui.FacetOption{Value: string(s), Label: i18n.T(ctx, "peer.side."+string(s)), Count: -1, Checked: v.Filter.Side == s})
	}
	objective := ui.Facet{Name: "objective", Legend: i18n.T(ctx, "peer.reviewers.column.objectives"), Open: true, Select: true, Any: i18n.T(ctx, "peer.reviewers.any")}
	for n := 1; n <= 23; n++ {
		if o, ok := v.Vocabulary.Objective(n); ok {
			objective.Options = append(objective.Options, ui.FacetOption{Value: strconv.Itoa(n), Label: i18n.T(ctx, "peer.reviewers.objective", n, o.Label(i18n.From(ctx))), Count: -1, Checked: v.Filter.Objective == n})
		}
	}
	return ui.Filters{Action: ui.Href(ctx, ReviewersPath), Keep: keep, Clear: ui.Href(ctx, ReviewersPath), Facets: []ui.Facet{side, objective}}
}

// inviteView is what the page shows on which a lead invites a reviewer.
type inviteView struct {
	New        NewReviewer
	Vocabulary *gcm.Vocabulary
	Wrong      []problem.Field
}

func (v inviteView) lang(ctx context.Context) ui.Control {
	c := ui.Control{Name: "lang", Label: i18n.T(ctx, "peer.invite.lang"), Hint: i18n.T(ctx, "peer.invite.lang.hint"), Values: []string{string(v.New.Lang)}}
	for _, l := range []i18n.Lang{i18n.English, i18n.Arabic} {
		c.Choices = append(c.Choices, ui.Choice{Value: string(l), Label: i18n.NameOf(ctx, l)})
	}
	return c
}

// kindView is what the settings of a kind show.
type kindView struct {
	KindSettings
	Typed    *Settings
	Criteria []Criterion
	Leads    bool
	Wrong    []problem.Field
	Stale    bool
}

func (v kindView) number(ctx context.Context, name string, value int) ui.Control {
	shown := strconv.Itoa(value)
	if value < 0 {
		shown = ""
	}
	return ui.Control{Name: name, Label: i18n.T(ctx, "peer.settings."+name), Values: []string{shown}, InputMode: "numeric", Width: "w-2", Error: ui.MessageFor(ctx, v.Wrong, name)}
}

func (v kindView) means(ctx context.Context) ui.Control {
	return ui.Control{Name: "means_apart", Label: i18n.T(ctx, "peer.settings.means_apart"), Values: []string{strconv.FormatFloat(v.Typed.MeansApart, 'f', -1, 64)}, InputMode: "decimal", Width: "w-4", Error: ui.MessageFor(ctx, v.Wrong, "means_apart")}
}

func (v kindView) visibility(ctx context.Context) ui.Control {
	c := ui.Control{Name: "visibility", Label: i18n.T(ctx, "peer.settings.visibility"), Values: []string{string(v.Typed.Visibility)}, Error: ui.MessageFor(ctx, v.Wrong, "visibility")}
	for _, one := range Visibilities {
		c.Choices = append(c.Choices, ui.Choice{Value: string(one), Label: i18n.T(ctx, "peer.visibility."+string(one))})
	}
	return c
}

func (v kindView) redacted(ctx context.Context) ui.Control {
	c := ui.Control{Name: "redacted", Label: i18n.T(ctx, "peer.settings.redacted"), Hint: i18n.T(ctx, "peer.settings.redacted.hint"), Values: v.Typed.Redacted, Optional: true}
	for _, what := range []string{RedactAuthor, RedactOffice} {
		c.Choices = append(c.Choices, ui.Choice{Value: what, Label: i18n.T(ctx, "peer.redact."+what[1:])})
	}
	for _, s := range v.Kind.Form.Steps {
		for _, f := range s.Fields {
			if !f.Private {
				c.Choices = append(c.Choices, ui.Choice{Value: f.ID, Label: i18n.T(ctx, v.Kind.Form.Key("", f)+".label")})
			}
		}
	}
	return c
}

func (v kindView) enabled(ctx context.Context) ui.Control {
	c := ui.Control{Name: "enabled", Label: i18n.T(ctx, "peer.settings.enabled")}
	if v.Typed.Enabled {
		c.Values = []string{"yes"}
	}
	return c
}

// rows are the criteria with one more row to fill in.
func (v kindView) rows() []Criterion {
	rows := slices.Clone(v.Criteria)
	if len(rows) < MostCriteria {
		rows = append(rows, Criterion{})
	}
	return rows
}

func (v kindView) cell(ctx context.Context, i int, field, label, value string) ui.Control {
	name := "c" + strconv.Itoa(i+1) + "." + field
	return ui.Control{Name: name, Label: label, Values: []string{value}, Error: ui.MessageFor(ctx, v.Wrong, name)}
}

func (v kindView) weight(ctx context.Context, i int, c Criterion) ui.Control {
	value := strconv.Itoa(c.Weight)
	if c.Weight < 0 || c.Names == nil {
		value = ""
	}
	control := v.cell(ctx, i, "weight", i18n.T(ctx, "peer.criteria.weight"), value)
	control.InputMode, control.Width = "numeric", "w-4"
	return control
}

func levelOf(c Criterion, lang string, level int) string {
	if len(c.Levels[lang]) < level {
		return ""
	}
	return c.Levels[lang][level-1]
}

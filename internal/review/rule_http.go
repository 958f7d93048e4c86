package review

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
	"portal/web/ui"
)

func (h handlers) ruleRoutes(r *web.Router) {
	r.Lead("GET /desk/settings/rules", h.rules)
	r.Lead("POST /desk/settings/rules", h.saveRule)
	r.Lead("POST /desk/settings/rules/{rule}/removal", h.removeRule)
	r.Lead("POST /desk/settings/rules/{rule}/place", h.raiseRule)
}

const rulesPath = "/desk/settings/rules"

// rulesView is what the page of the rules shows.
type rulesView struct {
	RuleBook
	// Desks are those that the person leads, Kinds the kinds of this one.
	Desks      []identity.Desk
	Kinds      []string
	Vocabulary *gcm.Vocabulary
	// Rule is the one in the form, and Trying says that it alone was tried.
	Rule   Rule
	Trying bool
	// Facilitated says that rules of the desk can give something to a facilitator.
	Facilitated bool
	Wrong       []problem.Field
}

func (h handlers) rules(w http.ResponseWriter, r *http.Request) error {
	v := rulesView{Rule: Rule{Desk: identity.Desk(r.URL.Query().Get("desk"))}}
	if id := number(r.URL.Query().Get("rule")); id != 0 {
		v.Rule.ID = int64(id)
	}
	return h.showRules(w, r, http.StatusOK, v, nil)
}

func (h handlers) showRules(w http.ResponseWriter, r *http.Request, status int, v rulesView, try *Rule) error {
	ctx := r.Context()
	who := identity.Must(ctx)
	v.Desks = led(who)
	if v.Rule.Desk == "" && len(v.Desks) > 0 {
		v.Rule.Desk = v.Desks[0]
	}
	var err error
	if v.RuleBook, err = h.desk.RuleBook(ctx, who, v.Rule.Desk, try); err != nil {
		return err
	}
	if r.Method == http.MethodGet && v.Rule.ID != 0 { // to be changed
		i := slices.IndexFunc(v.Rules, func(x Rule) bool { return x.ID == v.Rule.ID })
		if i < 0 {
			return problem.NotFound
		}
		v.Rule = v.Rules[i]
	}
	for name, kind := range h.desk.kinds {
		if kind.OfDesk(v.Desk) {
			v.Kinds = append(v.Kinds, name)
		}
	}
	slices.Sort(v.Kinds)
	v.Vocabulary, v.Facilitated = h.vocabulary(), h.desk.facilitators != nil && v.Desk == h.desk.facilitatedDesk
	return web.Render(w, r, status, rulesPage(v))
}

// readRule reads the form; conditions that there are not fit everything.
func (h handlers) readRule(values url.Values) Rule {
	v := h.vocabulary()
	rule := Rule{ID: int64(number(values.Get("rule"))), Desk: identity.Desk(values.Get("desk"))}
	if kind := h.desk.kinds[values.Get("kind")]; kind != nil && kind.OfDesk(rule.Desk) {
		rule.Kind = kind.Name
	}
	if c, ok := v.Country(values.Get("country")); ok {
		rule.Country = c.ISO2
	}
	if region, ok := v.Region(values.Get("region")); ok {
		rule.Region = region.ID
	}
	if l := i18n.Lang(values.Get("lang")); l.Known() {
		rule.Lang = string(l)
	}
	if o, ok := v.Objective(number(values.Get("objective"))); ok {
		rule.Objective = o.N
	}
	rule.Facilitated = values.Get("facilitated") == "yes"
	for _, id := range values["officers"] {
		if n := number(id); n != 0 && !slices.Contains(rule.Officers, int64(n)) {
			rule.Officers = append(rule.Officers, int64(n))
		}
	}
	return rule
}

func (h handlers) saveRule(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	rule := h.readRule(r.PostForm)
	if r.PostFormValue("step") == "try" {
		return h.showRules(w, r, http.StatusOK, rulesView{Rule: rule, Trying: true}, &rule)
	}
	err := h.desk.SaveRule(r.Context(), identity.Must(r.Context()), rule)
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showRules(w, r, http.StatusUnprocessableEntity, rulesView{Rule: rule, Wrong: wrong}, nil)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, ui.WithQuery(rulesPath, url.Values{"desk": {string(rule.Desk)}}), "review.rule.flash.saved")
}

func (h handlers) removeRule(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "rule")
	if err == nil {
		err = h.desk.RemoveRule(r.Context(), identity.Must(r.Context()), id)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, ui.WithQuery(rulesPath, ruleDeskQuery(r)), "review.rule.flash.removed")
}

func (h handlers) raiseRule(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "rule")
	if err == nil {
		err = h.desk.RaiseRule(r.Context(), identity.Must(r.Context()), id)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, ui.WithQuery(rulesPath, ruleDeskQuery(r)), "review.rule.flash.raised")
}

func ruleDeskQuery(r *http.Request) url.Values {
	if d := r.PostFormValue("desk"); d != "" {
		return url.Values{"desk": {d}}
	}
	return url.Values{}
}

// words say what the rule fits.
func (v rulesView) words(ctx context.Context, r Rule) string {
	var all []string
	if r.Kind != "" {
		all = append(all, i18n.T(ctx, "review.kind."+r.Kind))
	}
	if r.Country != "" {
		all = append(all, v.Vocabulary.CountryName(i18n.From(ctx), r.Country))
	}
	if region, ok := v.Vocabulary.Region(r.Region); ok {
		all = append(all, region.Names.In(i18n.From(ctx)))
	}
	if r.Lang != "" {
		all = append(all, i18n.NameOf(ctx, i18n.Lang(r.Lang)))
	}
	if r.Objective != 0 {
		all = append(all, i18n.T(ctx, "review.rule.objective", r.Objective))
	}
	if len(all) == 0 {
		all = append(all, i18n.T(ctx, "review.rule.everything"))
	}
	if r.Facilitated {
		all = append(all, i18n.T(ctx, "review.rule.facilitated"))
	}
	return strings.Join(all, " · ")
}

// mate is somebody of the desk by id.
func (v rulesView) mate(id int64) Deskmate {
	for _, p := range v.People {
		if p.ID == id {
			return p
		}
	}
	return Deskmate{ID: id}
}

// nobodyHere says whether none of the rule's officers works at the desk any more.
func (v rulesView) nobodyHere(r Rule) bool {
	return !r.Facilitated && !slices.ContainsFunc(r.Officers, func(id int64) bool { return v.mate(id).Here })
}

func (v rulesView) choice(ctx context.Context, name, value string, choices []ui.Choice) ui.Control {
	label := "review.rule." + name
	if name == "objective" {
		label += ".label"
	}
	return ui.Control{Name: name, Label: i18n.T(ctx, label), Blank: i18n.T(ctx, "review.rule.any"), Values: []string{value}, Choices: choices, Optional: true}
}

func (v rulesView) controls(ctx context.Context) []ui.Control {
	lang := i18n.From(ctx)
	var kinds, countries, regions, langs, objectives []ui.Choice
	for _, k := range v.Kinds {
		kinds = append(kinds, ui.Choice{Value: k, Label: i18n.T(ctx, "review.kind."+k)})
	}
	for _, c := range v.Vocabulary.Countries(lang) {
		countries = append(countries, ui.Choice{Value: c.ISO2, Label: c.Name(lang)})
	}
	for _, r := range v.Vocabulary.Regions {
		regions = append(regions, ui.Choice{Value: r.ID, Label: r.Names.In(lang)})
	}
	for _, l := range i18n.All {
		langs = append(langs, ui.Choice{Value: string(l), Label: i18n.NameOf(ctx, l)})
	}
	for _, o := range v.Vocabulary.Objectives {
		objectives = append(objectives, ui.Choice{Value: strconv.Itoa(o.N), Label: strconv.Itoa(o.N) + ". " + o.Label(lang)})
	}
	objective := ""
	if v.Rule.Objective != 0 {
		objective = strconv.Itoa(v.Rule.Objective)
	}
	return []ui.Control{
		v.choice(ctx, "kind", v.Rule.Kind, kinds), v.choice(ctx, "country", v.Rule.Country, countries), v.choice(ctx, "region", v.Rule.Region, regions),
		v.choice(ctx, "lang", v.Rule.Lang, langs), v.choice(ctx, "objective", objective, objectives),
	}
}

func (v rulesView) officersControl(ctx context.Context) ui.Control {
	c := ui.Control{Name: "officers", Label: i18n.T(ctx, "review.rule.officers"), Hint: i18n.T(ctx, "review.rule.officers.hint"), Error: ui.MessageFor(ctx, v.Wrong, "officers")}
	for _, id := range v.Rule.Officers {
		c.Values = append(c.Values, strconv.FormatInt(id, 10))
	}
	for _, p := range v.People {
		if p.Here {
			c.Choices = append(c.Choices, ui.Choice{Value: strconv.FormatInt(p.ID, 10), Label: i18n.T(ctx, "review.case.load", p.Name, p.Load)})
		}
	}
	return c
}

// facilitatedControl asks whether a facilitator is to have it too.
func (v rulesView) facilitatedControl(ctx context.Context) ui.Control {
	c := ui.Control{Name: "facilitated", Label: i18n.T(ctx, "review.rule.facilitated.label"), Optional: true, Choices: []ui.Choice{{Value: "yes", Label: i18n.T(ctx, "review.rule.facilitated.yes"), Hint: i18n.T(ctx, "review.rule.facilitated.hint")}}}
	if v.Rule.Facilitated {
		c.Values = []string{"yes"}
	}
	return c
}

// trials is the table of what the rules would have done.
func (v rulesView) trials(ctx context.Context) ui.Table {
	column := func(name string) ui.Column { return ui.Column{Text: i18n.T(ctx, "review.rule.trial."+name)} }
	t := ui.Table{Caption: i18n.T(ctx, "review.rule.trial.caption", len(v.Trials)), Cards: true, Columns: []ui.Column{column("what"), column("outcome"), column("now")}}
	for _, x := range v.Trials {
		title := x.Title
		if title == "" {
			title = i18n.T(ctx, "review.queue.untitled")
		}
		t.Rows = append(t.Rows, []ui.Cell{
			{Text: title, Href: ui.Href(ctx, Path(x.Submission.ID)), Lang: x.Lang}, {Text: v.outcome(ctx, x.Ruling)}, {Text: ui.PersonName(ctx, x.Assignee)},
		})
	}
	return t
}

func (v rulesView) outcome(ctx context.Context, o Ruling) string {
	text := i18n.T(ctx, "review.rule.outcome.none")
	switch {
	case o.To != 0 && v.Trying:
		text = i18n.T(ctx, "review.rule.outcome.this", v.mate(o.To).Name)
	case o.To != 0:
		text = i18n.T(ctx, "review.rule.outcome.to", o.Rule, v.mate(o.To).Name)
	case o.Facilitator != 0:
		return i18n.T(ctx, "review.rule.outcome.facilitated", o.Rule)
	case len(o.Nobody) > 0 && v.Trying:
		return i18n.T(ctx, "review.rule.outcome.this.nobody")
	}
	if len(o.Nobody) > 0 {
		text = i18n.T(ctx, "review.rule.outcome.nobody", numbers(o.Nobody)) + " " + text
	}
	return text
}

func numbers(places []int) string {
	all := make([]string, len(places))
	for i, n := range places {
		all[i] = strconv.Itoa(n)
	}
	return strings.Join(all, ", ")
}

// byRule says on the page of a submission what the rules made of it; "" when they were not asked.
func (v caseView) byRule(ctx context.Context) string {
	o := v.Ruling
	if o == nil {
		return ""
	}
	text := i18n.T(ctx, "review.rule.case.none")
	if o.Rule != 0 {
		text = i18n.T(ctx, "review.rule.case.rule", o.Rule)
	}
	if len(o.Nobody) > 0 {
		text = i18n.T(ctx, "review.rule.outcome.nobody", numbers(o.Nobody)) + " " + text
	}
	return text
}

package account

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/web/ui"
)

// The values of the buttons and of the choice of an office.
const (
	doFind    = "find"
	newOffice = "new"
)

// officeForm is the choice of an office as it was typed: words to search for, then one of those found, or a new one.
type officeForm struct {
	Query string
	// Searched are the words whose results the page showed.
	Searched string
	// Office is the number of the chosen one, newOffice, or "" for none yet.
	Office                  string
	Name, Category, Country string
}

func readOfficeForm(v url.Values) officeForm {
	return officeForm{
		Query: v.Get("q"), Searched: v.Get("searched"), Office: v.Get("office"),
		Name: v.Get("office_name"), Category: v.Get("office_category"), Country: v.Get("office_country"),
	}
}

// asksToSearch says whether the results of the words are to be shown: the button was pressed, or the Enter key in a field
// before anything was found and chosen.
func (f officeForm) asksToSearch(button string) bool {
	words := cleanQuery(f.Query)
	return button == doFind || f.Office == "" && words != "" && words != f.Searched
}

// search is the form after the button was pressed: the words are also what a new office would be called.
func (f officeForm) search() officeForm {
	words := cleanQuery(f.Query)
	if f.Name == "" || f.Name == f.Searched {
		f.Name = words
	}
	f.Searched = words
	return f
}

// choice reads what was chosen, and says what is wrong when nothing was.
func (f officeForm) choice() (OfficeChoice, []problem.Field) {
	if f.Office == newOffice {
		return OfficeChoice{Name: cleanLine(f.Name), Category: f.Category, Country: f.Country}, nil
	}
	if id, err := strconv.ParseInt(f.Office, 10, 64); err == nil && id > 0 {
		return OfficeChoice{ID: id}, nil
	}
	if f.Searched == "" {
		return OfficeChoice{}, []problem.Field{{Name: "q", Key: "account.office.missing"}}
	}
	return OfficeChoice{}, []problem.Field{{Name: "office", Key: "account.office.choose"}}
}

// registrationForm is the form of registration as it was typed.
type registrationForm struct {
	Name, Email, Position, Country, Lang string
	Office                               officeForm
	Interests                            []string
	Terms                                string
	// Invited is "1" in the form for people who are invited to one draft: it does not ask for an office.
	Invited string
	Stamp   string
}

func readRegistrationForm(v url.Values) registrationForm {
	return registrationForm{
		Name: v.Get("name"), Email: v.Get("email"), Position: v.Get("position"), Country: v.Get("country"), Lang: v.Get("lang"),
		Office: readOfficeForm(v), Interests: v["interests"], Terms: v.Get("terms"), Stamp: v.Get("stamp"), Invited: v.Get("invited"),
	}
}

// registration reads what was typed, and says all that is wrong with it, in the order of the page.
func (f registrationForm) registration(v *gcm.Vocabulary) (Registration, []problem.Field) {
	r := Registration{
		Profile: Profile{Name: cleanLine(f.Name), Position: cleanLine(f.Position), Country: f.Country, Lang: i18n.Lang(f.Lang), Interests: readNumbers(f.Interests)},
		Email:   form.CleanEmail(f.Email), Terms: f.Terms == "yes", Invited: f.invited(),
	}
	var wrong []problem.Field
	if !r.Invited {
		if r.Office, wrong = f.Office.choice(); len(wrong) > 0 {
			r.Office.ID = -1 // so that it is not taken for a new one without a name
		}
	}
	wrong = append(wrong, r.Check(v)...)
	inPageOrder(wrong)
	return r, wrong
}

func (f registrationForm) invited() bool { return f.Invited == "1" }

// readNumbers reads the numbers of objectives: each once, ascending. What is no number becomes 0, which no objective has.
func readNumbers(values []string) []int {
	var all []int
	for _, v := range values {
		n, err := strconv.Atoi(v)
		if err != nil {
			n = 0
		}
		all = append(all, n)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// officeView is the choice of an office as the page shows it.
type officeView struct {
	Form  officeForm
	Found []FoundOffice
	// More says that there are more than are shown.
	More       bool
	Wrong      []problem.Field
	Vocabulary *gcm.Vocabulary
	// Action is where the form goes, without the language.
	Action string
}

func (v officeView) query(ctx context.Context) ui.Control {
	return ui.Control{
		Name: "q", Label: i18n.T(ctx, "account.office.search.label"), Hint: i18n.T(ctx, "account.office.search.hint"),
		Values: []string{v.Form.Query}, Error: ui.MessageFor(ctx, v.Wrong, "q"), After: findButton(v.Action),
	}
}

func (v officeView) offices(ctx context.Context) ui.Control {
	c := ui.Control{
		Name: "office", Label: i18n.T(ctx, "account.office.found.label"), Values: []string{v.Form.Office}, Error: ui.MessageFor(ctx, v.Wrong, "office"),
		Mark: func(value string) string {
			if value == newOffice {
				return "if-1"
			}
			return ""
		},
	}
	for _, o := range v.Found {
		c.Choices = append(c.Choices, ui.Choice{Value: strconv.FormatInt(o.ID, 10), Label: o.Name, Hint: officeFacts(ctx, v.Vocabulary, o.Category, o.Country)})
	}
	c.Choices = append(c.Choices, ui.Choice{Value: newOffice, Label: i18n.T(ctx, "account.office.new.label"), Hint: i18n.T(ctx, "account.office.new.hint")})
	return c
}

func (v officeView) name(ctx context.Context) ui.Control {
	return ui.Control{
		Name: "office_name", Label: i18n.T(ctx, "account.office.name.label"), Hint: i18n.T(ctx, "account.office.name.hint"),
		Values: []string{v.Form.Name}, Error: ui.MessageFor(ctx, v.Wrong, "office_name"), Autocomplete: "organization",
	}
}

func (v officeView) category(ctx context.Context) ui.Control {
	c := ui.Control{
		Name: "office_category", Label: i18n.T(ctx, "account.office.category.label"), Values: []string{v.Form.Category},
		Error: ui.MessageFor(ctx, v.Wrong, "office_category"), Blank: i18n.T(ctx, "ui.form.choose"),
	}
	for _, category := range v.Vocabulary.Categories {
		c.Choices = append(c.Choices, ui.Choice{Value: category.ID, Label: category.Name(i18n.From(ctx))})
	}
	return c
}

func (v officeView) country(ctx context.Context) ui.Control {
	c := countryControl(ctx, v.Vocabulary, "office_country", v.Form.Country, v.Wrong)
	c.Label, c.Hint = i18n.T(ctx, "account.office.country.label"), i18n.T(ctx, "account.office.country.hint")
	c.Blank = i18n.T(ctx, "account.office.country.none")
	return c
}

// countryControl is a choice among all States.
func countryControl(ctx context.Context, v *gcm.Vocabulary, name, value string, wrong []problem.Field) ui.Control {
	c := ui.Control{
		Name: name, Label: i18n.T(ctx, "account.country.label"), Hint: i18n.T(ctx, "account.country.hint"), Values: []string{value},
		Error: ui.MessageFor(ctx, wrong, name), Blank: i18n.T(ctx, "ui.form.choose"), Autocomplete: "off",
	}
	for _, country := range v.Countries(i18n.From(ctx)) {
		c.Choices = append(c.Choices, ui.Choice{Value: country.ISO2, Label: country.Name(i18n.From(ctx))})
	}
	return c
}

// langControl is a choice among the languages that are offered.
func langControl(ctx context.Context, value string, wrong []problem.Field) ui.Control {
	c := ui.Control{Name: "lang", Label: i18n.T(ctx, "account.lang.label"), Hint: i18n.T(ctx, "account.lang.hint"), Values: []string{value}, Error: ui.MessageFor(ctx, wrong, "lang")}
	for _, l := range i18n.Offered() {
		c.Choices = append(c.Choices, ui.Choice{Value: string(l), Label: l.Name()})
	}
	return c
}

// interestsControl is a choice among the objectives, and interestGroups are they by thematic area.
func interestsControl(ctx context.Context, values []string, wrong []problem.Field) ui.Control {
	return ui.Control{
		Name: "interests", Label: i18n.T(ctx, "account.interests.label"), Hint: i18n.T(ctx, "account.interests.hint"), Optional: true,
		Values: values, Error: ui.MessageFor(ctx, wrong, "interests"),
	}
}

func interestGroups(ctx context.Context, v *gcm.Vocabulary) []ui.ChoiceGroup {
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

// textControl is a question for one line about a person.
func textControl(ctx context.Context, name, value, autocomplete string, wrong []problem.Field) ui.Control {
	c := ui.Control{Name: name, Label: i18n.T(ctx, "account."+name+".label"), Values: []string{value}, Error: ui.MessageFor(ctx, wrong, name), Autocomplete: autocomplete}
	if key := "account." + name + ".hint"; i18n.Has(i18n.From(ctx), key) {
		c.Hint = i18n.T(ctx, key)
	}
	return c
}

func emailControl(ctx context.Context, value, autocomplete string, wrong []problem.Field) ui.Control {
	c := textControl(ctx, "email", value, autocomplete, wrong)
	c.Type = "email"
	if autocomplete == "username" { // who signs in need not be told what becomes of the address
		c.Hint = ""
	}
	return c
}

// newPasswordControl is a question for a password to be.
func newPasswordControl(ctx context.Context, wrong []problem.Field) ui.Control {
	return ui.Control{
		Name: "password", Label: i18n.T(ctx, "account.password.label"), Hint: i18n.T(ctx, "account.password.hint", MinPassword),
		Autocomplete: "new-password", Error: ui.MessageFor(ctx, wrong, "password"),
	}
}

// officeFacts are category and country of an office in one line.
func officeFacts(ctx context.Context, v *gcm.Vocabulary, category, country string) string {
	name := categoryName(ctx, v, category)
	if country == "" {
		return name
	}
	return i18n.T(ctx, "account.office.facts", name, v.CountryName(i18n.From(ctx), country))
}

func categoryName(ctx context.Context, v *gcm.Vocabulary, id string) string {
	if c, ok := v.Category(id); ok {
		return c.Name(i18n.From(ctx))
	}
	return id
}

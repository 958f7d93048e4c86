package pledge

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web/ui"
)

// pageView is what a pledge's public page shows.
type pageView struct {
	Public
	Vocabulary *gcm.Vocabulary
	// Day is the one of the light, in Geneva; Shown the one that was asked for.
	Day   date.Date
	Shown dayShown
	// Text is title and description in the language to show.
	Text Version
	// Part is the part of a long history of reports that is shown, from 1.
	Part int
	// Chosen is the number of the update that was asked for; 0 for none.
	Chosen int
	// Proof is the path of the page that proves the publication of a public ID; nil leaves the links out.
	Proof func(publicID string) string
}

func (v pageView) path() string {
	if v.IsCurrent() {
		return Path(v.PublicID)
	}
	return Path(v.PublicID) + "/versions/" + strconv.Itoa(v.Number)
}

// of are other pages as of the same day.
func (v pageView) of() Filter { return Filter{AsOf: v.Shown.Day} }

// language is the path of the page with the text in another language.
func (v pageView) language(lang string) string {
	path := v.path()
	if !v.Shown.Day.IsZero() {
		path = Path(v.PublicID)
	}
	return v.of().dated(ui.WithQuery(path, url.Values{"text": {lang}}))
}

func (v pageView) page(ctx context.Context) ui.Page {
	return ui.Page{
		Title: i18n.T(ctx, "pledge.page.title", v.Text.Title, v.PublicID), Description: ui.Excerpt(v.Text.Description, excerpt),
		Canonical: Path(v.PublicID), NoIndex: !v.IsCurrent() || !v.Shown.Day.IsZero(), Current: "/pledges",
	}
}

// above are the crumbs to the list.
func above(ctx context.Context) []ui.Link {
	return []ui.Link{{Href: ui.Href(ctx, "/"), Text: i18n.T(ctx, "pledge.home")}, {Href: ui.Href(ctx, "/pledges"), Text: i18n.T(ctx, "pledge.list.title")}}
}

// section is a part of the page with a heading of its own.
type section struct{ id, title string }

// sections are the parts that have something to say, in the order of the page.
func (v pageView) sections(ctx context.Context) []section {
	p := v.Pledge
	var all []section
	add := func(id string, has bool) {
		if has {
			all = append(all, section{id, i18n.T(ctx, "pledge.page."+id)})
		}
	}
	add("description", v.Text.Description != "")
	add("indicators", len(p.Indicators) > 0)
	add("milestones", len(p.Milestones) > 0)
	add("barriers", p.Barriers != "")
	add("support", p.SupportNeeded+p.SupportOffered != "")
	add("partners", len(p.Partners) > 0)
	add("practices", len(v.Practices) > 0)
	add("updates", !v.FirstPublishedAt.IsZero() && v.IsCurrent())
	add("documents", len(v.Files["files"]) > 0)
	add("history", len(v.Revisions) > 1)
	return all
}

func (v pageView) toc(ctx context.Context) []ui.Chip {
	var chips []ui.Chip
	for _, s := range v.sections(ctx) {
		chips = append(chips, ui.Chip{Href: "#" + s.id, Text: s.title})
	}
	return chips
}

func (v pageView) facts(ctx context.Context) []ui.Fact {
	p, l := v.Pledge, i18n.From(ctx)
	var facts []ui.Fact
	own := func(name, lang string, values ...string) { // leaves out blank values
		var given []string
		for _, value := range values {
			if value != "" {
				given = append(given, value)
			}
		}
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "pledge.fact."+name), Values: given, Lang: lang})
	}
	own("id", "", v.PublicID)
	if !v.FirstPublishedAt.IsZero() { // else it is shown before it is public
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "pledge.fact.status"), Component: standingTags(v.Standing, v.Day)})
		own("next_report", "", i18n.Day(ctx, v.NextReport))
	}
	own("entity", "und", p.Entity)
	if p.Country != "" {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "pledge.fact.country"), Component: actorCountry(p.Country, v.Vocabulary)})
	}
	if p.Office != "" {
		own("filed_by", "und", p.Office, p.Capacity)
	}
	own("category", "", categoryName(l, v.Vocabulary, p.Category), p.CategoryOther)
	if p.Type != "" {
		own("type", "", i18n.T(ctx, "pledge.field.type.option."+string(p.Type)))
	}
	if v.Matches != nil {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "pledge.fact.matches"), Component: matchLink(*v.Matches, v.MatchesNext, v.of())})
	}
	if len(v.Supersedes) > 0 {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "pledge.fact.supersedes"), Component: referenceLinks(v.Supersedes, v.of())})
	}
	if len(v.MatchedBy) > 0 {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "pledge.fact.matched_by"), Component: referenceLinks(v.MatchedBy, v.of())})
	}
	facts = append(facts, ui.Fact{Term: i18n.T(ctx, "pledge.fact.objectives"), Component: objectiveLinks(p.Objectives, v.Vocabulary, v.of())})
	if len(p.Related) > 0 {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "pledge.fact.related"), Component: objectiveLinks(p.Related, v.Vocabulary, v.of())})
	}
	if len(p.Principles) > 0 {
		var principles []ui.Link
		for _, n := range p.Principles {
			principles = append(principles, ui.Link{Text: label(ctx, v.Vocabulary, "principle", strconv.Itoa(n)), Href: topicHref(ctx, ui.PrinciplePath(n), "principle", n, v.of())})
		}
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "pledge.fact.principles"), Component: linkList(principles)})
	}
	var natures []string
	for _, n := range p.Natures {
		if n == OtherNature && p.NatureOther != "" {
			natures = append(natures, p.NatureOther)
			continue
		}
		natures = append(natures, i18n.T(ctx, "pledge.field.natures.option."+string(n)))
	}
	own("nature", "und", natures...)
	if m := p.Money; m != nil {
		own("amount", "", amount(ctx, m.Amount, m.Currency))
		own("period", "", period(ctx, *m))
		own("recipient", "und", m.Recipient)
	}
	if p.Global {
		own("where", "", i18n.T(ctx, "pledge.worldwide"))
	} else if links := countryLinks(ctx, p.Countries, v.Vocabulary, v.of()); len(links) > 0 {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "pledge.fact.where"), Component: linkList(links)})
	}
	own("place", "und", p.Place)
	if !p.Global {
		var regions []string
		for _, id := range p.Regions {
			regions = append(regions, label(ctx, v.Vocabulary, "region", id))
		}
		own("region", "", regions...)
	}
	own("deadline", "", i18n.Day(ctx, p.Deadline()))
	if p.Mirror {
		own("mirror", "und", i18n.T(ctx, "pledge.mirror"), p.MirrorReference)
	}
	if v.FirstPublishedAt.IsZero() {
		return facts // it is shown before it is public
	}
	facts = append(facts, ui.Fact{Term: i18n.T(ctx, "pledge.fact.languages"), Component: versionLinks(v)})
	own("first_published", "", i18n.DayOf(ctx, v.FirstPublishedAt))
	if v.Number > 1 {
		own("this_version", "", i18n.T(ctx, "pledge.version.published", v.Number, i18n.DayOf(ctx, v.PublishedAt)))
	}
	return facts
}

// amount writes a plain decimal number as the language does, with its currency.
func amount(ctx context.Context, plain, currency string) string {
	if plain == "" {
		return ""
	}
	whole, fraction, _ := strings.Cut(plain, ".")
	shown := whole
	if n, err := strconv.ParseInt(whole, 10, 64); err == nil {
		shown = i18n.Number(ctx, n)
	}
	if fraction != "" {
		shown = i18n.T(ctx, "pledge.decimal", shown, fraction)
	}
	return strings.TrimSpace(i18n.T(ctx, "pledge.amount", currency, shown))
}

func period(ctx context.Context, m Money) string {
	from, until := i18n.Day(ctx, m.From), i18n.Day(ctx, m.Until)
	switch {
	case from != "" && until != "":
		return i18n.T(ctx, "pledge.period", from, until)
	case from != "":
		return i18n.T(ctx, "pledge.period.from", from)
	case until != "":
		return i18n.T(ctx, "pledge.period.until", until)
	}
	return ""
}

// languageVersion is a language in which the pledge can be read.
type languageVersion struct {
	name, lang, href string
	original, shown  bool
}

func (v pageView) languages(ctx context.Context) []languageVersion {
	var all []languageVersion
	for _, lang := range v.Pledge.Langs() {
		all = append(all, languageVersion{
			name: i18n.Lang(lang).Name(), lang: lang, original: lang == v.Pledge.Lang, shown: lang == v.Text.Lang,
			href: ui.Href(ctx, v.language(lang)),
		})
	}
	return all
}

func withUnit(value, unit string) string {
	if value == "" || unit == "" {
		return value
	}
	return value + " " + unit
}

// revision is a line of the history of published revisions.
type revision struct {
	text, href, changes string
	shown               bool
}

// history lists the published revisions, the last one first.
func (v pageView) history(ctx context.Context) []revision {
	var all []revision
	for n := len(v.Revisions); n >= 1; n-- {
		r := v.Revisions[n-1]
		line := revision{
			text: i18n.T(ctx, "pledge.version.published", n, i18n.DayOf(ctx, r.PublishedAt)), shown: n == v.Number,
			href: ui.Href(ctx, Path(v.PublicID)+"/versions/"+strconv.Itoa(n)),
		}
		if n == len(v.Revisions) {
			line.href = ui.Href(ctx, Path(v.PublicID))
		}
		if n > 1 {
			q := url.Values{"from": {strconv.Itoa(n - 1)}, "to": {strconv.Itoa(n)}}
			line.changes = ui.Href(ctx, ui.WithQuery(Path(v.PublicID)+"/changes", q))
		}
		all = append(all, line)
	}
	return all
}

// cite is how to refer to the pledge, as text.
func (v pageView) cite(ctx context.Context) string {
	return i18n.T(ctx, "pledge.cite", v.Pledge.Entity, v.Text.Title, v.PublicID, v.Number, i18n.DayOf(ctx, v.PublishedAt), ui.SiteName(ctx), ui.Absolute(ctx, v.path()))
}

func (v pageView) cards(ctx context.Context) []ui.Card {
	var cards []ui.Card
	for _, r := range v.Related {
		cards = append(cards, card(ctx, r, v.Vocabulary, v.Day))
	}
	return cards
}

// changesView is the comparison of two published revisions.
type changesView struct {
	Comparison
	Definition *form.Definition
	Vocabulary *gcm.Vocabulary
	// Day is the one of the light, in Geneva.
	Day date.Date
}

func (v changesView) versions() ui.Versions {
	return ui.Versions{
		Definition: v.Definition, Before: v.From.Content, After: v.To.Content, Vocabulary: v.Vocabulary,
		FilesBefore: v.FilesBefore, FilesAfter: v.FilesAfter, Lang: v.To.Pledge.Lang,
	}
}

// startView is the page before a pledge is begun.
type startView struct {
	Posts  []identity.Post
	Pages  Pages
	Office string // as typed
	Wrong  []problem.Field
	// AnswerDays is within how many working days the desk gives its first answer.
	AnswerDays int
}

// control is the question for the office, where there is more than one.
func (v startView) control(ctx context.Context) ui.Control {
	c := ui.Control{
		Name: "office", Label: i18n.T(ctx, "pledge.start.office.label"), Hint: i18n.T(ctx, "pledge.start.office.hint"),
		Error: ui.MessageFor(ctx, v.Wrong, "office"), Values: []string{v.Office}, Large: true,
	}
	for _, p := range v.Posts {
		choice := ui.Choice{Value: strconv.FormatInt(p.OfficeID, 10), Label: p.OfficeName}
		if !p.OfficeApproved || !p.Approved {
			choice.Hint = i18n.T(ctx, "pledge.start.office.waiting")
		}
		c.Choices = append(c.Choices, choice)
	}
	return c
}

// signIn is the address of the sign-in page that leads back to the start page.
func signIn(ctx context.Context, pages Pages) string {
	return ui.Href(ctx, ui.WithQuery(pages.SignIn, url.Values{"next": {ui.Href(ctx, "/pledges/new")}}))
}

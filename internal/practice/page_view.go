package practice

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/web/ui"
)

// pageView is what a practice's public page shows.
type pageView struct {
	Public
	Vocabulary *gcm.Vocabulary
	// Today is the day in Geneva.
	Today date.Date
	// Text is the practice in the language to show.
	Text Version
	// Shelf is the reader's reading list, which goes along in the address.
	Shelf Shelf
	// PDF says whether there is a browser that can print it.
	PDF bool
	// Proof is the path of the page that proves the publication; empty leaves the link out.
	Proof string
}

func (v pageView) path() string {
	if v.IsCurrent() {
		return Path(v.PublicID)
	}
	return Path(v.PublicID) + "/versions/" + strconv.Itoa(v.Number)
}

func (v pageView) page(ctx context.Context) ui.Page {
	p := ui.Page{
		Title: i18n.T(ctx, "practice.page.title", v.Text.Title, v.PublicID), Description: ui.Excerpt(v.Text.Summary, 160),
		Canonical: Path(v.PublicID), NoIndex: !v.IsCurrent(), Current: ListPath,
	}
	if v.IsCurrent() {
		p.Meta, p.Data = v.metadata(ctx), v.data(ctx)
		for _, f := range v.forms(ctx) {
			p.Feeds = append(p.Feeds, ui.Alternate{Title: f.Text, Type: f.kind, Href: f.Href})
		}
	}
	return p
}

// above are the crumbs to the list.
func above(ctx context.Context) []ui.Link {
	return []ui.Link{{Href: ui.Href(ctx, "/"), Text: i18n.T(ctx, "practice.home")}, {Href: ui.Href(ctx, ListPath), Text: i18n.T(ctx, "practice.list.title")}}
}

// fileForm is the practice, or how to cite it, as a file.
type fileForm struct {
	ui.Link
	kind string
}

// forms are the files of the page.
func (v pageView) forms(ctx context.Context) []fileForm {
	var all []fileForm
	for _, f := range []struct{ extension, kind string }{{BibTeX, CitationTypes[BibTeX]}, {RIS, CitationTypes[RIS]}, {CSL, CitationTypes[CSL]}, {"json", "application/json"}} {
		all = append(all, fileForm{ui.Link{Href: ui.Href(ctx, Path(v.PublicID)+"."+f.extension), Text: i18n.T(ctx, "practice.cite.form."+strings.ReplaceAll(f.extension, ".", "_"))}, f.kind})
	}
	return all
}

// section is a part of the page with a heading of its own.
type section struct{ id, title string }

// sections are the parts that have something to say, in the order of the page.
func (v pageView) sections(ctx context.Context) []section {
	p := v.Practice
	var all []section
	add := func(id string, has bool) {
		if has {
			all = append(all, section{id, i18n.T(ctx, "practice.page."+id)})
		}
	}
	add("description", v.Text.Description+p.Description != "")
	add("people", p.Beneficiaries+p.Participation != "")
	add("results", p.Results != "" || len(p.Figures) > 0)
	add("lessons", p.Lessons != "")
	add("new", p.Innovation != "")
	add("reuse", p.Conditions+p.Costs+p.People+p.Time != "")
	add("lasting", p.Sustainability != "")
	add("blocks", len(p.Blocks) > 0)
	add("documents", len(p.Links) > 0 || len(v.Files["files"]) > 0)
	add("serves", len(v.Serves) > 0)
	add("reuses", v.IsCurrent())
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

// part is a piece of a section with a small heading.
type part struct{ title, text string }

// parts are the pieces that are there.
func parts(ctx context.Context, all ...part) []part {
	var given []part
	for _, p := range all {
		if p.text != "" {
			given = append(given, part{i18n.T(ctx, p.title), p.text})
		}
	}
	return given
}

// shownImage is an image that the page can show.
type shownImage struct {
	Image
	file ui.FileItem
}

func (v pageView) images() []shownImage {
	var all []shownImage
	for _, i := range v.Practice.Images {
		if file, ok := ui.ImageOf(v.Files["images"], i.File); ok {
			all = append(all, shownImage{i, file})
		}
	}
	return all
}

// credit says whose an image is and what others may do with it.
func (i shownImage) credit(ctx context.Context) string {
	if i.Credit == "" {
		return licenceName(ctx, i.Licence)
	}
	return i18n.T(ctx, "practice.page.credit", i.Credit, licenceName(ctx, i.Licence))
}

func licenceName(ctx context.Context, l Licence) string {
	return i18n.T(ctx, "practice.field.licence.option."+string(l))
}

// period says in months when the practice was carried out.
func (p Practice) period(ctx context.Context) string {
	switch {
	case p.Ended.IsZero():
		return i18n.T(ctx, "practice.period.since", i18n.Month(ctx, p.Started))
	case p.Started.Year() == p.Ended.Year() && p.Started.Month() == p.Ended.Month():
		return i18n.Month(ctx, p.Started)
	}
	return i18n.T(ctx, "practice.period", i18n.Month(ctx, p.Started), i18n.Month(ctx, p.Ended))
}

// years says it in years, for a line of short facts.
func years(ctx context.Context, from, until int) string {
	switch {
	case until == 0:
		return i18n.T(ctx, "practice.period.since", strconv.Itoa(from))
	case from == until:
		return strconv.Itoa(from)
	}
	return i18n.T(ctx, "practice.period", strconv.Itoa(from), strconv.Itoa(until))
}

// placesNamed is how many countries a line of facts names before it counts the others.
const placesNamed = 3

// places says in short where a practice was carried out.
func places(ctx context.Context, scope Scope, countries []string, v *gcm.Vocabulary) string {
	if scope == Global {
		return i18n.T(ctx, "practice.field.scope.option.global")
	}
	all := v.CountryNames(i18n.From(ctx), countries)
	if more := len(all) - placesNamed; more > 0 {
		return i18n.T(ctx, "practice.places.more", all[0], all[1], all[2], more)
	}
	return i18n.List(ctx, all)
}

func (v pageView) meta(ctx context.Context) []string {
	p := v.Practice
	until := 0
	if !p.Ended.IsZero() {
		until = p.Ended.Year()
	}
	return []string{places(ctx, p.Scope, p.Countries, v.Vocabulary), years(ctx, p.Started.Year(), until), i18n.T(ctx, "practice.published_on", i18n.DayOf(ctx, v.FirstPublishedAt))}
}

// facts are in the order that readers of the repository know (practices.md, Public).
func (v pageView) facts(ctx context.Context) []ui.Fact {
	p, l := v.Practice, i18n.From(ctx)
	var facts []ui.Fact
	own := func(name, lang string, values ...string) { // leaves out blank values
		var given []string
		for _, value := range values {
			if value != "" {
				given = append(given, value)
			}
		}
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "practice.fact."+name), Values: given, Lang: lang})
	}
	facts = append(facts, ui.Fact{Term: i18n.T(ctx, "practice.fact.objectives"), Component: objectiveNames(p.Objectives, v.Vocabulary)})
	if len(p.Related) > 0 {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "practice.fact.related"), Component: objectiveNames(p.Related, v.Vocabulary)})
	}
	facts = append(facts, ui.Fact{Term: i18n.T(ctx, "practice.fact.principles"), Component: principleLinks(v.principles(ctx))})
	var goals []string
	for _, n := range p.SDGs {
		goals = append(goals, GoalName(ctx, n))
	}
	own("sdgs", "", goals...)
	own("dates", "", p.period(ctx), i18n.T(ctx, "practice.field.completion.option."+string(p.Completion)))
	own("type", "", i18n.T(ctx, "practice.field.type.option."+string(p.Type)))
	own("scope", "", i18n.T(ctx, "practice.field.scope.option."+string(p.Scope)))
	own("countries", "", v.Vocabulary.CountryNames(l, p.Countries)...)
	own("place", "und", p.Place)
	var regions []string
	for _, id := range p.Regions {
		if r, ok := v.Vocabulary.Region(id); ok && p.Scope != Global {
			regions = append(regions, r.Name(l))
		}
	}
	own("regions", "", regions...)
	own("implementer", "und", p.Implementer)
	kind := p.ImplementerType
	if c, ok := v.Vocabulary.Category(kind); ok {
		kind = c.Name(l)
	}
	own("implementer_type", "", kind, p.ImplementerOther)
	own("filed_by", "und", p.Office)
	if len(p.Partners) > 0 {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "practice.fact.partners"), Component: partnerNames(p.Partners)})
	}
	if c := v.Call; c.ID != 0 {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "practice.fact.call"), Component: callTitle(ui.Href(ctx, CallPath(c.ID)), c.text(ctx))})
	}
	facts = append(facts, ui.Fact{Term: i18n.T(ctx, "practice.fact.languages"), Component: versionLinks(v)})
	facts = append(facts, ui.Fact{Term: i18n.T(ctx, "practice.fact.licence"), Component: licenceLink(p.Licence)})
	own("id", "", v.PublicID)
	if v.IsCurrent() {
		confirmed := []string{i18n.DayOf(ctx, v.ConfirmedAt)}
		if !AskedOn(date.Today(v.ConfirmedAt, i18n.Geneva), v.Today).IsZero() {
			confirmed = append(confirmed, i18n.T(ctx, "practice.fact.unconfirmed"))
		}
		own("confirmed", "", confirmed...)
	}
	if v.Number > 1 {
		own("this_version", "", i18n.T(ctx, "practice.version.published", v.Number, i18n.DayOf(ctx, v.PublishedAt)))
	}
	return facts
}

func (v pageView) principles(ctx context.Context) []ui.Link {
	var all []ui.Link
	for _, n := range v.Practice.Principles {
		if p, ok := v.Vocabulary.Principle(n); ok {
			all = append(all, ui.Link{Text: p.Name(i18n.From(ctx)), Href: ui.Href(ctx, ui.PrinciplePath(n))})
		}
	}
	return all
}

// languageVersion is a language in which the practice can be read.
type languageVersion struct {
	name, lang, href string
	original, shown  bool
}

func (v pageView) languages(ctx context.Context) []languageVersion {
	var all []languageVersion
	for _, lang := range v.Practice.Langs() {
		all = append(all, languageVersion{
			name: i18n.Lang(lang).Name(), lang: lang, original: lang == v.Practice.Lang, shown: lang == v.Text.Lang,
			href: ui.Href(ctx, ui.WithQuery(v.path(), url.Values{"text": {lang}})),
		})
	}
	return all
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
		line := revision{
			text: i18n.T(ctx, "practice.version.published", n, i18n.DayOf(ctx, v.Revisions[n-1].PublishedAt)), shown: n == v.Number,
			href: ui.Href(ctx, Path(v.PublicID)+"/versions/"+strconv.Itoa(n)),
		}
		if n == len(v.Revisions) {
			line.href = ui.Href(ctx, Path(v.PublicID))
		}
		if n > 1 {
			line.changes = ui.Href(ctx, ui.WithQuery(Path(v.PublicID)+"/changes", url.Values{"from": {strconv.Itoa(n - 1)}, "to": {strconv.Itoa(n)}}))
		}
		all = append(all, line)
	}
	return all
}

// citation is how to refer to the practice.
func (v pageView) citation(ctx context.Context) Citation {
	p := v.Practice
	return Citation{
		ID: v.PublicID, Title: p.Title, Lang: p.Lang, Author: p.Implementer, Publisher: ui.SiteName(ctx), Address: ui.Absolute(ctx, v.path()), Abstract: p.Summary,
		Licence: p.Licence, Published: v.PublishedAt.In(i18n.Geneva), Version: v.Number,
	}
}

// text is the citation as text.
func (c Citation) text(ctx context.Context) string {
	return i18n.T(ctx, "practice.cite", c.Author, strconv.Itoa(c.Published.Year()), c.Title, c.ID, c.Version, c.Publisher, c.Address)
}

func cards(ctx context.Context, all []Listed, v *gcm.Vocabulary) []ui.Card {
	shown := make([]ui.Card, len(all))
	for i, p := range all {
		shown[i] = ui.Card{
			Href: ui.Href(ctx, Path(p.PublicID)), Title: p.Title, Lang: p.Lang, Objectives: p.Objectives,
			Meta: []string{places(ctx, p.Scope, p.Countries, v), p.years(ctx)}, Foot: []string{ui.ObjectivesText(ctx, p.Objectives)},
		}
	}
	return shown
}

func (p Listed) years(ctx context.Context) string {
	until := 0
	if p.EndedOn != nil {
		until = p.EndedOn.Year()
	}
	return years(ctx, p.StartedOn.Year(), until)
}

// changesView is the comparison of two published revisions.
type changesView struct {
	Comparison
	Definition *form.Definition
	Vocabulary *gcm.Vocabulary
}

func (v changesView) versions() ui.Versions {
	return ui.Versions{
		Definition: v.Definition, Before: v.From.Content, After: v.To.Content, Vocabulary: v.Vocabulary,
		FilesBefore: v.FilesBefore, FilesAfter: v.FilesAfter, Lang: v.To.Practice.Lang,
	}
}

// control chooses one of the published revisions.
func (v changesView) control(ctx context.Context, name string, chosen int) ui.Control {
	c := ui.Control{Name: name, Label: i18n.T(ctx, "practice.changes.choose."+name), Values: []string{strconv.Itoa(chosen)}}
	for n, r := range v.Revisions {
		c.Choices = append(c.Choices, ui.Choice{Value: strconv.Itoa(n + 1), Label: i18n.T(ctx, "practice.version.published", n+1, i18n.DayOf(ctx, r.PublishedAt))})
	}
	return c
}

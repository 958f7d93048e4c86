// Package pledge is everything about pledges: the form and its rules, the published pledges as typed values, the public
// list and page, and what leaves the portal as files and feeds. The life of a pledge from draft to decision is that of
// every submission (internal/workflow); this package adds its content through Service.Kind.
//
// Contact persons are in the answers only. Nothing that this package publishes is made from anything but the public
// answers (form.Definition.Public), so that an address cannot leak (README rule 3).
package pledge

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"portal/internal/date"
	"portal/internal/i18n"
)

// KindName is the kind of submission, and the start of all keys of texts.
const KindName = "pledge"

// Type says how a pledge stands to the pledges of others.
type Type string

// The types of pledge.
const (
	Individual    Type = "individual"
	Common        Type = "common"         // several actors, identical or complementary pledges
	InPartnership Type = "in_partnership" // a shared goal, different pledges
	Matching      Type = "matching"       // matches a published pledge
)

// Types lists the types in the order of the form.
var Types = []Type{Individual, Common, InPartnership, Matching}

// Nature says what kind of contribution a pledge is.
type Nature string

// The natures of a pledge; one may have several.
const (
	PolicyOriented        Nature = "policy_oriented"
	ProcessOriented       Nature = "process_oriented"
	FinancialContribution Nature = "financial_contribution"
	HumanResources        Nature = "human_resources"
	OtherNature           Nature = "other"
)

// Natures lists the natures in the order of the form.
var Natures = []Nature{PolicyOriented, ProcessOriented, FinancialContribution, HumanResources, OtherNature}

// The categories of who pledges, beside the stakeholder sectors of the vocabulary.
const (
	MemberState   = "member_state"
	OtherCategory = "other"
)

// Limits of the form.
const (
	// LongTitle is the length above which a title is called long; nothing is cut or refused for it.
	LongTitle = 255
	// MinDescription and MaxDescription bound the description, in characters as a person counts them.
	MinDescription, MaxDescription = 300, 3000
	// MaxObjectives is how many of the 23 objectives may be main ones.
	MaxObjectives = 3
	// MaxFiles is how many documents a pledge may carry.
	MaxFiles = 10
)

// Pledge is what a pledge says to the public, as typed values. Contact persons are no part of it.
type Pledge struct {
	// Entity is who pledges: the submitting office, or the entity on whose behalf it files.
	Entity string
	// Office is the submitting office, and Capacity says in what capacity it files, when it does so on behalf of Entity;
	// both are "" when the office pledges itself.
	Office, Capacity string
	// Country is the country of the entity, ISO 3166-1 alpha-2; "" when it has none or it is not known.
	Country string
	// Category is MemberState, another fixed category, the id of a stakeholder sector, or OtherCategory with CategoryOther.
	Category, CategoryOther string

	// Global says that the pledge is carried out worldwide; Countries then is empty.
	Global    bool
	Countries []string // ISO 3166-1 alpha-2, in the order of the form
	// Place is a city, province or other place, in the words of the office.
	Place string
	// Regions are ids of the vocabulary: as chosen, or those of the countries.
	Regions []string

	// Lang is the language that the text is written in.
	Lang  string
	Title string
	Type  Type
	// Matches is the public ID of the pledge that this one matches; "" unless Type is Matching.
	Matches string
	// Mirror says that it is also filed under the Global Compact on Refugees, there known as MirrorReference.
	Mirror          bool
	MirrorReference string
	Partners        []Partner

	Natures     []Nature
	NatureOther string
	// Money is nil unless a financial contribution says anything about it.
	Money *Money

	// Objectives are the main ones, one to three; Related are further ones.
	Objectives, Related []int
	Principles          []int

	// Description, Barriers, SupportNeeded and SupportOffered are Markdown as typed.
	Description, Barriers, SupportNeeded, SupportOffered string

	Indicators []Indicator
	Milestones []Milestone
	// Versions are the same in other languages.
	Versions []Version
}

// Partner is somebody who takes part in a common pledge or a partnership.
type Partner struct {
	Name    string
	Country string // ISO 3166-1 alpha-2, or ""
	Part    string // what this partner does
	// Confirmed says that the partner has confirmed by their own hand; until then the name is shown as unconfirmed.
	Confirmed bool
	// Amended says that Part is in the partner's own words.
	Amended bool
}

// Money is what a financial contribution is.
type Money struct {
	// Amount is in plain decimal notation; "" when it is not said. Currency is its ISO 4217 code.
	Amount, Currency string
	// From and Until are the first and last day of the contribution; zero when they are not said.
	From, Until date.Date
	Recipient   string
}

// Indicator is how success is measured: from Baseline to Target by the day Due.
type Indicator struct {
	What, Baseline, Target, Unit string
	Due                          date.Date
}

// Milestone is a step on the way, with its day.
type Milestone struct {
	What string
	Due  date.Date
}

// Version is title and description in another language.
type Version struct {
	Lang, Title, Description string
}

// Deadline is the last day that an indicator or a milestone names; zero when none does.
func (p Pledge) Deadline() date.Date {
	var last date.Date
	for _, i := range p.Indicators {
		last = later(last, i.Due)
	}
	for _, m := range p.Milestones {
		last = later(last, m.Due)
	}
	return last
}

func later(a, b date.Date) date.Date {
	if a.Before(b) {
		return b
	}
	return a
}

// countries are all that the pledge has to do with: the entity's, those of implementation and the partners'.
func (p Pledge) countries() []string {
	all := append([]string{p.Country}, p.Countries...)
	for _, m := range p.Partners {
		all = append(all, m.Country)
	}
	return once(all)
}

// Langs are the languages in which the pledge can be read, the one it was written in first.
func (p Pledge) Langs() []string {
	langs := []string{p.Lang}
	for _, v := range p.Versions {
		if !slices.Contains(langs, v.Lang) {
			langs = append(langs, v.Lang)
		}
	}
	return langs
}

// In returns title and description in the language if there is such a version, else as they were written.
func (p Pledge) In(lang string) Version {
	for _, v := range p.Versions {
		if v.Lang == lang && lang != p.Lang && v.Title != "" {
			return v
		}
	}
	return Version{Lang: p.Lang, Title: p.Title, Description: p.Description}
}

// publicID is a public ID as people type it.
var publicID = regexp.MustCompile(`(?i)\bgcm[-‐‑‒–—\s]?p[-‐‑‒–—\s]?0*([1-9][0-9]{0,8})\b`)

// FormatID writes the number of a pledge as its permanent public ID: GCM-P-0225.
func FormatID(number int64) string { return fmt.Sprintf("GCM-P-%04d", number) }

// ParseID finds a public ID in what somebody typed or pasted: in any case, with any dash, without the zeros in front, or
// inside the address of the pledge's page. ok is false when there is none.
func ParseID(typed string) (id string, ok bool) {
	m := publicID.FindStringSubmatch(typed)
	if m == nil {
		return "", false
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil {
		return "", false
	}
	return FormatID(n), true
}

// wholeID is ParseID for a text that is nothing but a public ID.
func wholeID(typed string) (id string, ok bool) {
	if m := publicID.FindString(typed); m == "" || m != strings.TrimSpace(typed) {
		return "", false
	}
	return ParseID(typed)
}

// Path is the address of a pledge's public page, without the language.
func Path(publicID string) string { return "/pledges/" + publicID }

// knownLang says whether a pledge can be written in the language.
func knownLang(lang string) bool { return i18n.Lang(lang).Known() }

// Package practice is everything about practices, the Hub's repository: the form and its rules, the published practices as
// typed values, their pages, and how they are cited. The life of a practice from draft to decision is that of every
// submission (internal/workflow); this package adds its content through Service.Kind.
//
// Focal points are in the answers only. Nothing that this package publishes is made from anything but the public answers
// (form.Definition.Public), so that an address cannot leak (README rule 3).
package practice

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
const KindName = "practice"

// Type says what a practice is.
type Type string

// The types of practice.
const (
	Project       Type = "project"     // a project or programme
	Policy        Type = "policy"      // a policy or law
	Partnership   Type = "partnership" // a partnership or network
	Tool          Type = "tool"        // a tool or training
	Campaign      Type = "campaign"
	Research      Type = "research"
	PublicService Type = "service"
)

// Types lists the types in the order of the form.
var Types = []Type{Project, Policy, Partnership, Tool, Campaign, Research, PublicService}

// Completion says how far a practice is.
type Completion string

// The states of completion.
const (
	Completed       Completion = "completed"
	MostlyCompleted Completion = "mostly_completed"
	Ongoing         Completion = "ongoing" // it has no end, and has results already
)

// Completions lists them in the order of the form.
var Completions = []Completion{Completed, MostlyCompleted, Ongoing}

// Scope says how far a practice reaches.
type Scope string

// The scopes.
const (
	Global      Scope = "global"
	Regional    Scope = "regional"
	National    Scope = "national"
	Subnational Scope = "subnational"
)

// Scopes lists them in the order of the form.
var Scopes = []Scope{Global, Regional, National, Subnational}

// Role says what an organization did in a practice.
type Role string

// The roles.
const (
	Implements  Role = "implementing"
	Funds       Role = "funding"
	Advises     Role = "technical"
	Coordinates Role = "coordination"
	Studies     Role = "research"
	OtherRole   Role = "other"
)

// Roles lists them in the order of the form.
var Roles = []Role{Implements, Funds, Advises, Coordinates, Studies, OtherRole}

// Licence says what others may do with a text or an image.
type Licence string

// The licences: those of Creative Commons under which one may at least pass on with the name.
const (
	ByAttribution Licence = "cc-by-4.0"
	ByShareAlike  Licence = "cc-by-sa-4.0"
	ByNonProfit   Licence = "cc-by-nc-4.0"
	PublicDomain  Licence = "cc0-1.0"
)

// Licences lists them in the order of the form, the one to begin with first.
var Licences = []Licence{ByAttribution, ByShareAlike, ByNonProfit, PublicDomain}

// URL is the address of the licence's text.
func (l Licence) URL() string {
	switch l {
	case ByShareAlike:
		return "https://creativecommons.org/licenses/by-sa/4.0/"
	case ByNonProfit:
		return "https://creativecommons.org/licenses/by-nc/4.0/"
	case PublicDomain:
		return "https://creativecommons.org/publicdomain/zero/1.0/"
	}
	return "https://creativecommons.org/licenses/by/4.0/"
}

// OtherCategory is the category of an organization that is none of the vocabulary's, in words beside it.
const OtherCategory = "other"

// Limits of the form.
const (
	// LongTitle is the length above which a title is called long; nothing is cut or refused for it.
	LongTitle = 255
	// MaxSummary bounds the summary, in characters as a person counts them.
	MaxSummary = 600
	// MinDescription and MaxDescription bound the full text.
	MinDescription, MaxDescription = 300, 15_000
	// MaxPart bounds each of the other long answers.
	MaxPart = 4000
	// MaxObjectives is how many of the 23 objectives may be primary ones.
	MaxObjectives = 3
	// MaxFiles is how many documents a practice may carry, MaxImages how many images.
	MaxFiles, MaxImages = 10, 6
	// SDGs is how many Sustainable Development Goals there are.
	SDGs = 17
)

// Practice is what a practice says to the public, as typed values. Focal points are no part of it.
type Practice struct {
	// Lang is the language that the text is written in.
	Lang, Title, Summary, Description string
	Type                              Type
	// Objectives are the primary ones, one to three; Related are the secondary ones.
	Objectives, Related []int
	// Principles are those that it particularly exemplifies.
	Principles, SDGs []int

	Completion Completion
	// Started and Ended are its first and last day; Ended is zero while it goes on.
	Started, Ended date.Date

	Scope     Scope
	Countries []string // ISO 3166-1 alpha-2, in the order of the form
	// Regions are ids of the vocabulary, and Continents those of the other scheme: both of the countries.
	Regions, Continents []string
	Place               string
	// Point is where it is on a map, rounded to about ten kilometres; nil when it is not said.
	Point *Point

	// Implementer is the main implementing organization; Office is who filed when that is another one, else "".
	Implementer, Office string
	// ImplementerType is a category of the vocabulary, with ImplementerOther where that asks what.
	ImplementerType, ImplementerOther string
	Partners                          []Partner

	// The long answers are Markdown as typed.
	Beneficiaries, Participation    string
	Results, Evidence, Lessons      string
	Conditions, Costs, People, Time string
	Innovation, Sustainability      string
	Figures                         []Figure
	Blocks                          []Block
	Links                           []Link
	Images                          []Image
	Licence                         Licence
	// Versions are the same in other languages.
	Versions []Version
}

// Point is a place on the map, in degrees.
type Point struct{ Latitude, Longitude float64 }

// Partner is an organization that took part, or paid.
type Partner struct {
	Name string
	Role Role
	// Part is what it did, in a few words.
	Part string
}

// Figure is a result as a number.
type Figure struct {
	Value, What string
	// Before is what it was before; Source says where the number comes from.
	Before, Source string
}

// Block is a part of a practice that others can reuse by itself.
type Block struct {
	Title, Text, Conditions string
}

// Link is an address with its words.
type Link struct {
	Label, URL string
}

// Image is a picture in words; File is the key of its bytes (attachment.Attachment.Key).
type Image struct {
	File, Alt, Caption, Credit string
	Licence                    Licence
}

// Version is the practice in another language. Description may be "".
type Version struct {
	Lang, Title, Summary, Description string
}

// Langs are the languages in which the practice can be read, the one it was written in first.
func (p Practice) Langs() []string {
	langs := []string{p.Lang}
	for _, v := range p.Versions {
		if !slices.Contains(langs, v.Lang) {
			langs = append(langs, v.Lang)
		}
	}
	return langs
}

// In returns title, summary and text in the language if there is such a version, else as they were written.
func (p Practice) In(lang string) Version {
	for _, v := range p.Versions {
		if v.Lang == lang && lang != p.Lang && v.Title != "" {
			return v
		}
	}
	return Version{Lang: p.Lang, Title: p.Title, Summary: p.Summary, Description: p.Description}
}

// publicID is a public ID as people type it.
var publicID = regexp.MustCompile(`(?i)\bgcm[-‐‑‒–—\s]?pr[-‐‑‒–—\s]?0*([1-9][0-9]{0,8})\b`)

// FormatID writes the number of a practice as its permanent public ID: GCM-PR-0291.
func FormatID(number int64) string { return fmt.Sprintf("GCM-PR-%04d", number) }

// WholeID reads a text that is nothing but a public ID: in any case, with any dash, without the zeros in front.
func WholeID(typed string) (id string, ok bool) {
	typed = strings.TrimSpace(typed)
	m := publicID.FindStringSubmatch(typed)
	if m == nil || m[0] != typed {
		return "", false
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil {
		return "", false
	}
	return FormatID(n), true
}

// ListPath is the address of the repository, without the language.
const ListPath = "/practices"

// Path is the address of a practice's public page, without the language.
func Path(publicID string) string { return ListPath + "/" + publicID }

// knownLang says whether a practice can be written in the language.
func knownLang(lang string) bool { return i18n.Lang(lang).Known() }

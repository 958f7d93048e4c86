// Package gcm is the vocabulary of the Global Compact for Migration: its objectives and principles, the thematic areas,
// the stakeholders, the States and their regions, and the Champion countries.
//
// The words are rows of tables, seeded once by a migration and edited by administrators from then on; code knows only
// the numbers and ids. A Vocabulary is a snapshot of the tables that never changes; a Holder keeps a fresh one.
package gcm

import "portal/internal/i18n"

// Objectives, Principles and Themes are how many there are of each; the Compact and the design are made for them.
const (
	Objectives = 23
	Principles = 10
	Themes     = 5
)

// Global is the id of the region for what is not tied to one.
const Global = "global"

// Names are the name of one thing by language. English is always there.
type Names map[i18n.Lang]string

// In returns the name in the language, else in English.
func (n Names) In(l i18n.Lang) string {
	if name := n[l]; name != "" {
		return name
	}
	return n[i18n.English]
}

// Theme is one of the five thematic areas of the trust fund, by which objectives are grouped and coloured.
type Theme struct {
	// N is 1 to 5; the design's colour classes are t1 to t5.
	N            int
	ID           string
	Short, Title Names
}

// Label is the short name, for legends and headings.
func (t Theme) Label(l i18n.Lang) string { return t.Short.In(l) }

// Name is the full name.
func (t Theme) Name(l i18n.Lang) string { return t.Title.In(l) }

// Objective is one of the 23 objectives of the Compact.
type Objective struct {
	// N is 1 to 23.
	N            int
	ID           string
	Short, Title Names
	// Paragraph is where the Compact (A/RES/73/195) states it.
	Paragraph int
	// Theme is the number of its thematic area.
	Theme int
	// Roundtable is the round table of the International Migration Review Forum that discusses it, 1 to 4.
	Roundtable int
	// SDGTargets and SDGs are suggestions of related targets ("10.7") and goals; there is no official table.
	SDGTargets []string `db:"sdg_targets"`
	SDGs       []int    `db:"sdgs"`
}

// Label is the short name, for lists and charts.
func (o Objective) Label(l i18n.Lang) string { return o.Short.In(l) }

// Name is the objective in the words of the Compact.
func (o Objective) Name(l i18n.Lang) string { return o.Title.In(l) }

// Principle is one of the ten guiding principles.
type Principle struct {
	// N is 1 to 10.
	N     int
	ID    string
	Names Names
}

// Name is the principle's name.
func (p Principle) Name(l i18n.Lang) string { return p.Names.In(l) }

// Sector is one of the groups of stakeholders of paragraph 44 of the Compact.
type Sector struct {
	ID    string
	Names Names
	// Aliases are other English words for it, for search.
	Aliases []string
}

// Name is the sector's name.
func (s Sector) Name(l i18n.Lang) string { return s.Names.In(l) }

// Category says what kind of actor an office is: a Member State, an organization, or of one of the sectors.
type Category struct {
	ID    string
	Names Names
	// Sector is the id of the stakeholder sector that it stands for; empty for States and their organizations.
	Sector string
	// SaysWhat asks for the category in words beside it: "Other".
	SaysWhat bool
}

// Name is the category's name.
func (c Category) Name(l i18n.Lang) string { return c.Names.In(l) }

// Region is a region of the regional reviews: that of one of the five regional commissions, or Global.
type Region struct {
	ID    string
	Names Names
	// Commission is the short English name of the United Nations regional commission, "ECA"; empty for Global.
	Commission string
	// ReviewLead says in English who leads the region's review.
	ReviewLead string
}

// Name is the region's name.
func (r Region) Name(l i18n.Lang) string { return r.Names.In(l) }

// Country is a Member State or an observer State of the United Nations.
type Country struct {
	// ISO2 is the ISO 3166-1 alpha-2 code by which everything refers to it: "KE".
	ISO2  string `db:"iso2"`
	ISO3  string `db:"iso3"`
	M49   string `db:"m49"`
	Names Names
	// Observer is true for the two observer States.
	Observer bool
	// Continent and Subregion are the English names of the M49 region and sub-region.
	Continent, Subregion string
	// Commissions are the regional commissions of which it is a member: "ECA".
	Commissions []string
	// Region is the one region in which it is counted where every State counts once. It is derived, not official.
	Region string
	// ReviewRegions are all regions in which it counts; twenty States have two. Membership of several commissions does not
	// always make a State count in several regions: France counts in Europe and North America only.
	ReviewRegions []string
	// LDC, LLDC and SIDS say that it is a least developed country, a landlocked developing country, a small island
	// developing State.
	LDC  bool `db:"ldc"`
	LLDC bool `db:"lldc"`
	SIDS bool `db:"sids"`
	// X and Y are its point on the world map, in units of the map's view box.
	X, Y float64
}

// Name is the official short name.
func (c Country) Name(l i18n.Lang) string { return c.Names.In(l) }

// Champion is a State's entry in the list of Champion countries.
type Champion struct {
	// Country is the ISO 3166-1 alpha-2 code.
	Country string `db:"iso2"`
	// Confirmed entries are counted and shown; the others are in doubt.
	Confirmed bool
	// Since is when it joined, as exactly as it is known: "2021", "2021-05"; empty if it is not known.
	Since string
}

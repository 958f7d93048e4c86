// Package conceptnote is the notes for the Migration MPTF (spec page fund.md): who may file one, its form, and its way to the
// fund desk. It knows nothing of other areas; what it needs of them comes with Options.
package conceptnote

import (
	"regexp"
	"slices"
	"strings"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
)

// KindName is the kind of submission, and the start of all keys of texts.
const KindName = "concept_note"

// FilingCategory is the category of the offices that may file a note: United Nations entities, Resident Coordinators' offices
// among them (fund.md: joint programmes of United Nations organizations).
const FilingCategory = "un_entity"

// The limits of what may be written; fund.md names none.
const (
	// LongTitle is a length above which a hint says that the title is long.
	LongTitle = 150
	// MaxMonths is the longest duration that is believed to be no slip of the pen.
	MaxMonths = 120
	// MaxOrganizations, MaxPartners and MaxRisks bound the rows.
	MaxOrganizations, MaxPartners, MaxRisks = 20, 30, 30
	// MaxFiles is how many documents may be attached.
	MaxFiles = 10
	// Principles is how many guiding principles the Global Compact has.
	Principles = 10
)

// Scope says whether a note is about one country or several, and how these belong together.
type Scope string

// The scopes.
const (
	National     Scope = "national"
	CrossBorder  Scope = "cross_border"
	MultiCountry Scope = "multi_country"
	SubRegional  Scope = "sub_regional"
)

// Scopes lists them in the order of the form.
var Scopes = []Scope{National, CrossBorder, MultiCountry, SubRegional}

// Way is how a note comes to the fund (fund.md: by the Resident Coordinator, or the other way with its reason).
type Way string

// The ways.
const (
	ByCoordinator Way = "coordinator"
	OtherWay      Way = "other"
)

// Ways lists them in the order of the form.
var Ways = []Way{ByCoordinator, OtherWay}

// Role is what an organization of the United Nations does in a joint programme.
type Role string

// The roles: one organization convenes, the others participate.
const (
	Convening     Role = "convening"
	Participating Role = "participating"
)

// Roles lists them in the order of the form.
var Roles = []Role{Convening, Participating}

// Level says of what a government partner governs.
type Level string

// The levels.
const (
	NationalGovernment Level = "national"
	RegionalGovernment Level = "regional"
	LocalGovernment    Level = "local"
)

// Levels lists them in the order of the form.
var Levels = []Level{NationalGovernment, RegionalGovernment, LocalGovernment}

// Marker is a marker of the fund, by the name of its question.
type Marker string

// The markers.
const (
	RightsMarker Marker = "rights"
	GenderMarker Marker = "gender"
	ChildMarker  Marker = "child"
)

// Markers lists them in the order of the form.
var Markers = []Marker{RightsMarker, GenderMarker, ChildMarker}

// Months reads a duration in whole months from 1 to MaxMonths, as people write numbers.
func Months(typed string) (int, bool) {
	plain, ok := form.ParseNumber(typed)
	if !ok || len(plain) > 3 {
		return 0, false
	}
	n := 0
	for _, digit := range plain {
		if digit < '0' || digit > '9' {
			return 0, false
		}
		n = n*10 + int(digit-'0')
	}
	return n, n >= 1 && n <= MaxMonths
}

// target is the number of a target of the Sustainable Development Goals: "8.8", "17.c".
var target = regexp.MustCompile(`^([1-9]|1[0-7])\.([1-9]|1[0-9]|[a-d])$`)

// Targets reads the targets of the Sustainable Development Goals from a line; wrong is the first word that is none, "" if all
// are.
func Targets(line string) (targets []string, wrong string) {
	line = i18n.Digits(strings.NewReplacer("،", ",", "、", ",", "，", ",", "٫", ".").Replace(line))
	for _, word := range strings.FieldsFunc(line, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\t' || r == '\u00a0' }) {
		word = strings.ToLower(word)
		if !target.MatchString(word) {
			return targets, word
		}
		if !slices.Contains(targets, word) {
			targets = append(targets, word)
		}
	}
	return targets, ""
}

// countriesOf are the States among the codes, each once, in their order.
func countriesOf(codes []string, v *gcm.Vocabulary) []string {
	var all []string
	for _, code := range codes {
		if _, ok := v.Country(code); ok && !slices.Contains(all, code) {
			all = append(all, code)
		}
	}
	return all
}

func names[T ~string](values []T) []string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = string(v)
	}
	return all
}

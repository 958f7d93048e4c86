package practice

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/internal/search"
)

// The reuse ledger: anyone with an account records that a practice was reused, its office confirms or refuses, and what is
// confirmed is public (practices.md, Public).

// ReuseState says how far a recorded reuse is.
type ReuseState string

// The states of a reuse.
const (
	ReuseWaiting   ReuseState = "waiting" // for the practice's office
	ReuseConfirmed ReuseState = "confirmed"
	ReuseRefused   ReuseState = "refused" // by the office, with a reason
	ReuseRemoved   ReuseState = "removed" // by the hub desk, with a reason
)

// ReuseStates lists the states.
var ReuseStates = []ReuseState{ReuseWaiting, ReuseConfirmed, ReuseRefused, ReuseRemoved}

// Limits of a reuse, in characters as a person counts them.
const (
	MaxOrganization, MaxChanged, MaxLink = 200, 2000, 1000
)

// Reuse is a recorded reuse of a practice. Who has recorded it is no part of it.
type Reuse struct {
	ID                    int64
	Organization, Country string // the country as ISO 3166-1 alpha-2
	Year                  int
	// Changed is what was changed, in the language Lang.
	Changed, Lang, Link string
	State               ReuseState
	// Reason is why it was refused or taken down.
	Reason    string
	CreatedAt time.Time
	DecidedAt *time.Time
}

// NewReuse is what somebody types to record a reuse.
type NewReuse struct{ Organization, Country, Year, Changed, Lang, Link string }

// read makes a reuse of what was typed, or says what is wrong with it; p is the practice, which others than its own
// organizations have reused since it began.
func (n NewReuse) read(p Practice, office string, v *gcm.Vocabulary, thisYear int) (Reuse, error) {
	clean := func(s string) string { return strings.TrimSpace(form.Clean(s)) }
	line := func(s string) string { return strings.Join(strings.Fields(clean(s)), " ") }
	r := Reuse{Organization: line(n.Organization), Country: n.Country, Changed: clean(n.Changed), Lang: n.Lang, Link: line(n.Link), State: ReuseWaiting}
	var wrong []form.Wrong
	add := func(name, key string, args ...any) {
		wrong = append(wrong, form.Wrong{Name: name, Key: "practice.reuse.wrong." + key, Args: args})
	}
	own := []string{p.Implementer, office}
	for _, partner := range p.Partners {
		own = append(own, partner.Name)
	}
	folded := search.Fold(r.Organization)
	switch length := form.Length(r.Organization); {
	case strings.TrimSpace(folded) == "":
		add("organization", "organization")
	case length > MaxOrganization:
		add("organization", "long", MaxOrganization, length)
	case slices.ContainsFunc(own, func(name string) bool { return search.Fold(name) == folded }):
		add("organization", "own")
	}
	if _, ok := v.Country(r.Country); !ok {
		add("country", "country")
	}
	first := max(FirstYear, p.Started.Year())
	year, err := strconv.Atoi(i18n.Digits(strings.TrimSpace(n.Year)))
	if err != nil || year < first || year > thisYear {
		add("year", "year", strconv.Itoa(first), strconv.Itoa(thisYear))
	}
	r.Year = year
	switch length := form.Length(r.Changed); {
	case length == 0:
		add("changed", "changed")
	case length > MaxChanged:
		add("changed", "long", MaxChanged, length)
	}
	if !knownLang(r.Lang) {
		add("language", "language")
	}
	if r.Link != "" && (!form.ValidURL(r.Link) || form.Length(r.Link) > MaxLink) {
		add("link", "link")
	}
	return r, problem.Invalid(wrong...)
}

// Package expert is the public profiles that people make of themselves, so that others find whom to ask: by objective,
// language and region (practices.md, Experts).
//
// A profile is its person's alone until they agree to its publication, and again as soon as they take that back. No page,
// file or mail to others has their address: members write through the portal, and the answer goes to the member who wrote.
// What reviewers are interested in is no part of this (package peer): the two never meet.
//
// Profiles are published at once, and the hub desk hides what does not belong here. A check beforehand would keep out little
// that proven addresses, accepted terms and the bounds below do not, and would let a change of office or a correction wait
// for days.
package expert

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/problem"
)

// State says who may see a profile.
type State string

// The states.
const (
	Private State = "private" // its person
	Public  State = "public"  // everybody
	Hidden  State = "hidden"  // its person and the hub desk, which has hidden it
)

// States lists them.
var States = []State{Private, Public, Hidden}

// The bounds of a profile, in characters, and of a message to an expert.
const (
	MaxName, MaxOrganization, MaxText, MaxLink, MaxAlt = 120, 200, 1200, 300, 200
	MaxLinks                                           = 3
	MinMessage, MaxMessage                             = 20, 3000
	MaxReason                                          = 500
)

// Profile is what a person says of themself.
type Profile struct {
	ID     int64
	UserID int64
	State  State
	// Version is 0 while there is none.
	Version      int
	Name         string
	Organization string
	// Lang is the language of Text.
	Lang       string
	Text       string
	Objectives []int
	Languages  []string // that the person speaks
	Regions    []string // and Countries, of experience
	Countries  []string
	Links      []string
	// Indexed lets search engines list the page.
	Indexed bool
	// Picture is the key of the picture, "" for none; PictureAlt are its words.
	Picture                     string
	PictureAlt                  string
	PictureWidth, PictureHeight int
	ChangedAt                   time.Time
	// ConsentedAt is when the person last agreed to the publication, nil for never or no longer.
	ConsentedAt  *time.Time
	HiddenReason string
}

// address is what looks like an e-mail address.
var address = regexp.MustCompile(`[^\s@]+[@＠][^\s@]+\.[^\s@]+`)

// Check says what is wrong with a profile; one that stays private may be incomplete.
func (p Profile) Check(public bool) []problem.Field {
	var wrong []problem.Field
	add := func(name, key string, args ...any) {
		wrong = append(wrong, problem.Field{Name: name, Key: "expert.wrong." + key, Args: args})
	}
	line := func(name, value string, most int) {
		switch n := form.Length(value); {
		case n > most:
			add(name, "long", most, n)
		case address.MatchString(value):
			add(name, "address")
		}
	}
	if p.Name == "" {
		add("name", "name")
	}
	line("name", p.Name, MaxName)
	line("organization", p.Organization, MaxOrganization)
	if !i18n.Lang(p.Lang).Known() {
		add("lang", "lang")
	}
	if public && p.Text == "" {
		add("text", "text")
	}
	line("text", p.Text, MaxText)
	if public && len(p.Objectives) == 0 {
		add("objectives", "objectives")
	}
	if public && len(p.Languages) == 0 {
		add("languages", "languages")
	}
	if public && len(p.Regions)+len(p.Countries) == 0 {
		add("regions", "regions")
	}
	for i, link := range p.Links {
		name := "link" + strconv.Itoa(i+1)
		switch n := form.Length(link); {
		case n > MaxLink:
			add(name, "long", MaxLink, n)
		case link != "" && (!form.ValidURL(link) || strings.ContainsAny(link, "@ \t\n")):
			add(name, "link")
		}
	}
	return wrong
}

// fit takes out of a profile what cannot be kept, and what the vocabulary does not know.
func (p Profile) fit(v *gcm.Vocabulary) Profile {
	p.Name, p.Organization, p.Text = oneLine(p.Name), oneLine(p.Organization), strings.TrimSpace(form.Clean(p.Text))
	p.Objectives = chosen(p.Objectives, func(n int) bool { _, ok := v.Objective(n); return ok })
	p.Languages = chosen(p.Languages, func(l string) bool { return i18n.Lang(l).Known() })
	p.Regions = chosen(p.Regions, func(id string) bool { _, ok := v.Region(id); return ok })
	p.Countries = chosen(p.Countries, func(code string) bool { _, ok := v.Country(code); return ok })
	links := make([]string, 0, MaxLinks)
	for _, link := range p.Links {
		links = append(links, oneLine(link))
	}
	p.Links = links
	return p
}

// chosen are the values that are known, each once and in order.
func chosen[T int | string](values []T, known func(T) bool) []T {
	all := []T{}
	for _, v := range values {
		if known(v) {
			all = append(all, v)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func oneLine(s string) string { return strings.Join(strings.Fields(form.Clean(s)), " ") }

// shownLinks are the links without the blanks between them.
func (p Profile) shownLinks() []string {
	return slices.DeleteFunc(slices.Clone(p.Links), func(link string) bool { return link == "" })
}

// allRegions are the regions of experience, with those of the countries.
func (p Profile) allRegions(v *gcm.Vocabulary) []string {
	return chosen(append(slices.Clone(p.Regions), v.RegionsOf(p.Countries)...), func(string) bool { return true })
}

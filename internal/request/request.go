// Package request is what offices ask of the Network (spec page requests.md): GCM Talks, guidance, support to country teams,
// capacity building, drafting, promotion, partnership, visual assets and support with pledges. It is one mechanism: a row of
// Kinds a kind, each with its own form and desk; clocks, messages, letters and decisions are those of every submission.
package request

import (
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/workflow"
)

// The kinds, as they are kept in submissions.kind. They start the keys of their texts.
const (
	Talk          = "talk"
	Guidance      = "guidance"
	Support       = "support"
	Capacity      = "capacity"
	Statement     = "statement"
	Social        = "social"
	Partnership   = "partnership"
	Asset         = "asset"
	PledgeSupport = "pledge_support"
)

// The limits of what may be written; requests.md names none.
const (
	MaxTitle, LongTitle   = 300, 120
	MaxPart, MaxShort     = 3000, 1000
	MaxName, MaxEmail     = 200, 254
	MaxFiles, MaxImages   = 5, 4
	MaxPartners, MaxDates = 20, 6
)

// Kind is a row of requests.md's table.
type Kind struct {
	Name string
	Desk identity.Desk
	// Categories are those of the offices that may ask; nil is every office.
	Categories []string
	// OfPledge says that it is about a published pledge of the office.
	OfPledge bool
	// Shown says that one that was accepted can be shown on the pages of its country or region (showField).
	Shown bool
	steps func(s *Service) []form.Step
}

// unEntity is the category of the offices of country teams and Resident Coordinators.
const unEntity = "un_entity"

// Kinds are all kinds that an office can ask for, in the order in which they are offered.
var Kinds = []Kind{
	{Name: Talk, Desk: identity.NetworkDesk, steps: (*Service).talkSteps},
	{Name: Guidance, Desk: identity.NetworkDesk, Shown: true, steps: guidanceSteps},
	{Name: Support, Desk: identity.NetworkDesk, Categories: []string{unEntity}, Shown: true, steps: supportSteps},
	{Name: Capacity, Desk: identity.NetworkDesk, Shown: true, steps: capacitySteps},
	{Name: Statement, Desk: identity.CommunicationsDesk, steps: statementSteps},
	{Name: Social, Desk: identity.CommunicationsDesk, steps: socialSteps},
	{Name: Partnership, Desk: identity.NetworkDesk, steps: partnershipSteps},
	{Name: Asset, Desk: identity.CommunicationsDesk, steps: assetSteps},
	{Name: PledgeSupport, Desk: identity.PledgesDesk, OfPledge: true, Shown: true, steps: pledgeSteps},
}

// KindOf returns the kind of the name.
func KindOf(name string) (Kind, bool) {
	for _, k := range Kinds {
		if k.Name == name {
			return k, true
		}
	}
	return Kind{}, false
}

// Words is how the desk's acts on requests are called (workflow.Kind.Words).
const Words = "request"

// kind is what the machine of submissions knows of a row.
func (s *Service) kind(k Kind) *workflow.Kind {
	kind := &workflow.Kind{
		Name: k.Name, Plan: workflow.Entered, Words: Words, Desk: k.Desk, Form: &form.Definition{Kind: k.Name, Steps: k.steps(s)}, Lang: langOf,
		Objectives: func(a form.Answers) []int { return a.Ints("objectives") },
	}
	switch {
	case k.Name == Talk:
		kind.Approved, kind.TakeDown = s.accepted, s.withdraw
	case k.Shown:
		kind.Approved, kind.TakeDown = s.show, s.hide
	case k.Name == Contact:
		kind.Plan, kind.Words = workflow.Corresponding, Contact
	}
	if !k.OfPledge {
		kind.Title = func(a form.Answers) string { return a.First("title") }
	}
	return kind
}

func langOf(a form.Answers, fallback string) string {
	if lang := a.First("language"); knownLang(lang) {
		return lang
	}
	return fallback
}

// Package signoff is the sign-off chain of concept notes (fund.md, Sign-off chain): who signs one, in what order and with what
// quorum; what each signature covers; and what becomes of it when the text changes. It knows submissions and the kind of
// concept notes, and no other area; what it needs of them comes with Options.
//
// A signature covers all answers and documents of the note that the party can read, which is everything but the contact
// persons. Any change of these reopens it. Letters of the parties themselves are no part of the note.
package signoff

import (
	"slices"
	"time"

	"portal/internal/date"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// Party is what somebody signs as.
type Party string

// The parties.
const (
	Organizations Party = "organizations" // of the United Nations that take part, but for the office that files
	Governments   Party = "governments"   // government partners
	Coordinators  Party = "coordinators"  // the Resident Coordinators of the countries, each once
)

// Parties lists them in their usual order.
var Parties = []Party{Organizations, Governments, Coordinators}

// NoteType is the kind of note for which a chain is set.
type NoteType string

// The types of notes.
const (
	National NoteType = "national"
	Multi    NoteType = "multi" // of several countries, however they belong together
)

// NoteTypes lists them.
var NoteTypes = []NoteType{National, Multi}

// typeOf is the type of a note by its scope.
func typeOf(scope string) NoteType {
	if scope == "national" {
		return National
	}
	return Multi
}

// Station is one step of a chain: a party of which so many sign.
type Station struct {
	Party Party `json:"party"`
	// Quorum is how many must sign; 0 is all of them. Where fewer are named than it asks for, all of these.
	Quorum int `json:"quorum"`
}

// Chain is who signs a type of note, in order.
type Chain struct {
	NoteType NoteType
	Version  int
	Stations []Station
	SetAt    time.Time
	// SetBy is the name of who set it; "" is the portal as it came.
	SetBy string
}

// asks says whether the chain has a station of the party.
func (c Chain) asks(p Party) bool {
	return slices.ContainsFunc(c.Stations, func(s Station) bool { return s.Party == p })
}

// State is where a signature stands.
type State string

// The states of a signature.
const (
	New      State = "new"      // the party has been added since signatures were asked for last
	Waiting  State = "waiting"  // for the stations before it
	Asked    State = "asked"    // may sign now
	Signed   State = "signed"   // holds
	Reopened State = "reopened" // was given, and the text has changed since
	Declined State = "declined"
	Void     State = "void" // the note does not name the party any more
)

// States lists the states in the order of a story.
var States = []State{New, Waiting, Asked, Signed, Reopened, Declined, Void}

// Means is how somebody signs.
type Means string

// The means.
const (
	ByPortal Means = "portal" // with the post of the party's office
	ByLink   Means = "link"   // by a one-time link from a mail
	ByLetter Means = "letter" // with an official letter, which the office of the note uploads
)

// AllMeans lists them.
var AllMeans = []Means{ByPortal, ByLink, ByLetter}

const (
	// LinkLife is how long a link from a mail works.
	LinkLife = 60 * 24 * time.Hour
	// LateDays is after how many working days at the fund desk's duty station who has not signed is reminded, and MeetingDays
	// how many days before the last safe day of a meeting.
	LateDays, MeetingDays = 5, 7
	// LetterYears is how many years before the note was begun an official letter about it can have been signed.
	LetterYears = 1
	// RemindAgain is how long after it was written to a party may be reminded by hand.
	RemindAgain = 24 * time.Hour

	maxReason = 1000
	maxPerson = 200
	maxEmail  = 254
)

// Signature is what one party was asked to sign, and what came of it.
type Signature struct {
	ID           int64
	SubmissionID workflow.ID
	Party        Party
	// Key tells the parties of a note apart.
	Key     string
	Name    string
	Country string
	// OfficeID is the portal's office whose heads and contributors sign, OfficeName its name; 0 and "" for none.
	OfficeID   int64
	OfficeName string
	// ContactName and ContactEmail are of who signs by a link; private.
	ContactName, ContactEmail string
	State                     State
	// Covered are the digests of the steps that were signed.
	Covered    map[string]string
	AskedAt    *time.Time
	RemindedAt *time.Time
	// LateReminded says that it was reminded of the days without an answer, MeetingReminded of which last safe day.
	LateReminded    bool
	MeetingReminded *date.Date
	// ActedAt is when it was signed or declined, by Means. Signer and SignerPosition are the person's; "" once they are erased.
	ActedAt                *time.Time
	Means                  Means
	SignerID               int64
	Signer, SignerPosition string
	LetterID               int64
	LetterName             string
	LetterOn               *date.Date
	Reason                 string
	// Untold says that the party does not know yet that it was reopened, or is void.
	Untold bool
	// ChangedSteps are the steps that have changed since a reopened one was given, ChangedBy who has changed them.
	ChangedSteps []string
	ChangedBy    string
}

// Named says whether the note still names the party.
func (g Signature) Named() bool { return g.State != Void }

// fresh says whether nothing was ever asked of the party.
func (g Signature) fresh() bool { return g.State == New && g.AskedAt == nil && g.ActedAt == nil }

// gave says whether the party has signed, whatever has become of it.
func (g Signature) gave() bool {
	return g.ActedAt != nil && g.Reason == "" && (g.State == Signed || g.State == Reopened || g.State == Void)
}

// ByOffice says whether the party signs in the portal.
func (g Signature) ByOffice() bool { return g.OfficeID != 0 }

// Progress is where a station stands.
type Progress struct {
	Station
	Signatures []Signature
	// Given is how many have signed, Needed how many must.
	Given, Needed int
	// Open says that its parties may sign: the stations before it are complete.
	Open bool
}

// Complete says whether as many have signed as must.
func (p Progress) Complete() bool { return p.Given >= p.Needed }

// Missing are the parties that are named and have not signed, while the station is not complete.
func (p Progress) Missing() []Signature {
	var all []Signature
	for _, g := range p.Signatures {
		if g.Named() && g.State != Signed && !p.Complete() {
			all = append(all, g)
		}
	}
	return all
}

// progress puts the signatures into the stations of the chain. Those of a party that the chain does not ask are left out.
func (c Chain) progress(all []Signature) []Progress {
	stations, open := make([]Progress, len(c.Stations)), true
	for i, station := range c.Stations {
		p := Progress{Station: station, Open: open}
		named := 0
		for _, g := range all {
			if g.Party != station.Party {
				continue
			}
			p.Signatures = append(p.Signatures, g)
			if g.Named() {
				named++
			}
			if g.State == Signed {
				p.Given++
			}
		}
		p.Needed = named
		if station.Quorum > 0 {
			p.Needed = min(station.Quorum, named)
		}
		open = open && p.Complete()
		stations[i] = p
	}
	return stations
}

func complete(stations []Progress) bool {
	return !slices.ContainsFunc(stations, func(p Progress) bool { return !p.Complete() })
}

// paused says that the text has changed since signatures were asked for, so that nobody signs until they are asked for again.
func paused(stations []Progress) bool {
	return slices.ContainsFunc(stations, func(p Progress) bool {
		return slices.ContainsFunc(p.Signatures, func(g Signature) bool { return g.State == New || g.State == Reopened })
	})
}

// check returns what is wrong with the chain as somebody sets it.
func (c Chain) check() []problem.Field {
	if len(c.Stations) == 0 {
		return []problem.Field{{Name: "place.organizations", Key: "signoff.chain.wrong.none"}}
	}
	return nil
}

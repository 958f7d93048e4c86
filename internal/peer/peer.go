// Package peer is peer review: who reviews, rounds of reviews and their forms, the Network's rule, and the pages of
// reviewers and of the desk about them (spec page review.md, Peer review). It knows submissions and their kinds, but no
// kind in particular. What a reviewer may see goes by the wall, in the view submission_access.
package peer

import (
	"slices"
	"strconv"
	"time"

	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/workflow"
)

// State is how far a reviewer is with what they were asked for.
type State string

// The states of an assignment.
const (
	Asked     State = "asked"
	Accepted  State = "accepted"
	Submitted State = "submitted"
	Declined  State = "declined"
	Withdrawn State = "withdrawn" // by the desk, or since nothing is to be reviewed any more
	SetAside  State = "set_aside" // there is a conflict of interest
)

// States lists them.
var States = []State{Asked, Accepted, Submitted, Declined, Withdrawn, SetAside}

// Open says whether a review is still to come.
func (s State) Open() bool { return s == Asked || s == Accepted }

// Visibility says when reviewers of a round see each other's reviews.
type Visibility string

// The visibilities.
const (
	Never    Visibility = "never"
	AfterOwn Visibility = "after_own"
	Always   Visibility = "always"
)

// Visibilities lists them.
var Visibilities = []Visibility{Never, AfterOwn, Always}

// Shows says whether a reviewer sees the others' reviews now.
func (v Visibility) Shows(own State) bool { return v == Always || v == AfterOwn && own == Submitted }

// What can be redacted beside the questions of a form.
const (
	RedactAuthor = "@author"
	RedactOffice = "@office" // and its country
)

// Settings are what holds for the rounds of a kind that are opened from now on.
type Settings struct {
	Kind    string
	Enabled bool
	// Required says that the desk approves nothing of the kind before a round is whole, unless it says why.
	Required   bool
	Visibility Visibility
	Redacted   []string
	Days       int
	Rule
	Version int
}

// CriteriaSet is one version of the criteria of a kind.
type CriteriaSet struct {
	ID       int64
	Kind     string
	Version  int
	Criteria []Criterion
}

// Round is a round of reviews of one revision.
type Round struct {
	ID           int64
	SubmissionID workflow.ID
	Revision     int
	Number       int
	SetID        int64
	Visibility   Visibility
	Redacted     []string
	Rule
	DueOn      date.Date
	OpenedAt   time.Time
	OpenedBy   string
	CompleteAt *time.Time
	Lacks      string
	ClosedAt   *time.Time
	Version    int
}

// Open says whether reviews are still taken.
func (r Round) Open() bool { return r.ClosedAt == nil }

// Profile is what a reviewer says of themself.
type Profile struct {
	UserID     int64
	Name       string
	Side       Side
	WorksFor   string
	Objectives []int
	Languages  []string
	Regions    []string
	Countries  []string
	Capacity   int
	Active     bool
	Version    int
}

// Review is what a reviewer writes.
type Review struct {
	AssignmentID   int64
	Version        int
	Scores         Scores
	ToSubmitter    string
	ToStaff        string
	Recommendation Recommendation
	Page           string
	Quiet          bool
	SavedAt        time.Time
	SubmittedAt    *time.Time
}

// same says whether two reviews say the same.
func (r Review) same(o Review) bool {
	if r.ToSubmitter != o.ToSubmitter || r.ToStaff != o.ToStaff || r.Recommendation != o.Recommendation || len(r.Scores) != len(o.Scores) {
		return false
	}
	for n, s := range r.Scores {
		if o.Scores[n] != s {
			return false
		}
	}
	return true
}

// The reminders of a reviewer, in days after the due date: the first comes before it.
var reminderDays = []int{-5, 1, 8}

// Reminder returns how many reminders should have been sent by the day, for a review due on due.
func Reminder(due, today date.Date) int {
	n := 0
	for _, days := range reminderDays {
		if !today.Before(due.AddDays(days)) {
			n++
		}
	}
	return n
}

// MaxText is the longest text of a review, in characters as a person counts them.
const MaxText = 10_000

// Redact takes out of the answers what reviewers of the round must not see, and what is private anyway; hidden are the
// questions that were answered and redacted.
func Redact(d *form.Definition, a form.Answers, redacted []string) (shown form.Answers, hidden []form.Field) {
	shown = d.Public(a)
	for _, s := range d.Steps {
		for _, f := range s.Fields {
			if !slices.Contains(redacted, f.ID) {
				continue
			}
			took := f.Type == form.Files
			for name := range shown.Of(f) {
				delete(shown, name)
				took = true
			}
			if took && !f.Private {
				hidden = append(hidden, f)
			}
		}
	}
	return shown, hidden
}

// ObjectivesOf are the objectives that answers name, in the order of the form.
func ObjectivesOf(d *form.Definition, a form.Answers) []int {
	var all []int
	for _, s := range d.Steps {
		for _, f := range s.Fields {
			if f.Type == form.Objectives {
				all = append(all, a.Ints(f.ID)...)
			}
		}
	}
	return all
}

// Path is the page of one assignment, for its reviewer, without the language.
func Path(assignment int64) string { return HomePath + "/" + strconv.FormatInt(assignment, 10) }

// The pages of this package, without the language.
const (
	HomePath      = "/reviews"
	ProfilePath   = "/reviews/profile"
	ReviewersPath = "/desk/reviewers"
	SettingsPath  = "/desk/settings/review"
)

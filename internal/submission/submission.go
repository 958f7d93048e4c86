// Package submission is the owner's side of every kind of submission: an office's drafts, the task list and the steps of
// a form, check-your-answers, sending in, and what becomes of it afterwards. It knows submissions and their kinds
// (workflow.Kinds), but no kind in particular; the desk's side of the same submissions is another area's.
//
// Nothing typed is lost (README rule 1): a step is saved whatever was typed into it, each step has a version of its own,
// and what cannot be saved is shown again.
package submission

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"portal/internal/attachment"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/workflow"
)

// The ways in which sending in can turn out otherwise than planned, beside those of problem.
var (
	// ErrSentAlready says that this revision has been sent in before: by the second click of a double click, by a
	// colleague, or from a page that the back button brought up again. Nothing was done, and nothing is wrong.
	ErrSentAlready = errors.New("sent already")
	// ErrChanged says that an answer or a file has changed since the person read what they are sending in.
	ErrChanged = errors.New("changed since it was read")
	// ErrHeadsOnly says that in this office only heads send in.
	ErrHeadsOnly = errors.New("only heads of the office send in")
)

// Case is one submission as the people of its office see it.
type Case struct {
	workflow.Submission
	Kind *workflow.Kind
	// Text is what was answered in the open revision, or in the last one when none is open.
	Text    workflow.Text
	Answers form.Answers
	// Files are the documents of the same revision, the oldest first.
	Files []attachment.Attachment
	// Asked is what the desk asked to be changed, in the order of the form; nothing unless it waits for that.
	Asked []Asked
	// Problems is all that stands between the text and sending it in: what is missing or wrong, and what holds it (Kind.Held).
	Problems []form.Wrong
	// Proposal are other wordings that the desk proposes and that wait for the office's answer; nil for none.
	Proposal *workflow.Proposal
	// Clocks is what is set for its desk, by which its clock is counted.
	Clocks workflow.DeskSettings
	// Says is what the kind says to those who send it in (Options.Says); "" for nothing. It is among what they read.
	Says string
	// GuestUntil is the last day of the person's own invitation; zero for the office's people.
	GuestUntil date.Date
}

// Asked is a change that the desk asked for at one question.
type Asked struct {
	Field form.Field
	Step  form.Step
	Body  string
	// Changed says that the answer is not what it was when the desk asked.
	Changed bool
}

// Story is what happened to a submission, as its office may know it.
type Story struct {
	Events []workflow.Event
	// Notes are the letters between office and desk, the oldest first.
	Notes []workflow.Note
}

// Letter returns what the desk wrote with its last decision, or "".
func (s Story) Letter() string {
	for _, e := range slices.Backward(s.Events) {
		switch e.Action {
		case workflow.RequestChanges, workflow.Decline, workflow.Archive, workflow.Approve, workflow.Publish:
			return e.Note
		case workflow.Submit, workflow.Revise:
			return ""
		}
	}
	return ""
}

// SectionState says how far a section of the form is, as the task list shows it.
type SectionState string

// The states of a section.
const (
	Optional   SectionState = "optional"    // not opened yet, and nothing in it must be answered
	NotStarted SectionState = "not_started" // not opened yet
	InProgress SectionState = "in_progress" // something is missing or cannot be right
	Completed  SectionState = "completed"   // opened, and nothing stands in the way
)

// Section is a step of the form as the task list shows it.
type Section struct {
	Step  form.Step
	State SectionState
	// Wrong is how many answers cannot be right, Missing how many are still to be given, Asked how many changes of the
	// desk are still to be made.
	Wrong, Missing, Asked int
	// SavedAt and Saver say when the section was last saved and by whom; zero and "" when never.
	SavedAt time.Time
	Saver   string
}

// Sections returns the steps that apply, in the order of the form.
func (c Case) Sections(env form.Env) []Section {
	var sections []Section
	for _, step := range c.Kind.Form.AskedSteps(c.Answers) {
		saved, opened := c.Text.Steps[step.ID]
		s := Section{
			Step: step, SavedAt: saved.SavedAt, Saver: saved.Saver,
			Wrong:   len(c.Kind.Form.Wrong(step, c.Answers, env)),
			Missing: len(c.Kind.Form.Missing(step, c.Answers)),
		}
		for _, a := range c.Asked {
			if a.Step.ID == step.ID && !a.Changed {
				s.Asked++
			}
		}
		for _, f := range step.Fields {
			opened = opened || f.Uploads() && len(c.FilesOf(f.ID)) > 0
		}
		switch {
		case s.Wrong+s.Missing > 0 && opened:
			s.State = InProgress
		case s.Wrong+s.Missing > 0:
			s.State = NotStarted
		case opened:
			s.State = Completed
		default:
			s.State = Optional
		}
		sections = append(sections, s)
	}
	return sections
}

// FilesOf returns the documents of one question.
func (c Case) FilesOf(field string) []attachment.Attachment {
	var files []attachment.Attachment
	for _, f := range c.Files {
		if f.Field == field {
			files = append(files, f)
		}
	}
	return files
}

// AskedAt returns what the desk asked to be changed, by question.
func (c Case) AskedAt() map[string][]string {
	asked := map[string][]string{}
	for _, a := range c.Asked {
		asked[a.Field.ID] = append(asked[a.Field.ID], a.Body)
	}
	return asked
}

// AsRead is a fingerprint of all that would be sent in. The page to check carries it, so that nobody sends in what a
// colleague has changed since.
func (c Case) AsRead() string {
	var parts []string
	for _, s := range c.Text.Steps {
		parts = append(parts, s.Step+":"+strconv.Itoa(s.Version))
	}
	for _, f := range c.Files {
		parts = append(parts, "file:"+strconv.FormatInt(f.ID, 10))
	}
	if c.Says != "" {
		parts = append(parts, "says:"+c.Says)
	}
	slices.Sort(parts)
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s", c.Revision, strings.Join(parts, " ")))
	return hex.EncodeToString(sum[:8])
}

// Actions are the steps of the plan that the person may take now.
func (c Case) Actions() []workflow.Action {
	var may []workflow.Action
	for _, step := range c.Kind.Plan.From(c.State, c.Published(), workflow.ByOwner) {
		if c.MayTake(step) {
			may = append(may, step.Action)
		}
	}
	return may
}

// May says whether the person may take the step now.
func (c Case) May(action workflow.Action) bool { return slices.Contains(c.Actions(), action) }

// IsViewer says whether the person may read it only, and perhaps comment on it.
func (c Case) IsViewer() bool {
	return c.Role == string(identity.Viewer) || c.Role == workflow.Commenter || c.Role == workflow.Guest || c.Role == workflow.Author
}

// HeadsOnlyForMe says whether the person would send it in, were that not for heads only.
func (c Case) HeadsOnlyForMe() bool {
	return c.HeadsOnly && c.Role == string(identity.Contributor)
}

// MayReply says whether the person may write to the desk: heads and contributors of the office do, once somebody there
// knows the submission, and while it is not over.
func (c Case) MayReply() bool {
	return (c.Role == string(identity.Head) || c.Role == string(identity.Contributor)) && c.SubmittedRevision != nil && c.State != workflow.Withdrawn && c.State != workflow.Archived && c.State != workflow.PutAway
}

// Sent says whether the open or last revision has been handed in.
func (c Case) Sent() bool {
	return c.SubmittedRevision != nil && *c.SubmittedRevision == c.Revision && !c.State.Writable()
}

// Recorded says whether it is public for good: its plan knows no next version.
func (c Case) Recorded() bool {
	_, revisable := c.Kind.Plan.Find(workflow.Revise, workflow.Published, true)
	return c.State == workflow.Published && !revisable
}

// Reference is how the office names a submission towards the desk: its public ID once it has one, else its number.
func (c Case) Reference() string { return reference(c.Submission) }

func reference(s workflow.Submission) string {
	if s.PublicID != nil {
		return *s.PublicID
	}
	return strconv.FormatInt(s.ID, 10)
}

// dayOf is the day of an instant in Geneva.
func dayOf(t time.Time) date.Date { return date.Today(t, i18n.Geneva) }

// clean makes a message fit to be kept, without the space around it.
func clean(s string) string { return strings.TrimSpace(form.Clean(s)) }

package pledge

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"portal/internal/form"
	"portal/internal/workflow"
)

// PartnerState is what a partner has answered to the question whether they take part.
type PartnerState string

// The states of a partner.
const (
	// PartnerWaiting has not been asked yet: nobody at the secretariat vouches for the office that names them.
	PartnerWaiting   PartnerState = "waiting"
	PartnerAsked     PartnerState = "asked"
	PartnerConfirmed PartnerState = "confirmed"
	PartnerAmended   PartnerState = "amended" // takes part, in their own words
	PartnerDeclined  PartnerState = "declined"
	PartnerWithdrawn PartnerState = "withdrawn" // took part, and does no longer
)

// PartnerStates lists the states in the order of a story.
var PartnerStates = []PartnerState{PartnerWaiting, PartnerAsked, PartnerConfirmed, PartnerAmended, PartnerDeclined, PartnerWithdrawn}

// Takes says whether the partner takes part, by their own hand.
func (s PartnerState) Takes() bool { return s == PartnerConfirmed || s == PartnerAmended }

// Left says that the partner does not take part: nobody is told their name.
func (s PartnerState) Left() bool { return s == PartnerDeclined || s == PartnerWithdrawn }

// The times of a question to a partner (pledges.md, II a).
const (
	// PartnerAnswers is how long the links of a question work.
	PartnerAnswers = 60 * 24 * time.Hour
	// PartnerReminded is after how long a partner who has not answered is reminded, and PartnerLast how long before the end
	// for the second and last time.
	PartnerReminded = 14 * 24 * time.Hour
	PartnerLast     = 7 * 24 * time.Hour
)

// maxPart, maxReason and maxPerson bound what a partner writes, in characters as a person counts them.
const (
	maxPart   = 1000
	maxReason = 1000
	maxPerson = 200
)

// named is a partner as a row of the form names them.
type named struct{ name, country, part, email string }

// key tells questions apart: who takes part in what, asked at which address.
func (n named) key() string {
	sum := sha256.Sum256([]byte(strings.Join([]string{n.name, n.country, n.part, strings.ToLower(n.email)}, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// namedIn are the partners whom the answers name, as Read reads them; none when the type has no partners.
func namedIn(a form.Answers) []named {
	if !a.Has("type", string(Common)) && !a.Has("type", string(InPartnership)) {
		return nil
	}
	var all []named
	for n := range a.Rows("partners") {
		row := a.Row("partners", n)
		if name := row.First("name"); name != "" {
			all = append(all, named{name, row.First("country"), row.First("part"), row.First("email")})
		}
	}
	return all
}

// asked is a question to a partner, with its answer.
type asked struct {
	ID            int64
	SubmissionID  workflow.ID
	Key           string
	Name          string
	Country       string
	Part          string
	Email         string
	SinceRevision int
	UntilRevision *int
	State         PartnerState
	OwnPart       string
	AskedAt       *time.Time
	ExpiresAt     *time.Time
	Reminders     int
	RemindedAt    *time.Time
	AnsweredAt    *time.Time
	AnsweredBy    string
	// AnsweredPosition and Reason are private like AnsweredBy: for the office and the desk.
	AnsweredPosition string
	Reason           string
}

// in says whether the revision has the question.
func (q asked) in(revision int) bool {
	return q.SinceRevision <= revision && (q.UntilRevision == nil || revision < *q.UntilRevision)
}

// is says whether the question is about the partner as a row names them; the address does not count, since the public
// answers have none.
func (q asked) is(n named) bool {
	return q.Name == n.name && q.Country == n.country && q.Part == n.part
}

// matters says whether an answer still changes something: the last revision handed in has the question, or the one that
// is before the public.
func (q asked) matters(s workflow.Submission) bool {
	return q.UntilRevision == nil || s.PublishedRevision != nil && q.in(*s.PublishedRevision)
}

// over says that a submission has ended, so that nobody is asked any more. What is put away before the public has seen any
// of it has; a revision that is put away leaves what was published before it, and its partners, as they are. dueQuestions
// says the same in SQL.
func over(s workflow.Submission) bool {
	switch s.State {
	case workflow.Withdrawn, workflow.Declined, workflow.Archived, workflow.Erased:
		return true
	case workflow.PutAway:
		return !s.Published()
	}
	return false
}

// part is what the public reads as the partner's part.
func (q asked) part() string {
	if q.State == PartnerAmended {
		return q.OwnPart
	}
	return q.Part
}

// answered puts the partners' answers into the public answers of a revision: who does not take part is not named, and an
// amended part is in the partner's words. states are those of the partners that are left, in their order; a partner
// without a question is PartnerWaiting.
func answered(content form.Answers, revision int, questions []asked) (_ form.Answers, states []PartnerState) {
	rows := namedIn(content)
	if len(rows) == 0 {
		return content, nil
	}
	shown := form.Answers{}
	for name, values := range content {
		if !strings.HasPrefix(name, "partners.") {
			shown[name] = values
		}
	}
	for _, row := range rows {
		state := PartnerWaiting
		for _, q := range slices.Backward(questions) { // the last one asked, if the address has changed
			if q.in(revision) && q.is(row) {
				state, row.part = q.State, q.part()
				break
			}
		}
		if state.Left() {
			continue
		}
		for field, value := range map[string]string{"name": row.name, "country": row.country, "part": row.part} {
			if value != "" {
				shown[form.RowName("partners", len(states), field)] = []string{value}
			}
		}
		states = append(states, state)
	}
	return shown, states
}

// withStates gives the partners of a pledge, read from what answered has returned, their states.
func (p *Pledge) withStates(states []PartnerState) {
	for i := range p.Partners {
		if i < len(states) {
			p.Partners[i].Confirmed, p.Partners[i].Amended = states[i].Takes(), states[i] == PartnerAmended
		}
	}
}

// PartnerAnswer is what a partner answers.
type PartnerAnswer struct {
	// Choice is "confirm", "amend" or "decline".
	Choice string
	// Part is theirs in their own words, when they amend it.
	Part string
	// Reason is why they decline; it may be "".
	Reason string
	// Name and Position are the person's who answers.
	Name, Position string
}

// The choices of a partner.
const (
	choiceConfirm = "confirm"
	choiceAmend   = "amend"
	choiceDecline = "decline"
)

// check returns what is wrong with the answer to the question.
func (a PartnerAnswer) check(q asked) []form.Wrong {
	var wrong []form.Wrong
	add := func(name, key string, args ...any) {
		wrong = append(wrong, form.Wrong{Name: name, Key: key, Args: args})
	}
	switch a.Choice {
	case choiceConfirm, choiceDecline:
	case choiceAmend:
		switch n := form.Length(a.Part); {
		case n == 0:
			add("part", "pledge.partner.wrong.part.blank")
		case n > maxPart:
			add("part", "pledge.partner.wrong.part.long", maxPart, n)
		case a.Part == q.Part:
			add("part", "pledge.partner.wrong.part.same")
		}
	default:
		add("answer", "pledge.partner.wrong.answer")
	}
	if n := form.Length(a.Reason); a.Choice == choiceDecline && n > maxReason {
		add("reason", "pledge.partner.wrong.reason.long", maxReason, n)
	}
	for _, text := range []struct{ name, value string }{{"name", a.Name}, {"position", a.Position}} {
		switch n := form.Length(text.value); {
		case n == 0:
			add(text.name, "pledge.partner.wrong."+text.name+".blank")
		case n > maxPerson:
			add(text.name, "pledge.partner.wrong."+text.name+".long", maxPerson, n)
		}
	}
	return wrong
}

// state is what the answer makes of the question.
func (a PartnerAnswer) state(q asked) PartnerState {
	switch {
	case a.Choice == choiceConfirm:
		return PartnerConfirmed
	case a.Choice == choiceAmend:
		return PartnerAmended
	case q.State.Takes() || q.State == PartnerWithdrawn:
		return PartnerWithdrawn
	}
	return PartnerDeclined
}

// fit makes typed text fit to be kept, without the space around it.
func fit(s string) string { return strings.TrimSpace(form.Clean(s)) }

package practice

import (
	"strings"
	"time"

	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/problem"
)

// A practice is a living record (practices.md, Public): its office vouches for it when it is published, and is asked once a
// year whether it is still true.

// LinkLasts is for how long the link of such a mail works; who has not answered by then is silent.
const LinkLasts = 90 * 24 * time.Hour

// MaxReason is the longest reason that the public reads, in characters as a person counts them.
const MaxReason = 1000

// Choice is an answer to the yearly question.
type Choice string

// The answers.
const (
	StillTrue Choice = "confirm"
	ToUpdate  Choice = "update" // opens the next revision for writing
	ToRetire  Choice = "retire" // takes the practice down, with a reason
)

// Choices lists the answers in the order of the page.
var Choices = []Choice{StillTrue, ToUpdate, ToRetire}

// AskedOn is the day since which the office is asked about a practice: the last anniversary of the day on which it vouched for
// it. In the first year it is the zero day.
func AskedOn(vouched, today date.Date) date.Date {
	years := today.Year() - vouched.Year()
	if today.Before(anniversary(vouched, years)) {
		years--
	}
	if years < 1 {
		return date.Date{}
	}
	return anniversary(vouched, years)
}

// anniversary is the day so many years on; of 29 February 28 February, where there is no other, as in SQL.
func anniversary(day date.Date, years int) date.Date {
	later := date.New(day.Year()+years, day.Month(), day.Day())
	if later.Day() != day.Day() {
		return later.AddDays(-later.Day())
	}
	return later
}

// Answer is what somebody answers to the yearly question.
type Answer struct {
	Choice Choice
	// Reason is why a practice is retired, in the language Lang; both "" for the other answers.
	Reason, Lang string
}

// read makes the answer fit to be stored, or says what is wrong with it.
func (a Answer) read() (Answer, error) {
	var wrong []form.Wrong
	reason := strings.TrimSpace(form.Clean(a.Reason))
	switch a.Choice {
	case StillTrue, ToUpdate:
		return Answer{Choice: a.Choice}, nil
	case ToRetire:
	default:
		return a, problem.Invalid(form.Wrong{Name: "answer", Key: "practice.living.wrong.answer"})
	}
	switch n := form.Length(reason); {
	case n == 0:
		wrong = append(wrong, form.Wrong{Name: "reason", Key: "practice.living.wrong.reason"})
	case n > MaxReason:
		wrong = append(wrong, form.Wrong{Name: "reason", Key: "practice.living.wrong.long", Args: []any{MaxReason, n}})
	}
	if !knownLang(a.Lang) {
		wrong = append(wrong, form.Wrong{Name: "language", Key: "practice.living.wrong.language"})
	}
	return Answer{a.Choice, reason, a.Lang}, problem.Invalid(wrong...)
}

package conceptnote

import (
	"net/url"
	"slices"
	"strconv"

	"portal/internal/form"
	"portal/internal/gcm"
)

// Question is one of the questions before a note is begun, by its name in the address.
type Question string

// The questions (fund.md, The form: eligibility first, one question a page).
const (
	Joint      Question = "joint"      // do two or more United Nations organizations file it together?
	Government Question = "government" // are more than one government entity partners?
	Countries  Question = "country"    // in which countries?
	Filing     Question = "way"        // does a Resident Coordinator's office file it?
	Duration   Question = "months"     // for how many months?
)

// Questions lists them in the order in which they are asked.
var Questions = []Question{Joint, Government, Countries, Filing, Duration}

// The answers to the questions that have fixed ones. Whoever files neither for a Resident Coordinator nor for countries
// without one cannot file.
const (
	Yes         = "yes"
	No          = "no"
	Coordinator = "coordinator" // we are the Resident Coordinator's office
	None        = "none"        // the countries have no Resident Coordinator
	Neither     = "neither"
)

// choices are the fixed answers to a question; nil for one that has none.
func (q Question) choices() []string {
	switch q {
	case Joint, Government:
		return []string{Yes, No}
	case Filing:
		return []string{Coordinator, None, Neither}
	}
	return nil
}

// Eligibility is what somebody has answered before they begin. It lives in the address.
type Eligibility struct {
	Joint, Government string
	Countries         []string
	Filing            string
	// Months is as typed, however wrong.
	Months string
}

// ReadEligibility takes the answers from an address. What is no answer to its question is left out, but for the months.
func ReadEligibility(q url.Values, v *gcm.Vocabulary) Eligibility {
	one := func(question Question) string {
		if answer := q.Get(string(question)); slices.Contains(question.choices(), answer) {
			return answer
		}
		return ""
	}
	return Eligibility{Joint: one(Joint), Government: one(Government), Countries: countriesOf(q[string(Countries)], v), Filing: one(Filing), Months: q.Get(string(Duration))}
}

// Values are the answers as they stand in an address.
func (e Eligibility) Values() url.Values {
	q := url.Values{}
	for _, question := range Questions {
		for _, value := range e.of(question) {
			q.Add(string(question), value)
		}
	}
	return q
}

// of are the answers to one question.
func (e Eligibility) of(q Question) []string {
	answer := map[Question]string{Joint: e.Joint, Government: e.Government, Filing: e.Filing, Duration: e.Months}[q]
	switch {
	case q == Countries:
		return e.Countries
	case answer == "":
		return nil
	}
	return []string{answer}
}

// answered says whether the question has an answer that can be one.
func (e Eligibility) answered(q Question) bool {
	if q == Duration {
		_, ok := Months(e.Months)
		return ok
	}
	return len(e.of(q)) > 0
}

// fails says whether a note cannot be filed because of the answer.
func (e Eligibility) fails(q Question) bool {
	answer := e.of(q)
	return len(answer) == 1 && (answer[0] == No || answer[0] == Neither)
}

// Next is the question to show: the first that is not answered, or with whose answer no note can be filed; "" when
// everything is answered and a note can be begun.
func (e Eligibility) Next() Question {
	for _, q := range Questions {
		if !e.answered(q) || e.fails(q) {
			return q
		}
	}
	return ""
}

// Beginning are the answers of the form that a draft begins with.
func (e Eligibility) Beginning() form.Answers {
	a := form.Answers{"countries": e.Countries, "way": {string(ByCoordinator)}}
	if months, ok := Months(e.Months); ok {
		a["months"] = []string{strconv.Itoa(months)}
	}
	if e.Filing == None {
		a["way"] = []string{string(OtherWay)}
	}
	if len(e.Countries) == 1 {
		a["scope"] = []string{string(National)}
	}
	return a
}

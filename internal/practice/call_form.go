package practice

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/problem"
)

// Limits of what a call says, in characters as a person counts them.
const (
	MaxCallTitle   = 200
	MaxCallTheme   = 200
	MaxCallPart    = 2000 // who can submit, criteria, introduction of the results
	MaxCallBody    = 8000
	MaxCallReason  = 1000
	MaxTakeaway    = 400 // one or two sentences
	usualCallClock = "23:59"
)

// callForm is the form of a call as typed.
type callForm struct{ url.Values }

// formOf is the form as it is filled for a call that there is.
func formOf(c Call) callForm {
	q := url.Values{"language": {c.Lang}, "contact": {c.Contact}, "sectors": c.Sectors, "languages": c.Languages}
	for _, n := range c.Objectives {
		q.Add("objectives", strconv.Itoa(n))
	}
	day, at := c.Deadline(), c.DeadlineAt.In(i18n.Geneva)
	q.Set("deadline.day", strconv.Itoa(day.Day()))
	q.Set("deadline.month", strconv.Itoa(int(day.Month())))
	q.Set("deadline.year", strconv.Itoa(day.Year()))
	q.Set("clock", at.Format("15:04"))
	f := callForm{q}
	f.setText(c.In(c.Lang))
	return f
}

func (f callForm) setText(t CallText) {
	for name, value := range map[string]string{"title": t.Title, "theme": t.Theme, "who": t.Who, "criteria": t.Criteria, "body": t.Body} {
		f.Set(name, value)
	}
}

// text reads what the call says, in the language.
func (f callForm) text(lang string) (CallText, []problem.Field) {
	t := CallText{Lang: lang, Title: line(f.Get("title")), Theme: line(f.Get("theme")), Who: tidy(f.Get("who")), Criteria: tidy(f.Get("criteria")), Body: tidy(f.Get("body"))}
	var wrong []problem.Field
	for _, q := range []struct {
		name, value string
		most        int
	}{{"title", t.Title, MaxCallTitle}, {"theme", t.Theme, MaxCallTheme}, {"body", t.Body, MaxCallBody}, {"who", t.Who, MaxCallPart}, {"criteria", t.Criteria, MaxCallPart}} {
		switch n := form.Length(q.value); {
		case n == 0:
			wrong = append(wrong, problem.Field{Name: q.name, Key: "practice.call.wrong." + q.name})
		case n > q.most:
			wrong = append(wrong, problem.Field{Name: q.name, Key: "practice.call.wrong.long", Args: []any{q.most, n}})
		case q.name == "title" || q.name == "theme":
			wrong = append(wrong, plain(q.name, q.value)...)
		}
	}
	return t, wrong
}

// call reads the whole form. What cannot be read is told in the order of the page; the deadline must be after now, unless it
// is before's, which is nil for a new call.
func (f callForm) call(before *Call, v *gcm.Vocabulary, now time.Time) (Call, error) {
	c := Call{State: CallDraft, Lang: f.Get("language")}
	if before != nil {
		c = *before
	}
	var wrong []problem.Field
	if !knownLang(c.Lang) {
		wrong = append(wrong, problem.Field{Name: "language", Key: "practice.call.wrong.language"})
	}
	t, bad := f.text(c.Lang)
	wrong = append(wrong, bad...)
	if before != nil {
		t.Intro = before.In(c.Lang).Intro
	}
	c.Texts = []CallText{t}
	c.Objectives, c.Sectors, c.Languages = nil, nil, nil
	for _, value := range once(f.Values["objectives"]) {
		if offers("objective", value, v) {
			n, _ := strconv.Atoi(value)
			c.Objectives = append(c.Objectives, n)
		}
	}
	slices.Sort(c.Objectives)
	if len(c.Objectives) == 0 {
		wrong = append(wrong, problem.Field{Name: "objectives", Key: "practice.call.wrong.objectives"})
	}
	for _, value := range once(f.Values["sectors"]) {
		if offers("organization", value, v) {
			c.Sectors = append(c.Sectors, value)
		}
	}
	for _, value := range once(f.Values["languages"]) {
		if knownLang(value) {
			c.Languages = append(c.Languages, value)
		}
	}
	at, bad := f.deadline()
	switch {
	case len(bad) > 0:
		wrong = append(wrong, bad...)
	case (before == nil || !at.Equal(before.DeadlineAt)) && !at.After(now):
		wrong = append(wrong, problem.Field{Name: "deadline.day", Key: "practice.call.wrong.deadline_past"})
	default:
		c.DeadlineAt = at
	}
	if c.Contact = strings.TrimSpace(f.Get("contact")); c.Contact != "" && !form.ValidEmail(c.Contact) {
		wrong = append(wrong, problem.Field{Name: "contact", Key: "practice.call.wrong.contact"})
	}
	return c, problem.Invalid(wrong...)
}

// deadline reads day and time, in Geneva.
func (f callForm) deadline() (time.Time, []problem.Field) {
	day, given, ok, part := form.DateOf(form.Answers(f.Values), "deadline")
	var wrong []problem.Field
	switch {
	case !given:
		wrong = append(wrong, problem.Field{Name: "deadline.day", Key: "practice.call.wrong.deadline"})
	case !ok:
		wrong = append(wrong, problem.Field{Name: "deadline." + part, Key: "form.date." + part, Args: []any{i18n.Key("practice.call.desk.deadline")}})
	}
	clock, ok := readClock(f.Get("clock"))
	if !ok {
		wrong = append(wrong, problem.Field{Name: "clock", Key: "practice.call.wrong.clock"})
	}
	if len(wrong) > 0 {
		return time.Time{}, wrong
	}
	return atClock(day, clock), nil
}

// readClock reads a time of the day: 23:59, 9.30, ٢٣:٥٩.
func readClock(typed string) (minutes int, ok bool) {
	typed = strings.NewReplacer(".", ":", "h", ":").Replace(strings.ToLower(strings.TrimSpace(i18n.Digits(typed))))
	hours, rest, ok := strings.Cut(typed, ":")
	h, errHours := strconv.Atoi(hours)
	m, errMinutes := strconv.Atoi(rest)
	if !ok || len(rest) != 2 || errHours != nil || errMinutes != nil || h < 0 || h > 23 || m < 0 || m > 59 {
		return 0, false
	}
	return 60*h + m, true
}

// atClock is a time of a day in Geneva; in the hour that a change of the clock leaves out it is an hour later.
func atClock(d date.Date, minutes int) time.Time {
	return time.Date(d.Year(), d.Month(), d.Day(), minutes/60, minutes%60, 0, 0, i18n.Geneva).UTC()
}

// line is what was typed into one line, tidy is a longer text.
func line(typed string) string { return strings.Join(strings.Fields(form.Clean(typed)), " ") }
func tidy(typed string) string { return strings.TrimSpace(form.Clean(typed)) }

package practice

import (
	"context"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/workflow"
	"portal/web/ui"
)

// adviceView is what is advised before a practice is sent in, and what the reviewer reads of it.
type adviceView struct {
	acronyms []string
	similar  []Similar
	// early says that it began before the Compact was adopted.
	early bool
	// desk says that the reader is the reviewer, who changes nothing.
	desk bool
}

// adopted is when the Compact was adopted; ideally a practice began after it.
var adopted = date.New(2018, 12, 10)

// mostAdvised is how much of an answer advice looks at, in bytes.
const mostAdvised = 10_000

// beginning is a text as far as advice looks at it, so that one of a million characters costs no more than a long one.
func beginning(text string) string {
	return strings.ToValidUTF8(text[:min(len(text), mostAdvised)], "")
}

// beginnings are the answers as far as advice looks at them.
func beginnings(a form.Answers) form.Answers {
	short := make(form.Answers, len(a))
	for name, values := range a {
		for _, v := range values {
			short[name] = append(short[name], beginning(v))
		}
	}
	return short
}

func (s *Service) advise(ctx context.Context, sub workflow.Submission, a form.Answers, desk bool) (adviceView, error) {
	p := Read(s.form.Public(beginnings(a)), sub.OfficeName, s.vocabulary())
	v := adviceView{acronyms: unexplained(p), early: !p.Started.IsZero() && p.Started.Before(adopted), desk: desk}
	var err error
	v.similar, err = s.similar(ctx, s.db.Read(), sub.ID, p)
	return v, err
}

// unexplained are the acronyms of title and summary that are explained in neither.
func unexplained(p Practice) []string { return Acronyms(p.Title + "\n" + p.Summary) }

func (v adviceView) empty() bool { return len(v.acronyms) == 0 && len(v.similar) == 0 && !v.early }

// Advice is what the writer reads before sending a practice in: its call, unexplained acronyms, and which published
// practices look like it. It may be passed over by sending in. nil is nothing to advise.
func (s *Service) Advice(ctx context.Context, sub workflow.Submission, a form.Answers) (templ.Component, error) {
	v, err := s.advise(ctx, sub, a, false)
	if err != nil {
		return nil, err
	}
	call, err := s.beforeSending(ctx, sub, a)
	if err != nil || v.empty() {
		return call, err
	}
	return together(call, advice(v)), nil
}

// ForDesk shows the desk what it should know of a practice beside its answers.
func (s *Service) ForDesk(ctx context.Context, sub workflow.Submission, a form.Answers) (templ.Component, error) {
	v, err := s.advise(ctx, sub, a, true)
	if err != nil {
		return nil, err
	}
	call, err := s.callForDesk(ctx, sub)
	if err != nil || v.empty() {
		return call, err
	}
	return together(call, advice(v)), nil
}

// Beside returns what stands at the questions of a step, by question: what looks like the practice, acronyms that are not
// explained, and the goals that go with the chosen objectives.
func (s *Service) Beside(ctx context.Context, sub workflow.Submission, step string, a form.Answers, _ ui.Finding) (map[string]templ.Component, error) {
	switch step {
	case "what":
		v, err := s.advise(ctx, sub, a, false)
		if err != nil {
			return nil, err
		}
		beside := map[string]templ.Component{}
		if words := Acronyms(beginning(a.First("title"))); len(words) > 0 {
			beside["title"] = acronyms(words)
		}
		if len(v.similar) > 0 {
			beside["summary"] = similarNote(v)
		}
		return beside, nil
	case "objectives":
		if goals := s.goals(a.Ints("objectives")); len(goals) > 0 {
			return map[string]templ.Component{"sdgs": suggestedGoals(goals)}, nil
		}
	}
	return nil, nil
}

// goals are the Sustainable Development Goals that go with the objectives, in order.
func (s *Service) goals(objectives []int) []int {
	var goals []int
	for _, n := range objectives {
		if o, ok := s.vocabulary().Objective(n); ok {
			goals = append(goals, o.SDGs...)
		}
	}
	slices.Sort(goals)
	return slices.Compact(goals)
}

// why says in words why two practices look alike.
func (l Similar) why(ctx context.Context) string {
	var reasons []string
	for _, r := range []struct {
		holds bool
		key   string
	}{{l.Title, "title"}, {l.Text, "text"}, {l.Meaning, "meaning"}, {l.Numbers, "numbers"}} {
		if r.holds {
			reasons = append(reasons, i18n.T(ctx, "practice.similar.why."+r.key))
		}
	}
	if len(l.Objectives) > 0 {
		reasons = append(reasons, ui.ObjectivesText(ctx, l.Objectives))
	}
	return i18n.T(ctx, "practice.similar.why", i18n.List(ctx, reasons))
}

package pledge

import (
	"context"
	"strconv"

	"github.com/a-h/templ"

	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/workflow"
	"portal/web/ui"
)

// adviceView is what is advised before a pledge is sent in, and what the reviewer reads of it.
type adviceView struct {
	sub     workflow.Submission
	at      []string // questions whose answers speak of refugees
	similar []Similar
	coach   coached
	// desk says that the reader is the reviewer, who changes nothing.
	desk bool
}

// advise looks at the answers of a submission.
func (s *Service) advise(ctx context.Context, sub workflow.Submission, a form.Answers, desk bool) (adviceView, error) {
	v := adviceView{sub: sub, at: refugeesAt(a), coach: s.coach(sub, a), desk: desk}
	p := Read(s.form.Public(beginnings(a)), Filer{Office: sub.OfficeName, Country: sub.Country}, s.vocabulary())
	var err error
	v.similar, err = s.similar(ctx, s.db.Read(), sub.ID, p)
	return v, err
}

// Advice is what the writer reads before sending a pledge in: about its scope, which published pledges look like it, and
// what the coach sees in it; of a report, what becomes of it. It may be passed over by sending in.
func (s *Service) Advice(ctx context.Context, sub workflow.Submission, a form.Answers) (templ.Component, error) {
	if sub.Kind != KindName {
		ok, err := trusted(ctx, s.db.Read(), sub.OfficeID)
		return reportFate(ok), err
	}
	v, err := s.advise(ctx, sub, a, false)
	if err != nil {
		return nil, err
	}
	if v.coach.examples, err = s.examplesIn(ctx, v.coach.lang); err != nil {
		return nil, err
	}
	return adviceOf(v), nil
}

// ForDesk shows the desk what it should know of a pledge beside its answers: what its partners say, its scope, which
// published pledges look like it, and what the coach sees in it; nil for another kind.
func (s *Service) ForDesk(ctx context.Context, sub workflow.Submission, a form.Answers) (templ.Component, error) {
	if sub.Kind != KindName {
		return s.aboutReport(ctx, sub)
	}
	partners, err := s.partners(ctx, sub, false)
	if err != nil {
		return nil, err
	}
	v, err := s.advise(ctx, sub, a, true)
	if err != nil {
		return nil, err
	}
	return deskAdvice(v, partners), nil
}

// where names the questions that speak of refugees.
func (v adviceView) where(ctx context.Context) string {
	var names []string
	for _, question := range v.at {
		names = append(names, i18n.T(ctx, "pledge.field."+question+".label"))
	}
	return i18n.List(ctx, names)
}

// tick is where the mirror flag is set with one click.
func (v adviceView) tick(ctx context.Context) templ.SafeURL {
	return templ.SafeURL(ui.Href(ctx, "/submissions/"+strconv.FormatInt(v.sub.ID, 10)+"/ticks/mirror"))
}

// why says in words why two pledges look alike.
func (l Similar) why(ctx context.Context) string {
	var reasons []string
	for _, r := range []struct {
		holds bool
		key   string
	}{{l.Title, "title"}, {l.Text, "text"}, {l.Meaning, "meaning"}, {l.Numbers, "numbers"}} {
		if r.holds {
			reasons = append(reasons, i18n.T(ctx, "pledge.similar.why."+r.key))
		}
	}
	if len(l.Objectives) > 0 {
		reasons = append(reasons, i18n.T(ctx, "pledge.similar.why.objectives", ui.ObjectivesText(ctx, l.Objectives)))
	}
	return i18n.T(ctx, "pledge.similar.why", i18n.List(ctx, reasons))
}

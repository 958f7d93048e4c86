package pledge

import (
	"context"
	"fmt"

	"github.com/a-h/templ"

	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/workflow"
	"portal/web/ui"
)

// suggestReport returns what a step of a report shows to begin with: how the pledge stands now.
func (s *Service) suggestReport(ctx context.Context, who identity.User, sub workflow.Submission, step string) (form.Answers, error) {
	if len(sub.Subjects) != 1 {
		return nil, nil
	}
	id := sub.Subjects[0]
	all, err := s.standing(ctx, s.db.Read(), id)
	if err != nil {
		return nil, err
	}
	p, ok := all[id]
	if !ok {
		return nil, nil
	}
	r, err := s.suggestedReport(ctx, p, who)
	if err != nil {
		return nil, fmt.Errorf("suggest answers for report %d: %w", sub.ID, err)
	}
	asked, _ := s.updateKind.Form.Step(step)
	a, suggested := form.Answers{}, r.answers()
	for _, f := range asked.Fields {
		a = form.Merge(a, suggested.Of(f))
	}
	return a, nil
}

// suggestedReport is what a report on a pledge begins with: that all is as it was.
func (s *Service) suggestedReport(ctx context.Context, p stands, who identity.User) (Report, error) {
	today := dayOf(s.now())
	r := Report{On: today, NextReport: yearAfter(today), Lang: who.Lang}
	if p.Status != NoStatus && !p.Status.Final() {
		r.Status = p.Status
	}
	updates, err := updatesOf(ctx, s.db.Read(), p.ID)
	if err != nil {
		return r, err
	}
	gist := sumUp(updates[p.ID])
	for _, what := range once(p.Indicators) {
		r.Progress = append(r.Progress, Progress{what, gist.values[what].Value})
	}
	for _, what := range once(p.Milestones) {
		r.Milestones = append(r.Milestones, Reached{what, gist.reached[what]})
	}
	return r, nil
}

// besideReport returns what stands at the questions of a report: the search for the pledge that takes the place of this one.
func (s *Service) besideReport(ctx context.Context, sub workflow.Submission, step string, a form.Answers, find ui.Finding) (map[string]templ.Component, error) {
	if step != "status" || len(sub.Subjects) != 1 {
		return nil, nil
	}
	v, err := s.match(ctx, sub.Subjects[0], "superseded_by", a, find)
	if err != nil {
		return nil, fmt.Errorf("find pledges that supersede: %w", err)
	}
	return map[string]templ.Component{"superseded_by": matchPicker(v)}, nil
}

// aboutReport says, to the office and to the desk, how the pledges stand that a submission reports on; nil for other kinds.
func (s *Service) aboutReport(ctx context.Context, sub workflow.Submission) (templ.Component, error) {
	if len(sub.Subjects) == 0 {
		return nil, nil
	}
	all, err := s.standing(ctx, s.db.Read(), sub.Subjects...)
	if err != nil {
		return nil, err
	}
	v := aboutReportView{today: dayOf(s.now())}
	for _, id := range sub.Subjects {
		if p, ok := all[id]; ok {
			v.pledges = append(v.pledges, p)
		} else {
			v.gone++
		}
	}
	if v.trusted, err = trusted(ctx, s.db.Read(), sub.OfficeID); err != nil {
		return nil, err
	}
	if sub.Side == workflow.ByDesk {
		t, err := s.TrustOf(ctx, identity.From(ctx), sub.OfficeID)
		if err != nil {
			return nil, err
		}
		v.office, v.proposed = sub.OfficeID, t.Proposed
	}
	return aboutReportPanel(v), nil
}

// aboutReportView is how the pledges stand that a submission reports on.
type aboutReportView struct {
	pledges []stands
	gone    int // were taken down
	trusted bool
	today   date.Date
	// office is whom it is proposed to trust, for the desk.
	office   int64
	proposed bool
}

// last says what the last report said of a pledge, in one line.
func (p stands) last(ctx context.Context) string {
	if p.Status == NoStatus {
		return i18n.T(ctx, "pledge.report.about.never", p.Published)
	}
	return i18n.T(ctx, "pledge.report.about.last", p.LastDay)
}

package practice

import (
	"context"
	"strings"
	"time"

	"github.com/a-h/templ"

	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/workflow"
	"portal/web/ui"
)

// aboutCallView is a practice's call on the pages of its people and of the desk.
type aboutCallView struct {
	service   *Service
	answering *Answering // nil for none
	lang      string     // of the practice; "" while nobody has said
	// open is how many calls it could be written for, where it is written for none.
	open int
	// change says that the reader may choose another call; late that the desk may take it although it came late.
	change, late bool
	// path is the practice's page for the reader, without the language.
	path string
	now  time.Time
}

// standing says how the practice stands to its call.
func (v aboutCallView) standing(ctx context.Context) string {
	a := v.answering
	if a.Standing == Tied {
		return until(ctx, a.Call, v.now)
	}
	return i18n.T(ctx, "practice.call.about."+string(a.Standing))
}

func (v aboutCallView) hurdle(ctx context.Context) string {
	a := v.answering
	return i18n.T(ctx, "practice.call.hurdle."+string(a.Hurdle), v.service.hurdleArgs(ctx, a.Call, a.Category, v.lang)...)
}

// contact is whom to ask.
func (v aboutCallView) contact(ctx context.Context) string {
	if c := v.answering.Call.Contact; c != "" {
		return c
	}
	return ui.SiteOf(ctx).Email
}

// aboutItsCall shows the people of a practice its call with the deadline, or that calls are open; nil when there is nothing
// to say.
func (s *Service) aboutItsCall(ctx context.Context, sub workflow.Submission) (templ.Component, error) {
	v, err := s.aboutCall(ctx, sub, "")
	if err != nil || v.answering == nil && (v.open == 0 || !v.change) {
		return nil, err
	}
	return aboutCall(v), nil
}

func (s *Service) aboutCall(ctx context.Context, sub workflow.Submission, lang string) (aboutCallView, error) {
	v := aboutCallView{service: s, path: s.ownerPath(sub.ID), now: s.now(), lang: lang}
	var err error
	if v.answering, err = s.answering(ctx, s.db.Read(), sub, lang); err != nil {
		return v, err
	}
	v.change = sub.State.Writable() && sub.MayWrite() && (v.answering == nil || !v.answering.Standing.Counts())
	if v.answering == nil && v.change {
		open, err := s.OpenCalls(ctx)
		if err != nil {
			return v, err
		}
		v.open = len(open)
	}
	return v, nil
}

// beforeSending is what stands between a draft and its call, on the page on which it is handed in; nil for nothing.
func (s *Service) beforeSending(ctx context.Context, sub workflow.Submission, a form.Answers) (templ.Component, error) {
	v, err := s.aboutCall(ctx, sub, strings.TrimSpace(a.First("language")))
	if err != nil || v.answering == nil {
		return nil, err
	}
	return aboutCall(v), nil
}

// callForDesk shows the desk for which call a practice came; nil for none.
func (s *Service) callForDesk(ctx context.Context, sub workflow.Submission) (templ.Component, error) {
	v := aboutCallView{service: s, path: s.deskPath(sub.ID), now: s.now()}
	var err error
	if v.answering, err = s.answering(ctx, s.db.Read(), sub, sub.Lang); err != nil || v.answering == nil || v.answering.Standing == Tied {
		return nil, err
	}
	phase := v.answering.Call.Phase(v.now)
	v.late = v.answering.Standing == Late && (phase == PhaseClosed || phase == PhaseFeatured)
	return deskOfCall(v), nil
}

// together are the parts of a page that are there, one below the other; nil for none.
func together(parts ...templ.Component) templ.Component {
	var all templ.Component
	for _, p := range parts {
		switch {
		case p == nil:
		case all == nil:
			all = p
		default:
			all = twice(all, p)
		}
	}
	return all
}

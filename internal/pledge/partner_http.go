package pledge

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/a-h/templ"

	"portal/internal/identity"
	"portal/internal/mail"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web"
)

// asking shows the page of a partner's link. Programs that look at mails open links, so that it changes nothing.
func (h handlers) asking(w http.ResponseWriter, r *http.Request) error {
	return h.showAsking(w, r, PartnerAnswer{}, nil)
}

func (h handlers) showAsking(w http.ResponseWriter, r *http.Request, typed PartnerAnswer, wrong []problem.Field) error {
	v := askingView{Token: r.PathValue("token"), Answer: typed, Wrong: wrong, Vocabulary: h.pledges.vocabulary()}
	var err error
	v.Asking, err = h.pledges.Asking(r.Context(), v.Token)
	switch {
	case errors.Is(err, problem.NotFound):
		return web.Render(w, r, http.StatusNotFound, unknownPartnerPage())
	case err != nil:
		return err
	case v.State != LinkOpen:
		return web.Render(w, r, http.StatusGone, deadPartnerPage(v))
	case len(wrong) > 0:
		return web.Render(w, r, http.StatusUnprocessableEntity, partnerPage(v))
	}
	v.Answer.Part = v.question.part()
	return web.Render(w, r, http.StatusOK, partnerPage(v))
}

// answer takes what a partner says.
func (h handlers) answer(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	a := PartnerAnswer{
		Choice: r.PostFormValue("answer"), Part: r.PostFormValue("part"), Reason: r.PostFormValue("reason"),
		Name: r.PostFormValue("name"), Position: r.PostFormValue("position"),
	}
	err := h.pledges.Answer(r.Context(), token, a, web.Network(r.Context()))
	wrong, invalid := problem.InvalidFields(err)
	switch {
	case invalid:
		return h.showAsking(w, r, a, wrong)
	case errors.Is(err, problem.NotFound), errors.Is(err, problem.Stale):
		return h.showAsking(w, r, a, nil) // says what became of the link
	case err != nil:
		return err
	}
	return web.Redirect(w, r, partnerPath(token), "pledge.partner.flash.answered")
}

// freshLink sends a new link to the address that the first one went to.
func (h handlers) freshLink(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	err := h.pledges.FreshLink(r.Context(), token, web.Network(r.Context()))
	if errors.Is(err, problem.NotFound) || errors.Is(err, problem.Stale) {
		return h.showAsking(w, r, PartnerAnswer{}, nil)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, partnerPath(token), "pledge.partner.flash.fresh")
}

// askAgain sends the question to a partner once more.
func (h handlers) askAgain(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	partner, err := web.ParamID(r, "partner")
	if err != nil {
		return err
	}
	if err := h.pledges.AskAgain(ctx, identity.Must(ctx), id, partner); err != nil {
		return err
	}
	return web.Redirect(w, r, h.pages.Submission(id), "pledge.partner.flash.again")
}

// partners are the questions that still matter, for the page of the submission; nil when it has none.
func (s *Service) partners(ctx context.Context, sub workflow.Submission, mayAsk bool) (templ.Component, error) {
	all, err := questions(ctx, s.db.Read(), sub.ID)
	if err != nil {
		return nil, err
	}
	v := partnersView{sub: sub, now: s.now(), mayAsk: mayAsk}
	for _, q := range all {
		if q.matters(sub) {
			v.questions = append(v.questions, q)
		}
	}
	if len(v.questions) == 0 {
		return nil, nil
	}
	if v.back, err = mail.CameBack(ctx, s.db.Read(), sub.ID); err != nil {
		return nil, err
	}
	return partnersPanel(v), nil
}

// Partners shows the people of the office what its partners were asked and answered; nil when there is nothing to show. Who
// is only invited to the draft does not learn who has answered.
func (s *Service) Partners(ctx context.Context, sub workflow.Submission) (templ.Component, error) {
	ofOffice := slices.Contains([]string{string(identity.Head), string(identity.Contributor), string(identity.Viewer)}, sub.Role)
	switch {
	case sub.Kind != KindName:
		return s.aboutReport(ctx, sub)
	case !ofOffice:
		return nil, nil
	}
	return s.partners(ctx, sub, sub.MayInvite())
}

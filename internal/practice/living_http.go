package practice

import (
	"context"
	"errors"
	"net/http"
	"time"

	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
)

func (h handlers) livingRoutes(r *web.Router) {
	r.Public("GET /t/practice/{token}", h.asked, web.Private())
	r.Public("POST /t/practice/{token}", h.answerAsked, web.Private())
	r.Public("GET /t/practice/{token}/done", h.answered, web.Private())
	r.Member("GET /practices/{publicID}/answer", h.standing)
	r.Member("POST /practices/{publicID}/answer", h.answer)
}

// asked shows the page of the link of a yearly mail. Programs that look at mails open links, so that it changes nothing.
func (h handlers) asked(w http.ResponseWriter, r *http.Request) error {
	return h.showAsked(w, r, Answer{}, nil)
}

func (h handlers) showAsked(w http.ResponseWriter, r *http.Request, typed Answer, wrong []problem.Field) error {
	ctx := r.Context()
	token := r.PathValue("token")
	a, err := h.practices.Asked(ctx, identity.From(ctx), token)
	if err != nil && !errors.Is(err, problem.NotFound) {
		return err
	}
	v := h.answerView(ctx, a, answerPath(token), typed, wrong)
	v.mail = true
	switch {
	case a.State == LinkUnknown:
		return web.Render(w, r, http.StatusNotFound, deadAnswerPage(v))
	case a.State == LinkForeign:
		return web.Render(w, r, http.StatusForbidden, deadAnswerPage(v))
	case a.State != LinkOpen:
		return web.Render(w, r, http.StatusGone, deadAnswerPage(v))
	case len(wrong) > 0:
		return web.Render(w, r, http.StatusUnprocessableEntity, answerPage(v))
	}
	return web.Render(w, r, http.StatusOK, answerPage(v))
}

func (h handlers) answerView(ctx context.Context, a Asked, path string, typed Answer, wrong []problem.Field) answerView {
	v := answerView{Asked: a, Path: path, Answer: typed, Wrong: wrong, langs: languageOptions(ctx, h.practices.vocabulary()), askedOn: h.practices.askedOn(a.vouched)}
	if v.Answer.Lang == "" {
		v.Answer.Lang = a.Who.Lang
	}
	if a.ID != 0 {
		v.submission = h.pages.Submission(a.ID)
	}
	return v
}

func readAnswer(r *http.Request) Answer {
	return Answer{Choice: Choice(r.PostFormValue("answer")), Reason: r.PostFormValue("reason"), Lang: r.PostFormValue("language")}
}

// pressedTwice is how soon after an answer another one is the same button again.
const pressedTwice = 10 * time.Second

func (h handlers) answerAsked(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	token, typed := r.PathValue("token"), readAnswer(r)
	err := h.practices.AnswerByMail(ctx, identity.From(ctx), token, typed, web.Network(ctx))
	wrong, invalid := problem.InvalidFields(err)
	switch {
	case invalid:
		return h.showAsked(w, r, typed, wrong)
	case errors.Is(err, problem.Stale):
		if a, failed := h.practices.Asked(ctx, identity.From(ctx), token); failed == nil && a.State == LinkUsed && h.practices.now().Sub(*a.UsedAt) < pressedTwice {
			break
		}
		return h.showAsked(w, r, typed, nil) // says what became of the link
	case errors.Is(err, problem.NotFound):
		return h.showAsked(w, r, typed, nil)
	case err != nil:
		return err
	}
	return web.Redirect(w, r, answerPath(token)+"/done", "")
}

// answered says what has become of the answer.
func (h handlers) answered(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	token := r.PathValue("token")
	a, err := h.practices.Asked(ctx, identity.From(ctx), token)
	if errors.Is(err, problem.NotFound) || err == nil && a.State != LinkUsed {
		return h.showAsked(w, r, Answer{}, nil)
	}
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, answeredPage(h.answerView(ctx, a, answerPath(token), Answer{}, nil)))
}

// standing shows the same question to who acts for the office and is signed in.
func (h handlers) standing(w http.ResponseWriter, r *http.Request) error {
	id, done, err := canonical(w, r, "/answer")
	if done || err != nil {
		return err
	}
	return h.showStanding(w, r, id, Answer{}, nil)
}

func (h handlers) showStanding(w http.ResponseWriter, r *http.Request, publicID string, typed Answer, wrong []problem.Field) error {
	ctx := r.Context()
	a, err := h.practices.Standing(ctx, identity.Must(ctx), publicID)
	if err != nil {
		return err
	}
	v := h.answerView(ctx, a, Path(publicID)+"/answer", typed, wrong)
	switch {
	case a.State != LinkOpen:
		return web.Render(w, r, http.StatusConflict, deadAnswerPage(v))
	case len(wrong) > 0:
		return web.Render(w, r, http.StatusUnprocessableEntity, answerPage(v))
	}
	return web.Render(w, r, http.StatusOK, answerPage(v))
}

func (h handlers) answer(w http.ResponseWriter, r *http.Request) error {
	publicID, ok := WholeID(r.PathValue("publicID"))
	if !ok {
		return problem.NotFound
	}
	typed := readAnswer(r)
	id, err := h.practices.Answer(r.Context(), identity.Must(r.Context()), publicID, typed)
	wrong, invalid := problem.InvalidFields(err)
	switch {
	case invalid, errors.Is(err, problem.Stale):
		return h.showStanding(w, r, publicID, typed, wrong)
	case err != nil:
		return err
	}
	return web.Redirect(w, r, h.pages.Submission(id), "practice.living.flash."+string(typed.Choice))
}

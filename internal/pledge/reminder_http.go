package pledge

import (
	"errors"
	"net/http"
	"time"

	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
)

// answering shows the page of a reminder's link. Programs that look at mails open links, so that it changes nothing.
func (h handlers) answering(w http.ResponseWriter, r *http.Request) error {
	return h.showAnswering(w, r, MailAnswer{}, nil)
}

func (h handlers) showAnswering(w http.ResponseWriter, r *http.Request, typed MailAnswer, wrong []problem.Field) error {
	ctx := r.Context()
	v := answerView{Token: r.PathValue("token"), Answer: typed, Wrong: wrong, today: dayOf(h.pledges.now()), langs: languageOptions(ctx, h.pledges.vocabulary())}
	var err error
	v.Answering, err = h.pledges.Answering(ctx, identity.From(ctx), v.Token)
	switch {
	case errors.Is(err, problem.NotFound):
		v.State = LinkUnknown
		return web.Render(w, r, http.StatusNotFound, deadAnswerPage(v))
	case err != nil:
		return err
	case v.State == LinkForeign:
		return web.Render(w, r, http.StatusForbidden, deadAnswerPage(v))
	case v.State != LinkOpen:
		return web.Render(w, r, http.StatusGone, deadAnswerPage(v))
	case len(wrong) > 0:
		return web.Render(w, r, http.StatusUnprocessableEntity, answerPage(v))
	}
	v.Answer.Lang = v.Who.Lang
	return web.Render(w, r, http.StatusOK, answerPage(v))
}

// pressedTwice is how soon after an answer another one is the same button again. Later it is another answer, and its writer has
// to know that it was not taken.
const pressedTwice = 10 * time.Second

// answerReminder takes what the person answers.
func (h handlers) answerReminder(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	token := r.PathValue("token")
	a := MailAnswer{Choice: r.PostFormValue("answer"), Text: r.PostFormValue("text"), Lang: r.PostFormValue("language"), Next: form.Answers{}}
	for _, part := range []string{"next.day", "next.month", "next.year"} {
		a.Next[part] = []string{r.PostFormValue(part)}
	}
	published, err := h.pledges.AnswerReminder(ctx, identity.From(ctx), token, a, web.Network(ctx))
	wrong, invalid := problem.InvalidFields(err)
	switch {
	case invalid:
		return h.showAnswering(w, r, a, wrong)
	case errors.Is(err, problem.Stale):
		if now, failed := h.pledges.Answering(ctx, identity.From(ctx), token); failed == nil && now.State == LinkUsed && now.UsedAt != nil && h.pledges.now().Sub(*now.UsedAt) < pressedTwice {
			break
		}
		return h.showAnswering(w, r, a, nil) // says what became of the link
	case errors.Is(err, problem.NotFound):
		return h.showAnswering(w, r, a, nil)
	case err != nil:
		return err
	}
	done := answerPath(token) + "/done"
	if told := outcome(r.PostFormValue("told")); err == nil && (told == withDesk && published || told == isPublic && !published) {
		done += "?told=" + string(told)
	}
	return web.Redirect(w, r, done, "")
}

// answered says that the answer was recorded.
func (h handlers) answered(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v := answerView{Token: r.PathValue("token"), today: dayOf(h.pledges.now())}
	if told := outcome(r.URL.Query().Get("told")); told == withDesk || told == isPublic {
		v.Told = told
	}
	var err error
	v.Answering, err = h.pledges.Answering(ctx, identity.From(ctx), v.Token)
	if errors.Is(err, problem.NotFound) || err == nil && (v.State != LinkUsed || v.became == "") {
		return h.showAnswering(w, r, MailAnswer{}, nil)
	}
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, answeredPage(v))
}

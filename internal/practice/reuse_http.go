package practice

import (
	"errors"
	"net/http"

	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
)

func (h handlers) reuseRoutes(r *web.Router) {
	r.Public("GET /practices/{publicID}/reuses", h.reuses, web.Cached("page"))
	r.Member("GET /practices/{publicID}/reuses/new", h.reuseForm)
	r.Member("POST /practices/{publicID}/reuses", h.recordReuse)
	r.Member("GET /practices/{publicID}/reuses/{reuse}", h.reuseCase)
	r.Member("POST /practices/{publicID}/reuses/{reuse}", h.settleReuse)
}

// reuses lists the confirmed reuses of a practice.
func (h handlers) reuses(w http.ResponseWriter, r *http.Request) error {
	id, done, err := canonical(w, r, "/reuses")
	if done || err != nil {
		return err
	}
	p, err := h.practices.find(r.Context(), id)
	if err != nil {
		return err
	}
	if p.Gone != nil {
		return h.gone(w, r, p)
	}
	v := reusesView{Record: p.Record, Vocabulary: h.practices.vocabulary()}
	v.Total = p.Record.Reuses
	v.Page = max(1, min(whole(r, "page"), v.pages()))
	if v.Reuses, err = h.practices.reusesOf(r.Context(), p.Record, (v.Page-1)*ReusesPerPage, ReusesPerPage); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, reusesPage(v))
}

func (h handlers) reuseForm(w http.ResponseWriter, r *http.Request) error {
	id, done, err := canonical(w, r, "/reuses/new")
	if done || err != nil {
		return err
	}
	return h.showReuseForm(w, r, id, NewReuse{Lang: identity.Must(r.Context()).Lang}, nil)
}

func (h handlers) showReuseForm(w http.ResponseWriter, r *http.Request, publicID string, typed NewReuse, wrong []form.Wrong) error {
	ctx := r.Context()
	p, own, err := h.practices.Recordable(ctx, identity.Must(ctx), publicID)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if len(wrong) > 0 {
		status = http.StatusUnprocessableEntity
	}
	v := h.practices.vocabulary()
	return web.Render(w, r, status, reuseFormPage(reuseFormView{Record: p, Own: own, Typed: typed, Wrong: wrong, Vocabulary: v, langs: languageOptions(ctx, v)}))
}

func (h handlers) recordReuse(w http.ResponseWriter, r *http.Request) error {
	publicID, ok := WholeID(r.PathValue("publicID"))
	if !ok {
		return problem.NotFound
	}
	typed := NewReuse{
		Organization: r.PostFormValue("organization"), Country: r.PostFormValue("country"), Year: r.PostFormValue("year"),
		Changed: r.PostFormValue("changed"), Lang: r.PostFormValue("language"), Link: r.PostFormValue("link"),
	}
	id, err := h.practices.RecordReuse(r.Context(), identity.Must(r.Context()), publicID, typed)
	if wrong, invalid := problem.InvalidFields(err); invalid {
		return h.showReuseForm(w, r, publicID, typed, wrong)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, reusePath(publicID, id), "practice.reuse.flash.recorded")
}

func (h handlers) reuseCase(w http.ResponseWriter, r *http.Request) error {
	return h.showReuseCase(w, r, http.StatusOK, "", "", nil)
}

func (h handlers) showReuseCase(w http.ResponseWriter, r *http.Request, status int, answer, reason string, wrong []form.Wrong) error {
	publicID, ok := WholeID(r.PathValue("publicID"))
	id, err := web.ParamID(r, "reuse")
	if !ok || err != nil {
		return problem.NotFound
	}
	c, err := h.practices.ReuseCase(r.Context(), identity.Must(r.Context()), publicID, id)
	if err != nil {
		return err
	}
	return web.Render(w, r, status, reuseCasePage(reuseCaseView{ReuseCase: c, Answer: answer, Reason: reason, Wrong: wrong, Vocabulary: h.practices.vocabulary()}))
}

// settleReuse takes the answer of the office, or has the desk take a reuse down.
func (h handlers) settleReuse(w http.ResponseWriter, r *http.Request) error {
	publicID, ok := WholeID(r.PathValue("publicID"))
	id, err := web.ParamID(r, "reuse")
	if !ok || err != nil {
		return problem.NotFound
	}
	answer, reason := r.PostFormValue("answer"), r.PostFormValue("reason")
	err = h.practices.SettleReuse(r.Context(), identity.Must(r.Context()), publicID, id, ReuseState(answer), reason)
	wrong, invalid := problem.InvalidFields(err)
	switch {
	case invalid:
		return h.showReuseCase(w, r, http.StatusUnprocessableEntity, answer, reason, wrong)
	case errors.Is(err, problem.Stale):
		return h.showReuseCase(w, r, http.StatusConflict, answer, reason, nil) // says what became of it
	case err != nil:
		return err
	}
	return web.Redirect(w, r, reusePath(publicID, id), "practice.reuse.flash."+answer)
}

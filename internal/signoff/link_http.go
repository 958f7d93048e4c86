package signoff

import (
	"errors"
	"net/http"
	"strconv"

	"portal/internal/problem"
	"portal/web"
)

// linkPath is the page of a link from a mail, without the language.
func linkPath(token string) string { return "/t/signature/" + token }

func (h handlers) linkDocument(w http.ResponseWriter, r *http.Request) error {
	a, err := h.service.Asking(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	if a.State != LinkOpen {
		return problem.NotFound
	}
	f, err := a.fileOf(r)
	if err != nil {
		return err
	}
	return h.serve(w, r, f)
}

// asking shows the page of a link. Programs that look at mails open links, so that it changes nothing.
func (h handlers) asking(w http.ResponseWriter, r *http.Request) error {
	return h.showAsking(w, r, Act{}, nil, false)
}

func (h handlers) showAsking(w http.ResponseWriter, r *http.Request, typed Act, wrong []problem.Field, stale bool) error {
	token := r.PathValue("token")
	a, err := h.service.Asking(r.Context(), token)
	v := linkView{Asking: a, Token: token}
	switch {
	case errors.Is(err, problem.NotFound):
		return web.Render(w, r, http.StatusNotFound, unknownLinkPage())
	case err != nil:
		return err
	case a.State != LinkOpen:
		return web.Render(w, r, http.StatusGone, deadLinkPage(v))
	}
	s := signView{standing: a.standing, service: h.service, Signature: a.signature, Act: typed, Wrong: wrong, Path: linkPath(token), Link: true, Stale: stale}
	s.Document = func(file int64) string { return linkPath(token) + "/documents/" + strconv.FormatInt(file, 10) }
	status := http.StatusOK
	switch {
	case stale:
		status = http.StatusConflict
	case len(wrong) > 0:
		status = http.StatusUnprocessableEntity
	}
	return web.Render(w, r, status, signPage(s))
}

func (h handlers) signByLink(w http.ResponseWriter, r *http.Request) error {
	token, act := r.PathValue("token"), readAct(r)
	if wrong := unanswered(r); len(wrong) > 0 {
		return h.showAsking(w, r, act, wrong, false)
	}
	err := h.service.SignByLink(r.Context(), token, act, web.Network(r.Context()))
	wrong, invalid := problem.InvalidFields(err)
	switch {
	case invalid:
		return h.showAsking(w, r, act, wrong, false)
	case errors.Is(err, problem.Stale), errors.Is(err, problem.NotAllowedNow):
		return h.showAsking(w, r, act, nil, true) // says what has become of it
	case errors.Is(err, problem.NotFound), errors.Is(err, ErrSigned):
		return h.showAsking(w, r, act, nil, false)
	case err != nil:
		return err
	case act.Declines:
		return web.Redirect(w, r, linkPath(token), "signoff.flash.declined")
	}
	return web.Redirect(w, r, linkPath(token), "signoff.flash.signed")
}

// freshLink sends a new link to the address that the first one went to.
func (h handlers) freshLink(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	err := h.service.FreshLink(r.Context(), token, web.Network(r.Context()))
	if errors.Is(err, problem.NotFound) || errors.Is(err, problem.Stale) {
		return h.showAsking(w, r, Act{}, nil, false)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, linkPath(token), "signoff.flash.fresh")
}

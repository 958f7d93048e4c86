package submission

import (
	"errors"
	"net/http"

	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
)

// leavingForm asks whether an invited person means to leave the draft.
func (h handlers) leavingForm(w http.ResponseWriter, r *http.Request) error {
	c, err := h.open(r)
	if err != nil {
		return err
	}
	v := h.view(r, c)
	if !c.IsGuest() {
		return web.Render(w, r, http.StatusForbidden, refusedPage(v, "not_guest"))
	}
	return web.Render(w, r, http.StatusOK, leavingPage(v))
}

func (h handlers) leaveDraft(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	err = h.service.LeaveDraft(r.Context(), identity.Must(r.Context()), id)
	if errors.Is(err, problem.Forbidden) {
		return h.leavingForm(w, r)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, "/drafts", "submission.leaving.flash")
}

package account

import (
	"errors"
	"net/http"

	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
)

func (h handlers) sessions(w http.ResponseWriter, r *http.Request) error {
	live, err := web.Sessions(r.Context())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, sessionsPage(live))
}

// endSession ends one session; one that has ended meanwhile is as good.
func (h handlers) endSession(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "session")
	if err != nil {
		return err
	}
	err = web.EndSession(ctx, id)
	switch {
	case err == nil:
		err = h.accounts.SessionEnded(ctx, identity.Must(ctx), id)
	case errors.Is(err, problem.NotFound):
		err = nil
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, "/account/sessions", "account.sessions.ended")
}

func (h handlers) signOutEverywhere(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if err := h.accounts.SignOutEverywhere(ctx, identity.Must(ctx)); err != nil {
		return err
	}
	if err := web.SignOut(ctx); err != nil {
		return err
	}
	return web.Redirect(w, r, "/sign-in", "account.sessions.all_ended")
}

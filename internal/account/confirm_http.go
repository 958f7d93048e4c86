package account

import (
	"errors"
	"net/http"
	"strconv"

	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
)

// confirmForm asks once more who it is. Who has shown it a moment ago goes on.
func (h handlers) confirmForm(w http.ResponseWriter, r *http.Request) error {
	if web.IsFresh(r.Context()) {
		return web.Redirect(w, r, afterConfirm(r), "")
	}
	return h.showConfirm(w, r, http.StatusOK, nil)
}

// afterConfirm is where the person wanted to go, or their account.
func afterConfirm(r *http.Request) string {
	if next := wanted(r); next != "" {
		return next
	}
	return "/account"
}

func (h handlers) showConfirm(w http.ResponseWriter, r *http.Request, status int, wrong []problem.Field) error {
	p, err := h.accounts.Person(r.Context(), identity.Must(r.Context()))
	if err != nil {
		return err
	}
	v := confirmView{Email: p.Email, Next: wanted(r), HasPassword: p.HasPassword, Wrong: wrong, Locked: status == http.StatusTooManyRequests}
	return web.Render(w, r, status, confirmPage(v))
}

func (h handlers) confirm(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	who := identity.Must(ctx)
	if r.PostFormValue("do") == "link" {
		if err := h.accounts.RequestLink(ctx, SignInLink, who.Email, afterConfirm(r), web.Network(ctx)); err != nil {
			return err
		}
		return web.Redirect(w, r, "/sign-in/sent", "account.link.done", who.Email)
	}
	err := h.accounts.ConfirmPassword(ctx, who, r.PostFormValue("password"), web.Network(ctx))
	if errors.Is(err, problem.TooMany) {
		w.Header().Set("Retry-After", strconv.Itoa(int(signInWindow.Seconds())))
		return h.showConfirm(w, r, http.StatusTooManyRequests, nil)
	}
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showConfirm(w, r, http.StatusUnprocessableEntity, wrong)
	}
	if err != nil {
		return err
	}
	if err := web.SignIn(ctx, who); err != nil {
		return err
	}
	return web.Redirect(w, r, afterConfirm(r), "")
}

package account

import (
	"net/http"

	"portal/internal/identity"
	"portal/web"
)

// confirmForm asks once more who it is. Who has shown it a moment ago goes on.
func (h handlers) confirmForm(w http.ResponseWriter, r *http.Request) error {
	f, err := h.accounts.Factor(r.Context(), identity.Must(r.Context()).ID)
	if err != nil {
		return err
	}
	if web.IsFresh(r.Context()) && (!f.Set || web.PassedFactor(r.Context())) {
		return web.Redirect(w, r, afterConfirm(r), "")
	}
	return h.showConfirm(w, r, http.StatusOK, codeView{Recovery: r.FormValue("with") == withRecovery})
}

// afterConfirm is where the person wanted to go, or their account.
func afterConfirm(r *http.Request) string {
	if next := wanted(r); next != "" {
		return next
	}
	return "/account"
}

func (h handlers) showConfirm(w http.ResponseWriter, r *http.Request, status int, code codeView) error {
	ctx := r.Context()
	p, err := h.accounts.Person(ctx, identity.Must(ctx))
	if err != nil {
		return err
	}
	v := confirmView{codeView: code, Email: p.Email, Next: wanted(r), HasPassword: p.HasPassword}
	if v.ByCode, v.Readable, err = h.byCode(r); err != nil {
		return err
	}
	return web.Render(w, r, status, confirmPage(v))
}

// byCode says whether the person shows who they are by a code, and whether one of an app can be checked. Who has passed a
// factor that can be checked no more does with the password.
func (h handlers) byCode(r *http.Request) (byCode, readable bool, err error) {
	f, err := h.accounts.Factor(r.Context(), identity.Must(r.Context()).ID)
	return f.Set && (f.Readable || !web.PassedFactor(r.Context())), f.Readable, err
}

func (h handlers) confirm(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	who := identity.Must(ctx)
	byCode, _, err := h.byCode(r)
	if err != nil {
		return err
	}
	signIn, proof := web.SignIn, readProof(r)
	switch {
	case byCode:
		signIn = web.SignInWithFactor
		err = h.accounts.ConfirmFactor(ctx, who, proof)
	case r.PostFormValue("do") == "link":
		if err := h.accounts.RequestLink(ctx, SignInLink, who.Email, afterConfirm(r), web.Network(ctx)); err != nil {
			return err
		}
		return web.Redirect(w, r, "/sign-in/sent", "account.link.done", who.Email)
	default:
		err = h.accounts.ConfirmPassword(ctx, who, r.PostFormValue("password"), web.Network(ctx))
	}
	if v, status, failed := proofFailure(w, proof, err); failed {
		return h.showConfirm(w, r, status, v)
	}
	if err != nil {
		return err
	}
	if err := signIn(ctx, who); err != nil {
		return err
	}
	return web.Redirect(w, r, afterConfirm(r), "")
}

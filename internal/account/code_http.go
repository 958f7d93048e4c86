package account

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
)

// readProof reads a code from a form.
func readProof(r *http.Request) Proof {
	return Proof{Code: r.PostFormValue("code"), Recovery: r.PostFormValue("with") == withRecovery, Network: web.Network(r.Context())}
}

// withRecovery is the value of "with" on pages that ask for a recovery code in the place of the app's.
const withRecovery = "recovery"

// welcome signs the person in and takes them to the page they wanted, or to where they begin. Who has a second factor
// passes it first.
func (h handlers) welcome(w http.ResponseWriter, r *http.Request, who identity.User, next, flash string, args ...any) error {
	ctx := r.Context()
	token, err := h.accounts.BeginSignIn(ctx, who, next)
	if err != nil {
		return err
	}
	if token != "" {
		web.SetCookie(ctx, web.SignInCookie, token, 2*SignInWaits) // longer, so that its page can say what happened
		return web.Redirect(w, r, "/sign-in/code", flash, args...)
	}
	if err := web.SignIn(ctx, who); err != nil {
		return err
	}
	return web.Redirect(w, r, orHome(ctx, next, who), flash, args...)
}

// orHome is the page that the person wanted, or where they begin.
func orHome(ctx context.Context, next string, who identity.User) string {
	if next == "" {
		return Home(ctx, who)
	}
	return next
}

// codeForm asks for the code of a sign-in that waits.
func (h handlers) codeForm(w http.ResponseWriter, r *http.Request) error {
	return h.showCode(w, r, http.StatusOK, codeView{Recovery: r.FormValue("with") == withRecovery})
}

func (h handlers) showCode(w http.ResponseWriter, r *http.Request, status int, v codeView) error {
	ctx := r.Context()
	p, err := h.accounts.Pending(ctx, web.Cookie(r, web.SignInCookie))
	if err != nil && !errors.Is(err, problem.NotFound) {
		return err
	}
	who := identity.From(ctx)
	switch {
	case err != nil && who.SignedIn(): // the back button
		return web.Redirect(w, r, Home(ctx, who), "")
	case err != nil:
		return web.Redirect(w, r, "/sign-in", "")
	case p.Over:
		web.DropCookie(ctx, web.SignInCookie)
		return web.Redirect(w, r, withNext("/sign-in", p.Next), "account.factor.code.over")
	}
	v.Readable = p.Factor.Readable
	return web.Render(w, r, status, codePage(v))
}

// enterCode signs in whoever has the code.
func (h handlers) enterCode(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	proof := readProof(r)
	who, next, err := h.accounts.CompleteSignIn(ctx, web.Cookie(r, web.SignInCookie), proof)
	if v, status, failed := proofFailure(w, proof, err); failed {
		return h.showCode(w, r, status, v)
	}
	if errors.Is(err, problem.Stale) {
		return h.showCode(w, r, http.StatusOK, codeView{})
	}
	if err != nil {
		return err
	}
	web.DropCookie(ctx, web.SignInCookie)
	if err := web.SignInWithFactor(ctx, who); err != nil {
		return err
	}
	return web.Redirect(w, r, orHome(ctx, next, who), "")
}

// proofFailure is what a page that has asked for a code shows when it was not good.
func proofFailure(w http.ResponseWriter, proof Proof, err error) (v codeView, status int, failed bool) {
	v.Recovery = proof.Recovery
	if errors.Is(err, problem.TooMany) {
		w.Header().Set("Retry-After", strconv.Itoa(int(signInWindow.Seconds())))
		v.Locked = true
		return v, http.StatusTooManyRequests, true
	}
	v.Wrong, failed = problem.InvalidFields(err)
	return v, http.StatusUnprocessableEntity, failed
}

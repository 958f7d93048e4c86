package account

import (
	"errors"
	"net/http"

	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
	"portal/web/ui"
)

// passed lets nobody touch a second factor whose session has not passed it. Such a session ends when the factor is set
// up, so this is a second lock on the door.
func (h handlers) passed(next web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := h.accounts.Factor(r.Context(), identity.Must(r.Context()).ID)
		if err != nil {
			return err
		}
		if f.Set && !web.PassedFactor(r.Context()) {
			return web.Redirect(w, r, withNext(web.ConfirmPath, wanted(r)), "")
		}
		return next(w, r)
	}
}

// factorForm shows the person's second factor, or how to set one up. Staff who have not passed it are led here from their
// pages, and back.
func (h handlers) factorForm(w http.ResponseWriter, r *http.Request) error {
	return h.showFactor(w, r, http.StatusOK, r.FormValue("new") != "", nil)
}

func (h handlers) showFactor(w http.ResponseWriter, r *http.Request, status int, anew bool, wrong []problem.Field) error {
	ctx := r.Context()
	who := identity.Must(ctx)
	f, err := h.accounts.Factor(ctx, who.ID)
	if err != nil {
		return err
	}
	v := factorView{Factor: f, Next: wanted(r), Wrong: wrong, MayRemove: !who.IsStaff() && !who.FactorNeeded, Needed: who.FactorNeeded}
	if f.Set && f.Readable && !anew {
		return web.Render(w, r, status, factorPage(v))
	}
	sealed := r.PostFormValue("proposal")
	if held := web.Held(ctx); held != nil {
		sealed = held.Get("proposal")
	}
	if v.Proposal, err = h.accounts.Propose(who, ui.SiteName(ctx), sealed); err != nil {
		return err
	}
	return web.Render(w, r, status, setUpPage(v))
}

func (h handlers) setFactor(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	codes, who, err := h.accounts.SetFactor(ctx, identity.Must(ctx), r.PostFormValue("proposal"), r.PostFormValue("code"), web.Network(ctx))
	if errors.Is(err, problem.Stale) { // open for too long: the page begins anew
		err = wrongCode("account.factor.proposal.old")
	}
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showFactor(w, r, http.StatusUnprocessableEntity, true, wrong)
	}
	if err != nil {
		return err
	}
	if err := web.SignInWithFactor(ctx, who); err != nil {
		return err
	}
	return showCodes(w, r, "account.factor.recovery.new.done", codes)
}

// showCodes answers with the recovery codes themselves, and not with a redirect: they are nowhere but in this answer.
func showCodes(w http.ResponseWriter, r *http.Request, done string, codes []string) error {
	return web.Render(w, r, http.StatusOK, recoveryPage(recoveryView{Codes: codes, Done: done, Next: wanted(r)}))
}

func (h handlers) renewCodes(w http.ResponseWriter, r *http.Request) error {
	codes, err := h.accounts.NewRecoveryCodes(r.Context(), identity.Must(r.Context()))
	if err != nil {
		return err
	}
	return showCodes(w, r, "account.factor.recovery.new.renewed", codes)
}

func (h handlers) removeFactor(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	who, err := h.accounts.RemoveFactor(ctx, identity.Must(ctx))
	if err != nil {
		return err
	}
	if err := web.SignInWithoutFactor(ctx, who); err != nil {
		return err
	}
	return web.Redirect(w, r, "/account", "account.factor.flash.removed")
}

// resetFactor takes the factor of somebody away who has lost it; the page before it has asked whether that is meant.
func (h handlers) resetFactor(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	if r.PostFormValue("sure") == "" {
		return h.showPerson(w, r, http.StatusUnprocessableEntity, []problem.Field{{Name: "sure", Key: "account.factor.reset.sure.missing"}})
	}
	if err := h.accounts.ResetFactor(r.Context(), identity.Must(r.Context()), id); err != nil {
		return err
	}
	return web.Redirect(w, r, personPath(id), "account.factor.flash.reset")
}

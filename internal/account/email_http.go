package account

import (
	"errors"
	"net/http"

	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
)

// emailView is what the page shows on which the address is changed.
type emailView struct {
	Present string
	Pending *EmailChange
	Value   string
	Wrong   []problem.Field
}

// emailLinkView is what the page of a link of a change of address shows.
type emailLinkView struct {
	Token string
	Link  EmailLink
	// Taken says that the address has another account by now.
	Taken bool
}

// emailLinkPath is the page of a link of a change of address, without the language.
func emailLinkPath(token string) string { return "/t/email/" + token }

func (h handlers) emailForm(w http.ResponseWriter, r *http.Request) error {
	v := emailView{}
	if held := web.Held(r.Context()); held != nil {
		v.Value = held.Get("email")
	}
	return h.showEmail(w, r, http.StatusOK, v)
}

func (h handlers) showEmail(w http.ResponseWriter, r *http.Request, status int, v emailView) error {
	ctx := r.Context()
	v.Present = identity.Must(ctx).Email
	var err error
	if v.Pending, err = h.accounts.PendingEmailChange(ctx, identity.Must(ctx)); err != nil {
		return err
	}
	return web.Render(w, r, status, emailPage(v))
}

func (h handlers) requestEmailChange(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	typed := r.PostFormValue("email")
	err := h.accounts.RequestEmailChange(ctx, identity.Must(ctx), typed)
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showEmail(w, r, http.StatusUnprocessableEntity, emailView{Value: typed, Wrong: wrong})
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, "/account", "account.email_change.asked", form.CleanEmail(typed))
}

func (h handlers) stopEmailChange(w http.ResponseWriter, r *http.Request) error {
	if err := h.accounts.StopEmailChange(r.Context(), identity.Must(r.Context())); err != nil {
		return err
	}
	return web.Redirect(w, r, "/account", "account.email_change.stopped")
}

// emailLink shows what the link is for, with the one button that acts. Programs that look at mails open links.
func (h handlers) emailLink(w http.ResponseWriter, r *http.Request) error {
	v := emailLinkView{Token: r.PathValue("token")}
	var err error
	v.Link, err = h.accounts.EmailLink(r.Context(), v.Token)
	switch {
	case errors.Is(err, problem.NotFound):
		return web.Render(w, r, http.StatusNotFound, deadLinkPage(Link{}))
	case err != nil:
		return err
	case v.Link.State != LinkUsable:
		return web.Render(w, r, http.StatusGone, deadEmailLinkPage(v))
	}
	return web.Render(w, r, http.StatusOK, emailLinkPage(v))
}

func (h handlers) useEmailLink(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	purpose, next, err := h.accounts.UseEmailLink(ctx, r.PathValue("token"))
	switch {
	case errors.Is(err, problem.NotFound), errors.Is(err, problem.Stale): // unknown, or used in another window meanwhile
		return h.emailLink(w, r)
	case errors.Is(err, ErrEmailTaken):
		return web.Render(w, r, http.StatusConflict, deadEmailLinkPage(emailLinkView{Link: EmailLink{Purpose: purpose}, Taken: true}))
	case err != nil:
		return err
	case purpose != EmailConfirm:
		// Whoever is signed in from this browser may be the one who is shut out.
		if err := web.SignOut(ctx); err != nil {
			return err
		}
		return web.Redirect(w, r, next, "account.email_change.taken_back")
	case identity.From(ctx).SignedIn():
		return web.Redirect(w, r, "/account", "account.email_change.done")
	}
	return web.Redirect(w, r, "/sign-in", "account.email_change.done")
}

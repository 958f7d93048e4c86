package account

import (
	"context"
	"fmt"
	"net/http"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/terms"
	"portal/web"
)

// AcceptTerms writes down that the person accepts the version of the terms and the privacy notice.
func (s *Service) AcceptTerms(ctx context.Context, who identity.User, v terms.Version) error {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		if err := acceptTerms(ctx, tx, who.ID, v.Number, s.now()); err != nil {
			return err
		}
		return s.record(ctx, tx, who.ID, "terms.accept", "user", who.ID, "terms_version")
	})
	if err != nil {
		return fmt.Errorf("accept the terms for user %d: %w", who.ID, err)
	}
	return nil
}

func (h handlers) termsForm(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, acceptPage(h.accounts.terms(h.accounts.now()), wanted(r)))
}

// acceptTerms takes the version that the page showed: if another has come into force since, that one is shown.
func (h handlers) acceptTerms(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	current, next := h.accounts.terms(h.accounts.now()), wanted(r)
	if r.PostFormValue("version") != current.Number {
		return web.Render(w, r, http.StatusConflict, acceptPage(current, next))
	}
	if err := h.accounts.AcceptTerms(ctx, identity.Must(ctx), current); err != nil {
		return err
	}
	if next == "" {
		next = Home(ctx, identity.Must(ctx))
	}
	return web.Redirect(w, r, next, "account.terms.accepted")
}

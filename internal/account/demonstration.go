package account

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"portal/internal/database"
	"portal/web"
)

// ShownCode is the present code of an account of the demonstration.
type ShownCode struct {
	Email, Code string
	// Until is when another takes its place.
	Until time.Time
}

// Codes returns the codes of those of the addresses that have a second factor: for the demonstration, whose people have
// no phones. Of two that count at present it is the one that has not been used.
func (s *Service) Codes(ctx context.Context, addresses []string) ([]ShownCode, error) {
	type row struct {
		Email string
		storedFactor
	}
	rows, err := database.Rows[row](ctx, s.db.Read(), `SELECT u.email, f.user_id, f.secret, f.key_id, f.last_step, f.created_at
		FROM factors f JOIN users u ON u.id = f.user_id WHERE u.email = ANY($1) ORDER BY array_position($1::text[], u.email)`, addresses)
	if err != nil {
		return nil, fmt.Errorf("read the factors of the demonstration: %w", err)
	}
	var all []ShownCode
	for _, r := range rows {
		secret, err := s.factorSecret(r.storedFactor)
		if err != nil {
			continue // its codes cannot be checked either
		}
		now := stepAt(s.now())
		step := min(max(now, r.LastStep+1), now+codeSlack)
		code, err := codeAt(secret, step)
		if err != nil {
			return nil, err
		}
		all = append(all, ShownCode{Email: r.Email, Code: code, Until: time.Unix((step+1)*codePeriod, 0)})
	}
	return all, nil
}

// ShowCodes adds a page with the present codes of the addresses, for everybody to see: they must be accounts of the
// demonstration, and the portal not in production, which is the app's to see to.
func ShowCodes(r *web.Router, path string, accounts *Service, addresses []string) {
	r.Bare(web.Public, "GET "+path, func(w http.ResponseWriter, r *http.Request) error {
		codes, err := accounts.Codes(r.Context(), addresses)
		if err != nil {
			return err
		}
		return web.Render(w, r, http.StatusOK, shownCodesPage(codes))
	}, web.Private())
}

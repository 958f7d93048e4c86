package account

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/personal"
	"portal/internal/problem"
	"portal/web"
)

// Closing is what somebody should know before they close their account.
type Closing struct {
	// Headless are the offices that would be left without a head.
	Headless []Office
	// LastAdministrator says that they cannot: nobody could give roles any more.
	LastAdministrator bool
	// Submissions counts what they have begun, and Assigned what is on their desk.
	Submissions, Assigned int
}

const lastAdministrator = `SELECT EXISTS (SELECT FROM staff_roles WHERE user_id = $1 AND role = 'administrator')
	AND NOT EXISTS (SELECT FROM staff_roles r JOIN users u ON u.id = r.user_id WHERE r.role = 'administrator' AND r.user_id <> $1 AND u.closed_at IS NULL)`

// Closing returns what the person should know before they close their account.
func (s *Service) Closing(ctx context.Context, who identity.User) (Closing, error) {
	var c Closing
	q := s.db.Read()
	for _, p := range who.Posts {
		if !who.Heads(p.OfficeID) {
			continue
		}
		others, err := database.Value[bool](ctx, q, `SELECT EXISTS (SELECT FROM posts p JOIN users u ON u.id = p.user_id AND u.closed_at IS NULL
			WHERE p.office_id = $1 AND p.user_id <> $2 AND p.role = 'head' AND p.state = 'approved'
				AND p.from_on <= current_date AND (p.until_on IS NULL OR p.until_on >= current_date))`, p.OfficeID, who.ID)
		if err != nil {
			return c, fmt.Errorf("heads of office %d: %w", p.OfficeID, err)
		}
		if !others {
			c.Headless = append(c.Headless, Office{ID: p.OfficeID, Name: p.OfficeName})
		}
	}
	type row struct {
		Last        bool
		Submissions int
		Assigned    int
	}
	r, err := database.Row[row](ctx, q, `SELECT (`+lastAdministrator+`) AS last, (SELECT count(*) FROM submissions WHERE author_id = $1) AS submissions,
		(SELECT count(*) FROM submissions WHERE assigned_to = $1 AND state IN ('submitted', 'in_review', 'changes_requested', 'approved')
			AND NOT EXISTS (SELECT FROM submission_conflicts c WHERE c.submission_id = submissions.id AND c.user_id = $1)) AS assigned`, who.ID)
	if err != nil {
		return c, fmt.Errorf("before the account of user %d is closed: %w", who.ID, err)
	}
	c.LastAdministrator, c.Submissions, c.Assigned = r.Last, r.Submissions, r.Assigned
	return c, nil
}

// errStaysAdministrator says that nobody would be left who can give roles.
var errStaysAdministrator = problem.Invalid(problem.Field{Name: "understood", Key: "account.closing.last_administrator"})

// Close closes the person's account for good: what is theirs is erased, what they did keeps their number (internal/personal
// says what is which). The last administrator cannot (problem.Invalid); an account that is closed is problem.NotFound.
func (s *Service) Close(ctx context.Context, who identity.User) error {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		// Changes of administrators take turns, so that two cannot leave at once.
		if who.Is(identity.Administrator) {
			if _, err := tx.Exec(ctx, `LOCK TABLE staff_roles IN SHARE ROW EXCLUSIVE MODE`); err != nil {
				return err
			}
			last, err := database.Value[bool](ctx, tx, lastAdministrator, who.ID)
			if err != nil {
				return err
			}
			if last {
				return errStaysAdministrator
			}
		}
		if err := lockOfficesOf(ctx, tx, who.ID); err != nil {
			return err
		}
		account, err := lockCredentials(ctx, tx, who.ID)
		if err != nil {
			return err
		}
		// An address that was never proven, or that another account has by now, is somebody else's.
		addresses, err := database.Values[string](ctx, tx, `SELECT a.email FROM email_changes c
			CROSS JOIN LATERAL unnest(CASE WHEN c.confirmed_at IS NULL THEN ARRAY[c.old_email] ELSE ARRAY[c.old_email, c.new_email] END) AS a (email)
			WHERE c.user_id = $1 AND NOT EXISTS (SELECT FROM users u WHERE lower(u.email) = lower(a.email) AND u.id <> $1 AND u.closed_at IS NULL)`, who.ID)
		if err != nil {
			return err
		}
		if err := s.record(ctx, tx, who.ID, "close", "user", who.ID); err != nil {
			return err
		}
		if err := s.personal.Close(ctx, tx, personal.Person{ID: who.ID, Addresses: append(addresses, account.Email), Now: s.now()}); err != nil {
			return err
		}
		// Whoever did this should not be the only one to know; nothing of the account is in it but the name.
		return s.send(ctx, tx, recipient{Name: account.Name, Email: account.Email, Lang: account.Lang}, letter{kind: "closed"})
	})
	if err != nil {
		return fmt.Errorf("close the account of user %d: %w", who.ID, err)
	}
	return nil
}

// lockOfficesOf keeps the offices in which the person has a post, or is offered one, as they are: offices come before
// people, as where an offer is accepted.
func lockOfficesOf(ctx context.Context, tx database.Tx, user int64) error {
	_, err := tx.Exec(ctx, `SELECT FROM offices WHERE id IN (SELECT p.office_id FROM posts p WHERE p.user_id = $1
			UNION SELECT f.office_id FROM post_offers f JOIN users u ON lower(u.email) = lower(f.email) WHERE u.id = $1
			UNION SELECT f.office_id FROM post_offers f WHERE f.offered_by = $1)
		ORDER BY id FOR NO KEY UPDATE`, user)
	if err != nil {
		return fmt.Errorf("lock the offices of user %d: %w", user, err)
	}
	return nil
}

// closingView is what the page shows on which an account is closed.
type closingView struct {
	Closing
	Wrong []problem.Field
}

func (h handlers) closingForm(w http.ResponseWriter, r *http.Request) error {
	return h.showClosing(w, r, http.StatusOK, nil)
}

func (h handlers) showClosing(w http.ResponseWriter, r *http.Request, status int, wrong []problem.Field) error {
	c, err := h.accounts.Closing(r.Context(), identity.Must(r.Context()))
	if err != nil {
		return err
	}
	return web.Render(w, r, status, closingPage(closingView{Closing: c, Wrong: wrong}))
}

func (h handlers) closeAccount(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if r.PostFormValue("understood") != "yes" {
		return h.showClosing(w, r, http.StatusUnprocessableEntity, []problem.Field{{Name: "understood", Key: "account.closing.understood.missing"}})
	}
	err := h.accounts.Close(ctx, identity.Must(ctx))
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showClosing(w, r, http.StatusUnprocessableEntity, wrong)
	}
	if err != nil && !errors.Is(err, problem.NotFound) { // closed in another window
		return err
	}
	if err := web.SignOut(ctx); err != nil {
		return err
	}
	return web.Redirect(w, r, "/", "account.closing.done")
}

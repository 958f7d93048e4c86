package peer

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
	"portal/web/ui"
)

func reviewerPath(user int64) string { return ReviewersPath + "/" + strconv.FormatInt(user, 10) }

// ReviewerProfile returns the profile of a reviewer for a lead, and records that it was read. Somebody without one is
// problem.NotFound.
func (s *Service) ReviewerProfile(ctx context.Context, who identity.User, user int64) (Profile, error) {
	if !who.Is(identity.Lead) {
		return Profile{}, problem.Forbidden
	}
	p, err := reviewerOf(ctx, s.db.Read(), user)
	if err != nil {
		return p, err
	}
	return p, s.recordRead(ctx, who, "user", []int64{user}, "name", "reviewer")
}

// reviewerOf is the profile of somebody who has the role and an open account.
func reviewerOf(ctx context.Context, q database.Querier, user int64) (Profile, error) {
	p, err := database.Row[Profile](ctx, q, `SELECT `+profileColumns+` FROM reviewers r JOIN users u ON u.id = r.user_id
		WHERE r.user_id = $1 AND u.closed_at IS NULL AND EXISTS (SELECT FROM staff_roles role WHERE role.user_id = r.user_id AND role.role = 'reviewer')`, user)
	if err != nil {
		return p, fmt.Errorf("reviewer %d: %w", user, err)
	}
	return p, nil
}

// ChangeReviewer changes on which side somebody reviews, how much they can take on and what they know, as a lead; their
// countries, by which the wall goes, are theirs to say. Rounds that are open keep the side of the day on which the person
// was asked. One's own profile is problem.Forbidden, since nobody chooses their own side; one that was saved since it was
// read is problem.Stale.
func (s *Service) ChangeReviewer(ctx context.Context, who identity.User, p Profile) error {
	if !who.Is(identity.Lead) || p.UserID == who.ID {
		return fmt.Errorf("change reviewer %d: %w", p.UserID, problem.Forbidden)
	}
	p = s.known(p)
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		kept, err := reviewerOf(ctx, tx, p.UserID)
		if err != nil {
			return err
		}
		p.Countries = kept.Countries
		if wrong := p.Check(); len(wrong) > 0 {
			return problem.Invalid(wrong...)
		}
		changed := p.differs(kept)
		if len(changed) == 0 {
			return nil
		}
		if err := s.putProfile(ctx, tx, p.UserID, p, nil); err != nil {
			return err
		}
		return s.record(ctx, tx, who.ID, "reviewer.change", "user", p.UserID, changed...)
	})
	if err != nil {
		return fmt.Errorf("change reviewer %d: %w", p.UserID, err)
	}
	return nil
}

// differs names the fields in which two profiles differ.
func (p Profile) differs(from Profile) []string {
	var fields []string
	for _, f := range []struct {
		name string
		same bool
	}{
		{"side", p.Side == from.Side}, {"works_for", p.WorksFor == from.WorksFor}, {"objectives", sameSet(p.Objectives, from.Objectives)},
		{"languages", sameSet(p.Languages, from.Languages)}, {"regions", sameSet(p.Regions, from.Regions)}, {"capacity", p.Capacity == from.Capacity},
		{"active", p.Active == from.Active},
	} {
		if !f.same {
			fields = append(fields, f.name)
		}
	}
	return fields
}

// sameSet says whether two lists hold the same, in whatever order.
func sameSet[T int | string](a, b []T) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// reviewerView is what the desk's page of one reviewer shows; Profile is what was typed.
type reviewerView struct {
	profileView
	// Own says that it is the reader's own, which they cannot change here.
	Own bool
}

func (h handlers) reviewer(w http.ResponseWriter, r *http.Request) error {
	return h.showReviewer(w, r, http.StatusOK, reviewerView{})
}

// showReviewer renders the page of a reviewer: as the profile is, or as it was typed with what is wrong with it.
func (h handlers) showReviewer(w http.ResponseWriter, r *http.Request, status int, v reviewerView) error {
	ctx := r.Context()
	who := identity.Must(ctx)
	id, err := web.ParamID(r, "reviewer")
	if err != nil {
		return err
	}
	kept, err := h.peer.ReviewerProfile(ctx, who, id)
	if err != nil {
		return err
	}
	typed := web.Held(ctx)
	if r.Method == http.MethodPost {
		typed = r.PostForm
	}
	v.Profile = kept
	if typed != nil {
		v.Profile = readReviewer(typed, id)
		v.Profile.Name = kept.Name
	}
	if v.Stale {
		v.Profile.Version = kept.Version
	}
	v.Own, v.Vocabulary = id == who.ID, h.vocabulary()
	return web.Render(w, r, status, reviewerPage(v))
}

func readReviewer(typed url.Values, user int64) Profile {
	return readProfile(typed, Profile{UserID: user})
}

func (h handlers) saveReviewer(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "reviewer")
	if err != nil {
		return err
	}
	err = h.peer.ChangeReviewer(ctx, identity.Must(ctx), readReviewer(r.PostForm, id))
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showReviewer(w, r, http.StatusUnprocessableEntity, reviewerView{profileView: profileView{Wrong: wrong}})
	}
	if errors.Is(err, problem.Stale) {
		return h.showReviewer(w, r, http.StatusConflict, reviewerView{profileView: profileView{Stale: true}})
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, ReviewersPath, "peer.flash.reviewer")
}

// The questions in the third person.

func (v reviewerView) objectives(ctx context.Context) ui.Control {
	c := objectivesControl(ctx, v.Profile, v.Wrong)
	c.Hint = i18n.T(ctx, "peer.reviewer.objectives.hint")
	return c
}

func (v reviewerView) languages(ctx context.Context) ui.Control {
	c := languagesControl(ctx, v.Profile, v.Wrong)
	c.Label = i18n.T(ctx, "peer.reviewers.column.languages")
	return c
}

func (v reviewerView) regions(ctx context.Context) ui.Control {
	c := regionsControl(ctx, v.Vocabulary, v.Profile)
	c.Label = i18n.T(ctx, "peer.reviewers.column.regions")
	return c
}

func (v reviewerView) capacity(ctx context.Context) ui.Control {
	c := v.profileView.capacity(ctx)
	c.Hint = i18n.T(ctx, "peer.reviewer.capacity.hint")
	return c
}

func (v reviewerView) active(ctx context.Context) ui.Control {
	c := v.profileView.active(ctx)
	c.Label = i18n.T(ctx, "peer.reviewer.active")
	return c
}

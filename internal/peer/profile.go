package peer

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// Check says what is wrong with a profile.
func (p Profile) Check() []problem.Field {
	var wrong []problem.Field
	if !slices.Contains(Sides, p.Side) {
		wrong = append(wrong, problem.Field{Name: "side", Key: "peer.profile.side.missing"})
	}
	if n := form.Length(p.WorksFor); n > 200 {
		wrong = append(wrong, problem.Field{Name: "works_for", Key: "peer.too_long", Args: []any{200, n}})
	}
	if len(p.Objectives) == 0 {
		wrong = append(wrong, problem.Field{Name: "objectives", Key: "peer.profile.objectives.missing"})
	}
	if len(p.Languages) == 0 {
		wrong = append(wrong, problem.Field{Name: "languages", Key: "peer.profile.languages.missing"})
	}
	if p.Capacity < 0 || p.Capacity > 50 {
		wrong = append(wrong, problem.Field{Name: "capacity", Key: "peer.profile.capacity.wrong"})
	}
	return wrong
}

// known leaves out what the vocabulary does not know.
func (s *Service) known(p Profile) Profile {
	v := s.vocabulary()
	p.WorksFor = cleanLine(p.WorksFor)
	p.Objectives = slices.DeleteFunc(p.Objectives, func(n int) bool { _, ok := v.Objective(n); return !ok })
	p.Languages = slices.DeleteFunc(p.Languages, func(l string) bool { return !slices.Contains(i18n.All, i18n.Lang(l)) })
	p.Regions = slices.DeleteFunc(p.Regions, func(id string) bool { _, ok := v.Region(id); return !ok })
	p.Countries = slices.DeleteFunc(p.Countries, func(iso string) bool { _, ok := v.Country(iso); return !ok })
	return p
}

// SaveProfile keeps what the reviewer says of themself. On which side they review is the desk's to say; a profile that was
// saved since it was read is problem.Stale.
func (s *Service) SaveProfile(ctx context.Context, who identity.User, p Profile) error {
	kept, err := s.Profile(ctx, who)
	if err != nil {
		return err
	}
	p = s.known(p)
	if kept.Version > 0 {
		p.Side = kept.Side
	}
	if wrong := p.Check(); len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		if err := s.putProfile(ctx, tx, who.ID, p, nil); err != nil {
			return err
		}
		if err := s.record(ctx, tx, who.ID, "reviewer.change", "user", who.ID, "reviewers"); err != nil {
			return err
		}
		return s.inConflict(ctx, tx, who.ID)
	})
	if err != nil {
		return fmt.Errorf("save the profile of reviewer %d: %w", who.ID, err)
	}
	return nil
}

func (s *Service) putProfile(ctx context.Context, tx database.Tx, user int64, p Profile, invitedBy *int64) error {
	args := database.Args{
		"user": user, "side": p.Side, "works_for": p.WorksFor, "objectives": orEmpty(p.Objectives), "languages": orEmpty(p.Languages), "regions": orEmpty(p.Regions),
		"countries": orEmpty(p.Countries), "capacity": p.Capacity, "active": p.Active, "version": p.Version, "by": invitedBy, "now": s.now(),
	}
	_, err := database.Value[int](ctx, tx, `INSERT INTO reviewers (user_id, side, works_for, objectives, languages, regions, countries, capacity, active, invited_by, created_at, changed_at)
		VALUES (@user, @side, @works_for, @objectives, @languages, @regions, @countries, @capacity, @active, @by, @now, @now)
		ON CONFLICT ON CONSTRAINT reviewers_pkey DO UPDATE SET side = excluded.side, works_for = excluded.works_for, objectives = excluded.objectives, languages = excluded.languages,
			regions = excluded.regions, countries = excluded.countries, capacity = excluded.capacity, active = excluded.active, version = reviewers.version + 1, changed_at = excluded.changed_at
		WHERE reviewers.version = @version
		RETURNING version`, args)
	if errors.Is(err, problem.NotFound) {
		return problem.Stale
	}
	return err
}

// orEmpty is the list, or an empty one instead of none.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// NewReviewer is whom a lead invites.
type NewReviewer struct {
	Email, Name string
	Lang        i18n.Lang
	Profile     Profile
}

// Invite makes somebody a reviewer: an account if they have none, the role, a profile, and a mail with what to do. Leads
// do; what is wrong is a problem.Invalid. Somebody who has a profile keeps it.
func (s *Service) Invite(ctx context.Context, who identity.User, n NewReviewer) (user int64, err error) {
	if !who.Is(identity.Lead) {
		return 0, problem.Forbidden
	}
	n.Profile = s.known(n.Profile)
	if n.Lang != i18n.Arabic {
		n.Lang = n.Lang.OrEnglish()
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		var wrong []problem.Field
		var link string
		user, link, err = s.invite(ctx, tx, who, n.Email, n.Name, n.Lang)
		if bad, ok := problem.InvalidFields(err); ok {
			wrong, err = bad, nil
		}
		if err != nil {
			return err
		}
		if !slices.Contains(Sides, n.Profile.Side) {
			wrong = append(wrong, problem.Field{Name: "side", Key: "peer.profile.side.missing"})
		}
		if len(wrong) > 0 {
			return problem.Invalid(wrong...)
		}
		n.Profile.Capacity, n.Profile.Active, n.Profile.Version = 2, true, -1
		if n.Profile.Languages == nil {
			n.Profile.Languages = []string{string(n.Lang)}
		}
		if err := s.putProfile(ctx, tx, user, n.Profile, &who.ID); err != nil && !errors.Is(err, problem.Stale) {
			return err
		}
		if err := s.record(ctx, tx, who.ID, "reviewer.invite", "user", user); err != nil {
			return err
		}
		return s.toReviewer(ctx, tx, user, letter{kind: "invited", path: ProfilePath, link: link})
	})
	if err != nil {
		return 0, fmt.Errorf("invite a reviewer: %w", err)
	}
	return user, nil
}

// Reviewers lists who reviews, for desks: an officer or a lead. It records whose profiles were read.
func (s *Service) Reviewers(ctx context.Context, who identity.User, f ReviewerFilter) ([]Listed, error) {
	all, err := s.listed(ctx, who, f)
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(all))
	for i, one := range all {
		ids[i] = one.UserID
	}
	return all, s.recordRead(ctx, who, "user", ids, "name", "reviewer")
}

func (s *Service) listed(ctx context.Context, who identity.User, f ReviewerFilter) ([]Listed, error) {
	if len(who.Desks()) == 0 {
		return nil, problem.Forbidden
	}
	all, err := listReviewers(ctx, s.db.Read(), who, f.Q, f.Side, f.Objective, s.now())
	if err != nil {
		return nil, fmt.Errorf("list the reviewers: %w", err)
	}
	return all, nil
}

// ExportReviewers is Reviewers for a file, and records that it was taken out.
func (s *Service) ExportReviewers(ctx context.Context, who identity.User, f ReviewerFilter) ([]Listed, error) {
	all, err := s.listed(ctx, who, f)
	if err != nil {
		return nil, err
	}
	return all, s.db.InTx(ctx, func(tx database.Tx) error {
		return s.record(ctx, tx, who.ID, "export.reviewers", "user", who.ID, "name")
	})
}

// ReviewerFilter narrows the list of reviewers; a zero field does not.
type ReviewerFilter struct {
	Q         string
	Side      Side
	Objective int
}

// Interests are those that the person declared.
func (s *Service) Interests(ctx context.Context, who identity.User) ([]workflow.Interest, error) {
	return workflow.Interests(ctx, s.db.Read(), who.ID)
}

// NewInterest is an interest as it is declared: an office by its number, or a country.
type NewInterest struct {
	Office  int64
	Country string
	Reason  string
}

// DeclareInterest keeps an interest of the person; reviews that it concerns are set aside at once.
func (s *Service) DeclareInterest(ctx context.Context, who identity.User, n NewInterest) error {
	n.Reason = cleanText(n.Reason)
	var wrong []problem.Field
	if _, ok := s.vocabulary().Country(n.Country); n.Office == 0 && !ok {
		wrong = append(wrong, problem.Field{Name: "interest_country", Key: "peer.interest.which.missing"})
	}
	if n.Reason == "" {
		wrong = append(wrong, problem.Field{Name: "interest_reason", Key: "workflow.conflict.reason.missing"})
	}
	if c := form.Length(n.Reason); c > workflow.MaxConflictReason {
		wrong = append(wrong, problem.Field{Name: "interest_reason", Key: "peer.too_long", Args: []any{workflow.MaxConflictReason, c}})
	}
	if len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	return s.db.InTx(ctx, func(tx database.Tx) error {
		if n.Office != 0 {
			if _, err := database.Value[int64](ctx, tx, `SELECT id FROM offices WHERE id = $1 AND state IN ('proposed', 'approved')`, n.Office); err != nil {
				return problem.Invalid(problem.Field{Name: "interest_office", Key: "peer.interest.office.unknown"})
			}
		}
		if err := workflow.DeclareInterest(ctx, tx, who, n.Office, n.Country, n.Reason, s.now()); err != nil {
			return err
		}
		return s.inConflict(ctx, tx, who.ID)
	})
}

// EndInterest says that an interest of the person is over.
func (s *Service) EndInterest(ctx context.Context, who identity.User, id int64) error {
	return s.db.InTx(ctx, func(tx database.Tx) error { return workflow.EndInterest(ctx, tx, who, id, s.now()) })
}

// NamedOffice is an office to choose.
type NamedOffice struct {
	ID   int64
	Name string
}

// offices are the approved offices whose names have the words, for a choice.
func (s *Service) offices(ctx context.Context, words string) ([]NamedOffice, error) {
	if words == "" {
		return nil, nil
	}
	return database.Rows[NamedOffice](ctx, s.db.Read(), `SELECT id, name FROM offices WHERE state = 'approved' AND strpos(folded, fold_name($1)) > 0
		ORDER BY name COLLATE "und-x-icu", id LIMIT 20`, words)
}

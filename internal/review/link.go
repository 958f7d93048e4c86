package review

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// LinkKind says how two submissions belong together.
type LinkKind string

// The kinds of links.
const (
	Related   LinkKind = "related"
	Duplicate LinkKind = "duplicate" // merged into the other
)

// Link is a submission that belongs to the one that is looked at.
type Link struct {
	ID   int64
	Kind LinkKind
	// Merged says, of a duplicate, that it is the one that is looked at which was merged into the other.
	Merged bool
	Reason string
	// OtherID, PublicID, Title, Lang, OfficeName and State are of the other one; without an office its author stands there.
	OtherID    workflow.ID
	PublicID   *string
	Title      string
	Lang       string
	OfficeName string
	State      workflow.State
	MadeBy     string // "" when the account is closed
	MadeAt     time.Time
}

// reference names the other one.
func (l Link) reference() string {
	return reference(workflow.Submission{ID: l.OtherID, PublicID: l.PublicID})
}

// maxReason is the longest reason of a link, in characters as a person counts them.
const maxReason = 500

// The names of the texts that LinkTo and Merge find wrong.
const (
	otherField  = "other"
	reasonField = "reason"
)

// Links returns a submission with what it is linked to, the earliest first, as far as the person's desks may see the other
// end; what they may not see themself is problem.NotFound.
func (s *Service) Links(ctx context.Context, who identity.User, id workflow.ID) (Case, []Link, error) {
	c, err := s.load(ctx, who, id)
	if err != nil {
		return c, nil, err
	}
	links, err := linksOf(ctx, s.db.Read(), who, id)
	return c, links, err
}

func linksOf(ctx context.Context, q database.Querier, who identity.User, id workflow.ID) ([]Link, error) {
	links, err := database.Rows[Link](ctx, q, `SELECT l.id, l.kind, l.from_id = @id AND l.kind = 'duplicate' AS merged, l.reason, s.id AS other_id, s.public_id,
			s.submitted_title AS title, s.lang, coalesce(o.name, author.name) AS office_name, s.state, coalesce(u.name, '') AS made_by, l.made_at
		FROM submission_links l JOIN submissions s ON s.id = CASE WHEN l.from_id = @id THEN l.to_id ELSE l.from_id END
			LEFT JOIN offices o ON o.id = s.office_id JOIN users author ON author.id = s.author_id LEFT JOIN users u ON u.id = l.made_by AND u.closed_at IS NULL
		WHERE (l.from_id = @id OR l.to_id = @id) AND `+workflow.OnDesk+` ORDER BY l.id`, database.Args{"id": id, "who": who.ID, "staff": who.IsStaff()})
	if err != nil {
		return nil, fmt.Errorf("links of submission %d: %w", id, err)
	}
	return links, nil
}

// other finds the other end by its number or public ID. One that the person's desks may not see is not told from one that
// there is not.
func (s *Service) other(ctx context.Context, q database.Querier, who identity.User, typed string) (workflow.Submission, error) {
	typed = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(typed), "#"))
	wrong := func(key string) error { return problem.Invalid(problem.Field{Name: otherField, Key: key}) }
	if typed == "" {
		return workflow.Submission{}, wrong("review.link.other.missing")
	}
	if len(typed) > 40 {
		return workflow.Submission{}, wrong("review.link.other.unknown")
	}
	id, err := database.Value[workflow.ID](ctx, q, `SELECT s.id FROM submissions s WHERE (s.id::text = @typed OR upper(s.public_id) = upper(@typed)) AND `+workflow.OnDesk,
		database.Args{"typed": typed, "who": who.ID, "staff": who.IsStaff()})
	if err == nil {
		var sub workflow.Submission
		if sub, err = s.find(ctx, q, who, id); err == nil {
			return sub, nil
		}
	}
	if errors.Is(err, problem.NotFound) {
		return workflow.Submission{}, wrong("review.link.other.unknown")
	}
	return workflow.Submission{}, err
}

// lockTwo locks both ends, the smaller number first, so that two people who do it the other way round do not wait for each
// other.
func (s *Service) lockTwo(ctx context.Context, tx database.Tx, who identity.User, one, other workflow.ID) (a, b workflow.Submission, err error) {
	if one > other {
		b, a, err = s.lockTwo(ctx, tx, who, other, one)
		return a, b, err
	}
	if a, _, err = s.lock(ctx, tx, who, one); err != nil {
		return a, b, err
	}
	b, _, err = s.lock(ctx, tx, who, other)
	return a, b, err
}

// LinkTo links a submission with a related one, named by its number or public ID, and says why. What is wrong with the
// names or the reason is problem.Invalid at "other" or "reason". A form sent twice is done once.
func (s *Service) LinkTo(ctx context.Context, who identity.User, id workflow.ID, typed, reason string) error {
	reason = cleanNote(reason)
	sub, err := s.find(ctx, s.db.Read(), who, id)
	if err != nil {
		return fmt.Errorf("link submission %d: %w", id, err)
	}
	other, err := s.other(ctx, s.db.Read(), who, typed)
	if err == nil && other.ID == sub.ID {
		err = problem.Invalid(problem.Field{Name: otherField, Key: "review.link.other.same"})
	}
	if err := joinInvalid(err, checkReason(reasonField, reason)); err != nil {
		return fmt.Errorf("link submission %d: %w", id, err)
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		if _, _, err := s.lockTwo(ctx, tx, who, id, other.ID); err != nil {
			return err
		}
		there, err := linked(ctx, tx, id, other.ID)
		if err != nil || there == reason {
			return err
		}
		if there != "" {
			return problem.Invalid(problem.Field{Name: otherField, Key: "review.link.other.already"})
		}
		return s.addLink(ctx, tx, who, Related, id, other.ID, reason, "link")
	})
	if err != nil {
		return fmt.Errorf("link submissions %d and %d: %w", id, other.ID, err)
	}
	return nil
}

// joinInvalid puts what is wrong with a form together; another error goes before.
func joinInvalid(errs ...error) error {
	var all []problem.Field
	for _, err := range errs {
		wrong, ok := problem.InvalidFields(err)
		if err != nil && !ok {
			return err
		}
		all = append(all, wrong...)
	}
	return problem.Invalid(all...)
}

func checkReason(field, reason string) error {
	switch n := form.Length(reason); {
	case n == 0:
		return problem.Invalid(problem.Field{Name: field, Key: "review.link.reason.missing"})
	case n > maxReason:
		return problem.Invalid(problem.Field{Name: field, Key: "review.link.reason.long", Args: []any{maxReason, n}})
	}
	return nil
}

// linked returns the reason of the link between two submissions; "" when there is none.
func linked(ctx context.Context, q database.Querier, a, b workflow.ID) (string, error) {
	reason, err := database.Value[string](ctx, q, `SELECT reason FROM submission_links WHERE least(from_id, to_id) = least($1::bigint, $2::bigint)
		AND greatest(from_id, to_id) = greatest($1::bigint, $2::bigint)`, a, b)
	if errors.Is(err, problem.NotFound) {
		return "", nil
	}
	return reason, err
}

// addLink writes the link, and an entry of the record at each end.
func (s *Service) addLink(ctx context.Context, tx database.Tx, who identity.User, kind LinkKind, from, to workflow.ID, reason, act string) error {
	now := s.now()
	if _, err := tx.Exec(ctx, `INSERT INTO submission_links (from_id, to_id, kind, reason, made_by, made_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		from, to, kind, reason, who.ID, now); err != nil {
		return err
	}
	return recordBoth(ctx, tx, who, act, from, to, now)
}

func recordBoth(ctx context.Context, tx database.Tx, who identity.User, act string, a, b workflow.ID, now time.Time) error {
	for id, other := range map[workflow.ID]workflow.ID{a: b, b: a} {
		e := audit.Entry{Actor: who.ID, Act: act, Subject: "submission", SubjectID: id, Fields: []string{"#" + strconv.FormatInt(other, 10)}, At: now}
		if err := audit.Record(ctx, tx, e); err != nil {
			return err
		}
	}
	return nil
}

// linkEntriesHidden are the entries of the record of a submission about links whose other end is not before the person at a
// desk.
func linkEntriesHidden(ctx context.Context, q database.Querier, who identity.User, id workflow.ID) ([]int64, error) {
	ids, err := database.Values[int64](ctx, q, `SELECT l.id FROM audit_log l
		WHERE l.subject = 'submission' AND l.subject_id = @id AND l.act IN ('link', 'unlink', 'merge')
			AND NOT EXISTS (SELECT FROM submissions s WHERE s.id = substr(l.fields[1], 2)::bigint AND `+workflow.OnDesk+`)`,
		database.Args{"id": id, "who": who.ID, "staff": who.IsStaff()})
	if err != nil {
		return nil, fmt.Errorf("links in the record of submission %d: %w", id, err)
	}
	return ids, nil
}

// Unlink removes a link. That of a duplicate ends that its public address leads to the other; what was declined or taken
// down with the merger stays so. A link that the person does not see is problem.NotFound.
func (s *Service) Unlink(ctx context.Context, who identity.User, id workflow.ID, link int64) error {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		links, err := linksOf(ctx, tx, who, id)
		if err != nil {
			return err
		}
		for _, l := range links {
			if l.ID != link {
				continue
			}
			if _, _, err := s.lockTwo(ctx, tx, who, id, l.OtherID); err != nil {
				return err
			}
			gone, err := tx.Exec(ctx, `DELETE FROM submission_links WHERE id = $1`, link)
			if err != nil || gone.RowsAffected() == 0 {
				return err
			}
			return recordBoth(ctx, tx, who, "unlink", id, l.OtherID, s.now())
		}
		return problem.NotFound
	})
	if err != nil {
		return fmt.Errorf("remove link %d of submission %d: %w", link, id, err)
	}
	return nil
}

package workflow

import (
	"context"
	"fmt"
	"strings"
	"time"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/problem"
)

// ByReviewer is the side of who was asked to review a submission, in the view submission_access. They take no step of a
// plan and see no more than internal/peer shows them; Find and the lists of this package do not know that side.
const ByReviewer By = "reviewer"

// ConflictReason says why somebody must not judge a submission, in the view submission_conflicts. Its words are texts:
// workflow.conflict.….
type ConflictReason string

// The reasons (review.md, conflict wall).
const (
	ConflictAuthor   ConflictReason = "author"   // they began it
	ConflictOffice   ConflictReason = "office"   // they have, had or asked for a post in its office
	ConflictWriter   ConflictReason = "writer"   // they wrote on it
	ConflictInvited  ConflictReason = "invited"  // they were invited to its draft
	ConflictCountry  ConflictReason = "country"  // who reviews, for a submission of the government of their country
	ConflictPartner  ConflictReason = "partner"  // they or their office were asked to take part in it
	ConflictInterest ConflictReason = "interest" // they declared an interest in its office or country
	ConflictDeclared ConflictReason = "declared" // they said so of this one
	ConflictStaff    ConflictReason = "staff"    // staff said so
)

// ConflictReasons lists them, those first that are worked out.
var ConflictReasons = []ConflictReason{ConflictAuthor, ConflictOffice, ConflictWriter, ConflictInvited, ConflictCountry, ConflictPartner,
	ConflictInterest, ConflictDeclared, ConflictStaff}

// Standing is how a person stands to a submission: the three states of the wall.
type Standing string

// The standings. A conflict that is worked out, or that staff have set, holds whatever the person said.
const (
	NotAsked     Standing = "not_asked"
	NoneDeclared Standing = "none_declared"
	InConflict   Standing = "conflict"
)

// Standings lists them.
var Standings = []Standing{NotAsked, NoneDeclared, InConflict}

// StandingSQL is the standing, as an SQL value, of the person whose id is the SQL person to the submission whose id is the
// SQL submission. Both are written by the program.
func StandingSQL(person, submission string) string {
	return `CASE WHEN EXISTS (SELECT FROM submission_conflicts c WHERE c.submission_id = ` + submission + ` AND c.user_id = ` + person + `) THEN 'conflict'
		WHEN EXISTS (SELECT FROM conflict_declarations d WHERE d.submission_id = ` + submission + ` AND d.user_id = ` + person + ` AND d.source = 'person') THEN 'none_declared'
		ELSE 'not_asked' END`
}

// StandingOf says how the person stands to the submission, and for which reasons they have a conflict.
func StandingOf(ctx context.Context, q database.Querier, id ID, person int64) (Standing, []ConflictReason, error) {
	reasons, err := database.Values[ConflictReason](ctx, q, `SELECT DISTINCT reason FROM submission_conflicts WHERE submission_id = $1 AND user_id = $2 ORDER BY reason`, id, person)
	if err != nil {
		return "", nil, fmt.Errorf("conflicts of person %d with submission %d: %w", person, id, err)
	}
	if len(reasons) > 0 {
		return InConflict, reasons, nil
	}
	said, err := database.Value[bool](ctx, q, `SELECT EXISTS (SELECT FROM conflict_declarations WHERE submission_id = $1 AND user_id = $2 AND source = 'person')`, id, person)
	if err != nil {
		return "", nil, fmt.Errorf("what person %d declared on submission %d: %w", person, id, err)
	}
	if said {
		return NoneDeclared, nil, nil
	}
	return NotAsked, nil, nil
}

// MaxConflictReason is the longest reason for a conflict or an interest, in characters.
const MaxConflictReason = 1000

// Declare keeps what the person says of themself and the submission. Whoever said that there is a conflict does not take
// it back alone: from then on the submission is not there for them.
func Declare(ctx context.Context, tx database.Tx, id ID, who identity.User, conflict bool, reason string, now time.Time) error {
	act := "conflict.none"
	if conflict {
		act = "conflict.declare"
	}
	return declare(ctx, tx, id, who.ID, "person", conflict, reason, who, act, now)
}

// SetConflict keeps what staff say of a person and a submission: that there is a conflict, or that there is none any
// more. Lifting takes back what staff or the person said; what is worked out stays. It needs a reason: else it is a
// problem.Invalid at "reason".
func SetConflict(ctx context.Context, tx database.Tx, id ID, person int64, conflict bool, reason string, who identity.User, now time.Time) error {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return problem.Invalid(problem.Field{Name: "reason", Key: "workflow.conflict.reason.missing"})
	}
	act := "conflict.lift"
	if conflict {
		act = "conflict.set"
	} else if _, err := tx.Exec(ctx, `DELETE FROM conflict_declarations WHERE user_id = $1 AND submission_id = $2 AND source = 'person' AND conflict`, person, id); err != nil {
		return fmt.Errorf("lift the conflict of person %d with submission %d: %w", person, id, err)
	}
	return declare(ctx, tx, id, person, "staff", conflict, reason, who, act, now)
}

func declare(ctx context.Context, tx database.Tx, id ID, person int64, source string, conflict bool, reason string, by identity.User, act string, now time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO conflict_declarations (user_id, submission_id, source, conflict, reason, by_id, at)
		VALUES (@person, @id, @source, @conflict, @reason, @by, @now)
		ON CONFLICT ON CONSTRAINT conflict_declarations_pkey DO UPDATE SET conflict = excluded.conflict, reason = excluded.reason, by_id = excluded.by_id, at = excluded.at`,
		database.Args{"person": person, "id": id, "source": source, "conflict": conflict, "reason": strings.TrimSpace(reason), "by": by.ID, "now": now})
	if err != nil {
		return fmt.Errorf("declare a conflict of person %d with submission %d: %w", person, id, err)
	}
	if err := recordAct(ctx, tx, by.ID, act, id, nil, now); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: by.ID, Act: act, Subject: "user", SubjectID: person, At: now})
}

// Interest is an office or a country in which a person declared an interest.
type Interest struct {
	ID         int64
	OfficeID   *int64
	OfficeName string // "" for a country
	Country    string // "" for an office
	Reason     string
	DeclaredAt time.Time
}

// Interests are those of a person that hold, the earliest first.
func Interests(ctx context.Context, q database.Querier, person int64) ([]Interest, error) {
	all, err := database.Rows[Interest](ctx, q, `SELECT d.id, d.office_id, coalesce(o.name, '') AS office_name, d.country, d.reason, d.declared_at
		FROM declared_interests d LEFT JOIN offices o ON o.id = d.office_id WHERE d.user_id = $1 AND d.ended_at IS NULL ORDER BY d.id`, person)
	if err != nil {
		return nil, fmt.Errorf("interests of person %d: %w", person, err)
	}
	return all, nil
}

// DeclareInterest keeps that the person has an interest in an office, or when office is 0 in a country. Said again it is
// kept once, with the new reason.
func DeclareInterest(ctx context.Context, tx database.Tx, who identity.User, office int64, country, reason string, now time.Time) error {
	conflict, of := `(user_id, country) WHERE ended_at IS NULL AND country <> ''`, (*int64)(nil)
	if office != 0 {
		conflict, of, country = `(user_id, office_id) WHERE ended_at IS NULL AND office_id IS NOT NULL`, &office, ""
	}
	_, err := tx.Exec(ctx, `INSERT INTO declared_interests (user_id, office_id, country, reason, declared_at) VALUES (@who, @office, @country, @reason, @now)
		ON CONFLICT `+conflict+` DO UPDATE SET reason = excluded.reason`,
		database.Args{"who": who.ID, "office": of, "country": country, "reason": strings.TrimSpace(reason), "now": now})
	if err != nil {
		return fmt.Errorf("declare an interest: %w", err)
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "interest.declare", Subject: "user", SubjectID: who.ID, At: now})
}

// EndInterest says that an interest of the person is over; one that is not theirs, or over already, is problem.NotFound.
func EndInterest(ctx context.Context, tx database.Tx, who identity.User, id int64, now time.Time) error {
	if _, err := database.Value[int64](ctx, tx, `UPDATE declared_interests SET ended_at = $3 WHERE id = $1 AND user_id = $2 AND ended_at IS NULL RETURNING id`, id, who.ID, now); err != nil {
		return fmt.Errorf("end interest %d: %w", id, err)
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "interest.end", Subject: "user", SubjectID: who.ID, At: now})
}

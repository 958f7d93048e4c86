package fund

import (
	"context"
	"fmt"
	"slices"
	"time"

	"portal/internal/database"
)

// RCOfficeID is the number of an office of a Resident Coordinator.
type RCOfficeID = int64

// RCOffice is the office of a Resident Coordinator (RC), which covers one or several countries (fund.md, Sign-off chain). One
// RC signs once, for all countries of theirs that a concept note names.
type RCOffice struct {
	ID RCOfficeID `db:"id"`
	// Version grows with each change; who saves over a newer one is told so.
	Version int
	Name    string
	// OfficeID is the portal's office whose approved heads are the RC, OfficeName its name; 0 and "" while it is tied to none.
	OfficeID   int64
	OfficeName string
	// Countries are those that it covers, by their codes, sorted.
	Countries []string
	// Invented says that it is of the demonstration data.
	Invented bool
	// ClosedAt is when it was closed: no concept note goes through it from then on. Nil while it is open.
	ClosedAt *time.Time
}

// Open says whether concept notes go through the office.
func (o RCOffice) Open() bool { return o.ClosedAt == nil }

const rcOfficeColumns = `r.id, r.version, r.name, COALESCE(r.office_id, 0) AS office_id, COALESCE(o.name, '') AS office_name, r.invented, r.closed_at,
	ARRAY(SELECT c.country FROM rc_office_countries c WHERE c.rc_office_id = r.id ORDER BY c.country) AS countries`

// fromRCOffices is where rcOfficeColumns come from.
const fromRCOffices = ` FROM rc_offices r LEFT JOIN offices o ON o.id = r.office_id `

// CoordinatorsOf are the open offices of Resident Coordinators that cover any of the countries, each once, by name; missing
// are the countries without one, in the order given: their notes go the other way (fund.md, first paragraph).
func CoordinatorsOf(ctx context.Context, q database.Querier, countries []string) (offices []RCOffice, missing []string, err error) {
	offices, err = database.Rows[RCOffice](ctx, q, `SELECT `+rcOfficeColumns+fromRCOffices+`
		WHERE r.closed_at IS NULL AND EXISTS (SELECT FROM rc_office_countries c WHERE c.rc_office_id = r.id AND c.country = ANY ($1)) ORDER BY lower(r.name), r.id`, countries)
	if err != nil {
		return nil, nil, fmt.Errorf("the Resident Coordinators of %v: %w", countries, err)
	}
	for _, country := range countries {
		covered := slices.ContainsFunc(offices, func(o RCOffice) bool { return slices.Contains(o.Countries, country) })
		if !covered && !slices.Contains(missing, country) {
			missing = append(missing, country)
		}
	}
	return offices, missing, nil
}

// MoveOffice ties the offices of Resident Coordinators to the office into which theirs was merged.
func (s *Service) MoveOffice(ctx context.Context, tx database.Tx, from, into int64) error {
	_, err := tx.Exec(ctx, `UPDATE rc_offices SET office_id = $2, version = version + 1 WHERE office_id = $1`, from, into)
	return wrap(fmt.Sprintf("tie the RC offices of office %d to %d", from, into), err)
}

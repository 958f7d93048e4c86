package newsletter

import (
	"context"

	"portal/internal/database"
	"portal/internal/personal"
)

// Personal is what this package keeps of people with an account: what they did at the desk. Readers have none, and see to what
// is kept of them by their own link; of a person who closes their account, their address goes from the readers as well.
var Personal = personal.Data{
	LeftOut: map[string]string{
		"newsletter_suppressions.added_by":  "the work of a desk, which is among the person's acts",
		"newsletter_suppressions.lifted_by": "the work of a desk, which is among the person's acts",
		"newsletter_imports.imported_by":    "the work of a desk, which is among the person's acts",
		"newsletter_issues.created_by":      "the work of a desk, which is among the person's acts",
		"newsletter_issues.approved_by":     "the work of a desk, which is among the person's acts",
		"newsletter_issue_authors.user_id":  "the work of a desk, which is among the person's acts",
	},
	Erasures: []personal.Erasure{
		personal.Erase(`DELETE FROM newsletter_imports WHERE imported_by = $1`, "newsletter_imports.imported_by"),
		{Do: func(ctx context.Context, tx database.Tx, p personal.Person) error {
			keys := make([]string, len(p.Addresses))
			for i, address := range p.Addresses {
				keys[i] = keyOf(address)
			}
			_, err := tx.Exec(ctx, `DELETE FROM newsletter_subscribers WHERE email_key = ANY ($1)`, keys)
			return err
		}},
	},
	Kept: map[string]string{
		"newsletter_issues.created_by":      "who made what was sent, for the record",
		"newsletter_issues.approved_by":     "who approved what was sent, for the record",
		"newsletter_issue_authors.user_id":  "who wrote what was sent, for the record",
		"newsletter_suppressions.added_by":  "who kept an address away, for the record",
		"newsletter_suppressions.lifted_by": "who let an address go, for the record",
	},
}

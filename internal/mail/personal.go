package mail

import (
	"context"

	"portal/internal/database"
	"portal/internal/personal"
)

// Personal is what this package keeps of a person. The copy has what a mail with a one-time link was about, not the link,
// and no mail about what the wall has come to hide from them.
var Personal = personal.Data{
	Sections: []personal.Section{{Name: "mails", Columns: []string{"outbox.to_user"}, SQL: `SELECT queued_at, to_address AS email, subject, state,
		CASE WHEN secret THEN '' ELSE body END AS body FROM outbox WHERE to_user = $1 AND NOT (` + behindWall + `) ORDER BY id`, Texts: map[string]string{"state": "mail.state."}}},
	Erasures: []personal.Erasure{{Columns: []string{"outbox.to_user"}, Do: func(ctx context.Context, tx database.Tx, p personal.Person) error {
		return Forget(ctx, tx, p.ID, p.Addresses...)
	}}},
}

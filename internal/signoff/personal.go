package signoff

import (
	"context"

	"portal/internal/database"
	"portal/internal/personal"
)

// Personal is what this package keeps of a person. Who signed what, and when, stays for the record: it names the account, whose
// name is gone, by its id. Whom an office has named to sign by a link is forgotten with their account.
var Personal = personal.Data{
	Sections: []personal.Section{
		{Name: "note_signatures", Columns: []string{"note_signatures.signer_id"}, SQL: `SELECT g.submission_id, g.name AS office, g.acted_at AS at, g.state, g.reason
			FROM note_signatures g WHERE g.signer_id = $1 ORDER BY g.id`, Texts: map[string]string{"state": "signoff.state."}},
	},
	LeftOut: map[string]string{
		"note_signatures.changed_by":     "worked out from the steps that the person has saved, which are in the copy",
		"note_signature_events.actor_id": "an act for an office; it is among the person's acts",
		"note_signoffs.asked_by":         "an act for an office; it is among the person's acts",
		"signoff_chains.set_by":          "an act at a desk; it is among the person's acts",
	},
	Erasures: []personal.Erasure{
		{Columns: []string{"note_signatures.contact_email"}, Do: func(ctx context.Context, tx database.Tx, p personal.Person) error {
			_, err := tx.Exec(ctx, `UPDATE note_signatures SET contact_name = '', contact_email = '', signer_name = '', signer_position = ''
				WHERE lower(contact_email) IN (SELECT lower(a) FROM unnest($1::text[]) a)`, p.Addresses)
			return err
		}},
		personal.Erase(`UPDATE note_signatures SET reason = '[…]' WHERE signer_id = $1 AND reason <> ''`, "note_signatures.reason"),
	},
	Kept: map[string]string{
		"note_signatures.signer_id":      "who signed, for the record",
		"note_signatures.changed_by":     "why a signature was reopened, for the record",
		"note_signature_events.actor_id": "the history is kept (README rule 5)",
		"note_signoffs.asked_by":         "the history is kept (README rule 5)",
		"signoff_chains.set_by":          "who set the chain, for the record",
	},
}

package workflow

import (
	"context"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/personal"
)

// Personal is what this package keeps of a person. Private answers, which are about contact persons, are left out of the
// copy: they are the office's record.
func Personal(kinds Kinds) personal.Data {
	return personal.Data{
		Sections: []personal.Section{
			{Name: "submissions", Columns: []string{"submissions.author_id"}, SQL: `SELECT s.id, s.kind, s.title, s.state, coalesce(o.name, '') AS office, s.public_id, s.created_at, s.submitted_at
				FROM submissions s LEFT JOIN offices o ON o.id = s.office_id WHERE s.author_id = $1 ORDER BY s.id`,
				Texts: map[string]string{"state": "workflow.state.owner.", "kind": "submission.kind."}},
			{Name: "steps", Columns: []string{"submission_steps.saved_by"}, SQL: `SELECT t.submission_id, t.revision, t.step, t.saved_at,
				(SELECT coalesce(jsonb_object_agg(a.key, a.value), '{}') FROM jsonb_each(t.answers) a
					WHERE NOT regexp_replace(a.key, '\.\d+\.', '.') = ANY (` + textArray(privateFields(kinds)) + `)) AS answers
				FROM submission_steps t WHERE t.saved_by = $1 ORDER BY t.submission_id, t.revision, t.step`},
			{Name: "notes", Columns: []string{"submission_notes.author_id"}, SQL: `SELECT submission_id, at, body FROM submission_notes WHERE author_id = $1 ORDER BY id`},
			{Name: "change_requests", Columns: []string{"change_requests.author_id"}, SQL: `SELECT submission_id, field, at, body FROM change_requests WHERE author_id = $1 ORDER BY id`},
			// What staff have said of them stays behind the wall: it would tell of a submission that is not there for them.
			{Name: "conflicts", Columns: []string{"conflict_declarations.user_id"}, SQL: `SELECT submission_id, conflict, reason, at FROM conflict_declarations
				WHERE user_id = $1 AND source = 'person' ORDER BY at`},
			{Name: "interests", Columns: []string{"declared_interests.user_id"}, SQL: `SELECT o.name AS office, d.country, d.reason, d.declared_at AS at, d.ended_at
				FROM declared_interests d LEFT JOIN offices o ON o.id = d.office_id WHERE d.user_id = $1 ORDER BY d.id`},
			{Name: "proposals", Columns: []string{"edit_proposals.proposed_by"}, SQL: `SELECT submission_id, proposed_at AS at, answers, note FROM edit_proposals WHERE proposed_by = $1 ORDER BY id`},
			{Name: "events", Columns: []string{"submission_events.actor_id"}, SQL: `SELECT submission_id, revision, action, at FROM submission_events WHERE actor_id = $1 ORDER BY id`},
		},
		LeftOut: map[string]string{
			"submissions.assigned_to":     "the work of a desk, about what an office has written",
			"edit_proposals.answered_by":  "an act for the office; it is among the person's acts",
			"clock_recounts.asked_by":     "an act at a desk; it is among the person's acts",
			"filed_mails.filed_by":        "an act at a desk; it is among the person's acts",
			"partner_people.user_id":      "worked out, for the conflict wall, from what is in the copy",
			"conflict_declarations.by_id": "what staff said of others, which is among their acts",
		},
		Erasures: []personal.Erasure{
			// What they have written for no office is theirs alone.
			{Columns: []string{"submission_notes.body"}, Do: func(ctx context.Context, tx database.Tx, p personal.Person) error {
				ids, err := database.Values[ID](ctx, tx, `SELECT id FROM submissions WHERE author_id = $1 AND office_id IS NULL AND erased_at IS NULL ORDER BY id FOR UPDATE`, p.ID)
				if err != nil {
					return err
				}
				return eraseWritten(ctx, tx, ids, p.Now)
			}},
			// What waits goes back to the queue; a page that shows it otherwise is out of date.
			personal.Erase(`UPDATE submissions SET assigned_to = NULL, version = version + 1
				WHERE assigned_to = $1 AND state IN ('submitted', 'in_review', 'changes_requested', 'approved')`, "submissions.assigned_to"),
			personal.Erase(`UPDATE conflict_declarations SET reason = '[…]' WHERE user_id = $1 AND reason <> ''`, "conflict_declarations.user_id"),
			personal.Erase(`UPDATE declared_interests SET reason = '', ended_at = coalesce(ended_at, now()) WHERE user_id = $1`, "declared_interests.user_id"),
		},
		Kept: map[string]string{
			"edit_proposals.proposed_by":  "the correspondence about a submission stays with it",
			"edit_proposals.answered_by":  "the history is kept (README rule 5)",
			"clock_recounts.asked_by":     "the history is kept (README rule 5)",
			"filed_mails.filed_by":        "who filed it, for the record",
			"partner_people.user_id":      "the conflict wall",
			"conflict_declarations.by_id": "who said so, for the record",
			"submissions.author_id":       "submissions stay with the office; of what was written for none the text is erased",
			"submission_steps.saved_by":   "the office's text, and the conflict wall",
			"submission_notes.author_id":  "the correspondence about a submission stays with it",
			"change_requests.author_id":   "the correspondence about a submission stays with it",
			"submission_events.actor_id":  "the history is kept (README rule 5)",
		},
	}
}

// privateFields are the private questions of all kinds, as answers are named: "contact_email", "partners.email".
func privateFields(kinds Kinds) []string {
	var all []string
	var collect func(prefix string, private bool, fields []form.Field)
	collect = func(prefix string, private bool, fields []form.Field) {
		for _, f := range fields {
			if private || f.Private {
				all = append(all, prefix+f.ID)
			}
			collect(prefix+f.ID+".", private || f.Private, f.Fields)
		}
	}
	for _, k := range kinds {
		for _, s := range k.Form.Steps {
			collect("", false, s.Fields)
		}
	}
	return all
}

// textArray writes an array of question ids, which are letters, digits and dots, into SQL.
func textArray(ids []string) string {
	sql := "ARRAY["
	for i, id := range ids {
		if i > 0 {
			sql += ", "
		}
		sql += "'" + id + "'"
	}
	return sql + "]::text[]"
}

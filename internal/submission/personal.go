package submission

import (
	"context"

	"portal/internal/database"
	"portal/internal/personal"
)

// Personal is what this package keeps of a person beside the submissions themselves, which are internal/workflow's.
var Personal = personal.Data{
	Sections: []personal.Section{
		{Name: "invitations", Columns: []string{"draft_invitations.user_id"}, SQL: `SELECT submission_id, rights, created_at, accepted_at, until_on, ended_at
			FROM draft_invitations WHERE user_id = $1 ORDER BY id`},
		{Name: "invited", Columns: []string{"draft_invitations.invited_by"}, SQL: `SELECT submission_id, rights, created_at, until_on, ended_at
			FROM draft_invitations WHERE invited_by = $1 ORDER BY id`},
		{Name: "comments", Columns: []string{"draft_comments.author_id"}, SQL: `SELECT t.submission_id, t.field, c.at, c.body
			FROM draft_comments c JOIN draft_threads t ON t.id = c.thread_id WHERE c.author_id = $1 ORDER BY c.id`},
	},
	LeftOut: map[string]string{
		"imports.user_id":            "an uploaded Word file until it is confirmed or its time is over; the draft has what was taken from it",
		"draft_invitations.ended_by": "an act on another's invitation; it is among the person's acts",
		"draft_threads.resolved_by":  "an act on a conversation; it is among the person's acts",
		"step_presence.user_id":      "which page is open, for minutes",
	},
	Erasures: []personal.Erasure{
		{Columns: []string{"draft_invitations.user_id"}, Do: func(ctx context.Context, tx database.Tx, p personal.Person) error {
			_, err := tx.Exec(ctx, `UPDATE draft_invitations SET email = '', ended_at = coalesce(ended_at, $3)
				WHERE user_id = $1 OR lower(email) = ANY (SELECT lower(a) FROM unnest($2::text[]) a)`, p.ID, p.Addresses, p.Now)
			return err
		}},
		personal.Erase(`DELETE FROM imports WHERE user_id = $1`, "imports.user_id"),
		personal.Erase(`DELETE FROM step_presence WHERE user_id = $1`, "step_presence.user_id"),
	},
	Kept: map[string]string{
		"draft_invitations.invited_by": "who let whom into a draft is its history",
		"draft_invitations.ended_by":   "who let whom into a draft is its history",
		"draft_threads.resolved_by":    "the conversation about a draft stays with it",
		"draft_comments.author_id":     "the conversation about a draft stays with it",
	},
}

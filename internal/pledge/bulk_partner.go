package pledge

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"portal/internal/form"
	"portal/internal/workflow"
)

// HandedIn is a pledge that was handed in, which comes in together with many others.
type HandedIn struct {
	ID workflow.ID
	// Revision is the first one that was handed in, At, and all later ones name the same partners.
	Revision int
	At       time.Time
	Answers  form.Answers
	// Replies are those of its partners, in their order; one without a Choice has not answered.
	Replies []Reply
}

// Reply is what a partner answered, and when.
type Reply struct {
	PartnerAnswer
	At time.Time
}

// Ask keeps the questions to the partners of pledges, as if they had been asked when it was handed in, and been reminded
// until now as CarePartners does. Nobody gets a mail or a link.
func (b *Bulk) Ask(ctx context.Context, all []HandedIn, now time.Time) error {
	b.asked = map[workflow.ID][]asked{}
	var rows [][]any
	for _, in := range all {
		for n, one := range namedIn(in.Answers) {
			q := in.question(n, one, now)
			b.asked[in.ID] = append(b.asked[in.ID], q)
			rows = append(rows, []any{
				q.SubmissionID, q.Key, q.Name, q.Country, q.Part, q.Email, q.SinceRevision, string(q.State), q.OwnPart, q.AskedAt, q.ExpiresAt,
				q.Reminders, q.RemindedAt, q.AnsweredAt, q.AnsweredBy, q.AnsweredPosition, q.Reason,
			})
		}
	}
	if _, err := b.tx.CopyFrom(ctx, pgx.Identifier{"pledge_partners"}, []string{
		"submission_id", "key", "name", "country", "part", "email", "since_revision", "state", "own_part", "asked_at", "expires_at",
		"reminders", "reminded_at", "answered_at", "answered_by", "answered_position", "reason",
	}, pgx.CopyFromRows(rows)); err != nil {
		return fmt.Errorf("copy partners in: %w", err)
	}
	return nil
}

// question is the one to the partner in row n.
func (in HandedIn) question(n int, one named, now time.Time) asked {
	expires := in.At.Add(PartnerAnswers)
	q := asked{
		SubmissionID: in.ID, Key: one.key(), Name: one.name, Country: one.country, Part: one.part, Email: one.email, SinceRevision: in.Revision,
		State: PartnerAsked, AskedAt: &in.At, ExpiresAt: &expires,
	}
	until := now // of the reminders
	if n < len(in.Replies) && in.Replies[n].Choice != "" {
		reply := in.Replies[n]
		q.State = reply.state(q)
		q.AnsweredAt, q.AnsweredBy, q.AnsweredPosition, until = &reply.At, reply.Name, reply.Position, reply.At
		switch {
		case q.State == PartnerAmended:
			q.OwnPart = reply.Part
		case q.State.Left():
			q.Reason = reply.Reason
		}
	}
	for _, at := range []time.Time{in.At.Add(PartnerReminded), expires.Add(-PartnerLast)} {
		if !at.After(until) {
			q.Reminders, q.RemindedAt = q.Reminders+1, &at
		}
	}
	return q
}

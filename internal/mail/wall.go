package mail

import (
	"context"
	"fmt"
	"slices"

	"portal/internal/database"
)

// judging are the kinds of mail that somebody gets about a submission since they have to judge it. Its owners and their
// partners get others, and no wall stands before them.
func judging() []string {
	return slices.Concat(DeskWork.Kinds(), Reviews.Kinds(), []string{"peer.asked"})
}

// dropWalled removes, of the mails that the condition names, those to somebody who has come into a conflict with the
// submission since they were written (review.md, Conflict wall): in a digest, or when the mail server takes them at last,
// they would tell of what is not there for their reader any more. It returns how many there were.
func dropWalled(ctx context.Context, q database.Querier, condition string, args database.Args) (int64, error) {
	args["judging"] = judging()
	gone, err := q.Exec(ctx, `DELETE FROM outbox WHERE `+condition+` AND kind = ANY (@judging)
		AND EXISTS (SELECT FROM submission_conflicts c WHERE c.submission_id = outbox.submission_id AND c.user_id = outbox.to_user)`, args)
	if err != nil {
		return 0, fmt.Errorf("drop mails behind the wall: %w", err)
	}
	return gone.RowsAffected(), nil
}

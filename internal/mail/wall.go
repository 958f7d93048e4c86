package mail

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"portal/internal/database"
)

// judging are the kinds of mail that somebody gets about a submission since they have to judge it. Its owners and their
// partners get others, and no wall stands before them.
func judging() []string {
	return slices.Concat(DeskWork.Kinds(), Reviews.Kinds(), []string{"peer.asked"})
}

// behindWall is the condition of the mails of the table outbox to somebody who judges a submission, and has come into a
// conflict with it since they were written (review.md, Conflict wall): in a digest, in a copy of their data, or when the
// mail server takes them at last, they would tell of what is not there for their reader any more.
var behindWall = `outbox.kind IN ('` + strings.Join(judging(), "', '") + `')
	AND EXISTS (SELECT FROM submission_conflicts c WHERE c.submission_id = outbox.submission_id AND c.user_id = outbox.to_user)`

// dropWalled removes, of the mails that the condition names, those behindWall, and returns how many there were.
func dropWalled(ctx context.Context, q database.Querier, condition string, args database.Args) (int64, error) {
	gone, err := q.Exec(ctx, `DELETE FROM outbox WHERE `+condition+` AND `+behindWall, args)
	if err != nil {
		return 0, fmt.Errorf("drop mails behind the wall: %w", err)
	}
	return gone.RowsAffected(), nil
}

package web

import (
	"context"
	"fmt"
	"time"

	"github.com/alexedwards/scs/v2"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/problem"
)

// Session is a session as its person sees it in the list of where they are signed in.
type Session struct {
	// ID may stand in a form: it opens nothing.
	ID int64
	// UserAgent is what the browser says of itself.
	UserAgent  string
	CreatedAt  time.Time
	LastUsedAt time.Time // as of some minutes ago: see renewEvery
	// This says that it is the session of the request.
	This bool
}

// Sessions returns the live sessions of the person of the request, this one first, then the last used.
func Sessions(ctx context.Context) ([]Session, error) {
	x := mustExchange(ctx, "Sessions")
	db, err := x.router.db()
	if err != nil {
		return nil, err
	}
	type row struct {
		ID         int64
		UserAgent  string
		CreatedAt  time.Time
		LastUsedAt time.Time
		Data       []byte
	}
	rows, err := database.Rows[row](ctx, db.Read(), `SELECT id, user_agent, created_at, last_used_at, data FROM sessions
		WHERE user_id = @who AND expires_at > now() ORDER BY id = @this DESC, last_used_at DESC, id DESC`,
		database.Args{"who": x.user.ID, "this": x.session.ID})
	if err != nil {
		return nil, fmt.Errorf("list the sessions of user %d: %w", x.user.ID, err)
	}
	var live []Session
	for _, r := range rows {
		_, values, err := scs.GobCodec{}.Decode(r.Data)
		if err != nil {
			return nil, fmt.Errorf("read session %d: %w", r.ID, err)
		}
		epoch, _ := values[keyEpoch].(int)
		since, _ := values[keySince].(int64)
		if x.router.hasEnded(x.user, epoch, since) {
			continue
		}
		live = append(live, Session{ID: r.ID, UserAgent: r.UserAgent, CreatedAt: r.CreatedAt, LastUsedAt: r.LastUsedAt, This: r.ID == x.session.ID})
	}
	return live, nil
}

// hasEnded says whether a session has been ended by a newer epoch of its person, or is as old as any may be.
func (rt *Router) hasEnded(who identity.User, epoch int, since int64) bool {
	return who.Epoch != epoch || rt.now().Sub(time.Unix(since, 0)) > SessionMost
}

// EndSession ends one session of the person of the request; one that is not theirs, or has ended, is problem.NotFound.
// Should it be the one of the request, that ends like any other: see SignOut.
func EndSession(ctx context.Context, id int64) error {
	x := mustExchange(ctx, "EndSession")
	db, err := x.router.db()
	if err != nil {
		return err
	}
	tag, err := db.Read().Exec(ctx, `DELETE FROM sessions WHERE id = $1 AND user_id = $2`, id, x.user.ID)
	if err != nil {
		return fmt.Errorf("end session %d: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return problem.NotFound
	}
	return nil
}

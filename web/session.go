package web

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/problem"
)

// How long a session lives.
const (
	// SessionLifetime is how long a session lives without use; use prolongs it.
	SessionLifetime = 12 * time.Hour
	// SessionMost is how long a session lives at most, however much it is used.
	SessionMost = 7 * 24 * time.Hour
	// renewEvery keeps the prolonging from being a write per request.
	renewEvery = 10 * time.Minute
	// sessionKept is how long the row of an ended session stays, so that text typed into its last page can be given back
	// to the same person only.
	sessionKept = 24 * time.Hour
)

// What a session carries: who, which epoch of theirs, and since when (Unix seconds).
const (
	keyUser  = "user"
	keyEpoch = "epoch"
	keySince = "since"
)

// newSessions sets up scs for tokens and data. Its middleware is not used, since that touches every answer; the cookie is
// set by SignIn, is gone with the browser (computers are shared), and the row decides how long it counts. scs.New is not
// used either: it starts a goroutine for a store in memory.
func newSessions(db *database.DB) *scs.SessionManager {
	return &scs.SessionManager{Lifetime: SessionLifetime, HashTokenInStore: true, Store: sessionStore{db}, Codec: scs.GobCodec{}}
}

const sessionCookie = "session"

// loadSession finds the person behind the session cookie, if there is one; without the cookie it asks the database
// nothing. A session whose epoch is not the person's any more has been ended by a new password.
func (rt *Router) loadSession(ctx context.Context, x *exchange) error {
	cookie, err := x.request.Cookie(rt.cookieName(sessionCookie))
	if err != nil || !isToken(cookie.Value) {
		return nil
	}
	db, err := rt.db()
	if err != nil {
		return err
	}
	x.token = cookie.Value
	ctx, err = rt.sessions.Load(context.WithValue(ctx, factsKey{}, &x.session), x.token)
	if err != nil {
		return fmt.Errorf("load the session: %w", err)
	}
	id := rt.sessions.GetInt64(ctx, keyUser)
	if id == 0 {
		return nil
	}
	user, err := identity.Load(ctx, db.Read(), id)
	if err != nil && !errors.Is(err, problem.NotFound) {
		return err
	}
	if err != nil || rt.hasEnded(user, rt.sessions.GetInt(ctx, keyEpoch), rt.sessions.GetInt64(ctx, keySince)) {
		x.former = id
		if err := rt.sessions.Destroy(ctx); err != nil {
			return fmt.Errorf("end the session: %w", err)
		}
		return nil
	}
	if x.session.Factor == nil {
		user = user.WithoutFactor()
	}
	x.user = user
	x.request = x.request.WithContext(identity.With(x.request.Context(), user))
	if deadline := rt.sessions.Deadline(ctx); time.Until(deadline) < SessionLifetime-renewEvery {
		rt.sessions.SetDeadline(ctx, time.Now().Add(SessionLifetime).UTC())
		if _, _, err := rt.sessions.Commit(ctx); err != nil {
			return fmt.Errorf("prolong the session: %w", err)
		}
	}
	return nil
}

// SignIn makes the person the one who is signed in from this browser, under a new token; what the browser held before
// is ended. They count as having shown just now who they are. A session that was theirs before goes on: since when it is
// open, and that it has passed a second factor, stays. Call it when the transaction that proved who they are has
// committed, and answer with Redirect.
func SignIn(ctx context.Context, who identity.User) error {
	return signIn(ctx, who, func(before, _ *time.Time) *time.Time { return before })
}

// LetIn is SignIn for somebody who has shown no more than that they hold a mail which may have been passed on: before a risky
// act they show who they are.
func LetIn(ctx context.Context, who identity.User) error {
	x := mustExchange(ctx, "LetIn")
	if x.user.ID == who.ID { // they are in, and may have shown more
		return nil
	}
	return x.begin(ctx, who, sessionFacts{CreatedAt: x.router.now()})
}

// SignInWithFactor is SignIn for a person who has passed a second factor just now.
func SignInWithFactor(ctx context.Context, who identity.User) error {
	return signIn(ctx, who, func(_, now *time.Time) *time.Time { return now })
}

// SignInWithoutFactor is SignIn for a person who has no second factor any more.
func SignInWithoutFactor(ctx context.Context, who identity.User) error {
	return signIn(ctx, who, func(_, _ *time.Time) *time.Time { return nil })
}

// signIn starts a session that has passed a factor when factor says, given when the session before did, and now.
func signIn(ctx context.Context, who identity.User, factor func(before, now *time.Time) *time.Time) error {
	x := mustExchange(ctx, "SignIn")
	now := x.router.now()
	is := sessionFacts{CreatedAt: now, Authenticated: now}
	if x.user.ID == who.ID {
		is.CreatedAt, is.Factor = x.session.CreatedAt, x.session.Factor
	}
	is.Factor = factor(is.Factor, &now)
	return x.begin(ctx, who, is)
}

// begin starts a session in place of the one that there is.
func (x *exchange) begin(ctx context.Context, who identity.User, is sessionFacts) error {
	token, err := x.router.newSession(ctx, who, x.request.UserAgent(), is)
	if err != nil {
		return err
	}
	if err := x.endSession(ctx); err != nil {
		return err
	}
	x.token = token
	x.router.setCookie(x.out.Header(), sessionCookie, token, 0)
	return nil
}

// SignOut ends the session of this browser; a visitor is already signed out.
func SignOut(ctx context.Context) error {
	x := mustExchange(ctx, "SignOut")
	if err := x.endSession(ctx); err != nil {
		return err
	}
	x.token = ""
	x.router.setCookie(x.out.Header(), sessionCookie, "", -1)
	return nil
}

// SessionCookie makes a session for the person without a request and returns the cookie that opens it, for tests and
// tools: they have just shown who they are, second factor included. The person must exist.
func (rt *Router) SessionCookie(ctx context.Context, who identity.User) (*http.Cookie, error) {
	now := rt.now()
	return rt.SessionCookieOf(ctx, who, now, &now)
}

// SessionCookieOf is SessionCookie for a person who showed who they are at an instant, and passed a second factor at
// another; nil for not at all.
func (rt *Router) SessionCookieOf(ctx context.Context, who identity.User, authenticated time.Time, factor *time.Time) (*http.Cookie, error) {
	token, err := rt.newSession(ctx, who, "", sessionFacts{CreatedAt: rt.now(), Authenticated: authenticated, Factor: factor})
	if err != nil {
		return nil, err
	}
	return &http.Cookie{Name: rt.cookieName(sessionCookie), Value: token, Path: "/", HttpOnly: true, Secure: rt.secure}, nil
}

func (rt *Router) newSession(ctx context.Context, who identity.User, agent string, is sessionFacts) (token string, err error) {
	ctx, err = rt.sessions.Load(context.WithValue(ctx, newRowKey{}, newRow{user: who.ID, agent: agent, is: is}), "")
	if err != nil {
		return "", fmt.Errorf("start a session: %w", err)
	}
	rt.sessions.Put(ctx, keyUser, who.ID)
	rt.sessions.Put(ctx, keyEpoch, who.Epoch)
	rt.sessions.Put(ctx, keySince, rt.now().Unix())
	token, _, err = rt.sessions.Commit(ctx)
	if err != nil {
		return "", fmt.Errorf("start a session of user %d: %w", who.ID, err)
	}
	return token, nil
}

func (x *exchange) endSession(ctx context.Context) error {
	if x.token == "" {
		return nil
	}
	ctx, err := x.router.sessions.Load(ctx, x.token)
	if err != nil {
		return fmt.Errorf("end the session: %w", err)
	}
	if err := x.router.sessions.Destroy(ctx); err != nil {
		return fmt.Errorf("end the session: %w", err)
	}
	return nil
}

// isToken says whether a cookie can be a token of ours; what cannot is not worth a query.
func isToken(s string) bool {
	raw, err := base64.RawURLEncoding.DecodeString(s)
	return err == nil && len(raw) == 32
}

func tokenHash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// newRow tells the store that a session begins, and whose; any other commit only changes a row that is still there, so
// that a request under way does not bring a session back that was ended meanwhile.
type newRow struct {
	user  int64
	agent string
	is    sessionFacts
}

type newRowKey struct{}

// sessionFacts are what the row of a session says beside its data. They never change: who shows again who they are gets
// a new row, under a new token.
type sessionFacts struct {
	ID        int64
	CreatedAt time.Time
	// Authenticated is when the person last showed who they are, and Factor when they passed a second factor; nil for
	// not in this session.
	Authenticated time.Time
	Factor        *time.Time
}

// factsKey is where the store finds the *sessionFacts that it fills in.
type factsKey struct{}

// sessionStore is scs's store on the table sessions. The tokens it gets are hashed and in base64.
type sessionStore struct{ db *database.DB }

func (s sessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	hash, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return nil, false, nil
	}
	type row struct {
		Data            []byte
		ID              int64
		CreatedAt       time.Time
		AuthenticatedAt time.Time
		FactorAt        *time.Time
	}
	r, err := database.Row[row](ctx, s.db.Read(), `SELECT data, id, created_at, authenticated_at, factor_at FROM sessions
		WHERE token_hash = $1 AND expires_at > now()`, hash)
	if errors.Is(err, problem.NotFound) {
		return nil, false, nil
	}
	if facts, ok := ctx.Value(factsKey{}).(*sessionFacts); ok {
		*facts = sessionFacts{ID: r.ID, CreatedAt: r.CreatedAt, Authenticated: r.AuthenticatedAt, Factor: r.FactorAt}
	}
	return r.Data, err == nil, err
}

func (s sessionStore) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	hash, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return err
	}
	row, isNew := ctx.Value(newRowKey{}).(newRow)
	if !isNew {
		_, err := s.db.Read().Exec(ctx, `UPDATE sessions SET data = @data, expires_at = @expiry, last_used_at = now() WHERE token_hash = @hash`,
			database.Args{"hash": hash, "data": data, "expiry": expiry})
		return err
	}
	_, err = s.db.Read().Exec(ctx, `INSERT INTO sessions (token_hash, data, user_id, user_agent, created_at, authenticated_at, factor_at, last_used_at, expires_at)
		VALUES (@hash, @data, @user, @agent, @created, @authenticated, @factor, now(), @expiry)`,
		database.Args{
			"hash": hash, "data": data, "user": row.user, "agent": agentText(row.agent), "expiry": expiry,
			"created": row.is.CreatedAt, "authenticated": row.is.Authenticated, "factor": row.is.Factor,
		})
	return err
}

func (s sessionStore) DeleteCtx(ctx context.Context, token string) error {
	hash, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return nil
	}
	_, err = s.db.Read().Exec(ctx, `DELETE FROM sessions WHERE token_hash = $1`, hash)
	return err
}

// Find, Commit and Delete complete scs's interface; the portal always has a context.
func (s sessionStore) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

func (s sessionStore) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

func (s sessionStore) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }

// agentText makes a User-Agent header fit to be stored and shown in the list of sessions.
func agentText(agent string) string {
	agent = strings.ToValidUTF8(strings.ReplaceAll(agent, "\x00", ""), "")
	if r := []rune(agent); len(r) > 300 {
		return string(r[:300])
	}
	return agent
}

// Sweep removes what has run out: sessions, held posts and counters. A job calls it every hour or so.
func Sweep(ctx context.Context, q database.Querier) error {
	if _, err := q.Exec(ctx, `DELETE FROM sessions WHERE expires_at < now() - make_interval(secs => $1)`, sessionKept.Seconds()); err != nil {
		return fmt.Errorf("remove ended sessions: %w", err)
	}
	if _, err := q.Exec(ctx, `DELETE FROM held_posts WHERE expires_at < now()`); err != nil {
		return fmt.Errorf("remove held posts: %w", err)
	}
	if _, err := q.Exec(ctx, `DELETE FROM rate_limits WHERE window_end < now()`); err != nil {
		return fmt.Errorf("remove counters of attempts: %w", err)
	}
	return nil
}

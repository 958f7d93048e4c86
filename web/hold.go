package web

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/problem"
)

// heldFor is how long text that was typed into a page whose session had ended waits for its writer to sign in.
const heldFor = 2 * time.Hour

// What we hold for others costs them nothing, and for visitors we do not even know whom: so it is little, and not often.
const (
	// heldMost is how many bytes of text are held at a time: a million characters of any script.
	heldMost = 4 << 20
	// heldOften is how many texts are held for one person, or for all visitors of a network, in heldWindow. Of a long one
	// each heldPiece counts.
	heldOften  = 600
	heldPiece  = 64 << 10
	heldWindow = time.Hour
)

// heldPost is what was typed, and the page that it was typed into.
type heldPost struct {
	Path string
	Form url.Values
}

// size is how many bytes of text were typed.
func (h heldPost) size() int {
	n := 0
	for name, values := range h.Form {
		n += len(name)
		for _, v := range values {
			n += len(v)
		}
	}
	return n
}

// Held returns what was typed into this page when its session had ended, or when its writer was asked once more who they
// are (Fresh), for the handler that shows the form: nil if there is nothing. It is given until the form has been sent with success, and at most for two hours; passwords, codes
// and files are not among it.
func Held(ctx context.Context) url.Values {
	x := exchangeOf(ctx)
	if x == nil || x.held == nil {
		return nil
	}
	return x.held.Form
}

// Keep holds what the request has sent, but for the names in done, for the page (a path without the language) from which
// it was sent: Held returns it there. It is for a page on which several things are typed and one of them is done, so that
// the others are still there after the redirect.
func Keep(ctx context.Context, page string, done ...string) error {
	x := mustExchange(ctx, "Keep")
	form := x.typed()
	for _, name := range done {
		delete(form, name)
	}
	return x.router.store(ctx, x.out.Header(), x, heldPost{Path: "/" + string(i18n.From(ctx)) + page, Form: form}, x.user.ID)
}

// hold keeps what was sent by somebody who has to show first who they are, and returns the page that it is to be given
// back on.
func (rt *Router) hold(ctx context.Context, w http.ResponseWriter, x *exchange) (page string, err error) {
	held := heldPost{Path: x.formPage(), Form: x.typed()}
	return held.Path, rt.store(ctx, w.Header(), x, held, cmp.Or(x.user.ID, x.former))
}

// store writes down what was typed and gives the browser the key to it. user is whose it is; 0 is the person of the
// session that has ended. Text that is longer than any of ours is problem.TooLarge, and more of it than people type is
// problem.TooMany: those pages give it back themselves.
func (rt *Router) store(ctx context.Context, header http.Header, x *exchange, held heldPost, user int64) error {
	db, err := rt.db()
	if err != nil {
		return err
	}
	if held.size() > heldMost {
		return problem.TooLarge
	}
	if user == 0 && x.token != "" {
		user, err = database.Value[int64](ctx, db.Read(), `SELECT coalesce(max(user_id), 0) FROM sessions WHERE token_hash = $1`, tokenHash(x.token))
		if err != nil {
			return fmt.Errorf("whose text is held: %w", err)
		}
	}
	whose := "visitor " + Network(ctx)
	if user != 0 {
		whose = "person " + strconv.FormatInt(user, 10)
	}
	if err := limitBy(ctx, db.Read(), "web.held:"+whose, 1+held.size()/heldPiece, heldOften, heldWindow); err != nil {
		return err
	}
	token := rand.Text()
	_, err = db.Read().Exec(ctx, `INSERT INTO held_posts (token_hash, path, form, user_id, expires_at)
		VALUES (@hash, @path, @form, nullif(@user::bigint, 0), now() + make_interval(secs => @seconds))`,
		database.Args{"hash": tokenHash(token), "path": held.Path, "form": held.Form, "user": user, "seconds": heldFor.Seconds()})
	if err != nil {
		return fmt.Errorf("hold what was typed: %w", err)
	}
	rt.setCookie(header, "held", token, int(heldFor.Seconds()))
	return nil
}

// loadHeld looks for text that waits for this person on this page.
func (rt *Router) loadHeld(ctx context.Context, x *exchange) error {
	token := rt.heldToken(x)
	if token == "" || x.request.Method != http.MethodGet {
		return nil
	}
	held, err := rt.readHeld(ctx, token, x.user.ID)
	switch {
	case errors.Is(err, problem.NotFound):
		rt.setCookie(x.out.Header(), "held", "", -1)
		return nil
	case err != nil:
		return err
	case samePage(held.Path, x.request.URL.Path):
		x.held = &held
	}
	return nil
}

func (rt *Router) readHeld(ctx context.Context, token string, user int64) (heldPost, error) {
	db, err := rt.db()
	if err != nil {
		return heldPost{}, err
	}
	held, err := database.Row[heldPost](ctx, db.Read(), `SELECT path, form FROM held_posts
		WHERE token_hash = $1 AND expires_at > now() AND (user_id IS NULL OR user_id = $2)`, tokenHash(token), user)
	if err != nil {
		return heldPost{}, fmt.Errorf("read what was held: %w", err)
	}
	return held, nil
}

// letGo forgets held text once the form it was typed into has been sent with success. Should that fail, the text runs
// out by itself.
func (rt *Router) letGo(x *exchange) {
	token := rt.heldToken(x)
	if token == "" || x.request.Method != http.MethodPost || x.status >= http.StatusBadRequest {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(x.request.Context()), rt.options.Timeout)
	defer cancel()
	held, err := rt.readHeld(ctx, token, x.user.ID)
	if err == nil && samePage(held.Path, x.formPage()) {
		_, err = rt.options.DB.Read().Exec(ctx, `DELETE FROM held_posts WHERE token_hash = $1`, tokenHash(token))
	}
	if err != nil && !errors.Is(err, problem.NotFound) {
		rt.log.Warn("held text stays until it runs out", "error", err, "request_id", x.id)
	}
}

// heldToken returns the token of held text that a signed-in person brings along; "" for nothing.
func (rt *Router) heldToken(x *exchange) string {
	cookie, err := x.request.Cookie(rt.cookieName("held"))
	if err != nil || !x.user.SignedIn() || len(cookie.Value) > 100 {
		return ""
	}
	return cookie.Value
}

// formPage returns the page whose form this request has sent, as an address on this host: where it came from, or where
// it went to if that is a page as well, or the front page. An answer to a form has an address that cannot be read; its
// page is the nearest one above: that of /drafts/7/decision is /drafts/7.
func (x *exchange) formPage() string {
	r := x.request
	if from, err := url.Parse(r.Referer()); err == nil && (from.Host == r.Host || from.Host == x.router.host) {
		if page := x.router.pageAbove(localURL(from)); page != "" {
			return page
		}
	}
	if page := x.router.pageAbove(r.URL.EscapedPath()); page != "" {
		return page
	}
	return "/" + string(i18n.From(r.Context())) + "/"
}

// pageAbove returns the address if it can be read, else the nearest page above it in its language, or "".
func (rt *Router) pageAbove(address string) string {
	if rt.isPage(address) {
		return address
	}
	if !isLocal(address) {
		return ""
	}
	path, _, _ := strings.Cut(address, "?")
	for strings.Count(path, "/") > 2 {
		path = path[:strings.LastIndexByte(path, '/')]
		if rt.isPage(path) {
			return path
		}
	}
	return ""
}

// samePage compares two addresses without query and language.
func samePage(a, b string) bool { return pathOnly(a) == pathOnly(b) }

func pathOnly(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	if _, rest, ok := splitLanguage(u.Path); ok {
		return rest
	}
	return u.Path
}

package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"portal/internal/problem"
)

const (
	// bodyBase and bodyRate give the time for a whole body: slow lines are welcome, endless ones are not.
	bodyBase = time.Minute
	bodyRate = 16 << 10 // bytes a second
	// drainLimit is how much of a body that is too large is read and thrown away, so that the browser, which sends
	// before it reads, shows our page and not a broken connection.
	drainLimit = 64 << 20
	// uploadMemory is how much of an upload is kept in memory; the rest waits in temporary files. Text is kept there up to
	// textMemory (mime/multipart).
	uploadMemory = 1 << 20
	textMemory   = uploadMemory + 10<<20
	// largeForm is how many bytes a form may have without being counted against FormMemory: far more than people type.
	largeForm = 256 << 10
)

var (
	errSlow      = errors.New("the client is too slow")
	errBroken    = errors.New("the client went away")
	errMalformed = errors.New("the form cannot be read")
	errCrossSite = errors.New("cross-site request")
	errFull      = fmt.Errorf("too many large forms at a time: %w", problem.Unavailable)
)

func (r *Route) bodyTime() time.Duration {
	return bodyBase + time.Duration(r.body/bodyRate)*time.Second
}

// body is a request's body within the limits of its route. It tells our failures from those of the database.
type body struct {
	from    io.ReadCloser
	control *http.ResponseController
	idle    time.Duration
	left    int64 // below 0: more than allowed was sent
	until   time.Time
	armed   time.Time // when the connection's deadline was last set
}

func (b *body) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, problem.TooLarge
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	b.arm()
	n, err := b.from.Read(p)
	b.left -= int64(n)
	switch {
	case b.left < 0:
		return n + int(b.left), problem.TooLarge
	case err == nil:
		return n, nil
	case err == io.EOF: // the deadline must not end the request while its handler works
		_ = b.control.SetReadDeadline(time.Time{})
		return n, err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return n, errSlow
	default:
		return n, fmt.Errorf("%w: %w", errBroken, err)
	}
}

// arm gives the client some more time to send something, within the time for the whole body. The deadline stays when
// the rest of the body is of no interest: the server still waits for some of it before it answers.
func (b *body) arm() {
	now := time.Now()
	if now.Sub(b.armed) < b.idle/10 {
		return
	}
	b.armed = now
	deadline := now.Add(b.idle)
	if deadline.After(b.until) {
		deadline = b.until
	}
	_ = b.control.SetReadDeadline(deadline) // a writer without deadlines is a test's
}

func (b *body) Close() error { return b.from.Close() }

// drain reads and throws away what a client is still sending, up to a limit. A client that waits for our leave to send
// (Expect: 100-continue) is told without.
func (b *body) drain(r *http.Request) {
	if r.ContentLength > drainLimit || r.Header.Get("Expect") != "" {
		return
	}
	b.left = drainLimit
	_, _ = io.Copy(io.Discard, b) // whether it comes or not: the answer is the same
}

// reserve takes room for a form of n bytes until the request ends, unless it is small or has room already. So whoever
// sends many large forms at a time is told to come back, and the process keeps its memory.
func (x *exchange) reserve(n int64) error {
	if n <= largeForm || x.reserved > 0 {
		return nil
	}
	if x.router.room.Add(-n) < 0 {
		x.router.room.Add(n)
		return errFull
	}
	x.reserved = n
	return nil
}

// length is how large the body is, as far as that matters: at most so many bytes, which is also what one that does not
// say how large it is may have.
func length(r *http.Request, most int64) int64 {
	if r.ContentLength < 0 {
		return most
	}
	return min(r.ContentLength, most)
}

// readForm refuses what comes from another site and reads a form that is not an upload, of DefaultBody at most whatever
// the route takes. The body of anything else waits, within the route's limit.
func (rt *Router) readForm(x *exchange) error {
	r := x.request
	if r.Method != http.MethodPost {
		r.Body = http.NoBody
		return nil
	}
	if err := rt.origins.Check(r); err != nil && !x.route.anywhere {
		return fmt.Errorf("%w: %w", errCrossSite, err)
	}
	x.body = &body{from: r.Body, control: x.control, idle: rt.options.BodyIdle, left: x.route.body, until: time.Now().Add(x.route.bodyTime())}
	r.Body = x.body
	if r.ContentLength > x.route.body {
		return problem.TooLarge
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "application/x-www-form-urlencoded" {
		return nil
	}
	if x.body.left = min(x.body.left, DefaultBody); r.ContentLength > x.body.left {
		return problem.TooLarge
	}
	if err := x.reserve(length(r, x.body.left)); err != nil {
		return err
	}
	// http.Request.ParseForm would do, but for a limit of its own that is below ours.
	raw, err := io.ReadAll(x.body)
	if err != nil {
		return readable(err)
	}
	if r.PostForm, err = url.ParseQuery(string(raw)); err != nil {
		return readable(err)
	}
	r.Form = r.URL.Query()
	for name, values := range r.PostForm {
		r.Form[name] = append(slices.Clone(values), r.Form[name]...)
	}
	return nil
}

// readUpload reads a form with files; the larger files wait in temporary ones.
func (x *exchange) readUpload() error {
	if !isUpload(x.request) || x.route.streamed {
		return nil
	}
	if err := x.reserve(length(x.request, textMemory)); err != nil {
		return err
	}
	return readable(x.request.ParseMultipartForm(uploadMemory))
}

func isUpload(r *http.Request) bool {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return r.Method == http.MethodPost && kind == "multipart/form-data"
}

// readable tells what went wrong with a form.
func readable(err error) error {
	switch {
	case err == nil, errors.Is(err, problem.TooLarge), errors.Is(err, errFull), errors.Is(err, errSlow), errors.Is(err, errBroken):
		return err
	case errors.Is(err, multipart.ErrMessageTooLarge):
		return problem.TooLarge
	default:
		return fmt.Errorf("%w: %w", errMalformed, err)
	}
}

// removeFiles removes the temporary files of an upload.
func (x *exchange) removeFiles() {
	if x.request.MultipartForm == nil {
		return
	}
	if err := x.request.MultipartForm.RemoveAll(); err != nil {
		x.router.log.Error("temporary files are left over", "error", err, "request_id", x.id)
	}
}

// typed returns what was typed into the form of the request, files and secrets aside, for when it has to be kept: by
// the time something fails it may have been read or not.
func (x *exchange) typed() url.Values {
	r := x.request
	var values url.Values
	switch {
	case r.Method != http.MethodPost || x.route == nil:
		return nil
	case x.body == nil && x.router.readForm(x) != nil:
		return nil
	case isUpload(r) && (x.parts != nil || r.MultipartForm == nil):
		values = x.textParts()
	case isUpload(r):
		values = r.MultipartForm.Value
	default:
		values = r.PostForm
	}
	kept := url.Values{}
	for name, list := range values {
		if name == "" || dirty(name) || isSecret(name) {
			continue
		}
		for _, v := range list {
			kept.Add(name, strings.ToValidUTF8(strings.ReplaceAll(v, "\x00", ""), ""))
		}
	}
	return kept
}

// textParts picks the text out of an upload that has not been read, or not to its end. What has come so far is better
// than nothing.
func (x *exchange) textParts() url.Values {
	if err := x.openParts(); err != nil {
		return nil
	}
	_ = x.parts.read(func(string, string, io.Reader) error { return nil })
	return x.parts.text
}

// parts is an upload that is read part by part.
type parts struct {
	reader *multipart.Reader
	text   url.Values
	size   int64             // of the text so far
	room   func(int64) error // for text that gets large
}

// partText is the text of one part, within the limit for all of them together.
type partText struct {
	from io.Reader
	of   *parts
}

func (t partText) Read(b []byte) (int, error) {
	n, err := t.from.Read(b)
	t.of.size += int64(n)
	switch {
	case t.of.size > DefaultBody:
		return n, problem.TooLarge
	case t.of.size > largeForm:
		if full := t.of.room(DefaultBody); full != nil {
			return n, full
		}
	}
	return n, err
}

func (x *exchange) openParts() error {
	if x.parts != nil {
		return nil
	}
	reader, err := x.request.MultipartReader()
	if err != nil {
		return fmt.Errorf("%w: %w", errMalformed, err)
	}
	x.parts = &parts{reader: reader, text: url.Values{}, room: x.reserve}
	return nil
}

// read goes on to the end: text is gathered, files go to take.
func (p *parts) read(take func(field, filename string, content io.Reader) error) error {
	for {
		part, err := p.reader.NextPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return readable(err)
		}
		field := part.FormName()
		_, parameters, _ := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
		if _, isFile := parameters["filename"]; isFile {
			if field == "" || part.FileName() == "" {
				continue // no file was chosen
			}
			if err := take(field, part.FileName(), fromClient{part}); err != nil {
				return err
			}
			continue
		}
		text, err := io.ReadAll(partText{part, p})
		if err != nil {
			return readable(err)
		}
		if field != "" {
			p.text.Add(field, string(text))
		}
	}
}

// fromClient is a file of an upload. What goes wrong in reading it is the client's doing, and not the database's.
type fromClient struct{ io.Reader }

func (f fromClient) Read(p []byte) (int, error) {
	n, err := f.Reader.Read(p)
	if err != nil && err != io.EOF {
		err = readable(err)
	}
	return n, err
}

// Parts reads the upload of a Streamed route part by part. Each file goes to take as it comes, before the next part is
// read; take reads what it wants of it, and its error ends the reading. The text of the form is gathered in the values
// that are returned, which hold what came until an error as well, and are kept for the page of a failure. A form that is
// no upload is returned as it is.
func Parts(r *http.Request, take func(field, filename string, content io.Reader) error) (url.Values, error) {
	if !isUpload(r) {
		return r.PostForm, nil
	}
	x := mustExchange(r.Context(), "Parts")
	if err := x.openParts(); err != nil {
		return url.Values{}, err
	}
	err := x.parts.read(take)
	return x.parts.text, err
}

// Typed returns what was typed into the form of the request, files and secrets aside, whether the handler has read it by
// now or not: for a page that cannot keep it and gives it back.
func Typed(ctx context.Context) url.Values { return mustExchange(ctx, "Typed").typed() }

// isSecret keeps passwords and codes out of what is stored or sent back.
func isSecret(name string) bool {
	name = strings.ToLower(name)
	return strings.Contains(name, "password") || strings.Contains(name, "secret") || name == "code" || name == "token"
}

package mail

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/problem"
)

// devLimit is how many mails the page of caught mails shows.
const devLimit = 200

//go:embed dev.html
var devHTML string

var devPage = template.Must(template.New("dev").Parse(devHTML))

const devStyle = `:root{color:#0b2239;background:#f7f4ed;font:16px/1.6 "Segoe UI",Roboto,"Noto Sans","Noto Sans Arabic",Arial,sans-serif}
main{max-width:56rem;margin-inline:auto;padding:1rem;overflow-wrap:anywhere}
a{color:#00568c}
:focus-visible{outline:3px solid #0b2239;outline-offset:2px}
ol{list-style:none;padding:0}
li{padding:.75rem 0;border-block-start:1px solid #667888}
li p{margin:0}
input,button{font:inherit;padding:.35rem .75rem;margin:.25rem 0}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem}
dt{font-weight:600}
dd{margin:0}
iframe{box-sizing:border-box;inline-size:100%;block-size:40rem;border:1px solid #667888;background:#fff}
pre{white-space:pre-wrap;padding:1rem;background:#fff;border:1px solid #667888}`

// devPolicy lets the pages have their one style and frame a mail. devMailPolicy is that of a mail: it is somebody's HTML,
// has a unique origin, runs nothing, loads nothing, and its links open in the whole window.
var (
	devPolicy     = "default-src 'none'; style-src '" + styleHash() + "'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
	devMailPolicy = "sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation; default-src 'none'; " +
		"style-src 'unsafe-inline'; frame-ancestors 'self'"
)

func styleHash() string {
	sum := sha256.Sum256([]byte(devStyle))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// DevHandler shows every mail of the outbox, links that sign people in included: the newest first at /dev/mail, one at
// /dev/mail/{id}, its HTML part at /dev/mail/{id}/html. It asks nobody who they are, so it must never be mounted in
// production; that is the app's to see to.
func DevHandler(db *database.DB) http.Handler {
	d := dev{db}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /dev/mail", d.list)
	mux.HandleFunc("GET /dev/mail/{id}", d.one)
	mux.HandleFunc("GET /dev/mail/{id}/html", d.html)
	return mux
}

type dev struct{ db *database.DB }

// devMail is a mail with everything.
type devMail struct {
	ID         int64
	Kind, Lang string
	ToAddress  string
	Subject    string
	HTML, Body string
	State      State
	LastError  string
	QueuedAt   time.Time
	ErasedAt   *time.Time
}

const devColumns = `SELECT id, kind, lang, to_address, subject, html, body, state, last_error, queued_at, erased_at FROM outbox`

// devView is what a page shows.
type devView struct {
	ctx   context.Context
	Title string
	To    string
	Mails []devMail
	Mail  *devMail
	Text  []devText
}

// devText is a piece of the text part: words, or an address to follow.
type devText struct{ Words, Address string }

// Lang is the language of the page.
func (v devView) Lang() i18n.Lang { return i18n.From(v.ctx) }

// Style is the style sheet that the policy knows by its hash.
func (v devView) Style() template.CSS { return devStyle }

// T is a text of the page.
func (v devView) T(key string) string { return i18n.T(v.ctx, key) }

// State names a state.
func (v devView) State(s State) string { return i18n.T(v.ctx, "mail.state."+string(s)) }

// Time writes an instant for people, Instant for machines.
func (v devView) Time(t time.Time) string    { return i18n.UTC(v.ctx, t) }
func (v devView) Instant(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func (d dev) list(w http.ResponseWriter, r *http.Request) {
	v := devView{ctx: r.Context(), Title: i18n.T(r.Context(), "mail.dev.title"), To: strings.TrimSpace(r.FormValue("to"))}
	var err error
	v.Mails, err = database.Rows[devMail](r.Context(), d.db.Read(), devColumns+` WHERE $1 = '' OR lower(to_address) = lower($1)
		ORDER BY id DESC LIMIT $2`, v.To, devLimit)
	d.show(w, r, v, err)
}

func (d dev) one(w http.ResponseWriter, r *http.Request) {
	m, err := d.find(r)
	d.show(w, r, devView{ctx: r.Context(), Title: m.Subject, Mail: &m, Text: linked(m.Body)}, err)
}

// html is the mail's own document; only its links are made to leave the frame.
func (d dev) html(w http.ResponseWriter, r *http.Request) {
	m, err := d.find(r)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	before, after, ok := strings.Cut(m.HTML, "<head>")
	if ok {
		before += `<head><base target="_top">`
	}
	write(w, devMailPolicy, []byte(before+after))
}

func (d dev) find(r *http.Request) (devMail, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return devMail{}, problem.NotFound
	}
	return database.Row[devMail](r.Context(), d.db.Read(), devColumns+` WHERE id = $1`, id)
}

func (d dev) show(w http.ResponseWriter, r *http.Request, v devView, err error) {
	var page bytes.Buffer
	if err == nil {
		err = devPage.ExecuteTemplate(&page, "page", v)
	}
	if err != nil {
		d.fail(w, r, err)
		return
	}
	write(w, devPolicy, page.Bytes())
}

func write(w http.ResponseWriter, policy string, page []byte) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Frame-Options", "SAMEORIGIN")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(page) // a reader that has gone is no concern of ours
}

func (d dev) fail(w http.ResponseWriter, r *http.Request, err error) {
	status, key := http.StatusInternalServerError, "mail.dev.broken"
	if errors.Is(err, problem.NotFound) {
		status, key = http.StatusNotFound, "mail.dev.missing"
	} else {
		slog.ErrorContext(r.Context(), "the page of caught mails failed", "error", err)
	}
	http.Error(w, i18n.T(r.Context(), key), status)
}

// address finds an address in the text part: up to white space, and without what ends a sentence.
var address = regexp.MustCompile(`https?://[^\s<>"]*[^\s<>".,;:!?)\]]`)

func linked(text string) []devText {
	var pieces []devText
	for {
		at := address.FindStringIndex(text)
		if at == nil {
			return append(pieces, devText{Words: text})
		}
		pieces = append(pieces, devText{Words: text[:at[0]]}, devText{Address: text[at[0]:at[1]]})
		text = text[at[1]:]
	}
}

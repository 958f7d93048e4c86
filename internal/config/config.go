// Package config holds the portal's settings. They come from the environment, are read once at the start, checked
// together, and passed on as values.
//
// Every setting has a default that works on a developer's machine, or a clear line at the start that says what is
// missing: in production there is no default for what only the operator can know. A secret may come from a file, named
// in the variable with _FILE at its end, as container platforms provide it.
package config

import (
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Environment is what the portal runs for.
type Environment string

// The environments.
const (
	// Development catches mails instead of sending them, allows demonstration data and wants no settings.
	Development Environment = "development"
	// Production insists on the settings that only the operator can know, and refuses demonstration data.
	Production Environment = "production"
)

// Secret is a text that no log, error or page may show: printing it gives stars. Convert it to use it.
type Secret string

// mask is what is shown in place of a secret.
const mask = "********"

// String hides the secret; an empty one is shown to be empty.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return mask
}

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return fmt.Sprintf("config.Secret(%q)", s.String()) }

// LogValue hides the secret from slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText hides the secret from encodings.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Names is a name in several languages: the variable gives it for all, and the variable with _AR, _ZH, _EN, _FR, _RU or
// _ES at its end for one.
type Names map[string]string

// In returns the name in the language (a code such as "ar"), or the one for all, or "".
func (n Names) In(lang string) string { return cmp.Or(n[lang], n[""]) }

// TLSMode is how a connection to the mail server is protected.
type TLSMode string

// The ways to protect the connection to the mail server.
const (
	// StartTLS begins in clear and insists on changing to TLS before anything is said (port 587).
	StartTLS TLSMode = "starttls"
	// ImplicitTLS is TLS from the first byte (port 465).
	ImplicitTLS TLSMode = "implicit"
	// NoTLS sends everything in clear: for a relay or a mail catcher on the same machine or network (port 25).
	NoTLS TLSMode = "none"
)

// SMTP is the mail server that takes our mails. An empty Host means that there is none: mails are caught and shown at
// /dev/mail, which only development allows.
type SMTP struct {
	Host     string  `env:"PORTAL_SMTP_HOST" help:"mail server that takes our mails; without one, development catches them at /dev/mail"`
	Port     int     `env:"PORTAL_SMTP_PORT" help:"its port; 587, 465 or 25 by the kind of protection when not set"`
	User     string  `env:"PORTAL_SMTP_USER" help:"account at the mail server; empty for none"`
	Password Secret  `env:"PORTAL_SMTP_PASSWORD" help:"password of that account"`
	TLS      TLSMode `env:"PORTAL_SMTP_TLS" default:"starttls" help:"starttls, implicit or none"`
}

// Address is host:port, or "" without a mail server.
func (s SMTP) Address() string {
	if s.Host == "" {
		return ""
	}
	return net.JoinHostPort(s.Host, strconv.Itoa(s.Port))
}

// Contact are the role addresses that are told when somebody has written about a topic on the contact page: never a person's.
// The message is in the queue of its desk in any case.
type Contact struct {
	General        string `env:"PORTAL_CONTACT_GENERAL" help:"role address told of messages on no other topic; never a person's"`
	Hub            string `env:"PORTAL_CONTACT_HUB" help:"role address told of messages about the Hub"`
	Pledges        string `env:"PORTAL_CONTACT_PLEDGES" help:"role address told of messages about pledges"`
	Fund           string `env:"PORTAL_CONTACT_FUND" help:"role address told of messages about the trust fund"`
	Communications string `env:"PORTAL_CONTACT_COMMUNICATIONS" help:"role address told of messages about communications"`
	Stakeholders   string `env:"PORTAL_CONTACT_STAKEHOLDERS" help:"role address told of messages from stakeholders"`
}

// ByTopic are the role addresses by the name of their topic; "" for none.
func (c Contact) ByTopic() map[string]string {
	return map[string]string{
		"general": c.General, "hub": c.Hub, "pledges": c.Pledges, "fund": c.Fund, "communications": c.Communications, "stakeholders": c.Stakeholders,
	}
}

// Config is all the settings. Its fields are in the order in which `portal config` shows them.
type Config struct {
	Env Environment `env:"PORTAL_ENV" default:"development" help:"development or production"`
	// Addr is where the HTTP server listens: host:port. The port 0 takes a free one.
	Addr string `env:"PORTAL_ADDR" default:"127.0.0.1:8080" help:"address the HTTP server listens on"`
	// PublicURL is the scheme and host under which the world reaches the portal, without a path or a slash at its end.
	PublicURL string `env:"PORTAL_PUBLIC_URL" help:"address under which the world reaches the portal; needed in production"`
	// TrustedProxies are addresses or prefixes whose X-Forwarded-For is believed.
	TrustedProxies []string `env:"PORTAL_TRUSTED_PROXIES" help:"addresses or prefixes of proxies in front of the portal, by commas (10.0.0.0/8)"`
	// Data is the directory for what is not in the database: the embedded PostgreSQL and a generated secret.
	Data string `env:"PORTAL_DATA" default:"./var" help:"directory of the embedded database"`

	// DatabaseURL is the database; empty runs an embedded one in Data. It may hold a password.
	DatabaseURL Secret `env:"DATABASE_URL" help:"PostgreSQL 15 or newer; without it a private one runs in PORTAL_DATA"`
	// PGBin is the directory with initdb and postgres for the embedded database; empty searches the usual places.
	PGBin string `env:"PORTAL_PG_BIN" help:"directory with PostgreSQL's programs, for the embedded database"`
	// Migrate lets serve bring the schema of DatabaseURL up to date. The embedded database is always migrated.
	Migrate bool `env:"PORTAL_MIGRATE" default:"false" help:"let serve migrate the database of DATABASE_URL: 1 or 0"`

	// Secret signs what the portal gives out and must recognize again. All replicas need the same one.
	Secret Secret `env:"PORTAL_SECRET" help:"signing key, 32 characters or more; needed in production, otherwise made and kept in PORTAL_DATA"`
	// AuditKey signs the nightly digests of the record: an Ed25519 private key as 64 hexadecimal digits.
	AuditKey Secret `env:"PORTAL_AUDIT_KEY" help:"key that signs the nightly audit digests, 64 hexadecimal digits; otherwise made and kept in PORTAL_DATA"`
	// MetricsToken opens /metrics to "Authorization: Bearer …"; empty leaves it to this machine alone.
	MetricsToken Secret `env:"PORTAL_METRICS_TOKEN" help:"bearer token for /metrics, 16 characters or more; without it only this machine may read them"`

	// PageCache is how many megabytes of pages that visitors read one process keeps in memory.
	PageCache int `env:"PORTAL_PAGE_CACHE" default:"16" help:"megabytes of memory for public pages that are kept until their content changes; 0 keeps none"`

	SMTP SMTP
	// MailFrom is the sender of all mails: an address, or a name and an address in angle brackets.
	MailFrom string `env:"PORTAL_MAIL_FROM" default:"Portal <portal@example.org>" help:"sender of all mails; needed in production"`
	// SecretariatEmail is where people write for help. It is public.
	SecretariatEmail string `env:"PORTAL_SECRETARIAT_EMAIL" default:"secretariat@example.org" help:"public address for questions; needed in production"`

	// Contact is told of messages from the contact page.
	Contact Contact

	SiteName Names `env:"PORTAL_SITE_NAME" help:"name of the portal; PORTAL_SITE_NAME_AR and so on for one language"`
	Operator Names `env:"PORTAL_OPERATOR" help:"who runs the portal; PORTAL_OPERATOR_AR and so on for one language"`
	// Logo is the path of an SVG file; see LogoSVG.
	Logo string `env:"PORTAL_LOGO" help:"SVG file of at most 3 KB in one colour; without it a neutral mark is shown"`

	// Clamd is the virus scanner: host:port, or unix:/path of its socket. Empty leaves files marked as not scanned.
	Clamd string `env:"PORTAL_CLAMD" help:"virus scanner clamd, host:port or unix:/path; without it files are shown as not scanned"`

	// Chromium is the browser that makes PDFs: a path or a name. Empty takes whichever is installed, "off" none.
	Chromium string `env:"PORTAL_CHROMIUM" help:"browser that prints booklets as PDF, a path or a name; without it whichever is installed, off for none"`

	LogLevel  slog.Level `env:"PORTAL_LOG_LEVEL" default:"info" help:"debug, info, warn or error"`
	LogFormat string     `env:"PORTAL_LOG_FORMAT" help:"text or json; json in production when not set"`

	publicURLDerived bool
	settings         []Setting
	unknown          []string
}

// Production says whether the portal runs for the public.
func (c *Config) Production() bool { return c.Env == Production }

// Embedded says whether the database is our own, and not one of DATABASE_URL.
func (c *Config) Embedded() bool { return c.DatabaseURL == "" }

// Listening tells the settings where the server listens in the end, since the port 0 takes a free one. It matters only
// where no public address is set.
func (c *Config) Listening(addr net.Addr) {
	if c.publicURLDerived {
		c.PublicURL = publicURL(addr.String())
	}
}

// CatchMail says whether mails are caught and shown at /dev/mail instead of sent.
func (c *Config) CatchMail() bool { return !c.Production() && c.SMTP.Host == "" }

// Logger writes the log as the settings say.
func (c *Config) Logger(w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.LogLevel}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// EnsureSecret fills in Secret when none is set: from the file "secret" in Data, which is made with a random one at the
// first start. In production the operator sets it, and Load has insisted on it.
func (c *Config) EnsureSecret() error {
	if c.Secret != "" {
		return nil
	}
	text, err := keep(filepath.Join(c.Data, "secret"), randomSecret)
	if err == nil && len(text) < shortestSecret {
		err = fmt.Errorf("the signing key in %s is too short: remove the file to have a new one made", filepath.Join(c.Data, "secret"))
	}
	c.Secret = Secret(text)
	return err
}

// EnsureAuditKey fills in AuditKey when none is set: from the file "audit.key" in Data, which is made with a new key at
// the first start. Each process may have its own: all keys that have signed are published.
func (c *Config) EnsureAuditKey() error {
	if c.AuditKey != "" {
		return nil
	}
	path := filepath.Join(c.Data, "audit.key")
	text, err := keep(path, randomKey)
	if err == nil && !isAuditKey(text) {
		err = fmt.Errorf("the key of the audit digests in %s is not %d hexadecimal digits: put the right one there, or remove the file to have a new one made", path, 2*auditKeyBytes)
	}
	c.AuditKey = Secret(text)
	return err
}

// keep reads a secret from its file, which it makes when there is none: readable for its owner only. The file appears
// whole: two commands may start at once.
func keep(path string, random func() string) (string, error) {
	for {
		content, err := os.ReadFile(path)
		if err == nil {
			return strings.TrimSpace(string(content)), nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("read a key: %w", err)
		}
		if err := write(path, random()); err != nil && !errors.Is(err, fs.ErrExist) {
			return "", fmt.Errorf("keep a key: %w", err)
		}
	}
}

func write(path, secret string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { // open: PostgreSQL's account must pass through
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".secret-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = file.WriteString(secret + "\n")
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Link(file.Name(), path)
}

func randomSecret() string {
	var random [32]byte
	_, _ = rand.Read(random[:]) // it never fails
	return base64.RawURLEncoding.EncodeToString(random[:])
}

func randomKey() string {
	var random [auditKeyBytes]byte
	_, _ = rand.Read(random[:]) // it never fails
	return hex.EncodeToString(random[:])
}

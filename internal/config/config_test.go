package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"portal/internal/config"
)

// production is all that production needs.
var production = []string{
	"PORTAL_ENV=production", "PORTAL_PUBLIC_URL=https://Portal.example/", "PORTAL_SECRET=0123456789abcdef0123456789abcdef",
	"PORTAL_SMTP_HOST=mail.example", "PORTAL_MAIL_FROM=Portal <portal@portal.example>", "PORTAL_SECRETARIAT_EMAIL=help@portal.example",
}

func load(t *testing.T, environ ...string) *config.Config {
	t.Helper()
	c, err := config.Load(environ)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	c := load(t, "PORTAL_ADDR=", "HOME=/root", "PORTAL_TEST_IDLE=1s")
	for _, check := range []struct{ name, got, want string }{
		{"an empty variable counts as not set", c.Addr, "127.0.0.1:8080"},
		{"the public address follows from the other", c.PublicURL, "http://127.0.0.1:8080"},
		{"data", c.Data, "./var"},
		{"log", c.LogFormat, "text"},
		{"unknown", fmt.Sprint(c.Unknown()), "[]"},
		{"no mail server has no address", c.SMTP.Address(), ""},
	} {
		if check.got != check.want {
			t.Errorf("%s: %q, not %q", check.name, check.got, check.want)
		}
	}
	if c.Production() || !c.Embedded() || !c.CatchMail() || c.Migrate {
		t.Errorf("not what development is: %+v", c)
	}
}

func TestProduction(t *testing.T) {
	t.Parallel()
	c := load(t, append(production, "DATABASE_URL=postgres://db/portal", "PORTAL_MIGRATE=1", "PORTAL_TRUSTED_PROXIES=10.0.0.0/8, 192.0.2.1 ::1")...)
	for _, check := range []struct{ name, got, want string }{
		{"the host in small letters, no slash at the end", c.PublicURL, "https://portal.example"},
		{"the port follows from the protection", c.SMTP.Address(), "mail.example:587"},
		{"a log for machines", c.LogFormat, "json"},
		{"proxies by comma or space", strings.Join(c.TrustedProxies, "|"), "10.0.0.0/8|192.0.2.1|::1"},
	} {
		if check.got != check.want {
			t.Errorf("%s: %q, not %q", check.name, check.got, check.want)
		}
	}
	if !c.Production() || c.Embedded() || c.CatchMail() || !c.Migrate {
		t.Errorf("not what production is: %+v", c)
	}
}

func TestNamesInSeveralLanguages(t *testing.T) {
	t.Parallel()
	c := load(t, "PORTAL_SITE_NAME=Migration Portal", "PORTAL_SITE_NAME_AR=بوابة الهجرة")
	for lang, want := range map[string]string{"en": "Migration Portal", "ar": "بوابة الهجرة"} {
		if got := c.SiteName.In(lang); got != want {
			t.Errorf("%s: %q", lang, got)
		}
	}
	if got := c.Operator.In("en"); got != "" {
		t.Errorf("operator: %q", got)
	}
}

func TestWhatIsWrongIsSaid(t *testing.T) {
	t.Parallel()
	short := file(t, "\n")
	for _, c := range []struct {
		name    string
		environ []string
		want    []string
	}{
		{
			"production says all that it lacks at once",
			[]string{"PORTAL_ENV=production"},
			[]string{"PORTAL_PUBLIC_URL is not set", "PORTAL_SECRET is not set", "PORTAL_SMTP_HOST is not set", "PORTAL_MAIL_FROM is not set", "PORTAL_SECRETARIAT_EMAIL is not set"},
		},
		{"an environment there is none of", []string{"PORTAL_ENV=staging"}, []string{`PORTAL_ENV is "staging"; it can be development or production`}},
		{"an address without a port", []string{"PORTAL_ADDR=localhost"}, []string{"PORTAL_ADDR", "host:port"}},
		{"a public address with a path", []string{"PORTAL_PUBLIC_URL=https://example.org/portal"}, []string{"PORTAL_PUBLIC_URL", "without a path"}},
		{"a public address without a scheme", []string{"PORTAL_PUBLIC_URL=example.org"}, []string{"PORTAL_PUBLIC_URL"}},
		{"production in clear", append(production, "PORTAL_PUBLIC_URL=http://portal.example"), []string{"must be https"}},
		{"a short key", []string{"PORTAL_SECRET=short"}, []string{"PORTAL_SECRET has 5 characters"}},
		{"a short token", []string{"PORTAL_METRICS_TOKEN=short"}, []string{"PORTAL_METRICS_TOKEN has 5 characters"}},
		{"a key of digests that is none", []string{"PORTAL_AUDIT_KEY=secret"}, []string{"PORTAL_AUDIT_KEY is not 64 hexadecimal digits"}},
		{"a proxy by name", []string{"PORTAL_TRUSTED_PROXIES=proxy.local"}, []string{"PORTAL_TRUSTED_PROXIES", "10.0.0.0/8"}},
		{"a number that is none", []string{"PORTAL_SMTP_PORT=smtp"}, []string{"PORTAL_SMTP_PORT", "whole number"}},
		{"a port beyond all ports", []string{"PORTAL_SMTP_PORT=70000"}, []string{"PORTAL_SMTP_PORT is 70000"}},
		{"a yes that is none", []string{"PORTAL_MIGRATE=perhaps"}, []string{"PORTAL_MIGRATE", "1 or 0"}},
		{"a protection there is none of", []string{"PORTAL_SMTP_TLS=maybe"}, []string{"starttls, implicit or none"}},
		{"an account without a password", []string{"PORTAL_SMTP_USER=me"}, []string{"belong together"}},
		{"a password in clear", []string{"PORTAL_SMTP_TLS=none", "PORTAL_SMTP_USER=me", "PORTAL_SMTP_PASSWORD=x"}, []string{"in clear"}},
		{"a sender that is no address", []string{"PORTAL_MAIL_FROM=portal"}, []string{"PORTAL_MAIL_FROM"}},
		{"a contact with a name", []string{"PORTAL_SECRETARIAT_EMAIL=Us <us@example.org>"}, []string{"an address alone"}},
		{"less than no kept pages", []string{"PORTAL_PAGE_CACHE=-1"}, []string{"PORTAL_PAGE_CACHE is -1"}},
		{"a scanner without a port", []string{"PORTAL_CLAMD=clamd"}, []string{"host:port or unix:/path"}},
		{"a level there is none of", []string{"PORTAL_LOG_LEVEL=loud"}, []string{"debug, info, warn or error"}},
		{"a format there is none of", []string{"PORTAL_LOG_FORMAT=xml"}, []string{"text or json"}},
		{"a secret twice", []string{"PORTAL_SECRET=x", "PORTAL_SECRET_FILE=y"}, []string{"are both set"}},
		{"a secret's file that is missing", []string{"PORTAL_SECRET_FILE=/nowhere"}, []string{"PORTAL_SECRET_FILE", "/nowhere"}},
		{"a secret's file that is empty", []string{"PORTAL_SECRET_FILE=" + short}, []string{"is empty"}},
		{"a logo that is missing", []string{"PORTAL_LOGO=/nowhere.svg"}, []string{"PORTAL_LOGO"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := config.Load(c.environ)
			for _, want := range c.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not in: %v", want, err)
				}
			}
		})
	}
}

func TestSecretsFromFilesAndInNoOutput(t *testing.T) {
	t.Parallel()
	key := "a-key-of-more-than-thirty-two-characters"
	c := load(t, "PORTAL_SECRET_FILE="+file(t, key+"\n"), "PORTAL_SMTP_HOST=mail.example", "PORTAL_SMTP_USER=me",
		"PORTAL_SMTP_PASSWORD=hunter2", "DATABASE_URL=postgres://me:hunter2@db.example/portal?sslpassword=hunter2")
	if string(c.Secret) != key {
		t.Error("the file's secret is not in force")
	}
	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&out, nil))
	log.Info("settings", "config", c, "secret", c.Secret)
	fmt.Fprintf(&out, "%v %+v %#v %s\n", c.Secret, *c, c.SMTP, c.SMTP.Password)
	if err := json.NewEncoder(&out).Encode(c); err != nil {
		t.Fatal(err)
	}
	from := map[string]string{}
	for _, s := range c.Settings() {
		fmt.Fprintln(&out, s.Name, s.Value, s.From)
		from[s.Name] = s.From
	}
	for _, secret := range []string{key, "hunter2"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("a secret is shown: %s", out.String())
		}
	}
	if !strings.Contains(out.String(), "db.example/portal") {
		t.Error("it cannot be seen which database it is")
	}
	for name, want := range map[string]string{"PORTAL_SMTP_USER": "environment", "PORTAL_ADDR": "default", "PORTAL_CLAMD": ""} {
		if from[name] != want {
			t.Errorf("%s comes from %q, not %q", name, from[name], want)
		}
	}
	if !strings.HasPrefix(from["PORTAL_SECRET"], "file ") {
		t.Errorf("PORTAL_SECRET comes from %q", from["PORTAL_SECRET"])
	}
}

func TestASlipOfThePen(t *testing.T) {
	t.Parallel()
	c := load(t, "PORTAL_SMPT_HOST=mail.example", "PORTAL_SERVICE_PORT=8080")
	want := "PORTAL_SERVICE_PORT is not a setting|PORTAL_SMPT_HOST is not a setting; did you mean PORTAL_SMTP_HOST?"
	if got := strings.Join(c.Unknown(), "|"); got != want {
		t.Errorf("got %s", got)
	}
}

func TestLogo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, content, wrong string }{
		{"a drawing", `<svg viewBox="0 0 48 48"><title>Mark</title><path d="M1 1h46"/></svg>`, ""},
		{"with a declaration before it", "<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"><path d=\"M1 1\"/></svg>\n", ""},
		{"a script", `<svg><script>alert(1)</script></svg>`, "script"},
		{"a handler", `<svg onload="alert(1)"></svg>`, "onload"},
		{"a style", `<svg style="fill:red"></svg>`, "style"},
		{"a link", `<svg><path xlink:href="https://example.org"/></svg>`, "href"},
		{"something loaded", `<svg><path fill="url(https://example.org)"/></svg>`, "fill"},
		{"a foreign object", `<svg><foreignObject/></svg>`, "foreignObject"},
		{"a picture of another kind", "\x89PNG", "not an svg element"},
		{"broken", `<svg><path></svg>`, "syntax error"},
		{"too large", `<svg><path d="` + strings.Repeat("M1 1", 1000) + `"/></svg>`, "it may have 3072"},
		{"a comment", `<svg><!-- x --></svg>`, "more than"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			loaded, err := config.Load([]string{"PORTAL_LOGO=" + file(t, c.content)})
			if c.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), c.wrong) {
					t.Errorf("%q is not in: %v", c.wrong, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if svg, err := loaded.LogoSVG(); err != nil || !strings.HasPrefix(svg, "<svg") {
				t.Errorf("got %q, %v", svg, err)
			}
		})
	}
}

func TestAMadeSecretIsKept(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "deep", "var")
	secrets := make([]config.Secret, 8)
	var wait sync.WaitGroup
	for i := range secrets {
		wait.Go(func() { // commands that start at once
			c, err := config.Load([]string{"PORTAL_DATA=" + data})
			if err == nil {
				err = c.EnsureSecret()
			}
			if err != nil {
				t.Error(err)
				return
			}
			secrets[i] = c.Secret
		})
	}
	wait.Wait()
	for _, s := range secrets {
		if len(s) < 32 || s != secrets[0] {
			t.Fatal("not all have the same good secret")
		}
	}
	info, err := os.Stat(filepath.Join(data, "secret"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	entries, err := os.ReadDir(data)
	if err != nil || len(entries) != 1 {
		t.Errorf("%d files, %v", len(entries), err)
	}
}

func TestAMadeKeyOfTheDigestsIsKept(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	var keys [2]config.Secret
	for i := range keys {
		c := load(t, "PORTAL_DATA="+data)
		if err := c.EnsureAuditKey(); err != nil {
			t.Fatal(err)
		}
		keys[i] = c.AuditKey
	}
	if keys[0] != keys[1] || len(keys[0]) != 64 {
		t.Error("the key is not kept, or none")
	}
	info, err := os.Stat(filepath.Join(data, "audit.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	c := load(t, "PORTAL_AUDIT_KEY_FILE="+filepath.Join(data, "audit.key"))
	if err := c.EnsureAuditKey(); err != nil || c.AuditKey != keys[0] {
		t.Errorf("the key of the file is not in force: %v", err)
	}
	if err := os.WriteFile(filepath.Join(data, "audit.key"), []byte("0f"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := load(t, "PORTAL_DATA="+data).EnsureAuditKey(); err == nil || !strings.Contains(err.Error(), "is not 64 hexadecimal digits") {
		t.Errorf("a key that is too short: %v", err)
	}
}

func TestAFreePort(t *testing.T) {
	t.Parallel()
	addr := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 4711}
	c := load(t, "PORTAL_ADDR=127.0.0.1:0")
	c.Listening(addr)
	if c.PublicURL != "http://127.0.0.1:4711" {
		t.Errorf("got %s", c.PublicURL)
	}
	c = load(t, "PORTAL_ADDR=:0", "PORTAL_PUBLIC_URL=https://portal.example")
	c.Listening(addr)
	if c.PublicURL != "https://portal.example" {
		t.Errorf("got %s", c.PublicURL)
	}
	if c := load(t, "PORTAL_ADDR=:8080"); c.PublicURL != "http://localhost:8080" {
		t.Errorf("got %s", c.PublicURL)
	}
}

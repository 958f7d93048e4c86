package config

import (
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
)

const (
	// shortestSecret is the least number of characters of a signing key.
	shortestSecret = 32
	// shortestToken is the least number of characters of a token that somebody else's program presents.
	shortestToken = 16
	// auditKeyBytes is the length of a private key of Ed25519.
	auditKeyBytes = 32
	// largestLogo is the size in bytes beyond which the logo, which is part of every page, costs too much.
	largestLogo = 3 << 10
)

// complete fills in what follows from other settings and returns all that is wrong.
func (c *Config) complete(l loader) []error {
	var problems []error
	wrong := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	needed := func(name, why string) {
		if i := slices.IndexFunc(l.from, func(s source) bool { return s.name == name }); l.from[i].from == "" || l.from[i].from == "default" {
			wrong("%s is not set: %s", name, why)
		}
	}
	switch c.Env {
	case Development:
	case Production:
		needed("PORTAL_PUBLIC_URL", "production needs the address under which the world reaches the portal, such as https://portal.example")
		needed("PORTAL_SECRET", "production needs a signing key of 32 characters or more, the same for all replicas (openssl rand -base64 32), here or in a file named by PORTAL_SECRET_FILE")
		needed("PORTAL_SMTP_HOST", "production needs a mail server, since people cannot register without mails")
		needed("PORTAL_MAIL_FROM", "production needs the sender of mails, such as Portal <portal@portal.example>")
		needed("PORTAL_SECRETARIAT_EMAIL", "production needs the public address for questions")
	default:
		wrong("PORTAL_ENV is %q; it can be development or production", c.Env)
	}
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		wrong("PORTAL_ADDR is %q; it must be host:port, such as 127.0.0.1:8080, or :8080 for all networks", c.Addr)
	}
	if c.PublicURL == "" {
		c.PublicURL, c.publicURLDerived = publicURL(c.Addr), true
	}
	if err := c.checkPublicURL(); err != nil {
		problems = append(problems, err)
	}
	for _, proxy := range c.TrustedProxies {
		if _, err := netip.ParsePrefix(proxy); err != nil {
			if _, err := netip.ParseAddr(proxy); err != nil {
				wrong("PORTAL_TRUSTED_PROXIES has %q; it takes addresses and prefixes, such as 10.0.0.0/8", proxy)
			}
		}
	}
	if n := len(c.Secret); n > 0 && n < shortestSecret {
		wrong("PORTAL_SECRET has %d characters; it needs %d or more (openssl rand -base64 32)", n, shortestSecret)
	}
	if c.AuditKey != "" && !isAuditKey(string(c.AuditKey)) {
		wrong("PORTAL_AUDIT_KEY is not %d hexadecimal digits (openssl rand -hex %d)", 2*auditKeyBytes, auditKeyBytes)
	}
	if n := len(c.MetricsToken); n > 0 && n < shortestToken {
		wrong("PORTAL_METRICS_TOKEN has %d characters; it needs %d or more", n, shortestToken)
	}
	if c.PageCache < 0 {
		wrong("PORTAL_PAGE_CACHE is %d; it is a number of megabytes, or 0 to keep no pages", c.PageCache)
	}
	problems = append(problems, c.SMTP.complete()...)
	if _, err := mail.ParseAddress(c.MailFrom); err != nil {
		wrong("PORTAL_MAIL_FROM is %q; it must be an address, or a name and an address: Portal <portal@portal.example>", c.MailFrom)
	}
	for topic, address := range c.Contact.ByTopic() {
		if parsed, err := mail.ParseAddress(address); address != "" && (err != nil || parsed.Address != address) {
			wrong("PORTAL_CONTACT_%s is %q; it must be an address alone, such as hub@portal.example", strings.ToUpper(topic), address)
		}
	}
	if address, err := mail.ParseAddress(c.SecretariatEmail); err != nil || address.Address != c.SecretariatEmail {
		wrong("PORTAL_SECRETARIAT_EMAIL is %q; it must be an address alone, such as secretariat@portal.example", c.SecretariatEmail)
	}
	if _, err := c.LogoSVG(); err != nil {
		problems = append(problems, err)
	}
	if path, isSocket := strings.CutPrefix(c.Clamd, "unix:"); c.Clamd != "" && (!isSocket || path == "") {
		if _, _, err := net.SplitHostPort(c.Clamd); err != nil {
			wrong("PORTAL_CLAMD is %q; it must be host:port or unix:/path", c.Clamd)
		}
	}
	switch c.LogFormat {
	case "":
		c.LogFormat = "text"
		if c.Production() {
			c.LogFormat = "json"
		}
	case "text", "json":
	default:
		wrong("PORTAL_LOG_FORMAT is %q; it can be text or json", c.LogFormat)
	}
	return problems
}

// isAuditKey says whether the text is a key that can sign.
func isAuditKey(text string) bool {
	key, err := hex.DecodeString(text)
	return err == nil && len(key) == auditKeyBytes
}

// publicURL is how one reaches the address from this machine.
func publicURL(addr string) string {
	host, port, _ := net.SplitHostPort(addr) // checked before
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// checkPublicURL accepts a scheme and a host, and takes the slash off its end. In production people's passwords pass
// over it, so it must be https, unless it never leaves this machine.
func (c *Config) checkPublicURL() error {
	u, err := url.Parse(c.PublicURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" ||
		u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return fmt.Errorf("PORTAL_PUBLIC_URL is %q; it must be a scheme and a host without a path, such as https://portal.example", c.PublicURL)
	}
	if c.Production() && u.Scheme != "https" && !isLocal(u.Hostname()) {
		return fmt.Errorf("PORTAL_PUBLIC_URL is %q; in production it must be https, with a proxy for TLS in front of the portal", c.PublicURL)
	}
	c.PublicURL = u.Scheme + "://" + strings.ToLower(u.Host)
	return nil
}

func isLocal(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && ip.IsLoopback()
}

// complete fills in the port and returns what is wrong.
func (s *SMTP) complete() []error {
	var problems []error
	port, known := map[TLSMode]int{StartTLS: 587, ImplicitTLS: 465, NoTLS: 25}[s.TLS]
	if !known {
		problems = append(problems, fmt.Errorf("PORTAL_SMTP_TLS is %q; it can be starttls, implicit or none", s.TLS))
	}
	if s.Port == 0 {
		s.Port = port
	}
	if s.Port < 0 || s.Port > 65535 {
		problems = append(problems, fmt.Errorf("PORTAL_SMTP_PORT is %d; it must be a port, such as 587", s.Port))
	}
	if (s.User == "") != (s.Password == "") {
		problems = append(problems, errors.New("PORTAL_SMTP_USER and PORTAL_SMTP_PASSWORD belong together: set both or none"))
	}
	if s.TLS == NoTLS && s.Password != "" {
		problems = append(problems, errors.New("PORTAL_SMTP_TLS=none would send the mail server's password in clear: use starttls or implicit, or no account"))
	}
	return problems
}

// drawing are the elements that a logo may have: shapes and their descriptions, nothing that loads or runs.
var drawing = []string{"svg", "g", "path", "circle", "ellipse", "rect", "line", "polyline", "polygon", "title", "desc"}

// LogoSVG returns the operator's logo as one svg element, or "" when there is none. It becomes part of every page, so it
// must be small and may neither load nor run anything, nor bring its own style, which the content security policy
// refuses.
func (c *Config) LogoSVG() (string, error) {
	if c.Logo == "" {
		return "", nil
	}
	content, err := os.ReadFile(c.Logo)
	if err != nil {
		return "", fmt.Errorf("PORTAL_LOGO: %w", err)
	}
	if len(content) > largestLogo {
		return "", fmt.Errorf("PORTAL_LOGO: %s has %d bytes; it may have %d", c.Logo, len(content), largestLogo)
	}
	text := string(content)
	if start := strings.Index(text, "<svg"); start > 0 && strings.HasPrefix(text, "<?xml") {
		text = text[start:]
	}
	text = strings.TrimSpace(text)
	if !strings.HasPrefix(text, "<svg") || !strings.HasSuffix(text, "</svg>") {
		return "", fmt.Errorf("PORTAL_LOGO: %s is not an svg element", c.Logo)
	}
	decoder := xml.NewDecoder(strings.NewReader(text))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return text, nil
		}
		if err != nil {
			return "", fmt.Errorf("PORTAL_LOGO: %s: %w", c.Logo, err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if !slices.Contains(drawing, token.Name.Local) {
				return "", fmt.Errorf("PORTAL_LOGO: %s has the element %s; a logo may have shapes only (%s)", c.Logo, token.Name.Local, strings.Join(drawing, ", "))
			}
			for _, a := range token.Attr {
				name := strings.ToLower(a.Name.Local)
				if strings.HasPrefix(name, "on") || name == "style" || name == "href" || strings.Contains(strings.ToLower(a.Value), "url(") {
					return "", fmt.Errorf("PORTAL_LOGO: %s has the attribute %s; a logo may not run, load or style anything", c.Logo, name)
				}
			}
		case xml.Directive, xml.ProcInst, xml.Comment:
			return "", fmt.Errorf("PORTAL_LOGO: %s has more than one svg element in it", c.Logo)
		}
	}
}

// Package webtest drives the portal from tests as a browser without scripts does: cookies, forms taken from the page and
// sent again, pages asserted by selector, golden files, and one signed-in client for every kind of person. It knows no
// area, so that every area's tests can use it.
package webtest

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"strings"
	"testing"
)

// Client is one browser: it has its own cookies and stays on the server that it was made with. It does not follow
// redirects by itself: a test sees them, and calls Page.Follow.
type Client struct {
	t      testing.TB
	server *httptest.Server
	http   *http.Client
	header http.Header
}

// New serves the handler until the test ends and returns a visitor's browser.
func New(t testing.TB, handler http.Handler) *Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	transport, ok := server.Client().Transport.(*http.Transport)
	if !ok {
		t.Fatal("the client of a test server has another transport than one knows")
	}
	transport.DisableCompression = true // packing and unpacking each page would cost the tests more than making it
	return browser(t, server)
}

func browser(t testing.TB, server *httptest.Server) *Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Client{t: t, server: server, header: http.Header{}, http: &http.Client{
		Jar: jar, Transport: server.Client().Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Another returns a browser without cookies on the same server.
func (c *Client) Another() *Client { return browser(c.t, c.server) }

// In returns the same browser reporting to another test, for subtests.
func (c *Client) In(t testing.TB) *Client {
	in := *c
	in.t, in.header = t, c.header.Clone()
	return &in
}

// With returns the same browser with one more header on every request.
func (c *Client) With(name, value string) *Client {
	with := c.In(c.t)
	with.header.Set(name, value)
	return with
}

// URL returns the server's address, without a slash at the end.
func (c *Client) URL() string { return c.server.URL }

// SetCookie gives the browser a cookie; Cookie returns the value of one that it holds, or "".
func (c *Client) SetCookie(cookie *http.Cookie) {
	copied := *cookie
	copied.Secure = false // the test's server speaks plain HTTP
	c.http.Jar.SetCookies(c.address("/"), []*http.Cookie{&copied})
}

// Cookie returns the value of a cookie that the browser holds, or "".
func (c *Client) Cookie(name string) string {
	for _, cookie := range c.http.Jar.Cookies(c.address("/")) {
		if cookie.Name == name {
			return cookie.Value
		}
	}
	return ""
}

// Get asks for a page.
func (c *Client) Get(path string) *Page {
	c.t.Helper()
	return c.Do(c.Request(http.MethodGet, path, nil))
}

// Post sends a form, as from a page of the portal.
func (c *Client) Post(path string, form url.Values) *Page {
	c.t.Helper()
	r := c.Request(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return c.Do(c.fromUs(r))
}

// File is a file to send with a form.
type File struct {
	// Field is the form's control, Name the file's name on the sender's machine, Type its content type as the browser
	// guesses it from the name; "" is application/octet-stream.
	Field, Name, Type string
	Content           []byte
}

// PostMultipart sends a form with files, as from a page of the portal.
func (c *Client) PostMultipart(path string, form url.Values, files ...File) *Page {
	c.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, values := range form {
		for _, v := range values {
			if err := w.WriteField(name, v); err != nil {
				c.t.Fatal(err)
			}
		}
	}
	for _, f := range files {
		h := textproto.MIMEHeader{}
		h.Set("Content-Disposition", multipart.FileContentDisposition(f.Field, f.Name))
		h.Set("Content-Type", "application/octet-stream")
		if f.Type != "" {
			h.Set("Content-Type", f.Type)
		}
		part, err := w.CreatePart(h)
		if err == nil {
			_, err = part.Write(f.Content)
		}
		if err != nil {
			c.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		c.t.Fatal(err)
	}
	r := c.Request(http.MethodPost, path, &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return c.Do(c.fromUs(r))
}

// fromUs marks a request as sent from a page of the portal, unless the test says where it comes from.
func (c *Client) fromUs(r *http.Request) *http.Request {
	if r.Header.Get("Origin") == "" && r.Header.Get("Sec-Fetch-Site") == "" {
		r.Header.Set("Origin", c.server.URL)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	return r
}

// Request makes a request that a test can change before it is sent with Do. The path may be a whole address on the
// server.
func (c *Client) Request(method, path string, body io.Reader) *http.Request {
	c.t.Helper()
	address := path
	if !strings.HasPrefix(path, c.server.URL+"/") {
		address = c.server.URL + path
	}
	r, err := http.NewRequestWithContext(c.t.Context(), method, address, body)
	if err != nil {
		c.t.Fatal(err)
	}
	for name, values := range c.header {
		r.Header[name] = values
	}
	return r
}

// Do sends the request and reads the answer in full.
func (c *Client) Do(r *http.Request) *Page {
	c.t.Helper()
	response, err := c.http.Do(r)
	if err != nil {
		c.t.Fatalf("%s %s: %v", r.Method, r.URL, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatalf("%s %s: read the answer: %v", r.Method, r.URL, err)
	}
	return &Page{client: c, Status: response.StatusCode, Header: response.Header, Body: body, Method: r.Method, URL: r.URL}
}

func (c *Client) address(path string) *url.URL {
	u, err := url.Parse(c.server.URL + path)
	if err != nil {
		c.t.Fatal(err)
	}
	return u
}

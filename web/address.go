package web

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5/middleware"

	"portal/internal/problem"
)

// ParamID returns the path's parameter as the id of a row. What is not a positive number names nothing:
// problem.NotFound.
func ParamID(r *http.Request, name string) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue(name), 10, 64)
	if err != nil || id <= 0 {
		return 0, problem.NotFound
	}
	return id, nil
}

// Next returns where the form or query value "next" leads, if it is a page of the portal that anybody could follow a
// link to, else "/". Redirect takes it as it is. Addresses of other sites, in whatever disguise, are never followed.
func Next(r *http.Request) string {
	next := r.FormValue("next")
	x := exchangeOf(r.Context())
	if x == nil || !x.router.isPage(next) {
		return "/"
	}
	return next
}

// isPage says whether the address, path and query, is one of ours that can be read: a page, language included, or a file.
func (rt *Router) isPage(address string) bool {
	if !isLocal(address) {
		return false
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil {
		return false
	}
	if _, rest, ok := splitLanguage(u.Path); ok {
		return rt.has(rt.pages, http.MethodGet, rest)
	}
	return rt.has(rt.bare, http.MethodGet, u.Path)
}

// isLocal says whether a browser takes the address as a path on this host: one slash at the start, and nothing that
// browsers read as another slash or drop.
func isLocal(address string) bool {
	if !strings.HasPrefix(address, "/") || strings.HasPrefix(address, "//") || len(address) > 2000 {
		return false
	}
	return !strings.ContainsFunc(address, func(c rune) bool { return c == '\\' || c < ' ' || c == 0x7f })
}

// localURL is the address as a browser would write it into a link on this host.
func localURL(u *url.URL) string { return addQuery(u.EscapedPath(), u.RawQuery) }

// clientAddress returns the function that finds a client's address: the peer's, or what the trusted proxies (addresses
// or prefixes) say in X-Forwarded-For.
func clientAddress(trusted []string) (func(*http.Request) netip.Addr, error) {
	var prefixes []string
	for _, s := range trusted {
		prefix, err := netip.ParsePrefix(s)
		if err != nil {
			addr, err := netip.ParseAddr(s)
			if err != nil {
				return nil, fmt.Errorf("trusted proxy %q is neither an address nor a prefix such as 10.0.0.0/8", s)
			}
			prefix = netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen())
		}
		prefixes = append(prefixes, prefix.Masked().String())
	}
	if len(prefixes) == 0 {
		return func(r *http.Request) netip.Addr {
			peer, _ := netip.ParseAddrPort(r.RemoteAddr) // a writer in a test may have none
			return peer.Addr().Unmap()
		}, nil
	}
	find := middleware.ClientIPFromXFF(prefixes...)
	return func(r *http.Request) (client netip.Addr) {
		find(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			client = middleware.GetClientIPAddr(r.Context())
		})).ServeHTTP(nil, r)
		return client
	}, nil
}

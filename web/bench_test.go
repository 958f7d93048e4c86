package web_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"portal/web"
)

// BenchmarkPublicPage is what the router costs beside a bare handler that writes the same bytes.
func BenchmarkPublicPage(b *testing.B) {
	words := strings.Repeat("Safe, orderly and regular migration. ", 100)
	router, err := web.New(web.Options{Log: slog.New(slog.NewJSONHandler(io.Discard, nil)), NetworkLimit: -1})
	if err != nil {
		b.Fatal(err)
	}
	router.Public("GET /long", text(words))
	for name, handler := range map[string]http.Handler{
		"bare":   http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, words) }),
		"router": router,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequest("GET", "/en/long", nil)
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					b.Fatal(w.Code)
				}
			}
		})
	}
}

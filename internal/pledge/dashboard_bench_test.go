package pledge_test

import (
	"net/http"
	"net/url"
	"testing"

	"portal/internal/i18n"
	"portal/internal/pledge"
)

// What a dashboard costs that nobody has asked for yet: the counting, and all of the page.
func BenchmarkDashboard(b *testing.B) {
	w := newWorld(b)
	w.fill(b, 9_000)
	for name, query := range map[string]string{"all": "", "filtered": "objective=6&category=member_state", "words": "q=common"} {
		q, err := url.ParseQuery(query)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name+"/counted", func(b *testing.B) {
			for b.Loop() {
				if _, err := w.service.Dashboard(b.Context(), pledge.ReadFilter(q, seeded(b)), i18n.English); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/page", func(b *testing.B) {
			for b.Loop() {
				w.Visitor.In(b).Get("/en" + pledge.BoardPath + "?" + query).Want(http.StatusOK)
			}
		})
	}
}

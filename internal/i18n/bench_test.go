package i18n

import (
	"context"
	"testing"
)

func BenchmarkT(b *testing.B) {
	ctx := WithLang(context.Background(), Arabic)
	b.Run("plain", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			T(ctx, "common.yes")
		}
	})
	b.Run("two numbers", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			T(ctx, "form.too_long", Key("common.yes"), 200, 1234)
		}
	})
	b.Run("plural", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			T(ctx, "home.loom.pledges", 5)
		}
	})
}

package money_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"portal/internal/i18n"
	"portal/internal/money"
)

func TestWhatPeopleType(t *testing.T) {
	t.Parallel()
	en, fr, es, ru, ar, zh := i18n.English, i18n.French, i18n.Spanish, i18n.Russian, i18n.Arabic, i18n.Chinese
	for _, c := range []struct {
		typed string
		lang  i18n.Lang
		want  money.Amount
	}{
		{"0", en, 0}, {"12", en, 1200}, {" 12 ", en, 1200}, {"12.5", en, 1250}, {"12.50", en, 1250}, {"0.05", en, 5}, {"007", en, 700},
		{"1,000", en, 100_000}, {"1,000", ar, 100_000}, {"1,000", zh, 100_000}, {"1.000", es, 100_000},
		{"1,000,000.50", en, 100_000_050}, {"1.000.000,50", en, 100_000_050}, {"1,000,000.50", fr, 100_000_050}, {"1.000.000,50", es, 100_000_050},
		{"1.000.000", en, 100_000_000}, {"1,000,000", fr, 100_000_000}, {"1,000,000", ru, 100_000_000},
		{"1 000 000,50", en, 100_000_050}, {"1 000 000,50", ar, 100_000_050}, {"1 000 000,50", ru, 100_000_050},
		{"1\u00a0000\u00a0000,5", fr, 100_000_050}, {"1\u202f000", fr, 100_000}, {"1'000.50", en, 100_050}, {"1’000,50", fr, 100_050},
		{"12,5", en, 1250}, {"12,50", en, 1250}, {"12.50", fr, 1250}, {"12.50", es, 1250}, {"1000,50", en, 100_050}, {"1000.50", ru, 100_050},
		{"١٬٠٠٠٬٠٠٠", ar, 100_000_000}, {"١٬٠٠٠٬٠٠٠٫٥٠", ar, 100_000_050}, {"١٬٠٠٠", en, 100_000}, {"١٢٫٥", fr, 1250}, {"١،٠٠٠،٠٠٠", ar, 100_000_000},
		{"۱۲۳٬۴۵۶", ar, 12_345_600}, {"۱۲۳۴", en, 123_400}, {"\u200f١٢٣", ar, 12_300}, {"１２", zh, 1200},
		{"USD 12", en, 1200}, {"usd12", en, 1200}, {"$12", en, 1200}, {"US$ 1,000.50", en, 100_050}, {"12 USD", en, 1200}, {"12 $ US", fr, 1200}, {"12 $US", fr, 1200},
		{"10,000,000,000,000", en, money.Max}, {"10000000000000.00", en, money.Max},
		{"\u20661,234.00\u2069", ar, 123_400},
	} {
		if got, refused := money.Read(c.typed, c.lang); refused != money.None || got != c.want {
			t.Errorf("%q in %s: %d, %q; want %d", c.typed, c.lang, got, refused, c.want)
		}
	}
}

func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	en, fr, es, ru, ar := i18n.English, i18n.French, i18n.Spanish, i18n.Russian, i18n.Arabic
	for _, c := range []struct {
		typed string
		lang  i18n.Lang
		want  money.Refusal
	}{
		{"", en, money.NotNumber}, {"abc", en, money.NotNumber}, {"12 apples", en, money.NotNumber}, {"10-20", en, money.NotNumber}, {"1,", en, money.NotNumber},
		{".50", en, money.NotNumber}, {"1,,000", en, money.NotNumber}, {"5 %", en, money.NotNumber}, {"1 million", en, money.NotNumber}, {"$", en, money.NotNumber},
		{"+5", en, money.NotNumber}, {"NaN", en, money.NotNumber}, {"0x10", en, money.NotNumber}, {"½", en, money.NotNumber}, {"-x", en, money.NotNumber}, {"()", en, money.NotNumber},
		{"-1", en, money.Negative}, {"−1,000.50", en, money.Negative}, {"1-", en, money.Negative}, {"(100)", en, money.Negative}, {"-$5", en, money.Negative}, {"$-5", en, money.Negative}, {"‐١٢", ar, money.Negative},
		{"10,000,000,000,000.01", en, money.TooLarge}, {"1000000000000000", en, money.TooLarge}, {strings.Repeat("9", 5000), en, money.TooLarge},
		{"0.005", en, money.TooPrecise}, {"1,000.505", en, money.TooPrecise}, {"1234.567", en, money.TooPrecise}, {"1.0000", en, money.TooPrecise}, {"١٫٠٠٠", ar, money.TooPrecise}, {"1 000,500", fr, money.TooPrecise},
		{"1.000", en, money.Ambiguous}, {"1.000", ar, money.Ambiguous}, {"1,000", fr, money.Ambiguous}, {"1.000", fr, money.Ambiguous}, {"1,000", ru, money.Ambiguous}, {"1,000", es, money.Ambiguous}, {"123.456", en, money.Ambiguous},
		{"1,00,000", en, money.WrongGroups}, {"1,0000", en, money.WrongGroups}, {"1 00", en, money.WrongGroups}, {"1 000 00", fr, money.WrongGroups}, {"1234,567", en, money.WrongGroups}, {"0 001", en, money.WrongGroups}, {"12,34,567.50", en, money.WrongGroups},
		{"1 000.000,50", en, money.Mixed}, {"1,000 000", en, money.Mixed}, {"1.000 000", en, money.Mixed}, {"1,000'000.50", en, money.Mixed}, {"1٫000٫000", ar, money.Mixed}, {"1٫000.50", ar, money.Mixed},
		{"1e6", en, money.Exponent}, {"1.5E+3", en, money.Exponent}, {"10^6", en, money.Exponent}, {"1 x 10^6", en, money.Exponent},
		{"€12", en, money.Currency}, {"CHF 12", en, money.Currency}, {"12 €", fr, money.Currency},
	} {
		if got, refused := money.Read(c.typed, c.lang); refused != c.want {
			t.Errorf("%q in %s: %d, %q; want %q", c.typed, c.lang, got, refused, c.want)
		}
	}
}

func TestEachLanguageWritesItsWay(t *testing.T) {
	t.Parallel()
	for l, want := range map[i18n.Lang]string{
		i18n.English: "1,234,567.50", i18n.Chinese: "1,234,567.50", i18n.Arabic: "\u20661,234,567.50\u2069",
		i18n.French: "1 234 567,50", i18n.Russian: "1 234 567,50", i18n.Spanish: "1.234.567,50", "tlh": "1,234,567.50",
	} {
		if got := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(money.Sample.Format(l)); got != want {
			t.Errorf("%s: %q, want %q", l, got, want)
		}
	}
	for a, want := range map[money.Amount]string{0: "0", 5: "0.05", 100: "1", 100_050: "1000.50", money.Max: "10000000000000"} {
		if got := a.Plain(); got != want {
			t.Errorf("%d: %q, want %q", a, got, want)
		}
	}
}

func TestRates(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rate int
		lang i18n.Lang
		want string
	}{{700, i18n.English, "7"}, {725, i18n.English, "7.25"}, {705, i18n.French, "7,05"}, {0, i18n.Arabic, "0"}, {10_000, i18n.Arabic, "100"}} {
		if got := money.Rate(c.rate, c.lang); got != c.want {
			t.Errorf("%d basis points in %s: %q, want %q", c.rate, c.lang, got, c.want)
		}
	}
}

func TestPercentIsRoundedHalfUp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		of   money.Amount
		rate int
		want money.Amount
	}{
		{0, 700, 0}, {100, 700, 7}, {107, 700, 7}, {7, 700, 0}, {8, 700, 1}, {50, 700, 4}, {150, 700, 11}, {1_000_000, 700, 70_000}, {1, 5000, 1}, {1, 4999, 0}, {3, 10_000, 3},
	} {
		if got := money.Percent(c.of, c.rate); got != c.want {
			t.Errorf("%d basis points of %d: %d, want %d", c.rate, c.of, got, c.want)
		}
	}
	random := rand.New(rand.NewPCG(7, 7))
	for range 10_000 {
		of, rate := random.Int64N(math.MaxInt64/2), random.IntN(10_001)
		exact := new(big.Int).Mul(big.NewInt(of), big.NewInt(int64(rate)))
		exact.Add(exact, big.NewInt(5000)).Div(exact, big.NewInt(10_000))
		if got := money.Percent(money.Amount(of), rate); int64(got) != exact.Int64() {
			t.Fatalf("%d basis points of %d: %d, want %d", rate, of, got, exact)
		}
	}
}

// What was written in a language reads as the same amount in it, and what is kept reads the same in all.
func FuzzRoundTrip(f *testing.F) {
	for _, a := range []int64{0, 1, 99, 100, 99_999, 100_000, 100_050, 123_456_789, int64(money.Max)} {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, n int64) {
		a := money.Amount(n)
		if a < 0 || a > money.Max {
			return
		}
		for _, l := range i18n.All {
			for _, text := range []string{a.Format(l), a.Plain(), "USD " + a.Format(l)} {
				if got, refused := money.Read(text, l); refused != money.None || got != a {
					t.Errorf("%q in %s: %d, %q; want %d", text, l, got, refused, a)
				}
			}
			for _, other := range i18n.All {
				if got, refused := money.Read(a.Format(l), other); refused == money.None && got != a {
					t.Errorf("%q of %s is misread in %s: %d", a.Format(l), l, other, got)
				}
			}
		}
	})
}

// Whatever is typed is refused, or it is read alike when it is written again, and no language reads it otherwise.
func FuzzRead(f *testing.F) {
	for _, s := range []string{"1 000 000,50", "١٬٠٠٠٬٠٠٠", "1.000", "USD 12", "1,00,000", "-5", "1e6", "(1)", "1٫5", "$ US", "٬", "\u2066"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		seen, understood := money.Amount(0), false
		for _, l := range i18n.All {
			a, refused := money.Read(s, l)
			if refused != money.None {
				continue
			}
			if a < 0 || a > money.Max {
				t.Fatalf("%q in %s: %d", s, l, a)
			}
			if understood && a != seen {
				t.Fatalf("%q reads as %d and as %d", s, seen, a)
			}
			seen, understood = a, true
			if again, refused := money.Read(a.Format(l), l); refused != money.None || again != a {
				t.Fatalf("%q in %s: %d, again %d %q", s, l, a, again, refused)
			}
		}
	})
}

func TestKeptReadsWhatPlainWrote(t *testing.T) {
	t.Parallel()
	for _, a := range []money.Amount{0, 5, 50, 99, 100, 1234_50, money.Max - 1, money.Max} {
		if got, ok := money.Kept(a.Plain()); !ok || got != a {
			t.Errorf("%q is read as %d, %t", a.Plain(), got, ok)
		}
	}
	for _, text := range []string{"", " 1", "1 ", "-1", "-0", "+1", "01", "1.", ".50", "1.5", "1.500", "1.-5", "1.+5", "1.00", "1,5", "1,000", "1e3", "١", "12.345", "4189.4413", "10000000000000.01", "99999999999999999999", "1.50.00", "NaN"} {
		if a, ok := money.Kept(text); ok || a != 0 {
			t.Errorf("%q is read as %d, %t", text, a, ok)
		}
	}
}

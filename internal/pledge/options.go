package pledge

import (
	"context"
	"strconv"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
)

// The options that come from the vocabulary, in the reader's language.

func categoryOptions(ctx context.Context, v *gcm.Vocabulary) []form.Option {
	options := make([]form.Option, len(v.Categories))
	for i, c := range v.Categories {
		options[i] = form.Option{Value: c.ID, Label: c.Name(i18n.From(ctx))}
	}
	return options
}

func countryOptions(ctx context.Context, v *gcm.Vocabulary) []form.Option {
	countries := v.Countries(i18n.From(ctx))
	options := make([]form.Option, len(countries))
	for i, c := range countries {
		options[i] = form.Option{Value: c.ISO2, Label: c.Name(i18n.From(ctx))}
	}
	return options
}

// regionOptions leaves out the region for what is not tied to one: that is the answer "worldwide".
func regionOptions(ctx context.Context, v *gcm.Vocabulary) []form.Option {
	var options []form.Option
	for _, r := range v.Regions {
		if r.ID != gcm.Global {
			options = append(options, form.Option{Value: r.ID, Label: r.Name(i18n.From(ctx))})
		}
	}
	return options
}

func objectiveOptions(ctx context.Context, v *gcm.Vocabulary) []form.Option {
	options := make([]form.Option, len(v.Objectives))
	for i, o := range v.Objectives {
		options[i] = form.Option{Value: strconv.Itoa(o.N), Label: o.Name(i18n.From(ctx))}
	}
	return options
}

func principleOptions(ctx context.Context, v *gcm.Vocabulary) []form.Option {
	options := make([]form.Option, len(v.Principles))
	for i, p := range v.Principles {
		options[i] = form.Option{Value: strconv.Itoa(p.N), Label: p.Name(i18n.From(ctx))}
	}
	return options
}

// languageOptions are the six languages, each by its own name.
func languageOptions(context.Context, *gcm.Vocabulary) []form.Option {
	options := make([]form.Option, len(i18n.All))
	for i, l := range i18n.All {
		options[i] = form.Option{Value: string(l), Label: l.Name()}
	}
	return options
}

func currencyOptions(context.Context, *gcm.Vocabulary) []form.Option {
	options := make([]form.Option, len(currencies))
	for i, c := range currencies {
		options[i] = form.Option{Value: c, Label: c}
	}
	return options
}

// currencies are the codes of ISO 4217 that are in use as money.
var currencies = []string{
	"AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN", "BHD", "BIF", "BMD", "BND",
	"BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CLP", "CNY", "COP", "CRC", "CUP", "CVE", "CZK", "DJF",
	"DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP", "GEL", "GHS", "GIP", "GMD", "GNF", "GTQ", "GYD", "HKD",
	"HNL", "HTG", "HUF", "IDR", "ILS", "INR", "IQD", "IRR", "ISK", "JMD", "JOD", "JPY", "KES", "KGS", "KHR", "KMF", "KPW", "KRW",
	"KWD", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "LYD", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR",
	"MVR", "MWK", "MXN", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "OMR", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN",
	"PYG", "QAR", "RON", "RSD", "RUB", "RWF", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN",
	"SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TND", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "UGX", "USD", "UYU", "UZS", "VED",
	"VES", "VND", "VUV", "WST", "XAF", "XCD", "XCG", "XOF", "XPF", "YER", "ZAR", "ZMW", "ZWG",
}

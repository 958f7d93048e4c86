package form

import (
	"context"
	"slices"
	"strings"

	"portal/internal/gcm"
	"portal/internal/i18n"
)

// OptionsOf returns the options of a choice in the reader's language, in the order in which they are shown. group is
// "" for a top-level field.
func (d *Definition) OptionsOf(ctx context.Context, group string, f Field, v *gcm.Vocabulary) []Option {
	if f.Options != nil {
		return f.Options(ctx, v)
	}
	options := make([]Option, 0, len(f.Values))
	for _, value := range f.Values {
		key := d.Key(group, f) + ".option." + value
		o := Option{Value: value, Label: i18n.T(ctx, key)}
		if i18n.Has(i18n.From(ctx), key+".hint") {
			o.Hint = i18n.T(ctx, key+".hint")
		}
		options = append(options, o)
	}
	return options
}

// former are the options that the field had once.
func (f Field) former(ctx context.Context, v *gcm.Vocabulary) []Option {
	if f.Former == nil {
		return nil
	}
	return f.Former(ctx, v)
}

// Shown returns the options to show where the values are chosen: those that there are, and those of former times that are among
// the values, each marked as one that is no longer used.
func (d *Definition) Shown(ctx context.Context, group string, f Field, values []string, v *gcm.Vocabulary) []Option {
	return append(d.OptionsOf(ctx, group, f, v), f.kept(ctx, v, func(value string) bool { return slices.Contains(values, value) })...)
}

// Once are all options that the field had once, marked as such: what a file may still say.
func (f Field) Once(ctx context.Context, v *gcm.Vocabulary) []Option {
	return f.kept(ctx, v, func(string) bool { return true })
}

// kept are the options of former times that are in use, marked as such.
func (f Field) kept(ctx context.Context, v *gcm.Vocabulary, used func(value string) bool) []Option {
	var all []Option
	for _, o := range f.former(ctx, v) {
		if used(o.Value) {
			o.Label, o.Former = i18n.T(ctx, "form.former", o.Label), true
			all = append(all, o)
		}
	}
	return all
}

// Labels returns the labels of the chosen options in the order of the options; a value that is no option is shown as
// it was sent.
func (d *Definition) Labels(ctx context.Context, group string, f Field, values []string, v *gcm.Vocabulary) []string {
	var labels []string
	left := map[string]bool{}
	for _, value := range values {
		left[value] = true
	}
	for _, o := range d.Shown(ctx, group, f, values, v) {
		if left[o.Value] {
			labels = append(labels, o.Label)
			delete(left, o.Value)
		}
	}
	for _, value := range values {
		if left[value] {
			labels = append(labels, value)
			delete(left, value)
		}
	}
	return labels
}

// PaperHint is what a question says below its label on paper and in the Word file: its hint, and how much may be answered.
// key is the start of the question's texts. Where the hint speaks of what only a page can do, ".paper" takes its place.
func PaperHint(ctx context.Context, key string, f Field) string {
	hint := ""
	for _, k := range []string{key + ".paper", key + ".hint"} {
		if hint == "" && i18n.Has(i18n.From(ctx), k) {
			hint = i18n.T(ctx, k)
		}
	}
	return strings.TrimSpace(hint + " " + f.Limit(ctx, hint))
}

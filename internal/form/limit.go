package form

import (
	"context"
	"strings"

	"portal/internal/gcm"
	"portal/internal/i18n"
)

// Limit says in the reader's language how long an answer may be or how many options or rows may be given, for copies of the
// form on paper; "" where there is no bound, or where the hint names it already. The bound on short lines such as addresses
// is left out: nobody comes near it.
func (f Field) Limit(ctx context.Context, hint string) string {
	most := f.Most()
	if most == 0 || strings.Contains(hint, i18n.Number(ctx, most)) {
		return ""
	}
	switch f.Type {
	case Text, LongText:
		if f.Min > 0 {
			return i18n.T(ctx, "form.limit.between", f.Min, most)
		}
		return i18n.T(ctx, "form.limit.letters", most)
	case Choices, Objectives:
		return i18n.T(ctx, "form.limit.options", most)
	case Group:
		return i18n.T(ctx, "form.limit.rows", most)
	}
	return ""
}

// OnlyIf says in the reader's language to which answer a question or a step belongs; "" for a condition on a question that
// there is not.
func (d *Definition) OnlyIf(ctx context.Context, w *When, v *gcm.Vocabulary) string {
	field, _, ok := d.Field(w.Field)
	if !ok {
		return ""
	}
	label := i18n.T(ctx, d.Key("", field)+".label")
	if field.Type == Check {
		return i18n.T(ctx, "form.limit.only_if", label, i18n.T(ctx, "common.yes"))
	}
	return i18n.T(ctx, "form.limit.only_if", label, i18n.List(ctx, d.Labels(ctx, "", field, w.Is, v)))
}

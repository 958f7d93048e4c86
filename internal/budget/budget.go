// Package budget writes a joint budget (form.Matrix) as a workbook, organizations beside each other and categories below each
// other, and reads it back when somebody has worked on it. What is read is never kept here: it is what would change, for the
// person to see first.
//
// Only the amounts are read. The totals in a workbook are formulas for those who work in it; the portal works out its own.
package budget

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/workbook"
)

// Bounds of a workbook that is read: a budget has a few tens of rows and columns.
const (
	maxSheets  = 3   // that are looked at
	maxBefore  = 30  // rows before the headings
	maxRows    = 200 // of the table
	maxColumns = 100
)

// The lines of totals, in order; their names end keys of the catalogue.
const (
	direct   = "direct"
	indirect = "indirect"
	total    = "total"
)

var lines = []string{direct, indirect, total}

// Edition says of which draft, and of which version of the step, a workbook was made. The zero Edition is none.
type Edition struct {
	Submission int64
	Version    int
}

// String is how it is written in the workbook: S12-V3.
func (e Edition) String() string {
	return "S" + strconv.FormatInt(e.Submission, 10) + "-V" + strconv.Itoa(e.Version)
}

var edition = regexp.MustCompile(`^S([1-9][0-9]{0,17})-V([0-9]{1,9})$`)

func readEdition(s string) (e Edition, ok bool) {
	m := edition.FindStringSubmatch(s)
	if m == nil {
		return e, false
	}
	e.Submission, _ = strconv.ParseInt(m[1], 10, 64)
	e.Version, _ = strconv.Atoi(m[2])
	return e, true
}

// refusal is a reason why a workbook is refused as a whole: budget.sheet.refused.<key>.
type refusal struct {
	key  string
	args []any
}

func (r refusal) Error() string { return "workbook of a budget refused: " + r.key }

// Reason says why a workbook was refused: the key of a text whose {0} is the name of the file, with what else the text needs.
// tooLarge says that it was for its size. No key is an error of another kind.
func Reason(err error) (key string, args []any, tooLarge bool) {
	var r refusal
	if errors.As(err, &r) {
		return "budget.sheet.refused." + r.key, r.args, false
	}
	if why, ok := workbook.Reason(err); ok {
		return "budget.sheet.refused." + why, nil, errors.Is(err, workbook.ErrTooLarge)
	}
	return "", nil, false
}

// labels are what the headings and lines of a workbook may be called: the texts in all languages, folded, with what they name.
type labels struct {
	category, all map[string]bool
	lines         map[string]string // to direct, indirect, total
	categories    map[string]string // to their ids
}

func labelsOf(ctx context.Context, s form.Sheet, v *gcm.Vocabulary) labels {
	l := labels{map[string]bool{}, map[string]bool{}, map[string]string{}, map[string]string{}}
	for _, lang := range i18n.Offered() {
		l.category[fold(i18n.TL(lang, "ui.matrix.category"))] = true
		l.all[fold(i18n.TL(lang, "ui.matrix.all"))] = true
		for _, name := range lines {
			l.lines[fold(i18n.TL(lang, "budget.sheet.line."+name))] = name
		}
		for _, o := range append(s.Field.Options(i18n.WithLang(ctx, lang), v), s.Field.Once(i18n.WithLang(ctx, lang), v)...) {
			l.categories[fold(o.Label)] = o.Value
		}
	}
	return l
}

// fold makes of names that people take for the same one the same text.
func fold(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

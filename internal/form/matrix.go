package form

import (
	"context"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/money"
)

// PartyControl is the control of a row of a Matrix that says whose amounts they are: the party's name. So amounts stay with
// their party when another one is taken out of the form, and amounts of one that is gone are seen.
const PartyControl = "party"

// maxColumns is how many amounts of a row of a Matrix are read from one request.
const maxColumns = 60

var columnID = regexp.MustCompile(`^[a-z0-9_]{1,40}$`)

// Sheet is a Matrix with its amounts: parties beside each other, categories below each other. What is direct is typed; the
// indirect costs of each party are a share of its direct ones, rounded half up to the cent, and every total is the sum of
// what stands in the sheet, so that rows and columns always agree (fund.md, The form).
type Sheet struct {
	Field   Field
	Parties []Party
	// Categories are those that there are, then those of former times in which there are amounts: they count, and must be moved or
	// emptied before the form is handed in.
	Categories []Option
	// Astray are amounts that belong to nobody or to nothing any more. They are not counted, and must be moved or emptied
	// before the form is handed in.
	Astray []Astray
	// Rate are the indirect costs in basis points of the direct ones.
	Rate    int
	answers Answers
}

// Party is one of those that share a Matrix.
type Party struct {
	Name string
	// Row is the number of its row in the answers.
	Row int
}

// Astray is a row of the answers in so far as it has no place in the sheet.
type Astray struct {
	Party
	// Gone says that there is no such party any more; else only the categories are gone.
	Gone bool
	// Categories are those in which there are amounts.
	Categories []string
}

// Sheet returns the Matrix f with the answers of the whole form.
func (f Field) Sheet(ctx context.Context, a Answers, v *gcm.Vocabulary) Sheet {
	s := Sheet{Field: f, Categories: append(f.Options(ctx, v), f.kept(ctx, v, f.Holds(a))...), Rate: f.Rate(), answers: a}
	rows := a.Rows(f.ID)
	taken := make([]bool, rows)
	next := rows
	for _, name := range f.parties(a) {
		p := Party{name, next}
		for n := range rows {
			if !taken[n] && a.First(RowName(f.ID, n, PartyControl)) == name {
				p.Row, taken[n] = n, true
				break
			}
		}
		if p.Row == next {
			next++
		}
		s.Parties = append(s.Parties, p)
	}
	for n := range rows {
		lost := Astray{Party: Party{a.First(RowName(f.ID, n, PartyControl)), n}, Gone: !taken[n]}
		for _, id := range slices.Sorted(maps.Keys(a.Row(f.ID, n))) {
			known := slices.ContainsFunc(s.Categories, func(o Option) bool { return o.Value == id })
			if id != PartyControl && a.First(RowName(f.ID, n, id)) != "" && (lost.Gone || !known) {
				lost.Categories = append(lost.Categories, id)
			}
		}
		if len(lost.Categories) > 0 {
			s.Astray = append(s.Astray, lost)
		}
	}
	return s
}

// Holds returns whether a category of the Matrix has an amount in the answers, of whichever party.
func (f Field) Holds(a Answers) func(category string) bool {
	return func(category string) bool {
		for n := range a.Rows(f.ID) {
			if a.First(RowName(f.ID, n, category)) != "" {
				return true
			}
		}
		return false
	}
}

// parties are the names given to the question of a Group that the Matrix is about.
func (f Field) parties(a Answers) []string {
	group, sub, _ := strings.Cut(f.Parties, ".")
	var all []string
	for n := range a.Rows(group) {
		if name := a.First(RowName(group, n, sub)); name != "" {
			all = append(all, name)
		}
	}
	return all
}

// Control is the name of the control of an amount.
func (s Sheet) Control(p Party, category string) string {
	return RowName(s.Field.ID, p.Row, category)
}

// Kept is one answer as it is kept: an amount as money.Kept reads it, or what was typed where it is none; "" for none.
func (s Sheet) Kept(p Party, category string) string {
	return s.answers.First(s.Control(p, category))
}

// Amount is one amount; 0 for none and for what is none.
func (s Sheet) Amount(p Party, category string) money.Amount {
	a, _ := money.Kept(s.Kept(p, category))
	return a
}

// Text is an amount as the language writes it, or what was typed where it is none; "" for none.
func (s Sheet) Text(p Party, category string, l i18n.Lang) string {
	return AmountText(s.Kept(p, category), l)
}

// AmountText is an answer to an Amount as the language writes it, or as it was typed where it is none.
func AmountText(kept string, l i18n.Lang) string {
	if a, ok := money.Kept(kept); ok {
		return a.Format(l)
	}
	return kept
}

// Unread is how many amounts of the sheet are none, and so are not counted.
func (s Sheet) Unread() int {
	unread := 0
	for _, p := range s.Parties {
		for _, c := range s.Categories {
			if text := s.Kept(p, c.Value); text != "" {
				if _, ok := money.Kept(text); !ok {
					unread++
				}
			}
		}
	}
	return unread
}

// Direct is the sum of a party's amounts.
func (s Sheet) Direct(p Party) money.Amount {
	return sum(s.Categories, func(c Option) money.Amount { return s.Amount(p, c.Value) })
}

// Indirect are a party's indirect costs.
func (s Sheet) Indirect(p Party) money.Amount { return money.Percent(s.Direct(p), s.Rate) }

// Total is all that a party asks for.
func (s Sheet) Total(p Party) money.Amount { return s.Direct(p) + s.Indirect(p) }

// All is the sum over the parties of one of the above, or of a category.
func (s Sheet) All(of func(p Party) money.Amount) money.Amount { return sum(s.Parties, of) }

func sum[T any](all []T, of func(T) money.Amount) money.Amount {
	var total money.Amount
	for _, one := range all {
		total += of(one)
	}
	return total
}

// readMatrix takes the rows that hold an amount, each under the name of its party.
func readMatrix(posted url.Values, f Field, take func(name, from string)) {
	next := 0
	for _, n := range rowNumbers(posted, f.ID) {
		var columns []string
		filled := false
		for id, values := range Answers(posted).Row(f.ID, n) {
			if columnID.MatchString(id) && id != PartyControl {
				columns = append(columns, id)
				filled = filled || len(Answers{id: values}.All(id)) > 0
			}
		}
		if !filled {
			continue
		}
		slices.Sort(columns)
		for _, id := range append([]string{PartyControl}, columns[:min(len(columns), maxColumns)]...) {
			take(RowName(f.ID, next, id), RowName(f.ID, n, id))
		}
		next++
	}
}

// wrongMatrix is what is wrong with the amounts, party by party, and with those that have no place.
func (d *Definition) wrongMatrix(f Field, a Answers, env Env) []Wrong {
	var wrong []Wrong
	s := f.Sheet(context.Background(), a, env.Vocabulary)
	for _, p := range s.Parties {
		for _, c := range s.Categories {
			name := s.Control(p, c.Value)
			if key := amountWrong(a.First(name)); key != "" {
				label := i18n.Phrase{Key: "form.in_row", Args: []any{p.Name, named{f, c.Value, env.Vocabulary}}}
				wrong = append(wrong, Wrong{Name: name, Key: key, Args: []any{label, money.Sample, a.First(name)}})
			} else if c.Former && a.First(name) != "" {
				wrong = append(wrong, Wrong{Name: name, Key: "form.matrix.former", Args: []any{named{f, c.Value, env.Vocabulary}, p.Name}})
			}
		}
	}
	for _, lost := range s.Astray {
		key, args := "form.matrix.category", []any{lost.Name}
		if lost.Gone {
			key = "form.matrix.party"
		}
		wrong = append(wrong, Wrong{Name: s.Control(lost.Party, lost.Categories[0]), Key: key, Args: args})
	}
	return wrong
}

// amountWrong is the key of the message about an answer to an Amount; "" for a good one.
func amountWrong(kept string) string {
	if kept == "" {
		return ""
	}
	if _, ok := money.Kept(kept); ok {
		return ""
	}
	return "form.amount." + string(money.Why(kept))
}

// named writes the name of an option in messages, in the reader's language: a category, an area.
type named struct {
	field      Field
	id         string
	vocabulary *gcm.Vocabulary
}

// Format is the name; what never was an option has only its id.
func (n named) Format(l i18n.Lang) string {
	ctx := i18n.WithLang(context.Background(), l)
	for _, o := range append(n.field.Options(ctx, n.vocabulary), n.field.former(ctx, n.vocabulary)...) {
		if o.Value == n.id {
			return o.Label
		}
	}
	return n.id
}

// Group returns a Matrix as a Group of a row a party: its name and its amounts, as they are kept and as the Word file asks for
// them; of the categories of former times those that are used. Another type is returned as it is.
func (f Field) Group(ctx context.Context, v *gcm.Vocabulary, used func(category string) bool) Field {
	if f.Type != Matrix {
		return f
	}
	party := func(ctx context.Context) string { return i18n.T(ctx, "form.matrix.name") }
	f.Type, f.Fields = Group, []Field{{ID: PartyControl, Type: Text, Named: party}}
	for _, o := range append(f.Options(ctx, v), f.kept(ctx, v, used)...) {
		f.Fields = append(f.Fields, Field{ID: o.Value, Type: Amount, Named: func(ctx context.Context) string { return named{f, o.Value, v}.Format(i18n.From(ctx)) }})
	}
	return f
}

// WithParties returns the answers with a row for each party of each Matrix, so that its name need not be written again.
func (d *Definition) WithParties(ctx context.Context, a Answers, v *gcm.Vocabulary) Answers {
	all := maps.Clone(a)
	for _, s := range d.Steps {
		for _, f := range s.Fields {
			if f.Type != Matrix {
				continue
			}
			for _, p := range f.Sheet(ctx, a, v).Parties {
				all[RowName(f.ID, p.Row, PartyControl)] = []string{p.Name}
			}
		}
	}
	return all
}

package form

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"portal/internal/i18n"
	"portal/internal/money"
)

// maxRows is how many rows of a group are read from one request, the first ones; more is not typed by a person.
const maxRows = 200

// Read takes the step's answers from a form posted in the language, as typed; an amount that is understood is kept plainly, so
// that it is the same in every language. Line ends become \n. Characters that cannot be kept (Clean)
// are taken out and named in removed, by control name, so that the person can be told. Rows of a
// group that are blank all over are dropped and the others close up.
func (s Step) Read(posted url.Values, l i18n.Lang) (a Answers, removed []string) {
	a = Answers{}
	take := func(name, from string) {
		values, ok := posted[from]
		if !ok {
			return
		}
		for _, v := range values {
			clean := Clean(v)
			if clean != strings.ReplaceAll(strings.ReplaceAll(v, "\r\n", "\n"), "\r", "\n") && !slices.Contains(removed, name) {
				removed = append(removed, name)
			}
			a[name] = append(a[name], clean)
		}
	}
	for _, f := range s.Fields {
		if f.Type == Matrix {
			readMatrix(posted, f, take)
			for name := range pick(f, a, true) {
				if !strings.HasSuffix(name, "."+PartyControl) {
					plainAmount(a, name, l)
				}
			}
			continue
		}
		if f.Type != Group {
			for _, name := range Controls(f.ID, f) {
				take(name, name)
			}
			if f.Type == Amount {
				plainAmount(a, f.ID, l)
			}
			continue
		}
		next := 0
		for _, n := range rowNumbers(posted, f.ID) {
			if rowBlank(posted, f, n) {
				continue
			}
			for _, sub := range f.Fields {
				from, to := Controls(RowName(f.ID, n, sub.ID), sub), Controls(RowName(f.ID, next, sub.ID), sub)
				for i := range from {
					take(to[i], from[i])
				}
				if sub.Type == Amount {
					plainAmount(a, RowName(f.ID, next, sub.ID), l)
				}
			}
			next++
		}
	}
	return a, removed
}

// plainAmount writes an amount that was understood as it is kept.
func plainAmount(a Answers, name string, l i18n.Lang) {
	if amount, refused := money.Read(a.First(name), l); refused == money.None {
		a[name] = []string{amount.Plain()}
	}
}

func rowNumbers(posted url.Values, group string) []int {
	seen := map[int]bool{}
	for name := range posted {
		if n, ok := rowOf(name, group); ok {
			seen[n] = true
		}
	}
	numbers := slices.Sorted(maps.Keys(seen))
	return numbers[:min(len(numbers), maxRows)]
}

func rowBlank(posted url.Values, group Field, n int) bool {
	for _, sub := range group.Fields {
		for _, name := range Controls(RowName(group.ID, n, sub.ID), sub) {
			for _, v := range posted[name] {
				if strings.TrimSpace(v) != "" {
					return false
				}
			}
		}
	}
	return true
}

// WithoutRow returns the answers with row n of the group taken out and the later rows closed up.
func (a Answers) WithoutRow(group string, n int) Answers {
	out := Answers{}
	for name, values := range a {
		row, ok := rowOf(name, group)
		switch {
		case !ok || row < n:
			out[name] = values
		case row > n:
			_, field, _ := strings.Cut(strings.TrimPrefix(name, group+"."), ".")
			out[RowName(group, row-1, field)] = values
		}
	}
	return out
}

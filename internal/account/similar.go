package account

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"portal/internal/database"
)

// SimilarOffice is another office that may be the same.
type SimilarOffice struct {
	ID    int64
	Name  string
	State OfficeState
	// Former is the earlier name that is alike; "" when it is the present one.
	Former string
}

// similarMost is how many are shown.
const similarMost = 5

// similarOffices finds the offices that act and whose names, present or former, are like that of the office: the same words
// in any order, one within the other, or most of them in common. Those of another country count only when the names are the
// same.
func similarOffices(ctx context.Context, q database.Querier, o Office) ([]SimilarOffice, error) {
	type row struct {
		ID     int64
		Name   string
		State  OfficeState
		Folded string
		Former string
		Mine   string
		Near   bool
	}
	rows, err := database.Rows[row](ctx, q, `SELECT o.id, o.name, o.state, n.folded, n.former, fold_name(@name) AS mine, o.country = @country AS near
		FROM offices o CROSS JOIN LATERAL (SELECT o.folded, '' AS former UNION ALL SELECT f.folded, f.name FROM office_names f WHERE f.office_id = o.id) n
		WHERE o.id <> @id AND o.state IN ('proposed', 'approved') AND (o.country = @country OR n.folded = fold_name(@name))
		ORDER BY o.state, o.id, n.former LIMIT 2000`, database.Args{"id": o.ID, "name": o.Name, "country": o.Country})
	if err != nil {
		return nil, fmt.Errorf("offices like %d: %w", o.ID, err)
	}
	var found []SimilarOffice
	for _, r := range rows {
		if slices.ContainsFunc(found, func(s SimilarOffice) bool { return s.ID == r.ID }) || r.Near && !alike(r.Mine, r.Folded) {
			continue
		}
		if found = append(found, SimilarOffice{ID: r.ID, Name: r.Name, State: r.State, Former: r.Former}); len(found) == similarMost {
			break
		}
	}
	return found, nil
}

// alike says whether two folded names are likely of the same office.
func alike(a, b string) bool {
	x, y := nameWords(a), nameWords(b)
	if len(x) == 0 || len(y) == 0 {
		return a == b
	}
	common := 0
	for _, w := range x {
		if slices.Contains(y, w) {
			common++
		}
	}
	least := min(len(x), len(y))
	return common == least && (least > 1 || len(x) == len(y)) || common >= 2 && 2*common >= len(x)+len(y)-common+1
}

// nameWords are the words of a folded name that tell it from others, each once.
func nameWords(folded string) []string {
	words := strings.FieldsFunc(folded, func(r rune) bool { return strings.ContainsRune(" ,.;:()/'’\"-–«»", r) })
	words = slices.DeleteFunc(words, func(w string) bool { return slices.Contains(commonWords, w) })
	slices.Sort(words)
	return slices.Compact(words)
}

// commonWords are in many names: small words, in the languages of the portal, as fold_name writes them.
var commonWords = []string{"of", "the", "and", "for", "on", "in", "de", "la", "le", "les", "du", "des", "et", "el", "los", "las", "y", "del", "en", "pour", "para", "и", "по", "в", "و", "في", "من", "l", "d"}

package newsletter

import (
	"context"
	"fmt"
	"strings"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/search"
	"portal/web/ui"
)

// maxWords bounds the words that are looked for in the archive, in characters.
const maxWords = 200

// cut leaves so many characters of the words at most.
func cut(q string, most int) string {
	if runes := []rune(q); len(runes) > most {
		return string(runes[:most])
	}
	return q
}

// Found is an issue of the archive with those of its items that have the words.
type Found struct {
	Issue
	Having []Item
}

// Search returns the issues that everybody can read and that have all of the words, the newest first, as a reader of the language
// reads them: an item in another language is found where it is shown. Without words they are all.
func (s *Service) Search(ctx context.Context, l i18n.Lang, q string) ([]Found, error) {
	all, err := s.Archive(ctx)
	if err != nil {
		return nil, err
	}
	words := strings.Fields(search.Fold(q))
	if len(words) > 0 {
		if err := s.addItems(ctx, all); err != nil {
			return nil, err
		}
	}
	var found []Found
	for _, i := range all {
		f := Found{Issue: i}
		own, _ := i.Texts.In(l)
		texts := []string{own.Title, own.Text}
		for _, item := range i.Items {
			text, _ := item.Texts.In(l)
			texts = append(texts, text.Title, text.Text, item.Credit)
			if hasAll(words, text.Title, text.Text, item.Credit) {
				f.Having = append(f.Having, item)
			}
		}
		if hasAll(words, texts...) {
			found = append(found, f)
		}
	}
	return found, nil
}

// hasAll says whether the texts together have all of the folded words.
func hasAll(words []string, texts ...string) bool {
	folded := search.Fold(strings.Join(texts, " "))
	for _, word := range words {
		if !strings.Contains(folded, word) {
			return false
		}
	}
	return true
}

// addItems reads the items of many issues at once.
func (s *Service) addItems(ctx context.Context, all []Issue) error {
	type row struct {
		IssueID, ID         int64
		Lang                i18n.Lang
		Title, Text, Credit string
	}
	ids, place := make([]int64, len(all)), map[int64]int{}
	for n := range all {
		ids[n], place[all[n].ID] = all[n].ID, n
	}
	rows, err := database.Rows[row](ctx, s.db.Read(), `SELECT n.issue_id, n.id, n.credit, t.lang, t.title, t.text FROM newsletter_items n JOIN newsletter_item_texts t ON t.item_id = n.id
		WHERE n.issue_id = ANY ($1) ORDER BY n.issue_id, n.position, n.id`, ids)
	if err != nil {
		return fmt.Errorf("items of the archive: %w", err)
	}
	for _, r := range rows {
		i := &all[place[r.IssueID]]
		if n := len(i.Items); n == 0 || i.Items[n-1].ID != r.ID {
			i.Items = append(i.Items, Item{ID: r.ID, IssueID: r.IssueID, Credit: r.Credit, Texts: Texts{}})
		}
		i.Items[len(i.Items)-1].Texts[r.Lang] = Text{r.Title, r.Text}
	}
	return nil
}

// archiveView is the archive, whole or what is found in it.
type archiveView struct {
	Q     string
	Found []Found
}

func (v archiveView) search(ctx context.Context) ui.Search {
	return ui.Search{ID: "q", Label: i18n.T(ctx, "newsletter.archive.search"), Action: ui.Href(ctx, Path), Value: v.Q}
}

// itemAnchor is the place of an item on the page of its issue.
func itemAnchor(i Item) string { return fmt.Sprintf("item-%d", i.ID) }

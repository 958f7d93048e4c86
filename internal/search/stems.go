package search

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"portal/internal/database"
)

// Stems are the stems of words in their languages, each asked for once: for many documents that come in together, where
// search_placed would ask for each word of each of them. The zero Stems is ready for use.
type Stems struct {
	of map[string][]stem
}

// stem is what a word is found by in a language.
type stem struct{ Lang, Stem string }

// Learn asks for the stems of the words that are new in the texts. A text is what is indexed of a document by places (a
// title, what is said of the whole, the rest), its words apart by spaces.
func (s *Stems) Learn(ctx context.Context, q database.Querier, texts [][3]string) error {
	if s.of == nil {
		s.of = map[string][]stem{}
	}
	var words []string
	for _, text := range texts {
		for _, part := range text {
			for word := range strings.FieldsSeq(part) {
				if _, known := s.of[word]; !known {
					s.of[word], words = nil, append(words, word)
				}
			}
		}
	}
	rows, err := q.Query(ctx, `SELECT word, lang, stem FROM search_stems_of($1) WHERE stem IS NOT NULL`, words)
	if err != nil {
		return fmt.Errorf("the stems of words: %w", err)
	}
	var word string
	var found stem
	_, err = pgx.ForEachRow(rows, []any{&word, &found.Lang, &found.Stem}, func() error {
		s.of[word] = append(s.of[word], found)
		return nil
	})
	if err != nil {
		return fmt.Errorf("the stems of words: %w", err)
	}
	return nil
}

// Placed are what search_placed adds to the words of a text in the languages, of which all words are learned.
func (s *Stems) Placed(text [3]string, langs []string) []string {
	seen, all := map[string]bool{}, []string{}
	add := func(word string) {
		if !seen[word] {
			seen[word], all = true, append(all, word)
		}
	}
	for i, part := range text {
		for word := range strings.FieldsSeq(part) {
			found := []string{word}
			for _, stem := range s.of[word] {
				if slices.Contains(langs, stem.Lang) {
					found = append(found, "ß"+stem.Lang+stem.Stem)
				}
			}
			for _, stem := range found[1:] {
				add(stem)
			}
			for _, word := range found {
				if i < 2 {
					add(fmt.Sprintf("ß%d%s", i+1, word))
				}
			}
		}
	}
	return all
}

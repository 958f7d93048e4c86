package word

import (
	"sync"

	"portal/internal/form"
	"portal/internal/gcm"
)

// ownWords are the paragraphs of a blank form in the language of the file.
func (r *reader) ownWords() map[string]bool {
	if kept, ok := blanks.Load(r.Lang.OrEnglish()); ok {
		if b := kept.(blank); b.definition == r.definition && b.vocabulary == r.vocabulary {
			return b.words
		}
	}
	b := blank{r.definition, r.vocabulary, map[string]bool{}}
	content, err := Write(r.ctx, File{Definition: r.definition, Vocabulary: r.vocabulary})
	if err != nil {
		return b.words
	}
	doc, err := readDocument(content)
	if err != nil {
		return b.words
	}
	for _, piece := range doc.pieces {
		for _, p := range piece.paragraphs {
			b.words[tidyLine(p.text)] = true
		}
	}
	for _, s := range r.definition.Steps {
		for _, f := range s.Fields {
			if !f.InRows() {
				continue
			}
			for n := range maxRows {
				b.words[tidyLine(rowTitle(r.ctx, r.definition, f, n))] = true
			}
		}
	}
	blanks.Store(r.Lang.OrEnglish(), b)
	return b.words
}

// blanks keeps the words of the last blank form in each language, since writing and reading one takes as long as reading
// what somebody has uploaded.
var blanks sync.Map // i18n.Lang → blank

// blank is what a blank form of a definition says. Nobody changes the words.
type blank struct {
	definition *form.Definition
	vocabulary *gcm.Vocabulary
	words      map[string]bool
}

package pledge

import (
	"context"
	"errors"

	"portal/internal/form"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web/ui"
)

// foundShown is how many pledges are offered at a time to be matched.
const foundShown = 8

// matchView is the search for the pledge that another one matches, or that takes its place.
type matchView struct {
	ui.Finding
	// Field is the question.
	Field string
	// Chosen is the pledge that is chosen now; nil for none.
	Chosen *Reference
	Found  []Reference
	// More says that there are further ones.
	More bool
}

// match looks for the pledge to match: by its ID, or by words. What was typed where now something is chosen, or came out of
// a Word file, and is no ID, is looked for.
func (s *Service) match(ctx context.Context, own workflow.ID, field string, a form.Answers, find ui.Finding) (matchView, error) {
	v := matchView{Finding: find, Field: field}
	q := s.db.Read()
	if typed := a.First(field); typed != "" {
		if id, ok := ParseID(typed); ok {
			switch ref, err := reference(ctx, q, id); {
			case err == nil:
				v.Chosen = &ref
			case !errors.Is(err, problem.NotFound): // the error at the question says so
				return v, err
			}
		} else if v.Words == "" {
			v.Words = typed
		}
	}
	if v.Words == "" {
		return v, nil
	}
	if id, ok := wholeID(v.Words); ok {
		ref, err := reference(ctx, q, id)
		if err == nil {
			v.Found = []Reference{ref}
		} else if !errors.Is(err, problem.NotFound) {
			return v, err
		}
		return v, nil
	}
	var err error
	v.Page = max(0, min(v.Page, maxRanked/foundShown))
	if v.Found, err = references(ctx, q, v.Words, own, v.Page*foundShown, foundShown+1); err != nil {
		return v, err
	}
	if len(v.Found) > foundShown {
		v.Found, v.More = v.Found[:foundShown], true
	}
	return v, nil
}

// offered are the pledges to choose from: the one that is chosen first.
func (v matchView) offered() []Reference {
	var all []Reference
	if v.Chosen != nil {
		all = append(all, *v.Chosen)
	}
	for _, r := range v.Found {
		if v.Chosen == nil || r.PublicID != v.Chosen.PublicID {
			all = append(all, r)
		}
	}
	return all
}

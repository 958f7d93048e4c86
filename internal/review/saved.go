package review

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web/ui"
)

// View is a search of the queue that somebody has kept under a name.
type View struct {
	ID      int64
	OwnerID int64
	// Desk is the desk whose people share it; "" for its owner's own.
	Desk identity.Desk
	Name string
	// Search is in the language of the search, and says its group.
	Search string
	// Default says that the person who asks begins with it.
	Default bool
}

// Path is the list that the view shows, without the language.
func (v View) Path() string { return ui.WithQuery("/desk", url.Values{"q": {v.Search}}) }

// ViewCount is a view with how many submissions it shows to the person who asks.
type ViewCount struct {
	View
	// Count is nil where the view shows what is over: that waits for nobody, and there is always much of it.
	*Count
}

// Bounds of kept searches.
const (
	maxViewName = 60 // characters
	maxViews    = 30 // of one person, and of one desk
)

// MayChange says whether the person may rename, move and remove the view: their own, and those of desks that they lead.
func (v View) MayChange(who identity.User) bool {
	if v.Desk == "" {
		return v.OwnerID == who.ID
	}
	return Leads(who, v.Desk)
}

// Views returns the first of the person's views, their own and then those of their desks, each with its count up to a
// number where it shows what waits. A view is read by the language as it is now.
func (s *Service) Views(ctx context.Context, who identity.User, l Language, first, most int) ([]ViewCount, error) {
	var all []ViewCount
	err := s.read(ctx, func(q database.Querier, settings workflow.Desks) error {
		views, err := viewsOf(ctx, q, who, first)
		if err != nil {
			return err
		}
		all = make([]ViewCount, len(views))
		conditions := s.newConditions(who, settings)
		var asked []group
		var counted []*ViewCount
		for i, v := range views {
			all[i].View = v
			f, _ := l.Parse(v.Search)
			g := f.Group()
			if g != ToDo && g != Waiting {
				continue
			}
			c, err := conditions.of(ctx, q, f)
			if err != nil {
				return fmt.Errorf("view %d: %w", v.ID, err)
			}
			asked, counted = append(asked, group{g, c, most}), append(counted, &all[i])
		}
		if len(who.Desks()) == 0 {
			return nil
		}
		counts, err := countUpTo(ctx, q, who, asked)
		if err != nil {
			return fmt.Errorf("count them: %w", err)
		}
		for i := range counts {
			counted[i].Count = &counts[i]
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the views of user %d: %w", who.ID, err)
	}
	return all, nil
}

// DefaultView is the view with which the person begins. Without one it is problem.NotFound.
func (s *Service) DefaultView(ctx context.Context, who identity.User) (View, error) {
	return defaultView(ctx, s.db.Read(), who)
}

// NewView is what is said of a view to keep.
type NewView struct {
	Name string
	// Search is in the language of the search.
	Search string
	// Desk shares it with the desk, whose lead the person must be; "" keeps it for themself.
	Desk identity.Desk
	// Default makes it the one with which the person begins.
	Default bool
}

// KeepView keeps a search under a name. A name that is blank, too long or taken, and one view too many, are a
// problem.Invalid at "name"; a desk that the person does not lead is problem.Forbidden.
func (s *Service) KeepView(ctx context.Context, who identity.User, l Language, n NewView) error {
	name, wrong := viewName(n.Name)
	if wrong != nil {
		return problem.Invalid(*wrong)
	}
	if n.Desk != "" && !Leads(who, n.Desk) {
		return problem.Forbidden
	}
	f, _ := l.Parse(n.Search)
	f.In = f.Group()
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		v := View{OwnerID: who.ID, Desk: n.Desk, Name: name, Search: f.String()}
		others, err := lockViews(ctx, tx, v)
		if err != nil {
			return err
		}
		if len(others) >= maxViews {
			return problem.Invalid(problem.Field{Name: "name", Key: "review.views.many", Args: []any{maxViews}})
		}
		if v.ID, err = insertView(ctx, tx, v, s.now()); err != nil {
			return err
		}
		if n.Default {
			if err := setDefaultView(ctx, tx, who, v.ID); err != nil {
				return err
			}
		}
		return s.recordView(ctx, tx, who, "view.keep", v.ID)
	})
	return viewError("keep a view", err)
}

// RenameView gives a view another name; see KeepView.
func (s *Service) RenameView(ctx context.Context, who identity.User, id int64, name string) error {
	name, wrong := viewName(name)
	if wrong != nil {
		return problem.Invalid(*wrong)
	}
	return s.changeView(ctx, who, id, "view.rename", func(tx database.Tx, v View) error {
		_, err := tx.Exec(ctx, `UPDATE desk_views SET name = $2, changed_at = $3 WHERE id = $1`, id, name, s.now())
		return err
	})
}

// MoveView moves a view one place up or down among those beside it; at the end it stays where it is.
func (s *Service) MoveView(ctx context.Context, who identity.User, id int64, up bool) error {
	return s.changeView(ctx, who, id, "view.move", func(tx database.Tx, v View) error {
		ids, err := lockViews(ctx, tx, v)
		if err != nil {
			return err
		}
		here := slices.Index(ids, id)
		there := here + 1
		if up {
			there = here - 1
		}
		if there < 0 || there >= len(ids) {
			return nil
		}
		ids[here], ids[there] = ids[there], ids[here]
		_, err = tx.Exec(ctx, `UPDATE desk_views SET place = array_position($1::bigint[], id) WHERE id = ANY($1)`, ids)
		return err
	})
}

// RemoveView removes a view, and with it everybody's beginning with it.
func (s *Service) RemoveView(ctx context.Context, who identity.User, id int64) error {
	return s.changeView(ctx, who, id, "view.remove", func(tx database.Tx, _ View) error {
		_, err := tx.Exec(ctx, `DELETE FROM desk_views WHERE id = $1`, id)
		return err
	})
}

// BeginWith makes a view that the person sees the one with which they begin; 0 for none.
func (s *Service) BeginWith(ctx context.Context, who identity.User, id int64) error {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		if id != 0 {
			if _, err := findView(ctx, tx, who, id); err != nil {
				return err
			}
		}
		return setDefaultView(ctx, tx, who, id)
	})
	return viewError("choose a view to begin with", err)
}

// changeView changes a view that the person may change. One that they do not see is problem.NotFound, one that they only
// see problem.Forbidden.
func (s *Service) changeView(ctx context.Context, who identity.User, id int64, act string, do func(database.Tx, View) error) error {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		v, err := findView(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if !v.MayChange(who) {
			return problem.Forbidden
		}
		if err := do(tx, v); err != nil {
			return err
		}
		return s.recordView(ctx, tx, who, act, id)
	})
	return viewError(fmt.Sprintf("change view %d", id), err)
}

func (s *Service) recordView(ctx context.Context, tx database.Tx, who identity.User, act string, id int64) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: act, Subject: "desk_view", SubjectID: id, At: s.now()})
}

// viewError says at the name that it is taken.
func viewError(what string, err error) error {
	if name := database.Constraint(err); name == "desk_views_own" || name == "desk_views_shared" {
		err = problem.Invalid(problem.Field{Name: "name", Key: "review.views.taken"})
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// viewName is a name as it is kept, on one line and without marks that turn the direction, or what is wrong with it.
func viewName(typed string) (string, *problem.Field) {
	name := strings.Join(strings.FieldsFunc(strings.ToValidUTF8(typed, ""), func(r rune) bool { return r == ' ' || !unicode.IsPrint(r) }), " ")
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		return "", &problem.Field{Name: "name", Key: "review.views.blank"}
	case n > maxViewName:
		return "", &problem.Field{Name: "name", Key: "review.views.long", Args: []any{maxViewName, n}}
	}
	return name, nil
}

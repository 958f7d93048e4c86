package submission

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// movable are the offices to which the person may give the submission.
func movable(c Case, who identity.User) []identity.Post {
	if !c.MayMove() || c.OfficeOpen() && c.AuthorID != who.ID && c.Role != string(identity.Head) {
		return nil
	}
	var posts []identity.Post
	for _, p := range who.Posts {
		if p.OfficeID != c.OfficeID && p.Role != identity.Viewer {
			posts = append(posts, p)
		}
	}
	return posts
}

// Move gives a draft to another office of the person's, or what an office has written that was refused or closed since.
// What then waits for nothing any more is published. An office that is none of theirs is problem.Invalid; what may not be
// moved is problem.NotAllowedNow.
func (s *Service) Move(ctx context.Context, who identity.User, id workflow.ID, office int64) error {
	offices := func(tx database.Tx) error { return workflow.HoldOffices(ctx, tx, id, office) }
	err := s.changeAfter(ctx, who, id, offices, func(tx database.Tx, sub *workflow.Submission, _ *workflow.Kind) error {
		if sub.IsGuest() { // the office is no business of theirs
			return problem.Forbidden
		}
		err := workflow.Move(ctx, tx, sub, office, who, s.now())
		if errors.Is(err, problem.Forbidden) || errors.Is(err, problem.NotFound) {
			return problem.Invalid(problem.Field{Name: "office", Key: "submission.move.office.missing"})
		}
		if err != nil || s.moved == nil {
			return err
		}
		return s.moved(ctx, tx, office)
	})
	if err != nil {
		return fmt.Errorf("move submission %d: %w", id, err)
	}
	return nil
}

// moveView is what the page shows on which a submission is given to another office.
type moveView struct {
	caseView
	Offices []identity.Post
	Wrong   []problem.Field
}

func (v moveView) control(ctx context.Context) ui.Control {
	c := ui.Control{Name: "office", Label: i18n.T(ctx, "submission.move.office.label"), Error: ui.MessageFor(ctx, v.Wrong, "office")}
	for _, p := range v.Offices {
		c.Choices = append(c.Choices, ui.Choice{Value: strconv.FormatInt(p.OfficeID, 10), Label: p.OfficeName})
	}
	return c
}

func (h handlers) moveForm(w http.ResponseWriter, r *http.Request) error {
	return h.showMove(w, r, http.StatusOK, nil)
}

func (h handlers) showMove(w http.ResponseWriter, r *http.Request, status int, wrong []problem.Field) error {
	c, err := h.open(r)
	if err != nil {
		return err
	}
	v := moveView{caseView: h.view(r, c), Offices: movable(c, identity.Must(r.Context())), Wrong: wrong}
	if len(v.Offices) == 0 && len(wrong) == 0 {
		return h.refuse(w, r, v.caseView)
	}
	return web.Render(w, r, status, movePage(v))
}

func (h handlers) move(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	office, _ := strconv.ParseInt(r.PostFormValue("office"), 10, 64) // no number is no office of theirs
	err = h.service.Move(ctx, identity.Must(ctx), id, office)
	wrong, invalid := problem.InvalidFields(err)
	switch {
	case err == nil:
		return web.Redirect(w, r, Path(id), "submission.flash.moved")
	case invalid:
		return h.showMove(w, r, http.StatusUnprocessableEntity, wrong)
	case errors.Is(err, problem.NotAllowedNow), errors.Is(err, problem.Forbidden):
		c, failed := h.open(r)
		if failed != nil {
			return failed
		}
		return h.refuse(w, r, h.view(r, c))
	}
	return err
}

package review

import (
	"errors"
	"net/http"

	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
)

// viewsShown is how many views stand above the queue, viewsCounted up to which number they are counted there.
const (
	viewsShown   = 8
	viewsCounted = 99
)

func (h handlers) views(w http.ResponseWriter, r *http.Request) error {
	return h.showViews(w, r, http.StatusOK, viewsView{New: NewView{Search: r.URL.Query().Get("search")}})
}

func (h handlers) showViews(w http.ResponseWriter, r *http.Request, status int, v viewsView) error {
	ctx := r.Context()
	v.Who = identity.Must(ctx)
	var err error
	if v.Views, err = h.desk.Views(ctx, v.Who, h.language(), maxViews*(1+len(v.Who.Desks())), manyOther); err != nil {
		return err
	}
	return web.Render(w, r, status, viewsPage(v))
}

func (h handlers) keepView(w http.ResponseWriter, r *http.Request) error {
	n := NewView{Name: r.PostFormValue("name"), Search: r.PostFormValue("search"), Desk: identity.Desk(r.PostFormValue("desk")), Default: r.PostFormValue("default") == "yes"}
	_, wrong := h.language().Parse(n.Search)
	v := viewsView{New: n, Mistakes: wrong}
	if len(wrong) > 0 {
		v.Wrong = []problem.Field{{Name: "search", Key: "review.views.search"}}
		return h.showViews(w, r, http.StatusUnprocessableEntity, v)
	}
	err := h.desk.KeepView(r.Context(), identity.Must(r.Context()), h.language(), n)
	if fields, ok := problem.InvalidFields(err); ok {
		v.Wrong = fields
		return h.showViews(w, r, http.StatusUnprocessableEntity, v)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, "/desk/views", "review.views.kept")
}

func (h handlers) changeView(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	who := identity.Must(ctx)
	id, err := web.ParamID(r, "view")
	if err != nil {
		return err
	}
	flash := ""
	switch r.PostFormValue("do") {
	case "rename":
		flash, err = "review.views.renamed", h.desk.RenameView(ctx, who, id, r.PostFormValue("name"))
		if fields, ok := problem.InvalidFields(err); ok {
			for i := range fields {
				fields[i].Name = nameOf(id)
			}
			return h.showViews(w, r, http.StatusUnprocessableEntity, viewsView{Wrong: fields, Renamed: id, Name: r.PostFormValue("name")})
		}
	case "up", "down":
		flash, err = "review.views.moved", h.desk.MoveView(ctx, who, id, r.PostFormValue("do") == "up")
	case "begin":
		flash, err = "review.views.begins", h.desk.BeginWith(ctx, who, id)
	case "begin_not":
		flash, err = "review.views.begins_not", h.desk.BeginWith(ctx, who, 0)
	case "remove":
		flash, err = "review.views.removed", h.desk.RemoveView(ctx, who, id)
	default:
		err = problem.NotFound
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, "/desk/views", flash)
}

// begin leads who asks for the queue and nothing else to the view with which they begin; false if they have none.
func (h handlers) begin(w http.ResponseWriter, r *http.Request) (bool, error) {
	v, err := h.desk.DefaultView(r.Context(), identity.Must(r.Context()))
	if errors.Is(err, problem.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, web.Redirect(w, r, v.Path(), "")
}

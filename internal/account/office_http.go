package account

import (
	"errors"
	"net/http"

	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
)

func (h handlers) office(w http.ResponseWriter, r *http.Request) error {
	return h.showOffice(w, r, http.StatusOK, ownOfficeView{})
}

// showOffice renders the page of an office for its own people; v says what went wrong.
func (h handlers) showOffice(w http.ResponseWriter, r *http.Request, status int, v ownOfficeView) error {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	v.Page, err = h.accounts.OfficePage(r.Context(), identity.Must(r.Context()), id)
	if errors.Is(err, problem.NotFound) {
		if into, err := h.accounts.MergedInto(r.Context(), identity.Must(r.Context()), id); err == nil {
			return web.Redirect(w, r, officePath(into), "account.office.flash.merged")
		}
	}
	if err != nil {
		return err
	}
	v.Now = h.accounts.now()
	v.Me, v.Vocabulary = identity.Must(r.Context()).ID, h.accounts.vocabulary()
	return web.Render(w, r, status, officePage(v))
}

// officeDone answers an act on an office: a redirect, or its page with what was wrong or who was faster.
func (h handlers) officeDone(w http.ResponseWriter, r *http.Request, err error, to, flash string) error {
	var decided *DecidedError
	if errors.As(err, &decided) {
		return h.showOffice(w, r, http.StatusConflict, ownOfficeView{Decided: decided})
	}
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showOffice(w, r, http.StatusUnprocessableEntity, ownOfficeView{Wrong: wrong, Reason: r.PostFormValue("reason")})
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, to, flash)
}

func (h handlers) officeRules(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	err = h.accounts.SetHeadsOnly(r.Context(), identity.Must(r.Context()), id, r.PostFormValue("heads_only") == "yes")
	return h.officeDone(w, r, err, officePath(id), "account.saved")
}

// postOf reads the two numbers of an act on a post.
func postOf(r *http.Request) (office, post int64, err error) {
	if office, err = web.ParamID(r, "id"); err != nil {
		return 0, 0, err
	}
	post, err = web.ParamID(r, "post")
	return office, post, err
}

func (h handlers) decidePost(w http.ResponseWriter, r *http.Request) error {
	office, post, err := postOf(r)
	if err != nil {
		return err
	}
	approve, flash := true, "account.office.flash.approved"
	switch r.PostFormValue("decision") {
	case "approve":
	case "refuse":
		approve, flash = false, "account.office.flash.refused"
	default:
		return h.officeDone(w, r, problem.Invalid(problem.Field{Key: "account.desk.decision.missing"}), "", "")
	}
	err = h.accounts.DecidePost(r.Context(), identity.Must(r.Context()), office, post, approve, r.PostFormValue("reason"))
	return h.officeDone(w, r, err, officePath(office), flash)
}

func (h handlers) changeRole(w http.ResponseWriter, r *http.Request) error {
	office, post, err := postOf(r)
	if err != nil {
		return err
	}
	err = h.accounts.ChangeRole(r.Context(), identity.Must(r.Context()), office, post, identity.PostRole(r.PostFormValue("role")))
	return h.officeDone(w, r, err, officePath(office), "account.office.flash.role")
}

func (h handlers) endPost(w http.ResponseWriter, r *http.Request) error {
	office, post, err := postOf(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	who := identity.Must(ctx)
	err = h.accounts.EndPost(ctx, who, office, post)
	to := officePath(office)
	if err == nil {
		if _, err := h.accounts.OfficePage(ctx, who, office); errors.Is(err, problem.NotFound) {
			to = "/account" // it was their own
		}
	}
	return h.officeDone(w, r, err, to, "account.office.flash.ended")
}

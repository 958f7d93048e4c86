package practice

import (
	"net/http"
	"strings"

	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
)

func (h handlers) servesRoutes(r *web.Router) {
	r.Member("GET /practices/{publicID}/pledges", h.serves)
	r.Member("POST /practices/{publicID}/pledges", h.namePledge)
	r.Member("POST /practices/{publicID}/pledges/{pledge}", h.unnamePledge)
}

// serves shows the pledges of a practice to those who name them, or may refuse.
func (h handlers) serves(w http.ResponseWriter, r *http.Request) error {
	return h.showServes(w, r, 0, nil)
}

// mostWords is how long a search for pledges is read, in characters.
const mostWords = 200

// showServes shows them with what is wrong: of what was typed to refuse the pledge of the number, or at the search.
func (h handlers) showServes(w http.ResponseWriter, r *http.Request, refusing int64, wrong []form.Wrong) error {
	publicID, ok := WholeID(r.PathValue("publicID"))
	if !ok {
		return problem.NotFound
	}
	s, err := h.practices.Serving(r.Context(), identity.Must(r.Context()), publicID)
	if err != nil {
		return err
	}
	v := servesView{Serving: s, Words: strings.TrimSpace(form.Clean(r.FormValue("pledge"))), Refusing: refusing, Reason: r.PostFormValue(reasonOf(refusing)), Wrong: wrong}
	if words := []rune(v.Words); len(words) > mostWords {
		v.Words = string(words[:mostWords])
	}
	if s.Owner {
		if v.Found, err = h.practices.FindPledges(r.Context(), v.Words); err != nil {
			return err
		}
	}
	status := http.StatusOK
	if len(wrong) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return web.Render(w, r, status, servesPage(v))
}

func (h handlers) namePledge(w http.ResponseWriter, r *http.Request) error {
	publicID, ok := WholeID(r.PathValue("publicID"))
	if !ok {
		return problem.NotFound
	}
	err := h.practices.NamePledge(r.Context(), identity.Must(r.Context()), publicID, r.PostFormValue("pledge"))
	if wrong, invalid := problem.InvalidFields(err); invalid {
		return h.showServes(w, r, 0, wrong)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, pledgesPath(publicID), "practice.serves.flash.named")
}

func (h handlers) unnamePledge(w http.ResponseWriter, r *http.Request) error {
	publicID, ok := WholeID(r.PathValue("publicID"))
	pledge, err := web.ParamID(r, "pledge")
	if !ok || err != nil {
		return problem.NotFound
	}
	err = h.practices.UnnamePledge(r.Context(), identity.Must(r.Context()), publicID, pledge, r.PostFormValue(reasonOf(pledge)))
	if wrong, invalid := problem.InvalidFields(err); invalid {
		for i := range wrong {
			wrong[i].Name = reasonOf(pledge)
		}
		return h.showServes(w, r, pledge, wrong)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, Path(publicID), "practice.serves.flash.gone")
}

package pledge

import (
	"errors"
	"net/http"

	"portal/internal/date"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
)

// reportStart is the page from which a report is begun, for the people of the pledge's office.
func (h handlers) reportStart(w http.ResponseWriter, r *http.Request) error {
	id, done, err := canonical(w, r, "/report")
	if done || err != nil {
		return err
	}
	return h.showReportStart(w, r, http.StatusOK, id)
}

func (h handlers) showReportStart(w http.ResponseWriter, r *http.Request, status int, publicID string) error {
	ctx := r.Context()
	v := reportStartView{Pages: h.pages, today: dayOf(h.pledges.now())}
	number, err := pledgeOf(ctx, h.pledges.db.Read(), publicID)
	if err != nil {
		return err
	}
	all, err := h.pledges.standing(ctx, h.pledges.db.Read(), number)
	if err != nil {
		return err
	}
	v.stands = all[number]
	if v.trusted, err = trusted(ctx, h.pledges.db.Read(), v.OfficeID); err != nil {
		return err
	}
	v.may = mayReport(identity.Must(ctx), v.OfficeID)
	return web.Render(w, r, status, reportStartPage(v))
}

// beginReport opens the report, or the one that a colleague has begun.
func (h handlers) beginReport(w http.ResponseWriter, r *http.Request) error {
	publicID, ok := wholeID(r.PathValue("publicID"))
	if !ok {
		return problem.NotFound
	}
	id, err := h.pledges.StartReport(r.Context(), identity.Must(r.Context()), publicID)
	if errors.Is(err, problem.Forbidden) {
		return h.showReportStart(w, r, http.StatusForbidden, publicID)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, h.pages.Submission(id), "")
}

// reportStartView is the page from which a report is begun.
type reportStartView struct {
	stands
	Pages   Pages
	today   date.Date
	trusted bool
	// may says that the reader may report on it.
	may bool
}

package pledge

import (
	"context"
	"errors"
	"net/http"

	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
	"portal/web/ui"
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

// ownView is what the offices of a person have pledged, what is due first on top.
type ownView struct {
	Pledges []stands
	today   date.Date
}

// own lists the published pledges of the person's offices with what is due next.
func (h handlers) own(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	all, err := h.pledges.Own(ctx, identity.Must(ctx))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, ownPage(ownView{all, dayOf(h.pledges.now())}))
}

func (v ownView) table(ctx context.Context) ui.Table {
	t := ui.Table{Caption: i18n.T(ctx, "pledge.own.title"), HideCaption: true, Cards: true}
	for _, name := range []string{"pledge", "office", "status", "next", "report"} {
		t.Columns = append(t.Columns, ui.Column{Text: i18n.T(ctx, "pledge.own.column."+name)})
	}
	for _, p := range v.Pledges {
		t.Rows = append(t.Rows, []ui.Cell{
			{Component: referenceLink(Reference{PublicID: p.PublicID, Title: p.Title, Lang: p.Lang}, Filter{})}, {Text: p.OfficeName, Lang: "und"},
			{Component: standingTags(p.Standing, v.today)}, {Text: i18n.Day(ctx, p.NextReport)},
			{Text: i18n.T(ctx, "pledge.own.report", p.PublicID), Href: ui.Href(ctx, Path(p.PublicID)+"/report")},
		})
	}
	return t
}

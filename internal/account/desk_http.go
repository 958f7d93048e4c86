package account

import (
	"errors"
	"net/http"
	"strconv"

	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
	"portal/web/ui"
)

func (h handlers) deskOffices(w http.ResponseWriter, r *http.Request) error {
	page, err := h.accounts.DeskOffices(r.Context(), identity.Must(r.Context()), ReadDeskFilter(r.URL.Query()))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, deskListPage(deskListView{page, h.accounts.vocabulary()}))
}

// officesTable is the list as a file; taking it is recorded.
func (h handlers) officesTable(r *http.Request) web.Table {
	ctx, f := r.Context(), ReadDeskFilter(r.URL.Query())
	v := h.accounts.vocabulary()
	return web.Table{
		Name: "offices", Title: i18n.T(ctx, "account.desk.title"), List: ui.Absolute(ctx, ui.WithQuery("/desk/offices", f.Values())), Day: date.Today(h.accounts.now(), i18n.Geneva),
		Columns: web.Columns(ctx, "account.desk.column.", "number", "name", "category", "country", "state", "vacancy", "head", "since", "address"),
		Rows: web.RowsOf(func() ([]DeskOffice, error) { return h.accounts.ExportOffices(ctx, identity.Must(ctx), f) }, func(o DeskOffice) []any {
			country := ""
			if o.Country != "" {
				country = v.CountryName(i18n.From(ctx), o.Country)
			}
			vacancy := ""
			switch { // also while the first head waits, which is what the state then says
			case o.Vacant:
				vacancy = i18n.T(ctx, "account.desk.state.vacant")
			case o.ComesBack:
				vacancy = i18n.T(ctx, "account.desk.state.comes_back")
			}
			return []any{o.ID, o.Name, categoryName(ctx, v, o.Category), country, stateText(ctx, o), vacancy, o.Head, o.Since, ui.Absolute(ctx, deskOfficePath(o.ID))}
		}),
	}
}

func (h handlers) deskOffice(w http.ResponseWriter, r *http.Request) error {
	v := deskOfficeView{}
	if held := web.Held(r.Context()); held != nil {
		v.Choice, v.Decision.Reason = held.Get("decision"), held.Get("reason")
	}
	return h.showDeskOffice(w, r, http.StatusOK, v)
}

func (h handlers) showDeskOffice(w http.ResponseWriter, r *http.Request, status int, v deskOfficeView) error {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	v.Case, err = h.accounts.DeskOffice(r.Context(), identity.Must(r.Context()), id)
	if err != nil {
		return err
	}
	v.Vocabulary, v.Now, v.Acts = h.accounts.vocabulary(), h.accounts.now(), h.accounts.deskActs
	if v.Stale && v.Decided == nil {
		v.Decided = v.Case.Decided
	}
	return web.Render(w, r, status, deskOfficePage(v))
}

// decideOffice shows first what the decision does; the second post, from the page of confirmation, takes it.
func (h handlers) decideOffice(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	v := deskOfficeView{Choice: r.PostFormValue("decision"), Decision: Decision{Approve: r.PostFormValue("decision") == "approve", Reason: r.PostFormValue("reason")}}
	v.Decision.HeadPost, _ = strconv.ParseInt(r.PostFormValue("head"), 10, 64) // what is no number was never shown, and so is stale
	if v.Choice != "approve" && v.Choice != "refuse" {
		v.Wrong = []problem.Field{{Name: "decision", Key: "account.desk.decision.missing"}}
	} else {
		d := v.Decision
		d.Reason = cleanText(d.Reason)
		v.Wrong = d.Check()
	}
	switch {
	case len(v.Wrong) > 0:
		return h.showDeskOffice(w, r, http.StatusUnprocessableEntity, v)
	case r.PostFormValue("step") == "confirmed":
		err = h.accounts.DecideOffice(ctx, identity.Must(ctx), id, v.Decision)
	default:
		v.Case, err = h.accounts.DeskOffice(ctx, identity.Must(ctx), id)
		if err == nil && v.Case.Waits() && v.Case.HeadPost == v.Decision.HeadPost {
			v.Vocabulary = h.accounts.vocabulary()
			return web.Render(w, r, http.StatusOK, confirmDecisionPage(v))
		}
		if err == nil {
			err = problem.Stale
		}
	}
	if errors.Is(err, problem.Stale) {
		v.Stale = true
		errors.As(err, &v.Decided)
		return h.showDeskOffice(w, r, http.StatusConflict, v)
	}
	if err != nil {
		return err
	}
	flash := "account.desk.flash.refused"
	if v.Decision.Approve {
		flash = "account.desk.flash.approved"
	}
	return web.Redirect(w, r, deskOfficePath(id), flash)
}

func (h handlers) people(w http.ResponseWriter, r *http.Request) error {
	page, err := h.accounts.People(r.Context(), identity.Must(r.Context()), ReadPeopleFilter(r.URL.Query()))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, peoplePage(peopleView{page}))
}

func (h handlers) person(w http.ResponseWriter, r *http.Request) error {
	return h.showPerson(w, r, http.StatusOK, nil)
}

func (h handlers) showPerson(w http.ResponseWriter, r *http.Request, status int, wrong []problem.Field) error {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	p, err := h.accounts.StaffPerson(r.Context(), identity.Must(r.Context()), id)
	if err != nil {
		return err
	}
	v := personView{Person: p, Wrong: wrong}
	if held := web.Held(r.Context()); held.Get("do") == "add" {
		v.Role = held.Get("role")
	}
	return web.Render(w, r, status, personPage(v))
}

func (h handlers) changeStaffRole(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	role, _ := parseRole(r.PostFormValue("role"))
	add, flash := r.PostFormValue("do") != "remove", "account.people.flash.added"
	if !add {
		flash = "account.people.flash.removed"
	}
	err = h.accounts.ChangeStaffRole(r.Context(), identity.Must(r.Context()), id, role, add)
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showPerson(w, r, http.StatusUnprocessableEntity, wrong)
	}
	if err != nil {
		return err
	}
	to := personPath(id)
	if id == identity.Must(r.Context()).ID && !add && role.Role == identity.Administrator {
		to = "/account" // they may not see the page any more
	}
	return web.Redirect(w, r, to, flash)
}

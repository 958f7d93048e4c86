package calendar

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
	"portal/web/ui"
)

// registrationPath is the page of a registration, by its link.
func registrationPath(token string) string { return "/t/attendance/" + token }

func registrationRoutes(r *web.Router, h handlers) {
	r.Public("POST "+Path+"/{event}/registration", h.register)
	r.Public("GET "+Path+"/{event}/registration/sent", h.registerSent, web.Cached())
	r.Public("GET "+registrationPath("{token}"), h.ownRegistration)
	r.Public("POST "+registrationPath("{token}"), h.actOnRegistration)
	r.Member("GET "+Path+"/{event}/registrations", h.registered)
	r.Member("GET "+Path+"/{event}/registrations.csv", web.CSV(h.registeredTable))
	r.Member("GET "+Path+"/{event}/registrations.xlsx", web.XLSX(h.registeredTable))
	r.Member("GET "+Path+"/{event}/registrations.json", web.JSON(h.registeredTable))
}

// registrationView is the form for a place at an event.
type registrationView struct {
	Event
	Typed url.Values
	Wrong []problem.Field
}

func (v registrationView) control(ctx context.Context, name string) ui.Control {
	c := ui.Control{Name: name, Label: i18n.T(ctx, "calendar.registration."+name), Values: v.Typed[name], Error: ui.MessageFor(ctx, v.Wrong, name), Autocomplete: name}
	if name == "email" {
		c.Type = "email"
	}
	return c
}

func (h handlers) register(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	token, err := h.calendar.Ask(ctx, identity.From(ctx), r.PathValue("event"), r.PostFormValue("name"), r.PostFormValue("email"))
	if wrong, invalid := problem.InvalidFields(err); invalid {
		e, err := eventByNumber(ctx, h.calendar.db.Read(), r.PathValue("event"))
		if err != nil {
			return err
		}
		return web.Render(w, r, http.StatusUnprocessableEntity, askAgainPage(registrationView{Event: e, Typed: r.PostForm, Wrong: wrong}))
	}
	if err != nil {
		return err
	}
	if token != "" {
		return web.Redirect(w, r, registrationPath(token), "")
	}
	return web.Redirect(w, r, PathOf(r.PathValue("event"))+"/registration/sent", "")
}

func (h handlers) registerSent(w http.ResponseWriter, r *http.Request) error {
	e, err := eventByNumber(r.Context(), h.calendar.db.Read(), r.PathValue("event"))
	if err == nil && e.Hidden {
		err = problem.NotFound
	}
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, sentPage(e))
}

func (h handlers) ownRegistration(w http.ResponseWriter, r *http.Request) error {
	e, own, err := h.calendar.ByToken(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	open := !e.Hidden && e.registers(h.calendar.now(), h.calendar.today())
	return web.Render(w, r, http.StatusOK, ownPage(e, own, open, registrationPath(r.PathValue("token"))))
}

func (h handlers) actOnRegistration(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	act := h.calendar.Prove
	if r.PostFormValue("act") == "leave" {
		act = h.calendar.Leave
	}
	if err := act(r.Context(), token); err != nil {
		return err
	}
	return web.Redirect(w, r, registrationPath(token), "")
}

// registeredView is who has registered for an event.
type registeredView struct {
	Event
	Places Places
	All    []Registration
}

func (v registeredView) table(ctx context.Context) ui.Table {
	t := ui.Table{Caption: i18n.T(ctx, "calendar.registered.title"), HideCaption: true, Cards: true}
	for _, c := range []string{"name", "email", "state", "at"} {
		t.Columns = append(t.Columns, ui.Column{Text: i18n.T(ctx, "calendar.registered."+c)})
	}
	for _, r := range v.All {
		t.Rows = append(t.Rows, []ui.Cell{{Text: r.Name, Lang: "und"}, {Text: r.Email}, {Text: i18n.T(ctx, "calendar.registered.state."+string(r.State))}, {Text: i18n.DayOf(ctx, *r.PlacedAt)}})
	}
	return t
}

// Registrations are those who have a place at an event and those who wait, for whoever organizes it; that somebody read them is
// recorded. Who may not see them is problem.NotFound.
func (s *Service) Registrations(ctx context.Context, who identity.User, typed string) (e Event, p Places, all []Registration, err error) {
	if e, err = s.organized(ctx, who, typed); err != nil {
		return e, p, nil, err
	}
	q := s.db.Read()
	if p, err = places(ctx, q, e.ID); err == nil {
		all, err = database.Rows[Registration](ctx, q, `SELECT `+registrationColumns+` FROM event_registrations r WHERE r.event_id = $1 AND r.state IN ('registered', 'waiting') ORDER BY r.state, r.placed_at, r.id`, e.ID)
	}
	if err == nil && len(all) > 0 {
		err = audit.RecordRead(ctx, q, audit.Reading{Actor: who.ID, Subject: "submission", IDs: []int64{e.ID}, Fields: []string{"registrations"}, At: s.now()})
	}
	if err != nil {
		return e, p, nil, fmt.Errorf("who has registered for event %d: %w", e.ID, err)
	}
	return e, p, all, nil
}

func (h handlers) registered(w http.ResponseWriter, r *http.Request) error {
	e, p, all, err := h.calendar.Registrations(r.Context(), identity.Must(r.Context()), r.PathValue("event"))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, registeredPage(registeredView{e, p, all}))
}

// registeredTable is who has registered as a file.
func (h handlers) registeredTable(r *http.Request) web.Table {
	ctx := r.Context()
	path := PathOf(r.PathValue("event")) + "/registrations"
	return web.Table{
		Name: "registrations", Title: i18n.T(ctx, "calendar.registered.title"), List: ui.Absolute(ctx, path), Day: date.Today(h.calendar.now(), i18n.Geneva),
		Columns: web.Columns(ctx, "calendar.registered.", "name", "email", "state", "at"),
		Rows: web.RowsOf(func() ([]Registration, error) {
			_, _, all, err := h.calendar.Registrations(ctx, identity.Must(ctx), r.PathValue("event"))
			return all, err
		}, func(g Registration) []any {
			return []any{g.Name, g.Email, string(g.State), *g.PlacedAt}
		}),
	}
}

package pledge

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
	"portal/web/ui"
)

// trustPath is the desk's page about trust in an office, without the language.
func trustPath(office int64) string {
	return "/desk/offices/" + strconv.FormatInt(office, 10) + "/trust"
}

// trustView is the page on which a lead trusts an office.
type trustView struct {
	Trust
	Office int64
	Name   string
	// May says that the reader decides.
	May    bool
	Reason string
	Wrong  []problem.Field
	// Stale says that somebody else has decided meanwhile.
	Stale bool
}

// seen is the last decision that the page shows.
func (v trustView) seen() int64 {
	if len(v.History) == 0 {
		return 0
	}
	return v.History[0].ID
}

func (v trustView) reason(ctx context.Context) ui.Control {
	return ui.Control{
		Name: "reason", Label: i18n.T(ctx, "pledge.trust.reason.label"), Hint: i18n.T(ctx, "pledge.trust.reason.hint"), Error: ui.MessageFor(ctx, v.Wrong, "reason"),
		Values: []string{v.Reason}, Rows: 3,
	}
}

// events are the decisions, the last one first.
func (v trustView) events(ctx context.Context) []ui.Event {
	var all []ui.Event
	for _, d := range v.History {
		what := "pledge.trust.was.revoked"
		if d.Trusted {
			what = "pledge.trust.was.trusted"
		}
		all = append(all, ui.Event{At: i18n.Instant(ctx, d.At), Machine: d.At.UTC().Format(time.RFC3339), What: i18n.T(ctx, what), By: d.By, Note: d.Reason, Key: d.Trusted})
	}
	return all
}

func (h handlers) trust(w http.ResponseWriter, r *http.Request) error {
	v := trustView{}
	if held := web.Held(r.Context()); held != nil {
		v.Reason = held.Get("reason")
	}
	return h.showTrust(w, r, http.StatusOK, v)
}

func (h handlers) showTrust(w http.ResponseWriter, r *http.Request, status int, v trustView) error {
	ctx := r.Context()
	who := identity.Must(ctx)
	if !who.OnDesk(identity.PledgesDesk) && !who.Is(identity.Administrator) {
		return problem.Forbidden
	}
	var err error
	if v.Office, err = web.ParamID(r, "id"); err != nil {
		return err
	}
	if v.Name, err = database.Value[string](ctx, h.pledges.db.Read(), `SELECT name FROM offices WHERE id = $1`, v.Office); err != nil {
		return err
	}
	if v.Trust, err = h.pledges.TrustOf(ctx, who, v.Office); err != nil {
		return err
	}
	v.May = MayTrust(who)
	return web.Render(w, r, status, trustPage(v))
}

func (h handlers) setTrust(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	office, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	seen, _ := strconv.ParseInt(r.PostFormValue("seen"), 10, 64) // what is no number was never shown, and so is stale
	v := trustView{Reason: r.PostFormValue("reason")}
	err = h.pledges.SetTrust(ctx, identity.Must(ctx), office, r.PostFormValue("trust") == "yes", v.Reason, seen)
	var invalid bool
	v.Wrong, invalid = problem.InvalidFields(err)
	switch {
	case invalid:
		return h.showTrust(w, r, http.StatusUnprocessableEntity, v)
	case errors.Is(err, problem.Stale), errors.Is(err, problem.NotAllowedNow):
		v.Stale = true
		return h.showTrust(w, r, http.StatusConflict, v)
	case err != nil:
		return err
	}
	return web.Redirect(w, r, trustPath(office), "pledge.trust.flash")
}

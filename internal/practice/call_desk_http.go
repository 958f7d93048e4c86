package practice

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"portal/internal/gcm"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
)

// DeskCallsPath is the desk's list of calls, without the language.
const DeskCallsPath = "/desk/calls"

func callDeskRoutes(r *web.Router, h handlers) {
	r.Staff("GET "+DeskCallsPath, h.deskCalls)
	r.Staff("GET "+DeskCallsPath+"/new", h.newCall)
	r.Staff("POST "+DeskCallsPath, h.makeCall)
	r.Staff("GET "+DeskCallsPath+"/{call}", h.deskCall)
	r.Staff("POST "+DeskCallsPath+"/{call}", h.actOnCall)
	r.Staff("GET "+DeskCallsPath+"/{call}/facts", h.callFacts)
	r.Staff("POST "+DeskCallsPath+"/{call}/facts", h.saveCall)
	r.Staff("GET "+DeskCallsPath+"/{call}/texts/{language}", h.callText)
	r.Staff("POST "+DeskCallsPath+"/{call}/texts/{language}", h.saveCallText)
	r.Staff("GET "+DeskCallsPath+"/{call}/results/{language}", h.callResults)
	r.Staff("POST "+DeskCallsPath+"/{call}/results/{language}", h.arrange)
	r.Staff("POST /desk/submissions/{id}/call", h.acceptLate)
}

func deskCallPath(id CallID) string { return DeskCallsPath + "/" + strconv.FormatInt(id, 10) }

// seen is the version of the call that the form was read at.
func seen(r *http.Request) int {
	n, _ := strconv.Atoi(r.PostFormValue("version")) // none is no version that there is
	return n
}

func (h handlers) deskCalls(w http.ResponseWriter, r *http.Request) error {
	who := identity.Must(r.Context())
	if !who.OnDesk(identity.HubDesk) {
		return problem.NotFound
	}
	all, err := h.practices.DeskCalls(r.Context())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, deskCallsPage(deskCallsView{Calls: all, Now: h.practices.now()}))
}

// callFormView is the form of a call, or of its text in a language.
type callFormView struct {
	Typed callForm
	Wrong []problem.Field
	// Call is the one that is changed; its ID is 0 for a new one.
	Call Call
	// Lang is the language of a text beside the first; "" for the whole form.
	Lang       string
	Tied       int
	Vocabulary *gcm.Vocabulary
	Now        time.Time
}

func (h handlers) newCall(w http.ResponseWriter, r *http.Request) error {
	if !MayCall(identity.Must(r.Context()), ActMake) {
		return problem.NotFound
	}
	typed := web.Held(r.Context())
	if typed == nil {
		typed = url.Values{"clock": {usualCallClock}}
	}
	return h.showCallForm(w, r, http.StatusOK, callFormView{Typed: callForm{typed}})
}

func (h handlers) showCallForm(w http.ResponseWriter, r *http.Request, status int, v callFormView) error {
	v.Vocabulary, v.Now = h.practices.vocabulary(), h.practices.now()
	return web.Render(w, r, status, callFormPage(v))
}

func (h handlers) makeCall(w http.ResponseWriter, r *http.Request) error {
	id, err := h.practices.MakeCall(r.Context(), identity.Must(r.Context()), r.PostForm)
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showCallForm(w, r, http.StatusUnprocessableEntity, callFormView{Typed: callForm{r.PostForm}, Wrong: wrong})
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, deskCallPath(id), "practice.call.desk.flash.made")
}

// openDesk returns the call of the request for the desk.
func (h handlers) openDesk(r *http.Request) (DeskCall, error) {
	id, err := web.ParamID(r, "call")
	if err != nil {
		return DeskCall{}, err
	}
	return h.practices.DeskCall(r.Context(), identity.Must(r.Context()), id)
}

func (h handlers) deskCall(w http.ResponseWriter, r *http.Request) error {
	return h.showDeskCall(w, r, http.StatusOK, nil)
}

func (h handlers) showDeskCall(w http.ResponseWriter, r *http.Request, status int, wrong []problem.Field) error {
	c, err := h.openDesk(r)
	if err != nil {
		return err
	}
	v := deskCallView{DeskCall: c, Who: identity.Must(r.Context()), Wrong: wrong, Vocabulary: h.practices.vocabulary(), Now: h.practices.now()}
	if status != http.StatusOK {
		v.Reason = r.PostFormValue("reason")
	}
	return web.Render(w, r, status, deskCallPage(v))
}

// actOnCall opens, withdraws or deletes a call, or puts its results before the public.
func (h handlers) actOnCall(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "call")
	if err != nil {
		return err
	}
	who, act, to := identity.Must(ctx), CallAct(r.PostFormValue("act")), deskCallPath(id)
	switch act {
	case ActOpen:
		err = h.practices.OpenCall(ctx, who, id, seen(r))
	case ActWithdraw:
		err = h.practices.WithdrawCall(ctx, who, id, seen(r), r.PostFormValue("reason"))
	case ActFeature:
		err = h.practices.FeatureCall(ctx, who, id, seen(r))
	case ActDelete:
		err, to = h.practices.DeleteCall(ctx, who, id, seen(r)), DeskCallsPath
	default:
		return problem.NotFound
	}
	if errors.Is(err, ErrTied) {
		return h.showDeskCall(w, r, http.StatusConflict, []problem.Field{{Name: "reason", Key: "practice.call.wrong.tied"}})
	}
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showDeskCall(w, r, http.StatusUnprocessableEntity, wrong)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, to, "practice.call.desk.flash."+string(act))
}

func (h handlers) callFacts(w http.ResponseWriter, r *http.Request) error {
	c, err := h.openDesk(r)
	if err != nil {
		return err
	}
	if err := c.allowed(identity.Must(r.Context()), ActEdit, h.practices.now()); err != nil {
		return err
	}
	v := callFormView{Typed: formOf(c.Call), Call: c.Call, Tied: c.Counts[Tied]}
	if typed := web.Held(r.Context()); typed != nil {
		v.Typed = callForm{typed}
	}
	return h.showCallForm(w, r, http.StatusOK, v)
}

func (h handlers) saveCall(w http.ResponseWriter, r *http.Request) error {
	return h.saved(w, r, "", func(id CallID) error {
		return h.practices.SaveCall(r.Context(), identity.Must(r.Context()), id, seen(r), r.PostForm)
	})
}

// saved answers to a form of a call that was saved, or shows it again; lang is as in callFormView.
func (h handlers) saved(w http.ResponseWriter, r *http.Request, lang string, save func(id CallID) error) error {
	id, err := web.ParamID(r, "call")
	if err != nil {
		return err
	}
	err = save(id)
	if wrong, ok := problem.InvalidFields(err); ok {
		c, err := h.openDesk(r)
		if err != nil {
			return err
		}
		return h.showCallForm(w, r, http.StatusUnprocessableEntity, callFormView{Typed: callForm{r.PostForm}, Wrong: wrong, Call: c.Call, Lang: lang, Tied: c.Counts[Tied]})
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, deskCallPath(id), "practice.call.desk.flash.saved")
}

func (h handlers) callText(w http.ResponseWriter, r *http.Request) error {
	c, err := h.openDesk(r)
	if err != nil {
		return err
	}
	lang := r.PathValue("language")
	if !knownLang(lang) {
		return problem.NotFound
	}
	if lang == c.Lang {
		return web.Redirect(w, r, deskCallPath(c.ID)+"/facts", "")
	}
	if err := c.allowed(identity.Must(r.Context()), ActEdit, h.practices.now()); err != nil {
		return err
	}
	v := callFormView{Typed: callForm{url.Values{}}, Call: c.Call, Lang: lang}
	if t := c.In(lang); t.Lang == lang {
		v.Typed.setText(t)
	}
	if typed := web.Held(r.Context()); typed != nil {
		v.Typed = callForm{typed}
	}
	return h.showCallForm(w, r, http.StatusOK, v)
}

func (h handlers) saveCallText(w http.ResponseWriter, r *http.Request) error {
	lang := r.PathValue("language")
	return h.saved(w, r, lang, func(id CallID) error {
		return h.practices.SaveCallText(r.Context(), identity.Must(r.Context()), id, seen(r), lang, r.PostForm)
	})
}

func (h handlers) callResults(w http.ResponseWriter, r *http.Request) error {
	return h.showResults(w, r, http.StatusOK, web.Held(r.Context()), nil)
}

func (h handlers) showResults(w http.ResponseWriter, r *http.Request, status int, typed url.Values, wrong []problem.Field) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "call")
	if err != nil {
		return err
	}
	who := identity.Must(ctx)
	results, err := h.practices.Results(ctx, who, id, r.PathValue("language"))
	if err != nil {
		return err
	}
	if results.Lang != r.PathValue("language") {
		return problem.NotFound
	}
	if err := results.Call.allowed(who, ActArrange, h.practices.now()); err != nil {
		return err
	}
	v := resultsView{Results: results, Typed: typed, Wrong: wrong, Vocabulary: h.practices.vocabulary()}
	if v.Typed == nil {
		v.Typed = v.filled()
	}
	return web.Render(w, r, status, resultsPage(v))
}

func (h handlers) arrange(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "call")
	if err != nil {
		return err
	}
	err = h.practices.Arrange(ctx, identity.Must(ctx), id, seen(r), r.PathValue("language"), r.PostForm)
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showResults(w, r, http.StatusUnprocessableEntity, r.PostForm, wrong)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, deskCallPath(id), "practice.call.desk.flash.arranged")
}

// acceptLate takes a practice for its call although it came late.
func (h handlers) acceptLate(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	err = h.practices.AcceptLate(ctx, identity.Must(ctx), id, r.PostFormValue("reason"))
	back := h.practices.deskPath(id)
	if wrong, ok := problem.InvalidFields(err); ok {
		return web.Render(w, r, http.StatusUnprocessableEntity, latePage(lateView{Path: back, Reason: r.PostFormValue("reason"), Wrong: wrong}))
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, back, "practice.call.desk.flash.accept_late")
}

package fund

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
)

// DeskMeetingsPath is the fund desk's list of meetings, without the language.
const DeskMeetingsPath = "/desk/fund/meetings"

func meetingDeskRoutes(r *web.Router, h handlers) {
	r.Staff("GET "+DeskMeetingsPath, h.deskMeetings)
	r.Staff("POST "+DeskMeetingsPath, h.addMeeting)
	r.Staff("GET "+DeskMeetingsPath+"/new", h.newMeeting)
	r.Staff("GET "+DeskMeetingsPath+"/{meeting}", h.deskMeeting)
	r.Staff("POST "+DeskMeetingsPath+"/{meeting}", h.actOnMeeting)
	r.Staff("GET "+DeskMeetingsPath+"/{meeting}/move", h.moveForm)
	r.Staff("POST "+DeskMeetingsPath+"/{meeting}/move", h.moveMeeting)
}

func deskMeetingPath(id MeetingID) string {
	return DeskMeetingsPath + "/" + strconv.FormatInt(id, 10)
}

// seen is the version that the form was read at.
func seen(r *http.Request) int {
	n, _ := strconv.Atoi(r.PostFormValue("version")) // none is no version that there is
	return n
}

func (h handlers) deskMeetings(w http.ResponseWriter, r *http.Request) error {
	if !identity.Must(r.Context()).OnDesk(identity.FundDesk) {
		return problem.NotFound
	}
	c, err := h.fund.Calendar(r.Context())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, deskMeetingsPage(deskMeetingsView{narrow(c, r.URL.Query(), DeskMeetingsPath, h.fund.now())}))
}

func (h handlers) newMeeting(w http.ResponseWriter, r *http.Request) error {
	if !MayMeeting(identity.Must(r.Context()), ActAdd) {
		return problem.NotFound
	}
	typed := web.Held(r.Context())
	if typed == nil {
		typed = url.Values{"clock": {usualClock}, "zone": {usualZone}}
	}
	return web.Render(w, r, http.StatusOK, newMeetingPage(meetingFormView{Typed: meetingForm{typed}}))
}

func (h handlers) addMeeting(w http.ResponseWriter, r *http.Request) error {
	id, err := h.fund.AddMeeting(r.Context(), identity.Must(r.Context()), r.PostForm)
	if wrong, ok := problem.InvalidFields(err); ok {
		return web.Render(w, r, http.StatusUnprocessableEntity, newMeetingPage(meetingFormView{Typed: meetingForm{r.PostForm}, Wrong: wrong}))
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, deskMeetingPath(id), "fund.meeting.desk.flash.add")
}

// openMeeting returns the meeting of the request for the desk.
func (h handlers) openMeeting(r *http.Request) (Meeting, error) {
	id, err := web.ParamID(r, "meeting")
	if err != nil {
		return Meeting{}, err
	}
	return h.fund.DeskMeeting(r.Context(), identity.Must(r.Context()), id)
}

func (h handlers) deskMeeting(w http.ResponseWriter, r *http.Request) error {
	return h.showMeeting(w, r, http.StatusOK, deskMeetingView{meetingFormView: meetingFormView{Typed: meetingForm{web.Held(r.Context())}}})
}

// showMeeting shows a meeting to the desk; what was typed is kept where there is any.
func (h handlers) showMeeting(w http.ResponseWriter, r *http.Request, status int, v deskMeetingView) error {
	ctx := r.Context()
	var err error
	if v.Meeting, err = h.openMeeting(r); err != nil {
		return err
	}
	v.Who, v.Now, v.Shortlist = identity.Must(ctx), h.fund.now(), h.pages.Shortlist
	if !v.Typed.Has("name_en") { // it is not its form that was typed
		reason := v.Typed.Get("reason")
		v.Typed = formOf(v.Meeting)
		v.Typed.Set("reason", reason)
	}
	if v.may(ActCancel) {
		cancelled := v.Meeting
		cancelled.State = Cancelled
		if v.Concerned, err = h.fund.Concerned(ctx, MeetingChange{v.Meeting, cancelled}); err != nil {
			return err
		}
	}
	return web.Render(w, r, status, deskMeetingPage(v))
}

// actOnMeeting names or cancels a meeting. One that was changed since is shown as it is now, beside what was typed.
func (h handlers) actOnMeeting(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "meeting")
	if err != nil {
		return err
	}
	who, act := identity.Must(ctx), MeetingAct(r.PostFormValue("act"))
	switch act {
	case ActName:
		err = h.fund.NameMeeting(ctx, who, id, seen(r), r.PostForm)
	case ActCancel:
		err = h.fund.CancelMeeting(ctx, who, id, seen(r), r.PostFormValue("reason"))
	default:
		return problem.NotFound
	}
	v := deskMeetingView{meetingFormView: meetingFormView{Typed: meetingForm{r.PostForm}}}
	if wrong, ok := problem.InvalidFields(err); ok {
		v.Wrong = wrong
		return h.showMeeting(w, r, http.StatusUnprocessableEntity, v)
	}
	if errors.Is(err, problem.Stale) {
		v.Stale = true
		return h.showMeeting(w, r, http.StatusConflict, v)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, deskMeetingPath(id), "fund.meeting.desk.flash."+string(act))
}

// moveForm asks when a meeting is to take place instead; asked with an answer, it shows what would change.
func (h handlers) moveForm(w http.ResponseWriter, r *http.Request) error {
	v := moveView{}
	v.Typed = meetingForm{web.Held(r.Context())}
	if q := r.URL.Query(); q.Has("clock") {
		v.Typed = meetingForm{q}
	}
	return h.showMove(w, r, http.StatusOK, v)
}

func (h handlers) showMove(w http.ResponseWriter, r *http.Request, status int, v moveView) error {
	ctx := r.Context()
	var err error
	if v.Meeting, err = h.openMeeting(r); err != nil {
		return err
	}
	v.Now = h.fund.now()
	if err := v.allowed(identity.Must(ctx), ActMove, v.Now); err != nil {
		return err
	}
	if v.Typed.Values == nil {
		v.Typed = formOf(v.Meeting)
		return web.Render(w, r, status, movePage(v))
	}
	to := v.Meeting
	if wrong := v.Typed.when(&to, v.Now); len(v.Wrong) == 0 && len(wrong) > 0 {
		v.Wrong, status = wrong, http.StatusUnprocessableEntity
	}
	if change := (MeetingChange{v.Meeting, to}); len(v.Wrong) == 0 && change.moved() {
		v.Change = &change
		if v.Concerned, err = h.fund.Concerned(ctx, change); err != nil {
			return err
		}
	}
	return web.Render(w, r, status, movePage(v))
}

func (h handlers) moveMeeting(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "meeting")
	if err != nil {
		return err
	}
	err = h.fund.MoveMeeting(r.Context(), identity.Must(r.Context()), id, seen(r), r.PostForm)
	v := moveView{}
	v.Typed = meetingForm{r.PostForm}
	if wrong, ok := problem.InvalidFields(err); ok {
		v.Wrong = wrong
		return h.showMove(w, r, http.StatusUnprocessableEntity, v)
	}
	if errors.Is(err, problem.Stale) {
		v.Stale = true
		return h.showMove(w, r, http.StatusConflict, v)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, deskMeetingPath(id), "fund.meeting.desk.flash.move")
}

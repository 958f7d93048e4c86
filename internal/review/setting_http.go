package review

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// The pages of the settings, without the language.
const (
	clocksPath   = "/desk/settings/clocks"
	holidaysPath = "/desk/settings/holidays"
)

func (h handlers) clockSettings(w http.ResponseWriter, r *http.Request) error {
	return h.showClocks(w, r, http.StatusOK, settingView{})
}

// showClocks renders the form of the clocks: as it is set, or as it was typed with what is wrong with it.
func (h handlers) showClocks(w http.ResponseWriter, r *http.Request, status int, v settingView) error {
	var err error
	if v.Settings, err = h.desk.Settings(r.Context(), identity.Must(r.Context())); err != nil {
		return err
	}
	if r.Method == http.MethodPost {
		v.Typed = r.PostForm
	} else {
		v.Typed = v.filled()
	}
	return web.Render(w, r, status, clockSettingsPage(v))
}

func (h handlers) setClocks(w http.ResponseWriter, r *http.Request) error {
	err := h.desk.SetClocks(r.Context(), identity.Must(r.Context()), r.PostForm)
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showClocks(w, r, http.StatusUnprocessableEntity, settingView{Wrong: wrong})
	}
	if errors.Is(err, problem.Stale) {
		return h.showClocks(w, r, http.StatusConflict, settingView{Stale: true})
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, clocksPath, "review.setting.flash.saved")
}

func (h handlers) holidays(w http.ResponseWriter, r *http.Request) error {
	return h.showHolidays(w, r, http.StatusOK, nil)
}

func (h handlers) showHolidays(w http.ResponseWriter, r *http.Request, status int, wrong []problem.Field) error {
	v := settingView{Wrong: wrong, Typed: r.PostForm}
	var err error
	if v.Settings, err = h.desk.Settings(r.Context(), identity.Must(r.Context())); err != nil {
		return err
	}
	return web.Render(w, r, status, holidaysPage(v))
}

func (h handlers) addHoliday(w http.ResponseWriter, r *http.Request) error {
	err := h.desk.AddHoliday(r.Context(), identity.Must(r.Context()), r.PostForm)
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showHolidays(w, r, http.StatusUnprocessableEntity, wrong)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, holidaysPath, "review.setting.flash.holiday.added")
}

func (h handlers) removeHoliday(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "holiday")
	if err != nil {
		return err
	}
	if err := h.desk.RemoveHoliday(r.Context(), identity.Must(r.Context()), id); err != nil {
		return err
	}
	return web.Redirect(w, r, holidaysPath, "review.setting.flash.holiday.removed")
}

// settingView is what the pages of the settings show.
type settingView struct {
	Settings
	// Typed is what the form shows, Wrong what is wrong with it.
	Typed url.Values
	Wrong []problem.Field
	// Stale says that somebody else has changed the settings meanwhile.
	Stale bool
}

// filled is the form as it is set.
func (v settingView) filled() url.Values {
	typed := url.Values{}
	for _, kind := range v.Kinds {
		t, ok := v.Times[kind]
		if ok {
			typed.Set(answerField+kind, strconv.Itoa(t.AnswerDays))
		}
		if t.DecisionDays != nil {
			typed.Set(decisionField+kind, strconv.Itoa(*t.DecisionDays))
		}
	}
	for _, desk := range v.Desks {
		d := v.Set[desk]
		typed.Set(stationField+string(desk), d.ID)
		typed.Set(unassignedField+string(desk), strconv.Itoa(d.UnassignedDays))
		typed.Set(stuckField+string(desk), strconv.Itoa(d.StuckDays))
	}
	return typed
}

// days asks for a number of working days; key names the text of the question.
func (v settingView) days(ctx context.Context, field, about, key string) ui.Control {
	name := field + about
	return ui.Control{Name: name, Label: i18n.T(ctx, key), Width: "w-4", InputMode: "numeric", Values: v.Typed[name], Error: ui.MessageFor(ctx, v.Wrong, name)}
}

func (v settingView) decision(ctx context.Context, kind string) ui.Control {
	c := v.days(ctx, decisionField, kind, "review.setting.decision")
	c.Optional, c.Hint = true, i18n.T(ctx, "review.setting.decision.hint")
	return c
}

func (v settingView) station(ctx context.Context, desk identity.Desk) ui.Control {
	name := stationField + string(desk)
	c := ui.Control{Name: name, Label: i18n.T(ctx, "review.setting.station"), Hint: i18n.T(ctx, "review.setting.station.hint"), Values: v.Typed[name], Error: ui.MessageFor(ctx, v.Wrong, name)}
	c.Choices = v.stations(ctx)
	return c
}

func (v settingView) stations(ctx context.Context) []ui.Choice {
	var all []ui.Choice
	for _, s := range v.Stations {
		all = append(all, ui.Choice{Value: s.ID, Label: s.Names.In(i18n.From(ctx))})
	}
	i18n.Sort(i18n.From(ctx), all, func(c ui.Choice) string { return c.Label })
	return all
}

// recounted says what came of the last change.
func (v settingView) recounted(ctx context.Context) string {
	r := v.Recount
	if r.DoneAt == nil {
		return i18n.T(ctx, "review.setting.recount.waits")
	}
	return i18n.T(ctx, "review.setting.recount.moved", r.Moved, i18n.Number(ctx, r.Clocks), i18n.UTC(ctx, *r.DoneAt))
}

func (v settingView) dayControl(ctx context.Context) ui.DateControl {
	d := ui.DateControl{Control: ui.Control{Name: "day", Label: i18n.T(ctx, "review.setting.holiday.day")}, Day: v.Typed.Get("day.day"), Month: v.Typed.Get("day.month"), Year: v.Typed.Get("day.year")}
	for _, part := range []string{"day", "month", "year"} {
		if message := ui.MessageFor(ctx, v.Wrong, "day."+part); message != "" {
			d.Error, d.Part = message, part
			break
		}
	}
	return d
}

func (v settingView) yearlyControl(ctx context.Context) ui.Control {
	return ui.Control{Name: "yearly", Label: i18n.T(ctx, "review.setting.holiday.yearly"), Values: v.Typed["yearly"]}
}

func (v settingView) where(ctx context.Context) ui.Control {
	return ui.Control{
		Name: "station", Label: i18n.T(ctx, "review.setting.holiday.where"), Values: v.Typed["station"], Blank: i18n.T(ctx, "review.setting.holiday.everywhere"),
		Choices: v.stations(ctx), Error: ui.MessageFor(ctx, v.Wrong, "station"),
	}
}

func (v settingView) nameControl(ctx context.Context, l i18n.Lang) ui.Control {
	name := "name_" + string(l)
	return ui.Control{Name: name, Label: i18n.T(ctx, "review.setting.holiday.name", l.Name()), Lang: string(l), Values: v.Typed[name], Error: ui.MessageFor(ctx, v.Wrong, name)}
}

func (v settingView) holidayTable(ctx context.Context) ui.Table {
	column := func(key string) ui.Column { return ui.Column{Text: i18n.T(ctx, "review.setting.holiday.column."+key)} }
	t := ui.Table{
		Caption: i18n.T(ctx, "review.setting.holidays.list"), HideCaption: true, Cards: true, Header: 1,
		Columns: []ui.Column{column("day"), column("name"), column("where"), column("act")},
	}
	for _, h := range v.Holidays {
		day, where := i18n.Day(ctx, h.Day), i18n.T(ctx, "review.setting.holiday.everywhere")
		if h.Yearly {
			day = i18n.T(ctx, "review.setting.holiday.each_year", day)
		}
		for _, s := range v.Stations {
			if s.ID == h.DutyStation {
				where = s.Names.In(i18n.From(ctx))
			}
		}
		name := h.Names.In(i18n.From(ctx))
		t.Rows = append(t.Rows, []ui.Cell{{Text: day}, {Text: name}, {Text: where}, {Component: removeHolidayButton(h, name)}})
	}
	return t
}

func holidayRemoval(ctx context.Context, h workflow.Holiday) string {
	return ui.Href(ctx, holidaysPath+"/"+strconv.FormatInt(h.ID, 10)+"/removal")
}

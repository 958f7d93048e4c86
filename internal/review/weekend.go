package review

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// weekendsPath is the page of the weekends, without the language.
const weekendsPath = "/desk/settings/weekends"

// weekendField begins the names of the fields: weekend_cairo, with the numbers of days from 0 for Sunday to 6.
const weekendField = "weekend_"

// SetWeekends writes the weekends of the form, one for each duty station. What cannot be read, and a week with more than
// workflow.MaxWeekend days of rest, is problem.Invalid; when somebody has changed the settings since the form was made it
// is problem.Stale.
func (s *Service) SetWeekends(ctx context.Context, who identity.User, typed url.Values) error {
	v, err := s.Settings(ctx, who)
	if err != nil {
		return err
	}
	var wrong []problem.Field
	weekends := map[string][]time.Weekday{}
	for _, station := range v.Stations {
		name := weekendField + station.ID
		days := []time.Weekday{}
		for _, text := range typed[name] {
			n, err := strconv.Atoi(text)
			if err != nil || n < int(time.Sunday) || n > int(time.Saturday) {
				wrong = append(wrong, problem.Field{Name: name, Key: "review.setting.weekend.unknown"})
				break
			}
			if !slices.Contains(days, time.Weekday(n)) {
				days = append(days, time.Weekday(n))
			}
		}
		if len(days) > workflow.MaxWeekend {
			wrong = append(wrong, problem.Field{Name: name, Key: "review.setting.weekend.many", Args: []any{workflow.MaxWeekend}})
		}
		weekends[station.ID] = days
	}
	if len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	seen, _ := strconv.ParseInt(typed.Get(seenField), 10, 64)
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		return workflow.SetWeekends(ctx, tx, weekends, seen, who, s.now())
	})
	if err != nil {
		return fmt.Errorf("set the weekends: %w", err)
	}
	return nil
}

func (h handlers) weekends(w http.ResponseWriter, r *http.Request) error {
	return h.showWeekends(w, r, http.StatusOK, settingView{})
}

// showWeekends renders the form of the weekends: as they are, or as they were typed with what is wrong with them.
func (h handlers) showWeekends(w http.ResponseWriter, r *http.Request, status int, v settingView) error {
	var err error
	if v.Settings, err = h.desk.Settings(r.Context(), identity.Must(r.Context())); err != nil {
		return err
	}
	v.Typed = r.PostForm
	if r.Method != http.MethodPost {
		v.Typed = url.Values{}
		for _, station := range v.Stations {
			for _, d := range station.Weekend {
				v.Typed.Add(weekendField+station.ID, strconv.Itoa(int(d)))
			}
		}
	}
	return web.Render(w, r, status, weekendsPage(v))
}

func (h handlers) setWeekends(w http.ResponseWriter, r *http.Request) error {
	err := h.desk.SetWeekends(r.Context(), identity.Must(r.Context()), r.PostForm)
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showWeekends(w, r, http.StatusUnprocessableEntity, settingView{Wrong: wrong})
	}
	if errors.Is(err, problem.Stale) {
		return h.showWeekends(w, r, http.StatusConflict, settingView{Stale: true})
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, weekendsPath, "review.setting.flash.weekends")
}

// weekendControls are a question for each duty station, in the order of their names.
func (v settingView) weekendControls(ctx context.Context) []ui.Control {
	var all []ui.Control
	for _, station := range v.stations(ctx) {
		name := weekendField + station.Value
		c := ui.Control{Name: name, Label: station.Label, Values: v.Typed[name], Error: ui.MessageFor(ctx, v.Wrong, name)}
		for d := time.Sunday; d <= time.Saturday; d++ {
			n := strconv.Itoa(int(d))
			c.Choices = append(c.Choices, ui.Choice{Value: n, Label: i18n.T(ctx, "review.setting.weekday."+n)})
		}
		all = append(all, c)
	}
	return all
}

package fund

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"portal/internal/date"
	"portal/internal/i18n"
	"portal/web"
	"portal/web/ui"
)

// The public pages of the fund, without the language.
const (
	Path         = "/fund"
	MeetingsPath = Path + "/meetings"
)

// meetingFile is the calendar file of one meeting, without the language.
func meetingFile(id MeetingID) string {
	return MeetingsPath + "/" + strconv.FormatInt(id, 10) + ".ics"
}

// Pages are where the pages of the fund lead to in other areas; app fills it in.
type Pages struct {
	// Start is where a concept note is begun, without the language; "" leaves the link out.
	Start string
	// Questions is the blank form to read and print, without the language; "" leaves the link out.
	Questions string
	// Pipeline is the list of endorsed programmes, without the language; "" leaves the link out.
	Pipeline string
	// Shortlist is the fund desk's page of a meeting's shortlist, without the language; nil leaves the link out.
	Shortlist func(id MeetingID) string
}

type handlers struct {
	fund  *Service
	pages Pages
}

// Routes adds the pages of the fund.
func Routes(r *web.Router, fund *Service, pages Pages) {
	h := handlers{fund, pages}
	r.Public("GET "+Path, h.about, web.Cached())
	r.Public("GET "+MeetingsPath, h.meetings, web.Cached(whenName, yearName, sortName))
	r.Public("GET "+MeetingsPath+".ics", h.calendar, web.Stateless())
	r.Public("GET "+MeetingsPath+"/{meeting}.ics", h.meetingCalendar, web.Stateless())
	r.Public("GET "+MeetingsPath+".csv", web.CSV(h.meetingTable), web.Stateless())
	r.Public("GET "+MeetingsPath+".xlsx", web.XLSX(h.meetingTable), web.Stateless())
	r.Public("GET "+MeetingsPath+".json", web.JSON(h.meetingTable), web.Stateless())
	meetingDeskRoutes(r, h)
	coordinatorRoutes(r, h)
}

func (h handlers) about(w http.ResponseWriter, r *http.Request) error {
	c, err := h.shown(r.Context())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, fundPage(fundView{Calendar: c, Pages: h.pages, Now: h.fund.now()}))
}

func (h handlers) meetings(w http.ResponseWriter, r *http.Request) error {
	c, err := h.shown(r.Context())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, meetingsPage(meetingsView{narrow(c, r.URL.Query(), MeetingsPath, h.fund.now())}))
}

// shown is the calendar for a page that is kept: it is so until the next cut-off, or until the next meeting begins.
func (h handlers) shown(ctx context.Context) (Calendar, error) {
	c, err := h.fund.Calendar(ctx)
	now := h.fund.now()
	for _, m := range c.Coming {
		web.Until(ctx, m.At)
		if cutoff := m.Cutoff(); cutoff.After(now) {
			web.Until(ctx, cutoff)
		}
	}
	return c, err
}

func (c Calendar) count() int { return len(c.Coming) + len(c.Past) }

// all are the meetings of the calendar in their order.
func (c Calendar) all() []Meeting {
	earlier := slices.Clone(c.Past)
	slices.Reverse(earlier)
	return append(earlier, c.Coming...)
}

func (h handlers) calendar(w http.ResponseWriter, r *http.Request) error {
	c, err := h.fund.Calendar(r.Context())
	if err != nil {
		return err
	}
	return writeICS(w, r, "steering-committee", c.all())
}

func (h handlers) meetingCalendar(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "meeting")
	if err != nil {
		return err
	}
	m, err := MeetingByID(r.Context(), h.fund.db.Read(), id)
	if err != nil {
		return err
	}
	return writeICS(w, r, meetingAnchor(id), []Meeting{m})
}

// meetingTable is the list of meetings as a file, of the same meetings in the same order.
func (h handlers) meetingTable(r *http.Request) web.Table {
	ctx, f := r.Context(), readMeetingFilter(r.URL.Query())
	return web.Table{
		Name: "meetings", Title: i18n.T(ctx, "fund.meetings.title"), List: ui.Absolute(ctx, ui.WithQuery(MeetingsPath, f.values())), Day: date.Today(h.fund.now(), i18n.Geneva),
		Columns: web.Columns(ctx, "fund.meeting.column.", "id", "name", "day", "time", "zone", "begins", "last_day", "cutoff", "state", "reason"),
		Rows: web.RowsOf(func() ([]Meeting, error) {
			c, err := h.fund.Calendar(ctx)
			return f.inOrder(f.apply(c)), err
		}, func(m Meeting) []any {
			name, _ := m.Name(ctx)
			return []any{
				int(m.ID), name, m.Day(), m.Local().Format("15:04"), m.Zone, m.At, m.LastSafeDay(), m.Cutoff(),
				i18n.T(ctx, "fund.meeting.phase."+string(m.Phase(h.fund.now()))), m.Reason,
			}
		}),
	}
}

package pledge

import (
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/i18n"
)

// moment is when something is looked at: now, which is the zero moment, or the end of a past day in Geneva.
type moment struct {
	end time.Time // the first instant of the next day
}

// endOf is the moment that a list as of the day shows, when it is now such a day.
func endOf(day, today date.Date) moment {
	if day.IsZero() || !day.Before(today) {
		return moment{}
	}
	return moment{day.AddDays(1).In(i18n.Geneva)}
}

func (m moment) past() bool { return !m.end.IsZero() }

// public is the condition on pledges p that a revision is what the public saw.
func (m moment) public() string {
	if m.past() {
		return `p.published_at < @end AND (p.until IS NULL OR p.until >= @end)`
	}
	return `p.until IS NULL`
}

// stillPublic goes on from public: of what was public then only what has not been taken down since.
func (m moment) stillPublic() string {
	if m.past() {
		return ` AND EXISTS (SELECT FROM pledges c WHERE c.id = p.id AND c.until IS NULL)`
	}
	return ""
}

// standing joins their standing s to pledges p.
func (m moment) standing() string {
	if m.past() {
		return ` JOIN pledge_standings s ON s.pledge_id = p.id AND s.since < @end AND (s.until IS NULL OR s.until >= @end)`
	}
	return joinStanding
}

// with adds to the parameters what the conditions need.
func (m moment) with(args database.Args) database.Args {
	if m.past() {
		args["end"] = m.end
	}
	return args
}

// answer is a question to a partner as it stood then. Only the last answer is kept: before it the partner counts as not
// having answered. Who does not take part any more is not named for any day.
func (m moment) answer(q asked) asked {
	if m.past() && q.State.Takes() && q.AnsweredAt != nil && !q.AnsweredAt.Before(m.end) {
		q.State, q.OwnPart = PartnerAsked, ""
	}
	return q
}

// readDay reads the day of which something is asked; wrong is the text when it is none. Digits may be those of any script.
func readDay(text string) (day date.Date, wrong string) {
	text = strings.TrimSpace(text)
	if text == "" {
		return date.Date{}, ""
	}
	day, err := date.Parse(i18n.Digits(text))
	if err != nil || day.IsZero() {
		return date.Date{}, text
	}
	return day, ""
}

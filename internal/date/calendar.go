package date

import (
	"slices"
	"time"
)

// Holiday is a day on which nobody works, beside the weekend.
type Holiday struct {
	Day Date
	// Yearly says that it comes again on the same day of each later year; one of 29 February in leap years only.
	Yearly bool
	// ID is the caller's; the calendar does not read it.
	ID int64
}

// Calendar says which days are working days. Its zero value has no weekend and no holiday.
type Calendar struct {
	weekend [7]bool
	resting int // days of the weekend
	once    map[Date]Holiday
	yearly  []Holiday
}

// NewCalendar returns a calendar with the weekend and the holidays. A weekend of all seven days is none, since nothing
// would ever be due.
func NewCalendar(weekend []time.Weekday, holidays []Holiday) Calendar {
	c := Calendar{once: map[Date]Holiday{}}
	for _, d := range weekend {
		if !c.weekend[d] {
			c.weekend[d] = true
			c.resting++
		}
	}
	if c.resting == 7 {
		c.weekend, c.resting = [7]bool{}, 0
	}
	for _, h := range holidays {
		if h.Yearly {
			c.yearly = append(c.yearly, h)
		} else {
			c.once[h.Day] = h
		}
	}
	return c
}

// Weekend says whether the day is of the weekend.
func (c Calendar) Weekend(d Date) bool { return c.weekend[d.Weekday()] }

// Holiday returns the holiday of the day, be it of the weekend or not.
func (c Calendar) Holiday(d Date) (Holiday, bool) {
	if h, ok := c.once[d]; ok {
		return h, true
	}
	for _, h := range c.yearly {
		if d.Month() == h.Day.Month() && d.Day() == h.Day.Day() && !d.Before(h.Day) {
			return h, true
		}
	}
	return Holiday{}, false
}

// Working says whether the day is a working day.
func (c Calendar) Working(d Date) bool {
	_, holiday := c.Holiday(d)
	return !holiday && !c.Weekend(d)
}

// Between counts the working days after the one day up to the other, which counts itself; 0 if it is not later. The cost
// does not grow with the days in between, but with the holidays.
func (c Calendar) Between(after, upTo Date) int {
	if !after.Before(upTo) {
		return 0
	}
	return c.weekdays(after, upTo) - c.holidays(after, upTo)
}

// Add returns the n-th working day after the day, itself not counted; n of 0 or less is the day itself, be it a working
// day or not.
func (c Calendar) Add(d Date, n int) Date {
	for n > 0 {
		end := c.addWeekdays(d, n)
		n = c.holidays(d, end) // as many are still missing
		d = end
	}
	return d
}

// workdays is how many days of a week are not of the weekend.
func (c Calendar) workdays() int { return 7 - c.resting }

// weekdays counts the days that are not of the weekend, whatever the holidays.
func (c Calendar) weekdays(after, upTo Date) int {
	days := after.DaysUntil(upTo)
	n := days / 7 * c.workdays()
	for d := upTo.AddDays(-(days % 7)); d != upTo; {
		d = d.AddDays(1)
		if !c.Weekend(d) {
			n++
		}
	}
	return n
}

// addWeekdays is the n-th day after the day that is not of the weekend, n from 1.
func (c Calendar) addWeekdays(d Date, n int) Date {
	weeks := (n - 1) / c.workdays()
	d = d.AddDays(7 * weeks)
	for n -= weeks * c.workdays(); n > 0; {
		d = d.AddDays(1)
		if !c.Weekend(d) {
			n--
		}
	}
	return d
}

// holidays counts the days that are holidays and not of the weekend; a day with two holidays is one.
func (c Calendar) holidays(after, upTo Date) int {
	var days []Date
	add := func(d Date) {
		if after.Before(d) && !upTo.Before(d) && !c.Weekend(d) && !slices.Contains(days, d) {
			days = append(days, d)
		}
	}
	for d := range c.once {
		add(d)
	}
	for _, h := range c.yearly {
		for year := max(after.Year(), h.Day.Year()); year <= upTo.Year(); year++ {
			if d := New(year, h.Day.Month(), h.Day.Day()); d.Month() == h.Day.Month() { // 29 February
				add(d)
			}
		}
	}
	return len(days)
}

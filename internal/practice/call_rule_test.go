package practice_test

import (
	"testing"
	"time"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/practice"
)

// deadline is a Friday in winter, 23:59 in Geneva.
var deadline = time.Date(2026, 12, 18, 23, 59, 0, 0, i18n.Geneva)

func TestWhatKeepsAPracticeFromACall(t *testing.T) {
	t.Parallel()
	featured := deadline.Add(time.Hour)
	for _, c := range []struct {
		name           string
		call           practice.Call
		category, lang string
		at             time.Time
		want           practice.Hurdle
	}{
		{"long before the deadline", practice.Call{State: practice.CallOpen}, "city", "fr", deadline.AddDate(0, 0, -20), ""},
		{"a second before it", practice.Call{State: practice.CallOpen}, "city", "fr", deadline.Add(-time.Second), ""},
		{"at its very instant", practice.Call{State: practice.CallOpen}, "city", "fr", deadline, ""},
		{"a second after it", practice.Call{State: practice.CallOpen}, "city", "fr", deadline.Add(time.Second), practice.HurdleLate},
		{"a nanosecond after it", practice.Call{State: practice.CallOpen}, "city", "fr", deadline.Add(1), practice.HurdleLate},
		{"the same instant in another zone", practice.Call{State: practice.CallOpen}, "city", "fr", deadline.In(time.UTC), ""},
		{"an hour after it in Geneva, before it by the clock of London", practice.Call{State: practice.CallOpen}, "city", "fr", time.Date(2026, 12, 18, 23, 30, 0, 0, mustZone("Europe/London")), practice.HurdleLate},
		{"results are public although the deadline is not over", practice.Call{State: practice.CallOpen, FeaturedAt: &featured}, "city", "fr", deadline.Add(-time.Hour), practice.HurdleLate},
		{"a call that was withdrawn", practice.Call{State: practice.CallWithdrawn}, "city", "fr", deadline.Add(-time.Hour), practice.HurdleWithdrawn},
		{"withdrawn comes before late", practice.Call{State: practice.CallWithdrawn}, "city", "fr", deadline.Add(time.Hour), practice.HurdleWithdrawn},
		{"a draft of a call", practice.Call{State: practice.CallDraft}, "city", "fr", deadline.Add(-time.Hour), practice.HurdleWithdrawn},
		{"a sector that may answer", practice.Call{State: practice.CallOpen, Sectors: []string{"civil_society", "city"}}, "city", "fr", deadline, ""},
		{"a sector that may not", practice.Call{State: practice.CallOpen, Sectors: []string{"civil_society"}}, "city", "fr", deadline, practice.HurdleSector},
		{"a language that is taken", practice.Call{State: practice.CallOpen, Languages: []string{"en", "fr"}}, "city", "fr", deadline, ""},
		{"a language that is not", practice.Call{State: practice.CallOpen, Languages: []string{"en"}}, "city", "fr", deadline, practice.HurdleLanguage},
		{"a language that nobody has said yet", practice.Call{State: practice.CallOpen, Languages: []string{"en"}}, "city", "", deadline, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.call.DeadlineAt = deadline
			if got := c.call.Hurdle(c.category, c.lang, c.at); got != c.want {
				t.Errorf("%q, not %q", got, c.want)
			}
		})
	}
}

func mustZone(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return zone
}

func TestPhasesOfACall(t *testing.T) {
	t.Parallel()
	then := deadline.AddDate(0, 0, 30)
	for _, c := range []struct {
		name     string
		call     practice.Call
		at       time.Time
		want     practice.CallPhase
		daysLeft int
	}{
		{"a draft", practice.Call{State: practice.CallDraft}, deadline, practice.PhaseDraft, 0},
		{"a draft whose deadline has passed", practice.Call{State: practice.CallDraft}, deadline.AddDate(0, 0, 1), practice.PhaseDraft, -1},
		{"open on its last day", practice.Call{State: practice.CallOpen}, deadline.Add(-20 * time.Hour), practice.PhaseOpen, 0},
		{"open three days before", practice.Call{State: practice.CallOpen}, deadline.AddDate(0, 0, -3), practice.PhaseOpen, 3},
		{"open at the deadline", practice.Call{State: practice.CallOpen}, deadline, practice.PhaseOpen, 0},
		{"closed a second later", practice.Call{State: practice.CallOpen}, deadline.Add(time.Second), practice.PhaseClosed, 0},
		{"results public", practice.Call{State: practice.CallOpen, FeaturedAt: &then}, then, practice.PhaseFeatured, -30},
		{"withdrawn", practice.Call{State: practice.CallWithdrawn, FeaturedAt: &then}, then, practice.PhaseWithdrawn, -30},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.call.DeadlineAt = deadline
			if got := c.call.Phase(c.at); got != c.want {
				t.Errorf("%q, not %q", got, c.want)
			}
			if got := c.call.DaysLeft(c.at); got != c.daysLeft {
				t.Errorf("%d days left, not %d", got, c.daysLeft)
			}
		})
	}
}

// The table of permissions, cell by cell.
func TestWhoMayDoWhatWithACall(t *testing.T) {
	t.Parallel()
	at := deadline.Add(-time.Hour)
	then := deadline
	call := map[practice.CallPhase]practice.Call{
		practice.PhaseDraft:     {State: practice.CallDraft, DeadlineAt: deadline},
		practice.PhaseOpen:      {State: practice.CallOpen, DeadlineAt: deadline},
		practice.PhaseClosed:    {State: practice.CallOpen, DeadlineAt: at.Add(-time.Hour)},
		practice.PhaseFeatured:  {State: practice.CallOpen, DeadlineAt: at.Add(-time.Hour), FeaturedAt: &then},
		practice.PhaseWithdrawn: {State: practice.CallWithdrawn, DeadlineAt: deadline},
	}
	officers := map[practice.CallAct][]practice.CallPhase{
		practice.ActEdit:       {practice.PhaseDraft, practice.PhaseOpen, practice.PhaseClosed, practice.PhaseFeatured},
		practice.ActDelete:     {practice.PhaseDraft},
		practice.ActArrange:    {practice.PhaseClosed, practice.PhaseFeatured},
		practice.ActAcceptLate: {practice.PhaseClosed, practice.PhaseFeatured},
	}
	leads := map[practice.CallAct][]practice.CallPhase{
		practice.ActOpen:     {practice.PhaseDraft},
		practice.ActDelete:   {practice.PhaseOpen, practice.PhaseClosed},
		practice.ActWithdraw: {practice.PhaseOpen, practice.PhaseClosed, practice.PhaseFeatured},
		practice.ActFeature:  {practice.PhaseClosed},
	}
	person := func(role identity.Role, desk identity.Desk) identity.User {
		return identity.User{ID: 1, Staff: []identity.StaffRole{{Role: role, Desk: desk}}}
	}
	acts := []practice.CallAct{practice.ActEdit, practice.ActOpen, practice.ActDelete, practice.ActWithdraw, practice.ActArrange, practice.ActFeature, practice.ActAcceptLate}
	for _, who := range []struct {
		name    string
		user    identity.User
		allowed []map[practice.CallAct][]practice.CallPhase
	}{
		{"officer of the hub", person(identity.Officer, identity.HubDesk), []map[practice.CallAct][]practice.CallPhase{officers}},
		{"lead of the hub", person(identity.Lead, identity.HubDesk), []map[practice.CallAct][]practice.CallPhase{officers, leads}},
		{"lead of another desk", person(identity.Lead, identity.PledgesDesk), nil},
		{"reviewer", person(identity.Reviewer, ""), nil},
		{"administrator", person(identity.Administrator, ""), nil},
		{"member", identity.User{ID: 1}, nil},
		{"visitor", identity.User{}, nil},
	} {
		for _, act := range acts {
			for _, phase := range practice.CallPhases {
				want := false
				for _, table := range who.allowed {
					for _, p := range table[act] {
						want = want || p == phase
					}
				}
				if got := call[phase].May(who.user, act, at); got != want {
					t.Errorf("%s may %s a call that is %s: %t", who.name, act, phase, got)
				}
			}
		}
	}
}

func TestACallSaysItInTheReadersLanguageOrItsOwn(t *testing.T) {
	t.Parallel()
	c := practice.Call{Lang: "fr", Texts: []practice.CallText{{Lang: "fr", Title: "Appel"}, {Lang: "ar", Title: "دعوة"}}}
	for lang, want := range map[string]string{"fr": "Appel", "ar": "دعوة", "en": "Appel", "": "Appel"} {
		if got := c.In(lang).Title; got != want {
			t.Errorf("%q in %q", got, lang)
		}
	}
}

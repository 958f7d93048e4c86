package committee

import (
	"errors"
	"strings"
	"testing"
	"time"

	"portal/internal/dbtest"
	"portal/internal/gcm"
	"portal/internal/identity"
	"portal/internal/money"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// Who may do what, said a second time in words and held against the table for every act, role, desk and phase.
func TestPermissions(t *testing.T) {
	t.Parallel()
	leadOnly := map[Act]bool{ActSession: true, ActDecide: true, ActRule: true}
	never := map[Act][]Phase{ActAdd: {Cancelled}, ActOrder: {Cancelled}, ActSession: {Coming, Cancelled}, ActDecide: {Coming, Cancelled}}
	for _, role := range identity.Roles {
		for _, desk := range append([]identity.Desk{""}, identity.Desks...) {
			who := identity.User{ID: 1, Staff: []identity.StaffRole{{Role: role, Desk: desk}}}
			for _, act := range Acts {
				for _, phase := range append([]Phase{""}, Phases...) {
					if (phase == "") != (act == ActRule) {
						if Allowed(who, act, phase) == nil {
							t.Errorf("%s in phase %q is allowed", act, phase)
						}
						continue
					}
					want := error(nil)
					switch {
					case desk != identity.FundDesk || role != identity.Officer && role != identity.Lead:
						want = problem.NotFound
					default:
						for _, p := range never[act] {
							if p == phase {
								want = problem.NotAllowedNow
							}
						}
						if want == nil && leadOnly[act] && role != identity.Lead {
							want = problem.Forbidden
						}
					}
					if got := Allowed(who, act, phase); !errors.Is(got, want) || (got == nil) != (want == nil) {
						t.Errorf("%s of %q may %s in phase %q: %v, want %v", role, desk, act, phase, got, want)
					}
				}
			}
		}
	}
	for _, act := range Acts {
		if err := Allowed(identity.User{}, act, Begun); !errors.Is(err, problem.NotFound) {
			t.Errorf("a visitor may %s: %v", act, err)
		}
	}
}

func TestThePhaseOfAMeeting(t *testing.T) {
	t.Parallel()
	at := time.Date(2027, 3, 18, 9, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name string
		m    Meeting
		now  time.Time
		want Phase
	}{
		{"a second before", Meeting{At: at}, at.Add(-time.Second), Coming},
		{"when it begins", Meeting{At: at}, at, Begun},
		{"long after", Meeting{At: at}, at.AddDate(1, 0, 0), Begun},
		{"cancelled, before", Meeting{At: at, Cancelled: true}, at.Add(-time.Hour), Cancelled},
		{"cancelled, after", Meeting{At: at, Cancelled: true}, at.Add(time.Hour), Cancelled},
	} {
		if got := test.m.Phase(test.now); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

// names are the fields of what is wrong with their keys, in order.
func names(wrong []problem.Field) string {
	var all []string
	for _, f := range wrong {
		all = append(all, f.Name+" "+strings.TrimPrefix(f.Key, "committee.wrong."))
	}
	return strings.Join(all, ", ")
}

// Quorum and all else that a decision needs.
func TestWhatADecisionNeeds(t *testing.T) {
	t.Parallel()
	there := func(present int) Session { return Session{Version: 1, Present: present, Members: 12, Quorum: 7} }
	endorse := Ruling{Outcome: Endorse}
	for _, test := range []struct {
		name    string
		session Session
		ruling  Ruling
		want    string
	}{
		{"a quorum to the member", there(7), endorse, ""},
		{"all members", there(12), endorse, ""},
		{"one short", there(6), endorse, "outcome quorum"},
		{"nobody was there", there(0), endorse, "outcome quorum"},
		{"nothing is recorded", Session{}, endorse, "outcome no_session"},
		{"two leave and seven stay", there(9), Ruling{Outcome: Endorse, Recused: 2}, ""},
		{"three leave and six stay", there(9), Ruling{Outcome: Endorse, Recused: 3}, "recused recused_quorum"},
		{"more leave than were there", there(9), Ruling{Outcome: Endorse, Recused: 10}, "recused recused"},
		{"fewer than none leave", there(9), Ruling{Outcome: Endorse, Recused: -1}, "recused recused"},
		{"no outcome", there(9), Ruling{}, "outcome outcome"},
		{"an outcome that there is not", there(9), Ruling{Outcome: "approve"}, "outcome outcome"},
		{"a revision without a word", there(9), Ruling{Outcome: Revise}, "reason reason.revise"},
		{"a refusal without a word", there(9), Ruling{Outcome: Decline}, "reason reason.decline"},
		{"a refusal with one", there(9), Ruling{Outcome: Decline, Reason: "No."}, ""},
		{"too many words", there(9), Ruling{Outcome: Endorse, Reason: strings.Repeat("x", workflow.MaxNote+1), Discussion: strings.Repeat("x", MaxMinutes+1)}, "reason long, discussion long"},
		{"all at once", there(3), Ruling{Outcome: Revise, Recused: 4}, "outcome quorum, recused recused, reason reason.revise"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := names(test.ruling.check(test.session)); got != test.want {
				t.Errorf("wrong is %q, want %q", got, test.want)
			}
		})
	}
}

func TestWhatAttendanceNeeds(t *testing.T) {
	t.Parallel()
	decided := []int{0, 1}
	for _, test := range []struct {
		name    string
		session Session
		minutes string
		files   int
		recused []int
		want    string
	}{
		{"as it should be", Session{Present: 9, Members: 12, Quorum: 7}, "M", 0, nil, ""},
		{"with minutes that are a file", Session{Present: 9, Members: 12, Quorum: 7}, "", 1, nil, ""},
		{"nobody came", Session{Present: 0, Members: 12, Quorum: 7}, "M", 0, nil, ""},
		{"more than there are", Session{Present: 13, Members: 12, Quorum: 7}, "M", 0, nil, "present present"},
		{"what cannot be read", Session{Present: -1, Members: 12, Quorum: 7}, "", 0, nil, "present present, minutes minutes"},
		{"decisions rest on one more", Session{Present: 7, Members: 12, Quorum: 7}, "M", 0, decided, "present present_decided"},
		{"decisions rest on as many", Session{Present: 8, Members: 12, Quorum: 7}, "M", 0, decided, ""},
		{"too many words", Session{Present: 8, Members: 12, Quorum: 7}, strings.Repeat("x", MaxMinutes+1), 0, nil, "minutes long"},
	} {
		if got := names(test.session.check(test.minutes, test.files, test.recused)); got != test.want {
			t.Errorf("%s: wrong is %q, want %q", test.name, got, test.want)
		}
	}
}

// The balance, counted by hand.
func TestTheBalance(t *testing.T) {
	t.Parallel()
	v, err := gcm.Load(t.Context(), dbtest.New(t).Read())
	if err != nil {
		t.Fatal(err)
	}
	areas := []Area{{"ta-1", "One"}, {"ta-2", "Two"}}
	of := func(amount money.Amount, areas []string, countries ...string) Facts {
		return Facts{Countries: countries, Areas: areas, Amount: amount}
	}
	pipeline := []Facts{of(100, []string{"ta-1"}, "KE"), of(50, []string{"ta-1", "ta-2"}, "KE", "UG", "NP")}
	notes := []Facts{of(7, []string{"ta-2", "ta-2"}, "PE", "PE"), of(3, []string{"ta-1"}, "UG")}
	b := Weigh(v, areas, pipeline, notes)
	if total := b.Total(); total != (Tally{2, 2, 150, 10}) || total.With() != 4 {
		t.Errorf("in all: %+v", total)
	}
	for place, want := range map[Place]Tally{
		{"africa", ""}:                      {2, 1, 150, 3},
		{"africa", "ta-1"}:                  {2, 1, 150, 3},
		{"africa", "ta-2"}:                  {1, 0, 50, 0}, // two States of one region count once
		{"asia_pacific", ""}:                {1, 0, 50, 0},
		{"latin_america_caribbean", "ta-2"}: {0, 1, 0, 7},
		{"latin_america_caribbean", "ta-1"}: {},
		{"", "ta-1"}:                        {2, 1, 150, 3},
		{"europe_north_america", "ta-1"}:    {},
		{"nowhere", "ta-9"}:                 {},
	} {
		if got := b.Matrix[place]; got != want {
			t.Errorf("%+v has %+v, want %+v", place, got, want)
		}
	}
	if !b.Matrix[Place{"latin_america_caribbean", "ta-2"}].First() || b.Matrix[Place{"africa", "ta-1"}].First() || b.Matrix[Place{}].First() {
		t.Error("what the notes would be the first of")
	}
	if got := b.Counts(); len(got) != 4 || got["KE"] != 2 || got["UG"] != 2 || got["NP"] != 1 || got["PE"] != 1 {
		t.Errorf("by State: %v", got)
	}
	if got := strings.Join(b.New(), " "); got != "PE UG" {
		t.Errorf("the notes are of %s", got)
	}
	var regions []string
	for _, r := range b.Regions {
		regions = append(regions, r.ID)
	}
	if got := strings.Join(regions, " "); strings.Contains(got, "global") || len(regions) != 5 {
		t.Errorf("the regions are %s", got)
	}
	if empty := Weigh(v, areas, nil, nil); empty.Total() != (Tally{}) || len(empty.Regions) != 5 || len(empty.Counts()) != 0 {
		t.Errorf("an empty pipeline: %+v", empty)
	}
	// A note that names what there is not is counted, and stands in no place.
	if odd := Weigh(v, areas, nil, []Facts{of(1, []string{""}, "", "XX")}); odd.Total() != (Tally{0, 1, 0, 1}) {
		t.Errorf("a note of nowhere: %+v", odd.Matrix)
	}
}

// Which notes the balance counts and on which the committee can still decide.
func TestWhatIsLive(t *testing.T) {
	t.Parallel()
	in := func(state workflow.State, outcome Outcome, stage Stage) Entry {
		return Entry{Outcome: outcome, Stage: stage, Note: Note{State: state}}
	}
	for _, test := range []struct {
		name         string
		e            Entry
		live, counts bool
	}{
		{"nothing is decided", in(workflow.InReview, "", Open), true, true},
		{"endorsed, not told", in(workflow.InReview, Endorse, Pending), true, true},
		{"declined, not told", in(workflow.InReview, Decline, Pending), true, false},
		{"to be revised, not told", in(workflow.InReview, Revise, Pending), true, false},
		{"declined, and that was withdrawn", in(workflow.InReview, Decline, Overtaken), true, true},
		{"endorsed: it is in the pipeline itself", in(workflow.Accepted, Endorse, Told), false, false},
		{"sent back, and in review again", in(workflow.InReview, Revise, Told), false, false},
		{"taken back by its office", in(workflow.Withdrawn, "", Open), false, false},
		{"waits for its office", in(workflow.ChangesRequested, "", Open), false, false},
		{"handed in again", in(workflow.Submitted, "", Open), false, false},
	} {
		if test.e.Live() != test.live || test.e.Counts() != test.counts {
			t.Errorf("%s: live %t, counts %t", test.name, test.e.Live(), test.e.Counts())
		}
	}
}

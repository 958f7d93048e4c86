package peer_test

import (
	"maps"
	"slices"
	"testing"

	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/peer"
	"portal/internal/workflow"
)

var network = peer.Rule{UNNeeded: 1, ExternalNeeded: 2, StepsApart: 2, MeansApart: 1.5}

// anySide asks for two reviewers, of whichever side.
var anySide = peer.Rule{EitherNeeded: 2, StepsApart: 2, MeansApart: 1.5}

func given(side peer.Side, r peer.Recommendation, mean float64) peer.Given {
	return peer.Given{Side: side, Recommendation: r, Mean: mean}
}

// The Network's rule, case by case (review.md, Peer review).
func TestTheRule(t *testing.T) {
	t.Parallel()
	un, out := peer.UN, peer.External
	agreed := []peer.Given{given(un, peer.MinorChanges, 4), given(out, peer.RecommendAccept, 4.2), given(out, peer.MinorChanges, 3.8)}
	tests := []struct {
		name   string
		rule   peer.Rule
		given  []peer.Given
		open   []peer.Side
		called bool
		want   peer.Verdict
	}{
		{"nobody is asked", network, nil, nil, false, peer.Verdict{Missing: map[peer.Side]int{un: 1, out: 2}}},
		{"one of each is asked", network, nil, []peer.Side{un, out}, false, peer.Verdict{Missing: map[peer.Side]int{out: 1}}},
		{"all are asked, none is in", network, nil, []peer.Side{un, out, out}, false, peer.Verdict{}},
		{"two external are in, the United Nations are open", network, agreed[1:], []peer.Side{un}, false, peer.Verdict{}},
		{"three external do not make one of the United Nations", network, []peer.Given{agreed[1], agreed[2], agreed[1]}, nil, false, peer.Verdict{Missing: map[peer.Side]int{un: 1}}},
		{"all are in and agree", network, agreed, nil, false, peer.Verdict{Complete: true}},
		{"all that are needed are in, and one more is open", network, agreed, []peer.Side{out}, false, peer.Verdict{}},
		{"recommendations one step apart", network, []peer.Given{given(un, peer.MajorChanges, 3), given(out, peer.MinorChanges, 3), given(out, peer.MinorChanges, 3)}, nil, false, peer.Verdict{Complete: true}},
		{"recommendations two steps apart", network, []peer.Given{given(un, peer.MajorChanges, 3), given(out, peer.RecommendAccept, 3), given(out, peer.MinorChanges, 3)}, nil, false, peer.Verdict{Call: peer.StepsApart, Apart: 2}},
		{"recommendations as far apart as can be", network, []peer.Given{given(un, peer.RecommendDecline, 3), given(out, peer.RecommendAccept, 3), given(out, peer.MinorChanges, 3)}, nil, false, peer.Verdict{Call: peer.StepsApart, Apart: 3}},
		{"means exactly as far apart as is allowed", network, []peer.Given{given(un, peer.MinorChanges, 2.5), given(out, peer.MinorChanges, 4), given(out, peer.MinorChanges, 3)}, nil, false, peer.Verdict{Complete: true}},
		{"means a hundredth further apart", network, []peer.Given{given(un, peer.MinorChanges, 2.49), given(out, peer.MinorChanges, 4), given(out, peer.MinorChanges, 3)}, nil, false, peer.Verdict{Call: peer.MeansApart, Apart: 1.51}},
		{"means whose difference binary fractions get wrong", network, []peer.Given{given(un, peer.MinorChanges, 1.6), given(out, peer.MinorChanges, 3.1), given(out, peer.MinorChanges, 2)}, nil, false, peer.Verdict{Complete: true}},
		{"disagreement while somebody is still to answer", network, []peer.Given{given(un, peer.RecommendDecline, 1), given(out, peer.RecommendAccept, 5)}, []peer.Side{out}, false, peer.Verdict{}},
		{"one more has been called in and is in: nobody else is", network, []peer.Given{given(un, peer.RecommendDecline, 1), given(out, peer.RecommendAccept, 5), given(out, peer.MinorChanges, 3), given(out, peer.MajorChanges, 2)}, nil, true, peer.Verdict{Complete: true}},
		{"another margin", peer.Rule{UNNeeded: 1, ExternalNeeded: 1, StepsApart: 1, MeansApart: 3}, []peer.Given{given(un, peer.MajorChanges, 3), given(out, peer.MinorChanges, 3)}, nil, false, peer.Verdict{Call: peer.StepsApart, Apart: 1}},
		{"two of whichever side: nobody is asked", anySide, nil, nil, false, peer.Verdict{Missing: map[peer.Side]int{peer.Either: 2}}},
		{"two of whichever side: one is asked", anySide, nil, []peer.Side{un}, false, peer.Verdict{Missing: map[peer.Side]int{peer.Either: 1}}},
		{"two of whichever side: two of one side do", anySide, agreed[1:], nil, false, peer.Verdict{Complete: true}},
		{"two of whichever side: one is in", anySide, agreed[:1], nil, false, peer.Verdict{Missing: map[peer.Side]int{peer.Either: 1}}},
		{"one of the United Nations and one more: two external do not", peer.Rule{UNNeeded: 1, EitherNeeded: 1, StepsApart: 2, MeansApart: 1.5}, agreed[1:], nil, false, peer.Verdict{Missing: map[peer.Side]int{un: 1}}},
		{"one of the United Nations and one more: both of them", peer.Rule{UNNeeded: 1, EitherNeeded: 1, StepsApart: 2, MeansApart: 1.5}, []peer.Given{agreed[0], agreed[0]}, nil, false, peer.Verdict{Complete: true}},
		{"one reviewer is enough and cannot disagree", peer.Rule{UNNeeded: 1, StepsApart: 1, MeansApart: 0.1}, []peer.Given{given(un, peer.MajorChanges, 3)}, nil, false, peer.Verdict{Complete: true}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := test.rule.Judge(test.given, test.open, test.called)
			if got.Call != test.want.Call || got.Apart != test.want.Apart || got.Complete != test.want.Complete || !maps.Equal(got.Missing, test.want.Missing) && len(got.Missing)+len(test.want.Missing) > 0 {
				t.Errorf("the rule says %+v, want %+v", got, test.want)
			}
		})
	}
}

// Means and medians, worked out by hand.
func TestMeansAndMedians(t *testing.T) {
	t.Parallel()
	practice := []peer.Criterion{{N: 1, Weight: 25}, {N: 2, Weight: 20}, {N: 3, Weight: 25}, {N: 4, Weight: 20}, {N: 5, Weight: 10}}
	tests := []struct {
		name         string
		criteria     []peer.Criterion
		scores       peer.Scores
		mean, median float64
		ok           bool
	}{
		{"all the same", practice, peer.Scores{1: 3, 2: 3, 3: 3, 4: 3, 5: 3}, 3, 3, true},
		{"4·25 + 3·20 + 5·25 + 2·20 + 1·10 = 335", practice, peer.Scores{1: 4, 2: 3, 3: 5, 4: 2, 5: 1}, 3.35, 3.5, true},
		{"half of the weight on either side", practice, peer.Scores{1: 2, 2: 5, 3: 2, 4: 5, 5: 5}, 3.5, 3.5, true},
		{"one is missing", practice, peer.Scores{1: 4, 2: 3, 3: 5, 4: 2}, 0, 0, false},
		{"one without weight is missing", []peer.Criterion{{N: 1, Weight: 10}, {N: 2}}, peer.Scores{1: 4}, 4, 4, true},
		{"no weight at all", []peer.Criterion{{N: 1}}, peer.Scores{1: 4}, 0, 0, false},
		{"no criteria", nil, nil, 0, 0, false},
	}
	for _, test := range tests {
		mean, ok := peer.Mean(test.criteria, test.scores)
		median, _ := peer.WeightedMedian(test.criteria, test.scores)
		if mean != test.mean || ok != test.ok || median != test.median {
			t.Errorf("%s: mean %v (%t), median %v", test.name, mean, ok, median)
		}
	}
	for _, test := range []struct {
		values []float64
		want   peer.Spread
	}{
		{nil, peer.Spread{}},
		{[]float64{4}, peer.Spread{Mean: 4, Median: 4, Least: 4, Most: 4, N: 1}},
		{[]float64{5, 2, 3}, peer.Spread{Mean: 3.33, Median: 3, Least: 2, Most: 5, N: 3}},
		{[]float64{1, 2, 4, 5}, peer.Spread{Mean: 3, Median: 3, Least: 1, Most: 5, N: 4}},
	} {
		if got := peer.SpreadOf(test.values); got != test.want {
			t.Errorf("%v: %+v", test.values, got)
		}
	}
}

// Who is suggested for a text about objectives 7 and 9, in French, from Africa.
func TestSuggestions(t *testing.T) {
	t.Parallel()
	wanted := peer.Wanted{Objectives: []int{7, 9}, Lang: "fr", Regions: []string{"africa"}}
	one := func(id int64, change func(c *peer.Candidate)) peer.Candidate {
		c := peer.Candidate{UserID: id, Side: peer.External, Objectives: []int{7}, Languages: []string{"fr"}, Regions: []string{"europe_north_america"}, Capacity: 2, Standing: workflow.NotAsked}
		change(&c)
		return c
	}
	nothing := func(*peer.Candidate) {}
	tests := []struct {
		name   string
		all    []peer.Candidate
		wanted peer.Wanted
		want   []int64
	}{
		{"nobody", nil, wanted, nil},
		{"two objectives before one", []peer.Candidate{one(1, nothing), one(2, func(c *peer.Candidate) { c.Objectives = []int{9, 7} })}, wanted, []int64{2, 1}},
		{"the language before one objective", []peer.Candidate{one(1, func(c *peer.Candidate) { c.Languages = nil }), one(2, func(c *peer.Candidate) { c.Objectives = nil })}, wanted, []int64{2, 1}},
		{"who knows the region first", []peer.Candidate{one(1, nothing), one(2, func(c *peer.Candidate) { c.Regions = []string{"africa"} })}, wanted, []int64{2, 1}},
		{"who has least to do first", []peer.Candidate{one(1, func(c *peer.Candidate) { c.Load = 1 }), one(2, nothing)}, wanted, []int64{2, 1}},
		{"never somebody with a conflict", []peer.Candidate{one(1, func(c *peer.Candidate) { c.Standing = workflow.InConflict }), one(2, nothing)}, wanted, []int64{2}},
		{"nobody who has no room left", []peer.Candidate{one(1, func(c *peer.Candidate) { c.Load = 2 }), one(2, func(c *peer.Candidate) { c.Capacity = 0 })}, wanted, nil},
		{"nobody who knows neither the objectives nor the language", []peer.Candidate{one(1, func(c *peer.Candidate) { c.Objectives, c.Languages = []int{1}, []string{"ru"} })}, wanted, nil},
		{"only one side", []peer.Candidate{one(1, nothing), one(2, func(c *peer.Candidate) { c.Side = peer.UN })}, peer.Wanted{Objectives: []int{7}, Lang: "fr", Side: peer.UN}, []int64{2}},
		{"another region than those who were asked", []peer.Candidate{one(1, nothing), one(2, func(c *peer.Candidate) { c.Regions = []string{"asia_pacific"} })}, peer.Wanted{Objectives: []int{7}, Lang: "fr", Asked: []string{"europe_north_america"}}, []int64{2, 1}},
	}
	for _, test := range tests {
		var got []int64
		for _, s := range peer.Suggest(test.all, test.wanted) {
			got = append(got, s.UserID)
			if len(s.Why) == 0 {
				t.Errorf("%s: %d is suggested for no reason", test.name, s.UserID)
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: suggested are %v, want %v", test.name, got, test.want)
		}
	}
}

func TestReminders(t *testing.T) {
	t.Parallel()
	due := date.New(2026, 12, 10)
	for day, want := range map[int]int{-30: 0, -6: 0, -5: 1, 0: 1, 1: 2, 7: 2, 8: 3, 90: 3} {
		if got := peer.Reminder(due, due.AddDays(day)); got != want {
			t.Errorf("%d days after the due day there have been %d reminders, want %d", day, got, want)
		}
	}
}

// Reviewers see neither what is private nor what is redacted.
func TestRedaction(t *testing.T) {
	t.Parallel()
	answers := form.Answers{"contact_name": {"Amara"}, "title": {"A title"}, "partners.0.name": {"City"}, "partners.0.email": {"p@example.org"}, "description": {"Text"}}
	shown, hidden := peer.Redact(questions, answers, []string{"partners", "description", "contact_name"})
	if !maps.EqualFunc(shown, form.Answers{"title": {"A title"}}, slices.Equal[[]string]) {
		t.Errorf("shown is %v", shown)
	}
	var ids []string
	for _, f := range hidden {
		ids = append(ids, f.ID)
	}
	if !slices.Equal(ids, []string{"partners", "description"}) {
		t.Errorf("hidden are %v", ids)
	}
	shown, hidden = peer.Redact(questions, answers, nil)
	if shown.First("partners.0.email") != "" || shown.First("contact_name") != "" || shown.First("partners.0.name") != "City" || len(hidden) > 0 {
		t.Errorf("without redaction: %v, %v", shown, hidden)
	}
}

func TestEveryWordOfARuleHasATextInEnglishAndArabic(t *testing.T) {
	t.Parallel()
	var keys []string
	for _, s := range peer.States {
		keys = append(keys, "peer.state."+string(s))
	}
	for _, r := range peer.Recommendations {
		keys = append(keys, "peer.recommendation."+string(r), "peer.recommendation."+string(r)+".hint")
	}
	for _, v := range peer.Visibilities {
		keys = append(keys, "peer.visibility."+string(v))
	}
	for _, s := range peer.Sides {
		keys = append(keys, "peer.side."+string(s))
	}
	for _, s := range []peer.Side{peer.UN, peer.External, peer.Either} {
		keys = append(keys, "peer.missing."+string(s), "peer.lacks."+string(s))
	}
	for _, c := range []peer.Cause{peer.ByDesk, peer.StepsApart, peer.MeansApart} {
		keys = append(keys, "peer.cause."+string(c))
	}
	for _, w := range []peer.Why{peer.WhyExpertise, peer.WhyLanguage, peer.WhyRegion, peer.WhyOtherRegion, peer.WhyFree} {
		keys = append(keys, "peer.why."+string(w))
	}
	for _, r := range workflow.ConflictReasons {
		keys = append(keys, "workflow.conflict."+string(r))
	}
	for _, s := range workflow.Standings {
		keys = append(keys, "workflow.standing."+string(s))
	}
	for _, key := range keys {
		for _, l := range []i18n.Lang{i18n.English, i18n.Arabic} {
			if !i18n.Has(l, key) {
				t.Errorf("%s has no text %s", l, key)
			}
		}
	}
}

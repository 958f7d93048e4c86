package app

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/pledge"
)

// scalePartners names up to three partners, nobody twice.
func (w writer) scalePartners(a form.Answers) {
	seen := map[string]bool{}
	for n := range 1 + w.IntN(3) {
		name := w.fill(pickOne(w.Rand, w.phrases.Offices))
		for seen[strings.ToLower(name)] {
			name = w.fill(pickOne(w.Rand, w.phrases.Offices))
		}
		seen[strings.ToLower(name)] = true
		a[form.RowName("partners", n, "name")], a[form.RowName("partners", n, "email")] = []string{name}, []string{fmt.Sprintf("partner%d@office.example", n)}
		a[form.RowName("partners", n, "part")] = []string{w.fill("{M}")}
	}
}

// scaleChoices are the answers of partners; "" is none.
var scaleChoices = spread[string]{{"confirm", 60}, {"amend", 15}, {"", 25}}

// replies are what the partners of submission i have answered by today, w writing for them.
func (s *scaler) replies(i int, x scaled, w writer) []pledge.Reply {
	w.Rand = rand.New(rand.NewPCG(seedOfReplies, uint64(i)))
	a := x.answers[0]
	all := make([]pledge.Reply, a.Rows("partners"))
	for n := range all {
		at := x.sent.Add(time.Duration(1+skewed(w.Rand, 50*24)) * time.Hour)
		choice := scaleChoices.pick(w.Rand)
		if choice == "" || at.After(s.today.In(i18n.Geneva)) {
			continue
		}
		all[n] = pledge.Reply{At: at, PartnerAnswer: pledge.PartnerAnswer{
			Choice: choice, Name: pickOne(w.Rand, s.names[w.lang].Given) + " " + pickOne(w.Rand, s.names[w.lang].Family), Position: positions[w.lang],
		}}
		if choice == "amend" {
			all[n].Part = a.Row("partners", n).First("part") + ", " + w.fill("{m}")
		}
	}
	return all
}

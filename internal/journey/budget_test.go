package journey

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"testing"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/money"
	"portal/web"
	"portal/web/static"
	"portal/web/ui"
)

// budget is a form with a joint budget; its texts are those of the pledge.
var budget = &form.Definition{Kind: "pledge", Steps: []form.Step{
	{ID: "partners", Fields: []form.Field{{ID: "partners", Type: form.Group, Fields: []form.Field{{ID: "name", Type: form.Text}}}}},
	{ID: "what", Fields: []form.Field{{ID: "amount", Type: form.Matrix, Parties: "partners.name", Rate: func() int { return 700 }, Options: costs}}},
}}

var parties = form.Answers{"partners.0.name": {"International Organization for Migration"}, "partners.1.name": {"UNICEF"}, "partners.2.name": {"منظمة العمل الدولية"}}

func costs(_ context.Context, _ *gcm.Vocabulary) []form.Option {
	return []form.Option{{Value: "staff", Label: "Staff and other personnel"}, {Value: "supplies", Label: "Supplies, commodities, materials"}, {Value: "travel", Label: "Travel"}, {Value: "transfers", Label: "Transfers and grants to counterparts"}}
}

// typedAmount is an amount as somebody types it, or what is none.
func typedAmount(r *rand.Rand) string {
	a := money.Amount(r.Int64N([]int64{100, 10_000, 1_000_000, 100_000_000, int64(money.Max) + 1, 2 * int64(money.Max)}[r.IntN(6)]))
	switch r.IntN(8) {
	case 0:
		return a.Plain()
	case 1:
		return []string{"", " ", "-5", "(5)", "1e6", "abc", "1,00,000", "1 000.000,50", "€12", "1.", "1.005", "12,5", "0.500", "½", "5 -", "1٫5", "١٬٠٠٠", "۱۲", "1’000", "$ 7", "7 $US", "USD\u00a07"}[r.IntN(22)]
	case 2:
		return strconv.FormatInt(r.Int64N(5000), 10) + []string{".", ",", " ", "'", "٬", "٫"}[r.IntN(6)] + strconv.FormatInt(r.Int64N(5000), 10)
	case 3:
		return "USD " + a.Format(i18n.English)
	default:
		return a.Format(i18n.All[r.IntN(len(i18n.All))])
	}
}

// What the page adds up as one types and what the server adds up of the same text is the same to the cent, in 10,000
// budgets.
func TestScriptAddsUpAsTheServerDoes(t *testing.T) {
	t.Parallel()
	rt, err := web.New(web.Options{Site: ui.Site{Asset: static.URL, Nav: []ui.NavItem{{Key: "ui.search.button", Path: "/pledges"}}}})
	if err != nil {
		t.Fatal(err)
	}
	step, _ := budget.Step("what")
	rt.Public("GET /step", func(w http.ResponseWriter, r *http.Request) error {
		wrong := []form.Wrong{{Name: "amount.2.travel", Key: "form.amount.ambiguous", Args: []any{"Travel", money.Sample, "1.000"}}}
		s := ui.StepForm{Definition: budget, Step: step, Answers: parties, Wrong: wrong, Action: ui.Href(r.Context(), "/step"), Vocabulary: gcm.Reference()}
		return web.Render(w, r, http.StatusOK, around(ui.Layout(ui.Page{Title: "Step"}), around(ui.FormFrame(ui.FormPage{Title: "Step"}), ui.FormStep(s))))
	}, web.Stateless())
	server := httptest.NewServer(rt)
	t.Cleanup(server.Close)
	for n, l := range []i18n.Lang{i18n.English, i18n.Arabic} {
		t.Run(string(l), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(7, uint64(n)))
			b := open(t, server.URL, wide)
			b.visit("/" + string(l) + "/step")
			empty := step.Fields[0].Sheet(t.Context(), parties, nil)
			budgets := make([][]string, 5000)
			for i := range budgets {
				for range len(empty.Parties) * len(empty.Categories) {
					budgets[i] = append(budgets[i], typedAmount(random))
				}
			}
			typed, err := json.Marshal(budgets)
			if err != nil {
				t.Fatal(err)
			}
			pages := evaluate[[][]string](b, fmt.Sprintf(`(() => {
				const table = document.querySelector("[data-sheet]"), cells = [...table.querySelectorAll("[data-amount]")], shown = [...table.querySelectorAll("td bdi"), document.querySelector("p[data-unread]")];
				return %s.map((budget) => {
					budget.forEach((text, i) => { cells[i].value = text; });
					table.dispatchEvent(new Event("input"));
					return shown.map((one) => one.textContent);
				});
			})()`, typed))
			for i, page := range pages {
				if want := added(t, step, empty, budgets[i], l); !slices.Equal(page, want) {
					t.Fatalf("of %q the page makes\n%q, the server\n%q", budgets[i], page, want)
				}
			}
			b.axeAtBothWidths()
		})
	}
}

// added are the totals of the budget as the server writes them, in the order of the page; empty is the sheet without amounts.
func added(t *testing.T, step form.Step, empty form.Sheet, typed []string, l i18n.Lang) []string {
	t.Helper()
	posted := url.Values{}
	for i, c := range empty.Categories {
		for j, p := range empty.Parties {
			posted.Set(form.RowName("amount", j, form.PartyControl), p.Name)
			posted.Set(form.RowName("amount", j, c.Value), typed[i*len(empty.Parties)+j])
		}
	}
	a, _ := step.Read(posted, l)
	s := step.Fields[0].Sheet(t.Context(), form.Merge(parties, a), nil)
	var all []string
	for _, c := range s.Categories {
		all = append(all, s.All(func(p form.Party) money.Amount { return s.Amount(p, c.Value) }).Format(l))
	}
	for _, of := range []func(form.Party) money.Amount{s.Direct, s.Indirect, s.Total} {
		for _, p := range s.Parties {
			all = append(all, of(p).Format(l))
		}
		all = append(all, s.All(of).Format(l))
	}
	unread := ""
	if s.Unread() > 0 {
		unread = i18n.TL(l, "ui.matrix.unread", s.Unread())
	}
	return append(all, unread)
}

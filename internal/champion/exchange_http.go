package champion

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
	"portal/web/ui"
)

// ExchangePath is the space of the Champions' offices, without the language.
const ExchangePath = Path + "/exchange"

func exchangePath(id int64) string { return ExchangePath + "/" + strconv.FormatInt(id, 10) }

func exchangeRoutes(r *web.Router, h handlers) {
	r.Member("GET "+ExchangePath, h.exchanges)
	r.Member("GET "+ExchangePath+"/new", h.newExchange)
	r.Member("POST "+ExchangePath+"/new", h.postExchange)
	r.Member("GET "+ExchangePath+"/{id}", h.exchange)
	r.Member("POST "+ExchangePath+"/{id}/messages", h.writeAbout)
	r.Member("POST "+ExchangePath+"/{id}/end", h.endExchange)
}

// exchangesView is what Champions offer and wish.
type exchangesView struct {
	All        []Exchange
	Own        []Filer
	Documents  []Document
	Vocabulary *gcm.Vocabulary
	Kind       ExchangeKind
	Objective  int
	Today      date.Date
}

func (h handlers) exchanges(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	v := exchangesView{Vocabulary: h.champions.vocabulary(), Kind: ExchangeKind(q.Get("kind")), Today: h.champions.today()}
	if !slices.Contains(ExchangeKinds, v.Kind) {
		v.Kind = ""
	}
	if n, err := strconv.Atoi(q.Get("objective")); err == nil {
		if _, ok := v.Vocabulary.Objective(n); ok {
			v.Objective = n
		}
	}
	var err error
	if v.All, v.Own, err = h.champions.Exchanges(ctx, identity.Must(ctx), v.Kind, v.Objective); err != nil {
		return err
	}
	if v.Documents, err = releasedDocuments(ctx, h.champions.db.Read(), ""); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, exchangesPage(v))
}

func (v exchangesView) values() url.Values {
	q := url.Values{}
	if v.Kind != "" {
		q.Set("kind", string(v.Kind))
	}
	if v.Objective != 0 {
		q.Set("objective", strconv.Itoa(v.Objective))
	}
	return q
}

func (v exchangesView) filters(ctx context.Context) ui.Filters {
	kinds := ui.Facet{Name: "kind", Legend: i18n.T(ctx, "champion.exchange.kind"), Open: true, Select: true, Any: i18n.T(ctx, "champion.exchange.any")}
	for _, k := range ExchangeKinds {
		kinds.Options = append(kinds.Options, ui.FacetOption{Value: string(k), Label: i18n.T(ctx, "champion.exchange.kind."+string(k)), Checked: v.Kind == k})
	}
	objectives := ui.Facet{Name: "objective", Legend: i18n.T(ctx, "champion.exchange.objective"), Open: true, Select: true, Any: i18n.T(ctx, "champion.exchange.any")}
	for _, c := range objectiveChoices(ctx, v.Vocabulary) {
		objectives.Options = append(objectives.Options, ui.FacetOption{Value: c.Value, Label: c.Label, Checked: strconv.Itoa(v.Objective) == c.Value})
	}
	return ui.Filters{Action: ui.Href(ctx, ExchangePath), Clear: ui.Href(ctx, ExchangePath), Facets: []ui.Facet{kinds, objectives}}
}

func objectiveChoices(ctx context.Context, v *gcm.Vocabulary) []ui.Choice {
	var all []ui.Choice
	for _, o := range v.Objectives {
		all = append(all, ui.Choice{Value: strconv.Itoa(o.N), Label: strconv.Itoa(o.N) + ". " + o.Label(i18n.From(ctx))})
	}
	return all
}

// results are exchanges as a list.
func exchangeResults(ctx context.Context, all []Exchange, v *gcm.Vocabulary, today date.Date) []ui.Result {
	var results []ui.Result
	for _, e := range all {
		results = append(results, ui.Result{
			Href: ui.Href(ctx, exchangePath(e.ID)), Title: e.Title, Lang: e.Lang, Text: ui.Excerpt(e.Text, 220),
			Meta: []string{i18n.T(ctx, "champion.exchange.kind."+string(e.Kind)), v.CountryName(i18n.From(ctx), e.Country), i18n.T(ctx, "champion.exchange.holds", e.Until)},
			Foot: exchangeFoot(e, v, today),
		})
	}
	return results
}

// exchangeForm asks for an offer or a wish.
type exchangeForm struct {
	formView
	Own        []Filer
	Vocabulary *gcm.Vocabulary
}

func (v exchangeForm) ask(ctx context.Context, name string) ui.Control {
	c := ui.Control{Name: name, Label: i18n.T(ctx, "champion.exchange."+name), Values: v.Typed[name], Error: ui.MessageFor(ctx, v.Wrong, name)}
	switch name {
	case "title":
		c.Label = i18n.T(ctx, "champion.exchange.heading")
	case "office":
		for _, f := range v.Own {
			c.Choices = append(c.Choices, ui.Choice{Value: strconv.FormatInt(f.OfficeID, 10), Label: f.Name})
		}
	case "kind":
		for _, k := range ExchangeKinds {
			c.Choices = append(c.Choices, ui.Choice{Value: string(k), Label: i18n.T(ctx, "champion.exchange.kind."+string(k)), Hint: i18n.T(ctx, "champion.exchange.hint."+string(k))})
		}
	case "objective":
		c.Blank, c.Choices = i18n.T(ctx, "champion.exchange.choose"), objectiveChoices(ctx, v.Vocabulary)
	case "lang":
		c.Choices = langChoices(ctx)
	case "text":
		c.Max, c.Length, c.Rows = MaxExchangeText, form.Length(c.Value()), 8
	}
	return c
}

func (v exchangeForm) until(ctx context.Context) ui.DateControl {
	d := ui.DateControl{Control: v.ask(ctx, "until"), Day: v.Typed.Get("until.day"), Month: v.Typed.Get("until.month"), Year: v.Typed.Get("until.year")}
	for _, part := range []string{"day", "month", "year"} {
		if m := ui.MessageFor(ctx, v.Wrong, "until."+part); m != "" {
			d.Error, d.Part = m, part
			break
		}
	}
	return d
}

func (h handlers) newExchange(w http.ResponseWriter, r *http.Request) error {
	f := formView{Typed: web.Held(r.Context())}
	if f.Typed == nil {
		f.Typed = url.Values{"lang": {string(i18n.From(r.Context()))}, "kind": {r.URL.Query().Get("kind")}, "objective": {r.URL.Query().Get("objective")}}
	}
	return h.askExchange(w, r, http.StatusOK, f)
}

func (h handlers) askExchange(w http.ResponseWriter, r *http.Request, status int, f formView) error {
	own, err := h.champions.Peers(r.Context(), identity.Must(r.Context()))
	if err == nil && len(own) == 0 {
		err = problem.NotFound
	}
	if err != nil {
		return err
	}
	return web.Render(w, r, status, exchangeFormPage(exchangeForm{f, own, h.champions.vocabulary()}))
}

func (h handlers) postExchange(w http.ResponseWriter, r *http.Request) error {
	id, err := h.champions.Post(r.Context(), identity.Must(r.Context()), r.PostForm)
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.askExchange(w, r, http.StatusUnprocessableEntity, formView{Typed: r.PostForm, Wrong: wrong})
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, exchangePath(id), "champion.exchange.flash.posted")
}

// exchangeView is an exchange with its conversations.
type exchangeView struct {
	WholeExchange
	Vocabulary *gcm.Vocabulary
	Today      date.Date
	Typed      url.Values
	Wrong      []problem.Field
}

// conversation is what was written with one other office.
type conversation struct {
	OfficeID int64
	Office   string
	Messages []ExchangeMessage
}

func (v exchangeView) conversations() []conversation {
	var all []conversation
	for _, m := range v.Messages {
		if n := len(all); n == 0 || all[n-1].OfficeID != m.OfficeID {
			all = append(all, conversation{OfficeID: m.OfficeID, Office: m.Office})
		}
		all[len(all)-1].Messages = append(all[len(all)-1].Messages, m)
	}
	if len(all) == 0 && !v.Own && v.As.OfficeID != 0 {
		all = append(all, conversation{OfficeID: v.As.OfficeID, Office: v.As.Name})
	}
	return all
}

func (v exchangeView) message(ctx context.Context, c conversation) ui.Control {
	name, typed := messageField(c.OfficeID), ""
	if v.Typed.Get("to") == strconv.FormatInt(c.OfficeID, 10) {
		typed = v.Typed.Get(name)
	}
	to := v.Office
	if v.Own {
		to = c.Office
	}
	return ui.Control{Name: name, Label: i18n.T(ctx, "champion.exchange.message", to), Hint: i18n.T(ctx, "champion.exchange.message.hint"), Values: []string{typed}, Max: MaxExchangeMessage, Length: form.Length(typed), Rows: 5, Error: ui.MessageFor(ctx, v.Wrong, name)}
}

func (v exchangeView) facts(ctx context.Context) []ui.Fact {
	objective, _ := v.Vocabulary.Objective(v.Objective)
	facts := []ui.Fact{
		{Term: i18n.T(ctx, "champion.exchange.kind"), Values: []string{i18n.T(ctx, "champion.exchange.kind."+string(v.Kind))}},
		{Term: i18n.T(ctx, "champion.exchange.office"), Values: []string{v.Office}, Lang: "und"},
		{Term: i18n.T(ctx, "champion.exchange.country"), Values: []string{v.Vocabulary.CountryName(i18n.From(ctx), v.Country)}},
		{Term: i18n.T(ctx, "champion.exchange.objective"), Values: []string{strconv.Itoa(v.Objective) + ". " + objective.Label(i18n.From(ctx))}},
		{Term: i18n.T(ctx, "champion.exchange.until"), Values: []string{i18n.Day(ctx, v.Until)}},
	}
	if v.EndedAt != nil {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "champion.exchange.ended"), Values: []string{i18n.DayOf(ctx, *v.EndedAt)}})
	}
	return facts
}

func (h handlers) exchange(w http.ResponseWriter, r *http.Request) error {
	return h.showExchange(w, r, http.StatusOK, exchangeView{Typed: web.Held(r.Context())})
}

func (h handlers) showExchange(w http.ResponseWriter, r *http.Request, status int, v exchangeView) error {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	if v.WholeExchange, err = h.champions.Exchange(r.Context(), identity.Must(r.Context()), id); err != nil {
		return err
	}
	v.Vocabulary, v.Today = h.champions.vocabulary(), h.champions.today()
	return web.Render(w, r, status, exchangePage(v))
}

func (h handlers) writeAbout(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	to, _ := strconv.ParseInt(r.PostFormValue("to"), 10, 64) // none is no office that there is
	err = h.champions.WriteAbout(r.Context(), identity.Must(r.Context()), id, to, r.PostFormValue(messageField(to)))
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showExchange(w, r, http.StatusUnprocessableEntity, exchangeView{Typed: r.PostForm, Wrong: wrong})
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, exchangePath(id), "champion.exchange.flash.sent")
}

func (h handlers) endExchange(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "id")
	if err == nil {
		err = h.champions.EndExchange(r.Context(), identity.Must(r.Context()), id)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, ExchangePath, "champion.exchange.flash.ended")
}

func exchangeAbove(ctx context.Context) []ui.Link {
	return []ui.Link{{Href: ui.Href(ctx, Path), Text: i18n.T(ctx, "champion.list.title")}, {Href: ui.Href(ctx, ExchangePath), Text: i18n.T(ctx, "champion.exchange.title")}}
}

package practice

import (
	"context"
	"fmt"
	"net/url"
	"strconv"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// Entry is a published practice that has answered a call.
type Entry struct {
	SubmissionID workflow.ID
	Listed
	// Place is where the desk has put it; nil for nowhere in particular.
	Place *int
	// Takeaway is what the desk has written of it in TakeawayLang: the language that was asked for, or another one; "" is none.
	Takeaway, TakeawayLang string
}

// entries are the published practices that have answered the call, in the order of the desk, the others behind them by
// publication; with titles and takeaways in the language, or in another one. Only is whether takeaways in others count.
func entries(ctx context.Context, q database.Querier, s *Service, call CallID, lang string, only bool) ([]Entry, error) {
	all, err := database.Rows[Entry](ctx, q, `SELECT t.submission_id, `+listedColumns+`, t.place, coalesce(w.text, '') AS takeaway, coalesce(w.lang, '') AS takeaway_lang
		FROM call_practices t JOIN practices p ON p.id = t.submission_id AND p.until IS NULL
			LEFT JOIN LATERAL (SELECT x.text, x.lang FROM call_takeaways x WHERE x.submission_id = t.submission_id AND (x.lang = @lang OR NOT @only::boolean)
				ORDER BY x.lang <> @lang, x.lang <> p.lang, x.lang <> 'en', x.lang LIMIT 1) w ON true
		WHERE t.call_id = @call AND t.standing IN ('entered', 'accepted')
		ORDER BY t.place NULLS LAST, p.first_published_at, p.id LIMIT @most`, database.Args{"call": call, "lang": lang, "only": only, "most": maxEntries})
	if err != nil {
		return nil, fmt.Errorf("practices of call %d: %w", call, err)
	}
	for i := range all {
		all[i].Listed = inLanguage([]Listed{all[i].Listed}, lang, s.vocabulary())[0]
	}
	return all, nil
}

// maxEntries bounds how many practices a page of results shows; the list shows all of them.
const maxEntries = 200

// Results is a call's page of results as the desk arranges it, in one language.
type Results struct {
	Call    Call
	Lang    string
	Entries []Entry
}

// Results returns what the desk arranges in the language; the call's own for one that is unknown. For who is not of the hub
// desk it is problem.NotFound.
func (s *Service) Results(ctx context.Context, who identity.User, id CallID, lang string) (Results, error) {
	if !who.OnDesk(identity.HubDesk) {
		return Results{}, problem.NotFound
	}
	r := Results{Lang: lang}
	var err error
	if r.Call, err = findCall(ctx, s.db.Read(), id); err != nil {
		return r, wrap(fmt.Sprintf("results of call %d", id), err)
	}
	if !knownLang(lang) {
		r.Lang = r.Call.Lang
	}
	r.Entries, err = entries(ctx, s.db.Read(), s, id, r.Lang, true)
	return r, err
}

// The controls of the page of results, each before the number of a practice.
const (
	placeField    = "place_"
	takeawayField = "takeaway_"
)

// Arrange keeps introduction, takeaways and order of a call's results, as typed in one language. An introduction needs a text
// of the call in the language.
func (s *Service) Arrange(ctx context.Context, who identity.User, id CallID, seen int, lang string, posted url.Values) error {
	return s.changeCall(ctx, who, id, seen, ActArrange, func(tx database.Tx, c *Call) ([]string, error) {
		if !knownLang(lang) {
			return nil, problem.NotFound
		}
		shown, err := entries(ctx, tx, s, id, lang, true)
		if err != nil {
			return nil, err
		}
		var wrong []problem.Field
		intro := tidy(posted.Get("intro"))
		text := c.In(lang)
		switch n := form.Length(intro); {
		case n > MaxCallPart:
			wrong = append(wrong, problem.Field{Name: "intro", Key: "practice.call.wrong.long", Args: []any{MaxCallPart, n}})
		case intro != "" && text.Lang != lang:
			wrong = append(wrong, problem.Field{Name: "intro", Key: "practice.call.wrong.intro_text"})
		case intro == "" && c.FeaturedAt != nil && lang == c.Lang:
			wrong = append(wrong, problem.Field{Name: "intro", Key: "practice.call.wrong.intro"})
		}
		places, takeaways, bad := readEntries(shown, posted)
		if wrong = append(wrong, bad...); len(wrong) > 0 {
			return nil, problem.Invalid(wrong...)
		}
		if text.Lang == lang {
			text.Intro = intro
			if err := putCallText(ctx, tx, id, text); err != nil {
				return nil, err
			}
		}
		ids := make([]workflow.ID, len(shown))
		for i, e := range shown {
			ids[i] = e.SubmissionID
		}
		_, err = tx.Exec(ctx, `UPDATE call_practices t SET place = nullif(n.place, 0) FROM unnest($1::bigint[], $2::int[]) AS n (id, place) WHERE t.submission_id = n.id`, ids, places)
		if err == nil {
			_, err = tx.Exec(ctx, `DELETE FROM call_takeaways WHERE lang = $2 AND submission_id = ANY ($1)`, ids, lang)
		}
		if err == nil {
			_, err = tx.Exec(ctx, `INSERT INTO call_takeaways (submission_id, lang, text) SELECT n.id, $2, n.text FROM unnest($1::bigint[], $3::text[]) AS n (id, text) WHERE n.text <> ''`, ids, lang, takeaways)
		}
		if err != nil {
			return nil, fmt.Errorf("keep the results: %w", err)
		}
		return []string{"results." + lang}, updateCall(ctx, tx, *c)
	})
}

// readEntries reads places (0 is none) and takeaways of the practices, in their order.
func readEntries(shown []Entry, posted url.Values) (places []int, takeaways []string, wrong []problem.Field) {
	places, takeaways = make([]int, len(shown)), make([]string, len(shown))
	for i, e := range shown {
		id := strconv.FormatInt(e.SubmissionID, 10)
		if typed := line(i18n.Digits(posted.Get(placeField + id))); typed != "" {
			n, err := strconv.Atoi(typed)
			if err != nil || n < 1 || n > 999 {
				wrong = append(wrong, problem.Field{Name: placeField + id, Key: "practice.call.wrong.place"})
			}
			places[i] = n
		}
		takeaways[i] = line(posted.Get(takeawayField + id))
		if n := form.Length(takeaways[i]); n > MaxTakeaway {
			wrong = append(wrong, problem.Field{Name: takeawayField + id, Key: "practice.call.wrong.long", Args: []any{MaxTakeaway, n}})
		}
	}
	return places, takeaways, wrong
}

// PublicCall is a call as its public page shows it.
type PublicCall struct {
	Call
	Phase CallPhase
	// Entries are the published practices that answered it: of a call whose results are public.
	Entries []Entry
}

// PublicCall returns a call for everybody, with results in the reader's language; a draft is problem.NotFound.
func (s *Service) PublicCall(ctx context.Context, id CallID) (PublicCall, error) {
	c, err := findCall(ctx, s.db.Read(), id)
	if err == nil && !c.Public() {
		err = problem.NotFound
	}
	p := PublicCall{Call: c, Phase: c.Phase(s.now())}
	if err == nil && p.Phase == PhaseFeatured {
		p.Entries, err = entries(ctx, s.db.Read(), s, id, string(i18n.From(ctx)), false)
	}
	return p, wrap(fmt.Sprintf("call %d", id), err)
}

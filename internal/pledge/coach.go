package pledge

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"

	"portal/internal/coach"
	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/workflow"
	"portal/web/ui"
)

// coached is what the coach sees in a pledge. It is advice to the writer, and never a gate.
type coached struct {
	seen coach.Seen
	// answers are the questions whose answers say an element that the text does not.
	answers map[coach.Element]string
	lang    i18n.Lang // of the text
	// examples are sentences of published pledges that have an element.
	examples map[coach.Element]example
	// live is where the script has the text looked at while it is written, without the language; "" where nobody writes.
	live string
}

// example is a sentence of a published pledge that has an element.
type example struct {
	publicID, lang, sentence string
}

// reader reads texts with the names of countries as they are now.
func (s *Service) reader() *coach.Reader {
	s.readers.mu.Lock()
	defer s.readers.mu.Unlock()
	if v := s.vocabulary(); s.readers.of != v {
		s.readers.of = v
		s.readers.reader = coach.NewReader(func(l i18n.Lang) []string {
			var names []string
			for _, c := range v.Countries(l) {
				names = append(names, c.Name(l))
			}
			return names
		})
	}
	return s.readers.reader
}

// readers keeps the reader until the vocabulary changes.
type readers struct {
	mu     sync.Mutex
	of     *gcm.Vocabulary
	reader *coach.Reader
}

// coach looks at the text of a pledge, in each of its languages, and at the answers that say the same: where, how much,
// from where to where, by when, with what money, with whom.
func (s *Service) coach(sub workflow.Submission, a form.Answers) coached {
	a = beginnings(a)
	lang := i18n.Lang(a.First("language"))
	if !lang.Known() {
		lang = i18n.Lang(sub.Lang).OrEnglish()
	}
	c := coached{lang: lang, seen: coach.Seen{}, answers: map[coach.Element]string{}}
	reader, today := s.reader(), date.Today(s.now(), i18n.Geneva)
	read := func(lang i18n.Lang, texts ...string) {
		for i, text := range texts {
			texts[i] = ui.PlainText(text)
		}
		for e, words := range reader.Read(lang, today, texts...) {
			if !c.seen.Has(e) {
				c.seen[e] = words
			}
		}
	}
	read(lang, a.First("description"), a.First("title"))
	for n := range a.Rows("versions") {
		row := a.Row("versions", n)
		if l := i18n.Lang(row.First("language")); l.Known() {
			read(l, row.First("description"), row.First("title"))
		}
	}
	for _, e := range coach.Elements {
		if question := answering(e, a); question != "" && !c.seen.Has(e) {
			c.seen[e], c.answers[e] = "", question
		}
	}
	return c
}

// answering is the question, outside the text, whose answer says the element; "" for none.
func answering(e coach.Element, a form.Answers) string {
	row := func(group string, holds func(form.Answers) bool) string {
		for n := range a.Rows(group) {
			if holds(a.Row(group, n)) {
				return group
			}
		}
		return ""
	}
	given := func(names ...string) string {
		for _, name := range names {
			if a.First(name) != "" {
				return name
			}
		}
		return ""
	}
	switch e {
	case coach.Actor:
		if a.Has("type", string(Common)) || a.Has("type", string(InPartnership)) {
			return row("partners", func(r form.Answers) bool { return r.First("name") != "" })
		}
	case coach.Place:
		if a.Has("scope", "countries") {
			return given("locality", "countries")
		}
		return given("locality")
	case coach.Number:
		return row("indicators", func(r form.Answers) bool { return numeric(r.First("target")) })
	case coach.Baseline:
		return row("indicators", func(r form.Answers) bool { return r.First("baseline") != "" })
	case coach.Target:
		return row("indicators", func(r form.Answers) bool { return r.First("target") != "" })
	case coach.Date:
		dated := func(r form.Answers) bool { return !dateOf(r, "due").IsZero() }
		if at := row("indicators", dated); at != "" {
			return at
		}
		return row("milestones", dated)
	case coach.Resources:
		if a.Has("natures", string(FinancialContribution)) {
			return given("amount")
		}
	}
	return ""
}

// numeric says whether a figure was typed, perhaps with a unit behind it.
func numeric(typed string) bool {
	return strings.ContainsAny(i18n.Digits(typed), "0123456789")
}

// dateOf is the day of a date question; zero for none that can be read.
func dateOf(a form.Answers, name string) date.Date {
	day, _, _, _ := form.DateOf(a, name)
	return day
}

const (
	examplesFor  = 10 * time.Minute
	mostExamined = 60 // of the newest pledges in a language
	// Sentences of such a length, in bytes, are examples.
	shortestExample, longestExample = 40, 300
)

// examples remembers for some minutes which published sentences have an element, by language.
type examples struct {
	mu    sync.Mutex
	known map[i18n.Lang]chosen
}

type chosen struct {
	until time.Time
	all   map[coach.Element]example
}

// examplesIn returns a sentence of a published pledge for each element that the newest pledges in the language have one
// for, always the same for the same pledges. What has been taken down since is shown no more.
func (s *Service) examplesIn(ctx context.Context, lang i18n.Lang) (map[coach.Element]example, error) {
	s.examples.mu.Lock()
	known, ok := s.examples.known[lang]
	s.examples.mu.Unlock()
	if ok && s.now().Before(known.until) {
		gone, err := s.unpublished(ctx, known.all)
		if err != nil || !gone {
			return known.all, err
		}
	}
	found, _, err := s.Feed(ctx, Filter{Languages: []string{string(lang)}}, mostExamined)
	if err != nil {
		return nil, err
	}
	all := map[coach.Element]example{}
	reader := s.reader()
	for _, r := range found {
		if len(all) == len(coach.Elements) {
			break
		}
		v := r.Pledge.In(string(lang))
		if v.Lang != string(lang) {
			continue
		}
		published := date.Today(r.PublishedAt, i18n.Geneva)
		for _, sentence := range coach.Sentences(ui.PlainText(v.Description)) {
			if len(sentence) < shortestExample || len(sentence) > longestExample {
				continue
			}
			for e := range reader.Read(lang, published, sentence) {
				if _, there := all[e]; !there {
					all[e] = example{publicID: r.PublicID, lang: v.Lang, sentence: sentence}
				}
			}
		}
	}
	s.examples.mu.Lock()
	defer s.examples.mu.Unlock()
	if s.examples.known == nil {
		s.examples.known = map[i18n.Lang]chosen{}
	}
	s.examples.known[lang] = chosen{until: s.now().Add(examplesFor), all: all}
	return all, nil
}

// unpublished says whether one of the examples is public no more.
func (s *Service) unpublished(ctx context.Context, all map[coach.Element]example) (bool, error) {
	var ids []string
	for _, one := range all {
		ids = append(ids, one.publicID)
	}
	ids = once(ids)
	n, err := database.Value[int](ctx, s.db.Read(), `SELECT count(DISTINCT public_id)::int FROM pledges WHERE until IS NULL AND public_id = ANY($1)`, ids)
	if err != nil {
		return false, fmt.Errorf("examples of pledges: %w", err)
	}
	return n < len(ids), nil
}

// writerCoach is the coach with examples of what is missing. Without examples it is still right.
func (s *Service) writerCoach(ctx context.Context, sub workflow.Submission, a form.Answers) (coached, error) {
	c := s.coach(sub, a)
	var err error
	c.examples, err = s.examplesIn(ctx, c.lang)
	return c, err
}

// Coach returns the texts of the coach for what is being written, by where they stand on the page: what the script puts
// there while one types.
func (s *Service) Coach(ctx context.Context, sub workflow.Submission, a form.Answers) map[string]string {
	if sub.Kind != KindName {
		return nil
	}
	return s.coach(sub, a).texts(ctx)
}

// texts are what the panel says of each element, by place; "" where it says nothing.
func (c coached) texts(ctx context.Context) map[string]string {
	texts := map[string]string{"coach": c.line(ctx), "coach.lacking": c.lacking(ctx)}
	for _, e := range coach.Elements {
		at := place(e)
		texts[at+".words"], texts[at+".answer"], texts[at+".missing"] = c.seen[e], "", ""
		switch question, answered := c.answers[e]; {
		case answered:
			texts[at+".answer"] = i18n.T(ctx, "pledge.coach.answer", i18n.Key("pledge.field."+question+".label"))
		case !c.seen.Has(e):
			texts[at+".missing"] = i18n.T(ctx, "pledge.coach.hint."+string(e))
		}
	}
	return texts
}

// line says the level and how many elements are seen.
func (c coached) line(ctx context.Context) string {
	return i18n.T(ctx, "pledge.coach.line", len(c.seen), len(coach.Elements), c.seen.Level(), coach.Highest)
}

// lacking says what keeps the level low although many elements are seen; "" for nothing.
func (c coached) lacking(ctx context.Context) string {
	var names []string
	for _, e := range c.seen.Lacking() {
		names = append(names, i18n.T(ctx, "pledge.coach.element."+string(e)))
	}
	if len(names) == 0 {
		return ""
	}
	return i18n.T(ctx, "pledge.coach.lacking", i18n.List(ctx, names))
}

// place is where the texts of an element stand on the page.
func place(e coach.Element) string { return "coach." + string(e) }

// liveAttrs tell the script where to ask while one types.
func (c coached) liveAttrs(ctx context.Context) templ.Attributes {
	if c.live == "" {
		return nil
	}
	return templ.Attributes{"data-advice": ui.Href(ctx, c.live)}
}

// livePlace marks where a text of the coach stands, and liveIf what is shown while there is one.
func livePlace(at string, texts map[string]string) templ.Attributes {
	return templ.Attributes{"data-live": at, "hidden": texts[at] == ""}
}

func liveIf(at string, texts map[string]string) templ.Attributes {
	return templ.Attributes{"data-live-if": at, "hidden": texts[at] == ""}
}

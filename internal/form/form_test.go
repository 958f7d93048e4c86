package form_test

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/problem"
)

// sample is a small form with a question of every type.
var sample = &form.Definition{Kind: "sample", Steps: []form.Step{
	{ID: "who", Fields: []form.Field{
		{ID: "name", Type: form.Text, Required: true, Max: 20},
		{ID: "email", Type: form.Email, Required: true, Private: true},
		{ID: "site", Type: form.URL},
		{ID: "type", Type: form.Choice, Required: true, Values: []string{"one", "several"}},
		{ID: "partners", Type: form.LongText, Required: true, When: &form.When{Field: "type", Is: []string{"several"}}},
	}},
	{ID: "what", Fields: []form.Field{
		{ID: "text", Type: form.LongText, Required: true, Min: 5, Max: 10},
		{ID: "natures", Type: form.Choices, Values: []string{"money", "people", "law"}, Max: 2},
		{ID: "objectives", Type: form.Objectives, Required: true, Max: 3, Options: twentyThree},
		{ID: "lang", Type: form.Select, Values: []string{"ar", "en"}},
		{ID: "agree", Type: form.Check},
		{ID: "amount", Type: form.Number},
		{ID: "due", Type: form.Date, Future: true},
	}, Rules: func(a form.Answers, _ form.Env) []form.Wrong {
		if a.First("amount") != "" && a.First("lang") == "" {
			return []form.Wrong{{Name: "lang", Key: "sample.lang.with_amount"}}
		}
		return nil
	}},
	{ID: "measures", Fields: []form.Field{
		{ID: "measures", Type: form.Group, Required: true, Min: 1, Max: 3, Fields: []form.Field{
			{ID: "what", Type: form.Text, Required: true, Max: 10},
			{ID: "contact", Type: form.Email, Private: true},
			{ID: "by", Type: form.Date, Required: true},
		}},
	}},
	{ID: "money", When: &form.When{Field: "natures", Is: []string{"money"}}, Fields: []form.Field{
		{ID: "currency", Type: form.Text, Required: true},
	}},
	{ID: "files", Fields: []form.Field{{ID: "files", Type: form.Files, Max: 10}}},
}}

func twentyThree(context.Context, *gcm.Vocabulary) []form.Option {
	var options []form.Option
	for n := range 23 {
		options = append(options, form.Option{Value: fmt.Sprint(n + 1), Label: fmt.Sprint("Objective ", n+1)})
	}
	return options
}

var env = form.Env{Today: date.Of(time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC))}

// complete answers everything that must be answered.
func complete() form.Answers {
	return form.Answers{
		"name": {"Amara"}, "email": {"a.d@example.org"}, "type": {"one"},
		"text": {"12345"}, "objectives": {"4", "7"},
		"measures.0.what": {"births"}, "measures.0.by.day": {"1"}, "measures.0.by.month": {"9"}, "measures.0.by.year": {"2027"},
	}
}

func with(a form.Answers, changes form.Answers) form.Answers {
	a = maps.Clone(a)
	for name, values := range changes {
		if values == nil {
			delete(a, name)
			continue
		}
		a[name] = values
	}
	return a
}

func describe(wrong []form.Wrong) []string {
	all := []string{}
	for _, w := range wrong {
		all = append(all, w.Name+" "+w.Key)
	}
	return all
}

func TestProblems(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		answers form.Answers
		want    []string
	}{
		{"all that must be answered is", complete(), nil},
		{"nothing is answered: every required question, in the order of the pages", form.Answers{}, []string{
			"name sample.field.name.missing", "email sample.field.email.missing", "type sample.field.type.missing",
			"text sample.field.text.missing", "objectives sample.field.objectives.missing", "measures.0.what sample.field.measures.missing",
		}},
		{"a blank answer is none", with(complete(), form.Answers{"name": {"  \n"}}), []string{"name sample.field.name.missing"}},
		{"a text at its limit", with(complete(), form.Answers{"text": {"👨‍👩‍👧‍👦234567890"}}), nil},
		{"a text one character too long", with(complete(), form.Answers{"text": {"12345678901"}}), []string{"text form.too_long"}},
		{"a text one character too short", with(complete(), form.Answers{"text": {"1234"}}), []string{"text form.too_short"}},
		{"an e-mail address that is none", with(complete(), form.Answers{"email": {"amara"}}), []string{"email form.email"}},
		{"a web address that runs a script", with(complete(), form.Answers{"site": {"javascript:alert(1)"}}), []string{"site form.url"}},
		{"an option that is not offered", with(complete(), form.Answers{"type": {"three"}}), []string{"type form.option"}},
		{"two options where one is asked", with(complete(), form.Answers{"type": {"one", "several"}, "partners": {"x"}}), []string{"type form.option.one"}},
		{"one option too many", with(complete(), form.Answers{"natures": {"people", "law", "money"}, "currency": {"CHF"}}), []string{"natures form.options.too_many"}},
		{"four main objectives", with(complete(), form.Answers{"objectives": {"1", "2", "3", "4"}}), []string{"objectives form.options.too_many"}},
		{"an objective that there is not", with(complete(), form.Answers{"objectives": {"24"}}), []string{"objectives form.option"}},
		{"a box with another value", with(complete(), form.Answers{"agree": {"on"}}), []string{"agree form.option"}},
		{"a number in words", with(complete(), form.Answers{"amount": {"many"}, "lang": {"en"}}), []string{"amount form.number"}},
		{"a number in Arabic-Indic digits", with(complete(), form.Answers{"amount": {"١٢٠٠"}, "lang": {"ar"}}), nil},
		{"a rule between two answers", with(complete(), form.Answers{"amount": {"5"}}), []string{"lang sample.lang.with_amount"}},
		{"a day in the past", with(complete(), form.Answers{"due.day": {"23"}, "due.month": {"11"}, "due.year": {"2026"}}), []string{"due.day form.date.past"}},
		{"today is not the past", with(complete(), form.Answers{"due.day": {"24"}, "due.month": {"11"}, "due.year": {"2026"}}), nil},
		{"a date without its month", with(complete(), form.Answers{"due.day": {"24"}, "due.year": {"2027"}}), []string{"due.month form.date.month"}},
		{"a question that now is asked", with(complete(), form.Answers{"type": {"several"}}), []string{"partners sample.field.partners.missing"}},
		{"an answer to a question that is not asked", with(complete(), form.Answers{"partners": {strings.Repeat("x", 5000)}}), nil},
		{"a step that now is asked", with(complete(), form.Answers{"natures": {"money"}}), []string{"currency sample.field.currency.missing"}},
		{"a row that is not complete", with(complete(), form.Answers{"measures.1.what": {"deaths"}}), []string{"measures.1.by.day sample.field.measures.by.missing"}},
		{
			"what is wrong in a row", with(complete(), form.Answers{"measures.0.what": {"12345678901"}, "measures.0.contact": {"x"}}),
			[]string{"measures.0.what form.too_long", "measures.0.contact form.email"},
		},
		{"one row too many", with(complete(), form.Answers{
			"measures.1.what": {"b"}, "measures.1.by.day": {"1"}, "measures.1.by.month": {"9"}, "measures.1.by.year": {"2027"},
			"measures.2.what": {"c"}, "measures.2.by.day": {"1"}, "measures.2.by.month": {"9"}, "measures.2.by.year": {"2027"},
			"measures.3.what": {"d"}, "measures.3.by.day": {"1"}, "measures.3.by.month": {"9"}, "measures.3.by.year": {"2027"},
		}), []string{"measures.3.what form.rows.too_many"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := describe(sample.Problems(c.answers, env)); !slices.Equal(got, c.want) {
				t.Errorf("problems are\n\t%q, want\n\t%q", got, c.want)
			}
		})
	}
}

func TestAProblemSaysHowMuch(t *testing.T) {
	t.Parallel()
	what, _ := sample.Step("what")
	wrong := sample.Wrong(what, form.Answers{"text": {"12345678901"}}, env)
	if len(wrong) != 1 || len(wrong[0].Args) != 3 || wrong[0].Args[1] != 10 || wrong[0].Args[2] != 11 {
		t.Errorf("wrong is %+v; want the label, 10 and 11", wrong)
	}
	if got := fmt.Sprint(wrong[0].Args[0]); got != "sample.field.text.label" {
		t.Errorf("the label's key is %q", got)
	}
}

func TestWhatIsMissingIsNotWrong(t *testing.T) {
	t.Parallel()
	for _, s := range sample.Steps {
		if wrong := sample.Wrong(s, form.Answers{}, env); len(wrong) != 0 {
			t.Errorf("step %s: %v", s.ID, wrong)
		}
	}
}

func TestStateOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, step string
		answers    form.Answers
		want       form.State
	}{
		{"nothing answered", "who", form.Answers{}, form.NotStarted},
		{"another step answered", "what", form.Answers{"name": {"Amara"}}, form.NotStarted},
		{"one answer of several", "who", form.Answers{"name": {"Amara"}}, form.InProgress},
		{"all answered", "who", complete(), form.Completed},
		{"all answered, one wrong", "who", with(complete(), form.Answers{"email": {"x"}}), form.InProgress},
		{"a conditional question is open", "who", with(complete(), form.Answers{"type": {"several"}}), form.InProgress},
		{"a group with a row begun", "measures", form.Answers{"measures.0.what": {"x"}}, form.InProgress},
		{"a group with its row complete", "measures", complete(), form.Completed},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			step, ok := sample.Step(c.step)
			if !ok {
				t.Fatalf("no step %s", c.step)
			}
			if got := sample.StateOf(step, c.answers, env); got != c.want {
				t.Errorf("state is %s, want %s", got, c.want)
			}
		})
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, step string
		posted     url.Values
		want       form.Answers
		removed    []string
	}{
		{"what was typed, spaces and all", "who", url.Values{"name": {" Amara "}}, form.Answers{"name": {" Amara "}}, nil},
		{"line ends become one character", "what", url.Values{"text": {"a\r\nb\rc"}}, form.Answers{"text": {"a\nb\nc"}}, nil},
		{"a NUL is taken out and told", "who", url.Values{"name": {"Am\x00ara"}}, form.Answers{"name": {"Amara"}}, []string{"name"}},
		{"broken UTF-8 is taken out and told", "who", url.Values{"name": {"Amara\xff\xfe"}}, form.Answers{"name": {"Amara"}}, []string{"name"}},
		{"what turns the text around is taken out and told", "who", url.Values{"name": {"Am\u202eara"}}, form.Answers{"name": {"Amara"}}, []string{"name"}},
		{"marks of direction stay", "who", url.Values{"name": {"Am\u200eara"}}, form.Answers{"name": {"Am\u200eara"}}, nil},
		{"told once for several values", "what", url.Values{"natures": {"a\x00", "b\x00"}}, form.Answers{"natures": {"a", "b"}}, []string{"natures"}},
		{"the replacement character can be stored", "who", url.Values{"name": {"Am\ufffdra"}}, form.Answers{"name": {"Am\ufffdra"}}, nil},
		{"emoji, Arabic and Chinese stay as they are", "who", url.Values{"name": {"أمارا 全 👨‍👩‍👧‍👦"}}, form.Answers{"name": {"أمارا 全 👨‍👩‍👧‍👦"}}, nil},
		{"what the step does not ask is left", "who", url.Values{"name": {"A"}, "text": {"x"}, "version": {"3"}}, form.Answers{"name": {"A"}}, nil},
		{"several values of one question", "what", url.Values{"objectives": {"4", "7"}}, form.Answers{"objectives": {"4", "7"}}, nil},
		{
			"the three fields of a date", "what",
			url.Values{"due.day": {"1"}, "due.month": {""}, "due.year": {"2027"}},
			form.Answers{"due.day": {"1"}, "due.month": {""}, "due.year": {"2027"}},
			nil,
		},
		{
			"blank rows close up", "measures",
			url.Values{
				"measures.0.what": {" "}, "measures.0.by.day": {""}, "measures.2.what": {"b"}, "measures.7.contact": {"c@example.org"},
			},
			form.Answers{"measures.0.what": {"b"}, "measures.1.contact": {"c@example.org"}},
			nil,
		},
		{
			"a row keeps its date", "measures",
			url.Values{"measures.3.by.day": {"1"}, "measures.3.what": {"x"}},
			form.Answers{"measures.0.what": {"x"}, "measures.0.by.day": {"1"}},
			nil,
		},
		{
			"rows under impossible numbers are nobody's", "measures",
			url.Values{"measures.-1.what": {"x"}, "measures.x.what": {"x"}, "measures.9e9.what": {"x"}},
			form.Answers{},
			nil,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			step, _ := sample.Step(c.step)
			got, removed := step.Read(c.posted, i18n.English)
			if !reflect.DeepEqual(got, c.want) || !slices.Equal(removed, c.removed) {
				t.Errorf("read %q, removed %q; want %q, %q", got, removed, c.want, c.removed)
			}
		})
	}
}

func TestReadKeepsAMillionCharacters(t *testing.T) {
	t.Parallel()
	step, _ := sample.Step("what")
	text := strings.Repeat("ж", 1_000_000)
	a, _ := step.Read(url.Values{"text": {text}}, i18n.English)
	if a.First("text") != text {
		t.Fatal("the text is not what was typed")
	}
	wrong := sample.Wrong(step, a, env)
	if len(wrong) != 1 || wrong[0].Key != "form.too_long" || wrong[0].Args[2] != 1_000_000 {
		t.Errorf("wrong is %v", wrong)
	}
}

func TestReadTakesTheFirstRowsOfTooMany(t *testing.T) {
	t.Parallel()
	posted := url.Values{}
	for n := range 500 {
		posted.Set(form.RowName("measures", n, "what"), fmt.Sprint(n))
	}
	step, _ := sample.Step("measures")
	a, _ := step.Read(posted, i18n.English)
	if a.Rows("measures") != 200 || a.First("measures.0.what") != "0" || a.First("measures.199.what") != "199" {
		t.Errorf("%d rows, from %q to %q", a.Rows("measures"), a.First("measures.0.what"), a.First("measures.199.what"))
	}
}

func FuzzRead(f *testing.F) {
	f.Add("measures.0.what=a&measures.2.by.day=%00&name=%ff&objectives=1&objectives=2")
	f.Add("due.day=1&due.month=13&text=%F0%9F%91%A8%E2%80%8D%F0%9F%91%A9")
	f.Add("measures.99999999999999999999.what=x&measures.-1.what=y&measures..what=z")
	f.Fuzz(func(t *testing.T, query string) {
		posted, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		all := form.Answers{}
		for _, step := range sample.Steps {
			a, removed := step.Read(posted, i18n.English)
			for name, values := range a {
				for _, v := range values {
					if strings.ContainsAny(v, "\x00\r") || strings.ToValidUTF8(v, "") != v {
						t.Fatalf("%s holds %q, which cannot be stored", name, v)
					}
				}
			}
			for _, name := range removed {
				if _, ok := a[name]; !ok {
					t.Fatalf("something was taken out of %s, which was not read", name)
				}
			}
			again, removedAgain := step.Read(url.Values(a), i18n.English)
			if !again.Equal(a) || len(removedAgain) > 0 {
				t.Fatalf("read again: %q, then %q", a, again)
			}
			maps.Copy(all, a)
		}
		sample.Problems(all, env)
		sample.Public(all)
	})
}

func TestWithoutRow(t *testing.T) {
	t.Parallel()
	a := form.Answers{"name": {"x"}, "measures.0.what": {"a"}, "measures.1.what": {"b"}, "measures.1.by.day": {"1"}, "measures.2.what": {"c"}, "measures.2.by.day": {"2"}}
	for _, c := range []struct {
		name string
		row  int
		want form.Answers
	}{
		{"the first", 0, form.Answers{"name": {"x"}, "measures.0.what": {"b"}, "measures.0.by.day": {"1"}, "measures.1.what": {"c"}, "measures.1.by.day": {"2"}}},
		{"one in the middle", 1, form.Answers{"name": {"x"}, "measures.0.what": {"a"}, "measures.1.what": {"c"}, "measures.1.by.day": {"2"}}},
		{"the last", 2, form.Answers{"name": {"x"}, "measures.0.what": {"a"}, "measures.1.what": {"b"}, "measures.1.by.day": {"1"}}},
		{"one that is not there", 9, a},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := a.WithoutRow("measures", c.row); !reflect.DeepEqual(got, c.want) {
				t.Errorf("left is %q", got)
			}
		})
	}
}

func TestRow(t *testing.T) {
	t.Parallel()
	a := form.Answers{"measures.1.what": {"b"}, "measures.1.by.day": {"1"}, "measures.10.what": {"no"}}
	if got, want := a.Row("measures", 1), (form.Answers{"what": {"b"}, "by.day": {"1"}}); !reflect.DeepEqual(got, want) {
		t.Errorf("row is %q", got)
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name          string
		before, after form.Answers
		want          []string
	}{
		{"nothing changed", complete(), complete(), nil},
		{"spaces around a text are no change", complete(), with(complete(), form.Answers{"name": {" Amara\n"}}), nil},
		{"a text changed", complete(), with(complete(), form.Answers{"text": {"54321"}}), []string{"text"}},
		{"an answer appeared", complete(), with(complete(), form.Answers{"site": {"https://example.org"}}), []string{"site"}},
		{"an answer went", complete(), with(complete(), form.Answers{"text": nil}), []string{"text"}},
		{"one part of a date", with(complete(), form.Answers{"due.day": {"1"}}), with(complete(), form.Answers{"due.day": {"2"}}), []string{"due"}},
		{"a row of a group", complete(), with(complete(), form.Answers{"measures.1.what": {"x"}}), []string{"measures"}},
		{"in the order of the form", complete(), with(complete(), form.Answers{"lang": {"en"}, "name": {"B"}}), []string{"name", "lang"}},
		{
			"asked before, and not any more", with(complete(), form.Answers{"type": {"several"}, "partners": {"x"}}),
			with(complete(), form.Answers{"type": {"one"}, "partners": {"x"}}),
			[]string{"type", "partners"},
		},
		{"never asked", with(complete(), form.Answers{"partners": {"x"}}), with(complete(), form.Answers{"partners": {"y"}}), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, change := range sample.Compare(c.before, c.after) {
				got = append(got, change.Field.ID)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("changed are %q, want %q", got, c.want)
			}
		})
	}
}

func TestPublicLeavesOutWhatIsPrivate(t *testing.T) {
	t.Parallel()
	a := with(complete(), form.Answers{"measures.0.contact": {"c@example.org"}, "partners": {"not asked"}, "unknown": {"x"}})
	public := sample.Public(a)
	for _, name := range []string{"email", "measures.0.contact", "partners", "unknown"} {
		if _, there := public[name]; there {
			t.Errorf("%s is public", name)
		}
	}
	for _, name := range []string{"name", "measures.0.what", "measures.0.by.day"} {
		if _, there := public[name]; !there {
			t.Errorf("%s is not public", name)
		}
	}
	if _, there := a["email"]; !there {
		t.Error("the answers themselves were changed")
	}
}

func TestLabels(t *testing.T) {
	t.Parallel()
	what, _ := sample.Step("what")
	objectives := what.Fields[2]
	got := sample.Labels(context.Background(), "", objectives, []string{"7", "99", "4"}, nil)
	if want := []string{"Objective 4", "Objective 7", "99"}; !slices.Equal(got, want) {
		t.Errorf("labels are %q, want %q", got, want)
	}
}

func TestProblemsHoldNoValues(t *testing.T) {
	t.Parallel()
	wrong := sample.Problems(with(complete(), form.Answers{"email": {"secret@"}, "text": {"secret secret"}}), env)
	if got := problem.Invalid(wrong...).Error(); strings.Contains(got, "secret") {
		t.Errorf("the error says %q", got)
	}
}

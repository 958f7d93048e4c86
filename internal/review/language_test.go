package review

import (
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// spoken is the language that the tests speak.
var spoken = Language{
	Kinds: []string{"concept_note", "pledge"},
	Country: func(typed string) (string, bool) {
		switch strings.ToLower(typed) {
		case "ke", "kenya":
			return "KE", true
		case "ug":
			return "UG", true
		}
		return "", false
	},
}

func TestWhatASearchMeans(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, typed, want string
		group             Group
	}{
		{"nothing", "", "", ToDo},
		{"spaces", " \t\n ", "", ToDo},
		{"a filter", "is:overdue", "is:overdue", ToDo},
		{"another word for it", "is:late", "is:overdue", ToDo},
		{"capitals", "IS:Overdue Country:ke", "is:overdue country:KE", ToDo},
		{"the name of a country", "country:Kenya", "country:KE", ToDo},
		{"several values", "kind:pledge,concept_note", "kind:pledge kind:concept_note", ToDo},
		{"turned round", "-country:KE -skills", "-country:KE -skills", ToDo},
		{"a long dash turns round too", "–is:overdue", "-is:overdue", ToDo},
		{"the same twice is once", "is:overdue is:late KE KE", "is:overdue KE", ToDo},
		{"words", "skills passport", "skills passport", ToDo},
		{"words side by side", `"skills passport"`, `"skills passport"`, ToDo},
		{"other quotation marks", "«skills passport» “two words” „drei Worte“", `"skills passport" "two words" "drei Worte"`, ToDo},
		{"a quotation that does not end", `"skills passport`, `"skills passport"`, ToDo},
		{"an office", `office:"Ministry of Labour"`, `office:"Ministry of Labour"`, ToDo},
		{"an office with a comma", `office:"Labour, Ministry of"`, `office:"Labour, Ministry of"`, ToDo},
		{"an office by its number", "office:17", "office:17", ToDo},
		{"the age", "age:>10 age:5..7 age:≤3", "age:>10 age:5..7 age:<=3", ToDo},
		{"due days", "due:<2026-12-01 due:today due:>=+7 due:-3..today", "due:<2026-12-01 due:today due:>=+7 due:-3..today", ToDo},
		{"without a due day", "due:none", "due:none", ToDo},
		{"an order and a size", "sort:due size:50", "sort:due size:50", ToDo},
		{"the usual size is not said", "size:50 size:25", "", ToDo},
		{"of several groups the last", "in:waiting in:decided", "in:decided", Decided},
		{"a group", "in:all is:overdue", "in:all is:overdue", All},
		{"what is paused waits for the submitter", "is:paused", "is:paused", Waiting},
		{"so it does by name", "waiting:submitter is:paused", "waiting:submitter is:paused", Waiting},
		{"a state says the group", "state:declined", "state:declined", Decided},
		{"two states of it too", "state:declined,published", "state:declined state:published", Decided},
		{"states of two groups are in all", "state:declined,withdrawn", "state:declined state:withdrawn", All},
		{"what waits for nobody may be anywhere", "waiting:nobody", "waiting:nobody", All},
		{"a state turned round does not say it", "-state:submitted", "-state:submitted", ToDo},
		{"mine and nobody’s", "assigned:me assigned:nobody assigned:17", "assigned:me assigned:none assigned:17", ToDo},
		{"a time of day is a word", "10:30", `"10:30"`, ToDo},
		{"a colon at the end is one", "Project: skills", "Project: skills", ToDo},
		{"an unknown field in quotation marks is text", `"foo:bar"`, `"foo:bar"`, ToDo},
		{"a minus in quotation marks is one", `"-skills"`, `"-skills"`, ToDo},
		{"Arabic", "تسجيل «كل طفل» -country:KE", "تسجيل \"كل طفل\" -country:KE", ToDo},
		{"Chinese", "儿童 登记", "儿童 登记", ToDo},
	} {
		f, wrong := spoken.Parse(c.typed)
		if len(wrong) > 0 {
			t.Errorf("%s: %v", c.name, wrong)
		}
		again, wrong := spoken.Parse(f.String())
		if len(wrong) > 0 || !reflect.DeepEqual(f, again) {
			t.Errorf("%s: %q is read back as %+v, not %+v: %v", c.name, f.String(), again, f, wrong)
		}
		want, _ := spoken.Parse(c.want)
		if !reflect.DeepEqual(f, want) {
			t.Errorf("%s: %+v, want %+v", c.name, f, want)
		}
		if f.Group() != c.group {
			t.Errorf("%s: in %s, want %s", c.name, f.Group(), c.group)
		}
	}
}

func TestWhatIsNotKnownIsExplainedAndTheRestHolds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		typed, key string
		args       []any
	}{
		{"is:lat", "value", []any{"is:lat", "is:late"}},
		{"is:ovredue", "value", []any{"is:ovredue", "is:overdue"}},
		{"is:zebra", "words", []any{"is:zebra", "is:", "overdue, soon, ontime, paused, unassigned, pending"}},
		{"knd:pledge", "field", []any{"knd:", "kind:"}},
		{"zebra:pledge", "no_field", []any{"zebra:"}},
		{"kind:pldge", "value", []any{"kind:pldge", "kind:pledge"}},
		{"kind:zebra", "words", []any{"kind:zebra", "kind:", "concept_note, pledge"}},
		{"country:XX", "country", []any{"country:XX", "country:KE"}},
		{"objective:0", "objective", []any{"objective:0", "objective:7"}},
		{"objective:24", "objective", []any{"objective:24", "objective:7"}},
		{"objective:7.5", "objective", []any{"objective:7.5", "objective:7"}},
		{"objectve:7", "field", []any{"objectve:", "objective:"}},
		{"assigned:17-OR-1=1", "assigned", []any{"assigned:17-OR-1=1", "assigned:me"}},
		{"assigned:0", "assigned", []any{"assigned:0", "assigned:me"}},
		{`office:"..."`, "office", []any{"office:...", `office:"Ministry of Labour"`}},
		{"due:2026-02-30", "due", []any{"due:2026-02-30", "due:<2026-12-01"}},
		{"due:01/12/2026", "due", []any{"due:01/12/2026", "due:<2026-12-01"}},
		{"age:old", "age", []any{"age:old", "age:>10"}},
		{"age:-1", "age", []any{"age:-1", "age:>10"}},
		{"age:99999999999999999999", "age", []any{"age:99999999999999999999", "age:>10"}},
		{"sent:soon", "sent", []any{"sent:soon", "sent:2026-11-01..2026-11-30"}},
		{`kind:""`, "empty", []any{"kind:", "kind:pledge"}},
		{"kind:,", "empty", []any{"kind:", "kind:pledge"}},
		{"-in:decided", "not", []any{"-in:decided"}},
		{"-sort:due", "not", []any{"-sort:due"}},
		{"%", "no_letter", []any{"%"}},
		{"office:" + strings.Repeat("x", 101), "value_long", []any{"office:", 100}},
		{"is:overdue " + strings.Repeat("x", 600), "long", []any{500}},
		{strings.Repeat("a ", 41), "many", []any{40}},
	} {
		f, wrong := spoken.Parse("country:UG " + c.typed)
		if len(wrong) == 0 || !slices.ContainsFunc(wrong, func(m Mistake) bool {
			return m.Key == "review.search.wrong."+c.key && reflect.DeepEqual(m.Args, c.args)
		}) {
			t.Errorf("%.40s: %v, want %s %v", c.typed, wrong, c.key, c.args)
		}
		if !slices.Contains(f.Terms, Term{Field: fieldCountry, Value: "UG"}) {
			t.Errorf("%.40s: the rest is gone: %+v", c.typed, f)
		}
	}
}

func TestTheFormSaysTheSameAsTheSearch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		query url.Values
		want  string
	}{
		{"a control", url.Values{"country": {"KE"}}, "country:KE"},
		{"several", url.Values{"is": {"overdue", "pending"}, "assigned": {"me"}}, "is:overdue is:pending assigned:me"},
		{"beside what was typed", url.Values{"q": {"skills in:decided"}, "kind": {"pledge"}, "country": {""}}, "skills in:decided kind:pledge"},
		{"bytes that are no text", url.Values{"office": {"\xa8labour\xff"}}, "office:labour"},
		{"an order", url.Values{"q": {"skills"}, "sort": {"title"}}, "skills sort:title"},
		{"the addresses of before", url.Values{"group": {"decided"}, "overdue": {"yes"}}, "in:decided is:overdue"},
	} {
		f, wrong, canonical := spoken.Read(c.query)
		want, _ := spoken.Parse(c.want)
		if !reflect.DeepEqual(f, want) || len(wrong) > 0 || canonical {
			t.Errorf("%s: %+v, %v, canonical: %v; want %+v", c.name, f, wrong, canonical, want)
		}
		again, _, canonical := spoken.Read(f.Values())
		if !reflect.DeepEqual(f, again) || !canonical {
			t.Errorf("%s: %v is read back as %+v, canonical: %v", c.name, f.Values(), again, canonical)
		}
	}
	if _, wrong, _ := spoken.Read(url.Values{"country": {"Atlantis"}, "group": {"secret"}}); len(wrong) != 2 {
		t.Errorf("what a form sends is explained too: %v", wrong)
	}
}

func TestPagesOfAnAddress(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		query string
		page  int
		after int64
	}{
		{"", 0, 0}, {"page=1", 0, 0}, {"page=3", 3, 0}, {"page=9999", 50, 0}, {"page=-4", 0, 0}, {"page=x", 0, 0},
		{"after=17", 0, 17}, {"after=17&page=3", 0, 17}, {"after=-1", 0, 0}, {"after=99999999999999999999", 0, 0},
	} {
		q, err := url.ParseQuery(c.query)
		if err != nil {
			t.Fatal(err)
		}
		f, _, _ := spoken.Read(q)
		if f.Page != c.page || f.After != c.after {
			t.Errorf("%s: page %d, after %d", c.query, f.Page, f.After)
		}
	}
}

func TestEveryFieldReadsItsExample(t *testing.T) {
	t.Parallel()
	for _, field := range fields {
		if _, wrong := spoken.Parse(field.Example); len(wrong) > 0 {
			t.Errorf("%s: %v", field.Example, wrong)
		}
		for _, word := range slices.Concat(field.Words, field.others()) {
			if _, wrong := spoken.Parse(field.Name + ":" + word); len(wrong) > 0 {
				t.Errorf("%s:%s: %v", field.Name, word, wrong)
			}
		}
	}
}

// Whatever is typed is read without harm, and what is read is what is written.
func FuzzLanguage(f *testing.F) {
	for _, seed := range []string{
		"is:overdue assigned:me kind:pledge country:KE", "objective:7,٨ -objective:23 objective:07", `office:"a b" -is:late "two words"`, "is:lat x:y :: \"", "due:<2026-12-01 age:>10 sent:-7..today", "\xff\x00\u202e-\u2212\u2013\"“”„«»",
		"-\"-x\" --y -a:b -:c a:,b,, a:\"", "in:all sort:title size:100", "١٠ كل «طفل»", "office:\"x\u00a0\u3000y\"", "café e\u0301 İ ﬁ",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		filter, _ := spoken.Parse(typed)
		written := filter.String()
		if !utf8.ValidString(written) {
			t.Errorf("%q is written as %q", typed, written)
		}
		again, wrong := spoken.Parse(written)
		if long := utf8.RuneCountInString(written) > maxSearch; !long && (len(wrong) > 0 || !reflect.DeepEqual(filter, again)) {
			t.Errorf("%q is written as %q and read back as %+v, not %+v: %v", typed, written, again, filter, wrong)
		}
		fromForm, _, _ := spoken.Read(url.Values{"office": {typed}, "q": {typed}})
		if got, wrong := spoken.Parse(fromForm.String()); utf8.RuneCountInString(fromForm.String()) <= maxSearch && len(fromForm.Terms) < maxTerms && (len(wrong) > 0 || !reflect.DeepEqual(fromForm, got)) {
			t.Errorf("from a form, %q is written as %q and read back as %+v: %v", typed, fromForm.String(), got, wrong)
		}
	})
}

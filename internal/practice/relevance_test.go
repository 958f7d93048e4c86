package practice_test

import (
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"portal/internal/form"
	"portal/internal/practice"
)

// The floors of the half that was not looked at while the search was tuned: a little under what is measured.
const (
	recallFloor = 0.87
	rankFloor   = 0.91
)

// judged is a question of testdata/relevance_queries.txt with the keys of all that answer it.
type judged struct {
	class, text string
	relevant    []string
	tuning      bool
}

// made is a practice of testdata/relevance_practices.txt.
type made struct {
	key                   string
	objectives, countries []string
	answers               form.Answers
}

// linesOf are the lines of a file of testdata, each as so many parts.
func linesOf(t *testing.T, name string, parts int) [][]string {
	t.Helper()
	content, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var all [][]string
	for line := range strings.Lines(string(content)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(strings.TrimSpace(line), " | ")
		if len(fields) != parts {
			t.Fatalf("%s: %q has %d parts", name, line, len(fields))
		}
		all = append(all, fields)
	}
	return all
}

// corpus are the practices. What every one of them says besides is about nothing that is asked for.
func corpus(t *testing.T) []made {
	t.Helper()
	var all []made
	for _, f := range linesOf(t, "relevance_practices.txt", 6) {
		m := made{key: f[0], objectives: strings.Fields(f[2]), countries: strings.Fields(f[3])}
		m.answers = with(form.Answers{
			"language": {f[1]}, "objectives": m.objectives, "related": nil, "countries": m.countries, "title": {f[4]}, "summary": {f[5]},
			"description": {strings.Repeat("xxiv. ", 60)}, "place": nil, "point": nil, "implementer": {"xxv"}, "partners.0.name": {"xxvi"}, "partners.0.part": {"xxvi"},
			"beneficiaries": {"xxvi"}, "participation": {"xxvi"}, "results": {"xxvi"}, "figures.0.what": {"xxvi"}, "evidence": {"xxvi"}, "lessons": {"xxvi"},
			"conditions": {"xxvi"}, "innovation": {"xxvi"}, "sustainability": {"xxvi"}, "blocks.0.title": {"xxvi"}, "blocks.0.text": {"xxvi"},
		})
		all = append(all, m)
	}
	return all
}

// questions are the judged questions; what is relevant is written out for the corpus.
func questions(t *testing.T, practices []made) []judged {
	t.Helper()
	var all []judged
	seen := map[string]int{}
	for _, f := range linesOf(t, "relevance_queries.txt", 3) {
		q := judged{class: f[0], text: f[1], tuning: seen[f[0]]%2 == 0}
		seen[f[0]]++
		for rule := range strings.FieldsSeq(f[2]) {
			before := len(q.relevant)
			for _, p := range practices {
				theme, _, _ := strings.Cut(p.key, ".")
				name, value, _ := strings.Cut(rule, "=")
				if rule == p.key || rule == theme+".*" || name == "objective" && slices.Contains(p.objectives, value) || name == "country" && slices.Contains(p.countries, value) {
					q.relevant = append(q.relevant, p.key)
				}
			}
			if len(q.relevant) == before {
				t.Fatalf("%q: nothing is %s", q.text, rule)
			}
		}
		all = append(all, q)
	}
	return all
}

// quality is how well questions are answered, as sums.
type quality struct {
	n            int
	recall, rank float64
}

func (q quality) String() string {
	return fmt.Sprintf("%3d questions: recall at 10 %.3f, mean reciprocal rank %.3f", q.n, q.recall/float64(q.n), q.rank/float64(q.n))
}

func (q *quality) add(recall, rank float64) {
	q.n, q.recall, q.rank = q.n+1, q.recall+recall, q.rank+rank
}

// judge compares the first ten keys of a list with what is relevant. Of more than ten that are relevant ten would do.
func judge(first, relevant []string) (recall, rank float64) {
	found := 0
	for i, key := range first {
		if slices.Contains(relevant, key) {
			if found++; found == 1 {
				rank = 1 / float64(i+1)
			}
		}
	}
	return float64(found) / float64(min(len(relevant), 10)), rank
}

// The search answers questions in six languages: misspelt, without accents, in other forms, by other names, and in another
// language than the practice's. The corpus and the judgements are one person's, made before the search was measured; words
// and ranking were tuned on every second question only, and the floor is held by the others. With -v it logs the figures.
func TestRelevance(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	practices := corpus(t)
	keys := map[string]string{}
	for _, p := range practices {
		_, id := w.publish(t, p.answers)
		keys[id] = p.key
	}
	var tuning, measuring quality
	classes, order := map[string]*quality{}, []string{}
	for _, q := range questions(t, practices) {
		list := w.list(t, url.Values{"q": {q.text}}.Encode())
		var first []string
		for _, p := range list.Practices[:min(10, len(list.Practices))] {
			first = append(first, keys[p.PublicID])
		}
		recall, rank := judge(first, q.relevant)
		half := &measuring
		if q.tuning {
			half = &tuning
			if recall < 1 || rank < 1 {
				t.Logf("tuning: %s %q: recall %.2f, rank %.2f of %v, want %v", q.class, q.text, recall, rank, first, q.relevant)
			}
		}
		half.add(recall, rank)
		name := q.class
		if classes[name] == nil {
			classes[name], order = &quality{}, append(order, name)
		}
		classes[name].add(recall, rank)
		if list.Filter.Sort != practice.Relevance {
			t.Fatalf("%q is listed by %s", q.text, list.Filter.Sort)
		}
	}
	for _, name := range order {
		t.Logf("%-10s %s", name, classes[name])
	}
	t.Logf("%-10s %s", "tuning", tuning)
	t.Logf("%-10s %s", "measuring", measuring)
	if n := tuning.n + measuring.n; n < 80 || len(practices) < 60 {
		t.Errorf("%d questions on %d practices", n, len(practices))
	}
	if measuring.recall/float64(measuring.n) < recallFloor || measuring.rank/float64(measuring.n) < rankFloor {
		t.Errorf("the search has become worse: %s; the floor is %.2f and %.2f", measuring, recallFloor, rankFloor)
	}
}

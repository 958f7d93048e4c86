package app

import (
	"encoding/json"
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"portal/internal/mail"
	"portal/web/locales"
)

// subjects are the texts with which mails begin, and the kinds that they are of.
var subjects = []struct {
	pattern *regexp.Regexp
	area    string
}{
	{regexp.MustCompile(`^submission\.mail\.desk\.([a-z_]+)\.subject$`), "submission.desk_"},
	{regexp.MustCompile(`^submission\.rest\.mail\.([a-z_]+)\.subject$`), "submission.rest_"},
	{regexp.MustCompile(`^submission\.sharing\.mail\.(accepted|changed|ended)\.subject$`), "submission.invitation_"},
	{regexp.MustCompile(`^submission\.sharing\.mail\.invite()\.subject$`), "submission.invitation"},
	{regexp.MustCompile(`^submission\.comment\.mail()\.subject$`), "submission.comment"},
	{regexp.MustCompile(`^review\.release\.mail()\.subject$`), "review.release_left"},
	{regexp.MustCompile(`^pledge\.interest\.mail\.interested()\.subject$`), "pledge.interest"},
	{regexp.MustCompile(`^pledge\.interest\.mail\.[a-z_]+()\.subject$`), "pledge.interest_news"},
	{regexp.MustCompile(`^review\.radar\.mail()\.subject$`), "review.radar"},
	{regexp.MustCompile(`^practice\.call\.mail\.([a-z_]+)\.subject$`), "practice."},
	{regexp.MustCompile(`^account\.mail\.(factor\.[a-z_]+)\.subject$`), "account."},
	{regexp.MustCompile(`^([a-z_]+)\.(?:mail|letter)\.([a-z_]+)\.subject$`), ""},
}

// Every kind of mail of which the catalogue has the subject belongs to a topic, so that people can choose about it, or
// always comes. Add a new one to the list in internal/mail/topic.go.
func TestEveryKindOfMailHasATopic(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(locales.FS, "en/*.json")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		raw, err := fs.ReadFile(locales.FS, file)
		if err != nil {
			t.Fatal(err)
		}
		texts := map[string]any{}
		if err := json.Unmarshal(raw, &texts); err != nil {
			t.Fatal(err)
		}
		for key := range texts {
			kind := ""
			for _, s := range subjects {
				if m := s.pattern.FindStringSubmatch(key); m != nil {
					if kind = s.area + m[len(m)-1]; s.area == "" {
						kind = m[1] + "." + m[2]
					}
					break
				}
			}
			if kind == "" {
				if strings.HasSuffix(key, ".subject") && strings.Contains(key, ".mail.") {
					t.Errorf("%s is the subject of a mail of which this test does not know the kind", key)
				}
				continue
			}
			found++
			if mail.TopicOf(kind) == "" {
				t.Errorf("the mail %s (its subject is %s) has no topic: add it to the list in internal/mail/topic.go", kind, key)
			}
		}
	}
	if found < 20 {
		t.Fatalf("only %d kinds of mail were found", found)
	}
}

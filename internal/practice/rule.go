package practice

import (
	"regexp"
	"strings"

	"portal/internal/form"
	"portal/internal/i18n"
)

// titleRules: a title and a summary are plain words.
func titleRules(a form.Answers, _ form.Env) []form.Wrong {
	return append(plain("title", a.First("title")), plain("summary", a.First("summary"))...)
}

var (
	// markup is a tag, as it comes along when a text is pasted from a web page.
	markup = regexp.MustCompile(`</?[a-zA-Z][^<>]*>`)
	// turning are the characters that turn the direction of what stands behind them: with them a title reads otherwise than it
	// is written, and so does what follows it on a page. The marks that only say where a word belongs are none of them.
	turning = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)

// plain says what is wrong with a line that stands by itself in lists and citations.
func plain(control, text string) []form.Wrong {
	switch {
	case markup.MatchString(text):
		return []form.Wrong{{Name: control, Key: "practice.wrong.markup", Args: []any{markup.FindString(text)}}}
	case strings.ContainsAny(text, turning):
		return []form.Wrong{{Name: control, Key: "practice.wrong.direction"}}
	}
	return nil
}

// objectiveRules: one to three primary objectives.
func objectiveRules(a form.Answers, _ form.Env) []form.Wrong {
	if n := len(a.All("objectives")); n > MaxObjectives {
		return []form.Wrong{{Name: "objectives", Key: "practice.wrong.objectives", Args: []any{MaxObjectives, n}}}
	}
	return nil
}

// timeRules: it has begun, and ends after that; what is completed has ended.
func timeRules(a form.Answers, env form.Env) []form.Wrong {
	var wrong []form.Wrong
	started, _, _, _ := form.DateOf(a, "started")
	ended, _, _, _ := form.DateOf(a, "ended")
	if !started.IsZero() && !env.Today.IsZero() && env.Today.Before(started) {
		wrong = append(wrong, form.Wrong{Name: "started.day", Key: "practice.wrong.not_started"})
	}
	switch {
	case ended.IsZero() || Completion(a.First("completion")) == Ongoing:
	case !started.IsZero() && ended.Before(started):
		wrong = append(wrong, form.Wrong{Name: "ended.day", Key: "practice.wrong.ended_before"})
	case Completion(a.First("completion")) == Completed && !env.Today.IsZero() && env.Today.Before(ended):
		wrong = append(wrong, form.Wrong{Name: "ended.day", Key: "practice.wrong.not_ended"})
	}
	return wrong
}

// placeRules: a place on the map is two numbers.
func placeRules(a form.Answers, _ form.Env) []form.Wrong {
	if typed := a.First("point"); typed != "" {
		if _, ok := readPoint(typed); !ok {
			return []form.Wrong{{Name: "point", Key: "practice.wrong.point"}}
		}
	}
	return nil
}

// versionRules: each language once, and not the one that the practice is written in; titles and summaries are plain words.
func versionRules(a form.Answers, _ form.Env) []form.Wrong {
	var wrong []form.Wrong
	seen := map[string]bool{}
	for n := range a.Rows("versions") {
		row := a.Row("versions", n)
		lang, name := row.First("language"), form.RowName("versions", n, "language")
		if knownLang(lang) {
			switch {
			case lang == a.First("language"):
				wrong = append(wrong, form.Wrong{Name: name, Key: "practice.wrong.version_original", Args: []any{i18n.Lang(lang).Name()}})
			case seen[lang]:
				wrong = append(wrong, form.Wrong{Name: name, Key: "practice.wrong.version_twice", Args: []any{i18n.Lang(lang).Name()}})
			}
			seen[lang] = true
		}
		for _, field := range []string{"title", "summary"} {
			wrong = append(wrong, plain(form.RowName("versions", n, field), row.First(field))...)
		}
	}
	return wrong
}

func names[T ~string](values []T) []string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = string(v)
	}
	return all
}

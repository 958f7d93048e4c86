package peer

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web/ui"
)

// ownView is what the page of one assignment shows to its reviewer.
type ownView struct {
	Case       OwnCase
	Vocabulary *gcm.Vocabulary
	Now        time.Time
	Answer     Answer
	Review     Review
	Typed      *Review // what was typed and is not kept
	Origin     workflow.Origin
	Theirs     *Review // what is kept instead
	Over       bool    // it is too late for what was sent
	Wrong      []problem.Field
}

func (v ownView) yesNo(ctx context.Context, name, value string) ui.Control {
	c := ui.Control{Name: name, Label: i18n.T(ctx, "peer.answer."+name), Values: []string{value}, Error: ui.MessageFor(ctx, v.Wrong, name)}
	for _, choice := range []string{"no", "yes"} {
		c.Choices = append(c.Choices, ui.Choice{Value: choice, Label: i18n.T(ctx, "peer.answer."+name+"."+choice)})
	}
	return c
}

func (v ownView) reason(ctx context.Context) ui.Control {
	return ui.Control{Name: "reason", Label: i18n.T(ctx, "peer.answer.reason"), Hint: i18n.T(ctx, "peer.answer.reason.hint"), Values: []string{v.Answer.Reason}, Rows: 3, Error: ui.MessageFor(ctx, v.Wrong, "reason")}
}

func (v ownView) suggestion(ctx context.Context) ui.Control {
	return ui.Control{Name: "suggestion", Label: i18n.T(ctx, "peer.answer.suggestion"), Hint: i18n.T(ctx, "peer.answer.suggestion.hint"), Values: []string{v.Answer.Suggestion}, Rows: 2, Optional: true, Error: ui.MessageFor(ctx, v.Wrong, "suggestion")}
}

func (v ownView) score(ctx context.Context, c Criterion) ui.Control {
	lang := string(i18n.From(ctx))
	control := ui.Control{Name: scoreName(c.N), Label: i18n.T(ctx, "peer.review.criterion", c.Name(lang), c.Weight)}
	for _, w := range v.Wrong {
		if w.Name == control.Name {
			control.Error = i18n.T(ctx, w.Key, c.Name(lang))
		}
	}
	for score := 1; score <= 5; score++ {
		control.Choices = append(control.Choices, ui.Choice{Value: strconv.Itoa(score), Label: i18n.Number(ctx, score), Hint: c.Level(lang, score)})
	}
	if s := v.Review.Scores[c.N]; s > 0 {
		control.Values = []string{strconv.Itoa(s)}
	}
	return control
}

// wrong is what is wrong, with the criteria named in the reader's language.
func (v ownView) wrong(ctx context.Context) []problem.Field {
	all := slices.Clone(v.Wrong)
	for i, w := range all {
		for _, c := range v.Case.Set.Criteria {
			if w.Name == scoreName(c.N) {
				all[i].Args = []any{c.Name(string(i18n.From(ctx)))}
			}
		}
	}
	return all
}

func (v ownView) area(ctx context.Context, name, value string, optional bool) ui.Control {
	return ui.Control{
		Name: name, Label: i18n.T(ctx, "peer.review."+name), Hint: i18n.T(ctx, "peer.review."+name+".hint"), Values: []string{value}, Rows: 8, Optional: optional,
		Max: MaxText, Length: form.Length(value), Error: ui.MessageFor(ctx, v.Wrong, name),
	}
}

func (v ownView) recommendation(ctx context.Context) ui.Control {
	c := ui.Control{Name: "recommendation", Label: i18n.T(ctx, "peer.review.recommendation"), Error: ui.MessageFor(ctx, v.Wrong, "recommendation")}
	for _, r := range Recommendations {
		c.Choices = append(c.Choices, ui.Choice{Value: string(r), Label: i18n.T(ctx, "peer.recommendation."+string(r)), Hint: i18n.T(ctx, "peer.recommendation."+string(r)+".hint")})
	}
	if v.Review.Recommendation != "" {
		c.Values = []string{string(v.Review.Recommendation)}
	}
	return c
}

func (v ownView) filled(ctx context.Context) ui.Filled {
	files := map[string][]ui.FileItem{}
	for _, a := range v.Case.Files {
		item := ui.FileItem{Name: a.Name, Href: ui.Href(ctx, fmt.Sprintf("%s/files/%d", Path(v.Case.ID), a.ID)), Facts: ui.FileFacts(ctx, a.Kind(), a.Size)}
		if a.IsImage() {
			item.Key, item.Picture = a.Key(), &ui.Picture{Src: item.Href + "?picture=1", Width: a.Width, Height: a.Height}
		}
		files[a.Field] = append(files[a.Field], item)
	}
	return ui.Filled{Definition: v.Case.Kind.Form, Answers: v.Case.Text, Vocabulary: v.Vocabulary, Files: files, Lang: v.Case.Lang, Public: true}
}

// hidden names the questions that are redacted, and the author and office if they are.
func (v ownView) hidden(ctx context.Context) []string {
	var all []string
	for _, f := range v.Case.Hidden {
		all = append(all, i18n.T(ctx, v.Case.Kind.Form.Key("", f)+".label"))
	}
	for _, what := range []string{RedactAuthor, RedactOffice} {
		if v.Case.Hides(what) {
			all = append(all, i18n.T(ctx, "peer.redact."+what[1:]))
		}
	}
	return all
}

func (v ownView) formAttrs(ctx context.Context) templ.Attributes {
	a := templ.Attributes{
		"data-guard": true, "data-autosave": true, "data-saved": i18n.T(ctx, "ui.saved.at", "{0}"), "data-unsaved": i18n.T(ctx, "ui.saved.not"),
		"data-stale": i18n.T(ctx, "ui.saved.stale"), "data-out": i18n.T(ctx, "ui.saved.out"), "data-sign-in": ui.Href(ctx, ui.SiteOf(ctx).SignIn),
		"data-sign-in-text": i18n.T(ctx, "ui.saved.sign_in"), "data-refused": i18n.T(ctx, "ui.saved.refused"),
	}
	if v.Typed != nil {
		a["data-unsaved-text"] = true
	}
	return a
}

func score(ctx context.Context, f float64) string {
	if f == 0 {
		return "–"
	}
	hundredths := int(f*100 + 0.5)
	return i18n.T(ctx, "peer.decimal", strconv.Itoa(hundredths/100), fmt.Sprintf("%02d", hundredths%100))
}

// writes says whether the page has the form of the review.
func (v ownView) writes() bool { return v.Case.State == Accepted && v.Case.MayRead }

// facts are what the reviewer may know beside the text.
func (v ownView) facts(ctx context.Context) []ui.Fact {
	var all []ui.Fact
	add := func(key, value, lang string) {
		if value != "" {
			all = append(all, ui.Fact{Term: i18n.T(ctx, key), Values: []string{value}, Lang: lang})
		}
	}
	add("peer.fact.due", i18n.Day(ctx, v.Case.DueOn), "")
	if !v.Case.MayRead {
		return all
	}
	if !v.Case.Hides(RedactOffice) {
		add("peer.fact.office", v.Case.Sub.OfficeName, "und")
		if v.Case.Sub.Country != "" {
			add("peer.fact.country", v.Vocabulary.CountryName(i18n.From(ctx), v.Case.Sub.Country), "")
		}
	}
	if !v.Case.Hides(RedactAuthor) {
		add("peer.fact.author", ui.PersonName(ctx, v.Case.Sub.AuthorName), "und")
	}
	return all
}

package signoff

import (
	"context"
	"slices"
	"time"

	"github.com/a-h/templ"

	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/workflow"
	"portal/web/ui"
)

// pageView is the page of the signatures of a note.
type pageView struct {
	Standing
	service *Service
	Events  []Event
	// Wrong is what still stands in the way of asking, for a note that nobody has asked for signatures of.
	Wrong []form.Wrong
	// Stale says that something was not done, since the note or the signature has moved on.
	Stale bool
	// Decided is what was decided on the note; nil for nothing.
	Decided templ.Component
	Now     time.Time
}

// above leads back to the note, for who sees it.
func (v pageView) above(ctx context.Context) []ui.Link {
	switch v.Side {
	case workflow.ByOwner:
		return []ui.Link{{Href: ui.Href(ctx, v.service.ownerPath(v.ID)), Text: v.title(ctx)}}
	case workflow.ByDesk:
		return []ui.Link{{Href: ui.Href(ctx, v.service.deskPath(v.ID)), Text: v.title(ctx)}}
	}
	return []ui.Link{{Href: ui.Href(ctx, ListPath), Text: i18n.T(ctx, "signoff.list.title")}}
}

// title is the note's, or that it has none yet.
func (st standing) title(ctx context.Context) string {
	if st.Title == "" {
		return i18n.T(ctx, "signoff.untitled")
	}
	return st.Title
}

// summary says in one line where the sign-off stands.
func (st standing) summary(ctx context.Context) string {
	given, needed := 0, 0
	for _, p := range st.stations {
		given += min(p.Given, p.Needed)
		needed += p.Needed
	}
	switch {
	case !st.asked:
		return i18n.T(ctx, "signoff.summary.not_asked")
	case st.complete():
		return i18n.T(ctx, "signoff.summary.complete")
	case st.paused():
		return i18n.T(ctx, "signoff.summary.paused", given, needed)
	}
	return i18n.T(ctx, "signoff.summary.open", given, needed)
}

func (st standing) tone() ui.Tone {
	switch {
	case !st.asked:
		return ui.Plain
	case st.complete():
		return ui.Ok
	case st.paused():
		return ui.Warn
	}
	return ui.Sky
}

// quorum says how many of a station sign.
func (s Station) quorum(ctx context.Context) string {
	if s.Quorum == 0 {
		return i18n.T(ctx, "signoff.quorum.all")
	}
	return i18n.T(ctx, "signoff.quorum.some", s.Quorum)
}

func (s Station) name(ctx context.Context) string {
	return i18n.T(ctx, "signoff.party."+string(s.Party))
}

// state says where a station stands, in words and colour.
func (p Progress) state(ctx context.Context, asked bool) (string, ui.Tone) {
	switch {
	case !asked && len(p.Signatures) == 0:
		return i18n.T(ctx, "signoff.station.not_asked"), ui.Plain
	case p.Needed == 0:
		return i18n.T(ctx, "signoff.station.nobody"), ui.Plain
	case p.Complete():
		return i18n.T(ctx, "signoff.station.complete"), ui.Ok
	case p.Open && asked:
		return i18n.T(ctx, "signoff.station.open", p.Given, p.Needed), ui.Sky
	}
	return i18n.T(ctx, "signoff.station.waiting"), ui.Plain
}

// tones are the colours of the states.
var tones = map[State]ui.Tone{New: ui.Warn, Asked: ui.Sky, Signed: ui.Ok, Reopened: ui.Warn, Declined: ui.Bad}

// standing says where a signature of the station stands, in words and colour.
func (p Progress) standing(ctx context.Context, g Signature) (string, ui.Tone) {
	if p.Complete() && (g.State == Asked || g.State == Waiting) {
		return i18n.T(ctx, "signoff.state.not_needed"), ui.Plain
	}
	return i18n.T(ctx, "signoff.state."+string(g.State)), tones[g.State]
}

// story says in lines what happened to a signature; knows says that the reader may learn who it was and why.
func (v pageView) story(ctx context.Context, g Signature) []string {
	var lines []string
	knows := v.knows(g)
	switch {
	case g.ByOffice() && g.OfficeName != g.Name:
		lines = append(lines, i18n.T(ctx, "signoff.story.office", g.OfficeName))
	case !g.ByOffice() && g.Means == ByLink && g.gave(): // how is said below
		if knows && g.ContactEmail != "" {
			lines = append(lines, i18n.T(ctx, "signoff.story.sent", g.ContactName, g.ContactEmail))
		}
	case !g.ByOffice() && g.ContactEmail != "" && knows:
		lines = append(lines, i18n.T(ctx, "signoff.story.contact", g.ContactName, g.ContactEmail))
	case !g.ByOffice() && g.ContactEmail != "":
		lines = append(lines, i18n.T(ctx, "signoff.story.link", identity.MaskEmail(g.ContactEmail)))
	case g.Party == Governments && !g.ByOffice() && g.Named() && g.Means == "":
		lines = append(lines, i18n.T(ctx, "signoff.story.by_letter"))
	}
	if g.State == Asked {
		lines = append(lines, i18n.T(ctx, "signoff.story.asked", i18n.DayOf(ctx, *g.AskedAt)))
	}
	if g.State == Asked && g.RemindedAt != nil {
		lines = append(lines, i18n.T(ctx, "signoff.story.reminded", i18n.DayOf(ctx, *g.RemindedAt)))
	}
	if g.gave() {
		switch {
		case g.Means == ByLetter:
			lines = append(lines, i18n.T(ctx, "signoff.story.letter", i18n.Day(ctx, *g.LetterOn), i18n.DayOf(ctx, *g.ActedAt)))
		default:
			lines = append(lines, i18n.T(ctx, "signoff.story.signed", i18n.Instant(ctx, *g.ActedAt), i18n.T(ctx, "signoff.means."+string(g.Means))))
		}
		if knows && g.Signer != "" {
			lines = append(lines, g.by(ctx))
		}
	}
	switch g.State {
	case Reopened:
		steps := i18n.List(ctx, v.service.stepNames(ctx, g.ChangedSteps))
		if g.ChangedBy != "" && knows {
			lines = append(lines, i18n.T(ctx, "signoff.story.reopened_by", steps, ui.PersonName(ctx, g.ChangedBy)))
		} else {
			lines = append(lines, i18n.T(ctx, "signoff.story.reopened", steps))
		}
	case Declined:
		lines = append(lines, i18n.T(ctx, "signoff.story.declined", i18n.Instant(ctx, *g.ActedAt)))
		if knows && g.Signer != "" {
			lines = append(lines, g.by(ctx))
		}
	case Void:
		lines = append(lines, i18n.T(ctx, "signoff.story.void"))
	}
	return lines
}

// by says who has signed or declined, with their position.
func (g Signature) by(ctx context.Context) string {
	if g.SignerPosition == "" {
		return i18n.T(ctx, "signoff.story.by", ui.PersonName(ctx, g.Signer))
	}
	return i18n.T(ctx, "signoff.story.by_position", ui.PersonName(ctx, g.Signer), g.SignerPosition)
}

func (v pageView) mayRemind(g Signature) bool {
	return v.mayManage() && v.mayAct() && g.State == Asked && g.writable() && g.remindable(v.Now)
}

// mayUpload says whether the person can upload the letter of a government now.
func (v Standing) mayUpload(g Signature) bool {
	return v.mayManage() && v.mayAct() && g.Party == Governments && g.State == Asked
}

// mayAsk says whether the person can ask for signatures now, or say who signs.
func (v pageView) mayAsk() bool { return v.mayManage() && v.State.Writable() && !v.complete() }

// timeline is the history, the latest first.
func (v pageView) timeline(ctx context.Context) []ui.Event {
	var all []ui.Event
	for _, e := range slices.Backward(v.Events) {
		line := ui.Event{At: i18n.Instant(ctx, e.At), Machine: e.At.UTC().Format(time.RFC3339), What: i18n.T(ctx, "signoff.event."+string(e.Action), e.Name), Key: e.Action == WasSigned}
		if i := slices.IndexFunc(v.signatures, func(g Signature) bool { return g.ID == e.SignatureID }); e.Actor != "" && i >= 0 && v.knows(v.signatures[i]) {
			line.By = ui.PersonName(ctx, e.Actor)
		}
		if len(e.Steps) > 0 {
			line.Note = i18n.List(ctx, v.service.stepNames(ctx, e.Steps))
		}
		all = append(all, line)
	}
	return all
}

// filled is the note as its parties read it.
func (st standing) filled(ctx context.Context, s *Service, document func(file int64) string) ui.Filled {
	items := map[string][]ui.FileItem{}
	for _, f := range st.files {
		item := ui.FileItem{Name: f.Name, Facts: ui.FileFacts(ctx, f.Kind(), f.Size)}
		if f.Servable() {
			item.Href = ui.Href(ctx, document(f.ID))
		}
		items[f.Field] = append(items[f.Field], item)
	}
	return ui.Filled{Definition: s.kind.Form, Answers: st.answers, Vocabulary: s.vocabulary(), Files: items, Lang: st.Lang, Public: true}
}

func (v pageView) document(file int64) string { return documentPath(v.ID, file) }

// readsText says whether the page shows the note: to those who have no other page of it.
func (v pageView) readsText() bool { return v.Side != workflow.ByOwner && v.Side != workflow.ByDesk }

// panelView is where the sign-off stands, on other pages of the note.
type panelView struct {
	standing
	now time.Time
}

// rows are the stations with who has signed, in short.
func (v panelView) rows(ctx context.Context) []ui.Fact {
	var facts []ui.Fact
	for _, p := range v.stations {
		text, _ := p.state(ctx, v.asked)
		values := []string{text}
		for _, g := range p.Signatures {
			if g.Named() {
				state, _ := p.standing(ctx, g)
				values = append(values, i18n.T(ctx, "signoff.panel.line", g.Name, state))
			}
		}
		facts = append(facts, ui.Fact{Term: p.name(ctx), Values: values, Lang: "und"})
	}
	return facts
}

// aboveView is what stands above the questions of a step.
type aboveView struct {
	ID               workflow.ID
	Signed, Reopened []string
}

// isPrivate says whether no party reads any answer of the step.
func isPrivate(step form.Step) bool {
	return !slices.ContainsFunc(step.Fields, func(f form.Field) bool { return !f.Private })
}

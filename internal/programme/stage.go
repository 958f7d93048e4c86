package programme

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/money"
	"portal/internal/problem"
)

// SetStage takes a programme to a stage, or puts right what is said of the present one, as the form says; l is the language in
// which amounts are typed. What is wrong with the form is problem.Invalid; only a lead takes a programme back
// (problem.Forbidden).
func (s *Service) SetStage(ctx context.Context, who identity.User, publicID string, seen int, posted url.Values, l i18n.Lang) error {
	return s.change(ctx, who, publicID, seen, ActStage, func(tx database.Tx, p *Programme) ([]string, error) {
		changes, err := stageChanges(ctx, tx, p.ID)
		if err != nil {
			return nil, err
		}
		before := *p
		note, wrong := (stageForm{posted}).read(p, settled(changes), date.Today(s.now(), i18n.Geneva), l)
		if p.Stage.rank() < before.Stage.rank() && !May(who, ActBack) {
			return nil, problem.Forbidden
		}
		if len(wrong) > 0 {
			return nil, problem.Invalid(wrong...)
		}
		fields := before.differs(*p)
		if last := changes[len(changes)-1]; len(fields) == 0 && (note == "" || note == last.Note && same(last.ActorID, &who.ID)) {
			return nil, nil // nothing is said, or the same as just now
		}
		return append(fields, "note"), addStage(ctx, tx, p.ID, StageChange{Stage: p.Stage, Since: p.StageOn, Note: note, ActorID: &who.ID, At: s.now()})
	})
}

// differs names what a change of stage has changed.
func (p Programme) differs(to Programme) (fields []string) {
	if p.Stage != to.Stage {
		fields = append(fields, "stage")
	}
	if p.StageOn != to.StageOn {
		fields = append(fields, "since")
	}
	if !same(p.Funded, to.Funded) {
		fields = append(fields, "funded")
	}
	if !same(p.StartsOn, to.StartsOn) {
		fields = append(fields, "starts")
	}
	if !same(p.EndsOn, to.EndsOn) {
		fields = append(fields, "ends")
	}
	return fields
}

func same[T comparable](a, b *T) bool { return a == b || a != nil && b != nil && *a == *b }

// stageForm is the form of a stage as typed.
type stageForm struct{ url.Values }

func stageFormOf(p Programme) stageForm {
	f := stageForm{url.Values{"stage": {string(p.Stage)}}}
	f.setDay("since", &p.StageOn)
	f.setDay("starts", p.StartsOn)
	f.setDay("ends", p.EndsOn)
	if p.Funded != nil {
		f.Set("funded", p.Funded.Plain())
	}
	return f
}

func (f stageForm) setDay(name string, d *date.Date) {
	if d != nil {
		f.Set(name+".day", strconv.Itoa(d.Day()))
		f.Set(name+".month", strconv.Itoa(int(d.Month())))
		f.Set(name+".year", strconv.Itoa(d.Year()))
	}
}

// read reads the form into the programme; been are the stages at which it has been. What is wrong is told in the order of the
// page.
func (f stageForm) read(p *Programme, been []StageChange, today date.Date, l i18n.Lang) (note string, wrong []problem.Field) {
	say := func(name, key string, args ...any) {
		wrong = append(wrong, problem.Field{Name: name, Key: "programme.wrong." + key, Args: args})
	}
	before := p.Stage
	if p.Stage = Stage(f.Get("stage")); p.Stage.rank() < 0 {
		say("stage", "stage")
		p.Stage = before
	}
	if since := f.day("since", say); since == nil {
		say("since.day", "since")
	} else if !since.IsZero() {
		p.StageOn = *since
		switch earlier := lastBefore(been, p.Stage); {
		case today.Before(*since):
			say("since.day", "since.future")
		case earlier != nil && since.Before(earlier.Since):
			say("since.day", "since.early", i18n.Key("programme.stage."+string(earlier.Stage)), earlier.Since)
		}
	}
	p.Funded = f.funded(p.Stage, l, &wrong)
	p.StartsOn, p.EndsOn = f.day("starts", say), f.day("ends", say)
	switch {
	case p.StartsOn == nil && p.Stage.rank() >= Running.rank():
		say("starts.day", "starts")
	case p.EndsOn == nil && p.Stage == Closed:
		say("ends.day", "ends")
	case p.StartsOn != nil && p.EndsOn != nil && !p.StartsOn.IsZero() && !p.EndsOn.IsZero() && !p.StartsOn.Before(*p.EndsOn):
		say("ends.day", "ends.early")
	}
	note = strings.TrimSpace(form.Clean(f.Get("note")))
	switch n := form.Length(note); {
	case n > MaxNote:
		say("note", "long", MaxNote, n)
	case n == 0 && p.Stage.rank() < before.rank():
		say("note", "note")
	}
	return note, wrong
}

// lastBefore is the last stage at which a programme was before it came to the stage; nil for none.
func lastBefore(been []StageChange, stage Stage) *StageChange {
	var last *StageChange
	for i := range been {
		if been[i].Stage.rank() < stage.rank() {
			last = &been[i]
		}
	}
	return last
}

// day reads a day; nil for none, the zero day for one that say was told of.
func (f stageForm) day(name string, say func(name, key string, args ...any)) *date.Date {
	d, given, ok, part := form.DateOf(form.Answers(f.Values), name)
	switch {
	case !given:
		return nil
	case !ok:
		say(name+"."+part, "day")
		return &date.Date{}
	}
	return &d
}

// funded reads what was granted; a programme that is in the pipeline has been granted nothing yet.
func (f stageForm) funded(stage Stage, l i18n.Lang, wrong *[]problem.Field) *money.Amount {
	if stage == Pipeline {
		return nil
	}
	typed := strings.TrimSpace(f.Get("funded"))
	amount, refused := money.Read(typed, l)
	if kept, ok := money.Kept(typed); ok { // as the form was filled in
		amount, refused = kept, money.None
	}
	switch {
	case typed == "" || refused == money.None && amount == 0:
		*wrong = append(*wrong, problem.Field{Name: "funded", Key: "programme.wrong.funded", Args: []any{money.Sample}})
	case refused != money.None:
		*wrong = append(*wrong, problem.Field{Name: "funded", Key: "form.amount." + string(refused), Args: []any{i18n.Key("programme.form.funded"), money.Sample, typed}})
	}
	return &amount
}

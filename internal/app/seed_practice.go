package app

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strconv"
	"strings"
	"time"

	"portal/internal/attachment"
	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/practice"
	"portal/internal/review"
	"portal/internal/workflow"
)

//go:embed demo/practices.json
var demoPractices []byte

// demoPractice is an invented practice; Office is the place of a pledge whose office shares it, Sent how many days ago.
type demoPractice struct {
	Lang, Title, Summary, Description, Type, Completion, Started, Ended, Scope, Place, Point string
	Office, Sent, Image                                                                      int
	Confirmed                                                                                int // so many days ago by its office; 0 is never
	Stage                                                                                    string
	Objectives, Related, Principles, SDGs                                                    []int
	Countries                                                                                []string
	Partners, Figures, Blocks, Links, Versions                                               [][]string
	Beneficiaries, Participation, Results, Evidence, Lessons                                 string
	Conditions, Costs, People, Time, Innovation, Sustainability                              string
}

// The stages of a demonstration practice beside those of pledges.
const (
	practiceReview  = "review"
	practiceChanges = "changes"
)

func loadPractices() ([]demoPractice, error) {
	var all []demoPractice
	return all, json.Unmarshal(demoPractices, &all)
}

// practices lives through the stories of the practices.
func (s *seeder) practices(ctx context.Context, pledges []demoPledge) error {
	all, err := loadPractices()
	if err != nil {
		return err
	}
	hub, err := s.staffOf(ctx, "hub@demo.example")
	if err != nil {
		return err
	}
	calls, err := s.calls(ctx)
	if err != nil {
		return fmt.Errorf("calls for practices: %w", err)
	}
	made := map[int]workflow.ID{}
	for place, p := range all {
		if made[place], err = s.practice(ctx, p, pledges[p.Office], s.writerOf(p, pledges), hub, callOf(calls, place)); err != nil {
			return fmt.Errorf("%q: %w", p.Title, err)
		}
	}
	if err := s.results(ctx, calls, made); err != nil {
		return err
	}
	return s.practiceTies(ctx, all, pledges)
}

// staffOf is somebody of the demonstration's staff.
func (s *seeder) staffOf(ctx context.Context, email string) (identity.User, error) {
	id, err := database.Value[int64](ctx, s.db.Read(), `SELECT id FROM users WHERE email = $1`, email)
	if err != nil {
		return identity.User{}, fmt.Errorf("%s: %w", email, err)
	}
	return identity.Load(ctx, s.db.Read(), id)
}

// practice lives through the story of one, for a call (0 for none), and returns its number.
func (s *seeder) practice(ctx context.Context, p demoPractice, of demoPledge, writer, hub identity.User, call practice.CallID) (workflow.ID, error) {
	s.at(p.Sent+4, 10)
	id, err := s.areas.practices.Start(ctx, writer, writer.Posts[0].OfficeID, "")
	if err != nil {
		return 0, err
	}
	if call != 0 {
		if err := s.areas.practices.TieTo(ctx, writer, id, call); err != nil {
			return 0, err
		}
	}
	return id, s.practiceStory(ctx, id, p, of, writer, hub)
}

func (s *seeder) practiceStory(ctx context.Context, id workflow.ID, p demoPractice, of demoPledge, writer, hub identity.User) error {
	answers := practiceAnswers(p, of, writer)
	if p.Image > 0 {
		if err := s.addImage(ctx, writer, id, p.Image, answers); err != nil {
			return err
		}
	}
	c, err := s.areas.submissions.Open(ctx, writer, id)
	if err != nil {
		return err
	}
	for n, step := range s.areas.kinds[practice.KindName].Form.Steps {
		only := pick(step, answers)
		if len(only) == 0 || p.Stage == string(draftStage) && n > 5 {
			continue
		}
		s.now = s.now.Add(20 * time.Minute)
		if _, err := s.areas.submissions.SaveStep(ctx, writer, id, step.ID, workflow.Origin{Version: c.Text.Steps[step.ID].Version}, only); err != nil {
			return fmt.Errorf("step %s: %w", step.ID, err)
		}
	}
	if p.Stage == string(draftStage) {
		return nil
	}
	s.at(p.Sent, 15)
	if err := s.submit(ctx, writer, id); err != nil || p.Stage == string(submittedStage) {
		return err
	}
	s.at(p.Sent-1, 11)
	if err := s.decide(ctx, hub, id, "", review.Decision{}); err != nil {
		return err
	}
	switch p.Stage {
	case practiceReview:
		s.at(p.Sent-2, 9)
		if err := s.peerRound(ctx, hub, id, s.reviewers, underWayRound); err != nil {
			return err
		}
		s.at(1, 10)
		return s.polish(ctx, hub, id, p)
	case practiceChanges:
		s.at(p.Sent-3, 16)
		return s.decide(ctx, hub, id, workflow.RequestChanges, review.Decision{Note: practiceNote, Changes: []workflow.ChangeRequest{{Field: "costs", Body: practiceAsk}}})
	}
	s.at(max(1, p.Sent-25), 14)
	if p.Stage == string(waitingStage) {
		return s.decide(ctx, hub, id, workflow.Approve, review.Decision{})
	}
	if err := s.decide(ctx, hub, id, workflow.Publish, review.Decision{}); err != nil {
		return err
	}
	if p.Confirmed > 0 {
		if err := s.confirm(ctx, writer, id, p.Confirmed); err != nil {
			return err
		}
	}
	if p.Stage != string(revisedStage) {
		return nil
	}
	return s.revisePractice(ctx, writer, hub, id, answers)
}

// confirm has the office say that its practice is still true.
func (s *seeder) confirm(ctx context.Context, writer identity.User, id workflow.ID, daysAgo int) error {
	s.at(daysAgo, 9)
	publicID, err := database.Value[string](ctx, s.db.Read(), `SELECT public_id FROM practices WHERE id = $1 AND until IS NULL`, id)
	if err == nil {
		_, err = s.areas.practices.Answer(ctx, writer, publicID, practice.Answer{Choice: practice.StillTrue})
	}
	return err
}

// What the hub desk writes in the demonstration.
const (
	practiceNote = "Gracias por esta práctica. Falta una respuesta para que otras personas puedan repetirla; lo demás está completo."
	practiceAsk  = "¿Cuánto cuesta empezar y cuánto cada año? Basta un orden de magnitud, con la moneda."
)

// polish has the desk propose another title, and the first sentence in other words.
func (s *seeder) polish(ctx context.Context, hub identity.User, id workflow.ID, p demoPractice) error {
	c, err := s.areas.desk.Open(ctx, hub, id)
	if err != nil {
		return err
	}
	edits := form.Answers{
		"title":   {"Legal advice by voice message for domestic workers"},
		"summary": {strings.Replace(p.Summary, "A network of lawyers in Lebanon answers", "In Lebanon, a network of lawyers answers", 1)},
	}
	return s.areas.desk.Propose(ctx, hub, id, c.Version, edits, "Two small things: the title should say for whom it is. Change them as you like.", form.Env{Vocabulary: s.vocabulary()})
}

// revisePractice publishes a second version.
func (s *seeder) revisePractice(ctx context.Context, writer, hub identity.User, id workflow.ID, answers form.Answers) error {
	s.at(30, 9)
	if err := s.areas.submissions.Revise(ctx, writer, id); err != nil {
		return err
	}
	step, _ := s.areas.kinds[practice.KindName].Form.Step("reuse")
	changed := pick(step, answers)
	changed["costs"] = []string{"USD 48,000 to open a desk, USD 27,000 a year to run it since the desks share one accountant."}
	if _, err := s.areas.submissions.SaveStep(ctx, writer, id, step.ID, workflow.Origin{Version: 1}, changed); err != nil {
		return err
	}
	s.at(29, 15)
	if err := s.submit(ctx, writer, id); err != nil {
		return err
	}
	s.at(28, 11)
	if err := s.decide(ctx, hub, id, "", review.Decision{}); err != nil {
		return err
	}
	s.at(20, 11)
	return s.decide(ctx, hub, id, workflow.Publish, review.Decision{})
}

// addImage gives the practice a drawing, and the answers its key.
func (s *seeder) addImage(ctx context.Context, writer identity.User, id workflow.ID, n int, answers form.Answers) error {
	field, _, _ := s.areas.kinds[practice.KindName].Form.Field("images")
	content, err := demoImage(n)
	if err != nil {
		return err
	}
	var added attachment.Attachment
	if added, err = s.areas.submissions.AddFile(ctx, writer, id, field, "drawing.png", bytes.NewReader(content)); err != nil {
		return err
	}
	answers["images.0.file"] = []string{added.Key()}
	answers["images.0.alt"] = []string{"Drawing: coloured threads from many sides run into one woven band."}
	answers["images.0.caption"] = []string{"Many threads, one cloth: the drawing hangs at the entrance."}
	answers["images.0.credit"] = []string{"Drawn for the demonstration"}
	answers["images.0.licence"] = []string{string(practice.ByAttribution)}
	return nil
}

// demoImage draws a woven band; n changes its colours.
func demoImage(n int) ([]byte, error) {
	const w, h, thread = 1200, 600, 24
	colours := []color.RGBA{{0x16, 0x70, 0xb8, 255}, {0x0b, 0x7a, 0x70, 255}, {0xa8, 0x64, 0x00, 255}, {0xbd, 0x46, 0x30, 255}, {0x6d, 0x4f, 0xa8, 255}}
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetRGBA(x, y, color.RGBA{0xf7, 0xf4, 0xed, 255})
			column, row := x/thread, y/thread
			woven := y > h/4 && y < 3*h/4
			switch {
			case x%thread < 16 && (!woven || (column+row)%2 == 0):
				m.SetRGBA(x, y, colours[(column*n+column)%len(colours)])
			case woven && y%thread < 16:
				m.SetRGBA(x, y, color.RGBA{0x06, 0x29, 0x4a, 255})
			}
		}
	}
	var b bytes.Buffer
	err := png.Encode(&b, m)
	return b.Bytes(), err
}

// practiceAnswers are what the writer of a practice types.
func practiceAnswers(p demoPractice, of demoPledge, writer identity.User) form.Answers {
	a := form.Answers{
		"criteria": {"yes"}, "language": {p.Lang}, "filed_for": {"own"}, "title": {p.Title}, "summary": {p.Summary}, "type": {p.Type}, "description": {p.Description},
		"objectives": numbers(p.Objectives), "related": numbers(p.Related), "principles": numbers(p.Principles), "sdgs": numbers(p.SDGs),
		"completion": {p.Completion}, "scope": {p.Scope}, "countries": p.Countries, "place": {p.Place}, "point": {p.Point},
		"implementer": {of.Office}, "implementer_type": {of.Category},
		"contact_name": {writer.Name}, "contact_position": {positions[p.Lang]}, "contact_email": {writer.Email},
		"beneficiaries": {p.Beneficiaries}, "participation": {p.Participation}, "results": {p.Results}, "evidence": {p.Evidence}, "lessons": {p.Lessons},
		"conditions": {p.Conditions}, "costs": {p.Costs}, "people": {p.People}, "time": {p.Time}, "innovation": {p.Innovation}, "sustainability": {p.Sustainability},
		"licence": {string(practice.ByAttribution)}, "consent": {"yes"},
	}
	for name, text := range map[string]string{"started": p.Started, "ended": p.Ended} {
		if d, err := date.Parse(text); err == nil && text != "" {
			setDay(a, name, d)
		}
	}
	for group, table := range map[string]struct {
		rows   [][]string
		fields string
	}{
		"partners": {p.Partners, "name role part"}, "figures": {p.Figures, "value what before source"}, "blocks": {p.Blocks, "title text conditions"},
		"links": {p.Links, "label url"}, "versions": {p.Versions, "language title summary description"},
	} {
		for n, row := range table.rows {
			for i, field := range strings.Fields(table.fields) {
				if i < len(row) {
					a[group+"."+strconv.Itoa(n)+"."+field] = []string{row[i]}
				}
			}
		}
	}
	return a
}

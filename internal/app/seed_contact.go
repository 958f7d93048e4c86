package app

import (
	"context"
	"fmt"
	"slices"

	"portal/internal/account"
	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/request"
	"portal/internal/review"
	"portal/internal/workflow"
)

// demoMessage is an invented message to the secretariat, sent so many days ago by somebody without an account.
type demoMessage struct {
	topic, name, email string
	lang               i18n.Lang
	title, text        string
	sent               int
	// taken says that an officer reads it, answer is what the desk wrote, back what came back; closed ends it with that reason.
	taken                bool
	answer, back, closed string
}

var demoMessages = []demoMessage{
	{
		topic: "hub", name: "Amara Diallo", email: "amara.diallo@reader.example", lang: i18n.English, sent: 1, taken: true,
		title: "A practice on skills partnerships", text: "We read the practice on skills partnerships in the repository. Is its training manual public, and in which languages?",
		answer: "The manual is public in English and French. The office that published the practice is glad to send it; you find its name on the page.",
		back:   "Thank you. We have written to them. Is there anything similar for health workers?",
	},
	{
		topic: "pledges", name: "ليلى منصور", email: "layla.mansour@reader.example", lang: i18n.Arabic, sent: 2,
		title: "تصحيح في تعهد منشور", text: "ورد في تعهد بلدية ميناء أنه اكتمل عام 2024. علمنا أن العمل مستمر. من يصحح ذلك؟",
	},
	{
		topic: "fund", name: "", email: "programmes@foundation.example", lang: i18n.English, sent: 6,
		title: "Giving to one programme", text: "Our foundation would like to contribute to one joint programme. Is earmarking possible, and whom do we talk to?",
	},
	{
		topic: "communications", name: "Jon Aberg", email: "jon.aberg@press.example", lang: i18n.English, sent: 0,
		title: "Interview on the review forum", text: "I write on migration for a weekly paper. Who can speak on the record about the next review forum?",
	},
	{
		topic: "stakeholders", name: "Rosa Quispe", email: "rosa.quispe@union.example", lang: i18n.English, sent: 9, taken: true,
		title: "Consultation of trade unions", text: "Will there be a consultation of trade unions before the regional review, and how does one take part?",
		answer: "There will be one online. It stands in the calendar as soon as its date is fixed.", closed: "The date is in the calendar now.",
	},
	{
		topic: "general", name: "سمير حداد", email: "samir.haddad@reader.example", lang: i18n.Arabic, sent: 4, taken: true,
		title: "استخدام الخريطة في كتاب مدرسي", text: "هل يجوز نشر خريطة التعهدات في كتاب مدرسي، وبأي صيغة نذكر المصدر؟",
	},
}

// messages lives through the stories of the messages.
func (s *seeder) messages(ctx context.Context) error {
	for _, m := range demoMessages {
		if err := s.message(ctx, m); err != nil {
			return fmt.Errorf("message of %s: %w", m.email, err)
		}
	}
	return nil
}

func (s *seeder) message(ctx context.Context, m demoMessage) error {
	s.at(m.sent, 7)
	name := m.name
	if name == "" {
		name = "programmes"
	}
	var who identity.User
	err := s.db.InTx(ctx, func(tx database.Tx) (err error) {
		who, err = s.areas.accounts.PersonOf(ctx, tx, account.Writer{Email: m.email, Name: name, Lang: m.lang, Proven: true})
		return err
	})
	if err != nil {
		return err
	}
	id, err := s.areas.requests.Write(ctx, who, request.Message{Topic: m.topic, Title: m.title, Text: m.text, Lang: m.lang})
	if err != nil || !m.taken {
		return err
	}
	i := slices.IndexFunc(request.Topics, func(t request.Topic) bool { return t.Name == m.topic })
	officer, err := s.requestOfficer(ctx, request.Topics[i].Desk)
	if err != nil {
		return err
	}
	s.at(m.sent, 9)
	if err := s.decide(ctx, officer, id, "", review.Decision{}); err != nil || m.answer == "" {
		return err
	}
	if err := s.areas.desk.Message(ctx, officer, id, m.answer); err != nil {
		return err
	}
	s.at(m.sent, 14)
	if m.back != "" {
		return s.areas.submissions.Reply(ctx, who, id, m.back)
	}
	if m.closed == "" {
		return nil
	}
	return s.decide(ctx, officer, id, workflow.Approve, review.Decision{Note: m.closed})
}

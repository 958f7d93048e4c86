package request

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/mail"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// Contact is the kind of a message to the secretariat (publishing.md, Fixed pages: contact by topic). Anybody writes one, for no
// office; it goes to the desk of its topic.
const Contact = "contact"

// contactKind is the row of Contact. It is not among Kinds: no office asks for it.
var contactKind = Kind{Name: Contact, steps: contactSteps}

// Topic is something to write about, and the desk that answers.
type Topic struct {
	Name string
	Desk identity.Desk
}

// Topics are what one can write about, in the order of the page.
var Topics = []Topic{
	{"general", identity.NetworkDesk}, {"hub", identity.HubDesk}, {"pledges", identity.PledgesDesk}, {"fund", identity.FundDesk},
	{"communications", identity.CommunicationsDesk}, {"stakeholders", identity.NetworkDesk},
}

func topicNames() []string {
	names := make([]string, len(Topics))
	for i, t := range Topics {
		names[i] = t.Name
	}
	return names
}

// deskOf is the desk of a topic; the network desk answers for what is no topic.
func deskOf(topic string) identity.Desk {
	for _, t := range Topics {
		if t.Name == topic {
			return t.Desk
		}
	}
	return identity.NetworkDesk
}

// MaxMessage bounds a message, as one that is written to a desk about a submission.
const MaxMessage = workflow.MaxNote

// messagesPerHour is how many messages one signed-in person may send: each is a mail to the desk.
const messagesPerHour = 10

func contactSteps(*Service) []form.Step {
	return []form.Step{
		{ID: "message", Fields: []form.Field{
			{ID: "topic", Type: form.Choice, Required: true, Values: topicNames()},
			{ID: "title", Type: form.Text, Required: true, Long: LongTitle, Max: MaxTitle},
			{ID: "text", Type: form.LongText, Required: true, Max: MaxMessage},
			{ID: "language", Type: form.Select, Required: true, Options: languageOptions},
		}},
		{ID: "writer", Fields: []form.Field{
			{ID: "contact_name", Type: form.Text, Private: true, Max: MaxName, Autocomplete: "name"},
			{ID: "contact_email", Type: form.Email, Required: true, Private: true, Max: MaxEmail, Autocomplete: "email"},
		}},
	}
}

// Message is what somebody writes to the secretariat.
type Message struct {
	Topic, Title, Text string
	// Lang is the language of the page on which it was written, and of the mails to its writer.
	Lang i18n.Lang
	// Email and Name are the writer's, as typed; of who is signed in they are the account's. Name may be empty.
	Email, Name string
}

func readMessage(v url.Values, l i18n.Lang) Message {
	return Message{
		Topic: v.Get("topic"), Title: line(v.Get("title")), Text: strings.TrimSpace(form.Clean(v.Get("text"))), Lang: l,
		Email: form.CleanEmail(v.Get("email")), Name: line(v.Get("name")),
	}
}

// line makes one line of what was typed.
func line(typed string) string { return strings.Join(strings.Fields(form.Clean(typed)), " ") }

// check returns what is wrong with the message, in the order of the page.
func (m Message) check() []problem.Field {
	var wrong []problem.Field
	add := func(name, key string, args ...any) {
		wrong = append(wrong, problem.Field{Name: name, Key: key, Args: args})
	}
	if !slices.Contains(topicNames(), m.Topic) {
		add("topic", "contact.field.topic.missing")
	}
	for _, text := range []struct {
		name, typed string
		most        int
		needed      bool
	}{{"title", m.Title, MaxTitle, true}, {"text", m.Text, MaxMessage, true}, {"name", m.Name, MaxName, false}} {
		switch n := form.Length(text.typed); {
		case n == 0 && text.needed:
			add(text.name, "contact.field."+text.name+".missing")
		case n > text.most:
			add(text.name, "request.file.wrong.long", text.most, n)
		}
	}
	return append(wrong, checkEmail(m.Email)...)
}

func checkEmail(email string) []problem.Field {
	if !form.ValidEmail(email) || len(email) > MaxEmail {
		return []problem.Field{{Name: "email", Key: "contact.field.email.wrong"}}
	}
	return nil
}

// Write sends the message of a signed-in person, whose address is proven, to its desk at once and returns its number. A message
// that is not as it should be is problem.Invalid, too many in an hour are problem.TooMany.
func (s *Service) Write(ctx context.Context, who identity.User, m Message) (workflow.ID, error) {
	m.Email, m.Name = who.Email, who.Name
	if wrong := m.check(); len(wrong) > 0 {
		return 0, problem.Invalid(wrong...)
	}
	if err := web.Limit(ctx, s.db.Read(), fmt.Sprintf("request.contact:%d", who.ID), messagesPerHour, time.Hour); err != nil {
		return 0, err
	}
	var id workflow.ID
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE`, who.ID); err != nil { // the button is pressed twice
			return err
		}
		same, err := database.Values[workflow.ID](ctx, tx, `SELECT s.id`+workflow.From+` JOIN submission_steps t ON t.submission_id = s.id AND t.step = 'message'
			WHERE s.kind = @kind AND a.side = 'owner' AND s.author_id = @who AND s.submitted_at > @since AND t.answers #>> '{title,0}' = @title AND t.answers #>> '{text,0}' = @text AND t.answers #>> '{topic,0}' = @topic`,
			database.Args{"kind": Contact, "who": who.ID, "staff": who.IsStaff(), "since": s.now().Add(-sameMessage), "title": m.Title, "text": m.Text, "topic": m.Topic})
		if err != nil {
			return err
		}
		if len(same) > 0 {
			id = same[0]
			return nil
		}
		id, err = s.deliver(ctx, tx, who, m)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("write to a desk: %w", err)
	}
	return id, nil
}

// sameMessage is how long the same words by the same person count as one message, sent twice.
const sameMessage = 10 * time.Minute

// deliver hands a message in as its writer, who has proven their address: it stands in the queue of its desk from then on.
func (s *Service) deliver(ctx context.Context, tx database.Tx, who identity.User, m Message) (workflow.ID, error) {
	kind := s.kinds[Contact]
	answers := form.Answers{
		"topic": {m.Topic}, "title": {m.Title}, "text": {m.Text}, "language": {string(m.Lang)}, "contact_name": {m.Name}, "contact_email": {m.Email},
	}
	id, err := workflow.StartOwn(ctx, tx, kind, deskOf(m.Topic), who, s.now())
	if err != nil {
		return 0, err
	}
	sub, err := workflow.Lock(ctx, tx, id, who)
	if err != nil {
		return 0, err
	}
	for _, step := range kind.Form.Steps {
		own := form.Answers{}
		for _, f := range step.Fields {
			own = own.With(f, answers)
		}
		if _, err := workflow.SaveStep(ctx, tx, kind, &sub, step.ID, 0, own, who, s.now()); err != nil {
			return 0, err
		}
	}
	if err := s.HandIn(ctx, tx, who, id); err != nil {
		return 0, err
	}
	return id, s.tellRole(ctx, tx, id, m)
}

// tellRole tells the role address of a topic, if there is one, that a message has come: not what it says, nor who wrote it, since
// whoever reads that mailbox may be behind the wall. It is in the language of the message.
func (s *Service) tellRole(ctx context.Context, tx database.Tx, id workflow.ID, m Message) error {
	to := s.RoleAddresses[m.Topic]
	if to == "" {
		return nil
	}
	ctx = ui.WithSite(i18n.WithLang(ctx, m.Lang.OrEnglish()), s.Site)
	subject := i18n.T(ctx, "request.mail.arrived.subject", i18n.Key("contact.field.topic.option."+m.Topic))
	var html strings.Builder
	if err := arrivedLetter(subject, s.CasePath(id)).Render(ctx, &html); err != nil {
		return fmt.Errorf("write to a role address: %w", err)
	}
	return mail.Queue(ctx, tx, mail.Message{To: to, Lang: i18n.From(ctx), Kind: "request" + ".arrived", Subject: subject, HTML: html.String(), About: id})
}

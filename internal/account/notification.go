package account

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/mail"
	"portal/internal/problem"
	"portal/web"
	"portal/web/ui"
)

// topicsFor are the topics that the person is ever written to about, in the order of the page.
func topicsFor(who identity.User) []mail.Topic {
	var all []mail.Topic
	for _, t := range mail.Topics {
		if t != mail.DeskWork && t != mail.Reviews || t == mail.DeskWork && who.IsStaff() || t == mail.Reviews && who.Is(identity.Reviewer) {
			all = append(all, t)
		}
	}
	return all
}

// ChooseNotifications writes down how often the person wants mails about each of the topics; those left out stay as they
// are. A pace that there is not is problem.Invalid at the field of its topic.
func (s *Service) ChooseNotifications(ctx context.Context, who identity.User, choices map[mail.Topic]mail.Pace) error {
	var wrong []problem.Field
	for _, t := range topicsFor(who) {
		if p, ok := choices[t]; ok && !slices.Contains(mail.Paces, p) {
			wrong = append(wrong, problem.Field{Name: topicField(t), Key: "account.notifications.missing"})
		}
	}
	if len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		// One change of choices at a time, so that what waits for a digest follows the last of them.
		if _, err := tx.Exec(ctx, `SELECT FROM users WHERE id = $1 FOR UPDATE`, who.ID); err != nil {
			return err
		}
		present, err := mail.Choices(ctx, tx, who.ID)
		if err != nil {
			return err
		}
		var changed []string
		for _, t := range topicsFor(who) {
			p, ok := choices[t]
			if !ok || p == present[t] {
				continue
			}
			if err := mail.Choose(ctx, tx, who.ID, t, p, s.now()); err != nil {
				return err
			}
			changed = append(changed, string(t))
		}
		if len(changed) == 0 {
			return nil
		}
		return s.record(ctx, tx, who.ID, "notifications.change", "user", who.ID, changed...)
	})
	if err != nil {
		return fmt.Errorf("change the notification choices of user %d: %w", who.ID, err)
	}
	return nil
}

// SendDigests queues the digests that are due, one mail a person. A job calls it every few minutes; two at a time, or one
// that was ended in the middle, send nothing twice and leave nothing out.
func (s *Service) SendDigests(ctx context.Context) error {
	people, err := mail.DueDigests(ctx, s.db.Read(), s.now())
	if err != nil {
		return err
	}
	var failed error
	for _, id := range people {
		err := s.db.InTx(ctx, func(tx database.Tx) error {
			to, err := recipientByID(ctx, tx, id)
			if err != nil {
				return err
			}
			return mail.Bundle(ctx, tx, id, s.now(), func(items []mail.Collected) (mail.Message, error) {
				return s.digest(ctx, to, items)
			})
		})
		if err != nil { // the others get theirs
			failed = errors.Join(failed, fmt.Errorf("digest of user %d: %w", id, err))
		}
	}
	return failed
}

// digest writes the mail about the collected ones, in the recipient's language.
func (s *Service) digest(ctx context.Context, to recipient, items []mail.Collected) (mail.Message, error) {
	ctx = ui.WithSite(i18n.WithLang(ctx, to.Lang.OrEnglish()), s.site)
	subject := i18n.T(ctx, "account.notifications.digest.subject", len(items))
	var html strings.Builder
	if err := digestMail(to, subject, items).Render(ctx, &html); err != nil {
		return mail.Message{}, fmt.Errorf("write the digest: %w", err)
	}
	return mail.Message{To: to.Email, ToUser: to.ID, Lang: i18n.From(ctx), Kind: "account.digest", Subject: subject, HTML: html.String(), Secret: true}, nil
}

// topicField is the name of the question about a topic.
func topicField(t mail.Topic) string { return "pace_" + string(t) }

// notificationsView is what the page of the notification choices shows.
type notificationsView struct {
	Topics []mail.Topic
	// Values are what is or was chosen, by field.
	Values url.Values
	Wrong  []problem.Field
}

func (v notificationsView) control(ctx context.Context, t mail.Topic) ui.Control {
	key := "account.notifications.topic." + string(t)
	c := ui.Control{
		Name: topicField(t), Label: i18n.T(ctx, key+".label"), Hint: i18n.T(ctx, key+".hint"), Large: true,
		Values: v.Values[topicField(t)], Error: ui.MessageFor(ctx, v.Wrong, topicField(t)),
	}
	for _, p := range mail.Paces {
		c.Choices = append(c.Choices, ui.Choice{Value: string(p), Label: i18n.T(ctx, "account.notifications.pace."+string(p))})
	}
	return c
}

func (h handlers) notifications(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	values := web.Held(ctx)
	if values == nil {
		choices, err := mail.Choices(ctx, h.accounts.db.Read(), identity.Must(ctx).ID)
		if err != nil {
			return err
		}
		values = url.Values{}
		for t, p := range choices {
			values.Set(topicField(t), string(p))
		}
	}
	return web.Render(w, r, http.StatusOK, notificationsPage(notificationsView{Topics: topicsFor(identity.Must(ctx)), Values: values}))
}

func (h handlers) chooseNotifications(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	who := identity.Must(ctx)
	choices := map[mail.Topic]mail.Pace{}
	for _, t := range topicsFor(who) {
		choices[t] = mail.Pace(r.PostFormValue(topicField(t)))
	}
	err := h.accounts.ChooseNotifications(ctx, who, choices)
	if wrong, ok := problem.InvalidFields(err); ok {
		v := notificationsView{Topics: topicsFor(who), Values: r.PostForm, Wrong: wrong}
		return web.Render(w, r, http.StatusUnprocessableEntity, notificationsPage(v))
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, "/account", "account.saved")
}

// digestLines name each collected mail, with where it leads.
func digestLines(ctx context.Context, items []mail.Collected) []ui.MailLine {
	var lines []ui.MailLine
	for _, m := range items {
		lines = append(lines, ui.MailLine{Title: m.Subject, Lang: string(m.Lang), Href: m.Link, Text: i18n.Instant(ctx, m.QueuedAt)})
	}
	return lines
}

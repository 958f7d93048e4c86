package review

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/mail"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// perOutboxPage is the number of mails on a page of the outbox.
const perOutboxPage = 50

// outboxView is what the page of the outbox shows.
type outboxView struct {
	State mail.State
	// About is the submission that the mails are about, or 0.
	About  workflow.ID
	Mails  []mail.Entry
	Counts map[mail.State]int
	Before int64
}

func (h handlers) outbox(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	who := identity.Must(ctx)
	query := r.URL.Query()
	v := outboxView{State: mail.State(query.Get("state")), About: int64(number(query.Get("about"))), Before: int64(number(query.Get("before")))}
	if !slices.Contains(mail.States, v.State) {
		v.State = ""
	}
	var err error
	if v.Mails, err = mail.ListRead(ctx, h.desk.db.Read(), who, mail.Filter{State: v.State, About: v.About, Before: v.Before, Limit: perOutboxPage + 1}, h.now()); err != nil {
		return err
	}
	if v.Counts, err = mail.Count(ctx, h.desk.db.Read(), who); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, outboxPage(v))
}

func (h handlers) letter(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	m, err := mail.Read(r.Context(), h.desk.db, identity.Must(r.Context()), id, h.now())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, mailPage(m))
}

func (h handlers) resend(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	if err := mail.Resend(r.Context(), h.desk.db, identity.Must(r.Context()), id, h.now()); err != nil {
		return err
	}
	return web.Redirect(w, r, outboxPath(id), "review.outbox.resent")
}

func outboxPath(id int64) string { return "/desk/outbox/" + strconv.FormatInt(id, 10) }

// caption counts the mails; those about one submission are not counted.
func (v outboxView) caption(ctx context.Context) string {
	switch {
	case v.About != 0:
		return i18n.T(ctx, "review.case.letters")
	case v.State != "":
		return i18n.T(ctx, "review.outbox.caption", v.Counts[v.State])
	}
	return i18n.T(ctx, "review.outbox.caption", v.all())
}

// all is how many mails there are in every state.
func (v outboxView) all() int {
	total := 0
	for _, n := range v.Counts {
		total += n
	}
	return total
}

func (v outboxView) tabs(ctx context.Context) []ui.Tab {
	tabs := []ui.Tab{{Href: ui.Href(ctx, "/desk/outbox"), Text: i18n.T(ctx, "review.queue.tab", i18n.Key("review.outbox.filter.any"), i18n.Number(ctx, v.all())), Current: v.State == ""}}
	for _, state := range mail.States {
		if n := v.Counts[state]; n > 0 || state == v.State {
			tabs = append(tabs, ui.Tab{Href: ui.Href(ctx, "/desk/outbox?state="+string(state)), Text: i18n.T(ctx, "review.queue.tab", i18n.Key("mail.state."+string(state)), i18n.Number(ctx, n)), Current: v.State == state})
		}
	}
	return tabs
}

// older is the address of the page with older mails; "" on the last.
func (v outboxView) older(ctx context.Context) string {
	if len(v.Mails) <= perOutboxPage {
		return ""
	}
	q := url.Values{"before": {strconv.FormatInt(v.Mails[perOutboxPage-1].ID, 10)}}
	if v.State != "" {
		q.Set("state", string(v.State))
	}
	if v.About != 0 {
		q.Set("about", strconv.FormatInt(v.About, 10))
	}
	return ui.Href(ctx, ui.WithQuery("/desk/outbox", q))
}

func (v outboxView) table(ctx context.Context) ui.Table {
	column := func(name string) ui.Column { return ui.Column{Text: i18n.T(ctx, "review.outbox.column."+name)} }
	t := ui.Table{
		Caption: v.caption(ctx), Cards: true, Header: 1,
		Columns: []ui.Column{column("at"), column("subject"), column("to"), column("state")},
	}
	mails := v.Mails
	if len(mails) > perOutboxPage {
		mails = mails[:perOutboxPage]
	}
	for _, m := range mails {
		subject := ui.Cell{Text: subjectOf(ctx, m), Href: ui.Href(ctx, outboxPath(m.ID)), Lang: langOfSubject(m)}
		to := ui.Cell{Text: ui.PersonName(ctx, m.ToName), Lang: "und"}
		if to.Text == "" {
			to.Text = m.ToAddress
		}
		if m.Hidden {
			subject, to = ui.Cell{Text: i18n.T(ctx, "review.outbox.hidden")}, ui.Cell{Text: i18n.T(ctx, "review.outbox.hidden")}
		}
		t.Rows = append(t.Rows, []ui.Cell{{Component: instant(m.QueuedAt)}, subject, to, {Component: mailTag(m.State)}})
	}
	return t
}

// subjectOf is the subject of the mail; one between the people who write a draft is told by what it is.
func subjectOf(ctx context.Context, m mail.Entry) string {
	if m.Subject == "" && m.Secret {
		return i18n.T(ctx, "review.outbox.unsent")
	}
	return m.Subject
}

// langOfSubject is the language of what subjectOf returns; "" is that of the page.
func langOfSubject(m mail.Entry) string {
	if m.Subject == "" {
		return ""
	}
	return m.Lang
}

func toneOfMail(s mail.State) ui.Tone {
	switch s {
	case mail.Sent, mail.Caught, mail.Bundled:
		return ui.Ok
	case mail.Queued, mail.Sending, mail.Waiting:
		return ui.Sky
	case mail.Unsure:
		return ui.Warn
	}
	return ui.Bad
}

func mailFacts(ctx context.Context, m mail.Mail) []ui.Fact {
	facts := []ui.Fact{
		{Term: i18n.T(ctx, "review.outbox.column.to"), Values: nonEmpty(ui.PersonName(ctx, m.ToName), m.ToAddress), Lang: "und"},
		{Term: i18n.T(ctx, "review.outbox.column.at"), Values: []string{i18n.UTC(ctx, m.QueuedAt)}},
		{Term: i18n.T(ctx, "review.outbox.column.state"), Component: mailTag(m.State)},
	}
	if m.State == mail.Waiting {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "review.outbox.digest"), Values: []string{i18n.Instant(ctx, m.NextAttemptAt)}})
	}
	if m.SubmissionID != nil {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "review.outbox.about"), Component: caseLink(*m.SubmissionID)})
	}
	if m.LastError != "" {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "review.outbox.error"), Values: []string{m.LastError}, Lang: "und"})
	}
	return facts
}

func nonEmpty(values ...string) []string {
	return slices.DeleteFunc(values, func(v string) bool { return v == "" })
}

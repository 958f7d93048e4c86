package request

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

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

// FilingPath is where staff file an e-mail as a request of the person who wrote it, without the language.
const FilingPath = "/desk/requests/new"

// mailed is the question of each kind that the words of an e-mail answer.
var mailed = map[string]string{
	Talk: "purpose", Guidance: "need", Support: "need", Capacity: "need", Statement: "background", Social: "content", Partnership: "mandate", Asset: "purpose",
}

// Sender is one of the offices for which the writer of an e-mail may write.
type Sender struct {
	Person, Office int64
	Name           string // of the office
}

// fileable are the kinds that the person may file.
func fileable(who identity.User) []Kind {
	return slices.DeleteFunc(slices.Clone(Kinds), func(k Kind) bool { return k.OfPledge || !who.OnDesk(k.Desk) })
}

// senders are the approved offices for which the person of the address writes.
func (s *Service) senders(ctx context.Context, email string) ([]Sender, error) {
	all, err := database.Rows[Sender](ctx, s.db.Read(), `SELECT DISTINCT u.id AS person, o.id AS office, o.name FROM users u JOIN posts p ON p.user_id = u.id AND p.state = 'approved' AND p.role <> 'viewer'
			AND p.from_on <= current_date AND (p.until_on IS NULL OR p.until_on >= current_date) JOIN offices o ON o.id = p.office_id AND o.state = 'approved'
		WHERE lower(u.email) = lower($1) AND u.closed_at IS NULL ORDER BY o.name, o.id`, strings.TrimSpace(email))
	if err != nil {
		return nil, fmt.Errorf("for whom a writer of a mail writes: %w", err)
	}
	return all, nil
}

// File hands in an e-mail as a request of the person who wrote it, for an office of theirs, and tells them. Whose address writes
// for no office asks for none, under the name that staff give, once they have given it. A mail that was filed already is a
// *workflow.Filed.
func (s *Service) File(ctx context.Context, who identity.User, posted url.Values) (workflow.ID, error) {
	a := form.Answers(posted)
	k, ok := KindOf(a.First("kind"))
	var wrong []problem.Field
	add := func(name, key string, args ...any) {
		wrong = append(wrong, problem.Field{Name: name, Key: "request.file.wrong." + key, Args: args})
	}
	if !ok || !slices.ContainsFunc(fileable(who), func(may Kind) bool { return may.Name == k.Name }) {
		add("kind", "kind")
	}
	email, name, lang := form.CleanEmail(a.First("email")), line(a.First("name")), i18n.Lang(a.First("lang"))
	senders, err := s.senders(ctx, email)
	if err != nil {
		return 0, err
	}
	chosen := slices.IndexFunc(senders, func(one Sender) bool { return strconv.FormatInt(one.Office, 10) == a.First("office") })
	switch {
	case len(senders) == 1:
		chosen = 0
	case len(senders) > 1 && chosen < 0:
		add("office", "office")
	case len(senders) > 1:
	case !form.ValidEmail(email) || len(email) > MaxEmail:
		add("email", "email")
	case k.Categories != nil:
		add("email", "category")
	case name == "" || form.Length(name) > MaxName:
		add("name", "name", MaxName)
	case !lang.IsOffered():
		add("lang", "lang")
	}
	message, ok := workflow.ReadMessageID(a.First("message_id"))
	if !ok {
		wrong = append(wrong, problem.Field{Name: "message_id", Key: "workflow.filed.message_id.wrong"})
	}
	for _, text := range []struct {
		name string
		most int
	}{{"title", MaxTitle}, {"text", MaxPart}} {
		switch n := form.Length(a.First(text.name)); {
		case n == 0:
			add(text.name, text.name)
		case n > text.most:
			add(text.name, "long", text.most, n)
		}
	}
	if len(wrong) > 0 {
		return 0, problem.Invalid(wrong...)
	}
	var id workflow.ID
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		var from Sender
		if len(senders) > 0 {
			from = senders[chosen]
		} else {
			writer, err := s.Guests.Person(ctx, tx, email, name, lang, false)
			if err != nil {
				return err
			}
			from.Person = writer.ID
		}
		to, err := database.Row[workflow.Recipient](ctx, tx, `SELECT id, name, email, lang FROM users WHERE id = $1`, from.Person)
		if err != nil {
			return err
		}
		answers := form.Answers{
			"language": {to.Lang}, "title": {form.Clean(a.First("title"))}, mailed[k.Name]: {strings.TrimSpace(form.Clean(a.First("text")))}, "contact_name": {to.Name}, "contact_email": {to.Email},
		}
		sub, err := workflow.RecordFor(ctx, tx, s.kinds[k.Name], workflow.Entry{Author: from.Person, Office: from.Office, Lang: to.Lang, MessageID: message}, answers, who, s.now())
		if err != nil {
			return err
		}
		id = sub.ID
		if err := s.Waits(ctx, tx, id); err != nil {
			return err
		}
		return s.tellFiled(ctx, tx, sub, to)
	})
	if err = workflow.AlreadyFiled(ctx, s.db.Read(), err, message, who); err != nil {
		return 0, fmt.Errorf("file a mail as a %s: %w", k.Name, err)
	}
	return id, nil
}

// tellFiled tells the writer of a mail where their request stands.
func (s *Service) tellFiled(ctx context.Context, tx database.Tx, sub workflow.Submission, to workflow.Recipient) error {
	ctx = ui.WithSite(i18n.WithLang(ctx, i18n.Lang(to.Lang).OrEnglish()), s.Site)
	subject := i18n.T(ctx, "request.mail.filed.subject", sub.Title)
	var html strings.Builder
	if err := filedLetter(sub, to, subject, s.OwnerPath(sub.ID)).Render(ctx, &html); err != nil {
		return fmt.Errorf("write request.filed: %w", err)
	}
	return mail.Queue(ctx, tx, mail.Message{To: to.Email, ToUser: to.ID, Lang: i18n.From(ctx), Kind: "request" + ".filed", Subject: subject, HTML: html.String(), About: sub.ID})
}

func (h handlers) filingForm(w http.ResponseWriter, r *http.Request) error {
	typed := web.Held(r.Context())
	if typed == nil {
		typed = url.Values{}
	}
	return h.showFiling(w, r, http.StatusOK, filingView{Typed: typed})
}

func (h handlers) showFiling(w http.ResponseWriter, r *http.Request, status int, v filingView) error {
	if v.Kinds = fileable(identity.Must(r.Context())); len(v.Kinds) == 0 {
		return problem.NotFound
	}
	var err error
	if email := form.CleanEmail(v.Typed.Get("email")); form.ValidEmail(email) {
		if v.Senders, err = h.requests.senders(r.Context(), email); err != nil {
			return err
		}
		v.Nobody = len(v.Senders) == 0
	}
	return web.Render(w, r, status, filingPage(v))
}

func (h handlers) file(w http.ResponseWriter, r *http.Request) error {
	if len(fileable(identity.Must(r.Context()))) == 0 {
		return problem.NotFound
	}
	id, err := h.requests.File(r.Context(), identity.Must(r.Context()), r.PostForm)
	var filed *workflow.Filed
	if errors.As(err, &filed) {
		v := filingView{Typed: r.PostForm, Twice: true}
		if filed.ID != 0 {
			v.First = ui.Href(r.Context(), h.pages.Case(filed.ID))
		}
		return h.showFiling(w, r, http.StatusConflict, v)
	}
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showFiling(w, r, http.StatusUnprocessableEntity, filingView{Typed: r.PostForm, Wrong: wrong})
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, h.pages.Case(id), "request.flash.filed")
}

// filingView is the form in which an e-mail is filed.
type filingView struct {
	Kinds   []Kind
	Senders []Sender
	// Nobody says that the address writes for no office: it is asked how its writer is called.
	Nobody bool
	Typed  url.Values
	Wrong  []problem.Field
	// Twice says that the mail was filed before, First is the page of that request; "" for whom the wall keeps out of it.
	Twice bool
	First string
}

func (v filingView) control(ctx context.Context, name string) ui.Control {
	c := ui.Control{Name: name, Label: i18n.T(ctx, "request.file.field."+name), Values: v.Typed[name], Error: ui.MessageFor(ctx, v.Wrong, name)}
	if key := "request.file.field." + name + ".hint"; i18n.Has(i18n.From(ctx), key) {
		c.Hint = i18n.T(ctx, key)
	}
	switch name {
	case "kind":
		c.Blank = i18n.T(ctx, "request.start.choose")
		for _, k := range v.Kinds {
			c.Choices = append(c.Choices, ui.Choice{Value: k.Name, Label: i18n.T(ctx, "submission.kind."+k.Name)})
		}
	case "office":
		c.Blank = i18n.T(ctx, "request.start.choose")
		for _, s := range v.Senders {
			c.Choices = append(c.Choices, ui.Choice{Value: strconv.FormatInt(s.Office, 10), Label: s.Name})
		}
	case "email":
		c.Type = "email"
	case "lang":
		for _, l := range i18n.Offered() {
			c.Choices = append(c.Choices, ui.Choice{Value: string(l), Label: l.Name()})
		}
	case "text":
		c.Rows, c.Max, c.Length = 10, MaxPart, form.Length(v.Typed.Get(name))
	}
	return c
}

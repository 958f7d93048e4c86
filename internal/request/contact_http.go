package request

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// ContactPath is where one writes to the secretariat, without the language; the query topic chooses what about.
const ContactPath = "/contact"

func contactRoutes(r *web.Router, h handlers) {
	r.Public("GET "+ContactPath, h.contact, web.Cached("topic"))
	r.Public("POST "+ContactPath, h.write)
	r.Public("GET "+ContactPath+"/sent", h.left)
	r.Public("GET "+StrangerPath, h.strangerForm)
	r.Public("POST "+StrangerPath, h.beginAsStranger)
	r.Public("GET /t/request/{token}", h.proof, web.Private())
	r.Public("POST /t/request/{token}", h.prove, web.Private())
}

func (h handlers) contact(w http.ResponseWriter, r *http.Request) error {
	typed := web.Held(r.Context())
	if typed == nil {
		typed = url.Values{"topic": {r.URL.Query().Get("topic")}}
	}
	return h.showContact(w, r, http.StatusOK, contactView{Typed: typed})
}

func (h handlers) showContact(w http.ResponseWriter, r *http.Request, status int, v contactView) error {
	times, err := workflow.ReadServiceTimes(r.Context(), h.requests.db.Read())
	if err != nil {
		return err
	}
	v.Days, v.Pages = times[Contact].AnswerDays, h.pages
	return web.Render(w, r, status, contactPage(v))
}

func (h handlers) write(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	m := readMessage(r.PostForm, i18n.From(ctx))
	who := identity.From(ctx)
	var id workflow.ID
	var err error
	if who.SignedIn() {
		id, err = h.requests.Write(ctx, who, m)
	} else {
		err = h.requests.Leave(ctx, m, web.Network(ctx))
	}
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showContact(w, r, http.StatusUnprocessableEntity, contactView{Typed: r.PostForm, Wrong: wrong})
	}
	if err != nil {
		return err
	}
	if who.SignedIn() {
		return web.Redirect(w, r, h.pages.Submission(id), "contact.flash.sent")
	}
	return web.Redirect(w, r, ContactPath+"/sent", "contact.flash.left", m.Email)
}

// left is the one answer to whoever wrote without signing in, whatever becomes of it.
func (h handlers) left(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, leftPage(kindOf(r), int(UnprovenLasts/(24*time.Hour))))
}

// proof shows what a link from a mail is for, with the one button that acts. Programs that look at mails open links.
func (h handlers) proof(w http.ResponseWriter, r *http.Request) error {
	u, err := h.requests.waiting(r.Context(), r.PathValue("token"))
	switch {
	case errors.Is(err, problem.NotFound):
		return web.Render(w, r, http.StatusNotFound, deadProofPage(false, ""))
	case err != nil:
		return err
	case u.SubmissionID != nil:
		return web.Render(w, r, http.StatusGone, deadProofPage(true, ui.Href(r.Context(), h.pages.Submission(*u.SubmissionID))))
	}
	return web.Render(w, r, http.StatusOK, proofPage(proofView{u, r.PathValue("token")}))
}

func (h handlers) prove(w http.ResponseWriter, r *http.Request) error {
	done, err := h.requests.Prove(r.Context(), r.PathValue("token"))
	if errors.Is(err, problem.NotFound) || errors.Is(err, problem.Stale) {
		return h.proof(w, r)
	}
	if err != nil {
		return err
	}
	if done.LetIn {
		if err := web.LetIn(r.Context(), done.Who); err != nil {
			return err
		}
	}
	return web.Redirect(w, r, h.pages.Submission(done.Submission), "contact.flash.proven")
}

// contactView is the page on which one writes to the secretariat.
type contactView struct {
	Typed url.Values
	Wrong []problem.Field
	// Days are the working days within which a message is answered.
	Days  int
	Pages Pages
}

func (v contactView) control(ctx context.Context, name string) ui.Control {
	c := ui.Control{Name: name, Label: i18n.T(ctx, "contact.field."+name+".label"), Values: v.Typed[name], Error: ui.MessageFor(ctx, v.Wrong, name)}
	if key := "contact.field." + name + ".hint"; i18n.Has(i18n.From(ctx), key) {
		c.Hint = i18n.T(ctx, key)
	}
	switch name {
	case "topic":
		for _, t := range topicNames() {
			c.Choices = append(c.Choices, ui.Choice{Value: t, Label: i18n.T(ctx, "contact.field.topic.option."+t), Hint: i18n.T(ctx, "contact.topic."+t)})
		}
	case "name":
		c.Optional, c.Autocomplete = true, "name"
	case "email":
		c.Type, c.Autocomplete = "email", "email"
	case "text":
		c.Rows, c.Max, c.Length = 10, MaxMessage, form.Length(strings.TrimSpace(v.Typed.Get(name)))
	}
	return c
}

// proofView is the page of a link that proves an address.
type proofView struct {
	unproven
	Token string
}

func (v proofView) facts(ctx context.Context) []ui.Fact {
	if v.OfficeID != nil {
		return []ui.Fact{{Term: i18n.T(ctx, "submission.fact.office"), Values: []string{v.OfficeName}, Lang: "und"}}
	}
	return []ui.Fact{
		{Term: i18n.T(ctx, "contact.field.topic.label"), Values: []string{i18n.T(ctx, "contact.field.topic.option."+v.Topic)}},
		{Term: i18n.T(ctx, "contact.field.title.label"), Values: []string{v.Title}, Lang: string(v.Lang)},
	}
}

package request

import (
	"context"
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

// Somebody without an account begins a talk for an office that is known (requests.md): they prove their address first, and then
// write the draft and send it in as everybody who waits for the approval of their office. Its heads are told at once, and can
// stop it.

// StrangerPath is where that is begun, without the language.
const StrangerPath = TalkStartPath + "/office"

// Beginning is a request that somebody wants to begin without an account.
type Beginning struct {
	Email, Name string
	Office      int64
	Lang        i18n.Lang
}

func (b Beginning) check() []problem.Field {
	wrong := checkEmail(b.Email)
	switch n := form.Length(b.Name); {
	case n == 0:
		wrong = append(wrong, problem.Field{Name: "name", Key: "request.stranger.name.missing"})
	case n > MaxName:
		wrong = append(wrong, problem.Field{Name: "name", Key: "request.file.wrong.long", Args: []any{MaxName, n}})
	}
	if b.Office == 0 {
		wrong = append(wrong, problem.Field{Name: "office", Key: "request.stranger.office.missing"})
	}
	return wrong
}

// LeaveTalk keeps that somebody wants to begin a talk until they have proven their address. What is not as it should be is
// problem.Invalid, also an office that is not approved; too much from one network is problem.TooMany.
func (s *Service) LeaveTalk(ctx context.Context, b Beginning, network string) error {
	wrong := b.check()
	if b.Office != 0 {
		known, err := database.Value[bool](ctx, s.db.Read(), `SELECT EXISTS (SELECT FROM offices WHERE id = $1 AND state = 'approved')`, b.Office)
		if err != nil {
			return fmt.Errorf("begin a talk without an account: %w", err)
		}
		if !known {
			wrong = append(wrong, problem.Field{Name: "office", Key: "request.stranger.office.missing"})
		}
	}
	if len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	return s.keep(ctx, unproven{Kind: Talk, OfficeID: &b.Office, OfficeName: strconv.FormatInt(b.Office, 10), Email: b.Email, Name: b.Name, Lang: b.Lang}, network)
}

// beginFor opens the draft for somebody who has proven their address, and tells the heads of the office.
func (s *Service) beginFor(ctx context.Context, tx database.Tx, who identity.User, u unproven) (identity.User, workflow.ID, error) {
	who, office, err := s.Guests.Join(ctx, tx, who, *u.OfficeID)
	if err != nil {
		return who, 0, err
	}
	id, err := workflow.Start(ctx, tx, s.kinds[u.Kind], office, who, s.now())
	if err != nil {
		return who, 0, err
	}
	if post, _ := who.Post(office); post.Approved { // a colleague, whom nobody has to look at
		return who, id, nil
	}
	sub, err := workflow.FindForPortal(ctx, tx, id)
	if err != nil {
		return who, 0, err
	}
	heads, err := workflow.OwnerRecipients(ctx, tx, sub)
	if err != nil {
		return who, 0, err
	}
	for _, to := range heads {
		if to.ID == who.ID {
			continue
		}
		ctx := ui.WithSite(i18n.WithLang(ctx, i18n.Lang(to.Lang).OrEnglish()), s.Site)
		subject := i18n.T(ctx, "request.mail.begun.subject", sub.OfficeName)
		var html strings.Builder
		if err := begunLetter(sub, to, subject, s.OwnerPath(id)).Render(ctx, &html); err != nil {
			return who, 0, fmt.Errorf("write request.begun: %w", err)
		}
		err := mail.Queue(ctx, tx, mail.Message{To: to.Email, ToUser: to.ID, Lang: i18n.From(ctx), Kind: "request" + ".begun", Subject: subject, HTML: html.String(), About: id})
		if err != nil {
			return who, 0, err
		}
	}
	return who, id, nil
}

// doFind is the value of the button that searches.
const doFind = "find"

func (h handlers) strangerForm(w http.ResponseWriter, r *http.Request) error {
	if identity.From(r.Context()).SignedIn() {
		return web.Redirect(w, r, TalkStartPath, "")
	}
	return h.showStranger(w, r, http.StatusOK, strangerView{Typed: url.Values{}})
}

func (h handlers) showStranger(w http.ResponseWriter, r *http.Request, status int, v strangerView) error {
	var err error
	if v.Found, v.More, err = h.requests.Guests.FindOffices(r.Context(), v.Typed.Get("searched")); err != nil {
		return err
	}
	for _, o := range v.Found {
		if c, ok := h.requests.Vocabulary().Country(o.Country); ok {
			v.Countries = append(v.Countries, c.Name(i18n.From(r.Context())))
			continue
		}
		v.Countries = append(v.Countries, "")
	}
	return web.Render(w, r, status, strangerPage(v))
}

// beginAsStranger looks for offices, or keeps what is to be begun until the address is proven.
func (h handlers) beginAsStranger(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if identity.From(ctx).SignedIn() {
		return web.Redirect(w, r, TalkStartPath, "")
	}
	v := strangerView{Typed: r.PostForm}
	words := line(v.Typed.Get("q"))
	if v.Typed.Get("do") == doFind || words != "" && words != v.Typed.Get("searched") {
		v.Typed.Set("searched", words)
		return h.showStranger(w, r, http.StatusOK, v)
	}
	office, _ := strconv.ParseInt(v.Typed.Get("office"), 10, 64) // none is no office that there is
	b := Beginning{Email: form.CleanEmail(v.Typed.Get("email")), Name: line(v.Typed.Get("name")), Office: office, Lang: i18n.From(ctx)}
	err := h.requests.LeaveTalk(ctx, b, web.Network(ctx))
	if wrong, ok := problem.InvalidFields(err); ok {
		if v.Wrong = wrong; v.Typed.Get("searched") == "" { // there is nothing to choose from yet
			for i := range v.Wrong {
				if v.Wrong[i].Name == "office" {
					v.Wrong[i] = problem.Field{Name: "q", Key: "request.stranger.q.missing"}
				}
			}
		}
		return h.showStranger(w, r, http.StatusUnprocessableEntity, v)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, ContactPath+"/sent?kind="+Talk, "contact.flash.left", b.Email)
}

// strangerView is the page on which somebody without an account begins a talk.
type strangerView struct {
	Typed url.Values
	Wrong []problem.Field
	// Found are the offices that were found, with the names of their Countries; More says that there are others.
	Found     []Office
	Countries []string
	More      bool
}

func (v strangerView) control(ctx context.Context, name string) ui.Control {
	c := ui.Control{Name: name, Label: i18n.T(ctx, "request.stranger."+name+".label"), Values: v.Typed[name], Error: ui.MessageFor(ctx, v.Wrong, name)}
	if key := "request.stranger." + name + ".hint"; i18n.Has(i18n.From(ctx), key) {
		c.Hint = i18n.T(ctx, key)
	}
	switch name {
	case "email":
		c.Type, c.Autocomplete = "email", "email"
	case "name":
		c.Autocomplete = "name"
	case "q":
		c.After = findOffice()
	case "office":
		for i, o := range v.Found {
			c.Choices = append(c.Choices, ui.Choice{Value: strconv.FormatInt(o.ID, 10), Label: o.Name, Hint: v.Countries[i]})
		}
	}
	return c
}

// chosen says whether there are offices to choose from.
func (v strangerView) chosen() bool { return len(v.Found) > 0 }

// kindOf is the kind of what waits for its proof, for the page that says so; a message unless it is another that there is.
func kindOf(r *http.Request) string {
	if kind := r.URL.Query().Get("kind"); slices.Contains([]string{Talk}, kind) {
		return kind
	}
	return Contact
}

package account

import (
	"net/http"
	"slices"
	"strconv"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
)

func (h handlers) account(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	p, err := h.accounts.Person(ctx, identity.Must(ctx))
	if err != nil {
		return err
	}
	offers, err := h.accounts.OffersTo(ctx, identity.Must(ctx))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, accountPage(accountView{Person: p, Offers: offers, Staff: identity.Must(ctx).Staff, Vocabulary: h.accounts.vocabulary(), Pages: h.accounts.ownPages}))
}

func (h handlers) profileForm(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	field := r.PathValue("field")
	if !slices.Contains(ProfileFields, field) {
		return problem.NotFound
	}
	p, err := h.accounts.Person(ctx, identity.Must(ctx))
	if err != nil {
		return err
	}
	values := map[string][]string{"name": {p.Name}, "position": {p.Position}, "country": {p.Country}, "lang": {string(p.Lang)}, "interests": texts(p.Interests)}[field]
	if held := web.Held(ctx); held != nil {
		values = held[field]
	}
	return web.Render(w, r, http.StatusOK, profilePage(profileView{Field: field, Values: values, Vocabulary: h.accounts.vocabulary()}))
}

func (h handlers) changeProfile(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	field := r.PathValue("field")
	p := Profile{
		Name: cleanLine(r.PostFormValue("name")), Position: cleanLine(r.PostFormValue("position")), Country: r.PostFormValue("country"),
		Lang: i18n.Lang(r.PostFormValue("lang")), Interests: readNumbers(r.PostForm["interests"]),
	}
	err := h.accounts.ChangeProfile(ctx, identity.Must(ctx), field, p)
	if wrong, ok := problem.InvalidFields(err); ok {
		v := profileView{Field: field, Values: r.PostForm[field], Wrong: wrong, Vocabulary: h.accounts.vocabulary()}
		return web.Render(w, r, http.StatusUnprocessableEntity, profilePage(v))
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, "/account", "account.saved")
}

func (h handlers) passwordForm(w http.ResponseWriter, r *http.Request) error {
	return h.showPassword(w, r, http.StatusOK, nil)
}

func (h handlers) showPassword(w http.ResponseWriter, r *http.Request, status int, wrong []problem.Field) error {
	p, err := h.accounts.Person(r.Context(), identity.Must(r.Context()))
	if err != nil {
		return err
	}
	return web.Render(w, r, status, passwordPage(passwordView{Email: p.Email, Wrong: wrong}))
}

func (h handlers) changePassword(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	who, err := h.accounts.ChangePassword(ctx, identity.Must(ctx), r.PostFormValue("password"))
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showPassword(w, r, http.StatusUnprocessableEntity, wrong)
	}
	if err != nil {
		return err
	}
	if err := web.SignIn(ctx, who); err != nil {
		return err
	}
	return web.Redirect(w, r, "/account", "account.password.changed")
}

func (h handlers) officeForm(w http.ResponseWriter, r *http.Request) error {
	f := officeForm{}
	if held := web.Held(r.Context()); held != nil {
		f = readOfficeForm(held)
	}
	return h.showJoin(w, r, http.StatusOK, f, nil)
}

func (h handlers) showJoin(w http.ResponseWriter, r *http.Request, status int, f officeForm, wrong []problem.Field) error {
	v, err := h.officeView(r, f, wrong, "/account/office")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, joinPage(v))
}

func (h handlers) join(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f := readOfficeForm(r.PostForm)
	if f.asksToSearch(r.PostFormValue("do")) {
		return h.showJoin(w, r, http.StatusOK, f.search(), nil)
	}
	choice, wrong := f.choice()
	if len(wrong) == 0 {
		_, err := h.accounts.Join(ctx, identity.Must(ctx), choice)
		bad, invalid := problem.InvalidFields(err)
		if err != nil && !invalid {
			return err
		}
		wrong = bad
	}
	if len(wrong) > 0 {
		return h.showJoin(w, r, http.StatusUnprocessableEntity, f, wrong)
	}
	return web.Redirect(w, r, "/account", "account.office.asked")
}

// texts are numbers as forms carry them.
func texts(numbers []int) []string {
	all := make([]string, len(numbers))
	for i, n := range numbers {
		all[i] = strconv.Itoa(n)
	}
	return all
}

package expert

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
	"portal/web/ui"
)

// OwnPath is the page of one's own profile, without the language.
const OwnPath = "/account/expert"

func (h handlers) own(w http.ResponseWriter, r *http.Request) error {
	v := ownView{}
	if held := web.Held(r.Context()); held != nil {
		v.Typed = held
	}
	return h.showOwn(w, r, http.StatusOK, v)
}

func (h handlers) showOwn(w http.ResponseWriter, r *http.Request, status int, v ownView) error {
	p, err := h.experts.Own(r.Context(), identity.Must(r.Context()))
	if err != nil {
		return err
	}
	v.Kept, v.Profile, v.Vocabulary = p, p, h.experts.vocabulary()
	if v.Typed != nil {
		v.Profile = readProfile(v.Typed, p)
		v.Consent = v.Typed.Get("consent") == "yes"
	}
	return web.Render(w, r, status, ownPage(v))
}

// readProfile is what was typed; what the form does not ask is as it was.
func readProfile(posted url.Values, kept Profile) Profile {
	p := kept
	p.Version = number(posted.Get(ui.VersionField))
	p.Name, p.Organization, p.Lang, p.Text = posted.Get("name"), posted.Get("organization"), posted.Get("lang"), posted.Get("text")
	p.Objectives = nil
	for _, one := range posted["objectives"] {
		p.Objectives = append(p.Objectives, number(one))
	}
	p.Languages, p.Regions, p.Countries = posted["languages"], posted["regions"], posted["countries"]
	p.Links = nil
	for i := range MaxLinks {
		p.Links = append(p.Links, posted.Get("link"+strconv.Itoa(i+1)))
	}
	p.Indexed = posted.Get("indexed") == "yes"
	return p
}

func (h handlers) save(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	publish := r.PostFormValue("do") == "publish"
	p := readProfile(r.PostForm, Profile{})
	err := h.experts.Save(ctx, identity.Must(ctx), p, publish, r.PostFormValue("consent") == "yes")
	switch wrong, invalid := problem.InvalidFields(err); {
	case invalid:
		return h.showOwn(w, r, http.StatusUnprocessableEntity, ownView{Typed: r.PostForm, Wrong: wrong})
	case errors.Is(err, problem.Stale):
		return h.showOwn(w, r, http.StatusConflict, ownView{Typed: r.PostForm, Stale: true})
	case err != nil:
		return err
	case publish:
		return web.Redirect(w, r, OwnPath, "expert.flash.published")
	}
	return web.Redirect(w, r, OwnPath, "expert.flash.saved")
}

func (h handlers) withdraw(w http.ResponseWriter, r *http.Request) error {
	if err := h.experts.Withdraw(r.Context(), identity.Must(r.Context())); err != nil && !errors.Is(err, problem.NotFound) { // done already
		return err
	}
	return web.Redirect(w, r, OwnPath, "expert.flash.withdrawn")
}

func (h handlers) delete(w http.ResponseWriter, r *http.Request) error {
	if err := h.experts.Delete(r.Context(), identity.Must(r.Context())); err != nil && !errors.Is(err, problem.NotFound) { // done already
		return err
	}
	return web.Redirect(w, r, OwnPath, "expert.flash.deleted")
}

func (h handlers) pictureForm(w http.ResponseWriter, r *http.Request) error {
	return h.showPicture(w, r, http.StatusOK, pictureView{})
}

func (h handlers) showPicture(w http.ResponseWriter, r *http.Request, status int, v pictureView) error {
	p, err := h.experts.Own(r.Context(), identity.Must(r.Context()))
	if err != nil {
		return err
	}
	if p.Version == 0 {
		return web.Redirect(w, r, OwnPath, "expert.flash.first")
	}
	if v.Profile = p; len(v.Wrong) == 0 {
		v.Alt = p.PictureAlt
	}
	if v.Alt == "" {
		v.Alt = i18n.T(r.Context(), "expert.picture.alt.usual", p.Name)
	}
	return web.Render(w, r, status, picturePage(v))
}

func (h handlers) setPicture(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	var content io.Reader
	name := ""
	file, header, err := r.FormFile("picture")
	switch {
	case err == nil:
		defer func() { _ = file.Close() }() // it was only read
		if header.Size > 0 {
			content, name = file, header.Filename
		}
	case !errors.Is(err, http.ErrMissingFile) && !errors.Is(err, http.ErrNotMultipart):
		return err
	}
	err = h.experts.SetPicture(ctx, identity.Must(ctx), name, content, r.PostFormValue("alt"))
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showPicture(w, r, http.StatusUnprocessableEntity, pictureView{Alt: r.PostFormValue("alt"), Wrong: wrong})
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, OwnPath, "expert.flash.picture")
}

func (h handlers) removePicture(w http.ResponseWriter, r *http.Request) error {
	if err := h.experts.RemovePicture(r.Context(), identity.Must(r.Context())); err != nil {
		return err
	}
	return web.Redirect(w, r, OwnPath, "expert.flash.picture_removed")
}

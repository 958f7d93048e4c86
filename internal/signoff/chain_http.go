package signoff

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
)

// ChainsPath is where the fund desk sets who signs, without the language.
const ChainsPath = "/desk/fund/chains"

func (h handlers) chains(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v := chainsView{MaySet: maySet(identity.Must(ctx))}
	for _, t := range NoteTypes {
		all, err := h.service.Chains(ctx, identity.Must(ctx), t)
		if err != nil {
			return err
		}
		v.Chains = append(v.Chains, all)
	}
	return web.Render(w, r, http.StatusOK, chainsPage(v))
}

// openChain returns the chain that is in force for the type of the request.
func (h handlers) openChain(ctx context.Context, r *http.Request) (Chain, error) {
	all, err := h.service.Chains(ctx, identity.Must(ctx), NoteType(r.PathValue("type")))
	switch {
	case err != nil:
		return Chain{}, err
	case !maySet(identity.Must(ctx)):
		return Chain{}, problem.Forbidden
	}
	return all[0], nil
}

func (h handlers) chainForm(w http.ResponseWriter, r *http.Request) error {
	c, err := h.openChain(r.Context(), r)
	if err != nil {
		return err
	}
	typed := formOf(c)
	if held := web.Held(r.Context()); held.Has("version") {
		typed = held
	}
	return web.Render(w, r, http.StatusOK, chainPage(chainView{Chain: c, Typed: typed}))
}

func (h handlers) setChain(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	now, err := h.openChain(ctx, r)
	if err != nil {
		return err
	}
	c, wrong := readChain(now.NoteType, r.PostForm)
	if len(wrong) > 0 {
		return web.Render(w, r, http.StatusUnprocessableEntity, chainPage(chainView{Chain: now, Typed: r.PostForm, Wrong: wrong}))
	}
	err = h.service.SetChain(ctx, identity.Must(ctx), c)
	if errors.Is(err, problem.Stale) {
		if now, err = h.openChain(ctx, r); err != nil {
			return err
		}
		r.PostForm.Set("version", strconv.Itoa(now.Version))
		return web.Render(w, r, http.StatusConflict, chainPage(chainView{Chain: now, Typed: r.PostForm, Stale: true}))
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, ChainsPath, "signoff.flash.chain")
}

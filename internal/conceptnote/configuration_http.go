package conceptnote

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
)

// What the buttons of the form and of its preview do: show the form again, show what would change, set the version.
const (
	actName  = "act"
	actForm  = "form"
	actShow  = "preview"
	actApply = "set"
)

func configurationRoutes(r *web.Router, h handlers) {
	r.Staff("GET "+ConfigurationPath, h.configuration)
	r.Staff("GET "+ConfigurationPath+"/new", h.configurationForm)
	r.Staff("POST "+ConfigurationPath+"/new", h.setConfiguration)
	r.Staff("GET "+ConfigurationPath+"/{version}", h.configuration)
}

// configuration shows a version; the last one where none is named.
func (h handlers) configuration(w http.ResponseWriter, r *http.Request) error {
	who := identity.Must(r.Context())
	all, err := h.notes.History(r.Context(), who)
	if err != nil {
		return err
	}
	v := configurationView{Version: all[len(all)-1], All: all, Who: who}
	if number := r.PathValue("version"); number != "" {
		i := slices.IndexFunc(all, func(v Version) bool { return strconv.Itoa(v.Number) == number })
		if i < 0 {
			return problem.NotFound
		}
		v.Version = all[i]
	}
	return web.Render(w, r, http.StatusOK, configurationPage(v))
}

// settable returns all versions to the lead, who may set the next one.
func (h handlers) settable(ctx context.Context) (Versions, error) {
	all, err := h.notes.History(ctx, identity.Must(ctx))
	if err == nil && !MayConfigure(identity.Must(ctx)) {
		err = problem.Forbidden
	}
	return all, err
}

func (h handlers) configurationForm(w http.ResponseWriter, r *http.Request) error {
	all, err := h.settable(r.Context())
	if err != nil {
		return err
	}
	last := all[len(all)-1]
	v := setView{Typed: formOf(last), Last: last}
	if held := web.Held(r.Context()); held.Has("version") {
		v.Typed = configurationForm{held}
	}
	return web.Render(w, r, http.StatusOK, setPage(v))
}

// setConfiguration takes the form: it shows what would change, and sets the version once that is confirmed.
func (h handlers) setConfiguration(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	all, err := h.settable(ctx)
	if err != nil {
		return err
	}
	v := setView{Typed: configurationForm{r.PostForm}, Last: all[len(all)-1]}
	if r.PostFormValue(actName) == actForm {
		return web.Render(w, r, http.StatusOK, setPage(v))
	}
	c, wrong := v.Typed.read(v.Last)
	if len(wrong) > 0 {
		v.Wrong = wrong
		return web.Render(w, r, http.StatusUnprocessableEntity, setPage(v))
	}
	seen, _ := strconv.Atoi(r.PostFormValue("version")) // none is no version that there is
	changes := v.Last.Content.changes(ctx, &c)
	if seen != v.Last.Number && len(changes) > 0 {
		return h.staleConfiguration(w, r, all, seen, c)
	}
	if r.PostFormValue(actName) != actApply {
		return h.preview(w, r, previewView{Typed: v.Typed, Last: v.Last, Changes: changes}, &c)
	}
	err = h.notes.SetConfiguration(ctx, identity.Must(ctx), seen, c)
	if errors.Is(err, problem.Stale) {
		if all, err = h.settable(ctx); err != nil {
			return err
		}
		return h.staleConfiguration(w, r, all, seen, c)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, ConfigurationPath, "concept_note.configuration.flash")
}

// preview shows what the configuration would change, and what becomes of the drafts.
func (h handlers) preview(w http.ResponseWriter, r *http.Request, v previewView, c *Configuration) error {
	ctx := r.Context()
	var err error
	if v.Reach, err = h.notes.reached(ctx, stepsOf(v.Changes)); err != nil {
		return err
	}
	names, ids := map[string]string{}, []string{}
	gone := func(step string, was, is []item) {
		for _, one := range was {
			if !slices.ContainsFunc(is, func(i item) bool { return i.id == one.id }) {
				id := useID(step, one.id)
				names[id], ids = one.names.In(i18n.From(ctx)), append(ids, id)
			}
		}
	}
	gone("areas", itemsOf(v.Last.Content.Areas, areaItem), itemsOf(c.Areas, areaItem))
	gone("budget", itemsOf(v.Last.Content.Categories, categoryItem), itemsOf(c.Categories, categoryItem))
	used, err := h.notes.used(ctx, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if i := slices.IndexFunc(used, func(u usage) bool { return u.ID == id }); i >= 0 {
			v.Removed = append(v.Removed, removed{names[id], used[i].Drafts})
		}
	}
	return web.Render(w, r, http.StatusOK, previewPage(v))
}

// staleConfiguration shows both: what another lead has set since the form was read, and what was typed.
func (h handlers) staleConfiguration(w http.ResponseWriter, r *http.Request, all Versions, seen int, c Configuration) error {
	ctx := r.Context()
	last := all[len(all)-1]
	v := setView{Typed: configurationForm{r.PostForm}, Last: last, Stale: true}
	if i := slices.IndexFunc(all, func(v Version) bool { return v.Number == seen }); i >= 0 {
		v.Theirs, v.Yours = all[i].Content.changes(ctx, &last.Content), all[i].Content.changes(ctx, &c)
	}
	v.Typed.Set("version", strconv.Itoa(last.Number))
	return web.Render(w, r, http.StatusConflict, setPage(v))
}

func sortedNames(q url.Values) []string { return slices.Sorted(maps.Keys(q)) }

package expert

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
	"portal/web/ui"
)

type handlers struct{ experts *Service }

// Routes adds the pages of experts. There is no feed: what readers of a feed have fetched is not taken back when somebody
// takes their profile back.
func Routes(r *web.Router, experts *Service) {
	h := handlers{experts}
	r.Public("GET "+Path, h.list, web.Cached(append([]string{"q", "sort", "page", "after"}, Facets...)...))
	r.Public("GET "+Path+".csv", web.CSV(h.table), web.Stateless())
	r.Public("GET "+Path+".xlsx", web.XLSX(h.table), web.Stateless())
	r.Public("GET "+Path+".json", web.JSON(h.table), web.Stateless())
	r.Public("GET "+Path+"/{expert}", h.page, web.Cached())
	r.Member("GET "+Path+"/{expert}/message", h.messageForm)
	r.Member("POST "+Path+"/{expert}/message", h.send)
	r.Bare(web.Public, "GET /images/experts/{expert}", h.picture)
	r.Member("GET "+OwnPath, h.own)
	r.Member("POST "+OwnPath, h.save)
	r.Member("POST "+OwnPath+"/withdrawal", h.withdraw)
	r.Member("POST "+OwnPath+"/deletion", h.delete)
	r.Member("GET "+OwnPath+"/picture", h.pictureForm)
	r.Member("POST "+OwnPath+"/picture", h.setPicture, web.Body(pictureBody), web.Timeout(pictureTime))
	r.Member("POST "+OwnPath+"/picture/removal", h.removePicture)
	r.Staff("GET "+DeskPath, h.desk)
	r.Staff("GET "+DeskPath+"/{expert}", h.deskPage)
	r.Staff("POST "+DeskPath+"/{expert}", h.hide)
}

const (
	pictureBody = 12 << 20
	pictureTime = 2 * time.Minute
)

func (h handlers) list(w http.ResponseWriter, r *http.Request) error {
	ctx, v := r.Context(), h.experts.vocabulary()
	list, err := h.experts.List(ctx, ReadFilter(r.URL.Query(), v), i18n.From(ctx))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, listPage(listView{list, v}))
}

// table is the list as a file: what its pages show, and no way to write to people past the portal.
func (h handlers) table(r *http.Request) web.Table {
	ctx, v := r.Context(), h.experts.vocabulary()
	f := ReadFilter(r.URL.Query(), v)
	l := i18n.From(ctx)
	return web.Table{
		Name: "experts", Title: i18n.T(ctx, "expert.list.title"), List: ui.Absolute(ctx, ui.WithQuery(Path, f.Values())), Day: date.Today(h.experts.now(), i18n.Geneva),
		Columns: web.Columns(ctx, "expert.column.", "name", "organization", "text", "text_language", "objectives", "languages", "regions", "countries", "links", "address"),
		Rows: web.RowsOf(func() ([]Profile, error) { return h.experts.All(ctx, f, l) }, func(p Profile) []any {
			named := func(facet string) string {
				var all []string
				for _, value := range p.values(facet, v) {
					all = append(all, label(ctx, v, facet, value))
				}
				return strings.Join(all, "; ")
			}
			return []any{p.Name, p.Organization, p.Text, p.Lang, strings.Join(p.values("objective", v), "; "), named("language"), named("region"), named("country"),
				strings.Join(p.shownLinks(), " "), ui.Absolute(ctx, p.path())}
		}),
	}
}

func (h handlers) page(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "expert")
	if err != nil {
		return err
	}
	p, err := h.experts.Public(ctx, id)
	if errors.Is(err, problem.NotFound) {
		if gone, err := h.experts.Gone(ctx, id); err != nil {
			return err
		} else if gone {
			return web.Render(w, r, http.StatusGone, gonePage())
		}
	}
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, expertPage(pageView{p, h.experts.vocabulary()}))
}

// picture sends a picture. Nobody may keep it without asking each time whether it still is there.
func (h handlers) picture(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "expert")
	if err != nil {
		return err
	}
	content, err := h.experts.Picture(r.Context(), identity.From(r.Context()), id)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("X-Robots-Tag", "noindex")
	return web.Write(w, r, http.StatusOK, "image/jpeg", content)
}

func (h handlers) messageForm(w http.ResponseWriter, r *http.Request) error {
	return h.showMessage(w, r, http.StatusOK, messageView{Text: web.Held(r.Context()).Get("text")})
}

func (h handlers) showMessage(w http.ResponseWriter, r *http.Request, status int, v messageView) error {
	id, err := web.ParamID(r, "expert")
	if err != nil {
		return err
	}
	if v.Profile, err = h.experts.Public(r.Context(), id); err != nil {
		return err
	}
	v.Sender = identity.Must(r.Context())
	return web.Render(w, r, status, messagePage(v))
}

func (h handlers) send(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "expert")
	if err != nil {
		return err
	}
	v := messageView{Text: r.PostFormValue("text"), Agreed: r.PostFormValue("agree") == "yes"}
	err = h.experts.Write(r.Context(), identity.Must(r.Context()), id, v.Text, v.Agreed)
	if wrong, ok := problem.InvalidFields(err); ok {
		v.Wrong = wrong
		return h.showMessage(w, r, http.StatusUnprocessableEntity, v)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, pathOf(id), "expert.flash.sent")
}

// number reads a whole number; 0 for none.
func number(s string) int {
	n, _ := strconv.Atoi(s) // no number is none
	return n
}

package expert

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/search"
	"portal/web"
	"portal/web/ui"
)

// DeskPath is where the hub desk looks at profiles, without the language.
const DeskPath = "/desk/experts"

// perDeskPage is how many profiles a page of the desk shows.
const perDeskPage = 50

// DeskFilter says which profiles the desk looks at.
type DeskFilter struct {
	State State // Public or Hidden; "" is both
	Q     string
	Page  int // from 1
}

func readDeskFilter(q url.Values) DeskFilter {
	f := DeskFilter{State: State(q.Get("state")), Page: 1}
	if f.State != Public && f.State != Hidden {
		f.State = ""
	}
	if words := strings.TrimSpace(q.Get("q")); utf8.RuneCountInString(words) <= maxWords && search.Query(words) != "" {
		f.Q = words
	}
	if n, err := strconv.Atoi(q.Get("page")); err == nil && n >= 1 {
		f.Page = min(n, ui.NumberedPages)
	}
	return f
}

// path is the page of a filter, without the language.
func (f DeskFilter) path(page int) string {
	q := url.Values{}
	if f.State != "" {
		q.Set("state", string(f.State))
	}
	if f.Q != "" {
		q.Set("q", f.Q)
	}
	if page > 1 {
		q.Set("page", strconv.Itoa(page))
	}
	return ui.WithQuery(DeskPath, q)
}

// DeskList is a page of the profiles that are or were before everybody, those changed last on top.
type DeskList struct {
	Filter       DeskFilter
	Profiles     []Profile
	Total, Pages int
}

// ForDesk lists the profiles for people of the hub desk; others are problem.Forbidden. It records whose were read.
func (s *Service) ForDesk(ctx context.Context, who identity.User, f DeskFilter) (DeskList, error) {
	list := DeskList{Filter: f}
	if !who.OnDesk(identity.HubDesk) {
		return list, problem.Forbidden
	}
	const where = ` FROM experts WHERE state <> 'private' AND (@state = '' OR state = @state) AND (@words = '' OR words @@ to_tsquery('simple', @words))`
	words := ""
	if f.Q != "" {
		words = search.Query(f.Q)
	}
	args := func() database.Args { return database.Args{"state": string(f.State), "words": words} }
	var err error
	if list.Total, err = database.Value[int](ctx, s.db.Read(), `SELECT count(*)`+where, args()); err != nil {
		return list, fmt.Errorf("count experts: %w", err)
	}
	list.Pages = (list.Total + perDeskPage - 1) / perDeskPage
	list.Filter.Page = max(1, min(f.Page, list.Pages, ui.NumberedPages))
	part := args()
	part["limit"], part["offset"] = perDeskPage, (list.Filter.Page-1)*perDeskPage
	if list.Profiles, err = database.Rows[Profile](ctx, s.db.Read(), `SELECT `+columns+where+` ORDER BY changed_at DESC, id LIMIT @limit OFFSET @offset`, part); err != nil {
		return list, fmt.Errorf("list experts: %w", err)
	}
	return list, s.recordRead(ctx, who, list.Profiles...)
}

func (s *Service) recordRead(ctx context.Context, who identity.User, all ...Profile) error {
	ids := make([]int64, len(all))
	for i, p := range all {
		ids[i] = p.ID
	}
	return audit.RecordRead(ctx, s.db.Read(), audit.Reading{Actor: who.ID, Subject: "expert", IDs: ids, Fields: []string{"name"}, At: s.now()})
}

// AtDesk is a profile for people of the hub desk. One that is its person's alone is problem.NotFound.
func (s *Service) AtDesk(ctx context.Context, who identity.User, id int64) (Profile, error) {
	if !who.OnDesk(identity.HubDesk) {
		return Profile{}, problem.Forbidden
	}
	p, err := database.Row[Profile](ctx, s.db.Read(), `SELECT `+columns+` FROM experts WHERE id = $1 AND state <> 'private'`, id)
	if err != nil {
		return p, fmt.Errorf("expert %d: %w", id, err)
	}
	return p, s.recordRead(ctx, who, p)
}

// Hide takes a profile from everybody, for a reason that its person is told; with hide false it is shown again, which its
// person is told as well. A profile that is so already, or one's own, is problem.NotAllowedNow.
func (s *Service) Hide(ctx context.Context, who identity.User, id int64, hide bool, reason string) error {
	p, err := s.AtDesk(ctx, who, id)
	if err != nil {
		return err
	}
	reason = strings.TrimSpace(form.Clean(reason))
	if hide {
		switch n := form.Length(reason); {
		case reason == "":
			return problem.Invalid(problem.Field{Name: "reason", Key: "expert.wrong.reason"})
		case n > MaxReason:
			return problem.Invalid(problem.Field{Name: "reason", Key: "expert.wrong.long", Args: []any{MaxReason, n}})
		}
	}
	if p.UserID == who.ID {
		return problem.NotAllowedNow
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		sql, act, kind := `UPDATE experts SET state = 'hidden', hidden_at = @now, hidden_by = @by, hidden_reason = @reason, version = version + 1
			WHERE id = @id AND state = 'public' RETURNING id`, "expert_hide", mailHidden
		args := database.Args{"id": id, "now": s.now(), "by": who.ID, "reason": reason}
		if !hide {
			sql, act, kind = `UPDATE experts SET state = 'public', hidden_at = NULL, hidden_by = NULL, hidden_reason = '', version = version + 1
				WHERE id = @id AND state = 'hidden' RETURNING id`, "expert_show", mailShown
			args, reason = database.Args{"id": id}, ""
		}
		if changed, err := database.Values[int64](ctx, tx, sql, args); err != nil {
			return err
		} else if !slices.Contains(changed, id) {
			return problem.NotAllowedNow
		}
		if err := s.record(ctx, tx, who.ID, act, id); err != nil {
			return err
		}
		return s.mail(ctx, tx, p.UserID, letter{kind: kind, profile: p, text: reason})
	})
	if err != nil {
		return fmt.Errorf("hide or show expert %d: %w", id, err)
	}
	return nil
}

func (h handlers) desk(w http.ResponseWriter, r *http.Request) error {
	list, err := h.experts.ForDesk(r.Context(), identity.Must(r.Context()), readDeskFilter(r.URL.Query()))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, deskListPage(deskListView{list}))
}

func (h handlers) deskPage(w http.ResponseWriter, r *http.Request) error {
	return h.showDeskPage(w, r, http.StatusOK, deskView{Reason: web.Held(r.Context()).Get("reason")})
}

func (h handlers) showDeskPage(w http.ResponseWriter, r *http.Request, status int, v deskView) error {
	id, err := web.ParamID(r, "expert")
	if err != nil {
		return err
	}
	if v.Profile, err = h.experts.AtDesk(r.Context(), identity.Must(r.Context()), id); err != nil {
		return err
	}
	v.Vocabulary = h.experts.vocabulary()
	return web.Render(w, r, status, deskExpertPage(v))
}

func (h handlers) hide(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "expert")
	if err != nil {
		return err
	}
	hide, reason := r.PostFormValue("do") != "show", r.PostFormValue("reason")
	err = h.experts.Hide(r.Context(), identity.Must(r.Context()), id, hide, reason)
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showDeskPage(w, r, http.StatusUnprocessableEntity, deskView{Reason: reason, Wrong: wrong})
	}
	if err != nil {
		return err
	}
	flash := "expert.flash.shown"
	if hide {
		flash = "expert.flash.hidden"
	}
	return web.Redirect(w, r, DeskPath+"/"+strconv.FormatInt(id, 10), flash)
}

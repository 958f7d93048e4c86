package review

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// lettersPath is the list of a desk's letters, without the language.
const lettersPath = "/desk/letters"

// letterRoutes adds the pages on which leads word their desk's letters.
func (h handlers) letterRoutes(r *web.Router) {
	r.Lead("GET "+lettersPath, h.lettersList)
	r.Lead("GET "+lettersPath+"/{letter}/{language}", h.letterForm)
	r.Lead("POST "+lettersPath+"/{letter}/{language}", h.saveLetter)
	r.Lead("POST "+lettersPath+"/{letter}/{language}/restored", h.restoreLetter)
}

// knows says whether the desk has such a letter.
func (s *Service) knows(desk identity.Desk, k LetterKey) bool {
	return slices.Contains(letterNames(), k.Letter) && k.Lang.Known() && (k.Kind == "" || slices.Contains(s.kindsOf(desk), k.Kind))
}

func (h handlers) lettersList(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	desk, err := deskOf(r)
	if err != nil {
		return err
	}
	v := lettersView{Desk: desk, Desks: led(identity.Must(ctx)), Kind: r.URL.Query().Get("kind"), Kinds: h.desk.kindsOf(desk)}
	if v.Kind != "" && !slices.Contains(v.Kinds, v.Kind) {
		return problem.NotFound
	}
	if v.Wordings, err = wordingsAt(ctx, h.desk.db.Read(), desk, h.now()); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, lettersPage(v))
}

// letterKey reads which letter of which desk the address names.
func (h handlers) letterKey(r *http.Request) (identity.Desk, LetterKey, error) {
	desk, err := deskOf(r)
	k := LetterKey{Kind: r.FormValue("kind"), Letter: r.PathValue("letter"), Lang: i18n.Lang(r.PathValue("language"))}
	if err == nil && !h.desk.knows(desk, k) {
		err = problem.NotFound
	}
	return desk, k, err
}

func (h handlers) letterForm(w http.ResponseWriter, r *http.Request) error {
	return h.showLetter(w, r, http.StatusOK, letterView{})
}

// showLetter renders the page of one letter; v carries what was typed and what is wrong with it.
func (h handlers) showLetter(w http.ResponseWriter, r *http.Request, status int, v letterView) error {
	ctx := r.Context()
	who := identity.Must(ctx)
	var err error
	if v.Desk, v.Key, err = h.letterKey(r); err != nil {
		return err
	}
	if v.Versions, err = h.desk.LetterVersions(ctx, who, v.Desk, v.Key); err != nil {
		return err
	}
	if held := web.Held(ctx); held != nil && v.Typed == nil {
		v.Typed = &Wording{Subject: held.Get("subject"), Body: held.Get("body")}
	}
	if v.Typed == nil {
		words := v.inForce()
		v.Typed = &words
	}
	if v.Samples, err = h.desk.Samples(ctx, who, v.Desk, v.Key.Kind); err != nil {
		return err
	}
	if v.Preview {
		if v.Shown, err = h.desk.tryLetter(ctx, who, v, int64(number(r.FormValue("sample")))); err != nil {
			return err
		}
	}
	return web.Render(w, r, status, letterPage(v))
}

func (h handlers) saveLetter(w http.ResponseWriter, r *http.Request) error {
	desk, k, err := h.letterKey(r)
	if err != nil {
		return err
	}
	words := Wording{Subject: r.PostFormValue("subject"), Body: r.PostFormValue("body")}
	v := letterView{Typed: &words}
	if r.PostFormValue("step") == "preview" {
		v.Wrong, _ = problem.InvalidFields(words.tidy().Check(k.Letter))
		if v.Preview = len(v.Wrong) == 0; v.Preview {
			return h.showLetter(w, r, http.StatusOK, v)
		}
		return h.showLetter(w, r, http.StatusUnprocessableEntity, v)
	}
	if words.tidy() == (Wording{}) { // only the page's own button goes back to the letter of the catalogue
		v.Wrong, _ = problem.InvalidFields(Wording{}.Check(k.Letter))
		return h.showLetter(w, r, http.StatusUnprocessableEntity, v)
	}
	err = h.desk.SaveLetter(r.Context(), identity.Must(r.Context()), desk, k, number(r.PostFormValue("version")), words)
	return h.letterSaved(w, r, desk, k, v, err)
}

// letterSaved answers to a letter that was saved, or says why it was not.
func (h handlers) letterSaved(w http.ResponseWriter, r *http.Request, desk identity.Desk, k LetterKey, v letterView, err error) error {
	if wrong, ok := problem.InvalidFields(err); ok {
		v.Wrong = wrong
		return h.showLetter(w, r, http.StatusUnprocessableEntity, v)
	}
	if errors.Is(err, problem.Stale) {
		v.Stale = true
		return h.showLetter(w, r, http.StatusConflict, v)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, letterPath(desk, k), "review.letters.flash.saved")
}

func (h handlers) restoreLetter(w http.ResponseWriter, r *http.Request) error {
	desk, k, err := h.letterKey(r)
	if err != nil {
		return err
	}
	err = h.desk.RestoreLetter(r.Context(), identity.Must(r.Context()), desk, k, number(r.PostFormValue("version")), number(r.PostFormValue("take")))
	return h.letterSaved(w, r, desk, k, letterView{}, err)
}

// letterPath is the page of one letter, without the language.
func letterPath(desk identity.Desk, k LetterKey) string {
	q := url.Values{"desk": {string(desk)}}
	if k.Kind != "" {
		q.Set("kind", k.Kind)
	}
	return ui.WithQuery(lettersPath+"/"+k.Letter+"/"+string(k.Lang), q)
}

// shownLetter is a letter tried on a submission, as a page shows it.
type shownLetter struct {
	Sample  workflow.Submission
	Lang    i18n.Lang
	Subject string
	HTML    string
}

// tryLetter fills in what was typed with the data of a submission: the chosen one, or the last; nil when there is none. It
// records that the name of the reader was read.
func (s *Service) tryLetter(ctx context.Context, who identity.User, v letterView, chosen workflow.ID) (*shownLetter, error) {
	if len(v.Samples) == 0 {
		return nil, nil //nolint:nilnil // nothing to try it on
	}
	sub := v.Samples[0]
	for _, sample := range v.Samples {
		if sample.ID == chosen {
			sub = sample
		}
	}
	to, err := workflow.OwnerRecipients(ctx, s.db.Read(), sub)
	if err != nil {
		return nil, err
	}
	reader := workflow.Recipient{Name: sub.AuthorName, Lang: string(v.Key.Lang)}
	if len(to) > 0 {
		reader.Name = to[0].Name
	}
	ctx = i18n.WithLang(ctx, v.Key.Lang.OrEnglish())
	l := letter{kind: v.Key.Letter, note: i18n.T(ctx, "review.letters.sample.note")}
	kind := s.kinds[sub.Kind]
	if l.kind == string(workflow.RequestChanges) {
		for _, step := range kind.Form.Steps[:min(2, len(kind.Form.Steps))] {
			l.changes = append(l.changes, workflow.ChangeRequest{Field: step.Fields[0].ID, Body: i18n.T(ctx, "review.letters.sample.change")})
		}
	}
	if err := s.prepare(ctx, s.db.Read(), sub.Desk, s.now(), &l); err != nil {
		return nil, err
	}
	f := filling{kind: kind, sub: sub, letter: l, to: reader, page: true}
	words := v.Typed.tidy()
	html, err := words.html(ctx, f)
	if err != nil {
		return nil, err
	}
	if err := s.recordRead(ctx, who, []workflow.ID{sub.ID}, recipients); err != nil {
		return nil, err
	}
	return &shownLetter{Sample: sub, Lang: v.Key.Lang, Subject: words.subject(ctx, f), HTML: html}, nil
}

// lettersView is what the list of a desk's letters shows.
type lettersView struct {
	Desk     identity.Desk
	Desks    []identity.Desk
	Kind     string
	Kinds    []string
	Wordings Wordings
}

func (v lettersView) path(ctx context.Context, kind string) string {
	q := url.Values{"desk": {string(v.Desk)}}
	if kind != "" {
		q.Set("kind", kind)
	}
	return ui.Href(ctx, ui.WithQuery(lettersPath, q))
}

func (v lettersView) tabs(ctx context.Context) []ui.Tab {
	var tabs []ui.Tab
	if len(v.Desks) > 1 {
		for _, d := range v.Desks {
			tabs = append(tabs, ui.Tab{Href: ui.Href(ctx, lettersPath+"?desk="+string(d)), Text: i18n.T(ctx, "review.release.desk."+string(d)), Current: d == v.Desk})
		}
	}
	return tabs
}

func (v lettersView) kindTabs(ctx context.Context) []ui.Tab {
	tabs := []ui.Tab{{Href: v.path(ctx, ""), Text: i18n.T(ctx, "review.letters.kind.every"), Current: v.Kind == ""}}
	for _, k := range v.Kinds {
		tabs = append(tabs, ui.Tab{Href: v.path(ctx, k), Text: i18n.T(ctx, "review.kind."+k), Current: v.Kind == k})
	}
	return tabs
}

func (v lettersView) table(ctx context.Context) ui.Table {
	t := ui.Table{Caption: i18n.T(ctx, "review.letters.caption"), HideCaption: true, Cards: true, Columns: []ui.Column{{Text: i18n.T(ctx, "review.letters.column.letter")}}}
	for _, l := range letterLangs() {
		t.Columns = append(t.Columns, ui.Column{Text: i18n.NameOf(ctx, l)})
	}
	for _, name := range letterNames() {
		row := []ui.Cell{{Text: i18n.T(ctx, "review.letters.name."+name)}}
		for _, l := range letterLangs() {
			row = append(row, ui.Cell{Component: letterCell(v, LetterKey{v.Kind, name, l})})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// letterLangs are the six languages, those that the portal speaks first.
func letterLangs() []i18n.Lang {
	langs := slices.Clone(i18n.All)
	slices.SortStableFunc(langs, func(a, b i18n.Lang) int {
		rank := func(l i18n.Lang) int {
			if l.IsOffered() {
				return 0
			}
			return 1
		}
		return rank(a) - rank(b)
	})
	return langs
}

// state says in words how the letter stands, and since which version.
func (v lettersView) state(ctx context.Context, k LetterKey) string {
	if own, ok := v.Wordings[k]; ok && !own.Usual() {
		return i18n.T(ctx, "review.letters.state.own", strconv.Itoa(own.Version))
	}
	_, in, own := v.Wordings.find(k.Kind, k.Letter, k.Lang)
	switch {
	case in != k.Lang:
		return i18n.T(ctx, "review.letters.state.english")
	case own:
		return i18n.T(ctx, "review.letters.state.desk")
	}
	return i18n.T(ctx, "review.letters.state.usual")
}

// letterView is what the page of one letter shows.
type letterView struct {
	Desk     identity.Desk
	Key      LetterKey
	Versions []LetterVersion // the newest first
	Typed    *Wording
	Samples  []workflow.Submission
	Preview  bool
	Shown    *shownLetter
	Wrong    []problem.Field
	Stale    bool
}

// version is the last one that there is; 0 for none.
func (v letterView) version() int {
	if len(v.Versions) == 0 {
		return 0
	}
	return v.Versions[0].Version
}

// own says whether the letter is in the desk's words.
func (v letterView) own() bool { return len(v.Versions) > 0 && !v.Versions[0].Usual() }

// inForce is the wording to start from.
func (v letterView) inForce() Wording {
	if v.own() {
		return v.Versions[0].Wording()
	}
	return usual(v.Key.Lang, v.Key.Letter)
}

func (v letterView) subjectControl(ctx context.Context) ui.Control {
	return ui.Control{Name: "subject", Label: i18n.T(ctx, "review.letters.subject"), Values: []string{v.Typed.Subject}, Lang: string(v.Key.Lang), Error: ui.MessageFor(ctx, v.Wrong, "subject")}
}

func (v letterView) bodyControl(ctx context.Context) ui.Control {
	return ui.Control{
		Name: "body", Label: i18n.T(ctx, "review.letters.body"), Hint: i18n.T(ctx, "review.letters.body.hint"), Values: []string{v.Typed.Body},
		Rows: 16, Lang: string(v.Key.Lang), Error: ui.MessageFor(ctx, v.Wrong, "body"),
	}
}

func (v letterView) sampleControl(ctx context.Context) ui.Control {
	c := ui.Control{Name: "sample", Label: i18n.T(ctx, "review.letters.sample")}
	for _, s := range v.Samples {
		c.Choices = append(c.Choices, ui.Choice{Value: strconv.FormatInt(s.ID, 10), Label: i18n.T(ctx, "review.letters.sample.one", reference(s), titleOf(ctx, s))})
		if v.Shown != nil && v.Shown.Sample.ID == s.ID {
			c.Values = []string{strconv.FormatInt(s.ID, 10)}
		}
	}
	return c
}

func (v letterView) facts(ctx context.Context) []ui.Fact {
	var facts []ui.Fact
	for _, p := range placeholdersOf(v.Key.Letter) {
		about := []string{i18n.T(ctx, "review.letters.placeholder."+p.name)}
		if p.needed {
			about = append(about, i18n.T(ctx, "review.letters.placeholder.needed"))
		}
		facts = append(facts, ui.Fact{Term: "{" + p.name + "}", Values: about})
	}
	return facts
}

// faster says who has saved the letter since it was read.
func (v letterView) faster(ctx context.Context) string {
	if len(v.Versions) == 0 {
		return ""
	}
	return i18n.T(ctx, "review.letters.stale.who", deciderName(ctx, v.Versions[0].SavedBy), i18n.UTC(ctx, v.Versions[0].SavedAt))
}

// restorePath is where an earlier version is taken again.
func restorePath(desk identity.Desk, k LetterKey) string {
	path, query, _ := strings.Cut(letterPath(desk, k), "?")
	return path + "/restored?" + query
}

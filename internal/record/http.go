package record

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"portal/internal/audit"
	"portal/web"
	"portal/web/ui"
)

type handlers struct{ record *Service }

// Routes adds the pages of the record.
func Routes(r *web.Router, record *Service) {
	h := handlers{record}
	r.Public("GET /audit", h.digests, web.Cached("below"))
	r.Public("GET /audit.json", h.digestsJSON, web.Stateless(), web.Cached("below"))
	r.Public("GET /audit.atom", h.atom, web.Stateless(), web.Cached())
	r.Public("GET /audit/{publicID}", h.decision)
	r.Public("GET /audit/{publicID}/proof.json", h.proof, web.Stateless())
}

// Path is the page that proves what was published under the ID, without the language.
func Path(publicID string) string { return "/audit/" + publicID }

// below reads where a part of the digests begins; anything but a number is the newest.
func below(r *http.Request) int {
	n, err := strconv.Atoi(r.URL.Query().Get("below"))
	if err != nil || n < 0 || n > 1<<30 {
		return 0
	}
	return n
}

func (h handlers) digests(w http.ResponseWriter, r *http.Request) error {
	list, err := h.record.Digests(r.Context(), below(r), perPage)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, digestsPage(digestsView{List: list, Below: below(r)}))
}

// perFile is how many digests a JSON file has: those of more than a year.
const perFile = 400

func (h handlers) digestsJSON(w http.ResponseWriter, r *http.Request) error {
	list, err := h.record.Digests(r.Context(), below(r), perFile)
	if err != nil {
		return err
	}
	file := struct {
		Digests []audit.Digest `json:"digests"`
		Keys    []keyJSON      `json:"keys"`
		Next    string         `json:"next,omitempty"`
	}{Digests: append([]audit.Digest{}, list.Digests...), Keys: keysJSON(list.Keys)}
	if list.Next != 0 {
		file.Next = ui.Absolute(r.Context(), "/audit.json?below="+strconv.Itoa(list.Next))
	}
	return write(w, r, file)
}

func (h handlers) decision(w http.ResponseWriter, r *http.Request) error {
	p, decisions, err := h.record.Decisions(r.Context(), r.PathValue("publicID"))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, decisionPage(decisionView{Published: p, Decisions: decisions}))
}

// keyJSON is a public key as outsiders read it.
type keyJSON struct {
	ID        string `json:"id"`
	PublicKey string `json:"public_key"` // hexadecimal
	PEM       string `json:"pem"`
	Since     string `json:"since"`
}

func keysJSON(keys []audit.PublicKey) []keyJSON {
	all := []keyJSON{}
	for _, k := range keys {
		all = append(all, keyJSON{k.ID, fmt.Sprintf("%x", k.PublicKey), k.PEM(), stamp(k.FirstUsedAt)})
	}
	return all
}

// proof is what an outsider needs to check the decisions (docs/audit.md): their entries, the ways to the signed digests, and
// the keys.
func (h handlers) proof(w http.ResponseWriter, r *http.Request) error {
	p, decisions, err := h.record.Decisions(r.Context(), r.PathValue("publicID"))
	if err != nil {
		return err
	}
	keys, err := audit.Keys(r.Context(), h.record.db.Read())
	if err != nil {
		return err
	}
	proofs := []audit.Proof{}
	for _, d := range decisions {
		proofs = append(proofs, d.Proof)
	}
	w.Header().Set("Content-Disposition", `attachment; filename="proof-`+p.PublicID+`.json"`)
	return write(w, r, struct {
		PublicID   string        `json:"public_id"`
		Submission int64         `json:"submission"`
		Page       string        `json:"page"`
		Decisions  []audit.Proof `json:"decisions"`
		Keys       []keyJSON     `json:"keys"`
	}{p.PublicID, p.Submission, ui.Absolute(r.Context(), Path(p.PublicID)), proofs, keysJSON(keys)})
}

func write(w http.ResponseWriter, r *http.Request, file any) error {
	body, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return fmt.Errorf("write the record: %w", err)
	}
	return web.Write(w, r, http.StatusOK, "application/json", append(body, '\n'))
}

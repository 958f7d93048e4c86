package practice

import (
	"net/http"

	"portal/web"
)

// shelfRoutes adds the pages about several practices, which their address names.
func shelfRoutes(r *web.Router, h handlers) {
	r.Public("GET "+ShelfPath, h.shelf, web.Cached(shelfName))
	r.Public("GET "+ComparePath, h.compare, web.Cached(shelfName))
}

// choose reads the practices that the address names. Where it writes them otherwise than the portal does, as a form does, the
// reader is sent to the address that can be kept and sent on, and done is true.
func (h handlers) choose(w http.ResponseWriter, r *http.Request, path string) (v shelfView, done bool, err error) {
	q := r.URL.Query()
	shelf := ReadShelf(q)
	if len(q[shelfName]) > 0 && !shelf.canonical(q) && !shelf.Repeated && !shelf.Unread && shelf.Over == 0 {
		w.Header().Set("Location", shelf.address(r.Context(), path))
		w.WriteHeader(http.StatusMovedPermanently)
		return v, true, nil
	}
	c, err := h.practices.Choose(r.Context(), shelf)
	return shelfView{Chosen: c, Asked: shelf, Vocabulary: h.practices.vocabulary(), PDF: h.pages.Print != nil, Today: h.practices.today()}, false, err
}

// shelf is the page of a reading list.
func (h handlers) shelf(w http.ResponseWriter, r *http.Request) error {
	v, done, err := h.choose(w, r, ShelfPath)
	if done || err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, shelfPage(v))
}

// compare puts two or three practices side by side; with any other number it says what to do.
func (h handlers) compare(w http.ResponseWriter, r *http.Request) error {
	v, done, err := h.choose(w, r, ComparePath)
	if done || err != nil {
		return err
	}
	if n := len(v.Records); n < 2 || n > MaxCompared {
		return web.Render(w, r, http.StatusUnprocessableEntity, choosePage(v))
	}
	return web.Render(w, r, http.StatusOK, comparePage(v))
}

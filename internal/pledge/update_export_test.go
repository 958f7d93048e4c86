package pledge_test

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"strings"
	"testing"
	"time"

	"portal/internal/form"
	"portal/internal/pledge"
)

// All reports on the pledges of a filtered list leave as a file and as a feed, each once; the pledge's own object has them too.
func TestReportsAsFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.trust(t, w.Office, true)
	one, publicID := w.publish(t, with(form.Answers{}))
	other, _ := w.publish(t, with(texts["fr"]))
	say := func(id int64, status pledge.Status, text string) {
		t.Helper()
		w.later(48 * time.Hour)
		r := w.goesOn()
		r.Status, r.Evidence = status, text
		if _, err := w.service.ReportIn(t.Context(), w.Head.User, w.Office, []pledge.Filing{{Pledge: id, Report: r}}, pledge.ByPage); err != nil {
			t.Fatal(err)
		}
	}
	say(one, pledge.InProgress, "First words")
	day := w.today()
	say(one, pledge.Delayed, "=HYPERLINK(\"x\")")
	say(other, pledge.Withdrawn, "Retiré <b>")
	csv := string(w.Visitor.In(t).Get("/en/pledges/updates.csv").Want(http.StatusOK).Body)
	if strings.Count(csv, "\r\n") < 4 || !strings.Contains(csv, publicID+"-U1") || !strings.Contains(csv, publicID+"-U2") || strings.Contains(csv, ",=HYPER") {
		t.Errorf("the file is\n%s", csv)
	}
	filtered := string(w.Visitor.In(t).Get("/en/pledges/updates.csv?status=withdrawn").Want(http.StatusOK).Body)
	if strings.Contains(filtered, publicID+"-U") || !strings.Contains(filtered, "Retiré") {
		t.Errorf("the filtered file is\n%s", filtered)
	}
	past := string(w.Visitor.In(t).Get("/en/pledges/updates.csv?as-of=" + day.String()).Want(http.StatusOK).Body)
	if !strings.Contains(past, publicID+"-U1") || strings.Contains(past, publicID+"-U2") || strings.Contains(past, "Retiré") {
		t.Errorf("as of %s the file is\n%s", day, past)
	}
	w.Visitor.In(t).Get("/en/pledges/updates.xlsx").Want(http.StatusOK)
	w.Visitor.In(t).Get("/ar/pledges/updates.json").Want(http.StatusOK)
	var list struct {
		Pledges []struct {
			ID      string
			Updates []struct {
				ID, Status, Evidence string
				Published            time.Time
			}
		}
	}
	if err := json.Unmarshal(w.Visitor.In(t).Get("/en/pledges.json?status=delayed").Want(http.StatusOK).Body, &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Pledges) != 1 || len(list.Pledges[0].Updates) != 2 || list.Pledges[0].Updates[0].Evidence != "First words" || list.Pledges[0].Updates[1].ID != publicID+"-U2" {
		t.Errorf("the objects are %+v", list)
	}
	feed := func(address string) (ids []string, next string) {
		t.Helper()
		var f struct {
			Updated string `xml:"updated"`
			Links   []struct {
				Rel  string `xml:"rel,attr"`
				Href string `xml:"href,attr"`
			} `xml:"link"`
			Entries []struct {
				ID    string `xml:"id"`
				Title string `xml:"title"`
			} `xml:"entry"`
		}
		if err := xml.Unmarshal(w.Visitor.In(t).Get(address).Want(http.StatusOK).Body, &f); err != nil {
			t.Fatal(err)
		}
		for _, e := range f.Entries {
			ids = append(ids, e.ID)
		}
		for _, l := range f.Links {
			if l.Rel == "next" {
				next = strings.TrimPrefix(l.Href, publicURL)
			}
		}
		return ids, next
	}
	if ids, _ := feed("/en/pledges/updates.atom"); len(ids) != 3 || !strings.HasSuffix(ids[1], publicID+"#update-2") {
		t.Errorf("the feed has %v", ids)
	}
	if ids, _ := feed("/en/pledges/updates.atom?status=delayed"); len(ids) != 2 {
		t.Errorf("the filtered feed has %v", ids)
	}
	for range 60 {
		say(one, pledge.Delayed, "And on")
	}
	seen := map[string]bool{}
	for address := "/en/pledges/updates.atom"; address != ""; {
		var ids []string
		ids, address = feed(address)
		for _, id := range ids {
			if seen[id] {
				t.Errorf("%s comes twice", id)
			}
			seen[id] = true
		}
	}
	if len(seen) != 63 {
		t.Errorf("the parts of the feed have %d reports, want 63", len(seen))
	}
	for _, odd := range []string{"after=-1", "after=999999999", "after=x", "status=nonsense"} {
		w.Visitor.In(t).Get("/en/pledges/updates.atom?" + odd).Want(http.StatusOK)
	}
	page := w.Visitor.In(t).Get("/en/pledges/" + publicID).Want(http.StatusOK)
	if n := page.Count("main ol.timeline > li"); n != 20 {
		t.Errorf("a part of the long history shows %d reports", n)
	}
	last := w.Visitor.In(t).Get("/en/pledges/" + publicID + "?reports=4").Want(http.StatusOK)
	if !strings.Contains(last.Text("#update-1"), "First words") {
		t.Error("the oldest report is not on the last part")
	}
	w.Visitor.In(t).Get("/en/pledges/" + publicID + "?reports=99999999999999999999").Want(http.StatusOK)
	// The address of a report in files and feeds leads to it, however many have come since, and not to a folded one.
	for _, number := range []string{"1", "2", "40", "57", "61", "62"} {
		address := publicURL + "/en/pledges/" + publicID + "?update=" + number + "#update-" + number
		if !strings.Contains(string(w.Visitor.In(t).Get("/en/pledges/updates.csv").Want(http.StatusOK).Body), address) {
			t.Errorf("the file does not have %s", address)
		}
		there := w.Visitor.In(t).Get("/en/pledges/" + publicID + "?update=" + number).Want(http.StatusOK)
		if !there.Has("#update-"+number) || there.Has("details #update-"+number) != there.Has("details[open] #update-"+number) {
			t.Errorf("report %s is not in sight", number)
		}
	}
	for _, odd := range []string{"0", "-1", "63", "x", "99999999999999999999"} {
		if there := w.Visitor.In(t).Get("/en/pledges/" + publicID + "?update=" + odd).Want(http.StatusOK); !there.Has("#update-62") {
			t.Errorf("?update=%s does not show the newest", odd)
		}
	}
}

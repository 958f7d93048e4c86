package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"portal/internal/gcm"
	"portal/internal/topic"
	"portal/internal/webtest"
)

// Each number on the pages of objectives and principles is that of the list to which it leads, and those that lead nowhere
// are 0 because their list is empty.
func TestTheNumbersOfTopicsAreThoseOfTheirLists(t *testing.T) {
	t.Parallel()
	visitor := webtest.New(t, portalOver(t, demonstration(t)).Handler())
	searchAgreesWithLists(t, visitor)
	lists := map[string]string{}
	counted := func(href string) string {
		t.Helper()
		if _, known := lists[href]; !known {
			number, _, _ := strings.Cut(visitor.Get(href).Want(http.StatusOK).Text("#count"), " ")
			lists[href] = strings.Replace(number, "No", "0", 1)
		}
		return lists[href]
	}
	for kind, most := range map[topic.Kind]int{topic.Objective: gcm.Objectives, topic.Principle: gcm.Principles} {
		path := "/en/" + string(kind) + "s"
		rows := visitor.Get(path).Want(http.StatusOK).All("main tbody tr")
		if len(rows) != most {
			t.Fatalf("%s has %d rows", path, len(rows))
		}
		some := 0
		for _, row := range rows {
			own := row.All("th a")[0].Attr("href")
			n := strings.TrimPrefix(own, path+"/")
			page := visitor.Get(own).Want(http.StatusOK)
			for i, list := range []string{"practices", "pledges"} {
				address := fmt.Sprintf("/en/%s?%s=%s", list, kind, n)
				want := counted(address)
				cell, figure := row.All("td")[i], page.All(".pagehead .fig")[i]
				if cell.Text() != want || figure.Text() != want {
					t.Errorf("%s: %s %s, its page says %s, the list has %s", own, cell.Text(), list, figure.Text(), want)
				}
				cards := page.Count("section[aria-labelledby=" + list + "] .card")
				total, err := strconv.Atoi(want)
				if err != nil {
					t.Fatalf("%s counts %q", address, want)
				}
				if cards != min(total, 3) {
					t.Errorf("%s: %d cards of %d %s", own, cards, total, list)
				}
				if total == 0 {
					if len(cell.All("a")) != 0 || len(figure.All("a")) != 0 {
						t.Errorf("%s: the number of no %s leads to an empty list", own, list)
					}
					continue
				}
				some++
				for _, e := range []webtest.Element{cell, figure} {
					if links := e.All("a"); len(links) != 1 || links[0].Attr("href") != address {
						t.Errorf("%s: the number of %s does not lead to %s", own, list, address)
					}
				}
				first := visitor.Get(address).All(".result h3 a")[0].Attr("href")
				if got := page.All("section[aria-labelledby=" + list + "] .card h3 a")[0].Attr("href"); got != first {
					t.Errorf("%s: the newest of %s is %s, not %s", own, list, got, first)
				}
			}
		}
		if some < 12 {
			t.Errorf("%s: only %d lists have something in the demonstration", path, some)
		}
	}
}

// A page says what the vocabulary says of its topic, and leads on to its neighbours and relatives.
func TestThePageOfATopic(t *testing.T) {
	t.Parallel()
	portal, _ := newPortal(t)
	visitor := webtest.New(t, portal.Handler())
	v := portal.vocabulary()
	for _, o := range v.Objectives {
		path := fmt.Sprintf("/en/objectives/%d", o.N)
		page := visitor.Get(path).Want(http.StatusOK)
		if page.Text("h1") != o.Short["en"] || page.Text(".lede") != o.Title["en"] {
			t.Errorf("%s is called %q, %q", path, page.Text("h1"), page.Text(".lede"))
		}
		if got, want := page.Count("section[aria-labelledby=others] li"), len(v.ThemeObjectives(o.Theme))-1; got != want {
			t.Errorf("%s names %d others of its theme, not %d", path, got, want)
		}
		if !page.Contains(fmt.Sprintf("Paragraph %d of General Assembly resolution 73/195", o.Paragraph)) {
			t.Errorf("%s does not say where the Compact states it", path)
		}
		for _, n := range []int{o.N - 1, o.N + 1} {
			if _, there := v.Objective(n); page.Has(fmt.Sprintf(".topic__turn a[href=/en/objectives/%d]", n)) != there {
				t.Errorf("%s leads to objective %d: %v", path, n, !there)
			}
		}
		var data struct {
			Type  string `json:"@type"`
			About struct {
				Type string `json:"@type"`
				Code string `json:"termCode"`
				Name string `json:"name"`
			} `json:"about"`
		}
		_, after, _ := strings.Cut(string(page.Body), `type="application/ld+json"`)
		_, after, _ = strings.Cut(after, ">")
		text, _, _ := strings.Cut(after, "</script>")
		if err := json.Unmarshal([]byte(text), &data); err != nil {
			t.Fatalf("%s: %v in %s", path, err, text)
		}
		if data.Type != "CollectionPage" || data.About.Type != "DefinedTerm" || data.About.Code != strconv.Itoa(o.N) || data.About.Name != o.Short["en"] {
			t.Errorf("%s tells search engines %+v", path, data)
		}
	}
	for _, p := range v.Principles {
		path := fmt.Sprintf("/ar/principles/%d", p.N)
		if page := visitor.Get(path).Want(http.StatusOK); page.Text("h1") != p.Names["ar"] || page.Count("section[aria-labelledby=others] li") != gcm.Principles-1 {
			t.Errorf("%s is called %q", path, page.Text("h1"))
		}
	}
}

// Where there is nothing yet, a page says so and how to be the first.
func TestATopicWithNothingUnderIt(t *testing.T) {
	t.Parallel()
	portal, _ := newPortal(t)
	visitor := webtest.New(t, portal.Handler())
	for _, path := range []string{"/en/objectives/9", "/en/principles/9"} {
		page := visitor.Get(path).Want(http.StatusOK)
		for _, selector := range []string{"section[aria-labelledby=practices] a[href=/en/practices/new]", "section[aria-labelledby=pledges] a[href=/en/pledges/new]"} {
			if !page.Has(selector) {
				t.Errorf("%s has no %s", path, selector)
			}
		}
		if page.Has("main a[href*=dashboard]") {
			t.Errorf("%s leads to a dashboard of nothing", path)
		}
	}
}

// What is no number of a topic, or not as the portal writes it, is not there; the answer leads to all that are.
func TestThereIsNoSuchTopic(t *testing.T) {
	t.Parallel()
	portal, _ := newPortal(t)
	visitor := webtest.New(t, portal.Handler())
	for kind, most := range map[topic.Kind]int{topic.Objective: gcm.Objectives, topic.Principle: gcm.Principles} {
		for _, n := range []string{"0", strconv.Itoa(most + 1), "x", "01", "+1", "-1", "1.0", "%201", "99999999999999999999", "%D9%A1", "%3Cb%3E"} {
			path := "/en/" + string(kind) + "s/" + n
			page := visitor.Get(path).Want(http.StatusNotFound)
			if page.Count("main li a.objlink") != most || !page.Has("meta[name=robots][content=noindex]") {
				t.Errorf("%s does not lead to those that there are", path)
			}
		}
	}
}

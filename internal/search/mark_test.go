package search

import (
	"strings"
	"testing"
)

// asking is a question of the words, each with its stems after a slash.
func asking(words ...string) Question {
	var q Question
	for _, w := range words {
		text, stem, _ := strings.Cut(w, "/")
		f := form{text: text}
		if stem != "" {
			f.stems = []string{stemMark + "en" + stem}
		}
		q.parts = append(q.parts, part{ways: [][]form{{f}}})
	}
	q.Typed = strings.Join(words, " ")
	return q
}

// either is a question of any of the words.
func either(words ...string) Question {
	q := asking(words...)
	p := part{}
	for _, of := range q.parts {
		p.ways = append(p.ways, of.ways...)
	}
	p.unite()
	q.parts = []part{p}
	return q
}

func TestPieces(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		q    Question
		text string
		want string // what is found in brackets
	}{
		{"nothing asked", Question{}, "Fair recruitment", "Fair recruitment"},
		{"a word", asking("fair"), "Fair recruitment, fairly", "[Fair] recruitment, fairly"},
		{"its forms", asking("recruit/recruit"), "Recruitment of recruiters recruited", "[Recruitment] of [recruiters] [recruited]"},
		{"accents and capitals", asking("haiti"), "HAÏTI et Haiti", "[HAÏTI] et [Haiti]"},
		{"the Arabic article", asking("هجره"), "إدارة الهجرة", "إدارة [الهجرة]"},
		{"words that mean the same", either("fair/fair", "公平", "juste/just"), "Fairness, 公平招聘, justement, équitable", "[Fairness], [公平]招聘, [justement], équitable"},
		{"Chinese", asking("公平"), "促进公平招聘", "促进[公平]招聘"},
		{"markup stays text", asking("b"), "<b>b</b>", "<[b]>[b]</[b]>"},
		{"an empty text", asking("fair"), "", ""},
		{"broken bytes", asking("fair"), "fair\xff fair", "[fair]\xff [fair]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got, whole strings.Builder
			for _, p := range c.q.Pieces(c.text) {
				whole.WriteString(p.Text)
				if p.Found {
					got.WriteString("[" + p.Text + "]")
				} else {
					got.WriteString(p.Text)
				}
			}
			if got.String() != c.want || whole.String() != c.text {
				t.Errorf("got %q of %q, want %q", got.String(), whole.String(), c.want)
			}
		})
	}
}

func TestPassage(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("word ", 50) + "remittances are cheap"
	for _, c := range []struct {
		name, text string
		q          Question
		starts     string
	}{
		{"at the beginning", "Remittances " + long, asking("remittances"), "Remittances "},
		{"nowhere", long, asking("border"), "word "},
		{"further on", long, asking("remittances"), "… word "},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := c.q.Passage(c.text, 80)
			if !strings.HasPrefix(got, c.starts) || !strings.HasSuffix(got, "remittances are cheap") {
				t.Errorf("the passage is %q", got)
			}
			if at := strings.Index(got, "remittances"); c.name == "further on" && at > 60 {
				t.Errorf("it is at %d", at)
			}
		})
	}
}

func TestDistance(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"remitances", "remittances", 1}, {"haiti", "haiti", 0}, {"recuritment", "recruitment", 1}, {"skils", "skills", 1}, {"migrnats", "migrants", 1},
		{"abcd", "wxyz", 4}, {"محمد", "محمود", 1}, {"", "a", 1}, {"short", "muchlonger", 4},
	} {
		if got := distance([]rune(c.a), []rune(c.b)); got != c.want {
			t.Errorf("from %q to %q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func FuzzPieces(f *testing.F) {
	f.Add("Fair <b>recruitment</b> 公平 الهجرة\xff", "fair")
	f.Fuzz(func(t *testing.T, text, word string) {
		var whole strings.Builder
		for _, p := range asking(word, word+"/"+word).Pieces(text) {
			whole.WriteString(p.Text)
		}
		if whole.String() != text {
			t.Errorf("%q became %q", text, whole.String())
		}
	})
}

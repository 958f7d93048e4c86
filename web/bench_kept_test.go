package web_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"portal/internal/content"
	"portal/internal/dbtest"
	"portal/web"
	"portal/web/static"
)

// BenchmarkKeptPage compares a page that is kept with a bare handler that writes the same bytes, over real connections:
// both are asked in turn, as many times. "ratio" is the median of how the rates compare (1 is as fast), "cpu-ratio" how the
// time of processors compares, which a busy machine does not disturb. The client reads no more of an answer than its
// length, so that it is mostly the servers that are measured. With the access log.
func BenchmarkKeptPage(b *testing.B) {
	static.Warm() // or it would go on meanwhile
	html := longPage()
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, 5)
	if err == nil {
		_, err = z.Write(html)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		b.Fatal(err)
	}
	for _, form := range []struct {
		name, accept string
		body         []byte
	}{{"identity", "identity", html}, {"gzip", "gzip", packed.Bytes()}} {
		b.Run(form.name, func(b *testing.B) {
			bare := listenAt(b, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				h := w.Header()
				h.Set("Content-Type", "text/html; charset=utf-8")
				if form.accept == "gzip" {
					h.Set("Content-Encoding", "gzip")
				}
				h.Set("Content-Length", strconv.Itoa(len(form.body)))
				_, _ = w.Write(form.body)
			}))
			portal := listenAt(b, keptPage(b, html))
			clients := map[string][]*lean{}
			for _, address := range []string{bare, portal} {
				for range 8 {
					clients[address] = append(clients[address], newLean(b, address, "/en/long", form.accept))
				}
				round(b, clients[address], 200)
			}
			if size := clients[portal][0].size; size < len(form.body)*9/10 || size > len(form.body)*11/10 {
				b.Fatalf("the portal gives %d bytes, the bare handler %d", size, len(form.body))
			}
			var ratios, bareRates, portalRates []float64
			spent := map[string]time.Duration{}
			for turn := 0; b.Loop(); turn++ {
				const requests = 400
				order := []string{bare, portal}
				if turn%2 == 1 {
					slices.Reverse(order)
				}
				rates := map[string]float64{}
				for _, address := range order {
					before := processTime(b)
					rates[address] = requests / round(b, clients[address], requests).Seconds()
					spent[address] += processTime(b) - before
				}
				ratios = append(ratios, rates[portal]/rates[bare])
				bareRates, portalRates = append(bareRates, rates[bare]), append(portalRates, rates[portal])
			}
			b.ReportMetric(median(ratios), "ratio")
			b.ReportMetric(float64(spent[bare])/float64(spent[portal]), "cpu-ratio")
			b.ReportMetric(median(bareRates), "bare/s")
			b.ReportMetric(median(portalRates), "kept/s")
			b.ReportMetric(float64(len(ratios)), "rounds")
		})
	}
}

// BenchmarkKeptPageAndStaticFile compares a page that is kept with a static file of the same size, which the same program
// serves: "ratio" is the median of how much longer the page takes (pledges.md, Speed: at most 1.4).
func BenchmarkKeptPageAndStaticFile(b *testing.B) {
	static.Warm()
	file, ok := static.Named("portal.css")
	if !ok {
		b.Fatal("there is no style sheet")
	}
	_, css := file.Encoded("identity")
	portal := listenAt(b, keptPage(b, css))
	var page, sheet []*lean
	for range 8 {
		page, sheet = append(page, newLean(b, portal, "/en/long", "identity")), append(sheet, newLean(b, portal, static.URL("portal.css"), "identity"))
	}
	round(b, page, 200)
	round(b, sheet, 200)
	if page[0].size != sheet[0].size {
		b.Fatalf("the page has %d bytes, the file %d", page[0].size, sheet[0].size)
	}
	var ratios []float64
	for b.Loop() {
		const requests = 400
		took := round(b, page, requests).Seconds()
		ratios = append(ratios, took/round(b, sheet, requests).Seconds())
	}
	b.ReportMetric(median(ratios), "ratio")
	b.ReportMetric(float64(len(css)), "bytes")
}

// keptPage is a portal with the page at /en/long, kept.
func keptPage(b *testing.B, html []byte) http.Handler {
	b.Helper()
	db := dbtest.New(b)
	watch := content.Start(b.Context(), db, slog.New(slog.DiscardHandler), func(context.Context) error { return nil })
	b.Cleanup(watch.Stop)
	nowhere, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0) // written to, line by line
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = nowhere.Close() })
	router, err := web.New(web.Options{
		DB: db, Log: slog.New(slog.NewJSONHandler(nowhere, nil)), Content: watch, PageCache: 1 << 20,
	})
	if err != nil {
		b.Fatal(err)
	}
	router.Public("GET /long", func(w http.ResponseWriter, r *http.Request) error {
		return web.Write(w, r, http.StatusOK, "text/html; charset=utf-8", html)
	}, web.Cached())
	for look := time.Tick(time.Millisecond); watch.Version() == 0; { // until it listens
		<-look
	}
	return router
}

// processTime is how long this process has kept processors busy.
func processTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// longPage is HTML of the size of a list of pledges, and as hard to compress.
func longPage() []byte {
	random := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("safe orderly regular migration pledge country objective partner return health work data border family skills")
	var page bytes.Buffer
	for page.Len() < 60_000 {
		fmt.Fprintf(&page, `<li class="card"><h3><a href="/en/pledges/GCM-P-%04d">`, random.IntN(10000))
		for range 24 {
			fmt.Fprintf(&page, "%s %d ", words[random.IntN(len(words))], random.IntN(100))
		}
		page.WriteString("</a></h3></li>\n")
	}
	return page.Bytes()
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

// listenAt serves the handler as the portal is served, and returns its address.
func listenAt(b *testing.B, handler http.Handler) string {
	b.Helper()
	listener, err := (&net.ListenConfig{}).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := web.NewServer(handler, slog.New(slog.DiscardHandler))
	go func() { _ = server.Serve(listener) }()
	b.Cleanup(func() { _ = server.Close() })
	return listener.Addr().String()
}

// lean is a client with one connection.
type lean struct {
	conn    net.Conn
	in      *bufio.Reader
	request []byte
	size    int // of the last answer
}

func newLean(b *testing.B, address, path, accept string) *lean {
	b.Helper()
	conn, err := (&net.Dialer{}).DialContext(b.Context(), "tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close() })
	request := "GET " + path + " HTTP/1.1\r\nHost: " + address + "\r\nUser-Agent: bench\r\nAccept: text/html\r\nAccept-Encoding: " + accept + "\r\n\r\n"
	return &lean{conn: conn, in: bufio.NewReaderSize(conn, 64<<10), request: []byte(request)}
}

func (l *lean) get() error {
	if _, err := l.conn.Write(l.request); err != nil {
		return err
	}
	l.size = -1
	for first := true; ; first = false {
		line, err := l.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if first && !bytes.HasPrefix(line, []byte("HTTP/1.1 200 ")) {
			return fmt.Errorf("the answer is %s", line)
		}
		if length, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if l.size, err = strconv.Atoi(string(bytes.TrimSpace(length))); err != nil {
				return err
			}
		}
		if len(line) == 2 {
			break
		}
	}
	if l.size < 0 {
		return fmt.Errorf("the answer has no length")
	}
	_, err := l.in.Discard(l.size)
	return err
}

// round sends as many requests over all the connections and returns how long that takes.
func round(b *testing.B, clients []*lean, requests int) time.Duration {
	b.Helper()
	began := time.Now()
	var all sync.WaitGroup
	for _, c := range clients {
		all.Go(func() {
			for range requests / len(clients) {
				if err := c.get(); err != nil && err != io.EOF {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	return time.Since(began)
}

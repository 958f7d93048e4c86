// Command load measures how the portal serves readers: each asks for a page, thinks for a second, and asks for the next.
// Everything runs on this machine, so the figures hold for it as a whole: portal, database and readers together. CPU time
// says more than the clock where others use the machine too.
//
//	make load                      the committed queries, at 1,000 and at 100,000 pledges, no page from the cache
//	make load SCALE=0 READERS=200 LOAD="-cached -pages /en,/en/pledges"  some pages on demonstration data, with the cache
//	make load-countries            the pages of countries and regions, over pledges, practices and talks
//	make load-practices            the committed queries of the repository, at 1,000 and at 100,000 practices
//	make load-desk                 the desk's lists, by as many officers as there are readers
//	make load-fund                 the committed queries of the pipeline, then the lists of the fund desk, at 5,000 concept notes
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"text/tabwriter"
	"time"
)

// thinkTime is how long a reader looks at a page; it is spread so that readers do not march in step.
const thinkTime = time.Second

// longestRun and mostReaders bound what a slip of the finger can do to the machine.
const (
	longestRun  = 10 * time.Minute
	mostReaders = 5000
)

// settings say what is measured.
type settings struct {
	program, address, data, queries string
	pages                           []string
	scales                          []int
	readers                         int
	length                          time.Duration
	cached                          bool
	// desk lets officers read the lists of a desk; the scales are then numbers of submissions that are over.
	desk bool
	// practices are read instead of pledges; the scales are numbers of them.
	practices bool
	// notes are concept notes with their programmes, which visitors read, or a fund desk whose officers read its lists; the scales
	// are numbers of notes.
	notes bool
}

func main() {
	var s settings
	flag.StringVar(&s.program, "portal", "bin/portal", "the portal's program, which is started on a database of its own")
	flag.StringVar(&s.address, "address", "", "address of a running portal on this machine, instead")
	flag.StringVar(&s.data, "data", "var/load", "directory for seeded databases, kept for the next run")
	flag.StringVar(&s.queries, "queries", "internal/pledge/testdata/queries.txt", "file with the addresses to ask for, one a line")
	flag.BoolVar(&s.desk, "desk", false, "officers read the lists of their desks; the scales are numbers of submissions that are over")
	flag.BoolVar(&s.practices, "practices", false, "visitors read practices; the scales are numbers of them")
	flag.BoolVar(&s.notes, "notes", false, "visitors read the pipeline, or officers the lists of the fund desk; the scales are numbers of concept notes")
	flag.BoolVar(&s.cached, "cached", false, "let the portal keep pages; otherwise each is made anew")
	flag.IntVar(&s.readers, "readers", 32, "readers at once")
	seconds := flag.Int("seconds", 60, "how long")
	scales := flag.String("scale", "1000,100000", "numbers of pledges or of what is read instead, by commas; 0 is the demonstration data")
	pages := flag.String("pages", "", "what they read instead of the queries, by commas")
	bare := flag.String("bare", "", "for the program itself: serve this file by a bare handler, and nothing else")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	s.length = time.Duration(*seconds) * time.Second
	var err error
	if *pages != "" {
		s.pages = strings.Split(*pages, ",")
	}
	for _, n := range strings.Split(*scales, ",") {
		scale, wrong := strconv.Atoi(n)
		s.scales, err = append(s.scales, scale), errors.Join(err, wrong)
	}
	switch {
	case err != nil:
	case *bare != "":
		err = serveBare(ctx, *bare)
	default:
		err = run(ctx, s)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, s settings) error {
	if s.readers < 1 || s.readers > mostReaders || s.length < time.Second || s.length > longestRun {
		return fmt.Errorf("from 1 to %d readers, from 1 s to %s", mostReaders, longestRun)
	}
	if s.pages == nil {
		var err error
		if s.pages, err = readQueries(s.queries); err != nil {
			return err
		}
	}
	if s.address != "" {
		s.scales = s.scales[:1]
	}
	var measures []measure
	for _, scale := range s.scales {
		m, err := s.measure(ctx, scale)
		if err != nil {
			return err
		}
		measures = append(measures, m)
	}
	if len(measures) > 1 {
		growth(s.scales, measures)
	}
	return nil
}

// measure is what came of one run.
type measure struct {
	requests       int
	portal, server time.Duration // CPU time of the portal and of its database
	byPage         map[string][]result
}

// perThousand are CPU seconds a thousand requests.
func (m measure) perThousand(cpu time.Duration) float64 {
	return cpu.Seconds() * 1000 / float64(max(m.requests, 1))
}

// measure starts a portal on so many pledges and lets the readers read.
func (s settings) measure(ctx context.Context, scale int) (m measure, err error) {
	var portal *started
	address := s.address
	if address == "" {
		if portal, err = s.start(ctx, scale); err != nil {
			return m, err
		}
		defer func() { err = errors.Join(err, portal.stop()) }()
		address = portal.address
	}
	if err := onThisMachine(address); err != nil {
		return m, err
	}
	clients, err := s.clients(ctx, address)
	if err != nil {
		return m, err
	}
	fill := func(page string) string {
		return strings.ReplaceAll(page, "%ID%", s.idOf(scale, rand.IntN(manyPages))) //nolint:gosec // which page is no secret
	}
	pages, sample, err := existing(ctx, clients[0], address, s.lastPage(), fill)
	if err != nil {
		return m, err
	}
	lists, single := apart(pages)
	for _, part := range [][]string{single, lists} {
		if len(part) == 0 {
			continue
		}
		fmt.Printf("\n%d records: %d readers for %s, %d pages, %s of thought, the load of the machine is %s\n", scale, s.readers, s.length, len(part), thinkTime, machineLoad())
		portalBefore, serverBefore := portal.cpu()
		results := read(ctx, clients, address, s.length, part, fill)
		portalAfter, serverAfter := portal.cpu()
		m = measure{requests: len(results), portal: portalAfter - portalBefore, server: serverAfter - serverBefore}
		if m.byPage, err = report(results); err != nil {
			return m, err
		}
		fmt.Printf("%.0f requests a second", float64(len(results))/s.length.Seconds())
		if m.portal > 0 {
			fmt.Printf("; %.2f CPU seconds a thousand requests: portal %.2f, PostgreSQL %.2f", m.perThousand(m.portal+m.server), m.perThousand(m.portal), m.perThousand(m.server))
		}
		fmt.Println()
	}
	return m, s.compareWithBare(ctx, m, sample)
}

// apart tells the lists from the pages of one record, %ID%, which are measured by themselves.
func apart(pages []string) (lists, single []string) {
	for _, page := range pages {
		if strings.Contains(page, "%ID%") {
			single = append(single, page)
		} else {
			lists = append(lists, page)
		}
	}
	return lists, single
}

// compareWithBare lets the same readers read the same bytes from a handler that does nothing else.
func (s settings) compareWithBare(ctx context.Context, m measure, sample []byte) error {
	bare, err := startBare(ctx, sample)
	if err != nil {
		return err
	}
	before, _ := bare.cpu()
	results := read(ctx, anonymous(s.readers), bare.address, min(s.length, 20*time.Second), []string{"/"}, func(page string) string { return page })
	after, _ := bare.cpu()
	b := measure{requests: len(results), portal: after - before}
	slices.SortFunc(results, func(a, b result) int { return int(a.took - b.took) })
	fmt.Printf("a bare handler that writes the %d bytes of a page: %.2f CPU seconds a thousand requests, p95 %.1f ms; the portal takes %.1f times its CPU\n",
		len(sample), b.perThousand(b.portal), quantile(results, .95), m.perThousand(m.portal+m.server)/max(b.perThousand(b.portal), 0.01))
	return bare.stop()
}

// growth compares the first and the last run.
func growth(scales []int, measures []measure) {
	first, last := measures[0], measures[len(measures)-1]
	fmt.Printf("\nfrom %d to %d records: CPU %.2f times (portal %.2f, PostgreSQL %.2f)\n", scales[0], scales[len(scales)-1],
		last.perThousand(last.portal+last.server)/first.perThousand(first.portal+first.server),
		last.perThousand(last.portal)/first.perThousand(first.portal), last.perThousand(last.server)/first.perThousand(first.server))
}

// readQueries reads the committed addresses; what stands behind " #" is for people.
func readQueries(file string) ([]string, error) {
	content, err := os.ReadFile(file) //nolint:gosec // whoever runs this names the file
	if err != nil {
		return nil, err
	}
	var all []string
	for line := range strings.Lines(string(content)) {
		address, _, _ := strings.Cut(line, " #")
		if address = strings.TrimSpace(address); address != "" && !strings.HasPrefix(address, "#") {
			all = append(all, address)
		}
	}
	return all, nil
}

// onThisMachine refuses to burden anybody else.
func onThisMachine(address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	ip := net.ParseIP(u.Hostname())
	if u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("%s is not on this machine", address)
	}
	return nil
}

// existing keeps the pages that are there, so that the list may run ahead of what is built, and returns one of them as it
// goes over the line.
func existing(ctx context.Context, client *http.Client, address string, pages []string, fill func(page string) string) (there []string, sample []byte, err error) {
	for _, page := range pages {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, address+fill(page), http.NoBody)
		if err != nil {
			return nil, nil, err
		}
		request.Header.Set("Accept-Encoding", "gzip")
		answer, err := client.Do(request)
		if err != nil {
			return nil, nil, err
		}
		body, err := io.ReadAll(answer.Body)
		if err := errors.Join(err, answer.Body.Close()); err != nil {
			return nil, nil, err
		}
		if answer.StatusCode != http.StatusOK {
			fmt.Printf("left out: %s (%d)\n", page, answer.StatusCode)
			continue
		}
		if there = append(there, page); sample == nil {
			sample = body
		}
	}
	if len(there) == 0 {
		return nil, nil, errors.New("none of the pages is there")
	}
	return there, sample, nil
}

// manyPages is how many different pages stand behind one address with %ID%.
const manyPages = 300

// idOf is a public ID for %ID%, one of manyPages that are spread over so many records.
func (s settings) idOf(scale, n int) string {
	number := 1 + n%manyPages*max(scale/manyPages, 1)%max(scale, 1)
	switch {
	case s.notes: // more than half of them are programmes
		return fmt.Sprintf("GCM-JP-%04d", (number+1)/2)
	case s.practices:
		return fmt.Sprintf("GCM-PR-%04d", number)
	}
	return fmt.Sprintf("GCM-P-%04d", number)
}

// lastPage returns the pages with the public ID for %LAST% with which the last page begins: one among the first ever, near
// the end of the list.
func (s settings) lastPage() []string {
	last := "GCM-P-0021"
	switch {
	case s.notes:
		last = "GCM-JP-0021"
	case s.practices:
		last = "GCM-PR-0021"
	}
	all := make([]string, len(s.pages))
	for i, page := range s.pages {
		all[i] = strings.ReplaceAll(page, "%LAST%", last)
	}
	return all
}

// result is one answer; a status of 0 is none.
type result struct {
	page   string
	status int
	size   int64
	took   time.Duration
}

func read(ctx context.Context, clients []*http.Client, address string, length time.Duration, pages []string, fill func(page string) string) []result {
	ctx, cancel := context.WithTimeout(ctx, length)
	defer cancel()
	var mu sync.Mutex
	var all []result
	var wait sync.WaitGroup
	for _, client := range clients {
		wait.Go(func() {
			for think(ctx) {
				page := pages[rand.IntN(len(pages))] //nolint:gosec // which page is no secret
				began := time.Now()
				status, size, err := fetch(ctx, client, address+fill(page))
				if ctx.Err() != nil {
					return
				}
				if err != nil {
					status = 0
				}
				mu.Lock()
				all = append(all, result{page, status, size, time.Since(began)})
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	return all
}

// think waits between half and one and a half think times.
func think(ctx context.Context) bool {
	timer := time.NewTimer(thinkTime/2 + rand.N(thinkTime)) //nolint:gosec // nothing to guess
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

func fetch(ctx context.Context, client *http.Client, address string) (status int, size int64, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return 0, 0, err
	}
	answer, err := client.Do(request)
	if err != nil {
		return 0, 0, err
	}
	defer answer.Body.Close()
	size, err = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode, size, err
}

// report prints a line a page, the slowest last, and one for all.
func report(all []result) (map[string][]result, error) {
	if len(all) == 0 {
		return nil, errors.New("no answer at all")
	}
	byPage := map[string][]result{}
	for _, r := range all {
		byPage[r.page] = append(byPage[r.page], r)
	}
	for _, results := range byPage {
		slices.SortFunc(results, func(a, b result) int { return int(a.took - b.took) })
	}
	slices.SortFunc(all, func(a, b result) int { return int(a.took - b.took) })
	names := slices.SortedFunc(maps.Keys(byPage), func(a, b string) int { return int(1000 * (quantile(byPage[a], .5) - quantile(byPage[b], .5))) })
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "p50 ms\tp95 ms\tp99 ms\tmost ms\tanswers\tbad\tpage")
	line := func(name string, results []result) (bad int) {
		for _, r := range results {
			if r.status != http.StatusOK {
				bad++
			}
		}
		fmt.Fprintf(table, "%.1f\t%.1f\t%.1f\t%.1f\t%d\t%d\t%s\n", quantile(results, .5), quantile(results, .95), quantile(results, .99), quantile(results, 1), len(results), bad, name)
		return bad
	}
	for _, name := range names {
		line(name, byPage[name])
	}
	bad := line("all", all)
	if err := table.Flush(); err != nil {
		return nil, err
	}
	if bad > 0 {
		return nil, fmt.Errorf("%d bad answers", bad)
	}
	return byPage, nil
}

// quantile is a share of sorted results, in milliseconds.
func quantile(results []result, share float64) float64 {
	if len(results) == 0 {
		return 0
	}
	return float64(results[min(int(share*float64(len(results))), len(results)-1)].took.Microseconds()) / 1000
}

func machineLoad() string {
	content, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "not known"
	}
	load, _, _ := strings.Cut(string(content), " ")
	return load
}

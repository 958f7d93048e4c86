// Command load measures how the portal serves readers: each asks for a page, thinks for a second, and asks for the next.
// Everything runs on this machine, so the figures hold for it as a whole: portal, database and readers together.
//
//	make load READERS=200 SECONDS=20
package main

import (
	"bufio"
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
	"os/exec"
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

func main() {
	program := flag.String("portal", "bin/portal", "the portal's program, which is started on an empty directory and filled with demonstration data")
	address := flag.String("address", "", "address of a running portal on this machine, instead")
	readers := flag.Int("readers", 200, "readers at once")
	seconds := flag.Int("seconds", 20, "how long")
	pages := flag.String("pages", "/en,/ar,/en/pledges,/en/pledges?q=child,/en/pledges?page=2,/ar/pledges,/en/pledges?sort=title,/en/contact", "what they read, by commas")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	err := run(ctx, *program, *address, *readers, time.Duration(*seconds)*time.Second, strings.Split(*pages, ","))
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, program, address string, readers int, length time.Duration, pages []string) (err error) {
	if readers < 1 || readers > mostReaders || length < time.Second || length > longestRun {
		return fmt.Errorf("from 1 to %d readers, from 1 s to %s", mostReaders, longestRun)
	}
	var portal *started
	if address == "" {
		if portal, err = start(ctx, program); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, portal.stop()) }()
		address = portal.address
	}
	if err := onThisMachine(address); err != nil {
		return err
	}
	pages, err = existing(ctx, address, pages)
	if err != nil {
		return err
	}
	fmt.Printf("%d readers for %s, %d pages, %s of thought\n", readers, length, len(pages), thinkTime)
	before := portal.cpu()
	results := read(ctx, address, readers, length, pages)
	used := portal.cpu() - before
	return report(results, length, used)
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

// existing keeps the pages that are there, so that the list may run ahead of what is built.
func existing(ctx context.Context, address string, pages []string) ([]string, error) {
	var there []string
	for _, page := range pages {
		status, _, err := fetch(ctx, http.DefaultClient, address+page)
		if err != nil {
			return nil, err
		}
		if status == http.StatusOK {
			there = append(there, page)
		} else {
			fmt.Printf("left out: %s (%d)\n", page, status)
		}
	}
	if len(there) == 0 {
		return nil, errors.New("none of the pages is there")
	}
	return there, nil
}

// result is one answer; a status of 0 is none.
type result struct {
	page   string
	status int
	size   int64
	took   time.Duration
}

func read(ctx context.Context, address string, readers int, length time.Duration, pages []string) []result {
	ctx, cancel := context.WithTimeout(ctx, length)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: readers}, Timeout: 30 * time.Second}
	defer client.CloseIdleConnections()
	var mu sync.Mutex
	var all []result
	var wait sync.WaitGroup
	for range readers {
		wait.Go(func() {
			for think(ctx) {
				page := pages[rand.IntN(len(pages))] //nolint:gosec // which page is no secret
				began := time.Now()
				status, size, err := fetch(ctx, client, address+page)
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

func report(all []result, length, cpu time.Duration) error {
	if len(all) == 0 {
		return errors.New("no answer at all")
	}
	byPage := map[string][]result{}
	for _, r := range all {
		byPage[r.page] = append(byPage[r.page], r)
		byPage["all"] = append(byPage["all"], r)
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "page\tanswers\tbad\tp50 ms\tp95 ms\tp99 ms\tmost ms")
	bad := 0
	for _, page := range slices.Sorted(maps.Keys(byPage)) {
		results := byPage[page]
		slices.SortFunc(results, func(a, b result) int { return int(a.took - b.took) })
		wrong := 0
		for _, r := range results {
			if r.status != http.StatusOK {
				wrong++
			}
		}
		if page == "all" {
			bad = wrong
		}
		at := func(share float64) float64 {
			return float64(results[min(int(share*float64(len(results))), len(results)-1)].took.Microseconds()) / 1000
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%.1f\t%.1f\t%.1f\t%.1f\n", page, len(results), wrong, at(.5), at(.95), at(.99), at(1))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Printf("%.0f requests a second", float64(len(all))/length.Seconds())
	if cpu > 0 {
		fmt.Printf("; %.2f CPU seconds a thousand requests, database included", cpu.Seconds()*1000/float64(len(all)))
	}
	fmt.Println()
	if bad > 0 {
		return fmt.Errorf("%d bad answers", bad)
	}
	return nil
}

// started is a portal of our own.
type started struct {
	command *exec.Cmd
	dir     string
	address string
}

func start(ctx context.Context, program string) (*started, error) {
	dir, err := os.MkdirTemp("", "portal-load-")
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(dir, 0o755); err != nil { // open: PostgreSQL's account must pass through
		return nil, err
	}
	s := &started{command: exec.CommandContext(ctx, program, "serve", "--demo"), dir: dir}
	s.command.Cancel = func() error { return s.command.Process.Signal(syscall.SIGTERM) }
	s.command.Env = append(os.Environ(), "PORTAL_DATA="+dir, "PORTAL_ADDR=127.0.0.1:0", "PORTAL_LOG_LEVEL=warn", "DATABASE_URL=")
	s.command.Stderr = os.Stderr
	out, err := s.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.command.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), "The portal answers at "); ok {
			s.address, _, _ = strings.Cut(rest, " ")
			return s, nil
		}
	}
	return nil, errors.Join(errors.New("the portal does not start"), s.stop())
}

func (s *started) stop() error {
	_ = s.command.Process.Signal(syscall.SIGTERM) // it may have ended
	return errors.Join(s.command.Wait(), os.RemoveAll(s.dir))
}

// cpu is the time that the portal and the database have used so far, or 0 where the system does not say.
func (s *started) cpu() time.Duration {
	if s == nil {
		return 0
	}
	total := cpuOf(strconv.Itoa(s.command.Process.Pid))
	content, err := os.ReadFile(s.dir + "/pg/data/postmaster.pid")
	if err != nil {
		return 0
	}
	postmaster, _, _ := strings.Cut(string(content), "\n")
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return 0
	}
	for _, e := range entries {
		if e.Name() == postmaster || parentOf(e.Name()) == postmaster {
			total += cpuOf(e.Name())
		}
	}
	return total
}

// stat are the fields of a process's line after its name.
func stat(pid string) []string {
	content, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return nil
	}
	_, after, _ := strings.Cut(string(content), ") ")
	return strings.Fields(after)
}

func parentOf(pid string) string {
	if f := stat(pid); len(f) > 1 {
		return f[1]
	}
	return ""
}

// cpuOf adds user and system time, of the process and of the children it has waited for: the kernel counts in hundredths
// of a second.
func cpuOf(pid string) time.Duration {
	f := stat(pid)
	if len(f) < 15 {
		return 0
	}
	var ticks int
	for _, field := range f[11:15] {
		n, err := strconv.Atoi(field)
		if err != nil {
			return 0
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

package newsletter

import (
	"encoding/json"
	"fmt"
	"net/smtp"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/internal/i18n"
)

// bareErrand is what a bare client is told: to send the bytes of a file so many times.
type bareErrand struct {
	File        string
	Port        int
	Mails       int
	Connections int
}

// sendBare is a client loop that does nothing but hand the same bytes over, as fast as the standard library can.
func sendBare(task string) error {
	var e bareErrand
	if err := json.Unmarshal([]byte(task), &e); err != nil {
		return err
	}
	content, err := os.ReadFile(e.File)
	if err != nil {
		return err
	}
	work := make(chan int)
	failed := make(chan error, e.Connections)
	var clients sync.WaitGroup
	for range e.Connections {
		clients.Go(func() {
			client, err := smtp.Dial("127.0.0.1:" + strconv.Itoa(e.Port))
			if err != nil {
				failed <- err
				return
			}
			for n := range work {
				if err := bare(client, n, content); err != nil {
					failed <- err
					return
				}
			}
			_ = client.Quit()
		})
	}
	for n := range e.Mails {
		select {
		case work <- n:
		case err := <-failed:
			return err
		}
	}
	close(work)
	clients.Wait()
	return used()
}

func bare(client *smtp.Client, n int, content []byte) error {
	if err := client.Mail("news@portal.example"); err != nil {
		return err
	}
	if err := client.Rcpt(fmt.Sprintf("b%d@example.org", n)); err != nil {
		return err
	}
	w, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(content); err != nil {
		return err
	}
	return w.Close()
}

// used prints the peak memory in kilobytes and the seconds of CPU of this process.
func used() error {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return err
	}
	fmt.Println(u.Maxrss, float64(u.Utime.Nano()+u.Stime.Nano())/1e9)
	return nil
}

// BenchmarkCampaign sends one issue, and the same bytes by a bare client, each in a process of its own to a sink in this one. It is
// what `make load-newsletter` runs: MAILS and LINES say how many mails over how many connections.
func BenchmarkCampaign(b *testing.B) {
	mails, lines := 1000, 20
	if n, err := strconv.Atoi(os.Getenv("MAILS")); err == nil {
		mails = n
	}
	if n, err := strconv.Atoi(os.Getenv("LINES")); err == nil {
		lines = n
	}
	db, server := dbtest.New(b), newSink(b)
	s := newService(b, db)
	readers(b, db, mails)
	id := sendingIssue(b, db, s, 0, lines)
	if _, err := db.Read().Exec(b.Context(), `ANALYZE`); err != nil {
		b.Fatal(err)
	}
	i, err := findIssue(b.Context(), db.Read(), `id = $1`, id)
	if err != nil {
		b.Fatal(err)
	}
	e, err := s.edit(b.Context(), i, i18n.English, i.Items)
	if err != nil {
		b.Fatal(err)
	}
	var content strings.Builder
	for _, part := range newMessage(e, sender{"news@portal.example", "<news@portal.example>", "portal.example"}, "", s.Site.PublicURL, start).to(nil, []byte("reader@example.org"), []byte(placeholder), []byte(placeholder)) {
		content.Write(part)
	}
	file := b.TempDir() + "/message"
	if err := os.WriteFile(file, []byte(content.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		measured := func(variable string, task any) (rate, cpu float64, memory int) {
			before, began := server.count(), time.Now()
			cmd, out := begin(b, variable, task)
			if err := cmd.Wait(); err != nil {
				b.Fatalf("%v: %s", err, out)
			}
			took := time.Since(began).Seconds()
			if _, err := fmt.Sscan(out.String(), &memory, &cpu); err != nil {
				b.Fatal(err)
			}
			return float64(server.count()-before) / took, cpu / float64(mails) * 1000, memory / 1024
		}
		bareRate, bareCPU, _ := measured("NEWSLETTER_BARE", bareErrand{file, server.port, mails, lines})
		rate, cpu, memory := measured("NEWSLETTER_SEND", errand{DSN: db.Pool.Config().ConnString(), Folder: b.TempDir(), Port: server.port, Issue: id})
		b.Logf("%d mails of %d bytes over %d connections: %.0f a second, a bare client %.0f (%.0f per cent); CPU seconds per 1,000 mails %.3f, the bare client's %.3f; peak memory %d MB",
			mails, content.Len(), lines, rate, bareRate, 100*rate/bareRate, cpu, bareCPU, memory)
		if got := value[int](b, db, `SELECT count(*) FROM newsletter_deliveries WHERE state = 'sent'`); got != mails {
			b.Errorf("%d were sent", got)
		}
		if _, err := db.Read().Exec(b.Context(), `UPDATE newsletter_deliveries SET state = 'queued', done_at = NULL`); err != nil {
			b.Fatal(err)
		}
		if _, err := db.Read().Exec(b.Context(), `UPDATE newsletter_issues SET state = 'sending'`); err != nil {
			b.Fatal(err)
		}
	}
}

// The audience of an issue is counted while its editor waits.
func BenchmarkAudience(b *testing.B) {
	db := dbtest.New(b)
	s := newService(b, db)
	readers(b, db, 100_000)
	id := sendingIssue(b, db, s, 0, 1)
	if _, err := db.Read().Exec(b.Context(), `VACUUM ANALYZE newsletter_subscribers`); err != nil {
		b.Fatal(err)
	}
	i, err := findIssue(b.Context(), db.Read(), `id = $1`, id)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		a, err := countAudience(b.Context(), db.Read(), i)
		if err != nil || a.Total != 100_000 {
			b.Fatal(a.Total, err)
		}
	}
	plan, err := database.Values[string](b.Context(), db.Read(), `EXPLAIN (ANALYZE) SELECT lang, themes, regions, sector, count(*) AS n FROM newsletter_subscribers WHERE state = 'confirmed' AND (true OR frequency = 'monthly') GROUP BY lang, themes, regions, sector`)
	if err != nil {
		b.Fatal(err)
	}
	b.Log(strings.Join(plan, "\n"))
}

package attachment

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/problem"
)

// eicar is the harmless file that every scanner takes for a virus, written so that none takes this source for it.
var eicar = `X5O!P%@AP[4\PZX54(P^)7CC)7}$` + "EICAR" + `-STANDARD-ANTIVIRUS-TEST-` + `FILE!$H+H*`

// startClamd runs ClamAV's daemon with one signature of our own, and returns its address.
func startClamd(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("clamd")
	if err != nil {
		program = "/usr/sbin/clamd"
	}
	dir := t.TempDir()
	socket := filepath.Join(dir, "socket")
	for name, content := range map[string]string{
		"portal.ndb": "Portal.Test.EICAR:0:*:" + hex.EncodeToString([]byte(eicar)) + "\n",
		"clamd.conf": "Foreground yes\nLocalSocket " + socket + "\nDatabaseDirectory " + dir + "\nStreamMaxLength 25M\nMaxThreads 2\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var output bytes.Buffer
	command := exec.Command(program, "--config-file="+filepath.Join(dir, "clamd.conf"))
	command.Stdout, command.Stderr = &output, &output
	if err := command.Start(); err != nil {
		t.Fatalf("the virus scanner is tested with a real one: install clamd (Debian: clamav-daemon): %v", err)
	}
	ended := make(chan struct{})
	go func() {
		_ = command.Wait() // it is killed
		close(ended)
	}()
	t.Cleanup(func() {
		_ = command.Process.Kill()
		<-ended
	})
	deadline := time.After(time.Minute)
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		if conn, err := net.Dial("unix", socket); err == nil {
			_ = conn.Close()
			return "unix:" + socket
		}
		select {
		case <-tick.C:
		case <-ended:
			t.Fatalf("clamd ended: %s", output.String())
		case <-deadline:
			t.Fatal("clamd did not answer within a minute")
		}
	}
}

func acts(t *testing.T, d desk) []string {
	t.Helper()
	all, err := database.Values[string](t.Context(), d.db.Read(), `SELECT act || ' by ' || coalesce(actor_id::text, 'the portal') || ' of ' || array_to_string(fields, ',')
		FROM audit_log WHERE subject = 'submission' AND subject_id = $1 ORDER BY id`, d.submission)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestClamd(t *testing.T) {
	t.Parallel()
	address := startClamd(t)
	t.Run("clean files", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t, address)
		for name, content := range map[string]string{"a.txt": "nothing to see", "a.docx": string(office(t, "word/document.xml", wordMain)), "b.txt": strings.Repeat("a", 300_000)} {
			if a := d.mustAdd(t, name, 1, content); a.ScanState != Clean || !a.Servable() {
				t.Errorf("%s is %+v", name, a)
			}
		}
	})
	t.Run("the largest file", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t, address)
		a, err := d.add(t, d.upload("large.txt", 1), io.LimitReader(endless{}, MaxBytes))
		if err != nil || a.ScanState != Clean {
			t.Errorf("it is %+v: %v", a, err)
		}
	})
	t.Run("a virus", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t, address)
		for name, content := range map[string]string{"a.txt": eicar, "a.docx": string(office(t, "word/document.xml", wordMain, part{"word/embeddings/a.bin", eicar}))} {
			_, err := d.add(t, d.upload(name, 1), strings.NewReader(content))
			if f := refusal(t, err); f.Key != "attachment.infected" {
				t.Errorf("%s is refused with %+v", name, f)
			}
		}
		if got := d.names(t, 1); len(got) != 0 {
			t.Errorf("it was kept: %q", got)
		}
		want := []string{"attachment.refuse_infected by 1 of files", "attachment.refuse_infected by 1 of files"}
		if got := acts(t, d); !slices.Equal(got, want) {
			t.Errorf("the audit says %q", got)
		}
	})
	t.Run("files that came while there was no scanner", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t, "")
		clean, bad := d.mustAdd(t, "a.txt", 1, "nothing to see"), d.mustAdd(t, "b.txt", 1, eicar)
		if d.store.Schedule() != nil {
			t.Error("without a scanner there is nothing to do")
		}
		d.store.scanner = newClamd(address)
		if len(d.store.Schedule()) != 1 {
			t.Error("scanning is not scheduled")
		}
		for range 2 { // a job may run twice
			if err := d.store.scanWaiting(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if a, _, err := d.store.Open(t.Context(), clean.ID); err != nil || a.ScanState != Clean {
			t.Errorf("the clean file is %+v: %v", a, err)
		}
		if a, err := Find(t.Context(), d.db.Read(), bad.ID); err != nil || a.ScanState != Infected || a.Servable() {
			t.Errorf("the other is %+v: %v", a, err)
		}
		if _, _, err := d.store.Open(t.Context(), bad.ID); !errors.Is(err, problem.Forbidden) {
			t.Errorf("its bytes can be had: %v", err)
		}
		if got := acts(t, d); !slices.Equal(got, []string{"attachment.lock_infected by the portal of "}) {
			t.Errorf("the audit says %q", got)
		}
	})
}

// fakeClamd answers on a port of this machine; how it fails is the test's to say. It returns the address and how many
// asked.
func fakeClamd(t *testing.T, answer func(conn net.Conn)) (address string, asked *atomic.Int32) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	asked = new(atomic.Int32)
	done := make(chan struct{})
	t.Cleanup(func() {
		_ = listener.Close()
		<-done
	})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			asked.Add(1)
			answer(conn)
			_ = conn.Close()
		}
	}()
	return listener.Addr().String(), asked
}

// readStream reads what clamd is sent.
func readStream(conn net.Conn) ([]byte, error) {
	r := bufio.NewReader(conn)
	if command, err := r.ReadString(0); err != nil || command != "zINSTREAM\x00" {
		return nil, errors.Join(err, errors.New(command))
	}
	var all []byte
	for {
		var length uint32
		if err := binary.Read(r, binary.BigEndian, &length); err != nil {
			return nil, err
		}
		if length == 0 {
			return all, nil
		}
		block := make([]byte, length)
		if _, err := io.ReadFull(r, block); err != nil {
			return nil, err
		}
		all = append(all, block...)
	}
}

func TestTheProtocolOfClamd(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, scanBlock - 1, scanBlock, scanBlock + 1, 3*scanBlock + 5} {
		want := bytes.Repeat([]byte("0123456789"), size/10+1)[:size]
		address, _ := fakeClamd(t, func(conn net.Conn) {
			text := "stream: OK\x00"
			if got, err := readStream(conn); err != nil || !bytes.Equal(got, want) {
				text = "stream: Wrong FOUND\x00"
			}
			_, _ = io.WriteString(conn, text)
		})
		if virus, err := newClamd(address).scan(t.Context(), bytes.NewReader(want)); err != nil || virus != "" {
			t.Errorf("%d bytes did not arrive as they were: %q, %v", size, virus, err)
		}
	}
}

func TestAScannerThatFails(t *testing.T) {
	t.Parallel()
	reply := func(text string) func(net.Conn) {
		return func(conn net.Conn) {
			_, _ = readStream(conn)
			_, _ = io.WriteString(conn, text)
		}
	}
	for _, c := range []struct {
		name   string
		answer func(net.Conn)
		virus  string
		said   bool // the scanner says itself that it did not scan
	}{
		{"it says nothing", func(net.Conn) {}, "", false},
		{"it reads and says nothing", reply(""), "", false},
		{"the file is too large for it", reply("INSTREAM size limit exceeded. ERROR\x00"), "", true},
		{"it answers something else", reply("HTTP/1.1 400 Bad Request\r\n"), "", true},
		{"it has seen enough before the end", func(conn net.Conn) {
			_, _ = io.CopyN(io.Discard, conn, 100)
			_, _ = io.WriteString(conn, "stream: Early.Virus FOUND\x00")
			_ = conn.(*net.TCPConn).CloseWrite()
			_, _ = io.Copy(io.Discard, conn)
		}, "Early.Virus", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			address, _ := fakeClamd(t, c.answer)
			virus, err := newClamd(address).scan(t.Context(), bytes.NewReader(make([]byte, 4*scanBlock)))
			var said refusedScan
			if virus != c.virus || (err == nil) != (c.virus != "") || errors.As(err, &said) != c.said {
				t.Errorf("it found %q: %v", virus, err)
			}
		})
	}
	t.Run("nobody is there", func(t *testing.T) {
		t.Parallel()
		for _, address := range []string{"unix:/nowhere/clamd.sock", "127.0.0.1:1"} {
			if _, err := newClamd(address).scan(t.Context(), strings.NewReader("a")); err == nil {
				t.Errorf("%s was asked", address)
			}
		}
	})
	t.Run("the file cannot be read", func(t *testing.T) {
		t.Parallel()
		address, _ := fakeClamd(t, reply("stream: OK\x00"))
		broken := errors.New("the disk is broken")
		if _, err := newClamd(address).scan(t.Context(), io.MultiReader(strings.NewReader("a"), &errorReader{broken})); !errors.Is(err, broken) {
			t.Error(err)
		}
	})
}

type errorReader struct{ err error }

// Read fails.
func (r *errorReader) Read([]byte) (int, error) { return 0, r.err }

func TestAScannerThatIsDownKeepsNobodyFromWorking(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "127.0.0.1:1")
	a := d.mustAdd(t, "a.txt", 1, "a")
	if a.ScanState != NotScanned || !a.Servable() {
		t.Errorf("it is %+v", a)
	}
	if err := d.store.scanWaiting(t.Context()); err == nil {
		t.Error("that the scanner is still down should be said")
	}
}

func TestTheRequestEndsTheScan(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	address, _ := fakeClamd(t, func(conn net.Conn) {
		_, _ = readStream(conn)
		cancel() // the client goes away while the scanner thinks
		_, _ = io.Copy(io.Discard, conn)
	})
	d := newDesk(t, address)
	if _, err := d.store.Receive(ctx, d.upload("a.txt", 1), strings.NewReader("a")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestAFileThatTheScannerRefusesDoesNotHoldUpTheOthers(t *testing.T) {
	t.Parallel()
	address, asked := fakeClamd(t, func(conn net.Conn) {
		text := "stream: OK\x00"
		if content, _ := readStream(conn); string(content) == "refused" {
			text = "INSTREAM size limit exceeded. ERROR\x00"
		}
		_, _ = io.WriteString(conn, text)
	})
	d := newDesk(t, "")
	d.mustAdd(t, "a.txt", 1, "refused")
	other := d.mustAdd(t, "b.txt", 1, "other")
	d.store.scanner = newClamd(address)
	if err := d.store.scanWaiting(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a, err := Find(t.Context(), d.db.Read(), other.ID); err != nil || a.ScanState != Clean || asked.Load() != 2 {
		t.Errorf("the other file is %+v: %v", a, err)
	}
}

package dbtest

import (
	"context"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// Line is the way to a database, which a test can cut and mend.
type Line struct {
	// DSN is the address of the database at the end of the line.
	DSN string
	// network and address are the database's own.
	network, address string

	mu    sync.Mutex
	cut   bool
	dead  bool
	pairs map[net.Conn]net.Conn // what came in, and where it goes
}

// NewLine makes a line to the database of the address, until the test ends.
func NewLine(t testing.TB, dsn string) *Line {
	t.Helper()
	config, err := pgconn.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	host, port, _ := net.SplitHostPort(listener.Addr().String())
	query := u.Query()
	query.Set("host", host)
	query.Set("port", port)
	u.Host, u.RawQuery = "", query.Encode()
	l := &Line{DSN: u.String(), pairs: map[net.Conn]net.Conn{}}
	l.network, l.address = pgconn.NetworkAddress(config.Host, config.Port)
	t.Cleanup(func() {
		_ = listener.Close()
		l.Cut()
	})
	go func() {
		for {
			in, err := listener.Accept()
			if err != nil {
				return
			}
			go l.join(in)
		}
	}()
	return l
}

// Cut breaks all connections, and lets no new ones come about.
func (l *Line) Cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = true
	l.breakAll()
}

// Deaden leaves all connections as they are, but nothing goes over them any more, nor over new ones.
func (l *Line) Deaden() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dead = true
}

// Mend lets new connections come about. What was sent over a dead line is lost.
func (l *Line) Mend() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.breakAll()
	l.cut, l.dead = false, false
}

func (l *Line) breakAll() {
	for in, out := range l.pairs {
		_, _ = in.Close(), out.Close()
	}
	clear(l.pairs)
}

func (l *Line) join(in net.Conn) {
	out, err := (&net.Dialer{}).DialContext(context.Background(), l.network, l.address)
	if err != nil {
		_ = in.Close()
		return
	}
	l.mu.Lock()
	if l.cut {
		l.mu.Unlock()
		_, _ = in.Close(), out.Close()
		return
	}
	l.pairs[in] = out
	l.mu.Unlock()
	go l.carry(in, out)
	l.carry(out, in)
}

func (l *Line) carry(from, to net.Conn) {
	_, _ = io.Copy(carrier{l, to}, from)
	_, _ = from.Close(), to.Close()
}

// carrier drops what is sent over a dead line.
type carrier struct {
	line *Line
	to   net.Conn
}

// Write passes it on.
func (c carrier) Write(p []byte) (int, error) {
	c.line.mu.Lock()
	dead := c.line.dead
	c.line.mu.Unlock()
	if dead {
		return len(p), nil
	}
	return c.to.Write(p)
}

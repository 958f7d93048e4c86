package attachment

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

const (
	// dialTime is how long a scanner may take to accept a connection, scanTime how long for a whole file.
	dialTime = 5 * time.Second
	scanTime = time.Minute
	// scanBlock is how many bytes are sent to the scanner at once.
	scanBlock = 64 << 10
)

// clamd is a ClamAV daemon, spoken to with its INSTREAM command.
type clamd struct{ network, address string }

// newClamd reads host:port or unix:/path; an empty address is no scanner.
func newClamd(address string) *clamd {
	if address == "" {
		return nil
	}
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		return &clamd{"unix", path}
	}
	return &clamd{"tcp", address}
}

// refusedScan is the scanner's own answer that it did not scan this file; asking again will not help.
type refusedScan string

// Error is what the scanner said.
func (r refusedScan) Error() string { return "the scanner says: " + string(r) }

// scan returns the name of the virus that was found, or "". An error says nothing about the file: the scanner cannot be
// reached, or did not scan (refusedScan).
func (c *clamd) scan(ctx context.Context, content io.Reader) (virus string, err error) {
	dialer := net.Dialer{Timeout: dialTime}
	conn, err := dialer.DialContext(ctx, c.network, c.address)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(scanTime)); err != nil {
		return "", err
	}
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	sent := stream(conn, content)
	if errors.Is(sent, errContent) {
		return "", sent
	}
	// A scanner that has seen enough answers and hangs up while we are still sending: what it said counts.
	answer, err := io.ReadAll(io.LimitReader(conn, 4096))
	text := strings.Trim(string(answer), "\x00\n ")
	if text == "" {
		return "", errors.Join(sent, err, io.ErrUnexpectedEOF)
	}
	text = strings.TrimPrefix(text, "stream: ")
	if name, found := strings.CutSuffix(text, " FOUND"); found {
		return name, nil
	}
	if text == "OK" && sent == nil {
		return "", nil
	}
	return "", refusedScan(text)
}

var errContent = errors.New("read what is to be scanned")

// stream sends the content in blocks, each behind its length; a length of zero ends it.
func stream(w io.Writer, content io.Reader) error {
	if _, err := io.WriteString(w, "zINSTREAM\x00"); err != nil {
		return err
	}
	block := make([]byte, 4+scanBlock)
	for {
		n, err := io.ReadFull(content, block[4:])
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return fmt.Errorf("%w: %w", errContent, err)
		}
		binary.BigEndian.PutUint32(block, uint32(n))
		if n > 0 {
			if _, err := w.Write(block[:4+n]); err != nil {
				return err
			}
		}
		if err != nil {
			_, err := w.Write([]byte{0, 0, 0, 0})
			return err
		}
	}
}

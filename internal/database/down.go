package database

import (
	"errors"
	"io"
	"syscall"
)

// brokenConnection covers what pgx reports when the server goes away in the middle of a conversation.
func brokenConnection(err error) bool {
	for _, broken := range []error{io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNREFUSED} {
		if errors.Is(err, broken) {
			return true
		}
	}
	return false
}

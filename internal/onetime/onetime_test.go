package onetime_test

import (
	"bytes"
	"testing"

	"portal/internal/onetime"
)

func TestATokenIsFoundByItsHashOnly(t *testing.T) {
	t.Parallel()
	first, hash := onetime.New()
	second, other := onetime.New()
	if first == second || bytes.Equal(hash, other) {
		t.Error("two tokens are the same")
	}
	if len(first) < 26 {
		t.Errorf("the token %q can be guessed", first)
	}
	if !bytes.Equal(onetime.Hash(first), hash) || bytes.Contains(hash, []byte(first)) {
		t.Error("the hash is not that of the token")
	}
}

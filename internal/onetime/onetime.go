// Package onetime makes the secrets of one-purpose links from mails. Whoever has the token may do the one thing that its
// link is for, so it is random, expires, and is stored only as a hash (architecture.md, data rules); the tables and the
// pages belong to the areas.
package onetime

import (
	"crypto/rand"
	"crypto/sha256"
)

// New makes a token for a link, of 130 random bits in letters and digits, and the hash under which it is stored.
func New() (token string, hash []byte) {
	token = rand.Text()
	return token, Hash(token)
}

// Hash is what is stored and looked up for a token.
func Hash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

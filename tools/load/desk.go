package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"
)

// How the officers of a desk that is measured sign in (internal/app, ScaleDesk): their password, and the secret of their
// second factor, which follows from their address.
const (
	officerEmail    = "officer%d@desk.example"
	officerPassword = "safe orderly regular"
)

// clients are one for each reader: visitors, or officers who have signed in.
func (s settings) clients(ctx context.Context, address string) ([]*http.Client, error) {
	all := anonymous(s.readers)
	if !s.desk {
		return all, nil
	}
	for i, client := range all {
		if err := signIn(ctx, client, address, fmt.Sprintf(officerEmail, i+1)); err != nil {
			return nil, fmt.Errorf("sign in as officer %d: %w", i+1, err)
		}
	}
	return all, nil
}

// anonymous are clients of visitors, each with connections of its own.
func anonymous(n int) []*http.Client {
	all := make([]*http.Client, n)
	for i := range all {
		all[i] = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1}, Timeout: 30 * time.Second}
	}
	return all
}

// signIn signs somebody in, with the code of their second factor.
func signIn(ctx context.Context, client *http.Client, address, email string) (err error) {
	if client.Jar, err = cookiejar.New(nil); err != nil {
		return err
	}
	if err := post(ctx, client, address+"/en/sign-in", url.Values{"email": {email}, "password": {officerPassword}}); err != nil {
		return err
	}
	secret := sha1.Sum([]byte("second factor of " + email)) //nolint:gosec // invented people
	if err := post(ctx, client, address+"/en/sign-in/code", url.Values{"code": {code(secret[:], time.Now())}}); err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/en/desk", http.NoBody)
	if err != nil {
		return err
	}
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	if err := answer.Body.Close(); err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK || !strings.HasSuffix(answer.Request.URL.Path, "/desk") {
		return fmt.Errorf("the desk answers %d at %s", answer.StatusCode, answer.Request.URL.Path)
	}
	return nil
}

// post sends a form as a page of the same portal would.
func post(ctx context.Context, client *http.Client, address string, form url.Values) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, answer.Body)
	if err = errors.Join(err, answer.Body.Close()); err == nil && answer.StatusCode >= http.StatusBadRequest {
		err = fmt.Errorf("%s answers %d", request.URL.Path, answer.StatusCode)
	}
	return err
}

// code is the code of an authenticator app at an instant (RFC 6238).
func code(secret []byte, at time.Time) string {
	mac := hmac.New(sha1.New, secret)
	_ = binary.Write(mac, binary.BigEndian, at.Unix()/30)
	sum := mac.Sum(nil)
	n := binary.BigEndian.Uint32(sum[sum[len(sum)-1]&15:]) & 0x7fffffff
	return fmt.Sprintf("%06d", n%1_000_000)
}

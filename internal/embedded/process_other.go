//go:build !linux

package embedded

import (
	"errors"
	"syscall"
)

// utf8Locales are tried in turn: with the locale C, letters beyond ASCII have no case and no trigrams.
var utf8Locales = []string{"en_US.UTF-8", "C.UTF-8"}

// hasNamespaces says that the system can neither give root another number in the eyes of its children, nor another
// account some of root's rights.
const hasNamespaces = false

// attributes put a process into a group of its own, since the terminal's Ctrl-C must not stop the database before the
// portal has drained, and under the account.
func (a account) attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Credential: a.credential}
}

// dieWithParent is not possible here: a server whose owner is killed runs on, and the next command adopts it.
func dieWithParent(*syscall.SysProcAttr) {}

// isPostmaster says whether the process exists. That it is the server on this data is only likely.
func isPostmaster(pid int, _ string) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

package embedded

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// utf8Locales are tried in turn: with the locale C, letters beyond ASCII have no case and no trigrams.
var utf8Locales = []string{"C.UTF-8", "en_US.UTF-8"}

// hasNamespaces says that the system can give root another number in the eyes of its children, and another account some
// of root's rights.
const hasNamespaces = true

// capDACOverride is the right to pass through directories, and to read and write files, whatever their permissions say.
const capDACOverride = 1

// attributes put a process into a group of its own, since the terminal's Ctrl-C must not stop the database before the
// portal has drained, and under the account.
func (a account) attributes() *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Setpgid: true, Credential: a.credential}
	if a.namespace {
		attributes.Cloneflags = syscall.CLONE_NEWUSER
		attributes.UidMappings = []syscall.SysProcIDMap{{ContainerID: nobody, HostID: 0, Size: 1}}
		attributes.GidMappings = []syscall.SysProcIDMap{{ContainerID: nobody, HostID: 0, Size: 1}}
	}
	if a.passes {
		attributes.AmbientCaps = []uintptr{capDACOverride}
	}
	return attributes
}

// dieWithParent has the system ask the server for a fast shutdown when we are killed.
func dieWithParent(attributes *syscall.SysProcAttr) { attributes.Pdeathsig = syscall.SIGINT }

// isPostmaster says whether the process is the server on this data directory, which is its working directory, and not
// another one that got the number of a dead server.
func isPostmaster(pid int, data string) bool {
	cwd, err := os.Readlink(filepath.Join("/proc", strconv.Itoa(pid), "cwd"))
	if err != nil {
		return false // it is gone, or another account's
	}
	real, err := filepath.EvalSymlinks(data)
	return err == nil && cwd == real
}

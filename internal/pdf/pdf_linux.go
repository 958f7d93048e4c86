package pdf

import (
	"os"
	"syscall"
)

// nobody is the number that the browser's account has in its own eyes: a browser that takes itself for root wants no sandbox.
const nobody = 65534

// attributes put the browser into a process group of its own, let it die with us, and shut it in.
func (w way) attributes() *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if w.namespaces {
		a.Cloneflags = syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET | syscall.CLONE_NEWPID
		a.UidMappings = []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Getuid(), Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Getgid(), Size: 1}}
	}
	return a
}

//go:build !linux

package pdf

import "syscall"

// attributes put the browser into a process group of its own; nothing here can take its network away.
func (w way) attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

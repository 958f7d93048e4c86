package dbtest

import "syscall"

// memory is a directory in memory with so much room in bytes, or "". A container's usually has not.
func memory(room uint64) string {
	const dir = "/dev/shm"
	var stat syscall.Statfs_t
	if err := syscall.Statfs(dir, &stat); err != nil || stat.Bavail*uint64(stat.Bsize) < room {
		return ""
	}
	return dir
}

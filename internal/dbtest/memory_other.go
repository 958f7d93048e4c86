//go:build !linux

package dbtest

// memory is a directory in memory with so much room in bytes, or "": here it is not known.
func memory(uint64) string { return "" }

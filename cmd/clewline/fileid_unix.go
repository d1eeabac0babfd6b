//go:build unix

package main

import (
	"fmt"
	"os"
	"syscall"
)

// fileID names a file for as long as it lives, whatever it is renamed to.
func fileID(info os.FileInfo) string {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return fmt.Sprintf("%d:%d", st.Dev, st.Ino)
	}
	return info.Name()
}

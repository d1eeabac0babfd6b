//go:build !unix

package main

import "os"

// fileID names a file; where inodes are not to be had, by its name.
func fileID(info os.FileInfo) string { return info.Name() }

// lockFile opens the file; there are no locks to be had.
func lockFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
}

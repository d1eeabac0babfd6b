//go:build !unix

package main

import "os"

// fileID names a file; where inodes are not to be had, by its name.
func fileID(info os.FileInfo) string { return info.Name() }

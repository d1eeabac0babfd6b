//go:build unix

package retention

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// DiskOf looks at the disk that holds a folder.
func DiskOf(dir string) (Disk, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return Disk{}, fmt.Errorf("ask for the free space of %s: %w", dir, err)
	}
	// The numbers' types differ between systems.
	return Disk{Size: int64(st.Blocks) * int64(st.Bsize), Free: int64(st.Bavail) * int64(st.Bsize)}, nil
}

package faulttest

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// A disk is a folder as the system shows it and as the disk holds it. What is
// written, named, renamed or removed is safe only after a sync: of the file
// for its content and size, of the directory for its names. That is less than
// any real file system gives, and all that POSIX promises.
type disk struct {
	root  string // its path in the trace
	top   *node
	files map[int64]*openFile
	// mapped names files that were mapped for writing: what is written so is
	// not seen in a trace.
	mapped map[string]bool
	// forget, for mutants, says which syncs are taken as not done.
	forget  func(path string, directory bool) bool
	clock   int  // the line of the call at work
	touched bool // it changes the folder, or syncs it
}

// A node is a file or a directory.
type node struct {
	dir bool

	now, safe []byte // a file's content
	writes    []change

	names, safeNames map[string]*node // a directory's
	renames          []nameChange
}

// A change of a file that is not safe yet.
type change struct {
	ended    int
	data     []byte // written at offset
	offset   int64
	truncate bool // to offset
}

// A nameChange of a directory that is not safe yet: name stands for node, nil
// for nothing; from, where it is given, goes in the same moment.
type nameChange struct {
	ended      int
	name, from string
	node       *node
}

type openFile struct {
	node   *node
	path   string
	pos    int64
	append bool
	sync   bool
}

func newDisk(root string) *disk {
	return &disk{root: root, top: newDir(), files: map[int64]*openFile{}, mapped: map[string]bool{}}
}

func newDir() *node {
	return &node{dir: true, names: map[string]*node{}, safeNames: map[string]*node{}}
}

// inside gives a path's part below the root.
func (d *disk) inside(path string) (string, bool) {
	if path == d.root {
		return ".", true
	}
	rest, ok := strings.CutPrefix(path, d.root+"/")
	return rest, ok
}

// find gives what a path below the root stands for, and its directory.
func (d *disk) find(rel string) (parent *node, name string, n *node, err error) {
	n = d.top
	if rel == "." {
		return nil, ".", n, nil
	}
	for part := range strings.SplitSeq(rel, "/") {
		if n == nil || !n.dir {
			return nil, "", nil, fmt.Errorf("the trace knows no folder for %s", rel)
		}
		parent, name = n, part
		n = parent.names[part]
	}
	return parent, name, n, nil
}

func (n *node) setName(c nameChange) {
	applyName(n.names, c)
	n.renames = append(n.renames, c)
}

func applyName(names map[string]*node, c nameChange) {
	if c.from != "" {
		delete(names, c.from)
	}
	if c.node == nil {
		delete(names, c.name)
	} else {
		names[c.name] = c.node
	}
}

func (n *node) change(c change) {
	n.now = applyChange(n.now, c)
	n.writes = append(n.writes, c)
}

func applyChange(b []byte, c change) []byte {
	if c.truncate {
		if c.offset <= int64(len(b)) {
			return b[:c.offset:c.offset]
		}
		return append(b, make([]byte, c.offset-int64(len(b)))...)
	}
	if end := c.offset + int64(len(c.data)); end > int64(len(b)) {
		b = append(b, make([]byte, end-int64(len(b)))...)
	}
	copy(b[c.offset:], c.data)
	return b
}

// settle makes safe what ended before a sync began.
func (n *node) settle(before int) {
	keep := n.writes[:0]
	for i, c := range n.writes {
		if c.ended >= before {
			keep = append(keep, n.writes[i:]...)
			break
		}
		n.safe = applyChange(n.safe, c)
	}
	n.writes = keep
	names := n.renames[:0]
	for i, c := range n.renames {
		if c.ended >= before {
			names = append(names, n.renames[i:]...)
			break
		}
		applyName(n.safeNames, c)
	}
	n.renames = names
}

// settleAll makes everything safe, as sync(2) does.
func (n *node) settleAll(before int) {
	n.settle(before)
	for _, child := range n.names {
		child.settleAll(before)
	}
}

// do applies one call.
func (d *disk) do(c *call) error {
	if c.ret < 0 {
		return nil
	}
	d.clock = c.ended
	switch c.name {
	case "openat":
		return d.open(c, 0)
	case "open":
		return d.open(c, -1)
	case "mkdirat", "unlinkat":
		return d.name(c, 0, c.name)
	case "mkdir", "unlink", "rmdir":
		return d.name(c, -1, c.name)
	case "rename":
		return d.rename(c, -1, 0, -1, 1)
	case "renameat", "renameat2":
		return d.rename(c, 0, 1, 2, 3)
	case "close":
		fd, _, err := c.fd(0)
		delete(d.files, fd)
		return err
	case "sync":
		d.touched = true
		d.top.settleAll(c.began)
		return nil
	case "truncate", "link", "linkat", "symlink", "symlinkat", "openat2":
		return d.foreign(c)
	}
	// The rest is about a descriptor.
	i := 0
	switch c.name {
	case "mmap":
		i = 4
		if c.has(3, "MAP_ANONYMOUS") || !c.has(3, "MAP_SHARED") || !c.has(2, "PROT_WRITE") {
			return nil
		}
	case "copy_file_range", "splice":
		i = 2
	}
	fd, path, err := c.fd(i)
	if err != nil {
		return err
	}
	rel, ours := d.inside(path)
	f := d.files[fd]
	if !ours {
		if f != nil {
			return fmt.Errorf("descriptor %d is %s for the trace, but %s was opened", fd, path, f.path)
		}
		return nil
	}
	if f == nil {
		return fmt.Errorf("%s is used, but was not opened", path)
	}
	return d.onFile(c, f, rel)
}

// foreign refuses a call that is not understood, where it is about the folder.
func (d *disk) foreign(c *call) error {
	for i := range c.args {
		if raw, err := c.text(i); err == nil {
			if rel, ours := d.inside(string(raw)); ours {
				return fmt.Errorf("%s is used on %s, which the recorder does not understand", c.name, rel)
			}
		}
	}
	return nil
}

func (d *disk) onFile(c *call, f *openFile, rel string) (err error) {
	n := f.node
	d.touched = c.name != "lseek" && c.name != "mmap"
	switch c.name {
	case "write", "pwrite64", "writev", "pwritev":
		var data []byte
		if c.name == "writev" || c.name == "pwritev" {
			data, err = c.vector(1)
		} else {
			data, err = c.text(1)
		}
		if err != nil {
			return err
		}
		data = data[:min(int64(len(data)), c.ret)]
		at := f.pos
		switch {
		case strings.HasPrefix(c.name, "p"):
			if at, err = c.number(3); err != nil {
				return err
			}
		case f.append:
			at = int64(len(n.now))
			f.pos = at + int64(len(data))
		default:
			f.pos += int64(len(data))
		}
		n.change(change{ended: d.clock, data: data, offset: at})
		if f.sync {
			n.settle(d.clock + 1)
		}
	case "lseek":
		f.pos = c.ret
	case "ftruncate":
		size, err := c.number(1)
		if err != nil {
			return err
		}
		n.change(change{ended: d.clock, truncate: true, offset: size})
	case "fallocate":
		at, err1 := c.number(2)
		size, err2 := c.number(3)
		if err1 != nil || err2 != nil || c.args[1] != "0" {
			return fmt.Errorf("fallocate %v is not understood", c.args)
		}
		if at+size > int64(len(n.now)) {
			n.change(change{ended: d.clock, truncate: true, offset: at + size})
		}
	case "fsync", "fdatasync":
		if d.forget == nil || !d.forget(rel, n.dir) {
			n.settle(c.began)
		}
	case "syncfs":
		d.top.settleAll(c.began)
	case "sync_file_range": // promises nothing
	case "mmap":
		d.mapped[rel] = true
	default:
		return fmt.Errorf("%s is used on %s, which the recorder does not understand", c.name, rel)
	}
	return nil
}

// path gives a call's path, relative to a descriptor (at, -1 for none).
func (d *disk) path(c *call, at, i int) (string, bool, error) {
	raw, err := c.text(i)
	if err != nil {
		return "", false, err
	}
	path := string(raw)
	if !filepath.IsAbs(path) {
		if at < 0 {
			return "", false, fmt.Errorf("%s is relative to an unknown folder", path)
		}
		_, dir, err := c.fd(at)
		if err != nil {
			return "", false, err
		}
		path = filepath.Join(dir, path)
	}
	rel, ours := d.inside(filepath.Clean(path))
	return rel, ours, nil
}

func (d *disk) open(c *call, at int) error {
	rel, ours, err := d.path(c, at, at+1)
	if err != nil {
		return err
	}
	flags := at + 2
	if !ours {
		delete(d.files, c.ret)
		return nil
	}
	if c.has(flags, "O_TMPFILE") {
		return fmt.Errorf("O_TMPFILE is not understood")
	}
	parent, name, n, err := d.find(rel)
	if err != nil {
		return err
	}
	if n == nil {
		if !c.has(flags, "O_CREAT") {
			return fmt.Errorf("%s was opened, but the trace does not know it", rel)
		}
		d.touched = true
		n = &node{}
		parent.setName(nameChange{ended: d.clock, name: name, node: n})
	}
	if c.has(flags, "O_TRUNC") && len(n.now) > 0 {
		d.touched = true
		n.change(change{ended: d.clock, truncate: true})
	}
	d.files[c.ret] = &openFile{
		node: n, path: rel, append: c.has(flags, "O_APPEND"),
		sync: c.has(flags, "O_SYNC") || c.has(flags, "O_DSYNC"),
	}
	return nil
}

func (d *disk) name(c *call, at int, what string) error {
	rel, ours, err := d.path(c, at, at+1)
	if err != nil || !ours {
		return err
	}
	d.touched = true
	parent, name, n, err := d.find(rel)
	if err != nil {
		return err
	}
	if strings.HasPrefix(what, "mkdir") {
		parent.setName(nameChange{ended: d.clock, name: name, node: newDir()})
		return nil
	}
	if n == nil {
		return fmt.Errorf("%s was removed, but the trace does not know it", rel)
	}
	parent.setName(nameChange{ended: d.clock, name: name})
	return nil
}

func (d *disk) rename(c *call, fromAt, from, toAt, to int) error {
	a, ours1, err := d.path(c, fromAt, from)
	if err != nil {
		return err
	}
	b, ours2, err := d.path(c, toAt, to)
	if err != nil || !ours1 && !ours2 {
		return err
	}
	if !ours1 || !ours2 {
		return fmt.Errorf("%s is renamed to %s, out of the folder or into it", a, b)
	}
	d.touched = true
	fromDir, fromName, n, err := d.find(a)
	if err != nil {
		return err
	}
	toDir, toName, _, err := d.find(b)
	if err != nil {
		return err
	}
	if n == nil {
		return fmt.Errorf("%s was renamed, but the trace does not know it", a)
	}
	if fromDir == toDir {
		toDir.setName(nameChange{ended: d.clock, name: toName, from: fromName, node: n})
		return nil
	}
	toDir.setName(nameChange{ended: d.clock, name: toName, node: n})
	fromDir.setName(nameChange{ended: d.clock, name: fromName})
	return nil
}

// contents lists files by path, as the system shows them.
func (n *node) contents(at string, out map[string][]byte) {
	for _, name := range slices.Sorted(maps.Keys(n.names)) {
		child := n.names[name]
		if path := filepath.Join(at, name); child.dir {
			child.contents(path, out)
		} else {
			out[path] = child.now
		}
	}
}

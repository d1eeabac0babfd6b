package faulttest

import (
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
)

// A Style is what a power cut leaves of that which was not synced.
type Style int

// The styles. All of them keep what was synced.
const (
	Nothing Style = iota // of the rest
	Prefix               // the rest up to a moment, its last write torn
	Scatter              // any part of the rest: sectors of 512 or 4096 bytes, names one by one
	All                  // as after kill -9
	numStyles
)

func (s Style) String() string {
	return [...]string{"nothing unsynced kept", "a prefix of the unsynced kept", "a scatter of the unsynced kept", "everything kept"}[s]
}

// a cut decides what is kept.
type cut struct {
	style  Style
	random *rand.Rand
	until  int // Prefix: lines before it
	sector int64
	keep   float64
}

func (d *disk) newCut(style Style, random *rand.Rand) *cut {
	c := &cut{style: style, random: random, sector: 512, keep: random.Float64()}
	if random.IntN(2) == 0 {
		c.sector = 4096
	}
	// Most of what is unsynced is recent.
	first := d.clock
	d.top.oldest(&first)
	if c.until = d.clock + 1; first < d.clock {
		c.until = first + random.IntN(d.clock-first+1)
	}
	return c
}

// oldest finds the earliest change that is not safe.
func (n *node) oldest(line *int) {
	if len(n.writes) > 0 {
		*line = min(*line, n.writes[0].ended)
	}
	if len(n.renames) > 0 {
		*line = min(*line, n.renames[0].ended)
	}
	for _, child := range n.names {
		child.oldest(line)
	}
}

// keeps decides on a change that is done as a whole or not at all.
func (c *cut) keeps(ended int) bool {
	switch c.style {
	case Nothing:
		return false
	case Prefix:
		return ended < c.until
	case Scatter:
		return c.random.Float64() < c.keep
	}
	return true
}

// write makes the folder.
func (c *cut) write(n *node, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	names := maps.Clone(n.safeNames)
	for _, ch := range n.renames {
		if c.keeps(ch.ended) {
			applyName(names, ch)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		child, path := names[name], filepath.Join(dir, name)
		if child.dir {
			if err := c.write(child, path); err != nil {
				return err
			}
			continue
		}
		if err := os.WriteFile(path, c.content(child), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func (c *cut) content(n *node) []byte {
	b := slices.Clone(n.safe)
	for _, ch := range n.writes {
		switch {
		case ch.truncate || c.style == Nothing || c.style == All:
			if c.keeps(ch.ended) {
				b = applyChange(b, ch)
			}
		case c.style == Prefix:
			if ch.ended < c.until {
				b = applyChange(b, ch)
			} else if len(ch.data) > 0 {
				// The write at work when the power went.
				ch.data = ch.data[:c.random.IntN(len(ch.data))]
				return applyChange(b, ch)
			}
		default:
			b = c.scatter(b, ch)
		}
	}
	return b
}

// scatter keeps some sectors of a write.
func (c *cut) scatter(b []byte, ch change) []byte {
	for at := ch.offset; at < ch.offset+int64(len(ch.data)); {
		end := min((at/c.sector+1)*c.sector, ch.offset+int64(len(ch.data)))
		if c.random.Float64() < c.keep {
			b = applyChange(b, change{data: ch.data[at-ch.offset : end-ch.offset], offset: at})
		}
		at = end
	}
	return b
}

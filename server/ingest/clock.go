package ingest

import (
	"fmt"
	"sync"
	"time"
)

// arrivalClock gives the time of arrival, which never runs backwards by
// little: a backward step of the server's clock of up to maxStep is absorbed
// by standing still at the highest time given, a larger one is followed, and
// told until somebody acknowledges it, or the server starts again.
type arrivalClock struct {
	now func() time.Time

	mu      sync.Mutex
	highest int64
	stepped string
}

const maxStep = 10 * time.Minute

func (c *arrivalClock) received() int64 {
	now := c.now().UnixNano()
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case now >= c.highest:
		c.highest = now
	case c.highest-now > int64(maxStep):
		c.stepped = fmt.Sprintf("the server's clock was set back by %s at %s; events that arrived before have later times",
			time.Duration(c.highest-now).Round(time.Second), time.Unix(0, now).UTC().Format(time.RFC3339))
		c.highest = now
	}
	return c.highest
}

// acknowledge lets a trouble be told no more, if it is still the one that was
// seen.
func (c *arrivalClock) acknowledge(seen string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if seen == "" || seen != c.stepped {
		return false
	}
	c.stepped = ""
	return true
}

func (c *arrivalClock) trouble() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stepped
}

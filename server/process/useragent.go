package process

import (
	"strings"
	"sync"

	"github.com/mileusna/useragent"
)

// agentCache remembers what user-agent strings mean: parsing one costs more
// than everything else that is done to an event, and a day has few different
// ones. The zero value is ready.
//
// It holds two generations of at most maxAgents each; when the young one is
// full it becomes the old one, so hostile senders with ever new strings cost a
// parse each but no memory.
type agentCache struct {
	mu         sync.RWMutex
	young, old map[string]agent
}

type agent struct{ browser, os, device string }

const (
	maxAgents    = 2048
	maxAgentSize = 1024 // bytes; a longer string is parsed to here and not remembered
)

func (c *agentCache) lookup(ua string) (browser, os, device string) {
	if len(ua) > maxAgentSize {
		a := parseAgent(ua[:maxAgentSize])
		return a.browser, a.os, a.device
	}
	c.mu.RLock()
	a, ok := c.young[ua]
	if !ok {
		a, ok = c.old[ua]
	}
	c.mu.RUnlock()
	if ok {
		return a.browser, a.os, a.device
	}
	a = parseAgent(ua)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.young == nil || len(c.young) >= maxAgents {
		c.old, c.young = c.young, make(map[string]agent)
	}
	// The string may share memory with a request's body: keep a copy.
	c.young[strings.Clone(ua)] = a
	return a.browser, a.os, a.device
}

func parseAgent(s string) agent {
	ua := useragent.Parse(s)
	// The names may be cut out of s, which may share memory with a request's
	// body: keep copies.
	a := agent{browser: strings.Clone(ua.Name), os: strings.Clone(ua.OS)}
	if major, _, _ := strings.Cut(ua.Version, "."); major != "" && a.browser != "" {
		a.browser += " " + major
	}
	switch {
	case ua.Bot:
		a.device = "bot"
	case ua.Tablet:
		a.device = "tablet"
	case ua.Mobile:
		a.device = "mobile"
	case ua.Desktop:
		a.device = "desktop"
	}
	return a
}

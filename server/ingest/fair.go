package ingest

import (
	"context"
	"net/http"
	"runtime"
	"sync"
	"time"
)

// turnsAtOnce is how many requests are decoded at a time: enough to keep all
// processors busy, few enough that who is next is decided here and not by
// whoever has the most connections.
func turnsAtOnce() int { return 2 * runtime.GOMAXPROCS(0) }

const (
	// mostUnderWay bounds the requests that wait for their turn or for the
	// disk.
	mostUnderWay = 8192
	// bytesUnderWay is the same in bytes of their bodies.
	bytesUnderWay = 256 << 20
)

// fair shares the work of the doors between keys. Keys take turns at decoding,
// one request each, however many of its requests wait. And what is under way
// is bounded: while there is much room any key may use it; past half of the
// bound a key that has more than its share of it is refused, so that a key
// that floods always finds its own limit before it takes the others' room.
type fair struct {
	mu       sync.Mutex
	free     int // turns that nobody has
	requests int // under way, of all keys
	bytes    int64
	most     int
	mostByte int64
	keys     map[string]*lane // those with something under way
	ring     []*lane          // those with somebody waiting, the next one first
	projects map[string]int   // requests under way
	idle     map[string][]chan struct{}
}

// A lane is what one key has under way.
type lane struct {
	requests int
	bytes    int64
	waiting  []chan struct{} // the longest waiting first
}

func newFair(turns, most int, mostBytes int64) *fair {
	return &fair{free: turns, most: most, mostByte: mostBytes, keys: map[string]*lane{}, projects: map[string]int{}, idle: map[string][]chan struct{}{}}
}

// enter lets a request of n bytes in, or says that its key has its share.
func (f *fair) enter(key, project string, n int64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	l := f.keys[key]
	if l == nil {
		l = &lane{}
	}
	requests, bytes := f.requests+1, f.bytes+n
	if requests > f.most || bytes > f.mostByte && f.requests > 0 {
		return false
	}
	if requests > f.most/2 || bytes > f.mostByte/2 {
		// One share is left for a key that is not there yet.
		active := len(f.keys) + 1
		if l.requests == 0 {
			active++
		}
		if l.requests > 0 && (l.requests+1 > f.most/active || l.bytes+n > f.mostByte/int64(active)) {
			return false
		}
	}
	f.keys[key] = l
	f.requests, f.bytes = requests, bytes
	l.requests++
	l.bytes += n
	f.projects[project]++
	return true
}

// leave ends what enter began.
func (f *fair) leave(key, project string, n int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	l := f.keys[key]
	f.requests--
	f.bytes -= n
	l.bytes -= n
	if l.requests--; l.requests == 0 {
		delete(f.keys, key)
	}
	if f.projects[project]--; f.projects[project] == 0 {
		delete(f.projects, project)
		for _, told := range f.idle[project] {
			close(told)
		}
		delete(f.idle, project)
	}
}

// join asks for a turn. It gives nil when there is one at once, else what is
// closed when it has come. Each turn is followed by done.
func (f *fair) join(key string) <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.free > 0 {
		f.free--
		return nil
	}
	l := f.keys[key]
	if len(l.waiting) == 0 {
		f.ring = append(f.ring, l)
	}
	turn := make(chan struct{})
	l.waiting = append(l.waiting, turn)
	return turn
}

// done gives a turn back: to the key that has waited longest since its last
// one.
func (f *fair) done() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.ring) == 0 {
		f.free++
		return
	}
	l := f.ring[0]
	f.ring = f.ring[1:]
	turn := l.waiting[0]
	if l.waiting = l.waiting[1:]; len(l.waiting) > 0 {
		f.ring = append(f.ring, l)
	}
	close(turn)
}

// give takes back a turn that was asked for, come or not, by somebody who has
// gone.
func (f *fair) give(key string, turn <-chan struct{}) {
	f.mu.Lock()
	l := f.keys[key]
	for i, w := range l.waiting {
		if w == turn {
			l.waiting = append(l.waiting[:i:i], l.waiting[i+1:]...)
			if len(l.waiting) == 0 {
				for j, r := range f.ring {
					if r == l {
						f.ring = append(f.ring[:j:j], f.ring[j+1:]...)
						break
					}
				}
			}
			f.mu.Unlock()
			return
		}
	}
	f.mu.Unlock()
	f.done() // it had come
}

// quiet gives nil when nothing of a project is under way, else what is closed
// once that is so.
func (f *fair) quiet(project string) <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.projects[project] == 0 {
		return nil
	}
	told := make(chan struct{})
	f.idle[project] = append(f.idle[project], told)
	return told
}

// Quiesce waits until nothing is under way for a project any more, or ctx
// ends. Call it when the project's keys are good no longer: what comes in
// later finds that out before it writes.
func (in *Ingest) Quiesce(ctx context.Context, project string) error {
	told := in.fair.quiet(project)
	if told == nil {
		return nil
	}
	select {
	case <-told:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// admit lets a request with its body in: within its key's quota and share. Its
// key is looked at once more, as it is now that the body is here, and what
// admit let in is waited for by Quiesce: so nothing is written for a project
// whose deletion has gone on. leave must be called in any case of success.
func (in *Ingest) admit(ctx context.Context, key Key, secret string, bytes int) (leave func(), err error) {
	if !in.fair.enter(key.ID, key.Project, int64(bytes)) {
		in.uses.refused(key.ID)
		ref := refuse(http.StatusTooManyRequests, "slow_down", "this key has its share of what the server can hold at a time; try again in a second")
		ref.retryAfter = time.Second
		return nil, ref
	}
	leave = func() { in.fair.leave(key.ID, key.Project, int64(bytes)) }
	if _, err := in.cfg.Keys(ctx, secret); err != nil {
		leave()
		if refused := refuseKey(secret, err); refused != nil {
			return nil, refused
		}
		return nil, err
	}
	if ref := in.uses.overQuota(key); ref != nil {
		leave()
		return nil, ref
	}
	return leave, nil
}

// inTurn runs what needs the processor when it is the key's turn.
func (in *Ingest) inTurn(ctx context.Context, key string, work func()) error {
	if turn := in.fair.join(key); turn != nil {
		select {
		case <-turn:
		case <-ctx.Done():
			in.fair.give(key, turn)
			return ctx.Err()
		}
	}
	defer in.fair.done()
	work()
	return nil
}

//go:build !noduck

package duckstore

import (
	"math"
	"slices"
	"strconv"
	"time"
)

// An answer that must be quick is made of a share of the rows when there are
// too many: of runs of neighbouring rows, because DuckDB decodes 2,048 values
// at a time, spread evenly over the segments.
const (
	// probeRows is how many rows tell what reading all of them would take.
	// Fewer than a few times as many are read at once.
	probeRows = 65_536
	// sampleRuns is in how many runs a share is read. Each is a branch of a
	// statement, which costs about as much to plan as 4,000 rows to count.
	sampleRuns = 48
	// probeRuns are fewer, so that what the probe takes is not mostly planning.
	probeRuns = 16
)

// A share is what was read of the rows that a question is about.
type share struct {
	read, of float64
}

func (s share) part() float64 {
	if s.read >= s.of || s.of == 0 {
		return 1
	}
	return s.read / s.of
}

// within gives matching rows of the scope to a sink of its choice within about
// a time, 0 for as long as it takes. A few rows tell how long all would take;
// then all are read, or as many as there is time for. begin makes a new sink.
func (r *reading) within(limit time.Duration, begin func() *sink) (*sink, share, error) {
	parts := slices.Concat(r.touching(r.scope.From, r.scope.To)...)
	total := 0.0
	for i := range parts {
		total += parts[i].candidates()
	}
	if limit == 0 || total <= 4*probeRows {
		to := begin()
		return to, share{1, 1}, r.sink(to)
	}
	began := time.Now()
	probe := begin()
	read, err := r.sinkRuns(probe, parts, total, probeRows, probeRuns)
	if err != nil {
		return probe, share{read, total}, err
	}
	took := time.Since(began)
	affordable := float64(limit-took) / (float64(took) / read)
	switch {
	case affordable >= total:
		probe.close()
		to := begin()
		return to, share{1, 1}, r.sink(to)
	case affordable < 2*probeRows:
		return probe, share{read, total}, nil
	}
	probe.close()
	to := begin()
	read, err = r.sinkRuns(to, parts, total, affordable, sampleRuns)
	return to, share{read, total}, err
}

// candidates is how many rows of a part may have to be read.
func (p *part) candidates() float64 {
	if p.rows.All() {
		return float64(p.entry.Rows)
	}
	return float64(p.count)
}

// sinkRuns gives the matching rows among about so many, in at most so many runs,
// to a sink, and tells how many were read.
func (r *reading) sinkRuns(to *sink, parts []part, total, want float64, most int) (float64, error) {
	runs, read := runsOf(parts, total, want, most)
	var jobs []job
	for _, some := range grouped(runs) {
		jobs = append(jobs, func(c pair) error { return r.sinkOn(c, to, some) })
	}
	if r.cost.Rows > 0 && r.cost.Rows+int64(read) > r.s.opt.QueryRows {
		return 0, errBudget
	}
	r.cost.Rows += int64(read)
	return read, r.each(jobs)
}

// runsOf cuts about want rows, spread evenly, out of parts that have total:
// one run from each of equal pieces of them, each from another place within
// its piece, so that nothing periodic is met again and again.
func runsOf(parts []part, total, want float64, most int) (runs []part, read float64) {
	n := min(most, max(1, int(want/chunkRows)))
	length := math.Ceil(want/float64(n)/chunkRows) * chunkRows
	piece := total / float64(n)
	at, before := 0, 0.0         // the part that a piece begins in, and the rows before it
	segment, end := -1, int64(0) // where the run before ended
	for i := range n {
		turn := math.Mod(float64(i)*math.Phi, 1)
		begin := (float64(i)+turn)*piece - turn*min(length, piece)
		for at < len(parts)-1 && begin >= before+parts[at].candidates() {
			before += parts[at].candidates()
			at++
		}
		p := parts[at]
		of := p.candidates()
		if of == 0 {
			continue
		}
		// Where only some rows are candidates, they are taken to be spread
		// evenly over the segment.
		density := float64(p.entry.Rows) / of
		from := int64((begin-before)*density) / chunkRows * chunkRows
		if p.entry.N == segment {
			from = max(from, end)
		}
		upTo := min(from+int64(math.Ceil(length*density/chunkRows))*chunkRows, p.entry.Rows)
		if from >= upTo {
			continue
		}
		segment, end = p.entry.N, upTo
		read += float64(upTo-from) / density
		run := "rowid >= " + strconv.FormatInt(from, 10) + " AND rowid < " + strconv.FormatInt(upTo, 10)
		if p.restrict != "" {
			run += " AND " + p.restrict
		}
		p.restrict = run
		runs = append(runs, p)
	}
	return runs, read
}

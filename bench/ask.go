package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// A class is a kind of question, asked again and again with other arguments.
type class struct {
	name string
	path string
	args func(ask int) url.Values
}

// classes are what people ask a log tracker, of a day unless the name says
// otherwise. Every question has its own arguments, so that no kept answer of
// an earlier one helps.
func classes(gen *generator) []class {
	newest := url.Values{"from": {"-25h"}, "to": {"now"}, "limit": {"100"}}
	words := func(from, n int) string {
		return gen.words[from+gen.random.IntN(n)] + " " + gen.words[from+gen.random.IntN(n)]
	}
	// A day that begins and ends at some other moment each time.
	day := func() url.Values {
		to := gen.start.Add(24 * time.Hour).Add(-time.Duration(gen.random.Int64N(int64(30 * time.Minute)))).UnixNano()
		return url.Values{"from": {strconv.FormatInt(to-int64(24*time.Hour), 10)}, "to": {strconv.FormatInt(to, 10)}}
	}
	return []class{
		{"trace by id, no time range", "/v1/search", func(int) url.Values {
			return with(url.Values{"from": {"-3650d"}, "to": {"now"}}, "q", "traceId:"+pick(gen, gen.sentTraces))
		}},
		{"trace by id as a bare word", "/v1/search", func(int) url.Values { return with(newest, "q", pick(gen, gen.sentTraces)) }},
		{"call id", "/v1/search", func(int) url.Values { return with(newest, "q", "callId:"+pick(gen, gen.sentCalls)) }},
		{"newest 100", "/v1/search", func(int) url.Values { return newest }},
		{"newest 100 of a random hour", "/v1/search", func(int) url.Values {
			to := gen.start.UnixNano() + gen.random.Int64N(23*int64(time.Hour)) + int64(time.Hour)
			return url.Values{"from": {strconv.FormatInt(to-int64(time.Hour), 10)}, "to": {strconv.FormatInt(to, 10)}, "limit": {"100"}}
		}},
		{"two words, newest 100, common pairs", "/v1/search", func(int) url.Values { return with(newest, "q", words(0, 60)) }},
		{"two words, newest 100, rare pairs", "/v1/search", func(int) url.Values { return with(newest, "q", words(2000, 1000)) }},
		{"two words, newest 100, half common, half rare", "/v1/search", func(ask int) url.Values {
			if ask%2 == 0 {
				return with(newest, "q", words(0, 60))
			}
			return with(newest, "q", words(2000, 1000))
		}},
		{"invoker:X and errorCode:*, newest 100", "/v1/search", func(int) url.Values {
			return with(newest, "q", fmt.Sprintf("invoker:user%d and errorCode:*", gen.random.IntN(300)))
		}},
		{"substring of five hex digits, newest 100", "/v1/search", func(int) url.Values {
			return with(newest, "q", fmt.Sprintf("*%05x*", gen.random.IntN(1<<20)))
		}},
		{"levels by 10 min", "/v1/histogram", func(int) url.Values { return with(day(), "buckets", "150") }},
		{"p50, p95, p99 of timeCost by service by 10 min", "/v1/table", func(int) url.Values {
			return with(day(), "q", "service:* | p50(timeCost), p95(timeCost), p99(timeCost) by service, time(10m)")
		}},
		{"top 20 httpPath by errors", "/v1/table", func(int) url.Values { return with(day(), "q", "errorCode:* | top 20 httpPath") }},
		{"facets of 16 fields", "/v1/facets", func(int) url.Values {
			return with(day(), "fields", "level,category,service,errorCode,account,staff,timeCost,callId,app,kind,module,function,httpPath,release,env,host")
		}},
		{"facets of 16 fields, of errors", "/v1/facets", func(int) url.Values {
			return with(with(day(), "q", "level:error"), "fields", "level,category,service,errorCode,account,staff,timeCost,callId,app,kind,module,function,httpPath,release,env,host")
		}},
		{"statistics of timeCost", "/v1/statistics", func(int) url.Values { return with(day(), "field", "timeCost") }},
		{"completion of a call id, as one types", "/v1/complete", func(ask int) url.Values {
			return with(with(newest, "field", "callId"), "prefix", "call-0123456789abcdef"[:5+ask%3])
		}},
		{"values of 3 fields", "/v1/values", func(int) url.Values { return with(day(), "fields", "level,service,errorCode") }},
	}
}

// askAll asks each class of query many times and prints median and 95th
// percentile.
func askAll(s *server, gen *generator, times int) error {
	fmt.Printf("%-48s %8s %8s %8s  (warm; client on the same machine; calibration %v)\n", "query", "p50 ms", "p95 ms", "rows", calibrate())
	for _, c := range classes(gen) {
		took, rows, err := askClass(s, c, times)
		if err != nil {
			return err
		}
		fmt.Printf("%-48s %8.1f %8.1f %8.1f\n", c.name, ms(percentile(took, 50)), ms(percentile(took, 95)), rows)
	}
	return nil
}

// askClass gives the sorted times and the mean of the rows.
func askClass(s *server, c class, times int) (took []time.Duration, rows float64, err error) {
	total := 0
	for i := range times {
		d, n, err := askOnce(s.url+c.path, s.readKey, c.args(i))
		if err != nil {
			return nil, 0, fmt.Errorf("%s: %w", c.name, err)
		}
		took = append(took, d)
		total += n
	}
	slices.Sort(took)
	return took, float64(total) / float64(times), nil
}

// askCold asks one question of each class of a server that was just started,
// with none of its files in the kernel's cache.
func askCold(s *server, gen *generator) error {
	fmt.Printf("%-48s %8s  (first question after a start, files not in the cache; calibration %v)\n", "query, cold", "ms", calibrate())
	for _, c := range classes(gen) {
		if err := s.restartCold(); err != nil {
			return err
		}
		took, _, err := askOnce(s.url+c.path, s.readKey, c.args(0))
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		fmt.Printf("%-48s %8.1f\n", c.name, ms(took))
	}
	return nil
}

func with(base url.Values, key, value string) url.Values {
	out := url.Values{}
	for k, v := range base {
		out[k] = v
	}
	out.Set(key, value)
	return out
}

func pick(gen *generator, from []string) string { return from[gen.random.IntN(len(from))] }

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// askOnce asks and reads the whole answer; rows counts its lines but the last.
func askOnce(target, key string, params url.Values) (time.Duration, int, error) {
	r, err := http.NewRequest(http.MethodGet, target+"?"+params.Encode(), nil)
	if err != nil {
		return 0, 0, err
	}
	r.Header.Set("Authorization", "Bearer "+key)
	start := time.Now()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, 0, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	took := time.Since(start)
	if err != nil {
		return 0, 0, err
	}
	if resp.StatusCode != http.StatusOK {
		return 0, 0, fmt.Errorf("%d %.300s", resp.StatusCode, text)
	}
	if bytes.Contains(text, []byte(`"partial":true`)) {
		return 0, 0, fmt.Errorf("a partial answer: %.300s", text[max(0, len(text)-300):])
	}
	return took, bytes.Count(text, []byte("\n")) - 1, nil
}

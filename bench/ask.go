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

// askAll asks each class of query many times, each time with other arguments,
// and prints median and 95th percentile.
func askAll(server, key string, gen *generator, times int) error {
	day := url.Values{"from": {"-25h"}, "to": {"now"}, "limit": {"100"}}
	hour := int64(time.Hour)
	classes := []struct {
		name string
		path string
		args func() url.Values
	}{
		{"trace by id, no time range", "/v1/search", func() url.Values {
			return with(url.Values{"from": {"-3650d"}, "to": {"now"}}, "q", "traceId:"+pick(gen, gen.sentTraces))
		}},
		{"trace by id as a bare word, a day", "/v1/search", func() url.Values { return with(day, "q", pick(gen, gen.sentTraces)) }},
		{"call id, a day", "/v1/search", func() url.Values { return with(day, "q", "callId:"+pick(gen, gen.sentCalls)) }},
		{"newest 100", "/v1/search", func() url.Values { return day }},
		{"newest 100 of a random hour", "/v1/search", func() url.Values {
			to := gen.start.UnixNano() + gen.random.Int64N(23*hour) + hour
			return url.Values{"from": {strconv.FormatInt(to-hour, 10)}, "to": {strconv.FormatInt(to, 10)}, "limit": {"100"}}
		}},
		{"two common words, newest 100 of a day", "/v1/search", func() url.Values {
			return with(day, "q", gen.words[gen.random.IntN(60)]+" "+gen.words[gen.random.IntN(60)])
		}},
		{"two rare words, newest 100 of a day", "/v1/search", func() url.Values {
			return with(day, "q", gen.words[2000+gen.random.IntN(1000)]+" "+gen.words[2000+gen.random.IntN(1000)])
		}},
		{"invoker:X and errorCode:*, newest 100", "/v1/search", func() url.Values {
			return with(day, "q", fmt.Sprintf("invoker:user%d and errorCode:*", gen.random.IntN(100)))
		}},
		{"histogram by level, a day", "/v1/histogram", func() url.Values { return with(day, "buckets", strconv.Itoa(100+gen.random.IntN(40))) }},
		{"values of 3 fields, a day", "/v1/values", func() url.Values { return with(day, "fields", "level,service,errorCode") }},
	}
	fmt.Printf("%-44s %8s %8s %8s\n", "query (client on the same machine)", "p50 ms", "p95 ms", "rows")
	for _, c := range classes {
		var took []time.Duration
		rows := 0
		for range times {
			d, n, err := askOnce(server+c.path, key, c.args())
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			took = append(took, d)
			rows += n
		}
		slices.Sort(took)
		fmt.Printf("%-44s %8.1f %8.1f %8.1f\n", c.name, ms(took[len(took)/2]), ms(took[len(took)*95/100]), float64(rows)/float64(times))
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

package main

import (
	"fmt"
	"net/url"
)

// month loads 30 days of five projects and asks for traces without a range:
// what tells whether a needle is found without touching the haystack. The
// issue's size is 50,000,000 rows: -parts month -rows 50000000.
func month(o options) error {
	o.data = ""
	projects := []string{"month-1", "month-2", "month-3", "month-4", "month-5"}
	return withServer(o, projects, func(s *server) error {
		gens := make([]*generator, len(projects))
		for i := range gens {
			gens[i] = newGenerator(uint64(i + 1))
			gens[i].month(o.rows / len(projects))
		}
		rows := 0
		in, err := send(s, o.conns, func(put func(body)) {
			for turn := 0; rows < o.rows; turn++ {
				i := turn % len(projects)
				var text []byte
				n := min(o.batch, o.rows-rows)
				for range n {
					text = gens[i].append(text)
				}
				rows += n
				put(body{text, s.sendKeys[projects[i]]})
			}
		}, o.rows)
		if err != nil {
			return err
		}
		in.print("30 days of 5 projects")
		rest, err := s.settle()
		if err != nil {
			return err
		}
		fmt.Printf("  until all of it is sealed and filtered (and merged, where it is): %.2f us a row\n", perRow(in.cpu+rest, o.rows))
		for _, c := range []class{
			{"trace by id, no time range", "/v1/search", func(int) url.Values {
				return url.Values{"from": {"-3650d"}, "to": {"now"}, "q": {"traceId:" + pick(gens[0], gens[0].sentTraces)}}
			}},
			{"newest 100", "/v1/search", func(int) url.Values { return url.Values{"from": {"-31d"}, "limit": {"100"}} }},
			{"two rare words of the month, newest 100", "/v1/search", func(int) url.Values {
				g := gens[0]
				return url.Values{"from": {"-31d"}, "limit": {"100"}, "q": {g.words[2000+g.random.IntN(1000)] + " " + g.words[2000+g.random.IntN(1000)]}}
			}},
			{"levels of the month", "/v1/histogram", func(int) url.Values { return url.Values{"from": {"-31d"}} }},
		} {
			took, found, err := askClass(s, c, o.queries)
			if err != nil {
				return err
			}
			fmt.Printf("%-48s %8.1f %8.1f %8.1f\n", c.name, ms(percentile(took, 50)), ms(percentile(took, 95)), found)
		}
		return s.report()
	})
}

package main

import "fmt"

// A nearQuery is what would have found something where a query found nothing.
type nearQuery struct {
	Q, Why, From, To string
	Count            *int64
	More             bool
}

// tellNear says what comes close to a query that found nothing.
func (p *program) tellNear(near []nearQuery) {
	if len(near) == 0 {
		return
	}
	fmt.Fprintln(p.stderr, "nothing was found; what comes close:")
	for _, n := range near {
		count := ""
		if n.Count != nil {
			count = fmt.Sprintf("%d found: ", *n.Count)
			if n.More {
				count = "at least " + count
			}
		}
		if n.From != "" {
			fmt.Fprintf(p.stderr, "  %sthe same %s, --from %s --to %s\n", count, n.Why, visible(n.From), visible(n.To))
			continue
		}
		fmt.Fprintf(p.stderr, "  %s%s\n", count, visible(n.Q))
	}
}

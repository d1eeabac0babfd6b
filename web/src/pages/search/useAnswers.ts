import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { check, histogram, total } from "../../api/search";
import type { Histogram } from "../../api/types";
import { type Bars, stack } from "../../model/bars";
import { clauseText } from "../../model/clauses";
import { rfc3339 } from "../../model/format";
import { hitPattern } from "../../model/message";
import type { Search } from "../../model/search";
import type { Span } from "../../model/timeRange";
import type { Question } from "./SearchRun";
import { spanNow } from "./useRun";

/** About one bar each 6 px on a wide screen. */
const buckets = 120;

export interface Counts {
  readonly histogram: Histogram | undefined;
  /** The same, while it is being read the one before. */
  readonly last: Histogram | undefined;
  readonly bars: Bars | undefined;
  readonly span: Span;
  /** Until here nothing was read (ms), when the counts are partial. */
  readonly unreadTo: number | undefined;
  readonly pending: boolean;
}

/** The counts over time of what is searched; while live, of the moving range, each five seconds. */
export function useCounts(question: Question | undefined, search: Search, zone: string): Counts {
  const { live, range } = search;
  const { data, isPlaceholderData, isPending } = useQuery({
    queryKey: ["histogram", question?.q, question?.from, question?.to, question?.project, live],
    queryFn: ({ signal }) => {
      if (question === undefined) throw new Error("no question");
      const span = live ? spanNow(range, zone) : question.span;
      return histogram({ q: question.q, project: question.project, from: rfc3339(span.from), to: rfc3339(span.to) }, buckets, signal);
    },
    enabled: question !== undefined,
    placeholderData: keepPreviousData,
    refetchInterval: live ? 5000 : false,
  });
  const bars = useMemo(() => (data === undefined ? undefined : stack(data)), [data]);
  const span = useMemo(() => {
    const from = Date.parse(data?.from ?? "");
    const to = Date.parse(data?.to ?? "");
    return to > from ? { from, to } : (question?.span ?? { from: 0, to: 1 });
  }, [data, question]);
  // The newest is read first: what lies before the first bar was not reached.
  const unreadTo = data?.partial === true ? bars?.at[bars.totals.findIndex((n) => n > 0)] : undefined;
  return { histogram: isPlaceholderData ? undefined : data, last: data, bars, span, unreadTo, pending: isPending || isPlaceholderData };
}

/** What to mark in messages: the words of the query, as the server read them, and the reader's own. */
export function useHits(q: string, own: string): RegExp | undefined {
  const { data } = useQuery({ queryKey: ["check", q], queryFn: ({ signal }) => check(q, signal), enabled: q.trim() !== "", retry: false, staleTime: 600_000 });
  return useMemo(() => hitPattern([...(q.trim() === "" ? [] : (data?.words ?? [])), ...own.split(/[\s,，]+/)]), [q, data, own]);
}

/** How many events of the range have this value; undefined while that is not known. */
export function useSame(field: string, value: string | undefined, question: Question | undefined): number | undefined {
  const asked = value === undefined || value === "" || question === undefined ? undefined : { q: clauseText(field, value), project: question.project, from: question.from, to: question.to };
  const { data } = useQuery({
    queryKey: ["same", asked],
    queryFn: ({ signal }) => {
      if (asked === undefined) throw new Error("nothing to count");
      return total(asked, signal);
    },
    enabled: asked !== undefined,
    retry: false,
  });
  return data?.total;
}

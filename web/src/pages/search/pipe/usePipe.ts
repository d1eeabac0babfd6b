import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { table } from "../../../api/table";
import { rfc3339 } from "../../../model/format";
import { shapeOf } from "../../../model/pipeTable";
import type { Span } from "../../../model/timeRange";

/** A query with pipes, and where it is asked. */
export interface PipeQuestion {
  readonly q: string;
  readonly project: string;
  readonly span: Span;
  readonly zone: string;
}

/** Asks for the table. While the next one is read, the one before stays, with what it was asked for. */
export function usePipe({ q, project, span, zone }: PipeQuestion) {
  const { from, to } = span;
  const { data, error, isFetching, isPlaceholderData, refetch } = useQuery({
    queryKey: ["table", q, project, from, to, zone],
    queryFn: async ({ signal }) => ({ q, span: { from, to }, answer: await table({ q, project, from: rfc3339(from), to: rfc3339(to) }, zone, signal) }),
    enabled: project !== "",
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 60_000,
    refetchOnWindowFocus: false,
  });
  const shape = useMemo(() => (data === undefined ? undefined : shapeOf(data.q, data.answer)), [data]);
  return { data, shape, error, reading: isFetching, old: isPlaceholderData, again: refetch };
}

import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import { connection } from "../../api/connection";
import { OfflineError } from "../../api/client";
import { rfc3339 } from "../../model/format";
import type { Search } from "../../model/search";
import { defaultRange, type Range, resolve, type Span } from "../../model/timeRange";
import { type Question, type RunState, SearchRun } from "./SearchRun";

/** The page's range as instants now; a range that makes no sense is read as the default one. */
export function spanNow(range: Range, zone: string): Span {
  const now = Date.now();
  const span = resolve(range, now, zone) ?? resolve(defaultRange, now, zone);
  return span ?? { from: now - 900_000, to: now };
}

/** Runs the query of the address whenever it changes, and again on demand and after a break of the line. */
export function useRun(search: Search, project: string, zone: string): { readonly run: SearchRun; readonly state: RunState; readonly again: () => void } {
  const [run] = useState(() => new SearchRun());
  const state = useSyncExternalStore(run.subscribe, run.state);
  const { q } = search;
  const { from, to } = search.range;

  const again = useCallback(() => {
    if (project === "") return;
    const span = spanNow({ from, to }, zone);
    const question: Question = { q, project, span, from: rfc3339(span.from), to: rfc3339(span.to) };
    void run.run(question);
  }, [run, q, from, to, zone, project]);

  useEffect(() => {
    again();
  }, [again]);

  useEffect(() => () => run.stop(), [run]);

  // A search that failed because the line was broken runs again when it stands.
  useEffect(
    () =>
      connection.subscribe(() => {
        const { phase, error } = run.state();
        if (connection.get().state === "online" && phase === "failed" && error instanceof OfflineError) again();
      }),
    [run, again],
  );

  return { run, state, again };
}

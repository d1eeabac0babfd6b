import type { LogEvent } from "../api/types";

/** How the thread passes a row: a knot on a row of the trace, else only the line. */
export interface ThreadAt {
  readonly knot: boolean;
  /** The line comes from above, goes on below. */
  readonly up: boolean;
  readonly down: boolean;
}

/** The rows of one trace in a list. */
export interface Thread {
  readonly trace: string;
  readonly first: number;
  readonly last: number;
  readonly knots: ReadonlySet<number>;
}

/**
 * Finds the rows that belong to the selected one's trace: one pass for each
 * selection, not for each row. Undefined when the selected row has no trace,
 * or is alone in it.
 */
export function threadOf(rows: readonly LogEvent[], selected: number): Thread | undefined {
  const trace = rows[selected]?.traceId;
  if (trace === undefined || trace === "") return undefined;
  const knots = new Set<number>();
  let first = -1;
  let last = -1;
  for (let i = 0; i < rows.length; i++) {
    if (rows[i]?.traceId !== trace) continue;
    if (first < 0) first = i;
    last = i;
    knots.add(i);
  }
  return knots.size < 2 ? undefined : { trace, first, last, knots };
}

/** What the thread's gutter shows beside a row; undefined where it does not pass. */
export function threadAt(thread: Thread | undefined, index: number): ThreadAt | undefined {
  if (thread === undefined || index < thread.first || index > thread.last) return undefined;
  return { knot: thread.knots.has(index), up: index > thread.first, down: index < thread.last };
}

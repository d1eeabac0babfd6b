import type { Histogram, SearchEnd } from "../../api/types";
import type { RunState } from "./SearchRun";

/** How complete an answer is, and how many events it has. Never silently partial. */
export interface Completeness {
  readonly state: "reading" | "whole" | "part" | "cancelled";
  readonly count: number;
  readonly end: SearchEnd | undefined;
}

/** Judges by the rows and by the histogram, which counts what the rows do not show yet. */
export function completeness(run: RunState, rows: number, histogram: Histogram | undefined): Completeness {
  const { phase, end } = run;
  const total = Math.max(rows, histogram?.total ?? 0);
  // For a glance the last answer stands; then it is said that another is being read.
  if ((phase === "running" && (run.slow || end === undefined)) || phase === "idle") return { state: "reading", count: run.shown === run.question ? rows : 0, end: undefined };
  if (phase === "cancelled") return { state: "cancelled", count: rows, end };
  // What failed, or broke off, before its end is no whole answer, however little there is of it.
  if (phase === "failed" && end === undefined) return { state: "part", count: total, end };
  if (end?.partial === true || histogram?.partial === true) return { state: "part", count: total, end };
  // Without a histogram the count is known only when the last page was read.
  if (histogram === undefined && end?.next !== undefined) return { state: "reading", count: rows, end };
  return { state: "whole", count: total, end };
}

import type { Cell, TableAnswer } from "../api/table";
import { addClause, join, quoteField } from "./clauses";
import { partPipe } from "./pipeText";
import type { Shape } from "./pipeTable";
import type { Span } from "./timeRange";

/** The events behind a figure: a query without pipes, and its range. */
export interface Events {
  readonly q: string;
  readonly span: Span;
}

/** The brackets of a sequence's first event, whose table its rows are counted in; undefined for any other query. */
function firstStep(query: string): { readonly from: number; readonly to: number } | undefined {
  if (!/^\s*sequence\s+by\s/i.test(query)) return undefined;
  let depth = 0;
  let from = -1;
  for (const { index, 0: part } of query.matchAll(/\\.|"(?:\\.|[^"\\])*"|“[^”]*”|[[\]]/gsu)) {
    if (part === "[" && depth++ === 0) from = index + 1;
    else if (part === "]" && --depth === 0) return { from, to: index };
  }
  return undefined;
}

/** Adds to a query, without its pipes, that the events have these values; null stands for those without the field. */
export function withKeys(query: string, fields: readonly string[], keys: readonly Cell[]): string {
  const { main } = partPipe(query);
  const step = firstStep(main);
  if (step !== undefined) return main.slice(0, step.from) + withKeys(main.slice(step.from, step.to), fields, keys) + main.slice(step.to);
  let q = main;
  for (const [i, field] of fields.entries()) {
    const key = keys[i] ?? null;
    q = key === null ? join(q, `not ${quoteField(field)}:*`) : addClause(q, field, String(key));
  }
  return q;
}

/** The part of a range that one step of time covers. */
export function stepSpan(at: number, step: number, range: Span): Span {
  return { from: Math.max(range.from, at), to: Math.min(range.to, at + step) };
}

/** The events of one row. */
export function rowEvents(query: string, shape: Shape, columns: TableAnswer["columns"], row: readonly Cell[], range: Span): Events {
  const q = withKeys(
    query,
    shape.keys.map((i) => columns[i]?.name ?? ""),
    shape.keys.map((i) => row[i] ?? null),
  );
  const at = shape.time < 0 ? Number.NaN : Date.parse(String(row[shape.time]));
  return { q, span: Number.isNaN(at) ? range : stepSpan(at, shape.step, range) };
}

import type { LogEvent } from "../api/types";
import { JsonNumber } from "./json";
import type { Column } from "./search";

/** Columns that no event has: how long ago it was, and how long after the event before it. */
export const agoColumn = "@ago";
export const gapColumn = "@gap";
export const timeColumns: ReadonlySet<string> = new Set([agoColumn, gapColumn]);

/** The columns with one of them at another place; places beyond the ends mean the ends. */
export function moveColumn(columns: readonly Column[], field: string, to: number): readonly Column[] {
  const moved = columns.find((column) => column.field === field);
  if (moved === undefined) return columns;
  const rest = columns.filter((column) => column !== moved);
  const at = Math.max(0, Math.min(rest.length, to));
  return [...rest.slice(0, at), moved, ...rest.slice(at)];
}

/** Before which of the heads a dragged one is let go: `middles` are their middles in px, from left to right. */
export function dropPlace(middles: readonly number[], from: number, x: number): number {
  return middles.filter((middle, i) => i !== from && middle < x).length;
}

/** A field that the events of the list have, with how many of them. */
export interface FoundField {
  readonly field: string;
  readonly events: number;
}

/** The table shows these already. */
const shown = new Set(["time", "level", "msg", "raw", "timeCost", "id", "data"]);
const mostEvents = 500;
const mostFields = 500;

/**
 * The fields that could be columns, the most frequent first: those of the
 * newest events of the list, keys of `data` and of objects in it under the
 * names by which one searches them.
 */
export function fieldsOf(events: readonly LogEvent[]): readonly FoundField[] {
  const found = new Map<string, number>();
  const add = (field: string) => {
    if (found.size < mostFields || found.has(field)) found.set(field, (found.get(field) ?? 0) + 1);
  };
  const descend = (value: unknown, name: string, depth: number) => {
    if (typeof value !== "object" || value === null || Array.isArray(value) || depth > 3 || value instanceof JsonNumber) return add(name);
    for (const [key, inner] of Object.entries(value)) descend(inner, `${name}.${key}`, depth + 1);
  };
  for (const event of events.slice(0, mostEvents)) {
    for (const [field, value] of Object.entries(event)) {
      if (field === "data") descend(value, "data", 0);
      else if (!shown.has(field)) add(field);
    }
  }
  return [...found].map(([field, count]) => ({ field, events: count })).toSorted((a, b) => b.events - a.events || (a.field < b.field ? -1 : 1));
}

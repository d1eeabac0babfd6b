import { address, get, request } from "./client";
import { parseEvent } from "../model/source";
import { lines } from "./ndjson";
import type { Checked, Completions, Explained, FacetAnswer, Fields, Histogram, LogEvent, SearchEnd, Statistics } from "./types";

/** What is asked: times are RFC 3339, the range is [from, to). */
export interface Asked {
  readonly q: string;
  readonly from: string;
  readonly to: string;
  readonly project: string;
}

/** The stream ended without its closing line: what came is not the whole answer. */
export class CutError extends Error {
  override name = "CutError";
}

/**
 * Reads one page of a search. `onRows` gets the events as they arrive, newest
 * first, in lots; the promise gives the closing line. Throws CutError when the
 * stream ends without one.
 */
export async function search(
  asked: Asked,
  page: { readonly limit: number; readonly cursor?: string | undefined },
  onRows: (rows: LogEvent[]) => void,
  signal: AbortSignal,
): Promise<SearchEnd> {
  const response = await request(address("/v1/search", { ...asked, ...page }), { signal });
  if (response.body === null) throw new CutError("The answer was empty.");
  let end: SearchEnd | undefined;
  for await (const lot of lines(response.body)) {
    const rows: LogEvent[] = [];
    for (const line of lot) {
      const event = parseEvent(line);
      if ("clewline" in event && !("id" in event)) end = event["clewline"] as SearchEnd;
      else rows.push(event);
    }
    if (rows.length > 0) onRows(rows);
  }
  signal.throwIfAborted();
  if (end === undefined) throw new CutError("The answer broke off before its end.");
  return end;
}

export function histogram(asked: Asked, buckets: number, signal?: AbortSignal): Promise<Histogram> {
  return get<Histogram>("/v1/histogram", { ...asked, buckets }, signal);
}

/** How many events match; `partial` when not all could be read. */
export async function total(asked: Asked, signal?: AbortSignal): Promise<{ readonly total: number; readonly partial: boolean }> {
  return await histogram(asked, 2, signal); // the fewest buckets that the server gives
}

/** A parameter's value of several names: a name that has a comma is given alone, so the list never does. */
function namesParam(fields: readonly string[]): readonly (readonly [string, string])[] {
  // One name alone would be read as a list of names.
  return [...fields.map((name) => ["fields", name] as const), ...(fields.length === 1 ? [["fields", fields[0] ?? ""] as const] : [])];
}

/** What several fields hold, soon rather than exactly. */
export async function facets(asked: Asked, fields: readonly string[], limit: number, signal?: AbortSignal): Promise<FacetAnswer> {
  const path = `${address("/v1/facets", { ...asked, limit })}&${new URLSearchParams(namesParam(fields).map(([key, name]) => [key, name])).toString()}`;
  const answer = await get<FacetAnswer>(path, {}, signal);
  return { ...answer, fields: answer.fields.slice(0, fields.length) };
}

/** What one field holds, and over time. */
export function statistics(asked: Asked, field: string, buckets: number, signal?: AbortSignal): Promise<Statistics> {
  return get<Statistics>("/v1/statistics", { ...asked, field, buckets }, signal);
}

/** The fields that events of a range have. */
export function fieldsSeen(asked: Asked, signal?: AbortSignal): Promise<Fields> {
  return get<Fields>("/v1/fields", { ...asked, seen: 1 }, signal);
}

/** What a search costs, and why. */
export function explain(asked: Asked, signal?: AbortSignal): Promise<Explained> {
  return get<Explained>("/v1/explain", { ...asked, limit: 200 }, signal);
}

/** Values of a field that begin with something. */
export function complete(asked: Asked, field: string, prefix: string, limit: number, signal?: AbortSignal): Promise<Completions> {
  return get<Completions>("/v1/complete", { ...asked, field, prefix, limit }, signal);
}

export async function event(id: string, project: string, signal?: AbortSignal): Promise<LogEvent> {
  const response = await request(address(`/v1/events/${encodeURIComponent(id)}`, { project }), signal ? { signal } : {});
  return parseEvent(await response.text());
}

/** Parses a query without running it; a wrong one is an ApiError with a column. */
export function check(q: string, signal?: AbortSignal): Promise<Checked> {
  return get<Checked>("/v1/check", { q }, signal);
}

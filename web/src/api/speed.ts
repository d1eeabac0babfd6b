import { get } from "./client";
import { search } from "./search";
import type { Asked } from "./search";
import { table } from "./table";
import type { LogEvent, Whole } from "./types";

export const groupings = ["service", "event", "function", "httpPath", "module"] as const;
/** What calls are grouped by, beside the kind of their log. */
export type Grouping = (typeof groupings)[number];

/** The values of an answer's `fields`; null is the calls without the field. */
export type SpeedKey = readonly (string | null)[];

/** One group of calls; times in ms. */
export interface SpeedRow {
  readonly key: SpeedKey;
  readonly count: number;
  readonly failed: number;
  readonly avg: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly max: number | null;
  /** The p95 of each step; null where there was no call. */
  readonly trend: readonly (number | null)[];
}

export interface Speed extends Whole {
  readonly by: Grouping;
  readonly fields: readonly string[];
  readonly rows: readonly SpeedRow[];
  readonly groups: number;
  readonly total: number;
  readonly start: string;
  readonly stepMs: number;
}

export interface Judged {
  readonly verdict: "usual" | "above" | "below" | "unknown";
  readonly now: number | null;
  readonly median: number | null;
  readonly mad: number | null;
  readonly least: number | null;
  readonly most: number | null;
  readonly days: number;
}

export interface Compared {
  readonly key: SpeedKey;
  readonly p95: Judged;
  readonly failed: Judged;
  readonly count: Judged;
}

export interface Finding extends Judged {
  readonly key: SpeedKey;
  readonly figure: "p95" | "failed" | "count";
  readonly calls: number;
  readonly since: string | null;
  readonly until: string | null;
}

/** `from` and `to` are the time that was judged. */
export interface Usual extends Whole {
  readonly by: Grouping;
  readonly fields: readonly string[];
  readonly groups: readonly Compared[];
  readonly findings: readonly Finding[];
  readonly found: number;
  readonly days: number;
  readonly daysAskedFor: number;
  readonly minDays: number;
  readonly minCalls: number;
  readonly width: number;
}

export interface ModuleRow {
  readonly key: SpeedKey;
  readonly log: "ui" | "server";
  readonly count: number;
  readonly failed: number | null;
  readonly avg: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly ofServer: number;
}

export interface Modules extends Whole {
  readonly fields: readonly string[];
  readonly rows: readonly ModuleRow[];
  readonly total: number;
}

export function speed(asked: Asked, by: Grouping, zone: string, signal?: AbortSignal): Promise<Speed> {
  return get<Speed>("/v1/speed", { ...asked, by, zone }, signal);
}

export function usual(asked: Asked, by: Grouping, zone: string, signal?: AbortSignal): Promise<Usual> {
  return get<Usual>("/v1/speed/usual", { ...asked, by, zone }, signal);
}

export function modules(asked: Asked, signal?: AbortSignal): Promise<Modules> {
  return get<Modules>("/v1/speed/modules", { ...asked }, signal);
}

/** The slowest calls of a query, slowest first; `cut` when more than could be looked at were about as slow. */
export interface Slowest {
  readonly calls: readonly LogEvent[];
  readonly cut: boolean;
}

const looked = 1000;

/**
 * Finds the slowest calls: their number tells which percentile they are above,
 * and of those the slowest are chosen. `percent` is that percentile, undefined
 * where all are few enough.
 */
export async function slowest(asked: Asked, zone: string, percent: string | undefined, want: number, signal: AbortSignal): Promise<Slowest> {
  let { q } = asked;
  if (percent !== undefined) {
    const { rows } = await table({ ...asked, q: `${q} | p${percent}(timeCost)` }, zone, signal);
    const least = rows[0]?.[0];
    // The percentile is within 2 %: rather a few too many.
    if (typeof least === "number") q = `${q} and timeCost >= ${Math.floor(least * 970) / 1000}`;
  }
  const calls: LogEvent[] = [];
  const end = await search({ ...asked, q }, { limit: looked }, (rows) => calls.push(...rows), signal);
  return { calls: calls.toSorted((a, b) => (b.timeCost ?? 0) - (a.timeCost ?? 0)).slice(0, want), cut: end.next !== undefined };
}

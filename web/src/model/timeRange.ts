import { instantOf, startOfDay, wallAt } from "./zone";

/**
 * A range as it stands in the address: [from, to). Each end is "now", relative
 * ("-15m", "-2d"), a day that moves ("today", "yesterday", "week") or fixed
 * (RFC 3339, or an epoch in s, ms, us or ns).
 */
export interface Range {
  readonly from: string;
  readonly to: string;
}

/** A range in ms since the epoch. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export const defaultRange: Range = { from: "-15m", to: "now" };

export const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** An epoch in seconds, ms, us or ns, told apart by its size as the server does it; in ms. */
export function epoch(text: string): number | undefined {
  if (!/^\d{9,19}$/.test(text)) return undefined;
  const n = Number(text);
  if (n < 1e11) return n * 1000;
  if (n < 1e14) return n;
  return n < 1e17 ? n / 1000 : n / 1e6;
}

/** One end of a range as an instant; undefined when it is none. */
export function resolveEnd(end: string, now: number, zone: string): number | undefined {
  if (end === "now") return now;
  if (end === "today") return startOfDay(now, zone);
  if (end === "yesterday") return startOfDay(now, zone, -1);
  if (end === "week") {
    const { year, month, day } = wallAt(now, zone);
    const weekday = (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7;
    return startOfDay(now, zone, -weekday);
  }
  const relative = /^([+-])(\d{1,6})([smhdw])$/.exec(end);
  if (relative !== null) {
    const length = Number(relative[2]) * (units[relative[3] ?? "s"] ?? 0);
    return relative[1] === "-" ? now - length : now + length;
  }
  const stamp = epoch(end);
  if (stamp !== undefined) return stamp;
  if (!/^\d{4}-\d\d-\d\dT/.test(end)) return undefined;
  const ms = Date.parse(end);
  return Number.isNaN(ms) ? undefined : ms;
}

/** The range as instants; undefined when an end is no time or nothing lies between them. */
export function resolve(range: Range, now: number, zone: string): Span | undefined {
  const from = resolveEnd(range.from, now, zone);
  const to = resolveEnd(range.to, now, zone);
  if (from === undefined || to === undefined || to <= from) return undefined;
  // The server reads whole ms here: the range may only grow by it.
  return { from: Math.floor(from), to: Math.ceil(to) };
}

/** Whether the range moves with the clock. */
export function isRelative(range: Range): boolean {
  return !/^\d/.test(range.from) || !/^\d/.test(range.to);
}

// What RFC 3339 can write: the years 1 to 9999.
const firstMoment = Date.parse("0001-01-01T00:00:00Z");
const lastMoment = Date.parse("9999-12-31T23:59:59Z");

/** Fixed ends for a span, as links carry them; what lies beyond the calendar is cut off. */
export function fixed(span: Span): Range {
  const write = (ms: number) => new Date(Math.min(lastMoment, Math.max(firstMoment, ms))).toISOString().replace(".000Z", "Z");
  return { from: write(span.from), to: write(span.to) };
}

/** The span moved by its own length: -1 is earlier, 1 later. */
export function shifted(span: Span, by: -1 | 1): Span {
  const length = span.to - span.from;
  return { from: span.from + by * length, to: span.to + by * length };
}

/** Twice as long around the same middle, not beyond `now` where it was before it. */
export function widened(span: Span, now: number): Span {
  const half = Math.max(1, Math.round((span.to - span.from) / 2));
  const over = span.to <= now ? Math.max(0, span.to + half - now) : 0;
  return { from: span.from - half - over, to: span.to + half - over };
}

/** The ranges that are offered. `say` is what one types for it. */
export const presets: readonly { readonly say: string; readonly range: Range; readonly n?: number; readonly unit: "m" | "h" | "d" | "today" | "yesterday" | "week" }[] = [
  { say: "5m", range: { from: "-5m", to: "now" }, n: 5, unit: "m" },
  { say: "15m", range: { from: "-15m", to: "now" }, n: 15, unit: "m" },
  { say: "1h", range: { from: "-1h", to: "now" }, n: 1, unit: "h" },
  { say: "4h", range: { from: "-4h", to: "now" }, n: 4, unit: "h" },
  { say: "24h", range: { from: "-24h", to: "now" }, n: 24, unit: "h" },
  { say: "7d", range: { from: "-7d", to: "now" }, n: 7, unit: "d" },
  { say: "today", range: { from: "today", to: "now" }, unit: "today" },
  { say: "yesterday", range: { from: "yesterday", to: "today" }, unit: "yesterday" },
  { say: "w", range: { from: "week", to: "now" }, unit: "week" },
];

/** The first instant after the wall clock's unit that begins at `instant`. */
export function endOfUnit(instant: number, unit: "day" | "hour" | "minute", zone: string): number {
  if (unit === "day") return startOfDay(instant, zone, 1);
  const w = wallAt(instant, zone);
  return unit === "hour" ? instantOf({ ...w, hour: w.hour + 1 }, zone) : instantOf({ ...w, minute: w.minute + 1 }, zone);
}

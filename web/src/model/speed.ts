import { type Compared, type Finding, type Grouping, groupings, type Judged, type SpeedKey, type SpeedRow } from "../api/speed";
import { join } from "./clauses";
import { count } from "./format";
import { type Events, withKeys } from "./pipeLinks";
import type { Range, Span } from "./timeRange";

export const speedTabs = ["calls", "slow", "unusual", "modules"] as const;
export type SpeedTab = (typeof speedTabs)[number];
export const speedColumns = ["count", "errors", "avg", "p50", "p95", "p99", "usual"] as const;
export type SpeedColumn = (typeof speedColumns)[number];

/** The whole state of the page; the address holds all of it. */
export interface SpeedState {
  readonly q: string;
  readonly range: Range;
  readonly tz: string;
  readonly by: Grouping;
  readonly tab: SpeedTab;
  readonly sort: SpeedColumn;
  /** The key of the row whose panel is open, as JSON; "" when it is closed. */
  readonly sel: string;
  readonly project: string;
}

/** An hour: long enough for percentiles, and judged whole. */
export const speedRange: Range = { from: "-1h", to: "now" };

const oneOf = <T extends string>(list: readonly T[], text: string | null, standard: T): T => list.find((one) => one === text) ?? standard;

export function parseSpeed(params: URLSearchParams): SpeedState {
  return {
    q: params.get("q") ?? "",
    range: { from: params.get("from") || speedRange.from, to: params.get("to") || speedRange.to },
    tz: params.get("tz") ?? "",
    by: oneOf(groupings, params.get("by"), "service"),
    tab: oneOf(speedTabs, params.get("tab"), "calls"),
    sort: oneOf(speedColumns, params.get("sort"), "count"),
    sel: params.get("sel") ?? "",
    project: params.get("project") ?? "",
  };
}

/** Writes the state as an address; the inverse of parseSpeed. */
export function formatSpeed(state: SpeedState): URLSearchParams {
  const params = new URLSearchParams();
  const set = (name: string, value: string, standard = "") => {
    if (value !== standard) params.set(name, value);
  };
  set("project", state.project);
  set("q", state.q);
  set("from", state.range.from, speedRange.from);
  set("to", state.range.to, speedRange.to);
  set("tz", state.tz);
  set("by", state.by, "service");
  set("tab", state.tab, "calls");
  set("sort", state.sort, "count");
  set("sel", state.sel);
  return params;
}

/** The text that tells keys apart. */
export function keyId(key: SpeedKey): string {
  return JSON.stringify(key);
}

/** The query of the calls of a key, or of those of them that failed. */
export function callsOf(q: string, fields: readonly string[], key: SpeedKey, failed = false): string {
  const text = withKeys(join(q, "timeCost:*"), fields, key);
  return failed ? join(text, "errorCode:*") : text;
}

/** The link of a figure. */
export function eventsOf(q: string, fields: readonly string[], key: SpeedKey, span: Span, failed = false): Events {
  return { q: callsOf(q, fields, key, failed), span };
}

/** A key's parts for people: what it is called, and what says which one of that name it is. */
export function nameOf(key: SpeedKey): { readonly log: string; readonly name: string | null; readonly of: string } {
  const [log, ...rest] = key;
  return { log: log ?? "", name: rest.at(-1) ?? null, of: rest.slice(0, -1).filter((part) => part !== null).join(" · ") };
}

/** The word for the kinds of logs that are words in the sentence catalogue. */
export const logKinds = ["track", "call", "ui", "server", "client", "log", "span"] as const;

/** A share of calls: as many digits as so many calls carry. */
export function shareText(part: number, all: number): string {
  if (all === 0) return "";
  if (part === 0) return "0";
  return percentText(part / all);
}

export function percentText(share: number): string {
  const percent = share * 100;
  if (percent < 0.005) return "< 0.01 %";
  return `${percent >= 10 ? percent.toFixed(1).replace(/\.0$/, "") : Number(percent.toPrecision(2))} %`;
}

export function perSecond(n: number, span: Span): string {
  const rate = n / Math.max(0.001, (span.to - span.from) / 1000);
  return rate >= 100 ? count(Math.round(rate)) : rate >= 0.05 ? rate.toFixed(1) : rate === 0 ? "0" : String(Number(rate.toPrecision(1)));
}

/** How far a figure is from its median: "× 5.9", "+ 22 %", "− 22 %"; "" where nothing is judged. */
export function distance({ now, median }: Pick<Judged, "now" | "median">): string {
  if (now === null || median === null) return "";
  if (median === 0) return now === 0 ? "" : "new";
  const ratio = now / median;
  if (ratio >= 2) return `× ${ratio >= 100 ? count(Math.round(ratio)) : Number(ratio.toPrecision(2))}`;
  const percent = Math.round((ratio - 1) * 100);
  return percent >= 0 ? `+ ${percent} %` : `− ${-percent} %`;
}

/** Whether a finding is bad news: slower, more failures, calls that stopped coming. */
export function worse({ figure, verdict }: Pick<Finding, "figure" | "verdict">): boolean {
  return figure === "count" ? verdict === "below" : verdict === "above";
}

/** What the first sentence of the page says. */
export type Judgement =
  | { readonly kind: "few"; readonly days: number }
  | { readonly kind: "usual" }
  | { readonly kind: "worse"; readonly slower: number; readonly failing: number; readonly stopped: number; /** when all of it began, in ms, if it began together */ readonly since: number | undefined };

export function judgement(days: number, minDays: number, findings: readonly Finding[]): Judgement {
  if (days < minDays) return { kind: "few", days };
  // What was and is over is told in the list, not in the sentence.
  const now = findings.filter((finding) => worse(finding) && finding.until === null);
  const of = (figure: Finding["figure"]) => now.filter((finding) => finding.figure === figure).length;
  if (now.length === 0) return { kind: "usual" };
  const starts = now.map(({ since }) => (since === null ? Number.NaN : Date.parse(since)));
  const together = Math.max(...starts) - Math.min(...starts) <= 300_000;
  return { kind: "worse", slower: of("p95"), failing: of("failed"), stopped: of("count"), since: together ? Math.min(...starts) : undefined };
}

/** The rows in the order of a column, the greatest first; equal ones by their calls. */
export function sortedRows(rows: readonly SpeedRow[], by: SpeedColumn, compared: ReadonlyMap<string, Compared>): readonly SpeedRow[] {
  const weight = (row: SpeedRow): number => {
    if (by === "count") return row.count;
    if (by === "errors") return row.failed / Math.max(1, row.count);
    if (by !== "usual") return row[by] ?? -1;
    const p95 = compared.get(keyId(row.key))?.p95;
    return p95 === undefined || p95.verdict === "unknown" || p95.now === null || p95.median === null ? -1 : p95.now / Math.max(0.001, p95.median);
  };
  return rows.toSorted((a, b) => weight(b) - weight(a) || b.count - a.count);
}

/** One axis of time for all rows, in whole powers of ten. */
export interface LogAxis {
  readonly least: number;
  readonly most: number;
  readonly marks: readonly number[];
}

export function logAxis(rows: readonly SpeedRow[]): LogAxis {
  const known = rows.flatMap(({ p50, p99 }) => [p50, p99]).filter((n) => n !== null && n > 0) as number[];
  const low = Math.floor(Math.log10(Math.max(0.1, Math.min(...known, 1000))));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(0.1, ...known))));
  return { least: 10 ** low, most: 10 ** high, marks: Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i)) };
}

/** A mark of the axis; the unit stands where it begins. */
export function axisLabel(ms: number, first: boolean): string {
  const seconds = ms >= 1000;
  const n = String(Number((seconds ? ms / 1000 : ms).toPrecision(3)));
  return first || ms === 1000 ? `${n} ${seconds ? "s" : "ms"}` : n;
}

/** Where a time lies on it: 0 to 1. */
export function place({ least, most }: LogAxis, ms: number | null): number {
  if (ms === null || ms <= least) return 0;
  return Math.min(1, Math.log10(ms / least) / Math.log10(most / least));
}

/** The percentile above which about so many of all calls are, as a pipe writes it; undefined where all are few. */
export function slowPercent(all: number, want: number): string | undefined {
  if (all <= 500) return undefined;
  const percent = Math.min(99.999, Math.floor((1 - (want * 2) / all) * 100_000) / 1000);
  return percent < 50 ? undefined : String(percent);
}

/** A step of time as a pipe writes it. */
export function stepText(ms: number): string {
  for (const [unit, length] of [["d", 86_400_000], ["h", 3_600_000], ["m", 60_000], ["s", 1000]] as const) {
    if (ms % length === 0) return `${ms / length}${unit}`;
  }
  return `${ms}ms`;
}

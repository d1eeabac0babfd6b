/** What has come in, as GET /v1/ingest tells it, and what the page makes of it. */

export interface Tally {
  readonly requests: number;
  readonly events: number;
  readonly bytes: number;
  readonly late: number;
  readonly corrected: number;
  readonly redacted: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly slowed: number;
  readonly refused: number;
  readonly failed: number;
}

export interface DoorKey {
  readonly id: string;
  readonly name: string;
  readonly project: string;
  readonly from: string;
  readonly last: string | null;
  readonly total: Tally;
  readonly minute: Tally;
}

export interface Door {
  readonly door: string;
  readonly last: string | null;
  readonly total: Tally;
  readonly hour: Tally;
  readonly minute: Tally;
  /** Acknowledged, by step. */
  readonly events: readonly number[];
  readonly keys: readonly DoorKey[];
  readonly moreKeys: number;
}

export interface Segment {
  readonly name: string;
  readonly state: "active" | "sealing" | "sealed" | "merged" | "quarantined";
  readonly day: string;
  readonly events: number;
  readonly bytes: number;
  readonly from: string | null;
  readonly to: string | null;
  readonly error?: string;
}

export interface Canary {
  readonly every: number;
  readonly rounds: number;
  readonly returned: number;
  readonly failed: number;
  readonly skipped: number;
  readonly last: string | null;
  readonly roundTrip: number;
  readonly failure: string;
  readonly paused: string;
}

export interface Ingest {
  readonly project: string;
  readonly now: string;
  readonly ready: boolean;
  readonly incoming: {
    readonly since: string;
    readonly from: string;
    /** Seconds. */
    readonly step: number;
    readonly steps: number;
    /** Seconds that the tallies "minute" are about. */
    readonly minute: number;
    readonly doors: readonly Door[];
    readonly durable: { readonly requests: number; readonly p50: number; readonly p95: number; readonly p99: number };
    /** ms by step; 0 = nothing came. */
    readonly p50: readonly number[];
    readonly p99: readonly number[];
  };
  readonly health: {
    readonly troubles: readonly string[];
    /** The trouble with the clock that an admin may acknowledge; "" for none. */
    readonly clock: string;
    readonly queue: { readonly batches: number; readonly bytes: number; readonly maxBatches: number; readonly maxBytes: number; readonly full: number };
    readonly disk: { readonly size: number; readonly free: number; readonly floor: number } | null;
    readonly canary: Canary | null;
  };
  readonly kept: { readonly events: number; readonly bytes: number; readonly days: number; readonly oldest: string; readonly roomDays: number | null };
  readonly segments: readonly Segment[];
  readonly unsealed: number;
  readonly quarantined: number;
}

export interface AppStreams {
  readonly app: string;
  readonly streams: number;
  readonly logged: number;
  readonly stored: number;
  readonly omitted: number;
  readonly missing: number;
  readonly open: number;
  readonly closed: number;
  readonly ended: number;
}

const none: Tally = { requests: 0, events: 0, bytes: 0, late: 0, corrected: 0, redacted: 0, duplicates: 0, rejected: 0, slowed: 0, refused: 0, failed: 0 };

/** The tallies of all doors together. */
export function sum(doors: readonly Door[], of: "total" | "hour" | "minute"): Tally {
  const out: Record<keyof Tally, number> = { ...none };
  for (const door of doors) {
    for (const name of Object.keys(none) as (keyof Tally)[]) out[name] += door[of][name];
  }
  return out;
}

/** A count over some seconds as a rate; small ones keep a digit. */
export function perSecond(n: number, seconds: number): number {
  const rate = seconds > 0 ? n / seconds : 0;
  return rate >= 10 || rate === 0 ? Math.round(rate) : Math.max(0.01, Number(rate.toPrecision(2)));
}

/** Joins steps into fewer, wider ones; the newest, which may be under way, stays in the last. `join` gets what falls together. */
export function widen(steps: readonly number[], by: number, join: (some: readonly number[]) => number): number[] {
  const out: number[] = [];
  for (let end = steps.length; end > 0; end -= by) out.unshift(join(steps.slice(Math.max(0, end - by), end)));
  return out;
}

/** A layer of a stack: its lower and upper edge by step. */
export interface Layer {
  readonly name: string;
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** Stacks series on one another, the biggest at the bottom, so that its shape is not bent by the others. */
export function stack(series: readonly { readonly name: string; readonly values: readonly number[] }[]): Layer[] {
  const total = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  const ordered = series.toSorted((a, b) => total(b.values) - total(a.values) || a.name.localeCompare(b.name));
  const out: Layer[] = [];
  let low: readonly number[] = (ordered[0]?.values ?? []).map(() => 0);
  for (const { name, values } of ordered) {
    const under = low;
    const high = values.map((value, i) => value + (under[i] ?? 0));
    out.push({ name, low: under, high });
    low = high;
  }
  return out;
}

/** The round number at or above the highest value: 1, 2 or 5 times a power of ten. */
export function roundTop(highest: number): number {
  if (!(highest > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(highest));
  const first = [1, 2, 5, 10].find((n) => n * power >= highest * (1 - 1e-9)) ?? 10;
  return first * power;
}

const fixed = (n: number) => n.toFixed(1).replace(/\.0$/, "");

/** The outline of a layer as an SVG path. */
export function areaPath(layer: Layer, top: number, width: number, height: number): string {
  const x = (i: number) => fixed((i / Math.max(1, layer.high.length - 1)) * width);
  const y = (value: number) => fixed(height - (value / top) * height);
  const there = layer.high.map((value, i) => `${x(i)},${y(value)}`);
  const back = layer.low.map((value, i) => `${x(i)},${y(value)}`).toReversed();
  return there.length === 0 ? "" : `M${[...there, ...back].join("L")}Z`;
}

/** A line as an SVG path. Where the value is 0 nothing came, and the line is broken; a point between two breaks is a short dash. */
export function linePath(values: readonly number[], top: number, width: number, height: number): string {
  const step = width / Math.max(1, values.length - 1);
  let out = "";
  let open = false;
  for (const [i, value] of values.entries()) {
    if (value === 0) {
      open = false;
      continue;
    }
    const at = `${fixed(i * step)},${fixed(height - (value / top) * height)}`;
    out += open ? `L${at}` : `M${at}`;
    if (!open && (values[i + 1] ?? 0) === 0) out += `h${fixed(Math.max(1, step / 2))}`;
    open = true;
  }
  return out;
}

/** How a fact stands: nothing to say, good, or something to look at. */
export type Tone = "plain" | "ok" | "warn" | "err";

export function queueTone(bytes: number, most: number): Tone {
  return bytes >= most * 0.9 ? "err" : bytes >= most / 2 ? "warn" : "plain";
}

export function diskTone(disk: { readonly size: number; readonly free: number; readonly floor: number }): Tone {
  if (disk.free <= disk.floor) return "err";
  return disk.free <= Math.max(disk.floor * 2, disk.size * 0.05) ? "warn" : "plain";
}

export function canaryTone(canary: Canary): Tone {
  if (canary.failure !== "") return "err";
  if (canary.paused !== "" || canary.failed > 0) return "warn";
  return canary.returned > 0 ? "ok" : "plain";
}

/** Bars for segments: at most `most`; older ones of one state are joined, so that every byte is in some bar. */
export function segmentBars(segments: readonly Segment[], most: number): { readonly segments: readonly Segment[]; readonly bytes: number; readonly events: number; readonly state: Segment["state"] }[] {
  const each = Math.max(1, Math.ceil(segments.length / most));
  const out: { segments: Segment[]; bytes: number; events: number; state: Segment["state"] }[] = [];
  for (const segment of segments) {
    const last = out.at(-1);
    const joins = last !== undefined && each > 1 && last.segments.length < each && last.state === segment.state && (segment.state === "merged" || segment.state === "sealed");
    if (joins) {
      last.segments.push(segment);
      last.bytes += segment.bytes;
      last.events += segment.events;
    } else out.push({ segments: [segment], bytes: segment.bytes, events: segment.events, state: segment.state });
  }
  return out;
}

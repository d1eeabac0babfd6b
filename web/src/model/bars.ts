import { type Histogram, levels } from "../api/types";

/** The order in which levels stand on each other: most severe at the bottom, so that errors share a baseline. */
export const stackOrder = ["fatal", "error", "warn", "notice", "info", "debug", "none"] as const;
export type StackLevel = (typeof stackOrder)[number];

export interface Bars {
  /** Where each bucket begins, ms since the epoch. */
  readonly at: readonly number[];
  readonly step: number;
  /** For each level, the top of its part of each bar. */
  readonly tops: Readonly<Record<StackLevel, readonly number[]>>;
  readonly totals: readonly number[];
  readonly highest: number;
}

/** Stacks a histogram's counts. Levels that this page does not know count as "none". */
export function stack(histogram: Histogram): Bars {
  const at = histogram.buckets.map(({ time }) => Date.parse(time));
  const running = at.map(() => 0);
  const known = new Set<string>(levels);
  const tops = {} as Record<StackLevel, readonly number[]>;
  for (const level of stackOrder) {
    tops[level] = histogram.buckets.map(({ counts }, i) => {
      const own = level === "none" ? Object.entries(counts).reduce((sum, [name, n]) => sum + (known.has(name) ? 0 : n), 0) : (counts[level] ?? 0);
      running[i] = (running[i] ?? 0) + own;
      return running[i];
    });
  }
  return { at, step: histogram.stepMs, tops, totals: running, highest: Math.max(0, ...running) };
}

/** The bucket that holds an instant; clamped to the first and last. */
export function bucketAt(bars: Bars, instant: number): number {
  const first = bars.at[0] ?? 0;
  return Math.max(0, Math.min(bars.at.length - 1, Math.floor((instant - first) / bars.step)));
}

/** A brush over whole buckets, from one to another in either direction. */
export interface Brush {
  readonly anchor: number;
  readonly head: number;
}

export function brushSpan(bars: Bars, brush: Brush): { readonly from: number; readonly to: number; readonly events: number } {
  const low = Math.min(brush.anchor, brush.head);
  const high = Math.max(brush.anchor, brush.head);
  const events = bars.totals.slice(low, high + 1).reduce((sum, n) => sum + n, 0);
  return { from: bars.at[low] ?? 0, to: (bars.at[high] ?? 0) + bars.step, events };
}

/** The brush after an arrow key: it moves, or with Shift its head moves alone. */
export function moveBrush(bars: Bars, brush: Brush | undefined, by: number, widen: boolean): Brush {
  const last = bars.at.length - 1;
  const clamp = (i: number) => Math.max(0, Math.min(last, i));
  if (brush === undefined) {
    const start = by > 0 ? 0 : last;
    return { anchor: start, head: start };
  }
  if (widen) return { anchor: brush.anchor, head: clamp(brush.head + by) };
  const low = Math.min(brush.anchor, brush.head);
  const high = Math.max(brush.anchor, brush.head);
  const step = Math.max(-low, Math.min(last - high, by));
  return { anchor: brush.anchor + step, head: brush.head + step };
}

/** A round upper end for the axis, and its labels: 0, half and whole. */
export function axis(highest: number): readonly number[] {
  if (highest <= 1) return [0, 1];
  const power = 10 ** Math.floor(Math.log10(highest));
  const top = [1, 2, 4, 5, 6, 8, 10].map((n) => n * power).find((n) => n >= highest) ?? highest;
  return top % 2 === 0 ? [0, top / 2, top] : [0, top];
}

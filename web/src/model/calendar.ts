import type { Histogram } from "../api/types";
import { instantOf, startOfDay, wallAt } from "./zone";

/** One day of a month's picture. */
export interface Day {
  readonly day: number;
  readonly from: number;
  readonly to: number;
}

export interface Month {
  readonly year: number;
  readonly month: number;
  /** How many cells stand empty before the 1st, in weeks that begin on Monday. */
  readonly skip: number;
  readonly days: readonly Day[];
}

/** The month that lies `plus` months from the one that holds `instant`. */
export function monthOf(instant: number, plus: number, zone: string): Month {
  const w = wallAt(instant, zone);
  const first = new Date(Date.UTC(w.year, w.month - 1 + plus, 1));
  const year = first.getUTCFullYear();
  const month = first.getUTCMonth() + 1;
  const length = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return {
    year,
    month,
    skip: (first.getUTCDay() + 6) % 7,
    days: Array.from({ length }, (_, i) => ({ day: i + 1, from: instantOf({ year, month, day: i + 1 }, zone), to: instantOf({ year, month, day: i + 2 }, zone) })),
  };
}

export interface DayCount {
  readonly total: number;
  readonly errors: number;
}

/** Sums a histogram by days of a zone. A bucket that spans two days counts to the one that holds its middle. */
export function byDay(histogram: Histogram, zone: string): ReadonlyMap<number, DayCount> {
  const days = new Map<number, { total: number; errors: number }>();
  for (const { time, counts } of histogram.buckets) {
    const day = startOfDay(Date.parse(time) + histogram.stepMs / 2, zone);
    const sum = days.get(day) ?? { total: 0, errors: 0 };
    for (const [level, n] of Object.entries(counts)) {
      sum.total += n;
      if (level === "error" || level === "fatal") sum.errors += n;
    }
    days.set(day, sum);
  }
  return days;
}

/** Height of a day's bar, 2 to 5 px, and whether its share of errors is more than twice the usual day's. */
export function dayBar(counts: ReadonlyMap<number, DayCount>, day: number): { readonly height: number; readonly bad: boolean } | undefined {
  const own = counts.get(day);
  if (own === undefined || own.total === 0) return undefined;
  const filled = [...counts.values()].filter(({ total }) => total > 0);
  const most = Math.max(...filled.map(({ total }) => total));
  const shares = filled.map(({ total, errors }) => errors / total).toSorted((a, b) => a - b);
  const usual = shares[Math.floor(shares.length / 2)] ?? 0;
  return { height: 2 + Math.round((own.total / most) * 3), bad: own.errors >= 10 && own.errors / own.total > 2 * usual };
}

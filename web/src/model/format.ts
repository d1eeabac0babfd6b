import { instantOf, wallAt } from "./zone";

/** Figures as the design writes them. "" stands for what is unknown, never 0. */

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 3 });

/** 1284 -> "1,284" */
export function count(n: number): string {
  return grouped.format(n);
}

/** For axes: "131 k", "4.2 M" above 100,000. */
export function shortCount(n: number): string {
  const size = Math.abs(n);
  if (size < 100_000) return count(n);
  if (size < 999_500) return `${Math.round(n / 1000)} k`;
  if (size < 999_500_000) return `${trim(n / 1e6)} M`;
  return `${trim(n / 1e9)} G`;
}

function trim(n: number): string {
  return Math.abs(n) < 10 ? n.toFixed(1).replace(/\.0$/, "") : String(Math.round(n));
}

/** Milliseconds for people: "0.4 ms", "287 ms", "1.28 s", "3 m 21 s", "2 h 12 m", "3 d 4 h". */
export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return "";
  if (ms < 0) return `-${duration(-ms)}`;
  if (ms === 0) return "0 ms";
  if (ms < 9.95) return `${Number(ms.toFixed(ms < 0.1 ? 3 : 1))} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_995) return `${Number((ms / 1000).toFixed(ms < 9_995 ? 2 : 1))} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return pair(Math.floor(seconds / 60), "m", seconds % 60, "s");
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return pair(Math.floor(minutes / 60), "h", minutes % 60, "m");
  const hours = Math.round(minutes / 60);
  return pair(Math.floor(hours / 24), "d", hours % 24, "h");
}

function pair(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`;
}

/** Bytes in powers of 1000: "214 GB". */
export function bytes(n: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let at = 0;
  let left = n;
  while (left >= 999.5 && at < units.length - 1) {
    left /= 1000;
    at++;
  }
  return `${at > 0 && left < 10 ? Number(left.toFixed(1)) : Math.round(left)} ${units[at] ?? ""}`;
}

const two = (n: number) => String(n).padStart(2, "0");

/** An event's time: whole milliseconds, and the digits below the second as they were sent. */
export interface EventTime {
  readonly ms: number;
  /** "688214": what stood after the point, without trailing zeros beyond ms. */
  readonly fraction: string;
}

/** Reads RFC 3339 with up to nine decimals; undefined for anything else. */
export function eventTime(text: string): EventTime | undefined {
  const m = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d{1,9}))?(?:Z|[+-]\d\d:\d\d)$/.exec(text);
  if (m === null) return undefined;
  const digits = m[1] ?? "";
  const whole = Date.parse(text.replace(/\.\d+/, ""));
  if (Number.isNaN(whole)) return undefined;
  return { ms: whole + Number(digits.slice(0, 3).padEnd(3, "0")), fraction: digits.padEnd(3, "0") };
}

/** "14:32:07" and "688" apart: rows mute the milliseconds. */
export function clock(ms: number, zone: string): { readonly hms: string; readonly ms: string } {
  const w = wallAt(ms, zone);
  return { hms: `${two(w.hour)}:${two(w.minute)}:${two(w.second)}`, ms: String(w.ms).padStart(3, "0") };
}

/** "2026-11-20" */
export function date(ms: number, zone: string): string {
  const w = wallAt(ms, zone);
  return `${w.year}-${two(w.month)}-${two(w.day)}`;
}

/** "2026-11-20 14:32:07.688214", with all digits that the event has. */
export function fullTime(time: EventTime, zone: string): string {
  return `${date(time.ms, zone)} ${clock(time.ms, zone).hms}.${time.fraction}`;
}

/** An instant as the API and links write it: RFC 3339 in UTC, with ms only where there are some. */
export function rfc3339(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}

/** An axis label for an instant, as coarse as the step between labels allows. */
export function tick(ms: number, step: number, zone: string): string {
  const w = wallAt(ms, zone);
  if (step >= 86_400_000 || (w.hour === 0 && w.minute === 0 && step >= 3_600_000)) return `${two(w.month)}-${two(w.day)}`;
  if (step >= 60_000) return `${two(w.hour)}:${two(w.minute)}`;
  if (step >= 1000) return `${two(w.hour)}:${two(w.minute)}:${two(w.second)}`;
  return `${two(w.second)}.${String(w.ms).padStart(3, "0")}`;
}

const steps = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 10e3, 15e3, 30e3, 60e3, 120e3, 300e3, 600e3, 900e3, 1_800e3, 3_600e3, 7_200e3, 10_800e3,
  21_600e3, 43_200e3, 86_400e3, 172_800e3, 604_800e3, 1_209_600e3, 2_592_000e3, 7_776_000e3, 31_536_000e3,
] as const;

/** At most `most` instants in [from, to] on round units of the zone's clock. */
export function ticks(from: number, to: number, most: number, zone: string): { readonly at: number[]; readonly step: number } {
  const step = steps.find((s) => (to - from) / s <= most) ?? steps[steps.length - 1] ?? 1;
  const at: number[] = [];
  const w = wallAt(from, zone);
  const midnight = instantOf({ year: w.year, month: w.month, day: step >= 86_400e3 ? 1 : w.day }, zone);
  for (let t = midnight + Math.ceil((from - midnight) / step) * step; t <= to && at.length <= most; t += step) {
    at.push(t);
  }
  return { at, step };
}

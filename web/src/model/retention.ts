/** How long a project is kept; 0 is no limit. */
export interface Keep {
  readonly days: number;
  readonly bytes: number;
}

/** What is kept of one UTC day of arrival, "2026-11-20". */
export interface KeptDay {
  readonly day: string;
  readonly events: number;
  readonly bytes: number;
}

export interface KeptProject {
  readonly name: string;
  /** null: as all others. */
  readonly own: Keep | null;
  /** The project was deleted, and its events are being removed. */
  readonly gone: boolean;
  readonly days: readonly KeptDay[];
}

/** GET /v1/retention, see docs/api.md. */
export interface Retention {
  readonly today: string;
  readonly others: Keep;
  readonly storeBytes: number;
  readonly keepFree: number;
  readonly keepFreeNow: number;
  readonly disk: { readonly size: number; readonly free: number; readonly floor: number } | null;
  readonly projects: readonly KeptProject[];
  readonly ran: string | null;
  readonly failed: string;
  readonly doubt: string;
  readonly lacking: number;
}

/** A change of limits: one project's, or the server's. */
export type Change =
  | { readonly project: string; readonly own: Keep }
  | { readonly project: string; readonly follow: true }
  | { readonly others: Keep; readonly storeBytes: number; readonly keepFree: number };

/** What a change removes. */
export interface Removal {
  readonly days: number;
  readonly events: number;
  readonly bytes: number;
  readonly removals: readonly { readonly project: string; readonly before: string; readonly reason: string; readonly events: number }[];
}

const dayMs = 86_400_000;

/** A day as a number of days since the epoch. */
export function dayNumber(day: string): number {
  return Math.floor(Date.parse(`${day}T00:00:00Z`) / dayMs);
}

export function dayText(n: number): string {
  return new Date(n * dayMs).toISOString().slice(0, 10);
}

/** "Nov 20", with the year where it is another one than today's. */
export function dayLabel(day: string, today: string, tag: string): string {
  const sameYear = day.slice(0, 4) === today.slice(0, 4);
  return new Date(`${day}T00:00:00Z`).toLocaleDateString(tag, { timeZone: "UTC", month: "short", day: "numeric", ...(sameYear ? {} : { year: "numeric" }) });
}

export function keepOf(r: Retention, project: KeptProject): Keep {
  return project.own ?? r.others;
}

export interface Total {
  readonly days: number;
  readonly events: number;
  readonly bytes: number;
  readonly oldest: string;
}

/** All days together; oldest is "" where there are none. */
export function totalOf(days: readonly KeptDay[]): Total {
  let [events, bytes, oldest] = [0, 0, ""];
  for (const d of days) {
    events += d.events;
    bytes += d.bytes;
    if (oldest === "" || d.day < oldest) oldest = d.day;
  }
  return { days: new Set(days.map((d) => d.day)).size, events, bytes, oldest };
}

/** How many whole days before today the rate is taken from. */
const rateDays = 7;

/** Bytes a day, from the last whole days; undefined where there is none yet. Days without events count. */
export function rateOf(days: readonly KeptDay[], today: string): number | undefined {
  const end = dayNumber(today);
  const { oldest } = totalOf(days);
  if (oldest === "" || oldest >= today) return undefined;
  const span = Math.min(rateDays, end - dayNumber(oldest));
  const bytes = days.filter((d) => d.day < today && dayNumber(d.day) >= end - span).reduce((sum, d) => sum + d.bytes, 0);
  return bytes / span;
}

export interface Forecast {
  /** Bytes a day; undefined while no whole day has passed. */
  readonly rate: number | undefined;
  /** Room that is left before the oldest day goes for want of it; undefined where nothing bounds it. */
  readonly room: number | undefined;
  /** How many days that lasts; undefined where it is not known or has no end. */
  readonly days: number | undefined;
  /** What the limits by age keep fits into the room: days go by their age, not for want of room. */
  readonly fits: boolean;
  /** What bounds the room first. */
  readonly bound: "store" | "disk" | "none";
}

/** What will be at the rate of the last days, if nothing changes. */
export function forecast(r: Retention): Forecast {
  const used = totalOf(r.projects.flatMap((p) => p.days)).bytes;
  const store = r.storeBytes > 0 ? r.storeBytes - used : undefined;
  const disk = r.disk === null ? undefined : r.disk.free - (r.keepFree || r.keepFreeNow);
  const bound = store !== undefined && (disk === undefined || store <= disk) ? "store" : disk !== undefined ? "disk" : "none";
  const room = bound === "none" ? undefined : Math.max(0, (bound === "store" ? store : disk) ?? 0);
  const rates = r.projects.map((p) => ({ keep: keepOf(r, p), used: totalOf(p.days).bytes, rate: rateOf(p.days, r.today) }));
  const known = rates.filter((p) => p.rate !== undefined);
  if (known.length === 0) return { rate: undefined, room, days: undefined, fits: false, bound };
  const rate = known.reduce((sum, p) => sum + (p.rate ?? 0), 0);
  // What all projects will take in the end, each bounded by its own limits.
  const end = rates.reduce((sum, p) => sum + Math.min(p.keep.bytes || Infinity, p.keep.days > 0 ? (p.rate ?? 0) * (p.keep.days + 1) : p.rate === 0 ? p.used : Infinity), 0);
  const fits = room === undefined ? Number.isFinite(end) : end <= used + room;
  return { rate, room, days: room === undefined || rate === 0 ? undefined : Math.floor(room / rate), fits, bound };
}

export interface NextRemoval {
  /** The oldest day, which goes. */
  readonly day: string;
  /** When, at the rate of the last days. */
  readonly on: string;
  readonly why: "age" | "bytes" | "room";
}

/** Which day of a project goes next, and when; undefined when nothing is known to remove one. */
export function nextRemoval(r: Retention, project: KeptProject): NextRemoval | undefined {
  const { oldest, bytes } = totalOf(project.days);
  if (oldest === "") return undefined;
  const keep = keepOf(r, project);
  const today = dayNumber(r.today);
  const rate = rateOf(project.days, r.today) ?? 0;
  const found: { on: number; why: NextRemoval["why"] }[] = [];
  if (keep.days > 0) found.push({ on: dayNumber(oldest) + keep.days + 1, why: "age" });
  if (keep.bytes > 0 && (rate > 0 || bytes > keep.bytes)) found.push({ on: today + (bytes > keep.bytes ? 0 : Math.ceil((keep.bytes - bytes) / rate)), why: "bytes" });
  const all = forecast(r);
  const first = r.projects.every((p) => p.days.every((d) => d.day >= oldest));
  if (first && all.days !== undefined && !all.fits) found.push({ on: today + all.days, why: "room" });
  const next = found.toSorted((a, b) => a.on - b.on)[0];
  if (next === undefined) return undefined;
  // Today's day is never removed: it must be over first.
  return { day: oldest, on: dayText(Math.max(next.on, today, dayNumber(oldest) + 1)), why: next.why };
}

export interface DayBar {
  /** Days that the bar stands for, both included. */
  readonly from: string;
  readonly to: string;
  readonly events: number;
  readonly bytes: number;
  /** The part of the project that is looked at. */
  readonly own: number;
  /** 0 to 1, of the highest bar. */
  readonly height: number;
}

/** One bar a day from the oldest to today, several days a bar where there are more than `most`. */
export function dayBars(r: Retention, selected: string, most: number): readonly DayBar[] {
  const days = r.projects.flatMap((p) => p.days.map((d) => ({ ...d, project: p.name })));
  const { oldest } = totalOf(days);
  if (oldest === "") return [];
  const today = Math.max(dayNumber(r.today), ...days.map((d) => dayNumber(d.day)));
  const step = Math.ceil((today - dayNumber(oldest) + 1) / most);
  const n = Math.ceil((today - dayNumber(oldest) + 1) / step);
  const begin = today + 1 - n * step;
  const bars = Array.from({ length: n }, () => ({ events: 0, bytes: 0, own: 0 }));
  for (const d of days) {
    const bar = bars[Math.floor((dayNumber(d.day) - begin) / step)];
    if (bar === undefined) continue;
    bar.events += d.events;
    bar.bytes += d.bytes;
    if (d.project === selected) bar.own += d.bytes;
  }
  const top = Math.max(1, ...bars.map((b) => b.bytes));
  return bars.map((b, i) => ({ ...b, from: dayText(begin + i * step), to: dayText(begin + (i + 1) * step - 1), height: b.bytes / top }));
}

/** What somebody typed as a limit: "" is none. undefined: it cannot be read. */
export function readDays(text: string): number | undefined {
  const s = text.trim();
  if (s === "") return 0;
  return /^\d{1,5}$/.test(s) && Number(s) >= 1 && Number(s) <= 36_500 ? Number(s) : undefined;
}

/** Gigabytes, such as "2.5"; "" is no limit. In bytes; undefined: it cannot be read, or is less than the server takes. */
export function readGigabytes(text: string): number | undefined {
  const s = text.trim().replace(",", ".");
  if (s === "") return 0;
  if (!/^\d{1,7}(\.\d{1,3})?$/.test(s)) return undefined;
  const n = Math.round(Number(s) * 1e9);
  return n >= 1e6 ? n : undefined;
}

export const daysText = (n: number): string => (n === 0 ? "" : String(n));
export const gigabytesText = (n: number): string => (n === 0 ? "" : String(Math.round(n / 1e6) / 1e3));

/** The fields by which a person is chosen, and "query". */
export const whoFields = ["account", "staff", "user", "device", "session", "number", "callId"] as const;
export type Who = (typeof whoFields)[number] | "query";

export type Choice = { readonly field: string; readonly value: string } | { readonly query: string };

export function choiceOf(who: Who, text: string): Choice {
  return who === "query" ? { query: text } : { field: who, value: text.trim() };
}

/** An order to erase, and later its receipt. */
export interface Erasure {
  readonly id: string;
  readonly project: string;
  readonly state: "ordered" | "erasing" | "done";
  readonly field: string;
  readonly short: string;
  readonly query?: string;
  readonly digest: string;
  readonly by: string;
  readonly ordered: string;
  readonly counted: number;
  readonly atLeast: boolean;
  readonly oldest: string | null;
  readonly newest: string | null;
  readonly apps: readonly string[];
  readonly files: number;
  readonly rewritten: number;
  readonly removed: number;
  readonly done: string | null;
}

export interface ErasurePreview {
  readonly query: string;
  readonly events: number;
  readonly atLeast: boolean;
  readonly oldest: string | null;
  readonly newest: string | null;
  readonly apps: readonly { readonly app: string; readonly events: number }[];
  readonly sample: readonly { readonly id: string; readonly time: string; readonly msg?: string; readonly app?: string }[];
  readonly confirm: string;
  readonly earlier: readonly Erasure[];
}

/** How much of the files is rewritten, 0 to 1; an order that the store has not taken is at 0. */
export function progressOf(e: Erasure): number {
  if (e.state === "done") return 1;
  return e.files === 0 ? 0 : e.rewritten / e.files;
}

import { endOfUnit, epoch, fixed, presets, type Range, resolveEnd, type Span, units } from "./timeRange";
import { instantOf, startOfDay, wallAt } from "./zone";

/** What one line of text means as a range, or where it stops making sense. */
export type Reading = { readonly range: Range } | { readonly problem: "empty" | "backwards" | "unknown"; readonly at?: string };

/** How exactly a moment was said. */
type Unit = "day" | "hour" | "minute" | "second";

interface Moment {
  readonly instant: number;
  readonly unit: Unit;
  /** The day was said, not taken from today. */
  readonly dated: boolean;
  /** How it stands in the address when it moves with the clock. */
  readonly token?: string;
}

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"] as const;

const unitWords: Readonly<Record<string, string>> = {
  s: "s", sec: "s", secs: "s", second: "s", seconds: "s", 秒: "s",
  m: "m", min: "m", mins: "m", minute: "m", minutes: "m", 分: "m", 分钟: "m",
  h: "h", hr: "h", hrs: "h", hour: "h", hours: "h", 时: "h", 小时: "h",
  d: "d", day: "d", days: "d", 天: "d", 日: "d",
  w: "w", week: "w", weeks: "w", 周: "w",
};

/** "90m", "30 s", "2 小时" */
function length(text: string): { readonly token: string; readonly ms: number } | undefined {
  const m = /^(\d{1,6})\s*([a-z]+|[\u4e00-\u9fff]+)$/.exec(text);
  const unit = unitWords[m?.[2] ?? ""];
  if (m === null || unit === undefined) return undefined;
  return { token: `${Number(m[1])}${unit}`, ms: Number(m[1]) * (units[unit] ?? 0) };
}

interface Clock {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly ms: number;
  readonly unit: Unit;
}

/** "14:32", "14:32:07.688", "9am", "12 pm", "9点", "9点30分" */
function clock(text: string): Clock | undefined {
  let m = /^(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(am|pm)?$/.exec(text);
  let hour: number;
  let unit: Unit;
  if (m !== null) {
    hour = Number(m[1]);
    unit = m[3] === undefined ? "minute" : "second";
  } else {
    m = /^(\d{1,2})()()()\s*(am|pm)$/.exec(text) ?? /^(\d{1,2})[点时](?:(\d{1,2})分?)?()()()$/.exec(text);
    if (m === null) return undefined;
    hour = Number(m[1]);
    unit = m[2] ? "minute" : "hour";
  }
  const half = m[5];
  if (half !== undefined && half !== "") {
    if (hour < 1 || hour > 12) return undefined;
    hour = (hour % 12) + (half === "pm" ? 12 : 0);
  }
  const minute = Number(m[2] || 0);
  const second = Number(m[3] || 0);
  // 24:00 is the end of the day.
  if (hour > 24 || minute > 59 || second > 59 || (hour === 24 && minute + second > 0)) return undefined;
  return { hour, minute, second, ms: Number((m[4] ?? "").slice(0, 3).padEnd(3, "0")), unit };
}

interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly token?: string;
}

function valid(year: number, month: number, day: number): boolean {
  const d = new Date(Date.UTC(year, month - 1, day));
  return d.getUTCMonth() === month - 1 && d.getUTCDate() === day;
}

/** "today", "昨天", "2026-11-19", "11-19", "nov 19", "19 nov 2026", "11月19日" */
function day(text: string, now: number, zone: string): Day | undefined {
  const today = wallAt(now, zone);
  const shift = ({ today: 0, 今天: 0, yesterday: -1, 昨天: -1, 前天: -2, tomorrow: 1, 明天: 1 } as Record<string, number>)[text];
  if (shift !== undefined) {
    const w = wallAt(startOfDay(now, zone, shift), zone);
    const token = shift === 0 ? "today" : shift === -1 ? "yesterday" : undefined;
    return { year: w.year, month: w.month, day: w.day, ...(token === undefined ? {} : { token }) };
  }
  const named = /^([a-z]{3,9})\.? (\d{1,2})(?:,? (\d{4}))?$/.exec(text) ?? /^()(\d{1,2})\.? ([a-z]{3,9})(?:,? (\d{4}))?$/.exec(text);
  const numeric = /^(?:(\d{4})[-/年])?(\d{1,2})[-/月](\d{1,2})日?$/.exec(text);
  let year: number | undefined;
  let month: number;
  let date: number;
  if (named !== null) {
    const word = named[1] === "" ? named[3] : named[1];
    const yearText = named[1] === "" ? named[4] : named[3];
    month = months.findIndex((name) => word?.startsWith(name)) + 1;
    date = Number(named[2]);
    if (yearText !== undefined) year = Number(yearText);
  } else if (numeric !== null) {
    month = Number(numeric[2]);
    date = Number(numeric[3]);
    if (numeric[1] !== undefined) year = Number(numeric[1]);
  } else return undefined;
  // Without a year the last such day is meant.
  if (year === undefined) {
    const later = month > today.month || (month === today.month && date > today.day);
    year = later ? today.year - 1 : today.year;
  }
  return valid(year, month, date) ? { year, month, day: date } : undefined;
}

function moment(text: string, now: number, zone: string, onDay: Day | undefined): Moment | undefined {
  if (text === "now" || text === "现在") return { instant: now, unit: "second", dated: true, token: "now" };
  const back = /^-\s*(.+)$/.exec(text) ?? /^(.+?)\s*(?:ago|前)$/.exec(text);
  const ago = back === null ? undefined : length(back[1] ?? "");
  if (ago !== undefined) return { instant: now - ago.ms, unit: "second", dated: true, token: `-${ago.token}` };
  const stamp = epoch(text);
  if (stamp !== undefined) return { instant: stamp, unit: "second", dated: true };
  if (/^\d{4}-\d\d-\d\dt\d\d:\d\d.*(z|[+-]\d\d:\d\d)$/.test(text)) {
    const instant = resolveEnd(text.toUpperCase(), now, zone);
    return instant === undefined ? undefined : { instant, unit: "second", dated: true };
  }
  const whole = day(text, now, zone);
  if (whole !== undefined) {
    return { instant: instantOf(whole, zone), unit: "day", dated: true, ...(whole.token === undefined ? {} : { token: whole.token }) };
  }
  const today = wallAt(now, zone);
  const bare = clock(text);
  if (bare !== undefined) {
    const on = onDay ?? { year: today.year, month: today.month, day: today.day };
    return { instant: instantOf({ year: on.year, month: on.month, day: on.day, hour: bare.hour, minute: bare.minute, second: bare.second, ms: bare.ms }, zone), unit: bare.unit, dated: false };
  }
  // A day and a clock: try each place at which they could be parted.
  for (const m of text.matchAll(/[ t]|(?<=[日天])/g)) {
    const left = day(text.slice(0, m.index).trim(), now, zone);
    const right = clock(text.slice(m.index + m[0].length).trim());
    if (left !== undefined && right !== undefined) {
      return { instant: instantOf({ year: left.year, month: left.month, day: left.day, hour: right.hour, minute: right.minute, second: right.second, ms: right.ms }, zone), unit: right.unit, dated: true };
    }
  }
  return undefined;
}

function around(span: Span): Reading {
  return { range: fixed(span) };
}

function single(m: Moment, zone: string): Reading {
  if (m.unit === "second") return around({ from: m.instant - 30_000, to: m.instant + 30_000 });
  const to = endOfUnit(m.instant, m.unit, zone);
  if (m.token === "today") return { range: { from: "today", to: "now" } };
  if (m.token === "yesterday") return { range: { from: "yesterday", to: "today" } };
  return around({ from: m.instant, to });
}

/**
 * Reads what a person typed as a range: "90m", "-2d to -1d", "14:32:07 ± 30s",
 * "today 14:00 to 15:00", "Nov 19 9am", "2026-11-19", an epoch, "今天 9点 到 11点".
 * What is relative stays so. A single moment means the day, hour or minute that
 * it names, and 30 s to both sides when it is exact to the second.
 */
export function readRange(input: string, now: number, zone: string): Reading {
  const text = input
    .normalize("NFKC")
    .trim()
    .toLowerCase()
    .replaceAll(/\s+/g, " ");
  if (text === "") return { problem: "empty" };

  const preset = presets.find(({ say }) => say === text);
  if (preset !== undefined) return { range: preset.range };
  const last = length(text.replace(/^(?:last|past|最近|过去) ?/, ""));
  if (last !== undefined) return { range: { from: `-${last.token}`, to: "now" } };

  const about = /^(.+?) ?(?:±|\+-|\+\/-) ?(.+)$/.exec(text);
  if (about !== null) {
    const middle = moment(about[1] ?? "", now, zone, undefined);
    const reach = length(about[2] ?? "");
    if (middle === undefined) return { problem: "unknown", at: about[1] ?? "" };
    if (reach === undefined || reach.ms === 0) return { problem: "unknown", at: about[2] ?? "" };
    return around({ from: middle.instant - reach.ms, to: middle.instant + reach.ms });
  }

  const ends = /^(.+?)(?: to | until | - | ?(?:\.\.|–|—|~|到|至) ?)(.+)$/.exec(text);
  if (ends !== null) return between(ends[1] ?? "", ends[2] ?? "", now, zone);

  const alone = moment(text, now, zone, undefined);
  if (alone === undefined) return { problem: "unknown", at: text };
  // "-2h" alone means "since then".
  if (alone.token?.startsWith("-") === true) return { range: { from: alone.token, to: "now" } };
  return single(alone, zone);
}

function between(left: string, right: string, now: number, zone: string): Reading {
  const first = moment(left, now, zone, undefined);
  if (first === undefined) return { problem: "unknown", at: left };
  const on = wallAt(first.instant, zone);
  const second = moment(right, now, zone, on);
  if (second === undefined) return { problem: "unknown", at: right };
  if (first.token !== undefined && second.token !== undefined && second.instant > first.instant) {
    return { range: { from: first.token, to: second.token } };
  }
  let to = second.unit === "day" ? endOfUnit(second.instant, "day", zone) : second.instant;
  // "23:00 to 1:00" ends on the next day.
  if (!second.dated && to <= first.instant) to = instantOf({ ...wallAt(to, zone), day: wallAt(to, zone).day + 1 }, zone);
  if (to <= first.instant) return { problem: "backwards" };
  const range = fixed({ from: first.instant, to });
  return { range: { from: first.token ?? range.from, to: second.token === "now" ? "now" : range.to } };
}

import type { Translate } from "../i18n";
import { clock, date } from "./format";
import { isRelative, type Range, resolve, type Span } from "./timeRange";
import { startOfDay, wallAt } from "./zone";

/** A clock as short as it can be said: "14:00", "14:00:07", "14:00:07.688". */
export function shortClock(ms: number, zone: string): string {
  const { hms, ms: fraction } = clock(ms, zone);
  if (fraction !== "000") return `${hms}.${fraction}`;
  return hms.endsWith(":00") ? hms.slice(0, 5) : hms;
}

/** "Today", "Yesterday" or "Nov 19"; with the year when it is not this one. */
export function dayLabel(ms: number, now: number, zone: string, t: Translate): string {
  const day = startOfDay(ms, zone);
  if (day === startOfDay(now, zone)) return t("time.today");
  if (day === startOfDay(now, zone, -1)) return t("time.yesterday");
  const sameYear = wallAt(ms, zone).year === wallAt(now, zone).year;
  return new Intl.DateTimeFormat(t.tag, { timeZone: zone, month: "short", day: "numeric", ...(sameYear ? {} : { year: "numeric" }) }).format(ms);
}

/** "Today 14:00 – 15:00", "Nov 19 23:00 – Nov 20 01:00", "Nov 19". */
export function spanLabel(span: Span, now: number, zone: string, t: Translate): string {
  const { from, to } = span;
  const first = dayLabel(from, now, zone, t);
  if (startOfDay(from, zone) === from && startOfDay(from, zone, 1) === to) return first;
  const last = dayLabel(to, now, zone, t);
  // An end at midnight belongs to the day before it.
  const oneDay = date(from, zone) === date(to - 1, zone);
  const end = oneDay && startOfDay(to, zone) === to ? "24:00" : shortClock(to, zone);
  return oneDay ? `${first} ${shortClock(from, zone)} – ${end}` : `${first} ${shortClock(from, zone)} – ${last} ${end}`;
}

/** The range as the button says it; relative ones in words. */
export function rangeLabel(range: Range, now: number, zone: string, t: Translate): string {
  if (range.to === "now") {
    const back = /^-(\d+)([smhdw])$/.exec(range.from);
    if (back !== null) {
      const n = Number(back[1]);
      const unit = back[2] as "s" | "m" | "h" | "d" | "w";
      return t(`time.last.${unit}`, { n });
    }
    if (range.from === "today") return t("time.today");
    if (range.from === "week") return t("time.week");
  }
  if (range.from === "yesterday" && range.to === "today") return t("time.yesterday");
  if (isRelative(range) && !/^\d/.test(range.from)) return `${range.from} – ${range.to}`;
  const span = resolve(range, now, zone);
  return span === undefined ? `${range.from} – ${range.to}` : spanLabel(span, now, zone, t);
}

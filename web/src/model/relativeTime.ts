const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const formats = new Map<string, Intl.RelativeTimeFormat>();

/** How long before `now` (or after it) a moment lies, in words of the language: "3 min. ago", "3分钟前". Both in ms. */
export function relativeTime(at: number, now: number, tag: string): string {
  let format = formats.get(tag);
  if (format === undefined) {
    format = new Intl.RelativeTimeFormat(tag, { style: "short", numeric: "always" });
    formats.set(tag, format);
  }
  const by = at - now;
  const size = Math.abs(by);
  if (size < minute) return format.format(Math.trunc(by / 1000) || -0, "second");
  if (size < hour) return format.format(Math.trunc(by / minute), "minute");
  if (size < day) return format.format(Math.trunc(by / hour), "hour");
  if (size < 400 * day) return format.format(Math.trunc(by / day), "day");
  return format.format(Math.trunc(by / (365.25 * day)), "year");
}

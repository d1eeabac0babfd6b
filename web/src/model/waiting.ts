/** A moment as HH:MM:SS in the browser's zone. */
export function clockTime(moment: number | string): string {
  return new Date(moment).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

/** How long something has lasted, in whole seconds: "48 s", "3 m 21 s", "2 h 12 m". */
export function waitedFor(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} m`;
}

/** A moment as people say it: "38 seconds ago" within a day, the day beyond. */
export function agoOrDate(moment: string, now: Date, tag: string): string {
  const then = new Date(moment);
  const seconds = Math.round((now.getTime() - then.getTime()) / 1000);
  if (seconds >= 86_400 || seconds < -60) {
    const day: Intl.DateTimeFormatOptions = then.getFullYear() === now.getFullYear() ? { month: "short", day: "numeric" } : { year: "numeric", month: "short", day: "numeric" };
    return then.toLocaleDateString(tag, day);
  }
  const ago = new Intl.RelativeTimeFormat(tag, { numeric: "auto" });
  const past = Math.max(0, seconds);
  if (past < 60) return ago.format(-past, "second");
  return past < 3600 ? ago.format(-Math.floor(past / 60), "minute") : ago.format(-Math.floor(past / 3600), "hour");
}

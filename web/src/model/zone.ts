/** Time zones by the browser's own table. All instants are ms since the epoch. */

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string): Intl.DateTimeFormat {
  let found = formats.get(zone);
  if (found === undefined) {
    found = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formats.set(zone, found);
  }
  return found;
}

export function browserZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

/** Whether the browser knows a zone by this name. */
export function isZone(name: string): boolean {
  try {
    format(name);
    return name !== "";
  } catch {
    return false;
  }
}

/** All zones that the browser names. */
export function allZones(): readonly string[] {
  return typeof Intl.supportedValuesOf === "function" ? Intl.supportedValuesOf("timeZone") : [];
}

/** The zones whose name holds a text (lower case, "_" for spaces); a name that the browser knows but does not list counts too. */
export function zoneNames(part: string): readonly string[] {
  const found = allZones().filter((zone) => zone.toLowerCase().includes(part));
  if (found.length > 0 || !isZone(part)) return found;
  return [new Intl.DateTimeFormat("en-US", { timeZone: part }).resolvedOptions().timeZone];
}

const quarter = 15 * 60_000;
const offsets = new Map<string, number>();

/** What is added to UTC at that instant, in ms. Offsets change on quarters of an hour at the finest. */
export function offsetAt(instant: number, zone: string): number {
  if (zone === "UTC") return 0;
  const slot = Math.floor(instant / quarter);
  const key = `${zone} ${slot}`;
  let offset = offsets.get(key);
  if (offset === undefined) {
    const at = slot * quarter;
    const parts: Record<string, number> = {};
    for (const { type, value } of format(zone).formatToParts(at)) parts[type] = Number(value);
    const wall = Date.UTC(parts["year"] ?? 0, (parts["month"] ?? 1) - 1, parts["day"] ?? 1, parts["hour"] ?? 0, parts["minute"] ?? 0, parts["second"] ?? 0);
    offset = wall - at;
    if (offsets.size > 20_000) offsets.clear();
    offsets.set(key, offset);
  }
  return offset;
}

/** The clock on the wall. Month and day count from 1. */
export interface Wall {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly ms: number;
}

export function wallAt(instant: number, zone: string): Wall {
  const d = new Date(instant + offsetAt(instant, zone));
  return {
    year: d.getUTCFullYear(),
    month: d.getUTCMonth() + 1,
    day: d.getUTCDate(),
    hour: d.getUTCHours(),
    minute: d.getUTCMinutes(),
    second: d.getUTCSeconds(),
    ms: d.getUTCMilliseconds(),
  };
}

/**
 * The instant at which a wall clock shows this. Days and hours may run over
 * (day 32, hour 24). Of a time that comes twice the first is meant; one that
 * is skipped is as long after the gap's begin as it says.
 */
export function instantOf(wall: Partial<Wall> & { readonly year: number }, zone: string): number {
  const utc = Date.UTC(wall.year, (wall.month ?? 1) - 1, wall.day ?? 1, wall.hour ?? 0, wall.minute ?? 0, wall.second ?? 0, wall.ms ?? 0);
  const before = utc - offsetAt(utc - 86_400_000, zone);
  const after = utc - offsetAt(utc + 86_400_000, zone);
  // The offset a day earlier is right up to and including a change: it gives
  // the first of two equal clocks, and carries a skipped one over the gap.
  if (before + offsetAt(before, zone) === utc) return before;
  if (after + offsetAt(after, zone) === utc) return after;
  return before;
}

export function startOfDay(instant: number, zone: string, plusDays = 0): number {
  const { year, month, day } = wallAt(instant, zone);
  return instantOf({ year, month, day: day + plusDays }, zone);
}

/** "UTC", "UTC+8", "UTC-3:30". */
export function offsetName(instant: number, zone: string): string {
  const minutes = Math.round(offsetAt(instant, zone) / 60_000);
  if (minutes === 0) return "UTC";
  const rest = Math.abs(minutes) % 60;
  return `UTC${minutes < 0 ? "-" : "+"}${Math.floor(Math.abs(minutes) / 60)}${rest === 0 ? "" : `:${String(rest).padStart(2, "0")}`}`;
}

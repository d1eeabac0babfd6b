/** What a key may do: browser and server keys write, read keys read. */
export type KeyType = "browser" | "server" | "read";

/** A key as GET /v1/keys lists it; its secret was shown once and is not kept. */
export interface KeyRecord {
  readonly id: string;
  readonly type: KeyType;
  readonly name: string;
  readonly project: string;
  /** The first signs of the secret, enough to recognise it. */
  readonly prefix: string;
  /** Browser keys: the pages that may use it. */
  readonly origins?: readonly string[] | null;
  readonly created: string;
  readonly lastUsed?: string | null;
  readonly revoked?: string | boolean | null;
  /** When it stops working by itself. */
  readonly ends?: string | null;
  /** The id of the key that this one is the successor of. */
  readonly replaces?: string;
  /** 0 is no quota. */
  readonly eventsPerSecond?: number;
  readonly bytesPerDay?: number;
  readonly use?: KeyUseRecord;
  /** Read keys: 0 is the server's own bound. */
  readonly querySecondsPerMinute?: number;
  readonly queryRowsPerMinute?: number;
  readonly queriesAtOnce?: number;
  readonly reading?: KeyReadingRecord;
}

/** How a read key stands: the bounds that hold, and what it took since the server started. */
export interface KeyReadingRecord {
  readonly secondsPerMinute: number;
  readonly atOnce: number;
  readonly secondsLeft: number;
  readonly running: number;
  readonly seconds: number;
  readonly rowsPerMinute: number;
  readonly rowsLeft: number;
  readonly rows: number;
  readonly refused: number;
}

/** How a key was used since the server started; counts are of the last 24 hours. */
export interface KeyUseRecord {
  readonly lastAt?: string;
  readonly requests: number;
  readonly clients: number;
  readonly moreClients?: boolean;
  readonly bytesToday: number;
  readonly refused: number;
  readonly refusedOrigin?: string;
  readonly refusedOrigins?: number;
}

/** Whether a key is neither revoked nor at its end. */
export function isWorking(key: KeyRecord, now: Date): boolean {
  return !isRevoked(key) && (!key.ends || Date.parse(key.ends) > now.getTime());
}

/** The UTC day on which a key ends, as a date field takes it; "" for never. */
export function dayOf(ends: string | null | undefined): string {
  return ends ? new Date(Date.parse(ends) - 1).toISOString().slice(0, 10) : "";
}

/** The end of that UTC day; "" for never. */
export function endOfDay(date: string): string {
  return date === "" ? "" : new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString();
}

/** A key that was just made: the only moment its secret is known. */
export interface FreshKey {
  readonly id: string;
  readonly key: string;
}

export const keyTypes: readonly KeyType[] = ["browser", "server", "read"];

export function isRevoked(key: KeyRecord): boolean {
  return key.revoked !== undefined && key.revoked !== null && key.revoked !== false && key.revoked !== "";
}

/** The order of the list: working keys first, then by type, then the newest first. */
export function sortKeys(keys: readonly KeyRecord[]): KeyRecord[] {
  return keys.toSorted(
    (a, b) =>
      Number(isRevoked(a)) - Number(isRevoked(b)) ||
      keyTypes.indexOf(a.type) - keyTypes.indexOf(b.type) ||
      b.created.localeCompare(a.created) ||
      a.id.localeCompare(b.id),
  );
}

/** What the sentence above the list says. */
export interface KeySummary {
  readonly write: number;
  readonly read: number;
  readonly revoked: number;
  /** Working keys that were never used, though they are older than a day. */
  readonly unused: number;
  /** Working browser keys that no page may use. */
  readonly closed: number;
}

export function summarise(keys: readonly KeyRecord[], now: Date): KeySummary {
  const working = keys.filter((key) => !isRevoked(key));
  return {
    write: working.filter((key) => key.type !== "read").length,
    read: working.filter((key) => key.type === "read").length,
    revoked: keys.length - working.length,
    unused: working.filter((key) => stateOf(key, now).state === "never-used").length,
    closed: working.filter((key) => stateOf(key, now).state === "no-origin").length,
  };
}

const dayMs = 86_400_000;

/** The state of a key, in one word for the table and, where it counts, a number of days. */
export type KeyState =
  | { readonly state: "fine" | "new" | "revoked" | "no-origin" | "never-used" }
  | { readonly state: "long-unused"; readonly days: number };

/** stateOf says what somebody should know of a key before they trust or revoke it. */
export function stateOf(key: KeyRecord, now: Date): KeyState {
  if (isRevoked(key)) return { state: "revoked" };
  if (key.type === "browser" && (key.origins?.length ?? 0) === 0) return { state: "no-origin" };
  if (!key.lastUsed) return { state: now.getTime() - Date.parse(key.created) > dayMs ? "never-used" : "new" };
  const days = Math.floor((now.getTime() - Date.parse(key.lastUsed)) / dayMs);
  return days >= 30 ? { state: "long-unused", days } : { state: "fine" };
}

/** What stops when a key is revoked, as the reader should hear it before the button. */
export type Consequence = "nothing" | "pages-keep" | "servers-refused" | "readers-refused";

/** consequenceOf tells what breaks: what is in use now is said more gravely than what nobody uses. */
export function consequenceOf(key: KeyRecord): Consequence {
  if (!key.lastUsed) return "nothing";
  return key.type === "browser" ? "pages-keep" : key.type === "server" ? "servers-refused" : "readers-refused";
}

import type { Client, ClientsChange, Pull, PullState } from "../api/clients";

/** The parts of the page. */
export const clientTabs = ["live", "pulls"] as const;
export type ClientTab = (typeof clientTabs)[number];

/** Ready-made filters. */
export const chips = ["reconnecting", "errors", "lag", "old"] as const;
export type Chip = (typeof chips)[number];

/** What the list can be sorted by; "" leaves every page at its place. */
export const clientSorts = ["", "staff", "online", "lag", "error"] as const;
export type ClientSort = (typeof clientSorts)[number];

/** The whole state of the page; the address holds all of it. */
export interface ClientsState {
  readonly project: string;
  readonly view: ClientTab;
  readonly q: string;
  readonly chip: Chip | "";
  readonly sort: ClientSort;
  /** The page whose panel is open; "" when none is. */
  readonly sel: string;
}

const among = <T extends string>(list: readonly T[], text: string | null): T | undefined => list.find((one) => one === text);

/** Reads the state from the address. What cannot be understood is as if it were not there. */
export function parseClients(params: URLSearchParams): ClientsState {
  return {
    project: params.get("project") ?? "",
    view: among(clientTabs, params.get("view")) ?? "live",
    q: params.get("q") ?? "",
    chip: among(chips, params.get("chip")) ?? "",
    sort: among(clientSorts, params.get("sort")) ?? "",
    sel: params.get("sel") ?? "",
  };
}

/** Writes the state as an address; the inverse of parseClients. */
export function formatClients(state: ClientsState): URLSearchParams {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(state)) if (value !== "" && !(name === "view" && value === "live")) params.set(name, value);
  return params;
}

/** How a page stands, worst first. */
export type Standing = "bad" | "errors" | "fine" | "hidden" | "gone";

/** An error is of interest for so long, in ms. */
export const errorSpan = 5 * 60_000;
/** An upload that has not moved for so long lags, in ms. */
export const lagLimit = 10_000;

const down = /clos|reconnect|error|fail|lost/i;

export function standing(client: Client, now: number): Standing {
  if (!client.online) return "gone";
  if (down.test(client.socket) || client.failures > 2) return "bad";
  if (recentError(client, now) !== null || client.lagMs > lagLimit) return "errors";
  return client.hidden ? "hidden" : "fine";
}

/** The last error, if it is recent by the server's time. */
export function recentError(client: Client, now: number): Client["lastError"] {
  const error = client.lastError;
  return error !== null && now - error.time < errorSpan ? error : null;
}

/** The name of a page for people: who uses it, else which device it is. */
export function nameOf(client: Client): string {
  return client.staff || client.account || client.device;
}

/** "clewline-js/1.4.0" -> "1.4.0" */
export function sdkOf(client: Client): string {
  return client.sdk.replace(/^clewline-js\//, "");
}

/** The version that most pages have, by a function that gives it; what is lower is old. */
export function newest(clients: readonly Client[], of: (client: Client) => string): string {
  return clients.reduce((best, client) => (compareVersions(of(client), best) > 0 ? of(client) : best), "");
}

/** Compares dotted numbers; what is no number counts by its letters. */
export function compareVersions(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

// Browsers name others that they are like; the most particular name counts.
const browsers = [["Edg", "Edge"], ["OPR", "Opera"], ["SamsungBrowser", "Samsung"], ["Firefox", "Firefox"], ["Chrome", "Chrome"], ["Version", "Safari"]] as const;

/** Browser and system in a few words. */
export function agentOf(ua: string): string {
  const browser = browsers.flatMap(([sign, name]) => {
    const version = new RegExp(`${sign}/(\\d+)`).exec(ua)?.[1];
    return version === undefined ? [] : [`${name} ${version}`];
  })[0];
  const system = /Windows|Android|iPhone|iPad|Mac OS X|CrOS|Linux/.exec(ua)?.[0].replace("Mac OS X", "macOS").replace("CrOS", "ChromeOS");
  return [browser, system].filter(Boolean).join(", ") || ua.slice(0, 60);
}

/** The list after a change: pages keep their places, new ones come last. */
export function changed(list: readonly Client[], change: ClientsChange, whole: boolean): readonly Client[] {
  const fresh = new Map(change.clients.map((client) => [client.tab, client]));
  const gone = new Set(change.gone);
  const kept = list.flatMap((client) => {
    const now = fresh.get(client.tab);
    fresh.delete(client.tab);
    if (now !== undefined) return [now];
    return gone.has(client.tab) || whole ? [] : [client];
  });
  return [...kept, ...fresh.values()];
}

const fields: Readonly<Record<string, (client: Client) => string>> = {
  staff: (c) => c.staff, account: (c) => c.account, device: (c) => c.device, tab: (c) => c.tab, app: (c) => c.app, page: (c) => c.page,
  call: (c) => c.call, callstate: (c) => c.call, callid: (c) => c.callId, number: (c) => c.number, session: (c) => c.session,
  ws: (c) => c.socket, socket: (c) => c.socket, websocket: (c) => c.socket, rtc: (c) => c.rtc, webrtc: (c) => c.rtc,
  release: (c) => c.release, version: (c) => `${c.release} ${sdkOf(c)}`, sdk: sdkOf, mode: (c) => c.mode, ua: (c) => c.ua,
  error: (c) => (c.lastError === null ? "" : `${c.lastError.code} ${c.lastError.text}`),
  online: (c) => String(c.online), hidden: (c) => String(c.hidden),
};

/** A test for what was typed: words anywhere, field:value, lag>10 (seconds). All must hold. */
export function filterOf(q: string): (client: Client) => boolean {
  const tests = (q.match(/\w+:"[^"]*"|"[^"]*"|\S+/g) ?? []).map((part) => {
    const lag = /^lag\s*([<>])=?(\d+(?:\.\d+)?)s?$/i.exec(part);
    if (lag !== null) return (client: Client) => (lag[1] === ">" ? client.lagMs > Number(lag[2]) * 1000 : client.lagMs < Number(lag[2]) * 1000);
    const colon = part.indexOf(":");
    const field = colon > 0 ? fields[part.slice(0, colon).toLowerCase()] : undefined;
    const word = (field === undefined ? part : part.slice(colon + 1)).replaceAll('"', "").toLowerCase();
    const has = (text: string) => text.toLowerCase().includes(word);
    if (field !== undefined) return (client: Client) => has(field(client));
    return (client: Client) => [client.staff, client.account, client.device, client.app, client.page, client.callId, client.number, client.release, client.sdk, client.call, client.socket, client.rtc, client.lastError?.code ?? ""].some(has);
  });
  return (client) => tests.every((test) => test(client));
}

/** A test for a ready-made filter. */
export function chipOf(chip: Chip, newestSdk: string, now: number): (client: Client) => boolean {
  const tests: Readonly<Record<Chip, (client: Client) => boolean>> = {
    reconnecting: (c) => c.online && standing(c, now) === "bad",
    errors: (c) => c.online && recentError(c, now) !== null,
    lag: (c) => c.online && c.lagMs > lagLimit,
    old: (c) => c.online && c.sdk !== "" && compareVersions(sdkOf(c), newestSdk) < 0,
  };
  return tests[chip];
}

/** Sorted on demand; ties, and all where nothing was asked, stay in place. */
export function sortedClients(list: readonly Client[], sort: ClientSort, now: number): readonly Client[] {
  const by: Readonly<Record<Exclude<ClientSort, "">, (a: Client, b: Client) => number>> = {
    staff: (a, b) => nameOf(a).localeCompare(nameOf(b), "en", { numeric: true }),
    online: (a, b) => Date.parse(a.since) - Date.parse(b.since),
    lag: (a, b) => b.lagMs - a.lagMs,
    error: (a, b) => (recentError(b, now)?.time ?? 0) - (recentError(a, now)?.time ?? 0),
  };
  return sort === "" ? list : list.toSorted(by[sort]);
}

const openStates: readonly PullState[] = ["asked", "delivered", "running"];

/** Whether something may still become of a pull. */
export function isOpen(pull: Pull): boolean {
  return openStates.includes(pull.state);
}

/** How far a pull is, for its steps: 0 asked, 1 handed over, 2 sending, 3 there. */
export function pullStep(state: PullState): number {
  return { asked: 0, delivered: 1, running: 2, done: 3, refused: 1, failed: 2, cancelled: 0, expired: 0 }[state];
}

/** A value as the query language takes it whole. */
export function quoted(value: string): string {
  return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/** The search that shows what a pull has brought. */
export function pulledSearch(project: string, { device, from, to }: Pick<Pull, "device" | "from" | "to">): Record<string, string> {
  return { ...(project === "" ? {} : { project }), q: `device:${quoted(device)}`, from, to };
}

/** The story of the design's mocks as the API would tell it: staff-1042 keeps dropping because a ticket is never refreshed. */

export interface StoryEvent {
  readonly id: string;
  readonly time: string;
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

const trace = "8f43c1d09b7e4a52";
const who = { account: "acct-7731", staff: "staff-1042", callId: "call-9f3c27", session: "sess-4b81", number: "+86 138-0000-0000" };

type Line = readonly [clock: string, level: string, app: string, msg: string, cost?: number | undefined, more?: Readonly<Record<string, unknown>>];

const expired = { errorCode: "TICKET_EXPIRED" };
const told: readonly Line[] = [
  ["14:33:02.118", "error", "web-phone", "POST /call/hold → 401 TICKET_EXPIRED callId=call-9f3c27", 46, expired],
  ["14:33:02.109", "warn", "call-api", "check ticket: TICKET_EXPIRED age=41m02s ttl=30m", 11, expired],
  ["14:33:00.871", "info", "web-phone", "call state held → dropped reason=hold_rejected"],
  ["14:32:58.404", "info", "web-phone", "click button#hold"],
  ["14:32:41.020", "info", "web-phone", "ws ping 38 ms frames=1,204"],
  ["14:32:07.699", "error", "web-phone", "POST /call/hold → 401 TICKET_EXPIRED callId=call-9f3c27", 287, { ...expired, traceId: trace }],
  ["14:32:07.694", "error", "call-api", "POST /call/hold → 401 TICKET_EXPIRED invoker=uid:staff-1042 source=node-sdk path=/call/hold", 279, { ...expired, traceId: trace }],
  ["14:32:07.688214", "warn", "checkTicket", "ticket tk-55e1 is 40m07s old, limit 30m", undefined, {
    ...expired, traceId: trace, spanId: "c21b90e4", childOf: "7d03af18", kind: "call", app: "phone-api", service: "function", event: "callFunction", function: "checkTicket",
    invoker: "uid:staff-1042", source: "node-sdk", release: "4.18.2", data: { ticket: "tk-55e1", ageMs: 2407118, ttlMs: 1800000, seat: { state: "in_call", queue: 12345678901234567890n } },
  }],
  ["14:32:07.641", "info", "tickets-db", "get tickets where staff=staff-1042 → 1 row", 174, { traceId: trace }],
  ["14:32:07.530", "info", "audio-svc", "jitter buffer 62 ms, no loss"],
  ["14:32:07.462", "info", "checkTicket", "callFunction checkTicket source=node-sdk", 226, { traceId: trace }],
  ["14:32:07.415", "info", "call-api", "route /call/hold, seat staff-1042", undefined, { traceId: trace }],
  ["14:32:07.412", "info", "web-phone", "click button#hold page=/desk/call", undefined, { traceId: trace }],
  ["14:32:01.337", "debug", "web-phone", "getStats rtt=41 ms jitter=6 ms lost=0"],
  ["14:31:41.019", "info", "web-phone", "ws ping 36 ms frames=1,187"],
  ["14:31:30.240", "notice", "call-api", "seat staff-1042 state in_call", 4],
  ["14:31:22.918", "error", "web-phone", "POST /call/mute → 401 TICKET_EXPIRED callId=call-9f3c27", 52, expired],
  ["14:31:22.911", "warn", "call-api", "check ticket: TICKET_EXPIRED age=39m23s ttl=30m", 12, expired],
  ["14:31:01.335", "debug", "web-phone", "getStats rtt=39 ms jitter=5 ms lost=0"],
  ["14:30:41.016", "info", "web-phone", "ws ping 37 ms frames=1,166"],
  ["14:30:18.552", "error", "web-phone", "PUT /seat/state → 401 TICKET_EXPIRED", 44, expired],
  ["14:29:40.090", "notice", "push-svc", "incoming call from +86 138-0000-0000"],
  ["14:29:40.064", "info", "web-phone", "push call.incoming callId=call-9f3c27"],
  ["14:29:39.871", "info", "call-api", "POST /call/dispatch → 200", 31],
  ["14:29:01.331", "fatal", "web-phone", "page crashed: \u001B[31mout of memory\u001B[0m at \u202Egnp.exe <img src=x onerror=alert(1)>"],
  ["14:28:07.220", "warn", "call-api", "quota 92 % of 10,000 calls/h QUOTA_NEAR", 3, { errorCode: "QUOTA_NEAR" }],
  ["14:27:40.000", "info", "call-api", "坐席 staff-1042 票据检查：剩余 0 分钟", 2],
];

export const day = "2026-11-20";
export const now = "2026-11-20T06:36:00.000Z";

function instant(clock: string): string {
  const [hms = "", fraction = "000"] = clock.split(".");
  return `${new Date(`${day}T${hms}+08:00`).toISOString().slice(0, 19)}.${fraction}Z`;
}

/** The story's events, then as many quiet ones as are asked for. */
export function events(most = 400): StoryEvent[] {
  const out: StoryEvent[] = told.map(([clock, level, app, msg, timeCost, more], i) => ({
    id: `01JD4K7Q2M.${118 + i}`,
    time: instant(clock),
    level,
    msg,
    kind: "track",
    app,
    ...who,
    received: instant("14:32:07.731"),
    ...(timeCost === undefined ? {} : { timeCost }),
    ...more,
  }));
  let at = Date.parse(instant("14:27:30.000"));
  for (let i = 0; out.length < most; i++) {
    at -= 3_700 + ((i * 7919) % 5000);
    out.push({ id: `01JD4K7Q2M.${1000 + i}`, time: new Date(at).toISOString(), level: i % 9 === 0 ? "debug" : "info", msg: `ws ping ${30 + (i % 14)} ms frames=${(1165 - i * 3).toLocaleString("en-US")}`, kind: "track", app: "web-phone", ...who });
  }
  return out;
}

export function wire(event: StoryEvent): string {
  // A number that JSON.parse would round, to see that the page does not.
  return JSON.stringify(event, (_key, value: unknown) => (typeof value === "bigint" ? `@@${value}@@` : value)).replaceAll(/"@@(\d+)@@"/g, "$1");
}

export const scanned = { segments: 2, segmentsTotal: 412, rows: 81234 };

export function histogram(from: string, to: string, most: number) {
  const steps = [60_000, 300_000, 3_600_000, 21_600_000, 86_400_000];
  const start = Date.parse(from);
  const end = Date.parse(to);
  const stepMs = most <= 1 ? end - start : (steps.find((s) => (end - start) / s <= Math.max(1, most)) ?? Math.ceil((end - start) / most / 86_400_000) * 86_400_000);
  const first = most <= 1 ? start : Math.floor(start / stepMs) * stepMs;
  const buckets: { time: string; counts: Record<string, number> }[] = [];
  const levels = { error: 214, warn: 163, notice: 41, info: 742, debug: 124 };
  for (let at = first, i = 0; at < end; at += stepMs, i++) {
    const bad = Math.max(0, 1 - Math.abs(i - 34) / 8);
    buckets.push({
      time: new Date(at).toISOString(),
      counts: at > Date.parse(now) ? {} : { error: Math.round((i % 3) + bad * 16), warn: Math.round(2 + bad * 8), notice: i % 2, info: 18 + ((i * 13) % 11) + Math.round(bad * 14), debug: 2 + (i % 3) },
    });
  }
  return { from, to, stepMs, buckets, total: 1284, levels, partial: false, scanned, ms: 12 };
}

const valueLists: Readonly<Record<string, readonly (readonly [string, number])[]>> = {
  level: [["info", 742], ["error", 214], ["warn", 163], ["debug", 124], ["notice", 41]],
  category: [["call", 412], ["request", 318], ["websocket", 221], ["page", 97], ["webrtc", 88], ["push", 31]],
  service: [["web-phone", 703], ["call-api", 388], ["checkTicket", 102], ["push-svc", 61]],
  errorCode: [["TICKET_EXPIRED", 361], ["NETWORK_ERROR", 9], ["QUOTA_NEAR", 6]],
  staff: [["staff-1042", 1107], ["staff-1043", 121]],
  app: [["web-phone", 812], ["phone-api", 472]],
  release: [["4.18.2", 900], ["4.18.1", 384]],
  httpPath: [["/call/hold", 40], ["/call/mute", 12]],
};

export function values(fields: readonly string[]) {
  return {
    fields: fields.flatMap((name) => {
      const list = valueLists[name];
      if (list === undefined) return [{ name, present: 0, distinct: 0, values: [] }];
      return [{ name, present: list.reduce((sum, [, n]) => sum + n, 0), distinct: name === "service" ? 9 : list.length, values: list.map(([value, count]) => ({ value, count })) }];
    }),
    partial: false,
    scanned,
    ms: 9,
  };
}

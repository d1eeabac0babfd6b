import { assert, constantFrom, property, record, string } from "fast-check";
import { expect, test } from "vitest";
import type { Client } from "../api/clients";
import { agentOf, changed, chipOf, chips, clientSorts, clientTabs, compareVersions, filterOf, formatClients, newest, parseClients, pulledSearch, sdkOf, sortedClients, standing } from "./clients";

const now = Date.parse("2026-11-20T14:00:00Z");
const client = (tab: string, more: Partial<Client> = {}): Client => ({
  tab, device: `device-${tab}`, app: "phone", sdk: "clewline-js/1.4.0", release: "4.18.2", ua: "", page: "/desk", account: "", staff: "", callId: "", number: "", session: "", socket: "open", call: "", rtc: "", hidden: false,
  stream: "", logged: 0, mode: "live", buffered: 0, lagMs: 0, failures: 0, keeps: "indexeddb", lastError: null, left: false, since: "2026-11-20T13:00:00Z", seen: "2026-11-20T14:00:00Z", online: true, channel: true, ...more,
});
const tabs = (list: readonly Client[]) => list.map(({ tab }) => tab).join("");

test("the address and the state are inverses", () => {
  const word = string({ maxLength: 8 });
  assert(
    property(record({ project: word, view: constantFrom(...clientTabs), q: word, chip: constantFrom("" as const, ...chips), sort: constantFrom(...clientSorts), sel: word }), (state) => {
      expect(parseClients(new URLSearchParams(formatClients(state).toString()))).toEqual(state);
    }),
  );
  expect(parseClients(new URLSearchParams("view=nonsense&chip=x&sort=y"))).toEqual({ project: "", view: "live", q: "", chip: "", sort: "", sel: "" });
});

test("pages keep their places when others change, come and go", () => {
  const list = [client("a"), client("b"), client("c")];
  const after = changed(list, { clients: [client("d"), client("b", { call: "ringing" })], gone: ["a"], online: 3, seen: 3 }, false);
  expect([tabs(after), after[0]?.call]).toEqual(["bcd", "ringing"]);
  expect(tabs(changed(after, { clients: [client("x"), client("d")], gone: [], online: 2, seen: 2 }, true))).toBe("dx");
});

test.each([
  [{}, "fine"],
  [{ hidden: true }, "hidden"],
  [{ socket: "closed code=1006" }, "bad"],
  [{ socket: "reconnecting, 4th try" }, "bad"],
  [{ failures: 3 }, "bad"],
  [{ lagMs: 10_001 }, "errors"],
  [{ lastError: { time: now - 60_000, code: "TICKET_EXPIRED", text: "" } }, "errors"],
  [{ lastError: { time: now - 300_000, code: "TICKET_EXPIRED", text: "" } }, "fine"],
  [{ online: false, socket: "closed" }, "gone"],
] as const)("a page of %j is %s", (more, want) => {
  expect(standing(client("a", more), now)).toBe(want);
});

test.each([
  ["", "abc"], ["staff-1042", "a"], ["STAFF", "a"], ["staff:1042", "a"], ["callState:ringing", "b"], ["ws:closed", "b"], ["lag>10", "c"], ["lag<10", "ab"], ["lag>10 ringing", ""],
  ["version:1.3", "c"], ["error:expired", "c"], ["page:/desk/call", "b"], ["nosuch:field", ""], ['staff:"staff-1042"', "a"], ["(", ""],
])("%s finds %s", (q, want) => {
  const all = [
    client("a", { staff: "staff-1042" }),
    client("b", { call: "ringing", socket: "closed", page: "/desk/call" }),
    client("c", { lagMs: 12_000, sdk: "clewline-js/1.3.2", lastError: { time: now, code: "E", text: "the ticket has Expired" } }),
  ];
  expect(tabs(all.filter(filterOf(q)))).toBe(want);
});

test("ready-made filters count what is online", () => {
  const all = [client("a", { socket: "closed" }), client("b", { sdk: "clewline-js/1.3.2" }), client("c", { lagMs: 20_000 }), client("d", { online: false, lagMs: 99_999, socket: "closed" }), client("e", { lastError: { time: now, code: "E", text: "" } })];
  expect(chips.map((chip) => tabs(all.filter(chipOf(chip, newest(all, sdkOf), now))))).toEqual(["a", "e", "c", "b"]);
});

test("versions are compared as numbers", () => {
  expect([compareVersions("1.10.0", "1.9.9"), newest([client("a", { release: "4.9" }), client("b", { release: "4.10" })], (c) => c.release)]).toEqual([1, "4.10"]);
});

test("a list is sorted only on demand", () => {
  const all = [client("a", { staff: "s-10", lagMs: 1 }), client("b", { staff: "s-9", lagMs: 5, since: "2026-11-20T12:00:00Z" }), client("c", { staff: "s-9", lastError: { time: now, code: "", text: "" } })];
  expect(clientSorts.map((sort) => tabs(sortedClients(all, sort, now)))).toEqual(["abc", "bca", "bac", "bac", "cab"]);
});

test.each([
  ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36", "Chrome 131, Windows"],
  ["Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36 Edg/131.0", "Edge 131, Windows"],
  ["Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605 Version/17.1 Mobile Safari/604", "Safari 17, iPhone"],
  ["curl/8", "curl/8"], ["", ""],
])("%s is %s", (ua, want) => {
  expect(agentOf(ua)).toBe(want);
});

test("what a pull has brought is searched for by device and time, whatever the device is called", () => {
  expect(pulledSearch("shop", { device: 'a"b\\c', from: "2026-11-20T13:00:00Z", to: "2026-11-20T14:00:00Z" })).toEqual({
    project: "shop", q: String.raw`device:"a\"b\\c"`, from: "2026-11-20T13:00:00Z", to: "2026-11-20T14:00:00Z",
  });
});

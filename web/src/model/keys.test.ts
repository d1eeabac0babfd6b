import { expect, test } from "vitest";
import { consequenceOf, dayOf, endOfDay, isWorking, type KeyRecord, sortKeys, stateOf, summarise } from "./keys";

const now = new Date("2026-11-21T12:00:00Z");
const key = (id: string, more: Partial<KeyRecord> = {}): KeyRecord => ({
  id, type: "server", name: id, project: "phone-prod", prefix: "sk_ab12…", created: "2026-11-01T00:00:00Z", lastUsed: "2026-11-21T11:59:00Z", ...more,
});

test("working keys stand before revoked ones, writing before reading, the newest first", () => {
  const keys = [
    key("gone", { revoked: "2026-11-02T00:00:00Z" }),
    key("reads", { type: "read" }),
    key("old"),
    key("new", { created: "2026-11-20T00:00:00Z" }),
    key("page", { type: "browser" }),
  ];
  expect(sortKeys(keys).map((k) => k.id)).toEqual(["page", "new", "old", "reads", "gone"]);
});

test.each([
  ["used today", {}, { state: "fine" }],
  ["not used for five weeks", { lastUsed: "2026-10-15T12:00:00Z" }, { state: "long-unused", days: 37 }],
  ["made an hour ago and not used yet", { created: "2026-11-21T11:00:00Z", lastUsed: null }, { state: "new" }],
  ["made three weeks ago and never used", { lastUsed: null }, { state: "never-used" }],
  ["a browser key that no page may use", { type: "browser", origins: [] }, { state: "no-origin" }],
  ["a browser key with a page", { type: "browser", origins: ["null"] }, { state: "fine" }],
  ["revoked", { revoked: true }, { state: "revoked" }],
] satisfies [string, Partial<KeyRecord>, unknown][])("%s", (_name, more, state) => {
  expect(stateOf(key("k", more), now)).toEqual(state);
});

test("the sentence above the list counts what works", () => {
  const keys = [key("a"), key("b", { type: "browser" }), key("c", { type: "read" }), key("d", { revoked: true }), key("e", { lastUsed: null })];
  expect(summarise(keys, now)).toEqual({ write: 3, read: 1, revoked: 1, unused: 1, closed: 1 });
});

test("what revoking breaks is told by what the key is for, and nothing breaks where nothing used it", () => {
  expect(consequenceOf(key("a", { lastUsed: null }))).toBe("nothing");
  expect(consequenceOf(key("a", { type: "browser" }))).toBe("pages-keep");
  expect(consequenceOf(key("a"))).toBe("servers-refused");
  expect(consequenceOf(key("a", { type: "read" }))).toBe("readers-refused");
});

test("a key ends with its UTC day", () => {
  expect(endOfDay("2026-11-20")).toBe("2026-11-21T00:00:00.000Z");
  expect(dayOf("2026-11-21T00:00:00Z")).toBe("2026-11-20");
  expect([dayOf(null), endOfDay("")]).toEqual(["", ""]);
  const key = { id: "k", type: "read", name: "", project: "p", prefix: "", created: "", ends: "2026-11-21T00:00:00Z" } as const;
  expect(isWorking(key, new Date("2026-11-20T23:59:59Z"))).toBe(true);
  expect(isWorking(key, new Date("2026-11-21T00:00:00Z"))).toBe(false);
  expect(isWorking({ ...key, revoked: "2026-11-20T00:00:00Z" }, new Date("2026-11-20T12:00:00Z"))).toBe(false);
});

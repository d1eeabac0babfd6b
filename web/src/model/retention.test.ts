import { expect, test } from "vitest";
import { safeText } from "./untrusted";
import {
  choiceOf, dayBars, dayLabel, daysText, type Erasure, forecast, gigabytesText, type KeptProject, nextRemoval, progressOf, rateOf, readDays, readGigabytes, type Retention, totalOf,
} from "./retention";

const today = "2026-11-20";

/** Days of a project: the first size is today's, each further one is of the day before. */
function project(name: string, own: KeptProject["own"], ...sizes: number[]): KeptProject {
  const days = sizes.map((bytes, age) => ({ day: new Date(Date.UTC(2026, 10, 20 - age)).toISOString().slice(0, 10), bytes, events: bytes / 10 }));
  return { name, own, gone: false, days: days.filter((d) => d.bytes > 0).toReversed() };
}

function retention(change: Partial<Retention>): Retention {
  return {
    today, others: { days: 0, bytes: 0 }, storeBytes: 0, keepFree: 0, keepFreeNow: 100, disk: null, projects: [],
    ran: null, failed: "", doubt: "", lacking: 0, ...change,
  };
}

test("the rate is that of the last seven whole days, quiet ones included", () => {
  expect(rateOf(project("a", null, 500, 70, 70, 70, 70, 70, 70, 70, 9000).days, today)).toBe(70);
  expect(rateOf(project("a", null, 500, 30, 0, 0).days, today)).toBe(30);
  expect(rateOf(project("a", null, 0, 30, 0, 30).days, today)).toBe(20);
  expect(rateOf(project("a", null, 500).days, today)).toBeUndefined();
  expect(rateOf([], today)).toBeUndefined();
});

const cases: readonly [string, Partial<Retention>, Partial<ReturnType<typeof forecast>>][] = [
  ["the disk bounds it", { disk: { size: 9999, free: 960, floor: 10 }, projects: [project("a", null, 5, 20, 20)] }, { rate: 20, room: 860, days: 43, fits: false, bound: "disk" }],
  ["the store's limit comes first", { storeBytes: 105, disk: { size: 9999, free: 960, floor: 10 }, projects: [project("a", null, 5, 20, 20)] }, { room: 60, days: 3, bound: "store" }],
  ["what the operator keeps free is not room", { keepFree: 900, disk: { size: 9999, free: 960, floor: 10 }, projects: [project("a", null, 5, 20)] }, { room: 60, days: 3 }],
  ["nothing bounds it", { projects: [project("a", null, 5, 20)] }, { room: undefined, days: undefined, fits: false, bound: "none" }],
  ["age keeps it within its room", { others: { days: 7, bytes: 0 }, disk: { size: 9999, free: 260, floor: 10 }, projects: [project("a", null, 5, 20)] }, { room: 160, days: 8, fits: true }],
  ["a limit of its own does too", { disk: { size: 9999, free: 160, floor: 10 }, projects: [project("a", { days: 0, bytes: 80 }, 5, 20)] }, { room: 60, fits: true }],
  ["no room is left", { disk: { size: 9999, free: 60, floor: 10 }, projects: [project("a", null, 5, 20)] }, { room: 0, days: 0 }],
  ["no day has passed yet", { disk: { size: 9999, free: 960, floor: 10 }, projects: [project("a", null, 5)] }, { rate: undefined, days: undefined }],
];

test.each(cases)("forecast: %s", (_, change, want) => {
  expect(forecast(retention(change))).toMatchObject(want);
});

test("what goes next is what comes first of age, size and room", () => {
  const a = project("a", null, 10, 20, 20);
  const of = (change: Partial<Retention>, p = a) => nextRemoval(retention({ projects: [p], ...change }), p);
  expect(of({})).toBeUndefined();
  expect(of({ others: { days: 5, bytes: 0 } })).toEqual({ day: "2026-11-18", on: "2026-11-24", why: "age" });
  expect(of({ others: { days: 5, bytes: 90 } })).toEqual({ day: "2026-11-18", on: "2026-11-22", why: "bytes" });
  expect(of({ others: { days: 5, bytes: 40 } })).toEqual({ day: "2026-11-18", on: "2026-11-20", why: "bytes" });
  expect(of({ storeBytes: 75 })).toEqual({ day: "2026-11-18", on: "2026-11-21", why: "room" });
  expect(of({ storeBytes: 75, projects: [a, project("b", null, 0, 0, 0, 5)] })).toBeUndefined();
  expect(of({ others: { days: 1, bytes: 1 } }, project("a", null, 10))).toEqual({ day: today, on: "2026-11-21", why: "bytes" });
  expect(of({ others: { days: 1, bytes: 1 } }, project("a", null))).toBeUndefined();
});

test("bars stand for all days from the oldest to today, and for several where there are many", () => {
  const r = retention({ projects: [project("a", null, 10, 0, 30), project("b", null, 0, 0, 10)] });
  expect(dayBars(r, "b", 60)).toEqual([
    { from: "2026-11-18", to: "2026-11-18", events: 4, bytes: 40, own: 10, height: 1 },
    { from: "2026-11-19", to: "2026-11-19", events: 0, bytes: 0, own: 0, height: 0 },
    { from: today, to: today, events: 1, bytes: 10, own: 0, height: 0.25 },
  ]);
  const two = dayBars(r, "", 2);
  expect(two.map((b) => [b.from, b.to, b.bytes])).toEqual([["2026-11-17", "2026-11-18", 40], ["2026-11-19", today, 10]]);
  expect(dayBars(retention({}), "", 60)).toEqual([]);
});

test("totals count each day once", () => {
  const r = retention({ projects: [project("a", null, 10, 20), project("b", null, 10, 0, 10)] });
  expect(totalOf(r.projects.flatMap((p) => p.days))).toEqual({ days: 3, events: 5, bytes: 50, oldest: "2026-11-18" });
});

test.each([["", 0], [" 30 ", 30], ["0", undefined], ["-1", undefined], ["1.5", undefined], ["40000", undefined], ["a", undefined]] as const)("days %j are %s", (text, want) => {
  expect(readDays(text)).toBe(want);
});

test.each([["", 0], ["2.5", 2.5e9], ["2,5", 2.5e9], ["0.001", 1e6], ["0", undefined], ["-1", undefined], ["1e3", undefined], ["much", undefined]] as const)("%j GB are %s bytes", (text, want) => {
  expect(readGigabytes(text)).toBe(want);
});

test("a limit is shown as it is typed", () => {
  expect([daysText(0), daysText(90), gigabytesText(0), gigabytesText(2.5e9)]).toEqual(["", "90", "", "2.5"]);
});

test("days have their year where it is another", () => {
  expect(dayLabel("2026-11-18", today, "en")).toBe("Nov 18");
  expect(dayLabel("2025-11-18", today, "en")).toBe("Nov 18, 2025");
  expect(dayLabel("2026-11-18", today, "zh-CN")).toBe("11月18日");
});

test("an erasure's progress is that of its files", () => {
  const e = { state: "erasing", files: 4, rewritten: 1 } as Erasure;
  expect([progressOf(e), progressOf({ ...e, state: "done" }), progressOf({ ...e, state: "ordered", files: 0, rewritten: 0 })]).toEqual([0.25, 1, 0]);
});

test("a choice is a field's value, or a query as it stands", () => {
  expect(choiceOf("account", " acme ")).toEqual({ field: "account", value: "acme" });
  expect(choiceOf("query", "account:acme ")).toEqual({ query: "account:acme " });
});

test("what came from a machine cannot act on a sentence", () => {
  expect(safeText("\u001B[31mred\u001B[0m\n\u202Eabc")).toBe("red[LF][RLO]abc");
  expect(safeText("x".repeat(500))).toBe(`${"x".repeat(400)}…`);
});

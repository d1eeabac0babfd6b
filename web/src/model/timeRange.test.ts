import { describe, expect, test } from "vitest";
import { readRange } from "./readRange";
import { fixed, isRelative, presets, type Range, resolve, resolveEnd, shifted, widened } from "./timeRange";

const zone = "Asia/Shanghai";
const now = Date.parse("2026-11-20T06:36:00Z"); // Friday 14:36 in Shanghai

function local(range: Range): string {
  const span = resolve(range, now, zone);
  if (span === undefined) return "none";
  const write = (ms: number) => new Date(ms + 8 * 3_600_000).toISOString().slice(0, -1).replace(/\.000$/, "").replace("T", " ");
  return `${write(span.from)} .. ${write(span.to)}`;
}

describe("one line of text is read as a range", () => {
  test.each([
    ["90m", "2026-11-20 13:06:00 .. 2026-11-20 14:36:00"],
    ["last 2 hours", "2026-11-20 12:36:00 .. 2026-11-20 14:36:00"],
    ["最近30分钟", "2026-11-20 14:06:00 .. 2026-11-20 14:36:00"],
    ["-2d to -1d", "2026-11-18 14:36:00 .. 2026-11-19 14:36:00"],
    ["-2h", "2026-11-20 12:36:00 .. 2026-11-20 14:36:00"],
    ["2h ago to now", "2026-11-20 12:36:00 .. 2026-11-20 14:36:00"],
    ["14:32:07 ± 30s", "2026-11-20 14:31:37 .. 2026-11-20 14:32:37"],
    ["14:32:07.688 +- 2m", "2026-11-20 14:30:07.688 .. 2026-11-20 14:34:07.688"],
    ["14:32:07", "2026-11-20 14:31:37 .. 2026-11-20 14:32:37"],
    ["14:32", "2026-11-20 14:32:00 .. 2026-11-20 14:33:00"],
    ["Nov 19 9am", "2026-11-19 09:00:00 .. 2026-11-19 10:00:00"],
    ["19 Nov 2025", "2025-11-19 00:00:00 .. 2025-11-20 00:00:00"],
    ["december 24", "2025-12-24 00:00:00 .. 2025-12-25 00:00:00"],
    ["2026-11-19", "2026-11-19 00:00:00 .. 2026-11-20 00:00:00"],
    ["11/19 12 pm", "2026-11-19 12:00:00 .. 2026-11-19 13:00:00"],
    ["2026-11-19 09:15 to 11:00", "2026-11-19 09:15:00 .. 2026-11-19 11:00:00"],
    ["2026-11-19T09:15:00+08:00 to now", "2026-11-19 09:15:00 .. 2026-11-20 14:36:00"],
    ["today 14:00 to 15:00", "2026-11-20 14:00:00 .. 2026-11-20 15:00:00"],
    ["14:00 – 15:00", "2026-11-20 14:00:00 .. 2026-11-20 15:00:00"],
    ["23:00 to 1:00", "2026-11-20 23:00:00 .. 2026-11-21 01:00:00"],
    ["Nov 17 to Nov 18", "2026-11-17 00:00:00 .. 2026-11-19 00:00:00"],
    ["yesterday 9am to today 9am", "2026-11-19 09:00:00 .. 2026-11-20 09:00:00"],
    ["1795156327", "2026-11-20 14:31:37 .. 2026-11-20 14:32:37"],
    ["1795156327688", "2026-11-20 14:31:37.688 .. 2026-11-20 14:32:37.688"],
    ["today", "2026-11-20 00:00:00 .. 2026-11-20 14:36:00"],
    ["yesterday", "2026-11-19 00:00:00 .. 2026-11-20 00:00:00"],
    ["w", "2026-11-16 00:00:00 .. 2026-11-20 14:36:00"],
    ["今天 14:00 到 15:00", "2026-11-20 14:00:00 .. 2026-11-20 15:00:00"],
    ["昨天9点30分至11点", "2026-11-19 09:30:00 .. 2026-11-19 11:00:00"],
    ["11月19日", "2026-11-19 00:00:00 .. 2026-11-20 00:00:00"],
    ["１４：００ ～ １５：００", "2026-11-20 14:00:00 .. 2026-11-20 15:00:00"],
  ])("%s", (text, span) => {
    const reading = readRange(text, now, zone);
    expect("range" in reading ? local(reading.range) : reading).toBe(span);
  });
});

describe("what is relative stays relative in the link", () => {
  test.each([
    ["90m", { from: "-90m", to: "now" }],
    ["-2d to -1d", { from: "-2d", to: "-1d" }],
    ["yesterday", { from: "yesterday", to: "today" }],
    ["today", { from: "today", to: "now" }],
    ["Nov 19 to now", { from: "2026-11-18T16:00:00Z", to: "now" }],
  ])("%s", (text, range) => {
    expect(readRange(text, now, zone)).toEqual({ range });
  });
});

describe("what makes no sense is refused with the place", () => {
  test.each([
    ["", { problem: "empty" }],
    ["soon", { problem: "unknown", at: "soon" }],
    ["25:00", { problem: "unknown", at: "25:00" }],
    ["14:00 to lunch", { problem: "unknown", at: "lunch" }],
    ["Feb 30", { problem: "unknown", at: "feb 30" }],
    ["14:32 ± lots", { problem: "unknown", at: "lots" }],
    ["-1d to -2d", { problem: "backwards" }],
    ["Nov 19 to Nov 17", { problem: "backwards" }],
    ["13 pm", { problem: "unknown", at: "13 pm" }],
  ])("%s", (text, problem) => {
    expect(readRange(text, now, zone)).toEqual(problem);
  });
});

test("each preset is read from what it says, and resolves", () => {
  for (const { say, range } of presets) {
    expect(readRange(say, now, zone)).toEqual({ range });
    expect(resolve(range, now, zone)).toBeDefined();
    expect(isRelative(range)).toBe(true);
  }
});

test("an end may be an epoch in four units", () => {
  for (const text of ["1795156327", "1795156327000", "1795156327000000", "1795156327000000000"]) {
    expect(resolveEnd(text, now, zone)).toBe(1_795_156_327_000);
  }
  for (const bad of ["", "-", "-5", "5m", "2026-11-20", "12345678901234567890"]) expect(resolveEnd(bad, now, zone)).toBeUndefined();
});

test("a range that is empty or backwards is none", () => {
  expect(resolve({ from: "now", to: "-1h" }, now, zone)).toBeUndefined();
  expect(resolve({ from: "now", to: "now" }, now, zone)).toBeUndefined();
});

test("fixing, shifting and widening keep what they promise", () => {
  const span = { from: now - 60_000, to: now };
  expect(resolve(fixed(span), 0, "UTC")).toEqual(span);
  expect(shifted(shifted(span, -1), 1)).toEqual(span);
  expect(shifted(span, -1).to).toBe(span.from);
  const wide = widened(span, now);
  expect(wide.to - wide.from).toBe(120_000);
  expect(wide.to).toBe(now);
  expect(widened({ from: now - 7_200_000, to: now - 3_600_000 }, now)).toEqual({ from: now - 9_000_000, to: now - 1_800_000 });
});

test("no text makes the reader throw or give a range without length", () => {
  const words = ["now", "today", "14:00", "to", "-", "±", "30s", "nov", "19", "2026", "9am", "到", "点", "99999999999", "-2d", " ", ":", "日"];
  let seed = 7;
  const next = () => (seed = (seed * 48_271) % 2_147_483_647);
  for (let i = 0; i < 3000; i++) {
    const text = Array.from({ length: 1 + (next() % 6) }, () => words[next() % words.length]).join(next() % 2 ? " " : "");
    const reading = readRange(text, now, zone);
    if ("range" in reading) expect(resolve(reading.range, now, zone), text).toBeDefined();
  }
});

test("a span beyond the calendar is written as far as the calendar goes", () => {
  expect(fixed({ from: -1e15, to: 1e15 })).toEqual({ from: "0001-01-01T00:00:00Z", to: "9999-12-31T23:59:59Z" });
  expect(fixed({ from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY })).toEqual({ from: "0001-01-01T00:00:00Z", to: "9999-12-31T23:59:59Z" });
});

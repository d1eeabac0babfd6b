import { expect, test } from "vitest";
import { agoOrDate, clockTime, waitedFor } from "./waiting";

test.each([
  [0, "0 s"],
  [48_900, "48 s"],
  [201_000, "3 m 21 s"],
  [7_950_000, "2 h 12 m"],
])("%i ms are %s", (ms, text) => {
  expect(waitedFor(ms)).toBe(text);
});

test("a moment is told by the clock, from its number or its text", () => {
  expect(clockTime(Date.UTC(2026, 10, 21, 14, 36, 10))).toBe("14:36:10");
  expect(clockTime("2026-11-21T04:06:01.123456789Z")).toBe("04:06:01");
});

test.each([
  ["2026-11-21T12:00:00Z", "now", "现在"],
  ["2026-11-21T12:00:05Z", "now", "现在"], // a clock that is a little ahead of ours
  ["2026-11-21T11:59:22Z", "38 seconds ago", "38秒钟前"],
  ["2026-11-21T11:56:00Z", "4 minutes ago", "4分钟前"],
  ["2026-11-20T13:00:00Z", "23 hours ago", "23小时前"],
  ["2026-10-14T12:00:00Z", "Oct 14", "10月14日"],
  ["2025-10-14T12:00:00Z", "Oct 14, 2025", "2025年10月14日"],
])("%s was %s", (moment, en, zh) => {
  const now = new Date("2026-11-21T12:00:00Z");
  expect(agoOrDate(moment, now, "en")).toBe(en);
  expect(agoOrDate(moment, now, "zh-CN")).toBe(zh);
});

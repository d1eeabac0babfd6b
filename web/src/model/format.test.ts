import { expect, test } from "vitest";
import { bytes, clock, count, duration, eventTime, fullTime, rfc3339, shortCount, tick, ticks } from "./format";

test("counts are grouped, and short above 100,000 on axes", () => {
  expect([0, 999, 1284, 1234567].map(count)).toEqual(["0", "999", "1,284", "1,234,567"]);
  expect([99_999, 131_000, 999_600, 4_200_000, 19_100_000, 2_500_000_000].map(shortCount)).toEqual(["99,999", "131 k", "1 M", "4.2 M", "19 M", "2.5 G"]);
});

test("durations are written with two units at most", () => {
  const written: [number, string][] = [
    [0, "0 ms"],
    [0.4, "0.4 ms"],
    [0.052, "0.052 ms"],
    [9.97, "10 ms"],
    [287, "287 ms"],
    [999.6, "1 s"],
    [1280, "1.28 s"],
    [12_340, "12.3 s"],
    [59_999, "1 m"],
    [201_000, "3 m 21 s"],
    [3_600_000, "1 h"],
    [7_920_000, "2 h 12 m"],
    [273_600_000, "3 d 4 h"],
    [-1500, "-1.5 s"],
    [Number.NaN, ""],
  ];
  for (const [ms, text] of written) expect(duration(ms)).toBe(text);
});

test("bytes are in powers of 1000", () => {
  expect([0, 999, 1500, 214e9, 999.6e6].map(bytes)).toEqual(["0 B", "999 B", "1.5 kB", "214 GB", "1 GB"]);
});

test("an event's time keeps all its digits", () => {
  const time = eventTime("2026-11-20T06:32:07.688214Z");
  expect(time).toEqual({ ms: Date.parse("2026-11-20T06:32:07.688Z"), fraction: "688214" });
  expect(time && fullTime(time, "Asia/Shanghai")).toBe("2026-11-20 14:32:07.688214");
  expect(eventTime("2026-11-20T06:32:07Z")?.fraction).toBe("000");
  expect(eventTime("2026-11-20T06:32:07.5+08:00")?.ms).toBe(Date.parse("2026-11-19T22:32:07.500Z"));
  for (const bad of ["", "yesterday", "2026-11-20", "2026-13-40T99:00:00Z"]) expect(eventTime(bad)).toBeUndefined();
});

test("a row's clock stands in the chosen zone, milliseconds apart", () => {
  expect(clock(Date.parse("2026-11-20T06:32:07.008Z"), "Asia/Shanghai")).toEqual({ hms: "14:32:07", ms: "008" });
});

test("instants for links are RFC 3339", () => {
  expect(rfc3339(Date.parse("2026-11-20T06:00:00Z"))).toBe("2026-11-20T06:00:00Z");
  expect(rfc3339(Date.parse("2026-11-20T06:00:00.5Z"))).toBe("2026-11-20T06:00:00.500Z");
});

test("axis ticks stand on round units of the zone", () => {
  const from = Date.parse("2026-11-20T05:57:00Z");
  const { at, step } = ticks(from, from + 3_600_000, 7, "Asia/Kolkata");
  expect(step).toBe(600_000);
  expect(at.map((t) => tick(t, step, "Asia/Kolkata"))).toEqual(["11:30", "11:40", "11:50", "12:00", "12:10", "12:20"]);
});

test("there are never more ticks than asked for", () => {
  for (const span of [5, 700, 10_000, 3_600_000, 86_400_000 * 40, 86_400_000 * 9000]) {
    const { at } = ticks(1_795_000_000_000, 1_795_000_000_000 + span, 8, "Europe/Berlin");
    expect(at.length).toBeGreaterThan(0);
    expect(at.length).toBeLessThanOrEqual(9);
  }
});

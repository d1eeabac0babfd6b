import { describe, expect, test } from "vitest";
import { instantOf, isZone, offsetAt, offsetName, startOfDay, wallAt, zoneNames } from "./zone";

const berlin = "Europe/Berlin";
const at = (text: string) => Date.parse(text);

test("offsets follow the zone and the season", () => {
  expect(offsetAt(at("2026-11-20T12:00:00Z"), "Asia/Shanghai")).toBe(8 * 3_600_000);
  expect(offsetAt(at("2026-07-01T12:00:00Z"), berlin)).toBe(2 * 3_600_000);
  expect(offsetAt(at("2026-12-01T12:00:00Z"), berlin)).toBe(3_600_000);
  expect(offsetAt(0, "UTC")).toBe(0);
});

test("an offset changes on the very instant", () => {
  expect(offsetAt(at("2026-03-29T00:59:59.999Z"), berlin)).toBe(3_600_000);
  expect(offsetAt(at("2026-03-29T01:00:00Z"), berlin)).toBe(2 * 3_600_000);
});

describe("a wall clock gives its instant", () => {
  test.each([
    [{ year: 2026, month: 11, day: 20, hour: 14, minute: 32, second: 7, ms: 688 }, "Asia/Shanghai", "2026-11-20T06:32:07.688Z"],
    [{ year: 2026, month: 3, day: 29, hour: 3 }, berlin, "2026-03-29T01:00:00Z"],
    [{ year: 2026, month: 3, day: 29, hour: 2, minute: 30 }, berlin, "2026-03-29T01:30:00Z"], // skipped: 3:30 by the new clock
    [{ year: 2026, month: 10, day: 25, hour: 2, minute: 30 }, berlin, "2026-10-25T00:30:00Z"], // twice: the first
    [{ year: 2026, month: 10, day: 25, hour: 3 }, berlin, "2026-10-25T02:00:00Z"],
    [{ year: 2026, month: 11, day: 31 }, "UTC", "2026-12-01T00:00:00Z"],
    [{ year: 2026, month: 1, day: 1, hour: 24 }, "Asia/Kathmandu", "2026-01-01T18:15:00Z"],
  ])("%o in %s", (wall, zone, instant) => {
    expect(new Date(instantOf(wall, zone)).toISOString()).toBe(new Date(instant).toISOString());
  });
});

test("wall and instant are inverses, hour by hour over a year with both changes", () => {
  for (const zone of [berlin, "America/New_York", "Australia/Lord_Howe", "Asia/Shanghai"]) {
    for (let instant = at("2026-01-01T00:15:00Z"); instant < at("2027-01-01T00:00:00Z"); instant += 3_600_000) {
      const back = instantOf(wallAt(instant, zone), zone);
      // An hour that comes twice gives its first.
      expect([0, 3_600_000, 1_800_000]).toContain(instant - back);
    }
  }
});

test("a day begins at midnight of the zone, and a day later is not always 24 hours later", () => {
  expect(new Date(startOfDay(at("2026-11-20T17:00:00Z"), "Asia/Shanghai")).toISOString()).toBe("2026-11-20T16:00:00.000Z");
  const day = at("2026-03-29T12:00:00Z");
  expect(startOfDay(day, berlin, 1) - startOfDay(day, berlin)).toBe(23 * 3_600_000);
});

test("zones have names, or none", () => {
  expect(isZone("Asia/Shanghai")).toBe(true);
  expect(isZone("Nowhere/Land")).toBe(false);
  expect(isZone("")).toBe(false);
  expect(offsetName(at("2026-11-20T12:00:00Z"), "Asia/Kolkata")).toBe("UTC+5:30");
  expect(offsetName(at("2026-11-20T12:00:00Z"), "America/New_York")).toBe("UTC-5");
});

test("zones are found by a part of their name, and by names that are not listed", () => {
  expect(zoneNames("tok")).toContain("Asia/Tokyo");
  expect(zoneNames("new_y")).toContain("America/New_York");
  expect(zoneNames("etc/gmt+3")).toHaveLength(1);
  expect(zoneNames("atlantis")).toEqual([]);
});

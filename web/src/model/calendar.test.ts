import { expect, test } from "vitest";
import { byDay, dayBar, monthOf } from "./calendar";

const zone = "Europe/Berlin";
const now = Date.parse("2026-11-20T12:00:00Z");

test("a month begins on its weekday and has all its days, whatever the clock does", () => {
  const november = monthOf(now, 0, zone);
  expect([november.year, november.month, november.skip, november.days.length]).toEqual([2026, 11, 6, 30]);
  const march = monthOf(now, -8, zone);
  expect([march.month, march.days.length]).toEqual([3, 31]);
  const change = march.days[28];
  expect(change && change.to - change.from).toBe(23 * 3_600_000);
  expect(monthOf(now, 2, zone)).toMatchObject({ year: 2027, month: 1, skip: 4 });
  for (const month of [november, march]) for (const [i, day] of month.days.entries()) expect(day.to).toBe(month.days[i + 1]?.from ?? day.to);
});

test("a day's bar shows how much, and turns red where errors are unusually many", () => {
  const hour = 3_600_000;
  const start = monthOf(now, 0, zone).days[0]?.from ?? 0;
  const bucket = (day: number, info: number, error: number) => ({ time: new Date(start + day * 24 * hour).toISOString(), counts: { info, error } });
  const counts = byDay(
    { from: "", to: "", stepMs: 6 * hour, total: 0, levels: {}, partial: false, ms: 0, scanned: { segments: 0, segmentsTotal: 0, rows: 0 }, buckets: [bucket(0, 1000, 10), bucket(1, 100, 50), bucket(2, 500, 5), bucket(3, 0, 0)] },
    zone,
  );
  const bars = [0, 1, 2, 3, 4].map((day) => dayBar(counts, start + day * 24 * hour));
  expect(bars).toEqual([{ height: 5, bad: false }, { height: 2, bad: true }, { height: 4, bad: false }, undefined, undefined]);
});

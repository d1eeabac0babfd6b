import { expect, test } from "vitest";
import type { Histogram } from "../api/types";
import { axis, brushSpan, bucketAt, moveBrush, stack } from "./bars";

const minute = 60_000;
const start = Date.parse("2026-11-20T06:00:00Z");
const histogram = (counts: Record<string, number>[]): Histogram => ({
  from: "",
  to: "",
  stepMs: minute,
  buckets: counts.map((c, i) => ({ time: new Date(start + i * minute).toISOString(), counts: c })),
  total: 0,
  levels: {},
  partial: false,
  scanned: { segments: 0, segmentsTotal: 0, rows: 0 },
  ms: 0,
});

test("the most severe level stands at the bottom", () => {
  const bars = stack(histogram([{ info: 5, error: 2, debug: 1 }, {}, { none: 3, strange: 4, fatal: 1 }]));
  expect(bars.tops.fatal).toEqual([0, 0, 1]);
  expect(bars.tops.error).toEqual([2, 0, 1]);
  expect(bars.tops.info).toEqual([7, 0, 1]);
  expect(bars.tops.none).toEqual([8, 0, 8]);
  expect(bars.totals).toEqual([8, 0, 8]);
  expect(bars.highest).toBe(8);
});

test("a brush covers whole buckets, moves by arrows and widens by its head", () => {
  const bars = stack(histogram([{ info: 1 }, { info: 2 }, { info: 4 }, { info: 8 }]));
  let brush = moveBrush(bars, undefined, 1, false);
  expect(brush).toEqual({ anchor: 0, head: 0 });
  brush = moveBrush(bars, brush, 1, false);
  brush = moveBrush(bars, brush, 1, true);
  expect(brushSpan(bars, brush)).toEqual({ from: start + minute, to: start + 3 * minute, events: 6 });
  brush = moveBrush(bars, brush, 5, false);
  expect(brush).toEqual({ anchor: 2, head: 3 });
  brush = moveBrush(bars, brush, -9, true);
  expect(brushSpan(bars, brush)).toEqual({ from: start, to: start + 3 * minute, events: 7 });
  expect(moveBrush(bars, undefined, -1, false)).toEqual({ anchor: 3, head: 3 });
});

test("an instant lies in a bucket", () => {
  const bars = stack(histogram([{}, {}, {}]));
  expect([start - 1, start, start + minute - 1, start + minute, start + 9 * minute].map((t) => bucketAt(bars, t))).toEqual([0, 0, 0, 1, 2]);
});

test("the axis ends on a round number", () => {
  expect([0, 1, 2, 3, 7, 42, 88, 101, 1999].map(axis)).toEqual([[0, 1], [0, 1], [0, 1, 2], [0, 2, 4], [0, 4, 8], [0, 25, 50], [0, 50, 100], [0, 100, 200], [0, 1000, 2000]]);
});

test("an empty histogram has no bars and does not fail", () => {
  const bars = stack(histogram([]));
  expect(bars.highest).toBe(0);
  expect(bucketAt(bars, start)).toBe(0);
});

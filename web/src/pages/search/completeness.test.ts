import { expect, test } from "vitest";
import type { Histogram, SearchEnd } from "../../api/types";
import { completeness } from "./completeness";
import type { RunState } from "./SearchRun";

const scanned = { segments: 1, segmentsTotal: 2, rows: 3 };
const end: SearchEnd = { partial: false, count: 100, scanned, ms: 5 };
const histogram: Histogram = { from: "", to: "", stepMs: 1, buckets: [], total: 1284, levels: {}, partial: false, scanned, ms: 1 };
const run = (change: Partial<RunState>): RunState => ({ phase: "done", question: undefined, shown: undefined, end, error: undefined, more: "none", slow: false, ...change });

test("an answer is whole only when both rows and counts are", () => {
  expect(completeness(run({}), 200, histogram)).toMatchObject({ state: "whole", count: 1284 });
  expect(completeness(run({ end: { ...end, partial: true } }), 200, histogram).state).toBe("part");
  expect(completeness(run({}), 200, { ...histogram, partial: true }).state).toBe("part");
});

test("while it is being read it says so", () => {
  expect(completeness(run({ phase: "running", slow: true }), 7, undefined)).toMatchObject({ state: "reading", count: 7 });
  expect(completeness(run({ phase: "running", end: undefined }), 7, undefined)).toMatchObject({ state: "reading", count: 7 });
  expect(completeness(run({ end: { ...end, next: "c" } }), 200, undefined).state).toBe("reading");
});

test("for a glance the last answer stands", () => {
  expect(completeness(run({ phase: "running" }), 7, histogram)).toMatchObject({ state: "whole", count: 1284 });
});

test("the count is never below what is in the list", () => {
  expect(completeness(run({}), 3000, histogram).count).toBe(3000);
  expect(completeness(run({}), 3, undefined)).toMatchObject({ state: "whole", count: 3 });
});

test("what was stopped by hand says that it was", () => {
  expect(completeness(run({ phase: "cancelled" }), 12, histogram)).toMatchObject({ state: "cancelled", count: 12 });
});

test("what failed before its end is no whole answer, even when nothing came", () => {
  expect(completeness(run({ phase: "failed", end: undefined }), 0, undefined)).toMatchObject({ state: "part", count: 0 });
  expect(completeness(run({ phase: "failed", end: undefined }), 30, undefined)).toMatchObject({ state: "part", count: 30 });
  expect(completeness(run({ phase: "failed" }), 7, histogram)).toMatchObject({ state: "whole", count: 1284 }); // the answer before, which is still shown
});

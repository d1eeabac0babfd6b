import { expect, test } from "vitest";
import { areaPath, type Canary, canaryTone, diskTone, linePath, perSecond, queueTone, roundTop, type Segment, segmentBars, stack, widen } from "./ingest";
import { fixOf, guessFormat, offeredFormat } from "./letters";

test("a rate keeps a digit where it is small and none where it is big", () => {
  expect([perSecond(0, 60), perSecond(1, 60), perSecond(90, 60), perSecond(74_438, 60), perSecond(5, 0)]).toEqual([0, 0.017, 1.5, 1241, 0]);
});

test("steps are joined from the newest on, so that the oldest may be narrower", () => {
  expect(widen([1, 2, 3, 4, 5], 2, (some) => some.reduce((a, b) => a + b, 0))).toEqual([1, 5, 9]);
  expect(widen([], 3, () => 1)).toEqual([]);
});

test("layers lie on one another, the biggest at the bottom", () => {
  const layers = stack([{ name: "lines", values: [1, 1] }, { name: "track", values: [5, 0] }]);
  expect(layers).toEqual([{ name: "track", low: [0, 0], high: [5, 0] }, { name: "lines", low: [5, 0], high: [6, 1] }]);
  expect(stack([])).toEqual([]);
});

test("the top of an axis is round and never below the highest value", () => {
  for (const [value, top] of [[0, 1], [0.3, 0.5], [1, 1], [1.1, 2], [5317, 10_000], [2000, 2000]] as const) expect(roundTop(value)).toBeCloseTo(top);
});

test("a layer is drawn there and back", () => {
  expect(areaPath({ name: "x", low: [0, 0], high: [1, 2] }, 2, 100, 10)).toBe("M0,5L100,0L100,10L0,10Z");
});

test("a line is broken where nothing came, and a lone point is still seen", () => {
  expect(linePath([1, 2, 0, 2], 2, 90, 10)).toBe("M0,5L30,0M90,0h15");
});

test("facts say when somebody should look", () => {
  expect([queueTone(1, 100), queueTone(50, 100), queueTone(95, 100)]).toEqual(["plain", "warn", "err"]);
  expect([diskTone({ size: 1000, free: 900, floor: 10 }), diskTone({ size: 1000, free: 40, floor: 10 }), diskTone({ size: 1000, free: 9, floor: 10 })]).toEqual(["plain", "warn", "err"]);
  const canary: Canary = { every: 10, rounds: 1, returned: 1, failed: 0, skipped: 0, last: null, roundTrip: 3, failure: "", paused: "" };
  expect([canaryTone(canary), canaryTone({ ...canary, failed: 1 }), canaryTone({ ...canary, failure: "lost" }), canaryTone({ ...canary, returned: 0 })]).toEqual(["ok", "warn", "err", "plain"]);
});

test("many segments are joined into bars that hold all bytes, and the unusual ones stay alone", () => {
  const segments = Array.from({ length: 500 }, (_, i): Segment => ({ name: `${i}`, state: i === 250 ? "quarantined" : i === 499 ? "active" : i < 300 ? "merged" : "sealed", day: "2026-11-20", events: 1, bytes: 10, from: null, to: null }));
  const bars = segmentBars(segments, 100);
  expect(bars.length).toBeLessThan(110);
  expect(bars.reduce((n, bar) => n + bar.bytes, 0)).toBe(5000);
  expect(bars.filter((bar) => bar.state === "quarantined" || bar.state === "active").map((bar) => bar.segments.length)).toEqual([1, 1]);
  expect(segmentBars(segments.slice(0, 3), 100)).toHaveLength(3);
});

const letter = { readable: false, bytes: 20, reason: "a line must be one JSON object, beginning with {", field: "", format: "json", text: "level=warn msg=x a=b" };

test("advice goes by what is wrong with the letter", () => {
  expect(fixOf(letter)).toBe("format");
  expect(fixOf({ ...letter, readable: true })).toBe("readable");
  expect(fixOf({ ...letter, bytes: 65_536 })).toBe("cut");
  expect(fixOf({ ...letter, reason: "limit lineBytes is 5, this has 9 bytes" })).toBe("limit");
  expect(fixOf({ ...letter, format: "track" })).toBe("track");
  expect(fixOf({ ...letter, text: "{", reason: "the line ends within the object" })).toBe("json");
  expect(fixOf({ ...letter, text: "{", reason: "...JSON must not be pretty-printed" })).toBe("pretty");
  expect(fixOf({ ...letter, format: "prism", field: "time", text: "NOTICE: x" })).toBe("time");
  expect(fixOf({ ...letter, format: "prism", field: "cost", text: "NOTICE: x" })).toBe("field");
});

test("a text's format is guessed, and offered only where it can be chosen", () => {
  expect(['{"a":1}', "NOTICE: 11-20", "<134>Nov 20", "level=info msg=x", "hello there", '1.2.3.4 - - [20/Nov/2026:14:32:07 +0100] "GET /'].map(guessFormat)).toEqual(["json", "prism", "syslog", "logfmt", undefined, "access"]);
  expect(offeredFormat("a=1 b=2", "json", ["json", "logfmt", "text"])).toBe("logfmt");
  expect(offeredFormat("a=1 b=2", "json", ["json", "text"])).toBe("json");
  expect(offeredFormat("x", "track", ["json", "text"])).toBe("text");
  expect(offeredFormat("a=1 b=2", "source:desk", ["logfmt", "source:desk"])).toBe("source:desk");
  expect(offeredFormat("a=1 b=2", "source:gone", ["logfmt", "source:desk"])).toBe("logfmt");
});

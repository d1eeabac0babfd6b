import { expect, test } from "vitest";
import { cells, type Day, daysUntil, eventsOf, formatDelivery, lacking, parseDelivery, pieces, proofOf, runText, type StreamDetail, type Sums, toneOf } from "./delivery";

const none: Sums = { streams: 0, open: 0, closed: 0, abrupt: 0, silent: 0, whole: 0, stored: 0, missing: 0, omitted: 0, arrived: 0, waiting: 0, logged: 0, share: "" };
const sums = (some: Partial<Sums>): Sums => ({ ...none, ...some });
const stream = (some: Partial<StreamDetail>): StreamDetail => ({
  stream: "20261120a1f0", app: "web", sdk: "js 1", day: "2026-11-20", state: "closed", highest: 100, stored: 0, omitted: 0, missing: 0,
  gaps: [], moreGaps: 0, left: [], moreLeft: 0, runs: [], first: null, last: null, whole: true, ...some,
});

test("the address holds the page's state, and what is usual is left out", () => {
  for (const at of [{}, { days: "7", show: "all", day: "2026-11-20", sel: "20261120a1f0" }, { sender: "~" }, { sender: "web~js 1" }]) {
    expect(formatDelivery(parseDelivery(at))).toEqual(at);
  }
  expect(parseDelivery({ days: "9", show: "lost", day: "yesterday" })).toEqual({ days: 30, show: "missing", sender: undefined, day: "", sel: "" });
});

test("the days end today, in UTC", () => {
  expect(daysUntil(Date.parse("2026-11-21T00:30:00+02:00"), 30)).toEqual({ from: "2026-10-22", to: "2026-11-20" });
});

test("a day is many when more than one in a hundred is missing, and open only when nothing is missing", () => {
  expect(toneOf(undefined)).toBe("none");
  expect(toneOf(sums({ streams: 1, whole: 1, logged: 9 }))).toBe("whole");
  expect(toneOf(sums({ streams: 2, open: 1, whole: 1, logged: 9 }))).toBe("open");
  expect(toneOf(sums({ streams: 2, open: 1, missing: 1, logged: 100 }))).toBe("some");
  expect(toneOf(sums({ streams: 1, missing: 2, logged: 100 }))).toBe("many");
});

test("a row has a cell for each day", () => {
  const at = (day: string): Day => ({ ...none, day });
  expect(cells([at("2026-11-20")], [at("2026-11-19"), at("2026-11-20")]).map((cell) => cell?.day)).toEqual([undefined, "2026-11-20"]);
});

test("what the counts prove is told apart from what they do not", () => {
  expect(proofOf(none)).toBe("none");
  expect(proofOf(sums({ logged: 300 }))).toBe("few");
  expect(proofOf(sums({ logged: 1_000_000 }))).toBe("whole");
  expect(proofOf(sums({ logged: 12_000_345, missing: 5 }))).toBe("held");
  expect(proofOf(sums({ logged: 4_999_999, missing: 5 }))).toBe("missed");
  expect(lacking(sums({ streams: 9, open: 2, whole: 4 }))).toBe(3);
});

test("runs read as numbers", () => {
  expect(runText({ from: 4120, to: 4126 })).toBe("4,120–4,126");
  expect(runText({ from: 1234, to: 1234 })).toBe("1,234");
});

test("a single missing number among a million is seen on the bar", () => {
  const bar = pieces(stream({ highest: 1_000_000, runs: [{ from: 1, to: 999_999 }], gaps: [{ from: 1_000_000, to: 1_000_000 }] }));
  expect(bar.map(({ fate, at, width }) => `${fate} ${at} ${Math.round(width)}`)).toEqual(["stored 0 100", "missing 99 1"]);
  expect(pieces(stream({ highest: 0 }))).toEqual([]);
});

test("a stream's events are searched in its own time, around a gap those next to it", () => {
  const times = { first: "2026-11-20T12:00:00.5Z", last: "2026-11-20T13:00:00Z" };
  expect(eventsOf(stream(times))).toEqual({ q: 'stream:"20261120a1f0"', from: "2026-11-20T11:59:59.500Z", to: "2026-11-20T13:00:01Z" });
  expect(eventsOf(stream(times), { from: 5, to: 90 }).q).toBe('stream:"20261120a1f0" and seq:[1 to 110]');
  expect(eventsOf(stream({ stream: 'a"\\' }))).toEqual({ q: 'stream:"a\\"\\\\"', from: "2026-11-19T23:59:59Z", to: "2026-11-23T00:00:01Z" });
});

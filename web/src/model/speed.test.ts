import { expect, test } from "vitest";
import type { Compared, Finding, Judged, SpeedRow } from "../api/speed";
import { axisLabel, callsOf, distance, formatSpeed, judgement, keyId, logAxis, nameOf, parseSpeed, perSecond, percentText, place, shareText, slowPercent, sortedRows, worse } from "./speed";

test("the page's state is its address", () => {
  const plain = parseSpeed(new URLSearchParams(""));
  expect(plain).toEqual({ q: "", range: { from: "-1h", to: "now" }, tz: "", by: "service", tab: "calls", sort: "count", sel: "", project: "" });
  expect(formatSpeed(plain).toString()).toBe("");
  const state = { q: "app:a & b", range: { from: "-2d", to: "-1d" }, tz: "UTC", by: "httpPath", tab: "modules", sort: "usual", sel: '["call",null]', project: "p" } as const;
  expect(parseSpeed(new URLSearchParams(formatSpeed(state).toString()))).toEqual(state);
  expect(parseSpeed(new URLSearchParams("by=msg&tab=x&sort=y"))).toEqual(plain);
});

test("a figure's query finds the calls of its key, and those of them that failed", () => {
  expect(callsOf("", ["kind", "service"], ["call", "web"])).toBe("timeCost:* and kind:call and service:web");
  expect(callsOf("a or b", ["kind", "function"], ["call", null], true)).toBe("(a or b) and timeCost:* and kind:call and not function:* and errorCode:*");
  expect(callsOf("app:x", ["kind", "service"], [null, 'say "hi"'])).toBe(String.raw`app:x and timeCost:* and not kind:* and service:"say \"hi\""`);
});

test("a key is called by its last part, and told apart by the others", () => {
  expect(nameOf(["call", "database", "get"])).toEqual({ log: "call", name: "get", of: "database" });
  expect(nameOf(["ui", null, "gw"])).toEqual({ log: "ui", name: "gw", of: "" });
  expect(nameOf(["call", null])).toEqual({ log: "call", name: null, of: "" });
});

test("shares carry as many digits as they are worth", () => {
  expect([shareText(0, 10), shareText(1, 3), shareText(35, 10_000), shareText(3, 1000), shareText(1, 1), shareText(0, 0)]).toEqual(["0", "33.3 %", "0.35 %", "0.3 %", "100 %", ""]);
  expect(percentText(0.000_01)).toBe("< 0.01 %");
  const hour = { from: 0, to: 3_600_000 };
  expect([perSecond(118_002, hour), perSecond(0, hour), perSecond(36, hour), perSecond(900_000, hour)]).toEqual(["32.8", "0", "0.01", "250"]);
});

const judged = (now: number | null, median: number | null, verdict: Judged["verdict"] = "above"): Judged => ({ verdict, now, median, mad: 1, least: 0, most: 1, days: 14 });

test("the distance from what is usual is a factor or a percentage", () => {
  expect([[190, 32], [25, 20], [20, 20], [78, 100], [5, 0], [0, 0], [null, 3]].map(([now = null, median = null]) => distance(judged(now, median)))).toEqual(["× 5.9", "+ 25 %", "+ 0 %", "− 22 %", "new", "", ""]);
});

const finding = (figure: Finding["figure"], verdict: Judged["verdict"], since: string | null = null, until: string | null = null): Finding => ({ ...judged(2, 1, verdict), key: ["call", "f"], figure, calls: 100, since, until });

test("slower, failing and silent are worse; faster, fewer failures and more calls are not", () => {
  expect([finding("p95", "above"), finding("failed", "above"), finding("count", "below")].every(worse)).toBe(true);
  expect([finding("p95", "below"), finding("failed", "below"), finding("count", "above")].some(worse)).toBe(false);
});

test("the sentence says what is worse now, and since when if it began together", () => {
  expect(judgement(3, 5, [finding("p95", "above")])).toEqual({ kind: "few", days: 3 });
  expect(judgement(14, 5, [finding("p95", "below"), finding("p95", "above", "2026-11-20T13:00:00Z", "2026-11-20T13:20:00Z")])).toEqual({ kind: "usual" });
  const at = "2026-11-20T14:02:00Z";
  expect(judgement(14, 5, [finding("p95", "above", at), finding("p95", "above", "2026-11-20T14:04:00Z"), finding("failed", "above", at)])).toEqual({ kind: "worse", slower: 2, failing: 1, stopped: 0, since: Date.parse(at) });
  expect(judgement(14, 5, [finding("p95", "above", at), finding("count", "below")])).toMatchObject({ stopped: 1, since: undefined });
});

const row = (name: string, n: number, p95: number, failed = 0): SpeedRow => ({ key: ["call", name], count: n, failed, avg: p95, p50: p95 / 2, p95, p99: p95 * 2, max: p95 * 3, trend: [] });

test("rows sort by any column, the greatest first, and by what is unusual", () => {
  const rows = [row("a", 100, 10), row("b", 50, 300, 5), row("c", 50, 20)];
  const names = (sort: Parameters<typeof sortedRows>[1]) => sortedRows(rows, sort, compared).map(({ key }) => key[1]).join("");
  const compared = new Map<string, Compared>([
    [keyId(["call", "a"]), { key: ["call", "a"], p95: judged(10, 10, "usual"), failed: judged(0, 0), count: judged(1, 1) }],
    [keyId(["call", "c"]), { key: ["call", "c"], p95: judged(20, 2), failed: judged(0, 0), count: judged(1, 1) }],
  ]);
  expect([names("count"), names("p95"), names("errors"), names("usual")]).toEqual(["abc", "bca", "bac", "cab"]);
});

test("one logarithmic axis has room for all rows", () => {
  const axis = logAxis([row("a", 1, 4), row("b", 1, 400)]);
  expect(axis).toEqual({ least: 1, most: 1000, marks: [1, 10, 100, 1000] });
  expect([place(axis, null), place(axis, 0.5), place(axis, 10), place(axis, 5000)]).toEqual([0, 0, expect.closeTo(1 / 3), 1]);
  expect(axis.marks.map((ms, i) => axisLabel(ms, i === 0))).toEqual(["1 ms", "10", "100", "1 s"]);
  expect(axisLabel(10_000, false)).toBe("10");
  expect(axisLabel(0.1, true)).toBe("0.1 ms");
  expect(logAxis([]).marks.length).toBeGreaterThan(1);
});

test("the slowest are sought above a percentile that their number tells", () => {
  expect(slowPercent(400, 20)).toBeUndefined();
  expect(slowPercent(1000, 20)).toBe("96");
  expect(slowPercent(102_114, 20)).toBe("99.96");
  expect(slowPercent(90_000_000, 20)).toBe("99.999");
});

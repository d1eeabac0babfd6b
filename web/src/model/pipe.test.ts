import { expect, test } from "vitest";
import { csv } from "./csv";
import { pipeKeys } from "./pipeKeys";
import { rowEvents, stepSpan, withKeys } from "./pipeLinks";
import { chartOf, drawn, extent, roundAxis, spread, stackOf } from "./pipeSeries";
import { additive, figure, keyText, kindsFor, nextSort, readSort, shapeOf, sorted } from "./pipeTable";
import { hasPipe, partPipe } from "./pipeText";
import { tokenize } from "./queryTokens";

const text = (name: string) => ({ name, type: "text" as const });
const number = (name: string) => ({ name, type: "number" as const });
const time = { name: "time", type: "time" as const };
const level = { name: "level", type: "level" as const };

test("a pipe is one outside of quotes, and parts a query", () => {
  expect(hasPipe("level:error | count")).toBe(true);
  expect(hasPipe('"a|b" level:error')).toBe(false);
  expect(hasPipe(String.raw`a\|b`)).toBe(false);
  expect(partPipe("level:error | count by app | limit 3")).toEqual({ main: "level:error", pipes: ["count by app", "limit 3"] });
  expect(partPipe("level:error")).toEqual({ main: "level:error", pipes: [] });
});

test("what a pipe groups by is read from its text", () => {
  for (const [query, fields, step] of [
    ["| count", [], 0],
    ["| count by level", ["level"], 0],
    ["x | p95(timeCost), count by service, time(10m)", ["service"], 600_000],
    ["| COUNT BY time( 250ms ),  app", ["app"], 250],
    ["| top 20 httpPath", ["httpPath"], 0],
    ["| top errorCode | limit 3", ["errorCode"], 0],
    ['| count by "odd, by name", a\\,b', ["odd, by name", "a,b"], 0],
    ['| sum("by x") by app', ["app"], 0],
    ['level:error', [], 0],
    ["| count by time(1w)", [], 604_800_000],
  ] as const) {
    expect({ query, ...pipeKeys(query) }).toEqual({ query, fields, step });
  }
});

test("keys are told from what is computed, also where both are numbers", () => {
  const columns = [text("service"), time, number("p95(timeCost)"), number("count")];
  expect(shapeOf("| p95(timeCost), count by service, time(10m)", { columns })).toEqual({ fields: ["service"], step: 600_000, time: 1, keys: [0], values: [2, 3], linked: true });
  expect(shapeOf("| count by seq", { columns: [number("seq"), number("count")] })).toMatchObject({ keys: [0], values: [1], linked: true });
  expect(shapeOf("| count by app, level | fields count, app", { columns: [number("count"), text("app")] })).toMatchObject({ keys: [1], values: [0], linked: false });
  expect(shapeOf("| count by time(1h) | fields count", { columns: [number("count")] })).toMatchObject({ linked: false, time: -1 });
});

test("the best way to show a table follows its shape", () => {
  const kind = (query: string, columns: Parameters<typeof kindsFor>[1], rows = 5) => kindsFor(shapeOf(query, { columns }), columns, rows)[0];
  expect(kind("| count by time(1h)", [time, number("count")])).toBe("bar");
  expect(kind("| p95(timeCost), count by service, time(1h)", [text("service"), time, number("p95(timeCost)"), number("count")])).toBe("line");
  expect(kind("| top 5 app", [text("app"), number("count")])).toBe("top");
  expect(kind("| count by app, level", [text("app"), level, number("count")])).toBe("table");
  expect(kind("| count", [number("count")])).toBe("table");
  expect(kind("| count by app", [text("app"), number("count")], 0)).toBe("table");
  expect(kind("| count by app | fields app", [text("app")])).toBe("table");
});

test("only counts are put on each other", () => {
  expect(["count", "rate", "sum(timeCost)"].map(additive)).toEqual([true, true, true]);
  expect(["p95(timeCost)", "avg(x)", "distinct(session)", "counts"].map(additive)).toEqual([false, false, false, false]);
});

test("figures are written in the measure of their column", () => {
  expect(figure("p95(timeCost)", 1284)).toBe("1.28 s");
  expect(figure("max(cost)", 0)).toBe("0 ms");
  expect(figure("distinct(timeCost)", 12)).toBe("12");
  expect(figure("count", 118_002)).toBe("118,002");
  expect(figure("rate", 28.36512)).toBe("28.4");
  expect(figure("avg(rows)", 12_345.678)).toBe("12,346");
  expect(figure("service", null)).toBe("");
  expect(keyText(["web", null], "none")).toBe("web · none");
});

test("a step of time becomes a link to its events, cut to the range", () => {
  const range = { from: 1_000_000, to: 2_000_000 };
  const columns = [text("service"), time, number("count")];
  const query = "level:error or x | count by service, time(10m)";
  const shape = shapeOf(query, { columns });
  expect(rowEvents(query, shape, columns, ["call api", new Date(600_000).toISOString(), 3], range)).toEqual({ q: '(level:error or x) and service:"call api"', span: { from: 1_000_000, to: 1_200_000 } });
  expect(rowEvents(query, shape, columns, [null, new Date(1_800_000).toISOString(), 3], range)).toEqual({ q: "(level:error or x) and not service:*", span: { from: 1_800_000, to: 2_000_000 } });
  expect(withKeys("* | count by level", ["level"], ["warn"])).toBe("level:warn");
  expect(withKeys("| top a", ["odd name"], ['say "hi" | *'])).toBe(String.raw`"odd name":"say \"hi\" | *"`);
  expect(withKeys('sequence by session [timeCost:[1 to 5] or "]"] then not [b] within 5s | count by level', ["level"], ["warn"])).toBe('sequence by session [(timeCost:[1 to 5] or "]") and level:warn] then not [b] within 5s');
  expect(stepSpan(0, 10, { from: 3, to: 7 })).toEqual({ from: 3, to: 7 });
});

test("rows over time become series, the greatest first, with nulls where nothing is known", () => {
  const t = [0, 600_000, 1_200_000].map((ms) => new Date(ms).toISOString());
  const columns = [text("service"), time, number("count"), number("p95(timeCost)")];
  const query = "| count, p95(timeCost) by service, time(10m)";
  const rows = [
    ["web", t[0] ?? "", 1, 10],
    ["api", t[0] ?? "", 5, 20],
    ["web", t[1] ?? "", 0, null],
    ["api", t[1] ?? "", 6, 30],
    ["web", t[2] ?? "", 3, 12],
    ["api", t[2] ?? "", 7, 40],
  ];
  const chart = chartOf({ columns, rows }, shapeOf(query, { columns }));
  expect(chart.at).toEqual([0, 600_000, 1_200_000]);
  expect(chart.series.map(({ keys }) => keys)).toEqual([["api"], ["web"]]);
  expect(chart.series[1]?.figures).toEqual([[1, 0, 3], [10, null, 12]]);
  expect(extent(chart.series[1]?.figures[1] ?? [])).toEqual({ least: 10, most: 12, last: 12 });
  expect(extent([null])).toBeUndefined();
});

test("beyond five series the rest are others, which only counts can be added up to", () => {
  const at = new Date(0).toISOString();
  const columns = [text("a"), time, number("count"), number("p95(x)")];
  const rows = Array.from({ length: 8 }, (_, i) => [`s${i}`, at, 10 - i, i]);
  const chart = chartOf({ columns, rows }, shapeOf("| count, p95(x) by a, time(1h)", { columns }));
  const none = new Set<string>();
  expect(drawn(chart, 0, none)).toMatchObject({ others: [5 + 4 + 3], left: 3 });
  expect(drawn(chart, 1, none).others).toBeUndefined();
  const hidden = new Set(['["s0"]']);
  expect(drawn(chart, 0, hidden).shown.map(({ keys }) => keys[0])).toEqual(["s1", "s2", "s3", "s4", "s5"]);
  expect(drawn(chart, 0, hidden).others).toEqual([4 + 3]);
});

test("bars stand on each other", () => {
  expect(stackOf([[1, null, 3], [4, 5, 6]])).toEqual([[1, 0, 3], [5, 5, 9]]);
});

test("the axis ends on a round number that has room for all", () => {
  expect(roundAxis(0)).toEqual([0, 1]);
  expect(roundAxis(288)).toEqual([0, 100, 200, 300]);
  expect(roundAxis(17_421)).toEqual([0, 5000, 10_000, 15_000, 20_000]);
  expect(roundAxis(0.4)).toEqual([0, 0.1, 0.2, 0.3, 0.4]);
  for (const n of [0.013, 1, 7, 99, 101, 12_345]) expect(roundAxis(n).at(-1)).toBeGreaterThanOrEqual(n);
});

test("labels that would cover each other move apart, in their order and within the room", () => {
  expect(spread([10, 50], 12, 100)).toEqual([10, 50]);
  expect(spread([50, 50, 50], 10, 100)).toEqual([50, 60, 70]);
  expect(spread([98, 99], 10, 100)).toEqual([85, 95]);
  expect(spread([2, 1], 10, 100)).toEqual([15, 5]);
});

test("a click on a head sorts: numbers from the greatest, then the other way, then as it came", () => {
  const columns = [text("a b"), number("count")];
  expect(nextSort(undefined, 1, columns)).toBe("count desc");
  expect(nextSort(readSort("count desc", columns), 1, columns)).toBe("count");
  expect(nextSort(readSort("count", columns), 1, columns)).toBe("");
  expect(nextSort(readSort("count desc", columns), 0, columns)).toBe("a b");
  expect(nextSort(readSort("a b", columns), 0, columns)).toBe("a b desc");
  expect(readSort("gone", columns)).toBeUndefined();
});

test("rows sort by number, text or severity, and what is absent comes last either way", () => {
  const columns = [level, number("count")];
  const rows = [["warn", 2], [null, 9], ["error", null], ["info", 2]];
  expect(sorted(rows, columns, { column: 0, descending: true }).map(([l]) => l)).toEqual(["error", "warn", "info", null]);
  expect(sorted(rows, columns, { column: 1, descending: false }).map(([l]) => l)).toEqual(["warn", "info", null, "error"]);
  expect(sorted(rows, columns, undefined)).toBe(rows);
});

test("CSV quotes what has to be, and no cell is a formula", () => {
  expect(csv(["a", "n"], [['x"y', 1], ["=1+1", -2], ["+49", null], ["@cmd,", 0.5], ["line\nfeed", 1], [" -x", 1]])).toBe(
    'a,n\r\n"x""y",1\r\n\'=1+1,-2\r\n\'+49,\r\n"\'@cmd,",0.5\r\n"line\nfeed",1\r\n\' -x,1\r\n',
  );
});

test("behind a pipe, functions have their colour and commas part them", () => {
  const text = "a,b | count, p99.9(timeCost) by app, time(5m)";
  const parts = tokenize(text).filter(({ kind }) => kind !== "space").map(({ kind, from, to }) => `${kind} ${text.slice(from, to)}`);
  expect(parts).toEqual([
    "value a,b", "pipe |", "function count", "operator ,", "function p99.9", "paren (", "value timeCost", "paren )", "keyword by", "value app", "operator ,", "function time", "paren (", "value 5m", "paren )",
  ]);
});

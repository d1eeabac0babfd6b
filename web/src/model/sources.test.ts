import { expect, test } from "vitest";
import { atColumn, draftOfSource, emptySource, freeNames, isSourceName, settingsOf, type SourceSettings, type SourceTrial, withPair } from "./sources";

const can = { multiline: ["regex", "text", "logfmt"] };

test("settings become a draft and the same settings again", () => {
  const all: readonly SourceSettings[] = [
    { format: "json" },
    { format: "regex", pattern: " ^(?P<msg>.*) ", multiline: "^\\d", encoding: "gbk", tz: "Asia/Shanghai", app: "desk", env: "prod" },
    { format: "logfmt", multiline: "stack", fields: { kunde: "user", "a.b": "data", __proto__x: "msg" }, levels: { "错误": "fatal" } },
  ];
  for (const settings of all) expect(settingsOf(draftOfSource({ name: "desk", settings }), can)).toEqual(settings);
});

test("what a format cannot have is not sent", () => {
  const draft = { ...emptySource, pattern: "x", join: "stack" as const, fields: [{ id: 1, from: "a", to: "msg" }, { id: 2, from: "", to: "msg" }, { id: 3, from: "b", to: "" }] };
  expect(settingsOf({ ...draft, format: "json" }, can)).toEqual({ format: "json", fields: { a: "msg" } });
  expect(settingsOf({ ...draft, format: "text" }, can)).toEqual({ format: "text", multiline: "stack" });
  expect(settingsOf({ ...draft, format: "" }, can)).toEqual({ multiline: "stack", fields: { a: "msg" } });
});

test("a name is one that the server takes", () => {
  for (const good of ["desk", "desk.log", "0", "a-b_c"]) expect(isSourceName(good)).toBe(true);
  for (const bad of ["", "Desk", "-a", "try", "a b", "座席", "a".repeat(64)]) expect(isSourceName(bad)).toBe(false);
});

test("a row is added once for each name, with an id of its own", () => {
  const one = withPair([], "a", "msg");
  expect(withPair(one, "a")).toBe(one);
  expect(withPair(withPair(one, ""), "").map(({ id }) => id)).toEqual([0, 1, 2]);
});

test("names that no field holds are offered, the commonest first", () => {
  const parts = [{ name: "x", value: "1", data: true }, { name: "lvl", field: "level", value: "warn", data: true }];
  const trial = { lines: [{ line: 1, lines: 1, text: "", parts }, { line: 2, lines: 1, text: "", parts: [{ name: "y", value: "", data: true }, ...parts] }] } as unknown as SourceTrial;
  expect(freeNames(trial)).toEqual(["x", "y"]);
  expect(freeNames(undefined)).toEqual([]);
});

test("an error is shown at its sign, whatever stands around it", () => {
  expect(atColumn('{"座席":', 6)).toEqual(['{"座席"', ":", ""]);
  expect(atColumn("ab", 9)).toEqual(["ab", " ", ""]);
  expect(atColumn("ab", undefined)).toEqual(["ab", "", ""]);
  const [before, at, after] = atColumn("x".repeat(1000) + "!" + "y".repeat(1000), 1001);
  expect([before.startsWith("…x"), at, after.endsWith("y…")]).toEqual([true, "!", true]);
});

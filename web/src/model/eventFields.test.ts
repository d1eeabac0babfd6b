import { expect, test } from "vitest";
import { columnText, fieldGroups } from "./eventFields";
import { JsonObject, parseJson } from "./json";

function lines(text: string): string[] {
  const event = parseJson(text);
  if (!(event instanceof JsonObject)) throw new TypeError("an event is an object");
  return fieldGroups(event).flatMap(({ group, lines }) => lines.map((l) => `${group} ${l.name}=${l.text}${l.filterable ? "" : " (fixed)"}`));
}

test("fields stand in their groups, in a fixed order, data flattened to the names that one types", () => {
  expect(
    lines(
      '{"id":"01JD.7","time":"2026-11-20T06:32:07Z","traceId":"8f43","session":"s","account":"a","msg":"m","raw":"r","kind":"call","novelty":"x","filePath":["p","q"],' +
        '"data":{"ticket":"tk","deep":{"a.b":{"n":13800138000123456789}},"list":[1,2],"none":null,"empty":{}}}',
    ),
  ).toEqual([
    "who account=a",
    "who session=s",
    "what kind=call",
    "what filePath=p",
    "what filePath=q",
    "what novelty=x",
    "trace traceId=8f43",
    "data data.ticket=tk",
    "data data.deep.a.b.n=13800138000123456789",
    "data data.list=[1,2] (fixed)",
    "data data.none=null (fixed)",
    "data data.empty={} (fixed)",
    "arrival id=01JD.7",
  ]);
});

test("data may be no object", () => {
  expect(lines('{"id":"1","time":"t","data":[1]}')).toEqual(["data data=[1] (fixed)", "arrival id=1"]);
});

test("a column shows a field, a key of data by its path, or nothing", () => {
  const event = { id: "1", filePath: ["a", "b"], timeCost: 0, data: { x: 1, a: { b: "nested" }, "c.d": "dotted", ok: false } };
  expect(["filePath", "timeCost", "data.x", "x", "a.b", "data.a.b", "c.d", "ok", "nothing", "a.b.c"].map((n) => columnText(event, n))).toEqual([
    "a, b", "0", "1", "1", "nested", "nested", "dotted", "false", "", "",
  ]);
});

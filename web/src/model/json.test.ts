import { expect, test } from "vitest";
import { type Json, JsonNumber, JsonObject, parseJson, printJson } from "./json";

function plain(value: Json): unknown {
  if (value instanceof JsonNumber) return Number(value.text);
  if (value instanceof JsonObject) return Object.fromEntries(value.entries.map(([k, v]) => [k, plain(v)]));
  return Array.isArray(value) ? value.map((v: Json) => plain(v)) : value;
}

test("it reads what JSON.parse reads", () => {
  for (const text of ['{"a":[1,2.5,-3e2,true,false,null,"x\\n\\u7968\\"",{}],"b":{"c":[]}}', " [ ] ", '"\\ud83d\\ude00"', "0", '{"__proto__":1,"":2}']) {
    expect(plain(parseJson(text))).toEqual(text.includes("__proto__") ? Object.fromEntries([["__proto__", 1], ["", 2]]) : JSON.parse(text));
  }
});

test("numbers and the order of keys stay as they came", () => {
  const text = '{"z":13800138000123456789,"a":1.50,"m":1e400}';
  expect(printJson(parseJson(text))).toBe(text);
});

test("printing with indents gives the same value", () => {
  const text = '{"a":[1,{"b":"c"},[]],"d":{}}';
  const printed = printJson(parseJson(text), 0);
  expect(printed).toBe(JSON.stringify(JSON.parse(text), null, 2));
});

test("what is no JSON is refused", () => {
  for (const bad of ["", "{", "[1,]", '{"a"}', "{1:2}", "tru", "1 2", "'a'", '{"a":1,}', "]", ":"]) {
    expect(() => parseJson(bad), bad).toThrow(SyntaxError);
  }
});

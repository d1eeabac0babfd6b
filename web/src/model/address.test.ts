import { expect, test } from "vitest";
import { readQuery, writeQuery } from "./address";

test("a query string gives back what it was written from", () => {
  for (const query of [
    {},
    { q: "level:error and httpPath:/a/b", sel: "1.5" },
    { q: "票据 过期（a）", tz: "Asia/Shanghai" },
    { q: "a+b&c=d#e?f%41 %", from: "-1h" },
    { q: '"two  spaces" and (x or y)' },
  ]) {
    expect(readQuery(writeQuery(query))).toEqual(query);
  }
});

test("the signs of the query language stay readable in a link", () => {
  expect(writeQuery({ q: "level:error and httpPath:/a/b", from: "-1h" })).toBe("?q=level:error+and+httpPath:/a/b&from=-1h");
});

test("what is empty or absent is left out", () => {
  expect(writeQuery({ q: "", from: undefined, to: "now" })).toBe("?to=now");
  expect(writeQuery({})).toBe("");
});

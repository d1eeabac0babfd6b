import { expect, test } from "vitest";
import { nearQueries } from "./near";

test("what comes close is tried, the likeliest first", () => {
  expect(nearQueries("service:call-api and timeout and errocode:*", [{ name: "errocode", suggestion: "errorCode" }])).toEqual([
    { q: "service:call-api and timeout and errorCode:*" },
    { q: "service:call-api and *timeout* and errorCode:*" },
    { q: "service:call-api and timeout" },
    { q: "service:call-api and errorCode:*" },
    { q: "timeout and errorCode:*" },
    { q: "service:call-api and timeout and errocode:*", earlier: true },
  ]);
});

test("alternatives and single clauses are left as they are", () => {
  expect(nearQueries("level:error", [])).toEqual([{ q: "level:error", earlier: true }]);
  expect(nearQueries("level:error or x", [])).toEqual([{ q: "level:error or *x*" }, { q: "level:error or x", earlier: true }]);
  expect(nearQueries("", [])).toEqual([{ q: "", earlier: true }]);
});

test("there are never more than eight", () => {
  expect(nearQueries("a b c d e f g h i j", []).length).toBe(8);
});

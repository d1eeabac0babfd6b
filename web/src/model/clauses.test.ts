import { describe, expect, test } from "vitest";
import { addClause, clauseText, quote, removeClause, selected, split, toggleValue, without } from "./clauses";
import { offsetOfColumn, tokenize, wordAt } from "./queryTokens";

const kinds = (text: string) => tokenize(text).filter((t) => t.kind !== "space").map((t) => `${t.kind} ${text.slice(t.from, t.to)}`);

describe("a query is parted into what is coloured", () => {
  test.each([
    ["account:acct-7731 and (errorCode:* or 票据过期)", ["field account", "operator :", "value acct-7731", "keyword and", "paren (", "field errorCode", "operator :", "star *", "keyword or", "value 票据过期", "paren )"]],
    ["invoker:uid:user123", ["field invoker", "operator :", "value uid:user123"]],
    ["timeCost > 500 timeCost:>=5", ["field timeCost", "operator >", "value 500", "field timeCost", "operator :>=", "value 5"]],
    ["timeCost:[100 to 500} x", ["field timeCost", "operator :", "operator [", "value 100", "keyword to", "value 500", "operator }", "value x"]],
    ['"a \\" b" “c d” NOT e', ['string "a \\" b"', "string “c d”", "keyword NOT", "value e"]],
    ["level：（error or warn）", ["field level", "operator ：", "paren （", "value error", "keyword or", "value warn", "paren ）"]],
    ["*part* err* a\\*b", ["star *", "value part", "star *", "value err", "star *", "value a\\*b"]],
    ['"odd name":x', ['field "odd name"', "operator :", "value x"]],
    ["x | p95(timeCost), count by service, time(10m)", ["value x", "pipe |", "function p95", "paren (", "value timeCost", "paren )", "operator ,", "function count", "keyword by", "value service", "operator ,", "function time", "paren (", "value 10m", "paren )"]],
    ['"not closed', ['string "not closed']],
    ["a:", ["field a", "operator :"]],
  ])("%s", (text, expected) => {
    expect(kinds(text)).toEqual(expected);
  });
});

test("tokens cover any text without gaps", () => {
  let seed = 3;
  const next = (n: number) => (seed = (seed * 48_271) % 2_147_483_647) % n;
  const signs = ["a", " ", ":", "(", ")", '"', "\\", "*", "[", "]", "{", ">", "=", "|", "not ", "and ", "or ", "票", "：", "（", "“", "😀", "to "];
  for (let i = 0; i < 4000; i++) {
    const text = Array.from({ length: next(14) }, () => signs[next(signs.length)]).join("");
    let at = 0;
    for (const token of tokenize(text)) {
      expect(token.from, text).toBe(at);
      expect(token.to, text).toBeGreaterThan(token.from);
      at = token.to;
    }
    expect(at, text).toBe(text.length);
    for (const clause of split(text).clauses) expect(clause.to, text).toBeGreaterThan(clause.from);
    expect(addClause(text, "level", "error"), text).toContain("level:error");
  }
});

describe("a click adds a clause", () => {
  test.each([
    ["", "level:error"],
    ["  ", "level:error"],
    ["*", "level:error"],
    ["timeout", "timeout and level:error"],
    ["a or b", "(a or b) and level:error"],
    ["a and (b or c)", "a and (b or c) and level:error"],
    ["level:error", "level:error"],
    ["a and not level:error and b", "a and level:error and b"],
    ["level:(error or warn)", "level:(error or warn) and level:error"],
    ["a | count by level", "a and level:error | count by level"],
    ["| count", "level:error | count"],
  ])("%s", (text, expected) => {
    expect(addClause(text, "level", "error")).toBe(expected);
  });
  test("and alt-click its opposite", () => {
    expect(addClause("a", "level", "debug", true)).toBe("a and not level:debug");
    expect(addClause("level:debug and a", "level", "debug", true)).toBe("not level:debug and a");
  });
});

test("values that are not plain words are quoted", () => {
  expect(["web-phone", "/call/hold", "uid:staff-1042", "8f43c1d0", "票据", "1.5"].map(quote)).toEqual(["web-phone", "/call/hold", "uid:staff-1042", "8f43c1d0", "票据", "1.5"]);
  expect(quote("a b")).toBe('"a b"');
  expect(quote('say "hi" \\')).toBe('"say \\"hi\\" \\\\"');
  for (const odd of ["", "or", "NOT", "to", "-1", "+86 138", "a*", "(x)", "[1", "<b>", "x:", "票据：", "a|b", "“q”"]) expect(quote(odd)).toMatch(/^".*"$/s);
  expect(clauseText("odd name", "x")).toBe('"odd name":x');
  expect(clauseText("data.ticket", "tk 1", true)).toBe('not data.ticket:"tk 1"');
});

describe("a facet's values are switched on and off", () => {
  test.each([
    ["", "error", "level:error"],
    ["level:error", "warn", "level:(error or warn)"],
    ["level:(error or warn)", "info", "level:(error or warn or info)"],
    ["level:(error or warn) and a", "error", "level:warn and a"],
    ["level:error", "error", ""],
    ["a and level:error and b", "error", "a and b"],
    ["a and level:error", "error", "a"],
    ["level:error a", "error", "a"],
    ["a or level:error", "error", "(a or level:error) and level:error"],
    ["level:>=warn", "error", "level:>=warn and level:error"],
    ["not level:error and a", "error", "level:error and a"],
  ])("%s + %s", (text, value, expected) => {
    expect(toggleValue(text, "level", value)).toBe(expected);
  });

  test("and known again, with quotes and full-width signs", () => {
    expect(selected('service:("a b" or c)', "service")).toEqual(["a b", "c"]);
    expect(selected("level：（error or warn） and x", "level")).toEqual(["error", "warn"]);
    expect(selected("level:error or x", "level")).toEqual([]);
    expect(selected("errorCode:*", "errorCode")).toEqual([]);
    expect(selected("service:(a b)", "service")).toEqual([]);
  });

  test("twice is as before", () => {
    for (const text of ["", "a", "a b", "a and (b or c)", "level:warn and x", "x and level:(warn or info)"]) {
      const once = toggleValue(text, "level", "error");
      expect(toggleValue(once, "level", "error")).toBe(text);
    }
  });

  test("its own counts are taken from the query without it", () => {
    expect(without("a and level:(error or warn) and b", "level")).toBe("a and b");
    expect(without("a or level:error", "level")).toBe("a or level:error");
  });
});

test("a clause is taken out with its and", () => {
  const text = "a and b:1 c and timeCost:[1 to 5]";
  const { clauses } = split(text);
  expect(clauses.map((c) => text.slice(c.from, c.to))).toEqual(["a", "b:1", "c", "timeCost:[1 to 5]"]);
  expect(clauses.map((c) => removeClause(text, c))).toEqual(["b:1 c and timeCost:[1 to 5]", "a and c and timeCost:[1 to 5]", "a and b:1 and timeCost:[1 to 5]", "a and b:1 c"]);
});

test("a column counts Unicode characters from 1", () => {
  expect(offsetOfColumn("a😀b", 1)).toBe(0);
  expect(offsetOfColumn("a😀b", 3)).toBe(3);
  expect(offsetOfColumn("a😀b", 99)).toBe(4);
  expect(wordAt("errorCode:>= and x", 11)).toEqual({ from: 10, to: 12 });
  expect(wordAt("timeCost:", 10)).toEqual({ from: 8, to: 9 });
  expect(wordAt("", 1)).toEqual({ from: 0, to: 0 });
});

test("clicks change what finds the first event of a sequence, and nothing else", () => {
  const q = "sequence by session [level:error and timeCost:[1 to 2]] then not [httpPath:\"/a]\"] within 5s | count by app";
  expect(selected(q, "level")).toEqual(["error"]);
  expect(selected(q, "httpPath")).toEqual([]);
  expect(addClause(q, "app", "web")).toBe(q.replace("2]]", "2] and app:web]"));
  expect(toggleValue(q, "level", "warn")).toBe(q.replace("level:error", "level:(error or warn)"));
  expect(without(q, "level")).toBe(q.replace("level:error and ", ""));
});

test("a clause is added to Lucene in its own words", () => {
  expect(addClause("lucene:a OR b", "level", "error")).toBe("lucene:(a OR b) AND level:error");
  expect(addClause("lucene:level:warn b", "level", "error", true)).toBe("lucene:(level:warn b) AND NOT level:error");
  expect(selected("lucene:a level:error", "level")).toEqual([]);
});

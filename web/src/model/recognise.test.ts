import { expect, test } from "vitest";
import { recognise } from "./recognise";

const origin = "https://logs.example";
const now = Date.parse("2026-11-20T06:36:00Z");
const kind = (text: string) => recognise(text, origin, now, "UTC")?.kind;
const first = (text: string) => recognise(text, origin, now, "UTC")?.queries[0]?.q;

test("says what was pasted", () => {
  expect(kind("+86 138-0000-0000")).toBe("number");
  expect(kind("138 0000 0000")).toBe("number");
  expect(kind("K7F-42Q")).toBe("share");
  expect(kind("share:k7f-42q")).toBe("share");
  expect(kind("234-679")).toBe("number");
  expect(kind("LOG-OUT")).toBe("words");
  expect(kind("8f43c1d09b7e4a52")).toBe("trace");
  expect(kind("4BF92F35-77B3-4DA6-A3CE-929D0E0E4736")).toBe("trace");
  expect(kind("01JD4K7Q2M.125")).toBe("event");
  expect(kind("20261120f83a41d2c95b7e60.4312")).toBe("event");
  expect(kind(`${origin}/search?q=a`)).toBe("link");
  expect(kind("14:32:07")).toBe("time");
  expect(kind("2026-11-20T14:32:07.688Z")).toBe("time");
  expect(kind("call-9f3c27")).toBe("words");
  expect(kind("NOTICE: 26-11-20 14:32:07 [optime=1 product=a]\nat x")).toBe("line");
  expect(kind("  ")).toBeUndefined();
});

test("other servers' links and scripts are words, and never followed", () => {
  for (const text of ["https://evil.example/search", "javascript:alert(1)", `${origin}.evil.example/`, "//evil.example"]) expect(kind(text)).not.toBe("link");
});

test("each has a query that finds it, quoted where it must be", () => {
  expect(first("+86 138-0000-0000")).toBe('number:"+86 138-0000-0000"');
  expect(first("8f43c1d09b7e4a52")).toBe("traceId:8f43c1d09b7e4a52");
  expect(first('say "hi" \\ x')).toBe('"say \\"hi\\" \\\\ x"');
  expect(first("call-9f3c27")).toBe("call-9f3c27");
  expect(first("and")).toBe('"and"');
  expect(first(`2026-11-20 14:32:07,688 [main] ERROR the ticket of this seat has expired 4711 ${"x".repeat(99)}`)).toMatch(/^x+$|^"the ticket of this seat has expired"$/);
});

test("a megabyte is read in no time", () => {
  const begin = performance.now();
  expect(kind("a1 ".repeat(350_000))).toBe("line");
  expect(kind("1".repeat(1_000_000))).toBe("line");
  expect(performance.now() - begin).toBeLessThan(2000);
});

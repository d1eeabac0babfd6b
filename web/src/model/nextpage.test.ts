import { expect, test } from "vitest";
import { nextPage } from "./nextpage";

const here = "https://logs.example.com";

test("the page that was asked for opens after the log-in, with its whole state", () => {
  expect(nextPage("/search?q=callId%3A9f3c&from=-1h#x", here)).toEqual({
    href: "/search?q=callId%3A9f3c&from=-1h#x", page: "search", about: "callId:9f3c",
  });
  expect(nextPage("/settings/keys", here)).toEqual({ href: "/settings/keys", page: "settings", about: "" });
  expect(nextPage("/add-data?source=http", here).page).toBe("add-data");
  expect(nextPage("/clues/1", here)).toEqual({ href: "/clues/1", page: "other", about: "/clues/1" });
});

test("an event that was linked names itself", () => {
  expect(nextPage("/search?sel=s1.7", here).about).toBe("s1.7");
});

test.each([
  ["nothing", undefined],
  ["an empty one", ""],
  ["another site", "https://evil.example/"],
  ["another site without a scheme", "//evil.example/"],
  ["a backslash that browsers read as a slash", "/\\evil.example/"],
  ["a tab that browsers drop", "/\t/evil.example/"],
  ["a line feed", "/search\n"],
  ["a script", "javascript:alert(1)"],
  ["a relative path", "search"],
  ["the log-in page itself, which would go round in circles", "/login?next=/login"],
  ["the set-up page", "/setup?token=x"],
  ["the root", "/"],
  ["a path that climbs to another host", "/..//evil.example/"],
  ["an endless one", "/" + "a".repeat(5000)],
])("%s leads to the search page", (_name, next) => {
  expect(nextPage(next, here)).toEqual({ href: "/search", page: "search", about: "" });
});

test("whatever is asked for, the browser stays on this site", () => {
  const signs = ["/", "\\", ".", ":", "@", "e", "?", "#", "%2f", "\t", " "];
  let seed = 7;
  const roll = (n: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
  for (let i = 0; i < 5000; i++) {
    let next = "";
    for (let n = roll(9); n >= 0; n--) next += signs[roll(signs.length)] ?? "";
    expect(new URL(nextPage(next, here).href, here).origin, JSON.stringify(next)).toBe(here);
  }
});

import { expect, test } from "vitest";
import { checkPassword } from "./password";

test.each([
  ["", 0, false, false],
  ["short", 1, false, false],
  ["eleven char", 2, false, false],
  ["twelve chars", 3, true, true],
  ["correct horse battery", 4, true, true],
  ["线团引你走出迷宫去找那一行", 3, true, true], // 13 characters
  ["👍🏽".repeat(3), 1, false, false],
  ["aaaaaaaaaaaaaaaa", 1, true, false],
  ["abababababababab", 1, true, false],
])("%j shows %i bars", (password, bars, longEnough, ok) => {
  expect(checkPassword(password, "ada")).toMatchObject({ bars, longEnough, ok });
});

test("characters are counted as people count them, not in UTF-16 units", () => {
  expect(checkPassword("𠮷".repeat(11), "").length).toBe(11);
  expect(checkPassword("𠮷".repeat(11), "").longEnough).toBe(false);
});

test("the account's name again and again is not a password", () => {
  expect(checkPassword("staff-0001staff-0001", "staff-0001")).toMatchObject({ longEnough: true, guessable: true, ok: false });
  expect(checkPassword("staff-0001 likes long walks", "staff-0001").ok).toBe(true);
});

test("a password that would only keep the server busy is too long", () => {
  expect(checkPassword("ab c".repeat(400), "ada").ok).toBe(false);
});

import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { goString, jsString, pythonString, shellWord } from "./quote";

const nasty = ["plain", "web-phone", "it's", 'say "hi"', "back\\slash", "$(id) `id` ${x} !!", "</script><!--", "线团 👍", "a\nb", "\u2028", "'", "''", "-n", "", "%s"];

test.each(nasty)("%j reaches a program through the shell as it is", (text) => {
  const out = execFileSync("sh", ["-c", `printf '%s|' ${shellWord(text)}`], { encoding: "utf8" });
  expect(out).toBe(`${text}|`);
});

test.each(nasty)("%j is the same text in JavaScript, and cannot end a script element", (text) => {
  const code = jsString(text);
  expect(code).not.toContain("</");
  expect(code).not.toContain("<!--");
  expect(code).not.toMatch(/[\n\u2028]/);
  // oxlint-disable-next-line no-new-func, typescript/no-implied-eval -- evaluating it is the point
  expect(new Function(`return ${code}`)()).toBe(text);
});

test.each(nasty)("%j is one line in Python and Go", (text) => {
  expect(pythonString(text)).not.toContain("\n");
  expect(JSON.parse(goString(text))).toBe(text);
});

test("half a character is no text in any of them", () => {
  expect(pythonString("\ud800")).toBe('"\ufffd"');
});

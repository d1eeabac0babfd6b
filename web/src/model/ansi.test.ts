import { expect, test } from "vitest";
import { ansiRuns, mostRuns } from "./ansi";
import { dropAnsi } from "./untrusted";

const joined = (text: string) => ansiRuns(text).map((run) => run.text).join("");

test("a terminal's colours become runs, everything else of it is dropped", () => {
  expect(ansiRuns("a \u001B[1;31mred\u001B[0m b")).toEqual([{ text: "a " }, { text: "red", colour: "red", bold: true }, { text: " b" }]);
  expect(ansiRuns("\u001B[92mok\u001B[39m \u001B[2Kgone \u001B]0;title\u0007x")).toEqual([{ text: "ok", colour: "green" }, { text: " gone x" }]);
  expect(ansiRuns("\u001B[38;5;196;1mbold\u001B[38;2;1;2;3mx")).toEqual([{ text: "bold", bold: true }, { text: "x", bold: true }]);
  expect(ansiRuns("\u001B[41mno ground\u001B[m")).toEqual([{ text: "no ground" }]);
});

test("no text is lost, however it changes its colours", () => {
  const hostile = "\u001B[31mx\u001B[32my".repeat(5000);
  expect(joined(hostile)).toBe(dropAnsi(hostile));
  expect(ansiRuns(hostile).length).toBeLessThanOrEqual(mostRuns + 1);
  for (const text of ["", "plain", "\u001B[", "\u001B[31", "\u001B[999999999m!", "\u001B[;;;m;"]) expect(joined(text)).toBe(dropAnsi(text));
});

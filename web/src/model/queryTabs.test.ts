import { expect, test } from "vitest";
import { addTab, allTabs, closeTab, formatTabs, mostTabs, openTab, parseTabs } from "./queryTabs";

const of = (...all: string[]) => ({ tabs: { at: 1, others: all.filter((_, i) => i !== 1) }, open: all[1] ?? "" });
const shown = (turned: { open: string; tabs: string } | undefined) => (turned === undefined ? undefined : [turned.open, ...allTabs(parseTabs(turned.tabs), turned.open)]);

test("tabs are written into the address and read from it, whatever their queries hold", () => {
  const tabs = { at: 1, others: ["q=a~b&from=-1h", "", "q=%E7%A5%A8+%22x%22", "q=100%25"] };
  expect(parseTabs(formatTabs(tabs))).toEqual(tabs);
  expect(parseTabs("")).toEqual({ at: 0, others: [] });
  expect(formatTabs({ at: 0, others: [] })).toBe("");
});

test("an address that was cut or written by hand still opens", () => {
  expect(parseTabs("9~q%3Da")).toEqual({ at: 1, others: ["q=a"] });
  expect(parseTabs("x~%E0%A4%A~b")).toEqual({ at: 0, others: ["", "b"] });
  expect(parseTabs("-1").at).toBe(0);
  expect(parseTabs(`0${"~a".repeat(500)}`).others).toHaveLength(mostTabs - 1);
});

test("opening keeps the order, and goes round at the ends", () => {
  const { tabs, open } = of("a", "b", "c");
  expect(shown(openTab(tabs, open, 2))).toEqual(["c", "a", "b", "c"]);
  expect(shown(openTab(tabs, open, 3))).toEqual(["a", "a", "b", "c"]);
  expect(shown(openTab(tabs, open, -1))).toEqual(["c", "a", "b", "c"]);
});

test("a new tab stands after the open one; ten are the most", () => {
  const { tabs, open } = of("a", "b", "c");
  expect(shown(addTab(tabs, open, "n"))).toEqual(["n", "a", "b", "n", "c"]);
  expect(addTab({ at: 0, others: Array.from({ length: mostTabs - 1 }, () => "x") }, "o", "n")).toBeUndefined();
  expect(addTab({ at: 0, others: ["x".repeat(7000)] }, "o", "n")).toBeUndefined();
});

test("closing the open tab opens its neighbour, closing another changes nothing else, the last one stays", () => {
  const { tabs, open } = of("a", "b", "c");
  expect(shown(closeTab(tabs, open, 1))).toEqual(["c", "a", "c"]);
  expect(shown(closeTab(tabs, open, 0))).toEqual(["b", "b", "c"]);
  expect(shown(closeTab(tabs, open, 2))).toEqual(["b", "a", "b"]);
  expect(shown(closeTab({ at: 1, others: ["a"] }, "b", 1))).toEqual(["a", "a"]);
  expect(shown(closeTab({ at: 0, others: [] }, "b", 0))).toEqual(["b", "b"]);
});

// What those hear who do not see the search page: the accessibility tree as
// Chromium computes it, which is what screen readers are given. What a certain
// reader makes of it aloud is not tested.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { heard, nameless } from "./ax-tree";
import { launch } from "./browser";
import { at, box, flaws, phone, range, rows } from "./search-page";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

/** The texts of the regions whose changes are said, by how urgently. */
async function said(page: Page, how: "status" | "alert"): Promise<string[]> {
  const texts = await page.getByRole(how).allTextContents();
  return texts.map((text) => text.replaceAll(/\s+/g, " ").trim()).filter((text) => text !== "");
}

async function opened(path: string, look = {}) {
  const all = await at(browser, path, look);
  await rows(all.page).first().waitFor();
  await all.page.getByRole("slider", { name: /Events over time/ }).waitFor();
  return all;
}

describe("those who hear the page", () => {
  test("find its places, and a name on all they can act on", async () => {
    const { page, context } = await opened(`/search?${range}&cols=callId`);
    const tree = await heard(page);
    expect(nameless(tree)).toEqual([]);
    expect(tree.filter(({ role, name }) => role === "image" && name === "")).toEqual([]);
    const named = (role: string) => tree.filter((node) => node.role === role).map(({ name }) => name);
    expect(named("RootWebArea")).toEqual(["Search · Clewline"]);
    for (const place of ["banner", "navigation", "main", "search"]) expect(named(place), place).toHaveLength(1);
    expect(named("complementary")).toEqual(["Facets"]);
    expect(named("heading")).toContain("Search");
    expect(named("grid")).toEqual(["Events, newest first"]);
    expect(named("columnheader")).toEqual(expect.arrayContaining([expect.stringContaining("time"), expect.stringContaining("message"), expect.stringContaining("callId")]));
    const query = tree.find(({ role, name }) => role === "textbox" && name === "Query");
    expect(query?.states).toMatchObject({ multiline: true, invalid: "false", autocomplete: "list" });
    expect(query?.within).toContain("search");
    await context.close();
  });

  test("are told how many there are and whether that is all, also on a phone", async () => {
    for (const look of [{}, phone]) {
      // One after the other: they share a browser.
      // oxlint-disable-next-line no-await-in-loop
      const { page, context } = await opened(`/search?${range}`, look);
      // oxlint-disable-next-line no-await-in-loop
      await expect.poll(() => said(page, "status")).toEqual(expect.arrayContaining([expect.stringMatching(/^1,284.*whole answer$/)]));
      // oxlint-disable-next-line no-await-in-loop
      const live = (await heard(page)).filter(({ role }) => role === "status");
      expect(live.some(({ states }) => states["live"] === "polite")).toBe(true);
      // oxlint-disable-next-line no-await-in-loop
      await context.close();
    }
  });

  test("are told at once what is wrong with a query, and where, at the box itself", async () => {
    const { page, context } = await at(browser, `/search?${range}`, {}, { check: (q) => (q.endsWith("(") ? { status: 400, body: { error: { code: "invalid_query", message: "column 7: want a search", column: 7, want: "a search", field: "q" } } } : { status: 200, body: { ok: true, text: q, words: [] } }) });
    await rows(page).first().waitFor();
    await box(page).click();
    await page.keyboard.type("level (");
    await page.getByRole("alert").waitFor();
    expect(await said(page, "alert")).toEqual([expect.stringContaining("Column 7:")]);
    const tree = await heard(page);
    const query = tree.find(({ role, name }) => role === "textbox" && name === "Query");
    expect(query?.states["invalid"]).toBe("true");
    expect(query?.description).toContain("Column 7:");
    expect(tree.find(({ role }) => role === "alert")?.states).toMatchObject({ live: "assertive" });
    await context.close();
  });

  test("are told that the server is away, and that it is back", async () => {
    let away = false;
    const { page, context } = await at(browser, `/search?${range}`, {}, { away: () => away });
    await rows(page).first().waitFor();
    away = true;
    await box(page).focus();
    await page.keyboard.type("x");
    await page.keyboard.press("Enter");
    await expect.poll(() => said(page, "alert")).toEqual(expect.arrayContaining([expect.stringContaining("The server does not answer.")]));
    away = false;
    await page.getByRole("button", { name: "Try now" }).click();
    await expect.poll(() => said(page, "status")).toEqual(expect.arrayContaining([expect.stringMatching(/^Back\./)]));
    await context.close();
  });

  test("hear the row, its place and its details, and come back to where they were", async () => {
    const { page, context } = await opened(`/search?${range}`);
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.getByRole("tab", { name: "JSON" }).waitFor();
    const tree = await heard(page);
    expect(nameless(tree)).toEqual([]);
    expect(tree.filter(({ role, states }) => role === "row" && states["selected"] === true)).toHaveLength(1);
    expect(tree.filter(({ role }) => role === "tab").map(({ name }) => name)).toEqual(expect.arrayContaining(["Fields", "JSON", "Raw", "Around"]));
    expect(tree.filter(({ role }) => role === "tabpanel").length).toBeLessThanOrEqual(1);
    await page.keyboard.press("Escape");
    await expect.poll(async () => (await heard(page)).filter(({ states }) => states["focused"] === true).map(({ role }) => role)).toEqual(expect.arrayContaining([expect.stringMatching(/grid|row|gridcell/)]));
    await context.close();
  });

  test.each(["?", "Control+k"])("hear that %s opens a dialog, what it is, and nothing behind it by mistake", async (key) => {
    const { page, context } = await opened(`/search?${range}`);
    await page.keyboard.press(key);
    await page.getByRole("dialog").waitFor();
    const tree = await heard(page);
    const dialog = tree.find(({ role }) => role === "dialog");
    expect(dialog?.name).not.toBe("");
    expect(dialog?.states).toMatchObject({ modal: true });
    expect(tree.findLast(({ states }) => states["focused"] === true)?.within).toContain("dialog"); // the page itself has it too
    expect(nameless(tree)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await context.close();
  });
});

// In light colours each of these is looked at where it is tested.
describe("in dark colours no rule of axe is broken", () => {
  const open = async (act: (page: Page) => Promise<unknown>, look = {}) => {
    const { page, context } = await opened(`/search?${range}&cols=callId`, { scheme: "dark", ...look });
    await act(page);
    expect(await flaws(page)).toEqual([]);
    await context.close();
  };
  const press = (name: string | RegExp, wait: string) => (page: Page) =>
    page
      .getByRole("button", { name })
      .click()
      .then(() => page.getByRole("dialog", { name: wait }).waitFor());
  test("with an event's details open", () => open((page) => page.keyboard.press("j").then(() => page.keyboard.press("Enter")).then(() => page.getByRole("tab", { name: "JSON" }).click())));
  test("with the columns, times and zone", () => open(press("Columns, times and zone", "How rows are shown")));
  test("with the time range", () => open(press(/Today 14:00/, "Time range")));
  test("with the saved views", () => open(press("Views", "Saved views")));
  test("with a share", () => open(press("Share", "Share this page")));
  test("with an export", () => open(press("Export", "Export")));
  test("with the keys", () => open((page) => page.keyboard.press("?").then(() => page.getByRole("dialog").waitFor())));
  test("with the jump box", () => open((page) => page.keyboard.press("Control+k").then(() => page.getByRole("dialog").waitFor())));
  test("with roomy rows that wrap", () => open((page) => page.keyboard.press("v").then(() => page.getByRole("button", { name: "Roomier rows" }).click())));
  test("with the menu of a phone", () => open((page) => page.getByRole("button", { name: "Views, share, export" }).click(), phone));
  test("with the filters of a phone", () => open((page) => page.getByRole("button", { name: "Filters" }).click().then(() => page.getByRole("dialog").waitFor()), phone));
});

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch } from "./browser";
import { at, flaws, phone, range, rows } from "./search-page";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const heads = (page: Page) => page.locator("[data-head]").evaluateAll((all) => all.map((head) => head.getAttribute("data-head")));

test("columns are put in order by keys and by dragging, dropped, and made wider; all of it stands in the address", async () => {
  const { page, context, param, complaints } = await at(browser, `/search?${range}&cols=callId,staff,app`);
  await rows(page).first().waitFor();
  const head = (field: string) => page.locator(`[data-head="${field}"]`);
  await head("callId").focus();
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => param("cols")).toBe("staff,callId,app");
  await page.getByText("callId is column 2 of 3 now").waitFor();
  await page.keyboard.press("ArrowRight"); // the focus went with it
  await expect.poll(() => param("cols")).toBe("staff,app,callId");
  const from = await head("callId").boundingBox();
  const to = await head("staff").boundingBox();
  if (from === null || to === null) throw new Error("no heads");
  await page.mouse.move(from.x + 10, from.y + 8);
  await page.mouse.down();
  await page.mouse.move(to.x - 20, to.y + 8, { steps: 4 });
  await page.mouse.up();
  await expect.poll(() => param("cols")).toBe("callId,staff,app");
  await page.getByRole("separator", { name: "Width of staff" }).focus();
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => param("cols")).toBe("callId,staff:150,app");
  await page.goBack(); // a width is no step of its own
  await expect.poll(() => param("cols")).toBe("staff,app,callId");
  await head("app").focus();
  await page.keyboard.press("Delete");
  await expect.poll(() => param("cols")).toBe("staff,callId");
  expect(await heads(page)).toEqual(["staff", "callId"]);
  expect(complaints).toEqual([]);
  await context.close();
});

test("the head of a facet makes its field a column, and takes it away again", async () => {
  const { page, context, param } = await at(browser, `/search?${range}`);
  await rows(page).first().waitFor();
  const head = page.getByRole("complementary", { name: "Facets" }).getByRole("button", { name: /^errorCode/ });
  await head.hover();
  const column = page.getByRole("button", { name: "Show errorCode as a column" });
  await column.click();
  await expect.poll(() => param("cols")).toBe("errorCode");
  expect(await column.getAttribute("aria-pressed")).toBe("true");
  await page.getByRole("complementary", { name: "Facets" }).getByRole("button", { name: /^level/ }).hover(); // the list shows it anyway
  expect(await page.getByRole("button", { name: "Show level as a column" }).count()).toBe(0);
  await head.focus();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect.poll(() => param("cols")).toBeNull();
  await context.close();
});

test("the panel offers the fields of the events, relative times, and any zone", async () => {
  const { page, context, param, shot } = await at(browser, `/search?${range}`);
  await rows(page).first().waitFor();
  await page.getByRole("button", { name: "Columns, times and zone" }).click();
  const panel = page.getByRole("dialog", { name: "How rows are shown" });
  await panel.getByRole("textbox", { name: "Find a field" }).fill("queue");
  await panel.getByRole("button", { name: "data.seat.queue" }).waitFor();
  await page.keyboard.press("Enter");
  await expect.poll(() => param("cols")).toBe("data.seat.queue");
  await panel.getByRole("textbox", { name: "Find a field" }).fill("callId");
  await page.keyboard.press("Enter");
  await panel.getByRole("checkbox", { name: /since the event before/ }).check();
  await panel.getByRole("checkbox", { name: /How long ago/ }).check();
  await expect.poll(() => param("cols")).toBe("data.seat.queue,callId,@gap:100,@ago:100");
  await panel.getByRole("button", { name: /^Move callId/ }).focus();
  await page.keyboard.press("ArrowUp");
  await expect.poll(() => param("cols")).toBe("callId,data.seat.queue,@gap:100,@ago:100");
  await panel.getByRole("textbox", { name: "Another zone" }).fill("new york");
  await page.keyboard.press("Enter");
  await expect.poll(() => param("tz")).toBe("America/New_York");
  expect(await flaws(page)).toEqual([]);
  await shot("view-panel");
  await page.keyboard.press("Escape");
  const first = await rows(page).first().innerText();
  expect(first).toContain("01:33:02"); // New York
  expect(first).toContain("+9 ms");
  expect(first).toContain("2 min. ago");
  await context.close();
});

test("a phone shows the columns in its cards", async () => {
  const { page, context, shot } = await at(browser, `/search?${range}&cols=callId,@ago`, phone);
  await rows(page).filter({ hasText: "callId call-9f3c27" }).first().waitFor();
  await page.getByRole("button", { name: "Filters" }).click();
  await page.getByRole("button", { name: "Columns, times and zone" }).click();
  await page.getByRole("dialog", { name: "How rows are shown" }).waitFor();
  expect(await flaws(page)).toEqual([]);
  await shot("view-panel-phone");
  await context.close();
});

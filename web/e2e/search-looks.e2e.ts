import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch, type Look } from "./browser";
import { at, flaws, phone, range, rows } from "./search-page";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

describe("axe finds nothing", () => {
  test.each([
    ["light", {}],
    ["dark", { scheme: "dark" }],
    ["Chinese", { language: "zh" }],
    ["phone", phone],
    ["phone, dark", { ...phone, scheme: "dark" }],
    ["1024", { width: 1024, height: 768 }],
  ] satisfies [string, Look][])("on the search page, %s", async (_name, look) => {
    const { page, context } = await at(browser, `/search?q=account:acct-7731&${range}&sel=01JD4K7Q2M.125&cols=callId`, look);
    await rows(page).nth(3).waitFor();
    await page.getByRole("complementary", { name: /Event|事件/ }).getByRole("tab").first().waitFor();
    expect(await flaws(page)).toEqual([]);
    await context.close();
  });
});

test("a phone has cards, filters in a sheet, and an event that is dragged up", async () => {
  const { page, context, param, shot } = await at(browser, `/search?${range}`, phone);
  await rows(page).first().waitFor();
  await page.getByRole("button", { name: "Filters" }).click();
  await shot("phone-filters");
  await page.getByRole("dialog").getByRole("button", { name: /^TICKET_EXPIRED/ }).first().click();
  await expect.poll(() => param("q")).toBe("errorCode:TICKET_EXPIRED");
  await page.keyboard.press("Escape");
  await rows(page).nth(1).click();
  const drawer = page.getByRole("complementary", { name: "Event" });
  await drawer.waitFor();
  const low = (await drawer.boundingBox())?.height ?? 0;
  await drawer.getByRole("button", { name: "Width of the drawer" }).click();
  await expect.poll(async () => (await drawer.boundingBox())?.height ?? 0).toBeGreaterThan(low + 50);
  await shot("phone-sheet");
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  await context.close();
});

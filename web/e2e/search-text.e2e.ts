import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch } from "./browser";
import { at, range, rows, told } from "./search-page";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

describe("text from elsewhere", () => {
  test("cannot act: markup stays text, overrides are boxed, a megabyte is cut with a way to all of it", async () => {
    const long = `start ${"0123456789 ".repeat(100_000)} end-of-it`;
    const list = [{ ...told(0), msg: "<img src=x onerror=\"window.hurt=1\"> \u202Egnp.exe \u0007", errorCode: "<script>" }, { ...told(1), msg: long }];
    const { page, context, complaints } = await at(browser, `/search?${range}`, {}, { list });
    await rows(page).first().waitFor();
    expect(await rows(page).first().innerText()).toContain("<img src=x");
    expect(await rows(page).first().innerText()).toContain("RLO");
    await rows(page).nth(1).click();
    const drawer = page.getByRole("complementary", { name: "Event" });
    expect((await drawer.innerText()).includes("end-of-it")).toBe(false);
    await drawer.getByRole("button", { name: "Show all 1.1 MB" }).first().click();
    await expect.poll(async () => (await drawer.innerText()).includes("end-of-it")).toBe(true);
    expect(await page.evaluate(() => "hurt" in window)).toBe(false);
    expect(complaints).toEqual([]);
    await context.close();
  });
});

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch } from "./browser";
import { at, flaws, range, rows } from "./search-page";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

describe("the keyboard", () => {
  test("walks rows and problems, opens, filters, copies, moves in time", async () => {
    const { page, context, param } = await at(browser, `/search?${range}`);
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await rows(page).first().waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("J");
    const selected = () => page.locator('[aria-selected="true"][data-index]').getAttribute("data-index");
    expect(await selected()).toBe("5");
    await page.keyboard.press("K");
    expect(await selected()).toBe("0");
    await page.keyboard.press("Enter");
    await expect.poll(() => param("sel")).toBe("01JD4K7Q2M.118");
    await page.keyboard.press("j"); // the drawer follows
    await expect.poll(() => param("sel")).toBe("01JD4K7Q2M.119");
    await page.keyboard.press("Escape");
    await expect.poll(() => param("sel")).toBeNull();
    await page.keyboard.press("ArrowLeft"); // the focus is back in the list: from service to level
    await page.keyboard.press("f");
    await expect.poll(() => param("q")).toBe("level:warn");
    await page.keyboard.press("F");
    await expect.poll(() => param("q")).toBe("not level:warn");
    await page.keyboard.press("[");
    await expect.poll(() => param("from")).toBe("2026-11-20T05:00:00Z");
    await page.keyboard.press("]");
    await expect.poll(() => param("from")).toBe("2026-11-20T06:00:00Z");
    await page.keyboard.press("Z");
    await expect.poll(() => param("from")).not.toBe("2026-11-20T06:00:00Z");
    await context.close();
  });

  test("lists all its keys, and can be switched off", async () => {
    const { page, context, shot } = await at(browser, `/search?${range}`);
    await rows(page).first().waitFor();
    await page.keyboard.press("?");
    const dialog = page.getByRole("dialog", { name: "Keys of this page" });
    await dialog.waitFor();
    await shot("overlay-keys");
    expect(await flaws(page)).toEqual([]);
    await dialog.getByRole("checkbox").uncheck();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page.keyboard.press("j");
    expect(await page.locator('[aria-selected="true"][data-index]').count()).toBe(0);
    await context.close();
  });
});

describe("the time range", () => {
  test("one field says what it understood; presets stay relative; zones change every clock", async () => {
    const { page, context, param, shot } = await at(browser, `/search?${range}`);
    await rows(page).first().waitFor();
    await page.getByRole("button", { name: /Today 14:00/ }).click();
    const dialog = page.getByRole("dialog", { name: "Time range" });
    const field = dialog.getByRole("textbox", { name: /in words/ });
    await field.fill("14:32:07 ± 30s");
    await dialog.getByText("Today 14:31:37 – 14:32:37").waitFor();
    await dialog.getByText("1,284 events").waitFor();
    await shot("overlay-time");
    expect(await flaws(page)).toEqual([]);
    await field.fill("soon");
    await dialog.getByText("“soon” is no time.").waitFor();
    await field.fill("today 14:00 to 15:00");
    await field.press("Alt+KeyU");
    await expect.poll(() => param("tz")).toBe("UTC");
    await field.fill("90m");
    await field.press("Enter");
    await expect.poll(() => param("from")).toBe("-90m");
    await page.getByRole("button", { name: /Last 90 minutes/ }).waitFor();
    await page.getByText("06:33:02").first().waitFor(); // the rows' clock is UTC now
    await context.close();
  });
});

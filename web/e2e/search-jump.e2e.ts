import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch, origin } from "./browser";
import { at, box, flaws, phone, range, rows } from "./search-page";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

describe("tabs", () => {
  test("several queries stand in tabs, which are the address; keys open, walk and close them", async () => {
    const { page, context, param, shot, complaints } = await at(browser, `/search?${range}&q=level:error`);
    await rows(page).first().waitFor();
    await page.getByRole("button", { name: "New tab" }).click();
    await expect.poll(() => param("q")).toBeNull();
    await box(page).focus();
    await page.keyboard.type("票据");
    await page.keyboard.press("Enter");
    await expect.poll(() => param("q")).toBe("票据");
    const tab = (name: string) => page.getByRole("tab", { name, exact: true });
    expect(await tab("票据").getAttribute("aria-selected")).toBe("true");
    await page.keyboard.press("Alt+1");
    await expect.poll(() => param("q")).toBe("level:error");
    expect(param("from")).toBe("2026-11-20T06:00:00Z"); // its own time
    await page.reload();
    await tab("票据").waitFor();
    await tab("level:error").focus();
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => param("q")).toBe("票据");
    await page.keyboard.press("Delete"); // the focus went along
    await expect.poll(() => param("q")).toBe("level:error");
    expect(param("tabs")).toBeNull();
    await page.goBack();
    await expect.poll(() => param("q")).toBe("票据");
    await shot("tabs");
    expect(await flaws(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await context.close();
  });
});

describe("jump", () => {
  test("says what was pasted, counts what finds it, and opens it", async () => {
    const { page, context, param, shot, complaints } = await at(browser, `/search?${range}`);
    await rows(page).first().waitFor();
    await box(page).focus();
    await page.keyboard.press("Control+k"); // from inside of the query box too
    const dialog = page.getByRole("dialog", { name: "Jump, search, do" });
    const field = dialog.getByRole("combobox");
    await field.fill("138-0000-0000");
    await dialog.getByText("a number", { exact: true }).waitFor();
    await dialog.getByRole("option", { name: /number:138-0000-0000 as a field/ }).getByText("1,284 events").waitFor();
    await shot("overlay-jump");
    expect(await flaws(page)).toEqual([]);
    await page.keyboard.press("Enter");
    await expect.poll(() => param("q")).toBe("number:138-0000-0000");
    expect(param("from")).toBe("-31d");
    await page.keyboard.press("Control+k");
    await field.fill("call-9f3c27");
    await dialog.getByText("known as callId").waitFor(); // an event of that id says so
    await page.keyboard.press("Control+Enter");
    await expect.poll(() => param("q")).toBe("callId:call-9f3c27");
    await page.getByRole("tab", { name: "number:138-0000-0000" }).waitFor(); // the other one stayed
    await page.keyboard.press("Control+k");
    await field.fill(`${origin}/search?q=level:fatal`);
    await dialog.getByText("a link of this server", { exact: true }).waitFor();
    await page.keyboard.press("Enter");
    await expect.poll(() => param("q")).toBe("level:fatal");
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("does what has a key or a button, and finds pages, tabs and earlier queries", async () => {
    const { page, context, param } = await at(browser, `/search?${range}`);
    await rows(page).first().waitFor();
    await box(page).focus();
    await page.keyboard.type("level:warn");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Control+k");
    const dialog = page.getByRole("dialog", { name: "Jump, search, do" });
    await dialog.getByRole("group", { name: "Earlier queries" }).getByRole("option", { name: "level:warn" }).waitFor();
    await page.keyboard.type("> wrap");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.getByRole("button", { name: "Wrap lines" }).getAttribute("aria-pressed")).toBe("true");
    await page.keyboard.press("Control+k");
    await page.keyboard.type(">dark");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.locator("html").getAttribute("data-mantine-color-scheme")).toBe("dark");
    await page.keyboard.press("Control+k");
    await dialog.getByRole("group", { name: "Saved views" }).getByRole("option", { name: "Seat keeps dropping" }).click();
    await expect.poll(() => param("q")).toBe("errorCode:TICKET_EXPIRED");
    await page.keyboard.press("Control+k");
    await page.keyboard.type("javascript:alert(1)");
    expect(await dialog.getByRole("option", { name: /Open this link/ }).count()).toBe(0);
    await page.keyboard.press("Escape");
    await page.getByRole("grid").focus();
    await page.keyboard.press("g");
    await page.keyboard.press("e");
    await expect.poll(() => new URL(page.url()).pathname).toBe("/settings/keys");
    expect(param("q")).toBeNull();
    await context.close();
  });

  test("on a phone the box is one sign in the bar, and its choices are 44 px high", async () => {
    const { page, context, shot } = await at(browser, `/search?${range}`, phone);
    await rows(page).first().waitFor();
    await page.getByRole("button", { name: /Jump to a number/ }).click();
    const option = page.getByRole("option").first();
    await option.waitFor();
    expect((await option.boundingBox())?.height).toBeGreaterThanOrEqual(44);
    expect(await flaws(page)).toEqual([]);
    await shot("jump-phone");
    await context.close();
  });
});

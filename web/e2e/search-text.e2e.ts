import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch } from "./browser";
import { at, flaws, phone, range, rows, told } from "./search-page";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const drawer = (page: Parameters<typeof rows>[0]) => page.getByRole("complementary", { name: "Event" });

describe("text from elsewhere", () => {
  test("cannot act: markup stays text, overrides are boxed, a megabyte is cut with a way to all of it", async () => {
    const long = `start ${"0123456789 ".repeat(100_000)} end-of-it`;
    const list = [{ ...told(0), msg: "<img src=x onerror=\"window.hurt=1\"> \u202Egnp.exe \u0007", errorCode: "<script>" }, { ...told(1), msg: long }];
    const { page, context, complaints } = await at(browser, `/search?${range}`, {}, { list });
    await rows(page).first().waitFor();
    expect(await rows(page).first().innerText()).toContain("<img src=x");
    expect(await rows(page).first().innerText()).toContain("RLO");
    await rows(page).nth(1).click();
    expect((await drawer(page).innerText()).includes("end-of-it")).toBe(false);
    await drawer(page).getByRole("button", { name: "Show all 1.1 MB" }).first().click();
    await expect.poll(async () => (await drawer(page).innerText()).includes("end-of-it")).toBe(true);
    expect(await page.evaluate(() => "hurt" in window)).toBe(false);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("a megabyte of terminal codes, of overrides or of one long word neither stops the page nor widens it", { timeout: 90_000 }, async () => {
    const list = [
      { ...told(0), msg: "\u001B[31mx\u001B[0m".repeat(100_000), raw: "\u001B[31mx\u001B[0m".repeat(100_000) },
      { ...told(1), msg: "\u202E\u0007".repeat(300_000) },
      { ...told(2), msg: "w".repeat(1_000_000), data: { deep: "v".repeat(1_000_000) } },
    ];
    for (const look of [{}, phone]) {
      // One look after the other: each is a page of its own.
      // oxlint-disable-next-line no-await-in-loop
      const { page, context, complaints } = await at(browser, `/search?${range}&cols=data.deep`, look, { list });
      for (let i = 0; i < list.length; i++) {
        // oxlint-disable-next-line no-await-in-loop
        await rows(page).nth(i).click({ position: { x: 120, y: 8 } });
        // oxlint-disable-next-line no-await-in-loop
        for (const tab of ["JSON", "Raw", "Fields"]) await drawer(page).getByRole("tab", { name: tab }).click();
        // oxlint-disable-next-line no-await-in-loop
        await page.keyboard.press("Escape");
      }
      // oxlint-disable-next-line no-await-in-loop
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
      expect(complaints).toEqual([]);
      // oxlint-disable-next-line no-await-in-loop
      await context.close();
    }
  });

  test("links of scripts are no links, anywhere on the page", async () => {
    const evil = "javascript:document.body.setAttribute('data-hurt','1')";
    const list = [{ ...told(0), msg: evil, errorCode: evil, traceId: evil, account: evil, raw: evil, data: { [evil]: evil, html: `<a href="${evil}">x</a>` } }];
    const { page, context, complaints } = await at(browser, `/search?${range}&cols=data.html&sel=${encodeURIComponent(evil)}`, {}, { list });
    await rows(page).first().click();
    for (const tab of ["JSON", "Raw", "Around", "Fields"]) {
      // oxlint-disable-next-line no-await-in-loop
      await drawer(page).getByRole("tab", { name: tab }).click();
      // oxlint-disable-next-line no-await-in-loop
      expect(await page.locator("a").evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? "").filter((href) => !/^[#/]/.test(href)))).toEqual([]);
    }
    await drawer(page).getByText(evil).first().click();
    expect(await page.locator("body").getAttribute("data-hurt")).toBeNull();
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("odd field names are fields like others: shown, filtered by, and put into columns", async () => {
    const emoji = "🧵".repeat(63);
    const data = JSON.parse(`{"and":1,"__proto__":{"x":2},"a.b":3,"\\"x\\"":4,"constructor":5,"${emoji}":6,"":7,"x y":8}`) as unknown;
    const { page, context, param, complaints } = await at(browser, `/search?${range}&sel=01JD4K7Q2M.118`, {}, { list: [{ ...told(0), data }] });
    await drawer(page).getByText("data.__proto__.x").waitFor();
    for (const name of ["data.and", "data.a.b", 'data."x"', "data.constructor", `data.${emoji}`, "data.x y"]) expect(await drawer(page).getByText(name, { exact: true }).count(), name).toBe(1);
    await drawer(page).getByText("data.__proto__.x").hover();
    await drawer(page).getByRole("button", { name: "Show data.__proto__.x as a column" }).click();
    await expect.poll(() => param("cols")).toBe("data.__proto__.x");
    await expect.poll(async () => (await rows(page).first().innerText()).split("\n")).toContain("2");
    await drawer(page).getByRole("button", { name: "8", exact: true }).click();
    await expect.poll(() => param("q")).toBe('"data.x y":8');
    expect(await flaws(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("times beyond all calendars, and a range of 300 years, are shown and answered", async () => {
    const asked: string[] = [];
    const list = [{ ...told(0), time: "0001-01-01T00:00:00Z" }, { ...told(1), time: "9999-12-31T23:59:59.999999999Z" }, { ...told(2), time: "no time at all" }];
    const { page, context, complaints } = await at(browser, "/search?from=1800-01-01T00:00:00Z&to=2100-01-01T00:00:00Z&cols=@ago,@gap", {}, { list });
    page.on("request", (request) => asked.push(request.url()));
    await rows(page).nth(2).waitFor();
    await page.getByRole("slider", { name: /Events over time/ }).waitFor();
    expect(await rows(page).nth(2).innerText()).toContain("no time at all");
    await page.keyboard.press("[");
    await expect.poll(() => asked.some((url) => url.includes("from=1500-"))).toBe(true);
    for (const key of ["Z", "Z", "Z", "Z", "Z"]) {
      // oxlint-disable-next-line no-await-in-loop
      await page.keyboard.press(key);
    }
    await rows(page).nth(2).waitFor();
    await rows(page).nth(1).click();
    await drawer(page).getByRole("tab", { name: "Around" }).click();
    expect(complaints).toEqual([]);
    await context.close();
  });
});

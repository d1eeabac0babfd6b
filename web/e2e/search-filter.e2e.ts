import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch } from "./browser";
import { at, range, rows } from "./search-page";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

describe("clicks that filter", () => {
  test("a facet's value is switched on and off, Alt-click excludes", async () => {
    const { page, context, param } = await at(browser, `/search?${range}`);
    const facets = page.getByRole("complementary", { name: "Facets" });
    await facets.getByRole("button", { name: /^error\b/ }).first().click();
    await expect.poll(() => param("q")).toBe("level:error");
    await facets.getByRole("button", { name: /^warn\b/ }).first().click();
    await expect.poll(() => param("q")).toBe("level:(error or warn)");
    await page.getByRole("button", { name: "error: 214 events" }).click(); // the same toggle in the result line
    await expect.poll(() => param("q")).toBe("level:warn");
    await facets.getByRole("button", { name: /^push-svc/ }).first().click({ modifiers: ["Alt"] });
    await expect.poll(() => param("q")).toBe("level:warn and not service:push-svc");
    await context.close();
  });

  test("each value of the drawer adds a clause, shows as a column, and can be copied", async () => {
    const { page, context, param, shot } = await at(browser, `/search?${range}`);
    await rows(page).nth(7).click();
    const drawer = page.getByRole("complementary", { name: "Event" });
    await drawer.getByRole("button", { name: "acct-7731" }).first().click();
    await expect.poll(() => param("q")).toBe("account:acct-7731");
    await drawer.getByText("12345678901234567890").hover(); // not rounded
    await drawer.getByRole("button", { name: "Show data.seat.queue as a column" }).click();
    await expect.poll(() => param("cols")).toBe("data.seat.queue");
    await page.getByRole("columnheader", { name: /data\.seat\.queue/ }).waitFor();
    await drawer.getByRole("tab", { name: "JSON" }).click();
    await drawer.getByText('"queue": 12345678901234567890').waitFor();
    expect(param("tab")).toBe("json");
    await shot("drawer-json");
    await page.keyboard.press("Escape");
    await expect.poll(() => param("sel")).toBeNull();
    await context.close();
  });

  test("the histogram is brushed by mouse, by keys, and by a finger", async () => {
    const { page, context, param, shot } = await at(browser, `/search?${range}`);
    await rows(page).first().waitFor();
    const chart = page.getByRole("slider", { name: /Events over time/ });
    const area = await chart.boundingBox();
    if (area === null) throw new Error("no chart");
    await page.mouse.move(area.x + area.width * 0.3, area.y + 30);
    await page.mouse.down();
    await page.mouse.move(area.x + area.width * 0.4, area.y + 30, { steps: 5 });
    await shot("histogram-brush");
    await page.mouse.up();
    await expect.poll(() => param("from")).toBe("2026-11-20T06:18:00Z");
    expect(param("to")).toBe("2026-11-20T06:25:00Z");
    await page.goBack();
    await expect.poll(() => param("from")).toBe("2026-11-20T06:00:00Z");
    await rows(page).first().waitFor();
    await chart.focus();
    for (const key of ["ArrowRight", "ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight"]) await page.keyboard.press(key);
    await page.getByText(/^14:01 to 14:04, \d+ events$/).waitFor({ state: "attached" });
    await page.keyboard.press("Enter");
    await expect.poll(() => param("from")).toBe("2026-11-20T06:01:00Z");
    await context.close();
  });
});

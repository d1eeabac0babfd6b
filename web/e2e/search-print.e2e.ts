import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch } from "./browser";
import { at, range, rows } from "./search-page";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

test("on paper stand the query, its time, how much of the answer it is, and every loaded row, in light colours", async () => {
  const { page, context, shot, complaints } = await at(browser, `/search?${range}&q=account:acct-7731&cols=staff`, { scheme: "dark" });
  await rows(page).nth(3).waitFor();
  await page.waitForLoadState("networkidle");
  const seen = await rows(page).count();
  await expect
    .poll(async () => {
      await page.emulateMedia({ media: "screen" });
      await page.emulateMedia({ media: "print" });
      return page.locator("tr").count();
    })
    .toBeGreaterThan(seen); // more than the screen has
  await page.getByRole("definition").filter({ hasText: "account:acct-7731" }).waitFor();
  await page.getByText("2026-11-20 14:00:00 – 2026-11-20 15:00:00 Asia/Shanghai").waitFor();
  await page.getByText(/^The (?:200|400) events that were loaded; 1,284 match\.$/).waitFor();
  const printed = await page.locator("tr").count();
  expect([200, 400]).toContain(printed); // the list may have read on
  expect(await page.locator("tr").filter({ hasText: "staff: staff-1042" }).count()).toBe(printed);
  expect(await page.getByRole("navigation").isVisible()).toBe(false);
  expect(await page.locator("html").getAttribute("data-mantine-color-scheme")).toBe("light");
  await shot("print");
  const pdf = await page.pdf({ format: "A4" });
  expect(pdf.toString("latin1").match(/\/Type\s*\/Page\b/g)?.length ?? 0).toBeGreaterThan(2);
  await page.emulateMedia({ media: "screen" });
  await rows(page).first().waitFor();
  expect(await page.locator("html").getAttribute("data-mantine-color-scheme")).toBe("dark");
  expect(complaints).toEqual([]);
  await context.close();
});

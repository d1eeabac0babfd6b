import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, type Look, open } from "./browser";

// Pictures to look at beside the mocks of the design; the folder is not committed.
const shots = join(import.meta.dirname, "shots");
let browser: Browser;
beforeAll(async () => {
  mkdirSync(shots, { recursive: true });
  browser = await launch();
});
afterAll(() => browser.close());

const range = "from=2026-11-20T06:00:00Z&to=2026-11-20T07:00:00Z";
const query = "q=account:acct-7731+and+(errorCode:*+or+category:*)";
const selected = "sel=01JD4K7Q2M.125";

const looks: readonly (Look & { readonly name: string; readonly path: string })[] = [
  { name: "search-light", path: `/search?${query}&${range}&${selected}` },
  { name: "search-dark", path: `/search?${query}&${range}&${selected}`, scheme: "dark" },
  { name: "search-zh-light", path: `/search?q=account:acct-7731+and+（errorCode:*+or+票据过期）&${range}&${selected}`, language: "zh" },
  { name: "search-closed-light", path: `/search?${range}&cols=callId,staff:100` },
  { name: "search-1024-light", path: `/search?${query}&${range}&${selected}`, width: 1024, height: 768 },
  { name: "search-phone-light", path: `/search?${query}&${range}&${selected}`, width: 390, height: 844, touch: true },
  { name: "search-phone-dark", path: `/search?${query}&${range}`, width: 390, height: 844, touch: true, scheme: "dark" },
  { name: "search-phone-zh", path: `/search?${query}&${range}&${selected}`, width: 390, height: 844, touch: true, language: "zh" },
];

test.each([
  ["time-phone-light", { width: 390, height: 844, touch: true }],
  ["time-dark", { scheme: "dark" }],
  ["time-zh", { language: "zh" }],
] satisfies [string, Look][])("%s: the time dialog", async (name, look) => {
  const { page, context, complaints } = await open(browser, `/search?${range}`, look);
  await page.locator("[data-index='3']").waitFor();
  await page.getByRole("button", { name: /14:00/ }).click();
  await page.getByRole("dialog").getByRole("status").waitFor();
  await page.waitForLoadState("networkidle");
  await page.screenshot({ path: join(shots, `${name}.png`) });
  expect(complaints).toEqual([]);
  await context.close();
});

test.each(looks)("$name is drawn without a complaint of the browser", async ({ name, path, ...look }) => {
  const { page, context, complaints } = await open(browser, path, look);
  await page.locator("[data-index='3']").waitFor();
  await page.waitForLoadState("networkidle");
  await page.screenshot({ path: join(shots, `${name}.png`) });
  expect(complaints).toEqual([]);
  await context.close();
});

// Tables of pipes on the search page, against the real server: each way to
// show them, the brush, and that every figure leads to as many events.
import { join } from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { barriers, looks, overflow } from "./pages-browser";
import { type Seeded, seeded, shots } from "./pages-seeded";

let at: Seeded;
let context: BrowserContext;
let page: Page;
const complaints: string[] = [];
const from = Date.UTC(2026, 10, 20, 6);
const services = ["web", "api", "odd | \"name\"", "db", "push", "mail", "cron"];

beforeAll(async () => {
  at = await seeded();
  // Service i has 7 - i events in each of 12 steps of five minutes; some have no service.
  const list = Array.from({ length: 12 }, (_, step) =>
    [...services, undefined].flatMap((service, i) =>
      Array.from({ length: 8 - i }, (__, n) => ({
        time: new Date(from + step * 300_000 + n * 1000).toISOString(), service, timeCost: 10 * (i + 1) + step, level: n === 0 ? "error" : "info", msg: "=1+1 called",
      })),
    ),
  );
  await at.events(list.flat());
  context = await at.visit();
  page = await context.newPage();
  page.setDefaultTimeout(10_000);
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().includes("Failed to load resource")) complaints.push(message.text());
  });
});

afterAll(() => at?.stop());

const address = (q: string, more = "") => `${at.server.url}/search?${new URLSearchParams({ q, from: "2026-11-20T06:00:00Z", to: "2026-11-20T07:00:00Z", tz: "UTC" }).toString()}${more}`;
const param = (name: string) => new URL(page.url()).searchParams.get(name);

/** How many events a search's own result line counts. */
async function found(): Promise<number> {
  const line = page.getByRole("status").filter({ hasText: "whole answer" }).first();
  await line.waitFor();
  await page.waitForFunction(() => /event/.test(document.querySelector("main")?.textContent ?? ""));
  return Number(/([\d,]+) event/.exec(await line.innerText())?.[1]?.replaceAll(",", ""));
}

const query = "timeCost:* | p95(timeCost), count by service, time(5m)";

test("a table over time is drawn as lines, each series is in the legend, and a figure leads to its events", async () => {
  await page.goto(address(query));
  await page.getByRole("button", { name: "Line" }).and(page.locator("[aria-pressed=true]")).waitFor();
  await page.locator("main canvas").nth(1).waitFor();
  const legend = page.getByRole("table", { name: "Series" });
  expect(await legend.locator("tbody tr").count()).toBe(8);
  expect(await legend.getByText("without service").count()).toBe(1);
  const row = legend.locator("tr", { hasText: 'odd | "name"' });
  expect(await row.locator("td").nth(1).innerText()).toBe(String(6 * 12));
  await row.locator("td").nth(1).getByRole("link").click();
  expect(await found()).toBe(72);
  expect(param("q")).toBe('timeCost:* and service:"odd | \\"name\\""');
  await page.goBack();
  await legend.locator("tr", { hasText: "without service" }).getByRole("link", { name: "events" }).click();
  expect(await found()).toBe(12);
  await page.goBack();
});

test("the cursor reads its step in the legend, Enter opens it, and the brush narrows the time", async () => {
  const chart = page.getByRole("slider").first();
  await chart.focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  const row = page.getByRole("table", { name: "Series" }).locator("tr", { hasText: "web" });
  await page.getByText("count at 06:05").waitFor();
  expect(await row.locator("td").nth(1).innerText()).toBe("8");
  expect(await row.locator("td").nth(0).innerText()).toBe("11 ms");
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => new URL(location.href).searchParams.get("from") === "2026-11-20T06:05:00Z");
  expect(param("to")).toBe("2026-11-20T06:15:00Z");
  await page.goBack();
  await page.locator("main canvas").first().waitFor();
  await chart.focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  expect(await found()).toBe(36);
  await page.goBack();
});

test("bars, a table and a top list are a key away, and stand in the address", async () => {
  await page.locator("main canvas").first().waitFor();
  await page.locator("body").click({ position: { x: 30, y: 400 } });
  await page.keyboard.press("2");
  await page.waitForURL(/view=bar/);
  await page.keyboard.press("3");
  await page.waitForURL(/view=table/);
  const head = page.getByRole("columnheader", { name: "count" });
  await head.getByRole("button").click();
  await page.waitForURL(/sort=count\+desc/);
  expect(await head.getAttribute("aria-sort")).toBe("descending");
  expect(await page.getByRole("table", { name: "Table" }).locator("tbody tr").first().innerText()).toContain("web");
  await page.goto(address("| top 3 service"));
  const list = page.getByRole("list").filter({ hasText: "without service" });
  await list.waitFor();
  expect(await list.getByRole("listitem").count()).toBe(4);
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  expect(await found()).toBe(84);
  expect(param("q")).toBe("service:api");
});

test("hiding a series takes it out of the picture, not out of the legend", async () => {
  await page.goto(address(query));
  const hide = page.getByRole("button", { name: "Hide web" });
  await hide.click();
  await page.getByRole("button", { name: "Show web" }).waitFor();
  expect(await page.getByRole("table", { name: "Series" }).locator("tbody tr").count()).toBe(8);
});

test("the table is copied as CSV that no spreadsheet runs", async () => {
  await page.goto(address("| count by msg, service | sort service"));
  await page.getByRole("button", { name: "Copy as CSV" }).click();
  await page.getByText("8 rows copied as CSV").waitFor();
  const text = await page.evaluate(() => navigator.clipboard.readText());
  expect(text.split("\r\n").slice(0, 3)).toEqual(["msg,service,count", "'=1+1 called,api,84", "'=1+1 called,cron,24"]);
});

test("one row of figures, no event, a wrong pipe and a step too fine are all said", async () => {
  await page.goto(address("| count, max(timeCost)"));
  await page.getByText("432", { exact: true }).click();
  expect(await found()).toBe(432);
  await page.goto(address("service:nobody | count by service"));
  await page.getByText("No event matches").waitFor();
  await page.goto(address("| cuont by service"));
  await page.getByText("Column 3").waitFor();
  await page.goto(address("| count by time(1ms)"));
  await page.getByText("There is no table.").waitFor();
  expect(complaints).toEqual([]);
});

test("another pipe may be typed where one stands, and Live leaves the pipe away", async () => {
  await page.goto(address("| count by service"));
  await page.getByRole("list").filter({ hasText: "without service" }).waitFor();
  const box = page.locator(".cm-content");
  await box.click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("level:error | count by service");
  await page.keyboard.press("Enter");
  await page.waitForURL(/level/);
  await page.getByText("12", { exact: true }).first().waitFor();
  await page.getByRole("button", { name: "Live" }).click();
  await page.waitForURL(/view=live/);
  expect(param("q")).toBe("level:error");
});

test.each(looks.flatMap((look) => (["line", "bar", "table", "top"] as const).map((kind) => ({ look, kind, title: `${kind} in ${look.scheme}, ${look.language}, ${look.size}` }))))("$title", async ({ look, kind }) => {
  const visit = await at.visit(look);
  const seen = await visit.newPage();
  await seen.goto(kind === "top" ? address("| top 5 service") : address(query, `&view=${kind}`));
  await seen.locator(kind === "top" ? "main ol li" : kind === "table" ? "main tbody tr" : "main canvas").first().waitFor();
  await seen.screenshot({ path: join(shots, `pipe-${kind}-${look.scheme}-${look.language}-${look.size}.png`) });
  expect(await overflow(seen)).toBe(0);
  expect(await barriers(seen)).toEqual([]);
  await visit.close();
});

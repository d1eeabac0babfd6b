// What is kept of the search page: a view is saved, shared, found by its field
// that is gone, and removed; a link shows people without an account one view,
// and then no more; all events become a file, or are cancelled. Real server.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { barriers, looks, overflow, visitor } from "./pages-browser";
import { type Seeded, seeded, shots } from "./pages-seeded";
import type { Server } from "./pages-server";
import { flaws } from "./search-page";

const events = 12_000;
let at: Seeded;
let server: Server;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  at = await seeded();
  ({ server } = at);
  const begin = Date.now() - events * 10 - 1000;
  const line = (_: unknown, i: number) => JSON.stringify({ time: new Date(begin + i * 10).toISOString(), level: i % 3000 === 0 ? "error" : "info", service: "call", msg: i === 0 ? "=HYPERLINK(\"http://evil\")" : `seat ${i}`, cart: { n: i } });
  const sent = await fetch(`${server.url}/v1/events`, { method: "POST", headers: { Authorization: `Bearer ${at.key}` }, body: Array.from({ length: events }, line).join("\n") });
  expect(sent.status).toBe(200);
  context = await at.visit();
  // Nobody is there to choose a place: the file is gathered, and downloaded.
  await context.addInitScript(() => Reflect.deleteProperty(window, "showSaveFilePicker"));
  page = await context.newPage();
  page.setDefaultTimeout(10_000);
}, 60_000);

afterAll(() => at?.stop());

const search = (q = "") => page.goto(`${server.url}/search?from=-1h&q=${encodeURIComponent(q)}`);
const dialog = (name: string) => page.getByRole("dialog", { name });

test("a page is saved, opened, renamed, shared with the team and removed", async () => {
  await search("level:error");
  await page.locator("[data-index]").first().waitFor();
  await page.getByRole("button", { name: "Views" }).click();
  const views = dialog("Saved views");
  await views.getByText("None yet").waitFor();
  await views.getByRole("textbox", { name: "Name of this page" }).fill("Errors");
  await page.keyboard.press("Enter");
  await views.getByRole("button", { name: "Errors", exact: true }).waitFor();
  await views.getByRole("button", { name: "Share Errors with the team" }).click();
  await views.getByRole("button", { name: "Keep Errors to yourself" }).waitFor();
  await views.getByRole("button", { name: "Rename Errors" }).click();
  await views.getByRole("textbox", { name: "New name of Errors" }).fill("All errors");
  await page.keyboard.press("Enter");
  await views.getByRole("button", { name: "All errors", exact: true }).waitFor();
  expect(await flaws(page)).toEqual([]);
  await page.screenshot({ path: join(shots, "views.png") });

  await search();
  await page.getByRole("button", { name: "Views" }).click();
  await views.getByRole("button", { name: "All errors", exact: true }).click();
  await expect.poll(() => new URL(page.url()).searchParams.get("q")).toBe("level:error");
  await views.waitFor({ state: "detached" });
  await search();
  await page.locator("[data-index]").first().waitFor();
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").waitFor();
  await page.keyboard.type("All err");
  await page.getByRole("option", { name: /All errors/ }).click();
  await expect.poll(() => new URL(page.url()).searchParams.get("q")).toBe("level:error");

  await page.getByRole("button", { name: "Views" }).click();
  await views.getByRole("button", { name: "Remove All errors" }).click();
  await views.getByRole("button", { name: "Remove", exact: true }).click();
  await views.getByText("None yet").waitFor();
  await page.keyboard.press("Escape");
});

test("a view whose field is gone opens and says so", async () => {
  await search("basket:7 or level:error");
  await page.getByRole("button", { name: "Views" }).click();
  await dialog("Saved views").getByRole("textbox", { name: "Name of this page" }).fill("Baskets");
  await page.keyboard.press("Enter");
  await dialog("Saved views").getByRole("button", { name: "Baskets", exact: true }).click();
  await page.getByText("No event of its time has basket").waitFor();
  expect(await flaws(page)).toEqual([]);
  await page.keyboard.press("Escape");
});

test("all events become a file whose cells are no formulas", async () => {
  await search();
  await page.locator("[data-index]").first().waitFor();
  await page.getByRole("button", { name: "Export" }).click();
  const panel = dialog("Export");
  await panel.getByRole("radio", { name: /those of the page/ }).check();
  expect(await flaws(page)).toEqual([]);
  await page.screenshot({ path: join(shots, "export.png") });
  const [file] = await Promise.all([page.waitForEvent("download"), panel.getByRole("button", { name: "Export" }).click()]);
  await panel.getByText(/^12,000 events in clewline-phone-prod-/).waitFor();
  const rows = readFileSync(await file.path(), "utf8").trimEnd().split("\r\n");
  expect([rows.length, rows[0]]).toEqual([events + 1, "time,level,service,msg"]);
  expect(rows.at(-1)).toMatch(/,error,call,"'=HYPERLINK/);

  await panel.getByRole("radio", { name: /Parquet/ }).check();
  const [parquet] = await Promise.all([page.waitForEvent("download"), panel.getByRole("button", { name: "Export" }).click()]);
  await panel.getByText(/^12,000 events in .*\.parquet/).waitFor();
  expect(readFileSync(await parquet.path()).subarray(0, 4).toString()).toBe("PAR1");
});

test("an export that loses its connection goes on, and one that is cancelled leaves nothing", async () => {
  await search();
  await page.locator("[data-index]").first().waitFor();
  let asked = 0;
  await page.route("**/v1/export?**", (route) => (++asked % 2 === 0 ? route.abort("connectionreset") : route.continue()));
  await page.getByRole("button", { name: "Export" }).click();
  const panel = dialog("Export");
  await panel.getByRole("radio", { name: /NDJSON/ }).check();
  const [file] = await Promise.all([page.waitForEvent("download"), panel.getByRole("button", { name: "Export" }).click()]);
  const lines = readFileSync(await file.path(), "utf8").trimEnd().split("\n");
  expect([lines.length, new Set(lines).size]).toEqual([events, events]);
  // A Parquet file too: the part that broke is asked for again, and the parts become one file.
  asked = 0;
  await panel.getByRole("radio", { name: /Parquet/ }).check();
  const [parquet] = await Promise.all([page.waitForEvent("download"), panel.getByRole("button", { name: "Export" }).click()]);
  await panel.getByText(/^12,000 events in .*\.parquet/).waitFor();
  const bytes = readFileSync(await parquet.path());
  expect(bytes.subarray(-4).toString()).toBe("PAR1");
  expect(bytes.toString("latin1")).toContain('"partial":false,"reason":"","query":"",');
  await page.unroute("**/v1/export?**");

  await page.route("**/v1/export?**", () => undefined); // nothing comes
  await panel.getByRole("button", { name: "Export" }).click();
  await panel.getByRole("button", { name: "Cancel" }).click();
  await panel.getByText("Cancelled. Nothing was kept.").waitFor();
  await page.unroute("**/v1/export?**");
  await page.keyboard.press("Escape");
});

test("the rows of a sequence are exported, with what followed", async () => {
  await search("sequence by service [level:error] then [seat] within 1s");
  await page.locator("[data-index]").first().waitFor();
  await page.getByRole("button", { name: "Export" }).click();
  const panel = dialog("Export");
  await panel.getByRole("radio", { name: /NDJSON/ }).check();
  const [file] = await Promise.all([page.waitForEvent("download"), panel.getByRole("button", { name: "Export" }).click()]);
  await panel.getByText(/^4 rows|^4 events in /).waitFor();
  const rows = readFileSync(await file.path(), "utf8").trimEnd().split("\n").map((line) => JSON.parse(line) as { level: string; then: { msg: string }[] });
  expect(rows.map(({ level, then }) => [level, then.length])).toEqual([["error", 1], ["error", 1], ["error", 1], ["error", 1]]);
  await page.keyboard.press("Escape");
});

test("on a phone, views, share and export are in one menu", async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  await search();
  await page.locator("[data-index]").first().waitFor();
  const menu = page.getByRole("button", { name: "Views, share, export" });
  await menu.click();
  await page.screenshot({ path: join(shots, "keep-phone-menu.png") });
  expect(await flaws(page)).toEqual([]);
  for (const [item, title] of [["Views", "Saved views"], ["Share", "Share this page"], ["Export", "Export"]] as const) {
    // One after the other, as a hand does.
    // oxlint-disable-next-line no-await-in-loop
    if (item !== "Views") await menu.click();
    // oxlint-disable-next-line no-await-in-loop
    await page.getByRole("menuitem", { name: item }).click();
    // oxlint-disable-next-line no-await-in-loop
    await dialog(title).waitFor();
    // oxlint-disable-next-line no-await-in-loop
    expect(await overflow(page)).toBe(0);
    // oxlint-disable-next-line no-await-in-loop
    await page.screenshot({ path: join(shots, `keep-phone-${item.toLowerCase()}.png`) });
    // oxlint-disable-next-line no-await-in-loop
    await page.keyboard.press("Escape");
  }
  await page.setViewportSize({ width: 1440, height: 900 });
});

test("a link shows one view without an account, until it is taken back", async () => {
  await search("level:error");
  await page.locator("[data-index]").first().waitFor();
  await page.getByRole("button", { name: "Share" }).click();
  const panel = dialog("Share this page");
  await panel.getByRole("textbox", { name: "What it is for" }).fill("the supplier");
  await panel.getByRole("button", { name: "Make a link" }).click();
  const link = (await panel.locator("code").textContent()) ?? "";
  expect(link).toMatch(/\/shared#sl_[a-z2-7]{40}$/);
  expect(await flaws(page)).toEqual([]);
  await page.screenshot({ path: join(shots, "share.png") });

  const stranger = await visitor(at.browser);
  const shown = await stranger.newPage();
  shown.setDefaultTimeout(10_000);
  await shown.goto(link);
  await shown.getByRole("heading", { name: "ada shares this with you: the supplier" }).waitFor();
  await shown.getByText("4 events").waitFor();
  await shown.getByRole("button", { name: "seat 3000" }).click();
  await shown.getByText('"n": 3000').waitFor();
  expect(await barriers(shown)).toEqual([]);
  await shown.screenshot({ path: join(shots, "shared.png") });

  await panel.getByRole("link", { name: "Links of this project" }).click();
  await page.getByRole("cell", { name: /once/ }).waitFor();
  expect(await barriers(page)).toEqual([]);
  await page.getByRole("button", { name: "Take back the link the supplier" }).click();
  await page.getByRole("button", { name: "Take back", exact: true }).click();
  await page.getByRole("cell", { name: "taken back" }).waitFor();
  await page.screenshot({ path: join(shots, "shares.png") });

  await shown.reload();
  await shown.getByRole("heading", { name: "This link was taken back" }).waitFor();
  expect(await barriers(shown)).toEqual([]);
  await shown.screenshot({ path: join(shots, "shared-end.png") });
  await shown.goto(`${server.url}/shared`);
  await shown.reload();
  await shown.getByRole("heading", { name: "This link does not work" }).waitFor();
  await stranger.close();
});

test("a read key's bounds are shown and set in its settings", async () => {
  await server.command("key", "create", "--data", server.data, "--project", "phone-prod", "--type", "read");
  await page.goto(`${server.url}/settings/keys`);
  await page.getByRole("row", { name: /read/i }).first().click();
  await page.getByText(/^120\.0 of 120 seconds/).waitFor();
  await page.getByRole("spinbutton", { name: "Seconds of the store's work a minute" }).fill("30");
  await page.getByRole("button", { name: "Save what it may ask" }).click();
  await page.getByText(/^30\.0 of 30 seconds/).waitFor();
  expect(await barriers(page)).toEqual([]);
  await page.screenshot({ path: join(shots, "key-reading.png") });
});

test.each(looks)("the pages fit $scheme $language $size", async (look) => {
  const visit = await at.visit(look);
  const other = await visit.newPage();
  other.setDefaultTimeout(10_000);
  for (const path of ["/settings/shares", "/shared#sl_invented"]) {
    await other.goto(`${server.url}${path}`);
    await other.locator(path.startsWith("/shared") ? "[role=alert]" : "table").first().waitFor();
    expect(await barriers(other)).toEqual([]);
    expect(await overflow(other)).toBe(0);
    await other.screenshot({ path: join(shots, `keep-${path.split("/")[1] ?? ""}-${look.scheme}-${look.language}-${look.size}.png`) });
  }
  await visit.close();
});

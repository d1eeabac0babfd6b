// Settings, Retention: limits are set with what they remove said first, and one
// account's data is erased through the page, against the real server and its
// real files. Each test goes on where the one before it stopped.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { barriers, launch, looks, overflow, visitor } from "./pages-browser";
import { type Server, startServer } from "./pages-server";

const gone = "acme-telecom";
const stays = "umbra-lines";
const shots = new URL("./shots/", import.meta.url).pathname;
let server: Server;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let sendKey = "";

beforeAll(async () => {
  server = await startServer();
  browser = await launch();
  context = await visitor(browser);
  page = await context.newPage();
  await page.goto(server.setupLink);
  await page.fill("[name=username]", "ada");
  await page.fill("[name=password]", "a ball of thread");
  await page.fill("[name=project]", "phone-prod");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/add-data/);
  sendKey = await server.command("key", "create", "--data", server.data, "--project", "phone-prod", "--type", "server");
  const lines = Array.from({ length: 120 }, (_, i) => {
    const account = i % 2 === 0 ? gone : stays;
    return JSON.stringify({ time: new Date().toISOString(), level: "info", app: i % 3 === 0 ? "desk" : "web", account, msg: `seat ${i} of ${account} dialled`, data: { owner: account } });
  });
  const file = join(mkdtempSync(join(tmpdir(), "clewline-send-")), "calls.ndjson");
  writeFileSync(file, `${lines.join("\n")}\n`);
  await server.command("send", "--server", server.url, "--key", sendKey, "--format", "events", file);
  rmSync(dirname(file), { recursive: true });
  mkdirSync(shots, { recursive: true });
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

/** How many events a query finds, asked as the page would. */
async function found(query: string): Promise<number> {
  const text = await page.evaluate(async (address) => (await fetch(address)).text(), `/v1/search?project=phone-prod&from=-1d&limit=1000&q=${encodeURIComponent(query)}`);
  const last = JSON.parse(text.trim().split("\n").at(-1) ?? "") as { clewline: { count: number; partial: boolean } };
  expect(last.clewline.partial).toBe(false);
  return last.clewline.count;
}

/** The files below a folder that hold a text, without the list of segments: it keeps the order, for older backups. */
function holding(folder: string, text: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((file) => file.isFile() && !/^segments\.(copy\.)?json$/.test(file.name))
    .map((file) => join(file.parentPath, file.name))
    .filter((path) => readFileSync(path).includes(text));
}

test("the page says what is kept, and what a limit would remove before it is set", async () => {
  await page.goto(`${server.url}/settings/retention?project=phone-prod`);
  await page.getByText("120 events are kept").waitFor();
  await page.getByRole("button", { name: "phone-prod", exact: true }).click();
  await page.getByLabel("Limits of its own").check();
  await page.fill("[name=days]", "0");
  await page.getByText("A whole number from 1 to 36500, or nothing.").waitFor();
  await page.fill("[name=days]", "30");
  await page.getByText("This removes nothing now.").waitFor();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.").waitFor();
  await page.getByRole("row", { name: /phone-prod/ }).getByText("30 days").waitFor();
});

test("one account's data is counted, erased by keyboard alone, and found by nobody from then on", async () => {
  expect(await found(`account:${gone}`)).toBe(60);
  expect(holding(server.data, gone)).not.toEqual([]);
  await page.keyboard.press("Escape");
  await page.keyboard.press("n");
  await page.getByRole("heading", { name: "Erase data of phone-prod" }).waitFor();
  await page.locator("[name=value]").focus();
  await page.keyboard.type(gone);
  await page.keyboard.press("Enter");
  await page.getByRole("status").filter({ hasText: /60 events from .* Of the apps: web 40, desk 20\./ }).waitFor();
  expect(await page.getByRole("button", { name: "Erase for good" }).isDisabled()).toBe(true);
  await page.screenshot({ path: join(shots, "retention-confirm.png") });
  expect(await barriers(page)).toEqual([]);
  await page.locator("[name=confirm]").focus();
  await page.keyboard.type(gone);
  await page.keyboard.press("Enter");
  await page.getByText("Found by nobody since it was ordered.").waitFor();
  expect(await found(`account:${gone}`)).toBe(0);
  expect(await found(gone)).toBe(0);
  expect(await found(`account:${stays}`)).toBe(60);
});

test("the receipt tells when it was gone, and then no file of the data folder has it", async () => {
  await page.getByRole("heading", { name: /^Receipt er_/ }).waitFor({ timeout: 60_000 });
  await page.getByRole("definition").filter({ hasText: /^60 events$/ }).last().waitFor();
  await page.getByRole("definition").filter({ hasText: /^web, desk$/ }).waitFor();
  await page.getByText("60 events are kept").waitFor();
  await page.screenshot({ path: join(shots, "retention-receipt.png") });
  expect(holding(server.data, gone)).toEqual([]);
  expect(holding(server.data, stays)).not.toEqual([]);
  expect(await found(`account:${stays}`)).toBe(60);
});

test("whoever counts the same again is told of the receipt", async () => {
  await page.keyboard.press("Escape");
  await page.keyboard.press("n");
  await page.locator("[name=value]").fill(gone);
  await page.keyboard.press("Enter");
  await page.getByText("No event has this.").waitFor();
  await page.getByText(/The same was erased 1 time before/).waitFor();
  await page.getByRole("button", { name: "Choose again" }).click();
  await page.getByRole("button", { name: "Count", exact: true }).waitFor();
});

test("a key may do none of this", async () => {
  const read = await server.command("key", "create", "--data", server.data, "--project", "phone-prod", "--type", "read");
  for (const key of [read, sendKey]) {
    const answer = await fetch(`${server.url}/v1/erasures`, { method: "POST", headers: { Authorization: `Bearer ${key}` }, body: JSON.stringify({ project: "phone-prod", field: "account", value: stays, events: 60, confirm: stays }) });
    expect(answer.status).toBe(403);
  }
  expect(await found(`account:${stays}`)).toBe(60);
});

/** What a server that runs for 40 days would say. */
function fortyDays() {
  const today = Date.UTC(2026, 10, 20);
  const days = (size: number) =>
    Array.from({ length: 40 }, (_, i) => {
      const bytes = Math.round(size * (0.7 + 0.3 * Math.sin(i)));
      return { day: new Date(today - (39 - i) * 86_400_000).toISOString().slice(0, 10), bytes, events: Math.round(bytes / 90) };
    });
  return {
    today: "2026-11-20", others: { days: 90, bytes: 0 }, storeBytes: 0, keepFree: 0, keepFreeNow: 20e9, disk: { size: 400e9, free: 0.15e9, floor: 128e6 },
    projects: [{ name: "bank", own: null, gone: false, days: days(0.8e9) }, { name: "phone-prod", own: { days: 60, bytes: 90e9 }, gone: false, days: days(2e9) }],
    ran: null, failed: "the list could not be written", doubt: "", lacking: 0,
  };
}

test("what a limit removes is said before the button, and the disk's trouble at the top", async () => {
  const other = await context.newPage();
  await other.route(/\/v1\/retention$/, (route) => route.fulfill({ json: fortyDays() }));
  await other.route(/\/v1\/retention\/preview$/, (route) =>
    route.fulfill({ json: { days: 10, events: 152_310_482, bytes: 13.7e9, lacking: 0, removals: [{ project: "phone-prod", before: "2026-10-22", reason: "age", days: 10, events: 152_310_482, bytes: 13.7e9 }] } }),
  );
  await other.goto(`${server.url}/settings/retention?project=phone-prod&sel=p:phone-prod`);
  await other.getByRole("button", { name: "Save and remove 152,310,482 events" }).waitFor();
  await other.getByText("phone-prod, before Oct 22: 152,310,482 events").waitFor();
  await other.getByRole("alert").filter({ hasText: "The disk has 150 MB left. Below 128 MB new events are refused" }).waitFor();
  await other.screenshot({ path: join(shots, "retention-forty-days.png") });
  expect(await barriers(other)).toEqual([]);
  await other.close();
});

test.each(looks)("in $scheme, $language, $size it fits and has no barriers", async (look) => {
  const other = await visitor(browser, look);
  await other.addCookies(await context.cookies());
  const looked = await other.newPage();
  const receipt = new URL(page.url()).searchParams.get("sel");
  expect(receipt).toBe("new");
  for (const sel of ["", "server", "p:phone-prod", "new"]) {
    await looked.goto(`${server.url}/settings/retention?project=phone-prod&sel=${sel}`);
    await looked.getByRole("table").first().waitFor();
    await looked.waitForLoadState("networkidle");
    await looked.screenshot({ path: join(shots, `retention-${look.scheme}-${look.language}-${look.size}-${sel.replace(":", "-") || "list"}.png`) });
    expect(await overflow(looked)).toBeLessThanOrEqual(0);
    expect(await barriers(looked)).toEqual([]);
  }
  await other.close();
});

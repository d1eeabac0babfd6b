// The page Delivery against the real server and the real SDK: a page that loses
// nothing reads 100 %, a hole is shown with its exact numbers, and what was left
// out with its reason. Each test goes on where the one before it stopped.
import { createServer, type Server as Site } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { barriers, looks, overflow } from "./pages-browser";
import { project, type Seeded, seeded, shots } from "./pages-seeded";

let at: Seeded;
let context: BrowserContext;
let page: Page;
let site: Site;
let origin = "";
let pageKey = "";
const complaints: string[] = [];
const today = new Date().toISOString().slice(0, 10);
const named = (rest: string) => today.replaceAll("-", "") + rest;

beforeAll(async () => {
  at = await seeded();
  site = createServer((request, response) => {
    const level = new URL(request.url ?? "/", "http://x").searchParams.get("level") ?? "info";
    response.setHeader("Content-Type", "text/html").end(`<!doctype html><script src="${at.server.url}/sdk/clewline.js"></script>
      <script>Clewline.T.$use(Clewline.logReport, { endpoint: "${at.server.url}", app: "web-${level}", key: "${pageKey}", level: "${level}" }); window.t = new Clewline.T("call")</script>`);
  });
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  pageKey = await at.server.command("key", "create", "--data", at.server.data, "--project", project, "--type", "browser", "--origin", origin);
  context = await at.visit();
  page = await context.newPage();
  page.setDefaultTimeout(10_000);
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().includes("Failed to load resource")) complaints.push(message.text());
  });
});

afterAll(async () => {
  site?.close();
  await at?.stop();
});

/** A page with the real SDK that logs, and is left. */
async function visit(level: string, logs: string): Promise<void> {
  const host = await at.browser.newPage();
  await host.goto(`${origin}/?level=${level}`);
  await host.evaluate(logs);
  await host.goto("about:blank");
  await host.close();
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly omitted?: readonly (readonly [number, number, string])[];
  readonly closed?: { readonly at: number; readonly by: string };
}

/** A client made by hand: a part of a stream, as it likes. */
async function sends(stream: string, { from, to, omitted = [], closed }: Range): Promise<void> {
  const left = (seq: number) => omitted.some(([a, b]) => a <= seq && seq <= b);
  const events = Array.from({ length: to - from + 1 }, (_, i) => from + i).filter((seq) => !left(seq));
  const envelope = { app: "by-hand", key: pageKey, client: "c", stream, from, to, omitted, sentAt: Date.now(), sdk: "hand 1.0", ...(closed === undefined ? {} : { closed }) };
  const body = [envelope, ...events.map((seq) => ({ seq, time: Date.now(), msg: `step ${seq}` }))].map((one) => JSON.stringify(one)).join("\n");
  const answer = await fetch(`${at.server.url}/v1/track`, { method: "POST", headers: { Origin: origin }, body });
  expect(answer.status).toBe(200);
}

const delivery = async () => (await at.ask(`/v1/delivery?project=${project}`)) as { total: Record<string, number>; senders: { app: string; share: string }[] };
const row = (table: "senders" | "streams", text: string) => page.locator(`table[data-${table}] tbody tr`, { hasText: text });

test("a page of the SDK that loses nothing reads 100 %, and says how little that proves", async () => {
  await visit("info", "for (let i = 0; i < 200; i++) t.$log('step ' + i, { i })");
  await expect.poll(async () => (await delivery()).total["closed"], { timeout: 10_000 }).toBe(1);
  await page.goto(`${at.server.url}/delivery`);
  await page.getByRole("status").filter({ hasText: "Nothing is missing: all 200 events that were to arrive are stored." }).waitFor();
  expect(await row("senders", "web-info").innerText()).toMatch(/100 %\s+200 of 200\s+0/);
  await page.getByText("Too few events to show six nines").waitFor();
  expect(await barriers(page)).toEqual([]);
});

test("what a page left out below its level is told with its reason and count, and is no loss", async () => {
  await visit("warn", "for (let i = 0; i < 7; i++) t.$log('too small'); t.$error(new Error('ticket expired'))");
  await expect.poll(async () => (await delivery()).total["closed"], { timeout: 10_000 }).toBe(2);
  await page.goto(`${at.server.url}/delivery?show=omitted`);
  expect((await row("streams", "web-warn").innerText()).replaceAll(/\s+/g, " ")).toMatch(/closed by the sender 0 7 1–7 below the level/);
  await page.getByRole("region", { name: "Left out, by reason" }).getByText("7, 1 stream").waitFor();
  expect((await delivery()).senders.map(({ app, share }) => `${app} ${share}`)).toContain("web-warn 100 %");
});

test("a hole is shown with its exact numbers, the times around it and the events beside it", async () => {
  await sends(named("hole"), { from: 1, to: 40 });
  await sends(named("hole"), { from: 48, to: 60, omitted: [[50, 51, "quota"]], closed: { at: 61, by: "self" } });
  await page.goto(`${at.server.url}/delivery`);
  await page.getByRole("status").filter({ hasText: "8 of 260 events are missing, in 1 stream." }).waitFor();
  expect((await row("streams", named("hole")).innerText()).replaceAll(/\s+/g, " ")).toContain("8 2 41–47 61 50–51 no room on the device");
  await page.keyboard.press("j");
  const panel = page.getByRole("complementary", { name: `Stream ${named("hole")}` });
  await panel.getByText("8 missing.").waitFor();
  const gaps = panel.locator('li[data-fate="missing"]');
  expect(await gaps.first().innerText()).toMatch(/41–47\s+7\s+between .*\d\d:\d\d:\d\d\.\d{3} and .*\d\d:\d\d/);
  expect(await gaps.nth(1).innerText()).toMatch(/^61\s+1\s+after /);
  await panel.getByRole("img", { name: "Numbers 1 to 61: 51 stored, 2 left out, 8 missing" }).waitFor();
  expect(await barriers(page)).toEqual([]);
  await gaps.first().getByRole("link", { name: "events around" }).click();
  await page.waitForURL(/\/search\?/);
  await page.getByRole("main").getByText("step 40").first().waitFor();
  await page.getByRole("main").getByText("step 48").first().waitFor();
  await page.goBack();
});

test("a stream that is open is not judged; when it ends abruptly it is, up to what its page could write", async () => {
  await sends(named("open"), { from: 3, to: 9 });
  await page.goto(`${at.server.url}/delivery?show=waiting`);
  await page.getByRole("status").filter({ hasText: "8 of 260 events are missing, in 1 stream. 1 stream is still open and not yet judged." }).waitFor();
  expect((await row("streams", named("open")).innerText()).replaceAll(/\s+/g, " ")).toContain("open 2 0 1–2");
  await sends(named("open"), { from: 1, to: 2 });
  await sends(named("open"), { from: 10, to: 10, closed: { at: 10, by: "adopter" } });
  await page.goto(`${at.server.url}/delivery?show=all&sel=${named("open")}`);
  await page.getByRole("complementary").getByText("Complete as far as the page could write; it ended abruptly.").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("complementary").waitFor({ state: "detached" });
});

test("a sender and a day are chosen by keyboard and mouse, and the address holds it", async () => {
  await page.goto(`${at.server.url}/delivery`);
  await row("senders", "by-hand").getByRole("button", { name: "by-hand" }).press("Enter");
  await page.waitForURL(/sender=by-hand/);
  await page.keyboard.press("4");
  await page.waitForURL(/show=all/);
  await expect.poll(() => page.locator("table[data-streams] tbody tr").count()).toBe(2);
  await page.getByRole("button", { name: "Show all senders" }).click();
  await expect.poll(() => page.locator("table[data-streams] tbody tr").count()).toBe(4);
  await row("senders", "web-warn").locator("[data-tone=whole]").click();
  await page.waitForURL(new RegExp(`day=${today}`));
  await expect.poll(() => page.locator("table[data-streams] tbody tr").count()).toBe(1);
});

test("the file has every range, and a restart changes nothing", async () => {
  const file = async () => (await at.call(`/v1/delivery/ranges?project=${project}`)).text();
  const rows = (await file()).trim().split("\r\n").map((line) => line.split(","));
  expect(rows.map((cells) => cells.slice(5).join(" ")).toSorted()).toEqual(["missing  41 47 7", "missing  61 61 1", "omitted level 1 7 7", "omitted quota 50 51 2", "what reason from to events"]);
  const before = [await file(), (await delivery()).total];
  await at.server.restart(() => Promise.resolve());
  expect([await file(), (await delivery()).total]).toEqual(before);
  expect(complaints).toEqual([]);
});

test.each(looks)("delivery looks right in $scheme, $language, $size", async (look) => {
  const visitor = await at.visit(look);
  const seen = await visitor.newPage();
  await seen.goto(`${at.server.url}/delivery`);
  await seen.locator("table[data-streams] tbody tr").first().waitFor();
  await seen.screenshot({ path: join(shots, `delivery-${look.scheme}-${look.language}-${look.size}.png`), fullPage: look.size === "phone" });
  expect(await overflow(seen)).toBe(0);
  expect(await barriers(seen)).toEqual([]);
  await seen.locator("table[data-streams] tbody button").first().click();
  await seen.locator("aside ul li").first().waitFor();
  await seen.screenshot({ path: join(shots, `delivery-stream-${look.scheme}-${look.language}-${look.size}.png`) });
  expect(await overflow(seen)).toBe(0);
  expect(await barriers(seen)).toEqual([]);
  await visitor.close();
});

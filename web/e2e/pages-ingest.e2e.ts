// Ingest, against the real server: good, late, corrected and broken lines are
// sent by a real client, their numbers seen, and a dead letter is played again
// in the right format. Each test goes on where the one before it stopped.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { barriers, looks, overflow } from "./pages-browser";
import { type Seeded, seeded, shots } from "./pages-seeded";
import type { Server } from "./pages-server";

let at: Seeded;
let server: Server;
let context: BrowserContext;
let page: Page;
let key = "";
const complaints: string[] = [];

beforeAll(async () => {
  at = await seeded();
  ({ server, key } = at);
  context = await at.visit();
  page = await context.newPage();
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
});

afterAll(() => at?.stop());

/** Sends a file with the real client, which ends with 1 when some of its lines were rejected. */
async function send(lines: readonly string[], ...flags: string[]): Promise<void> {
  const file = join(server.data, `sent-${Math.random().toString(36).slice(2)}.log`);
  writeFileSync(file, `${lines.join("\n")}\n`);
  await server.command("send", "--server", server.url, "--key", key, ...flags, file).catch(() => "");
}

const cell = (door: string, column: number) => page.locator("table tr", { hasText: `POST /v1/${door}` }).locator("th, td").nth(column).innerText();

test("a server that nothing came to says so, and where to go on", async () => {
  await page.goto(`${server.url}/ingest`);
  await page.getByText("Nothing has arrived yet.").waitFor();
  await page.getByText("Every line that came was understood.").waitFor();
  expect(await barriers(page)).toEqual([]);
});

test("what is sent is counted at its door while one looks: good, late, corrected and broken lines", async () => {
  const now = Date.now();
  const at = (ms: number) => new Date(now + ms).toISOString();
  await send([
    `{"msg":"ringing","time":"${at(0)}"}`,
    `{"msg":"an old one","time":"${at(-3_600_000)}"}`,
    `{"msg":"from tomorrow","time":"${at(86_400_000)}"}`,
    `{"msg":"twice","msg":"twice"}`,
  ], "--format", "events");
  await send(['level=warn msg="seat dropped" code=TICKET_EXPIRED <img src=x onerror=alert(1)>', 'level=warn msg="seat dropped again" code=TICKET_EXPIRED'], "--format", "json");
  await page.getByText("3 kept, none lost").waitFor();
  const [events, dead, late, corrected] = await Promise.all([3, 4, 6, 7].map((column) => cell("lines", column)));
  expect({ events, dead, late, corrected }).toEqual({ events: "3", dead: "3", late: "1", corrected: "1" });
});

test("each reason leads to its letters, and j opens the first with the sign underlined", async () => {
  await page.getByRole("link", { name: /a line must be one JSON object/ }).click();
  await page.waitForURL(/tab=letters/);
  await page.getByRole("list", { name: "Dead letters of phone-prod" }).getByRole("button").nth(1).waitFor();
  await page.keyboard.press("j");
  const panel = page.getByRole("complementary", { name: "Dead letter" });
  await panel.waitFor();
  expect(await panel.locator("u").first().innerText()).toContain("level");
  expect(await panel.innerText()).toContain("It looks like another format.");
  expect(await panel.getByLabel("Read it as").inputValue()).toBe("logfmt");
  expect(await barriers(page)).toEqual([]);
});

test("a letter that still cannot be read stays, with the reason", async () => {
  const panel = page.getByRole("complementary", { name: "Dead letter" });
  await panel.getByLabel("Read it as").selectOption("json");
  await panel.getByRole("button", { name: "Play this one again" }).click();
  await panel.getByText("1 still cannot be read").waitFor();
});

test("in the right format all letters of the reason are stored, once each, and Search finds them", async () => {
  const panel = page.getByRole("complementary", { name: "Dead letter" });
  await panel.getByLabel("Read it as").selectOption("text");
  await panel.getByRole("button", { name: "Play this one again" }).click();
  await panel.getByText("played it again as text").waitFor();
  await page.keyboard.press("j");
  await panel.getByLabel("Read it as").waitFor();
  await panel.getByRole("button", { name: "Play this one again" }).click();
  await panel.getByText("played it again as logfmt").waitFor();
  const found = await at.call(`/v1/search?project=phone-prod&q=${encodeURIComponent('"seat dropped"')}`);
  const lines = (await found.text()).trim().split("\n").slice(0, -1).map((line) => JSON.parse(line) as { level?: string; msg?: string; raw?: string });
  expect(lines).toHaveLength(2);
  expect(lines.filter((line) => line.level === "warn")).toHaveLength(1);
  await panel.getByRole("link", { name: "Open the event" }).click();
  await page.waitForURL(/\/search\?/);
  await page.getByRole("main").getByText("seat dropped").first().waitFor();
  await page.goBack();
});

test("what is open is told apart from what was played again, and the address holds it", async () => {
  await page.goto(`${server.url}/ingest?tab=letters&state=open`);
  await page.getByText("this name is there twice").first().waitFor();
  expect(await page.getByRole("list", { name: "Dead letters of phone-prod" }).getByRole("button").count()).toBe(1);
  await page.goto(`${server.url}/ingest?tab=letters&contains=nothing%20like%20it`);
  await page.getByText("No dead letter is like this.").waitFor();
  await page.getByRole("button", { name: "Show all" }).click();
  await page.getByRole("list", { name: "Dead letters of phone-prod" }).getByRole("button").nth(2).waitFor();
  expect(complaints).toEqual([]);
});

test.each(looks)("that the clock was set back is told until an admin has seen it ($scheme, $language, $size)", async (look) => {
  const visit = await at.visit(look);
  const seen = await visit.newPage();
  // A server's clock cannot be set here: what it says of itself is put into its answers.
  let clock = "the server's clock was set back by 2h0m0s at 2026-11-20T10:00:00Z; events that arrived before have later times";
  let acknowledged: unknown;
  await seen.route("**/v1/ingest?*", async (route) => {
    const answer = await route.fetch();
    const body = (await answer.json()) as { health: { troubles: string[]; clock: string } };
    body.health = { ...body.health, clock, troubles: clock === "" ? [] : ["store: something else", `clock: ${clock}`] };
    await route.fulfill({ response: answer, json: body });
  });
  await seen.route("**/v1/clock/acknowledge", async (route) => {
    acknowledged = route.request().postDataJSON();
    clock = "";
    await route.fulfill({ status: 204 });
  });
  await seen.goto(`${server.url}/ingest`);
  const button = seen.getByRole("alert").getByRole("button", { name: look.language === "zh" ? "我已知晓" : "I have seen it" });
  await button.waitFor();
  expect(await seen.getByRole("alert").getByRole("listitem").count()).toBe(2);
  await seen.screenshot({ path: join(shots, `ingest-clock-${look.scheme}-${look.language}-${look.size}.png`) });
  expect(await barriers(seen)).toEqual([]);
  expect(await overflow(seen)).toBe(0);
  const told = clock;
  await button.press("Enter");
  await button.waitFor({ state: "detached" });
  expect(acknowledged).toEqual({ seen: told });
  await visit.close();
});

test.each(looks.flatMap((look) => ["/ingest", "/ingest?tab=letters"].map((path) => ({ look, path, title: `${path} in ${look.scheme}, ${look.language}, ${look.size}` }))))("$title", async ({ look, path }) => {
  const visit = await at.visit(look);
  const seen = await visit.newPage();
  await seen.goto(server.url + path);
  await seen.locator(path === "/ingest" ? "main svg[role=img] path" : "main ul button u").first().waitFor();
  if (path !== "/ingest") {
    await seen.locator("main ul[aria-label] button").last().click();
    await seen.locator("main aside pre").waitFor();
  }
  await seen.screenshot({ path: join(shots, `ingest${path === "/ingest" ? "" : "-letters"}-${look.scheme}-${look.language}-${look.size}.png`), fullPage: look.size === "phone" });
  expect(await overflow(seen)).toBe(0);
  expect(await barriers(seen)).toEqual([]);
  await visit.close();
});

// The last one: after a restart the server has seen no door yet.
test("the charts of a day and a week go on after a restart", async () => {
  const total = async () => {
    const { doors } = (await at.ask("/v1/ingest/rates?project=phone-prod&span=7d")) as { doors: { events: number[] }[] };
    return doors.flatMap(({ events }) => events).reduce((a, b) => a + b, 0);
  };
  await at.server.restart(() => Promise.resolve());
  expect(await total()).toBeGreaterThanOrEqual(3);
  await page.goto(`${server.url}/ingest`);
  await page.getByRole("region", { name: "Events a second, by door" }).getByText(/^Nothing has come since/).waitFor();
  for (const span of ["24 h", "7 d"]) {
    await page.getByRole("button", { name: span, exact: true }).press("Enter");
    await page.waitForURL(`**rates=${span.replace(" ", "")}*`);
    await page.getByRole("img", { name: new RegExp(`by door, last ${span}`) }).locator("path").first().waitFor();
  }
  expect(await barriers(page)).toEqual([]);
  await page.screenshot({ path: join(shots, "ingest-week.png") });
});

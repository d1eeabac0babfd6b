// Clients, against the real server: real pages with the built SDK and their
// upload off are seen, and asked for their logs; what the server has stored is
// looked at. Each test goes on where the one before it stopped.
import { mkdirSync, readFileSync } from "node:fs";
import { createServer, type Server as Http } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { barriers, launch, looks, overflow, visitor } from "./pages-browser";
import { type Server, startServer } from "./pages-server";

const shots = join(import.meta.dirname, "shots");
const sdk = ["clewline", "clewline-push"].map((name) => readFileSync(join(import.meta.dirname, `../../sdk/dist/${name}.iife.js`), "utf8")).join("\n");
let server: Server;
let site: Http;
let siteURL = "";
let browser: Browser;
let page: Page;
let cookie: { name: string; value: string; url: string };
let key = "";
let readKey = "";
const complaints: string[] = [];
const desks: BrowserContext[] = [];

beforeAll(async () => {
  mkdirSync(shots, { recursive: true });
  [server, browser] = await Promise.all([startServer(), launch()]);
  site = createServer((request, response) => {
    if (request.url === "/sdk.js") response.writeHead(200, { "Content-Type": "text/javascript" }).end(sdk);
    else response.writeHead(200, { "Content-Type": "text/html" }).end("<!doctype html><title>desk</title><script src=/sdk.js></script>");
  });
  await new Promise<void>((resolve) => {
    site.listen(0, "127.0.0.1", resolve);
  });
  siteURL = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  const token = new URL(server.setupLink).searchParams.get("token");
  const answer = await fetch(`${server.url}/v1/setup`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ token, name: "ada", password: "a ball of thread", project: "phone-prod" }) });
  const [name = "", value = ""] = (answer.headers.get("Set-Cookie") ?? "").split(";")[0]?.split("=") ?? [];
  cookie = { name, value, url: server.url };
  const create = (...more: string[]) => server.command("key", "create", "--data", server.data, "--project", "phone-prod", ...more);
  key = await create("--type", "browser", "--origin", siteURL);
  readKey = await create("--type", "read");
  const context = await visitor(browser);
  await context.addCookies([cookie]);
  page = await context.newPage();
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  site?.closeAllConnections();
  site?.close();
});

interface Global {
  Clewline: { T: (new (label: string) => { $log(text: string, data?: unknown, level?: string): void }) & { $use(plugin: unknown, options: unknown): unknown; $level(level: unknown): void; $context(context: object): void }; logData: unknown; logReport: unknown };
  ClewlinePush: { logPush: unknown };
}

/** A desk of its own browser profile, which uploads nothing and may refuse; it logs three lines. */
async function desk(staff: string, consents: boolean): Promise<Page> {
  const context = await browser.newContext();
  desks.push(context);
  const opened = await context.newPage();
  await opened.goto(`${siteURL}/desk/call?token=secret`);
  await opened.evaluate(
    ({ endpoint, key, staff, consents }) => {
      const { Clewline, ClewlinePush } = globalThis as unknown as Global;
      const { T, logData, logReport } = Clewline;
      T.$level({ console: "off" });
      T.$context({ account: "acct-7731", staff });
      T.$use(logData, {});
      T.$use(logReport, { endpoint, app: "web-phone", key, mode: "off", release: "4.18.2" });
      T.$use(ClewlinePush.logPush, { consent: (ask: { kind: string }) => consents || ask.kind !== "pull" });
      const t = new T("call");
      for (const text of ["ringing", "answered", "the seat dropped"]) t.$log(`${text} at ${staff}`, { of: "this device" }, "debug");
    },
    { endpoint: server.url, key, staff, consents },
  );
  return opened;
}

async function stored(q: string): Promise<string[]> {
  const found = await fetch(`${server.url}/v1/search?q=${encodeURIComponent(q)}`, { headers: { Authorization: `Bearer ${readKey}` } });
  return (await found.text()).trim().split("\n").slice(0, -1).map((line) => (JSON.parse(line) as { msg: string }).msg).toReversed();
}

const rowOf = (staff: string) => page.getByRole("row", { name: new RegExp(staff) });

test("where no page is online, it is said how one comes here", async () => {
  await page.goto(`${server.url}/clients`);
  await page.getByText("No page is online").waitFor();
  expect(await barriers(page)).toEqual([]);
});

test("a page that opens is seen within seconds, without its query, and nothing of its logs is stored", async () => {
  await desk("staff-1042", true);
  await rowOf("staff-1042").waitFor();
  expect(await rowOf("staff-1042").innerText()).toMatch(/acct-7731[\s\S]*\/desk\/call[\s\S]*4\.18\.2/);
  expect(await page.getByRole("main").innerText()).not.toContain("secret");
  expect(await stored("*")).toEqual([]);
});

test("its logs are asked for by keys, arrive, and a link leads to them", async () => {
  await page.keyboard.press("j");
  await page.keyboard.press("p");
  const dialog = page.getByRole("dialog", { name: "Pull the logs of staff-1042" });
  await dialog.getByRole("button", { name: "last 15m" }).click();
  expect(await barriers(page)).toEqual([]);
  await dialog.getByRole("button", { name: /Ask for the logs/ }).click();
  await dialog.getByText(/events have arrived\.$/).waitFor();
  expect(await barriers(page)).toEqual([]);
  await page.screenshot({ path: join(shots, "clients-pull.png") });
  const lines = ["ringing at staff-1042", "answered at staff-1042", "the seat dropped at staff-1042"];
  expect(await stored("label:call")).toEqual(lines);
  await dialog.getByRole("link", { name: /Open the \d+ events/ }).click();
  await page.waitForURL(/\/search\?/);
  await page.getByRole("main").getByText(lines[0] ?? "").first().waitFor();
  await page.goBack();
});

test("a page whose user refuses says so, and sends nothing", async () => {
  await desk("staff-2210", false);
  await rowOf("staff-2210").getByRole("button").click();
  await page.getByRole("complementary").getByRole("button", { name: "Pull logs" }).click();
  await page.getByRole("button", { name: /Ask for the logs/ }).click();
  await page.getByText(/^Refused: the user of this device, or its page, does not allow it/).first().waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
  expect(await stored("staff-2210")).toEqual([]);
});

test("the command line sees and asks the same", async () => {
  const [context] = desks;
  const device = (await context?.pages()[0]?.evaluate(() => localStorage.getItem("clewline.client"))) ?? "";
  const id = await server.command("pull", "--server", server.url, "--key", readKey, "--device", device, "--from", "-15m", "--wait", "--quiet");
  await page.getByRole("link", { name: "Pulls" }).click();
  await page.getByRole("row", { name: /key:k_/ }).getByText("done").waitFor();
  expect(id).toMatch(/^pl_/);
  expect(await barriers(page)).toEqual([]);
  await page.getByRole("link", { name: "Live clients" }).click();
});

test("an editor has one page send from now on", async () => {
  await rowOf("staff-2210").getByRole("button").click();
  const panel = page.getByRole("complementary");
  await panel.getByLabel("Mode").selectOption("live");
  await panel.getByRole("button", { name: "Change" }).click();
  await panel.getByText("It is on its way").waitFor();
  await panel.getByText(/^live, \d+ events? in the buffer/).waitFor();
  await desks[1]?.pages()[0]?.evaluate(() => new (globalThis as unknown as Global).Clewline.T("call").$log("sent now"));
  await expect.poll(() => stored("sent and now"), { timeout: 15_000 }).toEqual(["sent now"]);
});

test("a filter is in the address, and a page that is left goes offline at once", async () => {
  await page.goto(`${server.url}/clients?q=staff:2210`);
  await rowOf("staff-2210").waitFor();
  expect(await rowOf("staff-1042").count()).toBe(0);
  await page.getByLabel("Filter the pages").fill("staff:nobody");
  await page.getByText("None of 2 is like this.").waitFor();
  await page.getByRole("button", { name: "Show all" }).click();
  await desks[0]?.close();
  await rowOf("staff-1042").getByText("offline").waitFor({ state: "attached" });
});

test("the list is followed again after the server was restarted", async () => {
  await server.restart(() => Promise.resolve());
  // A new server knows nothing of the desk that was closed before.
  await page.getByText("of 1 seen today").waitFor();
  await page.getByText("1 online").waitFor();
  await rowOf("staff-2210").waitFor();
  expect(complaints.filter((text) => !/ERR_CONNECTION|ERR_INCOMPLETE|503/.test(text))).toEqual([]);
});

const states = [
  { staff: "staff-0387", account: "acct-1180", page: "/desk/call", call: "in call", socket: "open", lagMs: 700, rtc: "score 4.3, rtt 41 ms", callId: "call-9f3c27" },
  { staff: "staff-1188", account: "acct-4402", page: "/desk/call", call: "ringing", socket: "reconnecting, 4th try", lagMs: 200_000, failures: 7, release: "4.17.9", sdk: "clewline-js/0.0.9" },
  { staff: "staff-0754", account: "acct-6038", page: "/desk/call", call: "in call", socket: "open", lagMs: 2400, lastError: { code: "TICKET_EXPIRED", text: "the ticket of this seat has expired 票据过期" } },
  { staff: "staff-2875", account: "acct-2264", page: "/desk", socket: "open", hidden: true },
  { staff: "<b>staff</b>\u202e", account: "\u0007acct", page: `/${"long/".repeat(30)}`, socket: "open" },
  ...Array.from({ length: 20 }, (_, i) => ({ staff: `staff-30${10 + i}`, account: `acct-${7000 + i}`, page: "/desk", socket: "open", lagMs: 600 })),
];

test.each(looks)("seen by $scheme, $language, $size", async (look) => {
  for (const [i, one] of states.entries()) {
    const { lastError, ...told } = one as typeof one & { lastError?: object };
    await fetch(`${server.url}/v1/push`, {
      method: "POST",
      body: JSON.stringify({ key, tab: `made-${i}`, device: `6f1c09ab${i}`, app: "web-phone", sdk: "clewline-js/0.1.0", release: "4.18.2", mode: "live", keeps: "indexeddb", stream: `20261121k3f9x2m7q8w${i}`, logged: 4312, ...told, ...(lastError && { lastError: { time: Date.now(), ...lastError } }) }),
      headers: { "Content-Type": "text/plain" },
    });
  }
  const visit = await visitor(browser, look);
  await visit.addCookies([cookie]);
  const seen = await visit.newPage();
  await seen.goto(`${server.url}/clients`);
  await seen.getByText("staff-0754").waitFor();
  expect(await barriers(seen)).toEqual([]);
  expect(await overflow(seen)).toBe(0);
  await seen.screenshot({ path: join(shots, `clients-${look.scheme}-${look.language}-${look.size}.png`) });
  await seen.getByRole("button", { name: /staff-0754/ }).click();
  await seen.getByRole("complementary").waitFor();
  expect(await barriers(seen)).toEqual([]);
  expect(await overflow(seen)).toBe(0);
  await seen.screenshot({ path: join(shots, `clients-panel-${look.scheme}-${look.language}-${look.size}.png`) });
  await seen.goto(`${server.url}/clients?view=pulls`);
  await seen.getByRole("table").waitFor();
  expect(await barriers(seen)).toEqual([]);
  expect(await overflow(seen)).toBe(0);
  await seen.screenshot({ path: join(shots, `clients-pulls-${look.scheme}-${look.language}-${look.size}.png`) });
  await visit.close();
});

// The road of a newcomer: from the link in the terminal to the first event on
// the page, against the real server and in a real browser. Each test goes on
// where the one before it stopped.
import { createServer, type Server as PageServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, visitor } from "./pages-browser";
import { type Server, startServer } from "./pages-server";

const password = "a ball of thread";
let server: Server;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let shop: PageServer;
let shopOrigin = "";
let shopHtml = "";

beforeAll(async () => {
  server = await startServer();
  browser = await launch();
  context = await visitor(browser);
  page = await context.newPage();
  // Somebody's own web page, on an origin of its own.
  shop = createServer((_request, response) => {
    response.setHeader("Content-Type", "text/html");
    response.end(`<!doctype html><title>shop</title>${shopHtml}`);
  });
  await new Promise<void>((resolve) => shop.listen(0, "127.0.0.1", resolve));
  shopOrigin = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await browser?.close();
  shop?.close();
  await server?.stop();
});

test("a server that nobody set up tells where its link is, whatever page is asked for", async () => {
  await page.goto(`${server.url}/search?q=x`);
  await page.getByRole("heading", { name: "This server has no administrator yet" }).waitFor();
  expect(new URL(page.url()).pathname).toBe("/setup");
  expect(await page.textContent("main")).toContain(`clewline setup --url ${server.url}`);
});

test("the command that the page shows prints a link that works", async () => {
  const link = await server.command("setup", "--data", server.data, "--url", server.url);
  const other = await context.newPage();
  await other.goto(link);
  await other.getByRole("heading", { name: "Set up this server" }).waitFor();
  await other.close();
});

test("a link that never was one is told so, with the way to another", async () => {
  const other = await context.newPage();
  await other.goto(`${server.url}/setup?token=nonsense`);
  await other.getByRole("alert").filter({ hasText: "no set-up link of this server" }).waitFor();
  expect(await other.textContent("main")).toContain(`clewline setup --url ${server.url}`);
  await other.close();
});

test("set-up says its rule first, points at what is missing, and leads to Add data", async () => {
  const other = await context.newPage();
  await other.goto(server.setupLink);
  await other.getByText("at least 12 characters").waitFor();
  await other.keyboard.type("ada");
  await other.keyboard.press("Tab");
  await other.keyboard.type("too short");
  await other.keyboard.press("Enter");
  await other.getByText("The password has 9 characters so far; 12 are the least.").waitFor();
  expect(await other.evaluate(() => document.activeElement?.getAttribute("name"))).toBe("password");
  await other.fill("[name=password]", password);
  await other.fill("[name=project]", "Phone Prod");
  expect(await other.inputValue("[name=project]")).toBe("phone-prod");
  await other.keyboard.press("Enter");
  await other.waitForURL(`${server.url}/add-data?project=phone-prod`);
  await other.getByRole("heading", { name: "Send logs from a web page" }).waitFor();
  await other.close();
});

test("the page that waited for set-up goes on by itself", async () => {
  await page.waitForURL(/\/(search|login)/);
});

test("the used link says when it was used", async () => {
  const other = await context.newPage();
  await other.goto(server.setupLink);
  await other.getByRole("alert").filter({ hasText: "was set up at" }).waitFor();
  await other.close();
});

test("a fresh key stands in the snippet, and c copies it", async () => {
  await page.goto(`${server.url}/add-data?via=script`);
  await page.getByRole("button", { name: "Make the key" }).click();
  await page.getByText("made for you").waitFor();
  await page.keyboard.press("c");
  await page.getByRole("group", { name: "In your page" }).waitFor();
  shopHtml = await page.evaluate(() => navigator.clipboard.readText());
  expect(shopHtml).toMatch(/key: 'pk_\w+'/);
  expect(shopHtml).toContain(`<script src="${server.url}/sdk/clewline.js">`);
});

test("a page on an origin that is not on the list is diagnosed, allowed with one click, and its event arrives", async () => {
  const visit = await context.newPage();
  await visit.goto(shopOrigin);
  const allow = page.getByRole("button", { name: `Allow ${shopOrigin} too` });
  await allow.waitFor();
  await allow.click();
  await page.getByText("Its origin is allowed now").waitFor();
  await visit.reload();
  await page.getByRole("heading", { name: "The first event is here" }).waitFor();
  await visit.close();
});

test("the first event opens in Search", async () => {
  await page.getByRole("link", { name: "Open it in Search" }).click();
  await page.waitForURL(/\/search\?/);
  await page.getByRole("main").getByText("ringing").first().waitFor();
  const id = new URL(page.url()).searchParams.get("sel") ?? "";
  expect(id).not.toBe("");
  const event: unknown = await page.evaluate(async (address) => (await fetch(address)).json(), `/v1/events/${encodeURIComponent(id)}?project=phone-prod`);
  expect(event).toMatchObject({ msg: "ringing", label: "call", callId: "call-1", app: "phone-prod" });
});

test("Send a test event arrives too, from pages and from servers", async () => {
  for (const source of ["web", "http"]) {
    const other = await context.newPage();
    await other.goto(`${server.url}/add-data?source=${source}`);
    await other.getByRole("button", { name: "Make the key" }).click();
    await other.getByRole("button", { name: "Send a test event" }).click();
    await other.getByRole("heading", { name: "The first event is here" }).waitFor();
    await other.close();
  }
});

test("who logs out and follows a link logs in and stands on the linked page", async () => {
  const fresh = await visitor(browser);
  const other = await fresh.newPage();
  await other.goto(`${server.url}/settings/keys?sel=new`);
  await other.getByRole("heading", { name: /^Log in to/ }).waitFor();
  await other.keyboard.type("ada");
  await other.keyboard.press("Tab");
  await other.keyboard.type("not my password");
  await other.keyboard.press("Enter");
  await other.getByRole("alert").filter({ hasText: "That did not match." }).waitFor();
  // The password stands selected: typing replaces it.
  await other.keyboard.type(password);
  await other.keyboard.press("Enter");
  await other.waitForURL(`${server.url}/settings/keys?sel=new`);
  await fresh.close();
});

test("a key is made, shown once and revoked by keyboard alone, and then refused", async () => {
  await page.goto(`${server.url}/settings/keys`);
  await page.getByRole("table").waitFor();
  await page.keyboard.press("n");
  await page.getByRole("heading", { name: "New key for phone-prod" }).waitFor();
  await page.keyboard.press("ArrowDown"); // servers
  await page.keyboard.press("Tab");
  await page.keyboard.type("nightly job");
  await page.keyboard.press("Enter");
  await page.getByText("This is the only time that the whole key is shown.").waitFor();
  const key = (await page.getByRole("complementary").locator("code").first().textContent()) ?? "";
  expect(key).toMatch(/^sk_/);
  const send = () => fetch(`${server.url}/v1/events`, { method: "POST", headers: { Authorization: `Bearer ${key}` }, body: '{"msg":"hello"}\n' });
  expect((await send()).status).toBe(200);

  await page.keyboard.press("Enter"); // "I have it"
  await page.getByRole("button", { name: /nightly job/ }).focus();
  await page.keyboard.press("Enter");
  const revoke = page.getByRole("button", { name: "Revoke this key…" });
  await revoke.focus();
  await page.keyboard.press("Enter");
  await page.getByText("Revoking cannot be undone").waitFor();
  await page.keyboard.press("Tab"); // from "Keep it"
  await page.keyboard.press("Enter");
  await page.getByText("Revoked. What still sends or reads with it is refused, and told so.").waitFor();
  const refused = await send();
  expect(refused.status).toBe(401);
  expect(await refused.text()).toContain("revoked");
});

test("a session that ends while a page is open leads to the log-in page and back to it", async () => {
  const fresh = await visitor(browser);
  await fresh.addCookies(await context.cookies());
  const other = await fresh.newPage();
  await other.goto(`${server.url}/add-data?source=http`);
  const make = other.getByRole("button", { name: "Make the key" });
  await make.waitFor();
  await fresh.clearCookies();
  await make.click();
  await other.getByRole("heading", { name: /^Log in to/ }).waitFor();
  await other.fill("[name=username]", "ada");
  await other.fill("[name=password]", password);
  await other.keyboard.press("Enter");
  await other.waitForURL(`${server.url}/add-data?source=http`);
  await make.waitFor();
  await fresh.close();
});

test("after too many tries the page says how long to wait, and counts down", async () => {
  const fresh = await visitor(browser);
  const other = await fresh.newPage();
  await other.goto(`${server.url}/login`);
  for (let i = 0; i < 6; i++) {
    await other.fill("[name=username]", "mallory");
    await other.fill("[name=password]", `guess number ${i}`);
    const button = other.getByRole("button", { name: /^Log in/ });
    if (await button.isDisabled()) break;
    const answer = other.waitForResponse(/\/v1\/login/);
    await button.click();
    await answer;
  }
  await other.getByText(/Too many tries. The next one is possible in \d+ seconds/).waitFor();
  expect(await other.getByRole("button", { name: /^Log in/ }).isDisabled()).toBe(true);
  await fresh.close();
});

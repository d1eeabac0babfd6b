// Every page of this part as visitors see it: light and dark, both languages,
// desk and phone, each pair of these at least once. Nothing is cut, nothing bars anybody, and the
// browser complains of nothing (the content security policy included).
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { barriers, looks, launch, type Look, overflow, visitor } from "./pages-browser";
import { type Server, startServer } from "./pages-server";

const password = "a ball of thread";
// Pictures to look at beside the mocks; the folder is not committed.
const shots = join(import.meta.dirname, "shots");
let fresh: Server; // nobody has set it up
let server: Server;
let browser: Browser;
let cookie: { name: string; value: string; url: string };

beforeAll(async () => {
  mkdirSync(shots, { recursive: true });
  [fresh, server, browser] = await Promise.all([startServer(), startServer(), launch()]);
  const token = new URL(server.setupLink).searchParams.get("token");
  const answer = await fetch(`${server.url}/v1/setup`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token, name: "ada", password, project: "phone-prod" }),
  });
  const [pair = ""] = (answer.headers.get("Set-Cookie") ?? "").split(";");
  const [name = "", value = ""] = pair.split("=");
  cookie = { name, value, url: server.url };
  for (const [type, key] of [["browser", "web-phone"], ["server", "phone-api"], ["read", "reports"], ["browser", "old"]] as const) {
    await api("POST", "/v1/keys", { project: "phone-prod", type, name: key, origins: type === "browser" && key !== "old" ? ["https://phone.example.com", "http://localhost:5173"] : [] });
  }
});

afterAll(async () => {
  await browser?.close();
  await fresh?.stop();
  await server?.stop();
});

function api(method: string, path: string, body: unknown): Promise<Response> {
  return fetch(`${server.url}${path}`, { method, headers: { "Content-Type": "application/json", Cookie: `${cookie.name}=${cookie.value}` }, body: JSON.stringify(body) });
}

interface Scene {
  readonly name: string;
  readonly path: string;
  readonly on?: "fresh";
  readonly loggedIn?: false;
  readonly ready: string;
  readonly act?: (page: Page) => Promise<void>;
}

const scenes: readonly Scene[] = [
  { name: "firstrun", on: "fresh", loggedIn: false, path: "/search", ready: "h1" },
  { name: "setup", on: "fresh", loggedIn: false, path: "SETUP", ready: "form", act: async (page) => {
    await page.fill("[name=username]", "staff-0001");
    await page.fill("[name=password]", "correct horse");
    await page.fill("[name=project]", "phone-prod");
  } },
  { name: "setup-missing", on: "fresh", loggedIn: false, path: "SETUP", ready: "form", act: async (page) => {
    await page.click("button[type=submit]");
    await page.locator("[role=alert]").first().waitFor();
  } },
  { name: "setup-gone", loggedIn: false, path: "/setup?token=used", ready: "[role=alert]" },
  { name: "login", loggedIn: false, path: "/login?next=%2Fsearch%3Fq%3DcallId%3A9f3c27", ready: "form", act: async (page) => {
    await page.fill("[name=username]", `visitor-${Math.random()}`);
    await page.fill("[name=password]", "not the one");
    await page.keyboard.press("Enter");
    await page.locator("[role=alert] p").waitFor();
  } },
  { name: "add-data", path: "/add-data", ready: "ol" },
  { name: "add-data-waiting", path: "/add-data", ready: "ol", act: makeKey },
  { name: "add-data-files", path: "/add-data?source=prism", ready: "ol", act: makeKey },
  { name: "add-data-done", path: "/add-data?source=http", ready: "ol", act: async (page) => {
    await makeKey(page);
    await page.locator("aside button").last().click();
    await page.locator("aside a[href*='/search']").waitFor();
  } },
  { name: "keys", path: "/settings/keys", ready: "table", act: async (page) => {
    await page.keyboard.press("j");
    await page.locator("aside dl").waitFor();
  } },
  { name: "keys-list", path: "/settings/keys", ready: "table" },
  { name: "keys-new", path: "/settings/keys?sel=new", ready: "fieldset" },
  { name: "look", path: "/settings/look", ready: "fieldset" },
];

async function makeKey(page: Page): Promise<void> {
  await page.click("main form button[type=submit]");
  await page.locator("aside ol").waitFor();
}

const cases = looks.flatMap((look) => scenes.map((scene) => ({ title: `${scene.name} in ${look.scheme}, ${look.language}, ${look.size}`, look, scene })));

test.each(cases)("$title", async ({ look, scene }) => {
  const { context, page, complaints } = await open(look, scene);
  await page.locator(scene.ready).first().waitFor();
  await scene.act?.(page);
  await page.evaluate(() => Promise.allSettled(document.getAnimations().filter((animation) => animation.effect?.getComputedTiming().iterations !== Number.POSITIVE_INFINITY).map((animation) => animation.finished)));
  await page.screenshot({ path: join(shots, `${scene.name}-${look.scheme}-${look.language}-${look.size}.png`), fullPage: look.size === "phone" });
  expect(await overflow(page)).toBe(0);
  expect(await barriers(page)).toEqual([]);
  expect(complaints).toEqual([]);
  await context.close();
});

async function open(look: Look, { on, loggedIn, path }: Scene) {
  const context = await visitor(browser, look);
  const home = on === "fresh" ? fresh : server;
  if (loggedIn !== false) await context.addCookies([cookie]);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    // Chromium itself notes each answer of 4xx, which here are part of the story.
    if (message.type() === "error" && !/status of 4\d\d/.test(message.text())) complaints.push(message.text());
  });
  await page.goto(path === "SETUP" ? home.setupLink : home.url + path);
  return { context, page, complaints };
}

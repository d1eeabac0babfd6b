import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page, type Route } from "playwright-core";
import { events, histogram, now, scanned, type StoryEvent, values, wire } from "./story";

/** The system's Chromium; nothing is downloaded. */
export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--font-render-hinting=none"],
  });
}

export interface Look {
  readonly scheme?: "light" | "dark";
  readonly language?: "en" | "zh";
  readonly width?: number;
  readonly height?: number;
  readonly touch?: boolean;
}

/** How the API answers, where it does not tell the story. */
export interface Answers {
  readonly search?: (route: Route, url: URL) => Promise<boolean>;
  readonly tail?: string;
  readonly check?: (q: string) => { readonly status: number; readonly body: unknown };
  readonly me?: { readonly status: number; readonly body: unknown };
  readonly histogram?: (url: URL) => unknown;
  readonly list?: readonly StoryEvent[];
  /** While it says so, nothing of the server answers. */
  readonly away?: () => boolean;
}

/** The built pages; CLEWLINE_APP names another folder than the usual one. */
const dist = process.env["CLEWLINE_APP"] ?? join(import.meta.dirname, "../dist/app");
const types: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
export const origin = "http://clewline.test";

export const me = { user: { name: "ada", role: "admin" }, projects: [{ name: "phone-prod" }, { name: "phone-test" }], version: "0.1.0", zone: "Asia/Shanghai", empty: false };

/** The policy of embed.go, so that what it forbids fails here too. */
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-e2e'; img-src 'self'; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

async function file(route: Route, path: string): Promise<void> {
  const name = extname(path) === "" ? "/index.html" : path;
  const body = await readFile(join(dist, name)).catch(() => undefined);
  if (body === undefined) return route.fulfill({ status: 404, body: "" });
  const html = extname(name) === ".html";
  return route.fulfill({
    status: 200,
    contentType: types[extname(name)] ?? "application/octet-stream",
    body: html ? body.toString().replaceAll("__CSP_NONCE__", "e2e") : body,
    headers: html ? { "Content-Security-Policy": policy } : {},
  });
}

const json = (route: Route, body: unknown, status = 200) => route.fulfill({ status, contentType: "application/json", body: JSON.stringify(body) });

async function api(route: Route, url: URL, answers: Answers): Promise<void> {
  const param = (name: string) => url.searchParams.get(name) ?? "";
  if (answers.away?.() === true) return route.abort();
  if (url.pathname === "/healthz") return route.fulfill({ status: 200, body: "ok" });
  if (url.pathname === "/v1/me") return json(route, answers.me?.body ?? me, answers.me?.status ?? 200);
  if (url.pathname === "/v1/histogram") return json(route, answers.histogram?.(url) ?? histogram(param("from"), param("to"), Number(param("buckets"))));
  if (url.pathname === "/v1/facets") {
    const answer = values([...new Set(url.searchParams.getAll("fields"))]);
    return json(route, { ...answer, matching: 1284, share: 1, approximate: false, fields: answer.fields.map((field) => ({ ...field, type: "keyword", more: false })) });
  }
  if (url.pathname === "/v1/check") {
    const { status, body } = answers.check?.(param("q")) ?? { status: 200, body: { ok: true, text: param("q"), words: [] } };
    return json(route, body, status);
  }
  if (url.pathname === "/v1/tail") return route.fulfill({ status: 200, contentType: "text/event-stream", body: answers.tail ?? "event: open\ndata: {}\n\n" });
  const all = answers.list ?? events();
  if (url.pathname.startsWith("/v1/events/")) {
    const found = all.find(({ id }) => id === decodeURIComponent(url.pathname.slice("/v1/events/".length)));
    return found === undefined ? json(route, { error: { code: "not_found", message: "There is no such event." } }, 404) : route.fulfill({ contentType: "application/json", body: wire(found) });
  }
  if (url.pathname === "/v1/views") return json(route, { views: [{ id: "v1", project: "phone-prod", owner: "ada", own: true, mayChange: true, name: "Seat keeps dropping", shared: false, params: { q: "errorCode:TICKET_EXPIRED", from: "-4h" }, columns: [], density: "" }] });
  if (url.pathname === "/v1/context") {
    const at = all.findIndex(({ id }) => id === param("id"));
    if (at < 0) return json(route, { error: { code: "not_found", message: "There is no such event." } }, 404);
    const [later, earlier] = [param("later"), param("earlier")];
    const far = Number(later || earlier || 0);
    const before = later === "" ? all.slice(at + 1 + far, at + 21 + far).toReversed() : [];
    const after = earlier === "" ? all.slice(Math.max(0, at - 20 - far), Math.max(0, at - far)).toReversed() : [];
    const body = { by: param("by"), has: ["time", "session", "trace", "call"], event: all[at], before, after, ...(before.length === 20 ? { earlier: String(far + 20) } : {}), ...(after.length === 20 ? { later: String(far + 20) } : {}), partial: false, reason: "" };
    return route.fulfill({ contentType: "application/json", body: wire(body as unknown as StoryEvent) });
  }
  if (url.pathname === "/v1/search") {
    if (answers.search !== undefined && (await answers.search(route, url))) return;
    const begin = Number(param("cursor") || 0);
    const limit = Number(param("limit"));
    const page = all.slice(begin, begin + limit);
    const end = { clewline: { partial: false, count: page.length, scanned, ms: 38, ...(begin + limit < all.length ? { next: String(begin + limit) } : {}) } };
    return route.fulfill({ contentType: "application/x-ndjson", body: [...page.map(wire), JSON.stringify(end)].join("\n") });
  }
  return json(route, { error: { code: "not_found", message: "Nothing there." } }, 404);
}

export interface Opened {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the browser complained about: errors, and what the policy forbade. */
  readonly complaints: string[];
}

/** Opens the built application at a path, in a given look, with the story behind it. */
export async function open(browser: Browser, path: string, look: Look = {}, answers: Answers = {}): Promise<Opened> {
  const context = await browser.newContext({
    viewport: { width: look.width ?? 1440, height: look.height ?? 900 },
    colorScheme: look.scheme ?? "light",
    locale: look.language === "zh" ? "zh-CN" : "en-US",
    timezoneId: "Asia/Shanghai",
    hasTouch: look.touch ?? false,
    reducedMotion: "reduce",
    deviceScaleFactor: look.width !== undefined && look.width < 700 ? 2 : 1,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  await page.clock.setFixedTime(new Date(now));
  const complaints: string[] = [];
  page.on("pageerror", (err) => complaints.push(String(err)));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().includes("Failed to load resource")) complaints.push(message.text());
  });
  await page.route("**/*", async (route) => {
    const url = new URL(route.request().url());
    if (url.pathname.startsWith("/v1/") || url.pathname === "/healthz") await api(route, url, answers);
    else await file(route, url.pathname);
  });
  await page.goto(origin + path);
  return { page, context, complaints };
}

// A real server with an admin, a key, and a browser that is logged in.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContext } from "playwright-core";
import { launch, type Look, visitor } from "./pages-browser";
import { type Server, startServer } from "./pages-server";

export const project = "phone-prod";
export const shots = join(import.meta.dirname, "shots");

export interface Seeded {
  readonly server: Server;
  readonly browser: Browser;
  /** A server key of the project. */
  readonly key: string;
  /** The admin's session. */
  readonly cookie: { readonly name: string; readonly value: string; readonly url: string };
  /** A window of somebody who is logged in. */
  visit(look?: Look): Promise<BrowserContext>;
  /** Sends events by the native door and waits until they are durable. */
  events(list: readonly object[]): Promise<void>;
  /** Sends lines of a text format. */
  lines(format: string, list: readonly string[]): Promise<void>;
  /** Asks the API as the admin. */
  ask(path: string): Promise<unknown>;
  /** The same, as it comes. */
  call(path: string, init?: RequestInit): Promise<Response>;
  stop(): Promise<void>;
}

/** With one project, an admin ada, and a server key. */
export async function seeded(password = "a ball of thread"): Promise<Seeded> {
  mkdirSync(shots, { recursive: true });
  const [server, browser] = await Promise.all([startServer(), launch()]);
  const token = new URL(server.setupLink).searchParams.get("token");
  const answer = await fetch(`${server.url}/v1/setup`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ token, name: "ada", password, project }) });
  const [pair = ""] = (answer.headers.get("Set-Cookie") ?? "").split(";");
  const [name = "", value = ""] = pair.split("=");
  const key = await server.command("key", "create", "--data", server.data, "--project", project, "--type", "server");
  const post = async (path: string, body: string) => {
    const sent = await fetch(server.url + path, { method: "POST", headers: { Authorization: `Bearer ${key}` }, body });
    const { rejected } = (await sent.json()) as { rejected?: number };
    if (!sent.ok || rejected !== 0) throw new Error(`${path} answered ${sent.status} and rejected ${rejected} lines`);
  };
  const cookie = { name, value, url: server.url };
  const call = (path: string, init: RequestInit = {}) => fetch(server.url + path, { ...init, headers: { Cookie: `${name}=${value}`, "Content-Type": "application/json" } });
  return {
    server,
    browser,
    key,
    cookie,
    call,
    visit: async (look) => {
      const context = await visitor(browser, look);
      await context.addCookies([cookie]);
      return context;
    },
    events: (list) => post("/v1/events", list.map((one) => JSON.stringify(one)).join("\n")),
    lines: (format, list) => post(`/v1/lines?format=${format}`, list.join("\n")),
    ask: async (path) => (await call(path)).json(),
    stop: async () => {
      await browser.close();
      await server.stop();
    },
  };
}

// The quick start is true: its blocks run as they stand, in order, and each
// section's event is found by the query that it gives. What runs nowhere but in
// somebody else's program (nginx, Fluent Bit, Vector) is given by what that sends.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server as PageServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch } from "./pages-browser";
import { binary, type Server, startServer } from "./pages-server";

interface Section {
  readonly title: string;
  readonly blocks: readonly { readonly language: string; readonly file: string | undefined; readonly code: string }[];
  readonly finds: string | undefined;
}

/** The sections of the page: blocks of code with the file that the line before names, and the query at the end. */
function read(page: string): readonly Section[] {
  return page.split(/^## /m).slice(1).map((text) => ({
    title: text.slice(0, text.indexOf("\n")),
    blocks: [...text.matchAll(/([^\n]*)\n\n```(\w+)\n(.*?)^```$/gms)].map(([, before = "", language = "", code = ""]) => ({ language, code, file: /`([\w.]+)`[^`]*:$/.exec(before)?.[1] })),
    finds: /^Find it: `(.*)`$/m.exec(text)?.[1],
  }));
}

const sections = read(readFileSync(join(import.meta.dirname, "../../docs/quickstart.md"), "utf8"));
const run = promisify(execFile);
let server: Server;
let dir = "";
let reader = "";
let writer = "";
let site: PageServer;

beforeAll(async () => {
  server = await startServer();
  dir = mkdtempSync(join(tmpdir(), "clewline-quickstart-"));
  [reader, writer] = await Promise.all([key("read"), key("server")]);
  // What "npm install clewline" would have put there, and the command under its name.
  mkdirSync(join(dir, "node_modules"));
  symlinkSync(join(import.meta.dirname, "../../sdk"), join(dir, "node_modules/clewline"));
  mkdirSync(join(dir, "bin"));
  symlinkSync(binary, join(dir, "bin/clewline"));
  site = createServer((_, response) => response.setHeader("Content-Type", "text/html").end(readFileSync(join(dir, "index.html"))));
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
});

afterAll(async () => {
  site?.close();
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
});

function key(type: string, ...more: string[]): Promise<string> {
  return server.command("key", "create", "--data", server.data, "--project", "demo", "--type", type, ...more);
}

/** Opens the page that was written, from an origin that its key allows. */
async function open(code: string): Promise<void> {
  const origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  const secret = await key("browser", "--origin", origin);
  writeFileSync(join(dir, "index.html"), code.replaceAll("https://logs.example.com", server.url).replace("pk_...", secret));
  const browser = await launch();
  const page = await browser.newPage();
  const sent = page.waitForResponse((response) => new URL(response.url()).pathname === "/v1/track" && response.ok());
  await page.goto(origin);
  await sent;
  await browser.close();
}

async function found(query: string): Promise<number> {
  const response = await fetch(`${server.url}/v1/search?from=-3650d&q=${encodeURIComponent(query)}`, { headers: { Authorization: `Bearer ${reader}` } });
  expect(response.status).toBe(200);
  return (await response.text()).trimEnd().split("\n").length - 1;
}

test("the quick start has its ten senders, and all but one say how their event is found", () => {
  expect(sections.map(({ title }) => title)).toEqual(["curl", "Web page", "Node", "Go, slog", "Log files", "nginx", "syslog", "Your own format", "Fluent Bit", "Vector"]);
  expect(sections.filter(({ finds }) => finds === undefined).map(({ title }) => title)).toEqual(["Your own format"]);
});

test.each(sections)("$title runs as it stands", { timeout: 90_000 }, async ({ blocks, finds, title }) => {
  const env = { ...process.env, PATH: `${join(dir, "bin")}:${process.env["PATH"] ?? ""}`, XDG_STATE_HOME: join(dir, "state"), CLEWLINE_SERVER: server.url, CLEWLINE_KEY: writer, GOFLAGS: "-mod=mod" };
  let printed = "";
  for (const { language, file, code } of blocks) {
    if (language === "html") await open(code);
    else if (file !== undefined) writeFileSync(join(dir, file), code);
    else if (language === "sh") {
      const { stdout, stderr } = await run("sh", ["-e", "-c", code], { cwd: dir, env, timeout: 80_000 });
      printed += stdout + stderr;
    }
  }
  if (finds === undefined) expect(printed).toContain('"level":"error","msg":"ticket expired"');
  else await expect.poll(() => found(finds), { timeout: 5000, message: `${title}: ${finds}\n${printed}` }).toBeGreaterThan(0);
});

// The snippets of Add data are true: each is pasted as it stands into the
// program that it is for, and its event is found.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exampleFile, queryCommand, type Snippet, type SourceId, sources } from "../src/model/snippets";
import { binary, type Server, startServer } from "./pages-server";

const run = promisify(execFile);
let server: Server;
let dir: string;
let reader: string;

beforeAll(async () => {
  server = await startServer();
  dir = mkdtempSync(join(tmpdir(), "clewline-snippets-"));
  reader = await key("read");
  // What "npm i clewline" would have put there.
  mkdirSync(join(dir, "node_modules"));
  symlinkSync(join(import.meta.dirname, "../../sdk"), join(dir, "node_modules/clewline"));
  // The command under the name that the snippets use.
  mkdirSync(join(dir, "bin"));
  symlinkSync(binary, join(dir, "bin/clewline"));
});

afterAll(async () => {
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
});

function key(type: string): Promise<string> {
  return server.command("key", "create", "--data", server.data, "--project", "shop", "--type", type);
}

const environment = () => ({ ...process.env, PATH: `${join(dir, "bin")}:${process.env["PATH"] ?? ""}`, GOFLAGS: "-mod=mod" });

/** Runs one snippet as a person would, and gives what it printed. */
async function paste({ language, code }: Snippet): Promise<string> {
  const options = { cwd: dir, env: environment(), timeout: 60_000 };
  const file = (name: string) => {
    writeFileSync(join(dir, name), code);
    return name;
  };
  switch (language) {
    case "sh": {
      const { stdout, stderr } = await run("sh", ["-e", "-c", code], options);
      return stdout + stderr;
    }
    case "js":
      return (await run(process.execPath, [file(code.includes("require(") ? "app.cjs" : "app.mjs")], options)).stdout;
    case "python":
      return (await run("python3", [file("app.py")], options)).stdout;
    case "go":
      return (await run("go", ["run", file("app.go")], options)).stdout;
    case "html":
      throw new Error("pages are tried in pages-road.e2e.ts");
  }
}

interface Found {
  readonly app?: string;
  readonly [field: string]: unknown;
}

/** Everything that an app has sent so far. */
async function search(app: string): Promise<Found[]> {
  const response = await fetch(`${server.url}/v1/search?q=${encodeURIComponent(app === "" ? "*" : `app:"${app}"`)}&from=-15m&limit=100`, { headers: { Authorization: `Bearer ${reader}` } });
  const lines = (await response.text()).trimEnd().split("\n");
  return lines.slice(0, -1).map((line) => JSON.parse(line) as Found);
}

/** Waits until a snippet's event can be found. */
async function arrival(app: string, wanted: number): Promise<Found[]> {
  for (;;) {
    const found = await search(app);
    if (found.length >= wanted) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const wanted: Record<Exclude<SourceId, "web">, Found> = {
  node: { msg: "ringing", label: "call", callId: "call-1", data: { callId: "call-1" } },
  http: { msg: "hello", level: "info" },
  files: { msg: "hello", level: "info", callId: "call-1" },
  prism: { level: "notice", product: expect.any(String), subsys: "api", module: "dispatch", traceId: expect.any(String), httpPath: "/call/hold", timeCost: 46 },
  invocation: { kind: "call", service: "function", event: "callFunction", function: "checkTicket", invoker: "uid:staff-1042", timeCost: 46 },
};

const cases = sources.flatMap(({ id, keyType, variants }) => (id === "web" ? [] : variants.map((variant) => ({ name: `${id} by ${variant.label}`, id, variant, type: keyType }))));

test.each(cases)("$name runs as it stands, and its event is found", async ({ id, variant, type }) => {
  const app = `shop-${id}-${variant.id}`;
  const before = (await search("")).length;
  const secret = await key(type);
  const snippets = variant.snippets({ endpoint: server.url, key: secret, app, now: new Date() }).filter(({ purpose }) => purpose !== "install");
  for (const snippet of snippets) {
    if (snippet.purpose !== "send") {
      await paste(snippet);
      continue;
    }
    // The file that the visitor has: a line of the same kind, an hour-old one would do as well.
    const file = join(dir, "visitor", `${app}.log`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, lineOf(id));
    await paste({ ...snippet, code: snippet.code.replace(exampleFile, file) });
  }
  const sends = snippets.some(({ purpose }) => purpose === "send") ? 2 : 1;
  // curl and Go send the shortest event there is, which names no app.
  const named = id !== "http" || variant.id === "js" || variant.id === "python";
  const found = named ? await arrival(app, sends) : (await arrival("", before + 1)).slice(0, 1);
  expect(found).toHaveLength(sends);
  for (const event of found) expect(event).toMatchObject(wanted[id]);
});

function lineOf(id: string): string {
  const now = new Date();
  switch (id) {
    case "prism":
      return `NOTICE: ${now.toISOString().slice(2, 19).replace("T", " ")} api * 4711 [optime=${(now.getTime() / 1000).toFixed(3)} product=shop subsys=api module=dispatch logid=call-2 uri=%2Fcall%2Fhold cost=46 retErrno=0]\n`;
    case "invocation":
      return `${JSON.stringify({ startTime: now.toISOString(), timeCost: 46, service: "function", event: "callFunction", function: "checkTicket", invoker: "uid:staff-1042", source: "node-sdk" })}\n`;
    default:
      return `${JSON.stringify({ time: now.toISOString(), level: "info", msg: "hello", callId: "call-1" })}\n`;
  }
}

test("the command that a fresh read key is shown with reads", async () => {
  await fetch(`${server.url}/v1/events`, { method: "POST", headers: { Authorization: `Bearer ${await key("server")}` }, body: '{"msg":"broken","level":"error"}\n' });
  const printed = await paste({ purpose: "code", language: "sh", code: queryCommand(server.url, reader) });
  expect(printed).toContain("broken");
});

test("the way that the wait offers to look why nothing comes answers ok", async () => {
  expect((await paste({ purpose: "try", language: "sh", code: `curl -s ${server.url}/healthz` })).trim()).toBe("ok");
});

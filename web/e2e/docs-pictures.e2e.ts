// The script that takes the pictures of README and docs takes each one that a
// page shows, and none that no page shows, from a demo as it is now.
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { binary } from "./pages-server";

const root = join(import.meta.dirname, "../..");
let demo: ChildProcess;
let link = "";
let folder = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "clewline-pictures-"));
  demo = spawn(binary, ["demo", "--no-open", "--once", "--hours", "0.5", "--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "inherit"] });
  link = await new Promise<string>((resolve, reject) => {
    let text = "";
    demo.stdout?.on("data", (part: Buffer) => {
      text += part.toString();
      const found = /(https?:\/\/\S+\/v1\/enter\?token=\S+)/.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    });
    demo.once("exit", () => reject(new Error(`the demo ended: ${text}`)));
  });
});

afterAll(async () => {
  const ended = new Promise((resolve) => demo.once("exit", resolve));
  demo.kill("SIGTERM");
  await ended;
  rmSync(folder, { recursive: true, force: true });
});

/** The pictures that pages show, by name. */
function shown(): string[] {
  const pages = readdirSync(root, { recursive: false, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(root, name));
  const docs = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(root, "docs", name));
  const names = new Set<string>();
  for (const page of [...pages, ...docs]) for (const [, name = ""] of readFileSync(page, "utf8").matchAll(/[("/]images\/([\w.-]+\.png)[)"]/g)) names.add(name);
  return [...names].toSorted();
}

test("each picture that a page shows is taken", { timeout: 300_000 }, async () => {
  await promisify(execFile)(process.execPath, [join(root, "scripts/screenshots.mjs"), link, folder], { cwd: root, timeout: 290_000 });
  const taken = readdirSync(folder).toSorted();
  for (const name of taken) expect(statSync(join(folder, name)).size).toBeGreaterThan(20_000);
  expect(shown().length).toBeGreaterThan(3);
  for (const name of shown()) expect(taken).toContain(name);
  expect(readdirSync(join(root, "docs/images")).toSorted()).toEqual(taken);
});

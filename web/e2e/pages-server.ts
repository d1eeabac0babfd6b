import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The binary with the pages in it; `make` names it. */
export const binary = process.env["CLEWLINE_BIN"] ?? new URL("../../bin/clewline", import.meta.url).pathname;

/** A real server on a data folder of its own. */
export interface Server {
  readonly url: string;
  readonly data: string;
  /** The one-time link that it printed. */
  readonly setupLink: string;
  /** Runs another command of the binary and gives what it printed. */
  command(...args: string[]): Promise<string>;
  /** Ends the server and starts it again, on the same data and at the same address; `meanwhile` runs while it is away. */
  restart(meanwhile: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

/** Starts `clewline serve` on a free port and waits until it has said where it is. */
export async function startServer(): Promise<Server> {
  const data = mkdtempSync(join(tmpdir(), "clewline-pages-"));
  const start = (listen: string) => spawn(binary, ["serve", "--data", data, "--listen", listen], { stdio: ["ignore", "pipe", "pipe"] });
  let child = start("127.0.0.1:0");
  const { url, setupLink } = await greeting(child);
  const end = async () => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await ended;
  };
  return {
    url,
    data,
    setupLink,
    command: async (...args) => (await run(binary, args)).stdout.trim(),
    restart: async (meanwhile) => {
      await end();
      await meanwhile();
      child = start(new URL(url).host);
      await address(child);
    },
    stop: async () => {
      await end();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** Waits until a server has said where it is. */
function address(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stderr?.on("data", () => undefined);
    child.stdout?.on("data", (part: Buffer) => {
      text += part.toString();
      const url = /serves (\S+),/.exec(text)?.[1];
      if (url !== undefined) resolve(url);
    });
    child.once("exit", (code) => reject(new Error(`clewline serve ended with ${code}`)));
  });
}

function greeting(child: ChildProcess): Promise<{ url: string; setupLink: string }> {
  return new Promise((resolve, reject) => {
    let text = "";
    let errors = "";
    child.stderr?.on("data", (part: Buffer) => (errors += part.toString()));
    child.stdout?.on("data", (part: Buffer) => {
      text += part.toString();
      const url = /serves (\S+),/.exec(text)?.[1];
      const setupLink = /(https?:\/\/\S+\/setup\?token=\S+)/.exec(text)?.[1];
      if (url !== undefined && setupLink !== undefined) resolve({ url, setupLink });
    });
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`clewline serve ended with ${code}: ${errors}`)));
  });
}

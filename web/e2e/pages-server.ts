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
  stop(): Promise<void>;
}

/** Starts `clewline serve` on a free port and waits until it has said where it is. */
export async function startServer(): Promise<Server> {
  const data = mkdtempSync(join(tmpdir(), "clewline-pages-"));
  const child = spawn(binary, ["serve", "--data", data, "--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "pipe"] });
  const { url, setupLink } = await greeting(child);
  return {
    url,
    data,
    setupLink,
    command: async (...args) => (await run(binary, args)).stdout.trim(),
    stop: async () => {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
      rmSync(data, { recursive: true, force: true });
    },
  };
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

import { readFileSync } from "node:fs";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

// The server embeds dist/app (see embed.go) and serves it at the root. While
// developing, `npm -w web run dev` talks to a server started by
// `clewline serve`; CLEWLINE_SERVER names it.
const server = process.env.CLEWLINE_SERVER ?? "http://127.0.0.1:8377";

/** What the server hands out under /sdk, and what the SDK's build calls it. */
const scripts = { "clewline.js": "clewline.iife.js", "clewline-capture.js": "clewline-capture.iife.js" };

/**
 * The server hands out the browser SDK at /sdk/clewline.js, and its captures
 * beside it, so that a page can take them from there with script tags and needs
 * nobody else's host. Add data shows the first one's tag.
 */
function sdkFiles(): Plugin {
  const read = (built: string) =>
    readFileSync(new URL(`../sdk/dist/${built}`, import.meta.url), "utf8").replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n");
  return {
    name: "sdk-files",
    generateBundle() {
      try {
        for (const [name, built] of Object.entries(scripts)) this.emitFile({ type: "asset", fileName: `sdk/${name}`, source: read(built) });
      } catch (err) {
        this.error(`The pages hand out the SDK, so it is built first: npm -w sdk run build (${String(err)})`);
      }
    },
    configureServer({ middlewares }) {
      for (const [name, built] of Object.entries(scripts)) {
        middlewares.use(`/sdk/${name}`, (_request, response) => {
          response.setHeader("Content-Type", "text/javascript");
          response.end(read(built));
        });
      }
    },
  };
}

export default defineConfig({
  base: "/",
  plugins: [react(), sdkFiles()],
  // Replaced by embed.go with a fresh nonce in each answer.
  html: { cspNonce: "__CSP_NONCE__" },
  build: {
    outDir: "dist/app",
    emptyOutDir: true,
    target: "es2022",
    // A data: URL would need img-src data: in the policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: true,
  },
  server: { proxy: { "/v1": server, "/healthz": server } },
  test: {
    include: ["src/**/*.test.{ts,tsx}"],
    environment: "happy-dom",
    setupFiles: ["src/test/setup.ts"],
    env: { TZ: "UTC" },
    // Machines are small and busy: a test that computes for a second must not fail for it.
    testTimeout: 30_000,
  },
});

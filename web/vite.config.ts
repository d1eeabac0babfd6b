import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// The server embeds dist/app (see embed.go) and serves it at the root. While
// developing, `npm -w web run dev` talks to a server started by
// `clewline serve`; CLEWLINE_SERVER names it.
const server = process.env.CLEWLINE_SERVER ?? "http://127.0.0.1:8377";

export default defineConfig({
  base: "/",
  plugins: [react()],
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
  },
});

import { defineConfig } from "vitest/config";

// Pages in a real browser. The files pages-*.e2e.ts run against the real
// server: CLEWLINE_BIN names the binary. One file at a time, since each has a
// browser of its own and machines are small.
export default defineConfig({
  test: {
    include: ["e2e/**/*.e2e.ts"],
    environment: "node",
    fileParallelism: false,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});

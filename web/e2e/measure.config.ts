import { defineConfig } from "vitest/config";

// Figures, apart from the tests: on a busy machine they say nothing about the
// pages, so that `make test` does not ask for them.
export default defineConfig({
  test: {
    include: ["e2e/**/*.measure.ts"],
    environment: "node",
    fileParallelism: false,
    hookTimeout: 60_000,
  },
});

import { defineConfig } from 'vitest/config'

// Against a real browser, and the real server where CLEWLINE_BIN names its binary.
// The package must have been built.
export default defineConfig({
  test: {
    include: ['e2e/**/*.test.ts'],
    environment: 'node',
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})

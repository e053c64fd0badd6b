// Unit tests stand beside the file they test; tests/e2e runs its own way (tests/e2e/README in docs/ARCHITECTURE.md).
import path from 'node:path'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { alias: { '@': path.resolve(import.meta.dirname) } },
  test: {
    include: ['{contract,server,jobs,components,app,tests,bench}/**/*.test.ts'],
    exclude: ['tests/e2e/**', 'node_modules/**'],
    testTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
})

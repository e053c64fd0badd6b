// Unit tests stand beside the file they test; tests/e2e runs its own way. Tests that need Postgres are a project of their own,
// so that a run without them starts no server.
import path from 'node:path'
import { defineConfig } from 'vitest/config'

const exclude = ['tests/e2e/**', 'node_modules/**']

export default defineConfig({
  resolve: { alias: { '@': path.resolve(import.meta.dirname) } },
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: 'unit', include: ['{contract,server,components,tests,bench}/**/*.test.ts'], exclude: [...exclude, 'server/db/**'] } },
      { extends: true, test: { name: 'sql', include: ['{server/db,jobs,app}/**/*.test.ts'], exclude, globalSetup: ['tests/postgres.ts'] } },
    ],
  },
})

// Vitest's global setup of the tests that need Postgres: one embedded server for all of them, with a migrated template.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { startEmbedded } from '@/server/db/embedded'
import { migrate } from '@/server/db/migrate'

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'drhard-test-'))
  fs.chmodSync(dir, 0o755)
  const server = await startEmbedded(dir, () => undefined)
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  await client.query('CREATE DATABASE template_drhard')
  await client.end()
  await migrate(server.url.replace(/[^/]+$/, 'template_drhard'), path.resolve('prisma/migrations'))
  project.provide('postgresUrl', server.url)
  return async () => {
    await server.stop()
    fs.rmSync(dir, { recursive: true, force: true })
  }
}

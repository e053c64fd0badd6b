// The process of a job server (`drhard worker`): started by a person, or by jobs/serve.ts.
import path from 'node:path'
import type { Capabilities } from '@/contract/needs'
import { database } from '@/server/db/client'
import { closeQueue } from '@/server/db/queue'
import { stopListening } from '@/server/db/listen'
import { artifactsDir, databaseUrl, dataDir } from '@/server/db/location'
import { refuseOtherSchema } from '@/server/db/migrate'
import { artifactStore } from '@/server/db/local-artifact'
import { findCapabilities } from './capabilities'
import { bundleChild } from './child-bundle'
import { startWorker } from './server'

/** Works until SIGTERM, SIGINT or the end of the supervisor that spawned it; then running steps save and go back to the queue. */
export async function runWorker({ slots, capabilities: changes }: { slots: number; capabilities: Partial<Capabilities> }): Promise<void> {
  const asked = stopAsked() // before anything that takes time: a supervisor can be gone by then
  const root = path.resolve(import.meta.dirname, '..')
  const db = database()
  await refuseOtherSchema(databaseUrl(), path.join(root, 'prisma', 'migrations'))
  const capabilities = findCapabilities(changes)
  const worker = await startWorker({ db, url: databaseUrl(), dataDir: dataDir(), artifactsDir: artifactsDir(), store: artifactStore(), capabilities, childFile: await bundleChild(root, path.join(root, 'jobs', 'child.ts')), slots, log: (line) => console.log(`worker: ${line}`) })
  await asked
  console.log('worker: stopping; running steps save and go back to the queue')
  await worker.drain()
  stopListening()
  await closeQueue(db)
  await db.$disconnect()
  if (process.connected) process.disconnect() // or the supervisor's channel keeps this process alive
}

function stopAsked(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve())
    process.once('disconnect', () => resolve())
    // spawned with a channel that is closed already
    if (process.send && !process.connected) resolve()
  })
}

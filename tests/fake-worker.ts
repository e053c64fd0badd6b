// A worker in a process of its own, with the bundle of tests/fake-child.ts, for the test that kills it. Called by jobs/server.test.ts.
import { startWorker } from '@/jobs/server'
import { database } from '@/server/db/client'
import { artifactStore } from '@/server/db/local-artifact'
import { artifactsDir, databaseUrl, dataDir } from '@/server/db/location'

await startWorker({ db: database(), url: databaseUrl(), dataDir: dataDir(), artifactsDir: artifactsDir(), store: artifactStore(), childFile: process.argv[2], slots: 1, log: () => undefined, beatMs: 200, leaseMs: 2000 })

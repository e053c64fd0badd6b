// `drhard artifacts`: how much is published, what may be removed, and whether all of it is still what was published. Called by jobs/cli.ts.
import type { GcRequest } from '@/contract/artifact'
import path from 'node:path'
import { AppError } from '@/contract/errors'
import { megabytes } from '@/contract/units'
import { summariseArtifacts } from '@/server/db/artifacts'
import { artifactsDir, dataDir, diskQuota } from '@/server/db/location'
import { artifactStore, collectGarbage } from '@/server/db/local-artifact'
import { freeBytes } from '@/server/files/disk'
import { DamagedArtifact, verifyArtifact } from '@/server/files/verify'
import { cleanFolders } from './clean-folders'
import { withDatabase } from './with-database'

/** `drhard artifacts list`. */
export async function listArtifacts(): Promise<void> {
  const { count, bytes, byKind } = await withDatabase(summariseArtifacts)
  for (const { kind, ...sums } of byKind) console.log(`${kind.padEnd(16)} ${String(sums.count).padStart(6)}  ${megabytes(sums.bytes).padStart(12)}`)
  const [quota, free] = [diskQuota(), freeBytes(artifactsDir())]
  console.log(`${'all'.padEnd(16)} ${String(count).padStart(6)}  ${megabytes(bytes).padStart(12)}${quota === null ? '' : ` of ${megabytes(quota)}`}${free === null ? '' : `; the disk has ${megabytes(free)} left`}`)
}

/** `drhard artifacts gc`. */
export async function collectArtifacts(request: GcRequest): Promise<void> {
  const { dryRun } = request
  await withDatabase(async (db) => {
    const plan = await collectGarbage(db, request)
    for (const { key, kind, bytes, reason } of plan.items) console.log(`${key}  ${kind.padEnd(14)} ${megabytes(bytes).padStart(12)}  ${reason}`)
    if (!dryRun) await cleanFolders(db, { dataDir: dataDir(), artifactsDir: artifactsDir(), isCache: artifactStore().isRemote })
    console.log(`${plan.items.length} artifacts, ${megabytes(plan.bytes)}: ${dryRun ? 'would be removed (leave out --dry-run to remove them)' : 'removed; a later run that needs one makes it again'}`)
  })
}

/** `drhard artifacts verify`. Throws broken where an artifact is not what was published. */
export async function verifyArtifacts(): Promise<void> {
  await withDatabase(async (db) => {
    const keys = (await db.artifact.findMany({ select: { key: true }, orderBy: { key: 'asc' } })).map((row) => row.key)
    let damaged = 0
    for (const key of keys) {
      try {
        await verifyArtifact(key, { root: artifactsDir(), verifiedDir: path.join(dataDir(), 'verified'), now: Date.now(), maxAgeMs: 0 })
      } catch (error) {
        if (!(error instanceof DamagedArtifact)) throw error
        damaged++
        console.log(error.message)
      }
    }
    if (damaged) throw new AppError('broken', `${damaged} of ${keys.length} artifacts are damaged; a run that needs one makes it again`)
    console.log(`${keys.length} artifacts are what was published`)
  })
}

// How many bytes artifacts may still take: what the quota leaves and what the disk has, the smaller one. Called before a launch (app/api)
// and before a step begins (jobs/step-run.ts).
import { freeBytes } from '@/server/files/disk'
import { artifactBytes } from './artifacts'
import type { Tx } from './client'
import { artifactsDir, diskQuota } from './location'

/** Null where there is no quota and the system does not tell. */
export async function roomForArtifacts(tx: Tx): Promise<number | null> {
  const quota = diskQuota()
  const left = quota === null ? Infinity : Math.max(0, quota - (await artifactBytes(tx)))
  const room = Math.min(left, freeBytes(artifactsDir()) ?? Infinity)
  return Number.isFinite(room) ? room : null
}

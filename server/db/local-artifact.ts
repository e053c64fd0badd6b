// The artifact store of this installation, and the folder of an artifact on this machine, fetched first where it is not here; removal from
// both. Called by everything that reads or removes artifacts outside of steps: app/api, server/db/bundle.ts, jobs.
import fs from 'node:fs/promises'
import type { ArtifactPlan, GcRequest } from '@/contract/artifact'
import { AppError } from '@/contract/errors'
import { artifactDir } from '@/server/files/artifact'
import { openStore, type ArtifactStore } from '@/server/store/store'
import type { Removed } from './artifacts'
import type { Actor } from './audit'
import type { Database } from './client'
import { collect } from './collect'
import { artifactsDir, storeOptions } from './location'

let store: ArtifactStore | undefined

/** The store, opened once a process. */
export function artifactStore(): ArtifactStore {
  return (store ??= openStore(storeOptions()))
}

/** Throws not-found where nobody has it: it was removed (./drhard artifacts gc) or is damaged, and a run that needs it makes it again. */
export async function localArtifact(key: string): Promise<string> {
  if (!(await artifactStore().fetch(key))) throw new AppError('not-found', `Artifact ${key} is not in ${artifactStore().name} any more; a run that needs it makes it again`)
  return artifactDir(artifactsDir(), key)
}

/** Removes forgotten artifacts from the store and this machine. Where the store does not answer, the next garbage collection finds them. */
export async function removeArtifacts({ keys, folders }: Removed): Promise<void> {
  await Promise.all(folders.map((folder) => fs.rm(folder, { recursive: true, force: true })))
  await artifactStore().remove(keys).catch((error: Error) => console.error(`${error.message}; ./drhard artifacts gc removes what is left`))
}

/** What the store keeps is there before the database knows it: younger ones may be of a step that is about to end. */
const STRAY_AFTER_MS = 86_400_000

/** Garbage collection in the database, the store and on this machine: what `collect` finds, and what the store has and the database does not know. */
export async function collectGarbage(db: Database, request: GcRequest, by?: Actor): Promise<ArtifactPlan> {
  const { plan, removed } = await collect(db, request, artifactsDir(), by)
  const kept = await artifactStore().list()
  const known = new Set((await db.artifact.findMany({ where: { key: { in: kept.map(({ key }) => key) } }, select: { key: true } })).map(({ key }) => key))
  const taken = new Set(removed.keys)
  const stray = kept.filter(({ key, changedAt }) => !known.has(key) && !taken.has(key) && Date.now() - changedAt.getTime() > STRAY_AFTER_MS)
  const items = [...plan.items, ...stray.map(({ key, bytes }) => ({ key, kind: 'unknown', bytes, reason: 'the store has it, the database does not know it' }))]
  if (!request.dryRun) await removeArtifacts({ keys: [...removed.keys, ...stray.map(({ key }) => key)], folders: removed.folders })
  return { dryRun: plan.dryRun, bytes: items.reduce((sum, item) => sum + item.bytes, 0), items }
}

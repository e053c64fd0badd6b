// The folder of an artifact on this machine, fetched from the store first where it is not here. Called by the routes that read artifacts.
import { AppError } from '@/contract/errors'
import { artifactsDir, storeOptions } from '@/server/db/location'
import { artifactDir } from '@/server/files/artifact'
import { openStore, type ArtifactStore } from '@/server/store/store'

let store: ArtifactStore | undefined

/** Throws not-found where nobody has it: it was removed (./drhard artifacts gc) or is damaged, and a run that needs it makes it again. */
export async function localArtifact(key: string): Promise<string> {
  store ??= openStore(storeOptions())
  if (!(await store.fetch(key))) throw new AppError('not-found', `Artifact ${key} is not in ${store.name} any more; a run that needs it makes it again`)
  return artifactDir(artifactsDir(), key)
}

/** Removes deleted artifacts from the store. */
export async function removeFromStore(keys: string[]): Promise<void> {
  store ??= openStore(storeOptions())
  await store.remove(keys)
}

// The artifact store of this installation, and the folder of an artifact on this machine, fetched first where it is not here. Called by
// everything that reads artifacts outside of steps: app/api, server/db/bundle.ts, jobs.
import { AppError } from '@/contract/errors'
import { artifactDir } from '@/server/files/artifact'
import { openStore, type ArtifactStore } from '@/server/store/store'
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

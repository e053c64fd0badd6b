// The artifact store of this installation, opened once a process. Called by jobs.
import { storeOptions } from '@/server/db/location'
import { openStore, type ArtifactStore } from '@/server/store/store'

let store: ArtifactStore | undefined

export function artifactStore(): ArtifactStore {
  return (store ??= openStore(storeOptions()))
}

// The store where all workers see one folder: on one machine, or mounted on all. Called by server/store/store.ts.
import { readManifest } from '@/server/files/artifact'
import type { ArtifactStore } from './store'

export function folderStore(root: string): ArtifactStore {
  return {
    name: `folder ${root}`,
    isRemote: false,
    fetch: async (key) => {
      try {
        return readManifest(root, key) !== null
      } catch {
        return true // it is there and damaged: whoever reads it says so
      }
    },
    publish: async () => undefined,
    remove: async () => undefined,
    list: async () => [],
  }
}

// How much room a folder's disk has. Called by jobs/step-run.ts before a step begins, and by app/api/artifacts.
import fs from 'node:fs'
import path from 'node:path'

/** Bytes that this process may still write where the folder is, or will be; null where the system does not tell. */
export function freeBytes(folder: string): number | null {
  for (let dir = path.resolve(folder); ; dir = path.dirname(dir)) {
    try {
      const { bavail, bsize } = fs.statfsSync(dir)
      return bavail * bsize
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || path.dirname(dir) === dir) return null
    }
  }
}

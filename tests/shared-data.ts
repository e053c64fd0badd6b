// Finds the goldens and test collections that are too large for the repository, for tests of every room.
// Where they are absent, tests that need them are skipped and say so.
import fs from 'node:fs'
import path from 'node:path'
import { describe, it } from 'vitest'

const ROOT = process.env.DRHARD_SHARED ?? path.resolve(import.meta.dirname, '../../shared')

/** Path of a file or folder below the shared folder (DRHARD_SHARED, else ../shared), or null where it is not there. */
export function sharedPath(sub: string): string | null {
  const found = path.join(ROOT, sub)
  return fs.existsSync(found) ? found : null
}

/** A describe() whose tests get the shared path; skipped with the reason in its name where that is absent. */
export function describeShared(name: string, sub: string, tests: (found: string) => void): void {
  const found = sharedPath(sub)
  if (found) describe(name, () => tests(found))
  // `tests` is not called: it may read the files while it declares its tests
  else describe.skip(`${name} (skipped: ${path.join(ROOT, sub)} is absent; set DRHARD_SHARED)`, () => it('compares with the goldens', () => undefined))
}

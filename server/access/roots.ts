// Keeps paths that users give inside the folders that this installation opens to them. Called by app/api.
import fs from 'node:fs'
import path from 'node:path'
import { AppError } from '@/contract/errors'

/** The path with all links resolved. Throws bad-input where it leads out of every root, and says nothing about what is there. */
export function insideRoots(given: string, roots: string[]): string {
  const resolved = realPath(path.resolve(given))
  if (roots.some((root) => isInside(resolved, realPath(path.resolve(root))))) return resolved
  throw new AppError('bad-input', `${given} is outside of the folders that may be read (${roots.join(', ')}); put the data there, or add its folder to DRHARD_DATA_ROOTS`)
}

function isInside(file: string, root: string): boolean {
  const relative = path.relative(root, file)
  return relative === '' || (!relative.startsWith('..') && !path.isAbsolute(relative))
}

/** Links resolved as far as the path exists: what does not exist cannot lead anywhere. */
function realPath(file: string): string {
  try {
    return fs.realpathSync(file)
  } catch {
    const parent = path.dirname(file)
    return parent === file ? file : path.join(realPath(parent), path.basename(file))
  }
}

// Verifies that an artifact's files are what was published: all are hashed when this machine first reads them, when they were touched,
// and once a day against silent damage; in between their size, time and inode tell. Called by jobs/run-step.ts and `drhard artifacts verify`.
import { createHash, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { AppError } from '@/contract/errors'
import { artifactDir, readManifest, type Manifest } from './artifact'

/** An artifact that is missing or whose files are not what was published. Whoever made it makes it again. */
export class DamagedArtifact extends AppError {
  constructor(
    readonly artifactKey: string,
    message: string,
  ) {
    super('broken', message)
  }
}

const VERIFIED_MS = 86_400_000
/** inode, bytes, modification time: what changes when a file is written. */
const Seal = z.tuple([z.number(), z.number(), z.number()])
const Note = z.object({ at: z.number(), seals: z.record(z.string(), Seal) })

export interface VerifyOptions {
  root: string
  /** Where notes of verified artifacts are kept, one file a key; this machine's own, even where the artifacts are shared. */
  verifiedDir: string
  /** Milliseconds since the epoch. */
  now: number
  /** How old a verification may be to be believed; 0 hashes all now. Default: a day. */
  maxAgeMs?: number
}

/** The manifest of an artifact whose files are what was published. Throws DamagedArtifact with file, bytes and hash of what is not. */
export async function verifyArtifact(key: string, { root, verifiedDir, now, maxAgeMs = VERIFIED_MS }: VerifyOptions): Promise<Manifest> {
  const manifest = manifestOf(root, key)
  const dir = artifactDir(root, key)
  const seals = Object.fromEntries(manifest.files.map(({ name, bytes }) => [name, sealOf(key, path.join(dir, name), bytes)]))
  const noteFile = path.join(verifiedDir, `${key}.json`)
  const note = readNote(noteFile)
  // A note from the future is from before the clock was set back: it says nothing.
  const fresh = note !== null && now - note.at < maxAgeMs && note.at <= now
  if (fresh && manifest.files.every(({ name }) => note.seals[name]?.join() === seals[name].join())) return manifest
  for (const { name, sha256 } of manifest.files) {
    const found = await hashFile(path.join(dir, name))
    if (found !== sha256) throw new DamagedArtifact(key, `${path.join(dir, name)} is damaged: its SHA-256 is ${found.slice(0, 12)}…, ${sha256.slice(0, 12)}… was published`)
  }
  fs.mkdirSync(verifiedDir, { recursive: true })
  const partial = `${noteFile}.${randomBytes(4).toString('hex')}`
  fs.writeFileSync(partial, JSON.stringify({ at: now, seals } satisfies z.infer<typeof Note>))
  fs.renameSync(partial, noteFile)
  return manifest
}

/** Moves a damaged artifact out of the way, so that it can be made again; whoever still reads it can go on. */
export function setAside(root: string, key: string): void {
  const dir = artifactDir(root, key)
  try {
    fs.renameSync(dir, `${dir}.damaged-${randomBytes(4).toString('hex')}`)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

function manifestOf(root: string, key: string): Manifest {
  let manifest: Manifest | null
  try {
    manifest = readManifest(root, key)
  } catch (error) {
    throw new DamagedArtifact(key, (error as Error).message)
  }
  if (!manifest) throw new DamagedArtifact(key, `Artifact ${key} is missing from ${root}`)
  return manifest
}

function sealOf(key: string, file: string, bytes: number): z.infer<typeof Seal> {
  const stat = fs.statSync(file, { throwIfNoEntry: false })
  if (!stat) throw new DamagedArtifact(key, `${file} is missing`)
  if (stat.size !== bytes) throw new DamagedArtifact(key, `${file} is damaged: it has ${stat.size} bytes, ${bytes} were published`)
  return [stat.ino, stat.size, stat.mtimeMs]
}

function readNote(file: string): z.infer<typeof Note> | null {
  try {
    return Note.parse(JSON.parse(fs.readFileSync(file, 'utf8')))
  } catch {
    return null // none yet, or half-written by a killed process: verified anew
  }
}

/** SHA-256 of a file as lower-case hex. */
export async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of fs.createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

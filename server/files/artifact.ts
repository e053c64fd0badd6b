// Artifacts: complete, hashed folders under <root>/<key>. Steps publish them, everyone else only reads them.
import { createHash, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { z } from 'zod'
import { AppError } from '@/contract/errors'

export const MANIFEST_FILE = 'manifest.json'

/** What an artifact is: its files as they were when published, and the summary the step returned. */
export const Manifest = z.object({
  key: z.string(),
  kind: z.string(),
  createdAt: z.iso.datetime(),
  files: z.array(z.object({ name: z.string(), bytes: z.number().int(), sha256: z.string() })),
  result: z.unknown(),
})
export type Manifest = z.infer<typeof Manifest>

export interface ArtifactOptions {
  key: string
  kind: string
  clock?: () => Date
}

export function artifactDir(root: string, key: string): string {
  return path.join(root, key)
}

/** The manifest of a published artifact, or null where there is none. */
export function readManifest(root: string, key: string): Manifest | null {
  const file = path.join(artifactDir(root, key), MANIFEST_FILE)
  let text: string
  try {
    text = fs.readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  try {
    return Manifest.parse(JSON.parse(text))
  } catch (cause) {
    throw new AppError('broken', `${file} is damaged; delete ${artifactDir(root, key)} and run the step again`, { cause })
  }
}

/**
 * Runs `write` on a folder of its own and publishes that under the key, all or nothing.
 * Whoever publishes a key first wins: equal keys are equal artifacts, so a second copy is dropped.
 */
export async function publishArtifact(root: string, options: ArtifactOptions, write: (dir: string) => Promise<unknown>): Promise<Manifest> {
  const target = artifactDir(root, options.key)
  const partial = partialDir(target)
  fs.mkdirSync(partial, { recursive: true })
  try {
    const result = await write(partial)
    const files = await Promise.all(listFiles(partial).map((name) => sealFile(partial, name)))
    const createdAt = (options.clock?.() ?? new Date()).toISOString()
    const manifest: Manifest = { key: options.key, kind: options.kind, createdAt, files, result: result ?? null }
    fs.writeFileSync(path.join(partial, MANIFEST_FILE), JSON.stringify(manifest, null, 1))
    fsync(path.join(partial, MANIFEST_FILE))
    fsync(partial)
    return moveIntoPlace(root, partial, manifest)
  } catch (error) {
    fs.rmSync(partial, { recursive: true, force: true })
    throw error
  }
}

/** A folder beside the target that tells whose it is: after a crash, its machine removes it (jobs/clean-folders.ts). */
export function partialDir(target: string): string {
  return `${target}.partial-${os.hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`
}

function moveIntoPlace(root: string, partial: string, manifest: Manifest): Manifest {
  try {
    fs.renameSync(partial, artifactDir(root, manifest.key))
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    const theirs = code === 'ENOTEMPTY' || code === 'EEXIST' ? readManifest(root, manifest.key) : null
    if (!theirs) throw error
    fs.rmSync(partial, { recursive: true, force: true })
    return theirs
  }
  fsync(root)
  return manifest
}

function listFiles(dir: string): string[] {
  const entries = fs.readdirSync(dir, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(dir, path.join(entry.parentPath, entry.name)))
    .sort()
}

/** Hashes a file and forces it to disk: a rename that survives a power cut must not point to empty files. */
async function sealFile(dir: string, name: string): Promise<Manifest['files'][number]> {
  const file = path.join(dir, name)
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of fs.createReadStream(file, { highWaterMark: 1 << 20 })) {
    hash.update(chunk as Buffer)
    bytes += (chunk as Buffer).length
  }
  fsync(file)
  return { name, bytes, sha256: hash.digest('hex') }
}

function fsync(file: string): void {
  const fd = fs.openSync(file, 'r')
  try {
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}

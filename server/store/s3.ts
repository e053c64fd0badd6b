// Artifacts in an S3-compatible store, one object a file. The manifest is uploaded last, so that an artifact is there whole or not at all;
// every file is checked by its SHA-256 on the way down, large ones go up in parts and go on where a killed upload stopped. Called by
// server/store/store.ts.
import fs from 'node:fs'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { DeleteObjectsCommand, GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, NoSuchKey, NotFound, PutObjectCommand, S3Client, S3ServiceException, type _Object } from '@aws-sdk/client-s3'
import { AppError } from '@/contract/errors'
import { artifactDir, Manifest, MANIFEST_FILE, partialDir, readManifest } from '@/server/files/artifact'
import { sha256File } from '@/server/files/sha256'
import { uploadInParts } from './multipart'
import type { ArtifactStore, S3Options, StoredArtifact } from './store'

/** A file of several gigabytes goes up in hundreds of parts, each of which may be sent again. */
const PART_BYTES = 16 * 1024 * 1024
const TRIES = 5

export interface S3StoreOptions extends S3Options {
  root: string
  bucket: string
  prefix: string
}

export function s3Store({ root, bucket, prefix, endpoint, region = 'us-east-1', accessKeyId, secretAccessKey, partBytes = PART_BYTES }: S3StoreOptions): ArtifactStore {
  const client = new S3Client({
    region,
    maxAttempts: TRIES,
    ...(endpoint && { endpoint, forcePathStyle: true }),
    ...(accessKeyId && secretAccessKey && { credentials: { accessKeyId, secretAccessKey } }),
    // Not every store knows the newer checksums; files are checked against the manifest instead.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
  const name = `s3://${bucket}${prefix ? `/${prefix}` : ''}`
  const objectKey = (key: string, file: string) => [prefix, key, ...file.split(path.sep)].filter(Boolean).join('/')

  /** Runs a call to the store; what the network or the store refuses becomes unavailable. */
  async function ask<T>(what: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call()
    } catch (error) {
      if (error instanceof AppError) throw error
      const status = error instanceof S3ServiceException ? ` (${error.$metadata.httpStatusCode ?? error.name})` : ''
      throw new AppError('unavailable', `The artifact store ${name} refuses to ${what}${status}: ${(error as Error).message || (error as NodeJS.ErrnoException).code}`, { cause: error })
    }
  }

  async function manifestOf(key: string): Promise<string | null> {
    try {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: objectKey(key, MANIFEST_FILE) }))
      return await Body!.transformToString()
    } catch (error) {
      if (isMissing(error)) return null
      throw error
    }
  }

  async function download(key: string, file: string, target: string, signal?: AbortSignal): Promise<void> {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: objectKey(key, file) }), { abortSignal: signal })
    fs.mkdirSync(path.dirname(target), { recursive: true })
    await pipeline(Body as Readable, fs.createWriteStream(target), { signal })
  }

  async function upload(key: string, file: string, bytes: number, signal?: AbortSignal): Promise<void> {
    const source = path.join(artifactDir(root, key), file)
    const target = { Bucket: bucket, Key: objectKey(key, file) }
    if (await hasObject(target, bytes)) return // an upload that was killed got this far
    if (bytes > partBytes) await uploadInParts(client, { ...target, source, bytes, partBytes, signal })
    else await client.send(new PutObjectCommand({ ...target, Body: fs.readFileSync(source), ContentLength: bytes }), { abortSignal: signal })
  }

  async function hasObject(target: { Bucket: string; Key: string }, bytes: number): Promise<boolean> {
    try {
      return (await client.send(new HeadObjectCommand(target))).ContentLength === bytes
    } catch (error) {
      if (isMissing(error)) return false
      throw error
    }
  }

  /** Objects that begin so, up to a thousand at a time; none where there are none. */
  async function* pages(Prefix: string): AsyncGenerator<_Object[]> {
    for (let ContinuationToken: string | undefined; ; ) {
      const { Contents = [], NextContinuationToken } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix, ContinuationToken }))
      if (Contents.length) yield Contents
      if (!NextContinuationToken) return
      ContinuationToken = NextContinuationToken
    }
  }

  return {
    name,
    isRemote: true,
    async fetch(key, signal) {
      if (isHere(root, key)) return true
      const text = await ask(`give the manifest of ${key}`, () => manifestOf(key))
      if (text === null) return false
      const manifest = Manifest.parse(JSON.parse(text))
      const partial = partialDir(artifactDir(root, key))
      fs.mkdirSync(partial, { recursive: true })
      try {
        for (const { name: file, sha256 } of manifest.files) {
          const target = path.join(partial, file)
          await ask(`give ${key}/${file}`, () => download(key, file, target, signal))
          const found = sha256File(target)
          if (found !== sha256) throw new AppError('unavailable', `${name}/${key}/${file} came with SHA-256 ${found.slice(0, 12)}…, ${sha256.slice(0, 12)}… was published; it is fetched again`)
        }
        fs.writeFileSync(path.join(partial, MANIFEST_FILE), text)
        putInPlace(root, key, partial)
      } finally {
        fs.rmSync(partial, { recursive: true, force: true })
      }
      return true
    },
    async publish(key, signal) {
      const manifest = readManifest(root, key)
      if (!manifest) throw new AppError('broken', `Artifact ${key} is not in ${root}; it cannot be given to ${name}`)
      if ((await ask(`say whether it has ${key}`, () => manifestOf(key))) !== null) return
      for (const { name: file, bytes } of manifest.files) await ask(`take ${key}/${file}`, () => upload(key, file, bytes, signal))
      const last = path.join(artifactDir(root, key), MANIFEST_FILE)
      await ask(`take the manifest of ${key}`, () => client.send(new PutObjectCommand({ Bucket: bucket, Key: objectKey(key, MANIFEST_FILE), Body: fs.readFileSync(last) }), { abortSignal: signal }))
    },
    async remove(keys) {
      for (const key of keys) {
        // The manifest first: an artifact that is half removed is not there.
        await ask(`remove ${key}`, async () => {
          await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: [{ Key: objectKey(key, MANIFEST_FILE) }] } }))
          for await (const page of pages(`${objectKey(key, '')}/`)) await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: page.map(({ Key }) => ({ Key: Key! })) } }))
        })
      }
    },
    async list() {
      const found = new Map<string, StoredArtifact>()
      await ask('list what it keeps', async () => {
        for await (const page of pages(prefix ? `${prefix}/` : ''))
          for (const { Key, Size = 0, LastModified } of page) {
            const [key, ...file] = Key!.slice(prefix ? prefix.length + 1 : 0).split('/')
            if (file.length === 0) continue // an object beside the artifacts is not ours
            const before = found.get(key) ?? { key, bytes: 0, changedAt: new Date(0) }
            found.set(key, { key, bytes: before.bytes + Size, changedAt: LastModified! > before.changedAt ? LastModified! : before.changedAt })
          }
      })
      return [...found.values()]
    },
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof NoSuchKey || error instanceof NotFound || (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404)
}

function isHere(root: string, key: string): boolean {
  try {
    return readManifest(root, key) !== null
  } catch {
    return true // damaged: the step that reads it says so, and its worker drops it and fetches it again
  }
}

/** Another process of this machine may have been faster: equal keys are equal artifacts. */
function putInPlace(root: string, key: string, partial: string): void {
  try {
    fs.renameSync(partial, artifactDir(root, key))
  } catch (error) {
    if (!isHere(root, key)) throw error
  }
}

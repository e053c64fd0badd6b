// The S3 store against real servers: whole or not at all, checked on the way, resumed after a cut, and plain words where the store refuses.
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { CreateMultipartUploadCommand, ListObjectsV2Command, S3Client, UploadPartCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publishArtifact } from '@/server/files/artifact'
import { sha256File } from '@/server/files/sha256'
import { availableS3Servers, type S3Server } from '@/tests/s3-servers'
import { uploadInParts } from './multipart'
import { openStore, type ArtifactStore } from './store'

const PART = 5 * 1024 * 1024

describe.each(availableS3Servers())('$name', ({ start }) => {
  let server: S3Server
  let client: S3Client
  let folder: string
  let n = 0

  beforeAll(async () => {
    server = await start()
    const { endpoint, accessKeyId, secretAccessKey } = server
    client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials: { accessKeyId, secretAccessKey }, requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' })
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'drhard-store-'))
  })
  afterAll(async () => {
    await server.stop()
    fs.rmSync(folder, { recursive: true, force: true })
  })

  /** A machine: a folder of its own on the same store. */
  const machine = (name: string): { root: string; store: ArtifactStore } => {
    const root = path.join(folder, name)
    fs.mkdirSync(root, { recursive: true })
    const { endpoint, accessKeyId, secretAccessKey, bucket } = server
    return { root, store: openStore({ root, location: `s3://${bucket}/studio`, s3: { endpoint, accessKeyId, secretAccessKey, partBytes: PART } }) }
  }
  const make = async (root: string, bytes: number) => {
    const key = `key${n++}`
    const content = randomBytes(bytes)
    await publishArtifact(root, { key, kind: 'encode' }, async (dir) => {
      fs.writeFileSync(path.join(dir, 'docs.embeddings'), content)
      fs.mkdirSync(path.join(dir, 'deep'))
      fs.writeFileSync(path.join(dir, 'deep', 'small'), 'x')
      return { docs: 1 }
    })
    return key
  }

  it('gives an artifact to another machine, with folders and files of many parts', async () => {
    const [a, b] = [machine('a'), machine('b')]
    const key = await make(a.root, 2.5 * PART)
    expect(await b.store.fetch(key)).toBe(false)
    await a.store.publish(key)
    await a.store.publish(key)
    expect(await b.store.fetch(key)).toBe(true)
    for (const file of ['docs.embeddings', 'deep/small', 'manifest.json']) expect(sha256File(path.join(b.root, key, file))).toBe(sha256File(path.join(a.root, key, file)))
    expect(fs.readdirSync(b.root)).toEqual([key])
  })

  it('two processes of a machine that fetch at the same time do not disturb each other', async () => {
    const [a, b] = [machine('a'), machine('b2')]
    const key = await make(a.root, 1000)
    await a.store.publish(key)
    expect(await Promise.all([b.store.fetch(key), b.store.fetch(key)])).toEqual([true, true])
    expect(fs.readdirSync(b.root)).toEqual([key])
  })

  it('an artifact whose upload was cut off is not there, and is completed later', async () => {
    const [a, b] = [machine('a'), machine('b')]
    const key = await make(a.root, 1000)
    const cut = new AbortController()
    cut.abort()
    await expect(a.store.publish(key, cut.signal)).rejects.toMatchObject({ code: 'unavailable' })
    expect(await b.store.fetch(key)).toBe(false)
    await a.store.publish(key)
    expect(await b.store.fetch(key)).toBe(true)
  })

  it('refuses what arrives damaged, and leaves nothing behind', async () => {
    const [a, b] = [machine('a'), machine('b3')]
    const key = await make(a.root, 1000)
    await a.store.publish(key)
    const file = findFile(server.folder, `studio/${key}/docs.embeddings`)
    fs.writeFileSync(file, randomBytes(1000))
    await expect(b.store.fetch(key)).rejects.toThrow(/came with SHA-256 .* was published|refuses to give/)
    expect(fs.readdirSync(b.root)).toEqual([])
  })

  it('lists what it keeps: whole, in folders, by key', async () => {
    const a = machine('listing')
    const key = await make(a.root, 1000)
    await a.store.publish(key)
    const found = (await a.store.list()).find((artifact) => artifact.key === key)!
    expect(found.bytes).toBe(1000 + 1 + fs.statSync(path.join(a.root, key, 'manifest.json')).size)
    expect(Math.abs(Date.now() - found.changedAt.getTime())).toBeLessThan(60_000)
  })

  it('removes artifacts', async () => {
    const [a, b] = [machine('a'), machine('b')]
    const key = await make(a.root, 1000)
    await a.store.publish(key)
    await a.store.remove([key])
    expect(await b.store.fetch(key)).toBe(false)
    expect((await client.send(new ListObjectsV2Command({ Bucket: server.bucket, Prefix: `studio/${key}/` }))).Contents ?? []).toEqual([])
  })

  it('goes on where a large upload was cut off', async (context) => {
    if (!server.listsParts) return context.skip(`${server.name} does not list the parts of an upload`)
    const source = path.join(folder, 'large')
    fs.writeFileSync(source, randomBytes(3 * PART + 17))
    const target = { Bucket: server.bucket, Key: 'studio/large' }
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(target))
    const content = fs.readFileSync(source)
    await client.send(new UploadPartCommand({ ...target, UploadId, PartNumber: 1, Body: content.subarray(0, PART) }))
    await client.send(new UploadPartCommand({ ...target, UploadId, PartNumber: 2, Body: randomBytes(PART) })) // of another attempt: does not fit
    expect(await uploadInParts(client, { ...target, source, bytes: content.length, partBytes: PART })).toEqual({ resumed: 1 })
    const b = fs.readFileSync(findFile(server.folder, 'studio/large'))
    expect(b.equals(content)).toBe(true)
  })
})

it('says which store refuses, and that it may come back', async () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'drhard-store-'))
  const store = openStore({ root, location: 's3://nowhere/x', s3: { endpoint: 'http://127.0.0.1:9', accessKeyId: 'a', secretAccessKey: 'b' } })
  await expect(store.fetch('k')).rejects.toMatchObject({ code: 'unavailable', message: expect.stringMatching(/artifact store s3:\/\/nowhere\/x refuses to give the manifest of k: .*ECONNREFUSED/) })
})

it('knows no other places', () => expect(() => openStore({ root: '/x', location: 'ftp://host/x' })).toThrow(/ftp:\/\/host\/x is not known/))

/** The file that holds an object, wherever the server puts it. */
function findFile(folder: string, object: string): string {
  const direct = path.join(folder, object)
  if (fs.existsSync(direct)) return direct
  const found = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((name) => name.includes(object) && name.endsWith('_object'))
  if (!found) throw new Error(`${object} is not in ${folder}`)
  return path.join(folder, found)
}

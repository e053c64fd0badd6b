// An artifact is there completely or not at all, whoever else publishes or fails meanwhile.
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { artifactDir, publishArtifact, readManifest } from './artifact'

let root: string
beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'artifact-'))
})
const options = { key: 'k1', kind: 'import', clock: () => new Date('2026-01-02T03:04:05Z') }

it('publishes files with sizes and hashes, and the result', async () => {
  const manifest = await publishArtifact(root, options, async (dir) => {
    fs.mkdirSync(path.join(dir, 'sub'))
    fs.writeFileSync(path.join(dir, 'sub', 'b.txt'), 'beta')
    fs.writeFileSync(path.join(dir, 'a.txt'), 'alpha')
    return { docs: 3 }
  })
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
  expect(manifest).toEqual({
    key: 'k1',
    kind: 'import',
    createdAt: '2026-01-02T03:04:05.000Z',
    files: [
      { name: 'a.txt', bytes: 5, sha256: sha256('alpha') },
      { name: 'sub/b.txt', bytes: 4, sha256: sha256('beta') },
    ],
    result: { docs: 3 },
  })
  expect(readManifest(root, 'k1')).toEqual(manifest)
  expect(fs.readdirSync(root)).toEqual(['k1'])
})

it('is not there before it is complete, and never after a throw', async () => {
  const attempt = publishArtifact(root, options, async (dir) => {
    fs.writeFileSync(path.join(dir, 'half.txt'), 'half')
    expect(readManifest(root, 'k1')).toBeNull()
    throw new Error('disk full')
  })
  await expect(attempt).rejects.toThrow('disk full')
  expect(fs.readdirSync(root)).toEqual([])
})

it('keeps the copy of whoever was first', async () => {
  const write = (text: string) => async (dir: string) => {
    fs.writeFileSync(path.join(dir, 'who.txt'), text)
    return text
  }
  const second = await publishArtifact(root, options, async (dir) => {
    await publishArtifact(root, options, write('first'))
    return write('second')(dir)
  })
  expect(second.result).toBe('first')
  expect(fs.readFileSync(path.join(artifactDir(root, 'k1'), 'who.txt'), 'utf8')).toBe('first')
  expect(fs.readdirSync(root)).toEqual(['k1'])
})

it('names a damaged manifest', () => {
  fs.mkdirSync(artifactDir(root, 'k1'))
  fs.writeFileSync(path.join(root, 'k1', 'manifest.json'), '{"key":')
  expect(() => readManifest(root, 'k1')).toThrow(expect.objectContaining({ code: 'broken', message: expect.stringContaining('manifest.json is damaged') }))
})

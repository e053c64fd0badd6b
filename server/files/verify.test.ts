import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { publishArtifact } from './artifact'
import { DamagedArtifact, setAside, verifyArtifact } from './verify'

let root: string
let file: string
const DAY = 86_400_000
const verify = (now = 1000) => verifyArtifact('k', { root, verifiedDir: path.join(root, '..', 'verified'), now })

beforeEach(async () => {
  root = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'drhard-verify-')), 'artifacts')
  await publishArtifact(root, { key: 'k', kind: 'encode' }, async (dir) => fs.writeFileSync(path.join(dir, 'data'), 'twelve bytes'))
  file = path.join(root, 'k', 'data')
})

/** Changes a byte without a trace in size or time, as a failing disk does. */
function rot(): void {
  const { atimeMs, mtimeMs } = fs.statSync(file)
  fs.writeFileSync(file, 'twelve bytez')
  fs.utimesSync(file, atimeMs / 1000, mtimeMs / 1000)
}

it('accepts what was published', async () => expect((await verify()).kind).toBe('encode'))

it('finds a changed byte, a short file, a missing file, a missing artifact', async () => {
  await verify()
  fs.writeFileSync(file, 'twelve bytez')
  await expect(verify()).rejects.toThrow(/is damaged: its SHA-256/)
  fs.writeFileSync(file, 'short')
  await expect(verify()).rejects.toThrow(/it has 5 bytes, 12 were published/)
  fs.rmSync(file)
  await expect(verify()).rejects.toBeInstanceOf(DamagedArtifact)
  setAside(root, 'k')
  await expect(verify()).rejects.toThrow(/missing from/)
})

it('hashes again after a day, and after the clock was set back', async () => {
  await verify(5 * DAY)
  rot()
  const { mtimeMs } = fs.statSync(file)
  const note = path.join(root, '..', 'verified', 'k.json')
  const held = JSON.parse(fs.readFileSync(note, 'utf8'))
  held.seals.data[2] = mtimeMs // whatever the file system rounds
  fs.writeFileSync(note, JSON.stringify(held))
  await expect(verify(5 * DAY + 1)).resolves.toBeDefined()
  await expect(verify(6 * DAY + 1)).rejects.toThrow(/SHA-256/)
  await expect(verify(4 * DAY)).rejects.toThrow(/SHA-256/)
})

it('a damaged manifest is a damaged artifact', async () => {
  fs.writeFileSync(path.join(root, 'k', 'manifest.json'), '{')
  await expect(verify()).rejects.toBeInstanceOf(DamagedArtifact)
})

// A model comes from a hub through connections that break; what the hub lacks is named.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { resolveRevision, type HubSource } from '@/server/files/model-source'
import { breakingServer, type BreakingServer } from '@/tests/breaking-server'
import { downloadModel } from './download-model'

const COMMIT = 'a'.repeat(40)
const weights = Buffer.alloc(200_000, 7)
const root = fs.mkdtempSync(path.join(os.tmpdir(), 'hub-'))
let hub: BreakingServer
const source = (id: string): HubSource => ({ kind: 'hub', id, revision: 'main', endpoint: hub.url })
const revision = (files: string[]) => Buffer.from(JSON.stringify({ sha: COMMIT, siblings: files.map((rfilename) => ({ rfilename })) }))

beforeAll(async () => {
  hub = await breakingServer({
    'api/models/org/tiny/revision/main': revision(['config.json', 'model.safetensors', 'pytorch_model.bin', '1_Pooling/config.json', 'onnx/model.onnx', 'train.log', '../../evil.json']),
    [`org/tiny/resolve/${COMMIT}/config.json`]: Buffer.from('{}'),
    [`org/tiny/resolve/${COMMIT}/model.safetensors`]: weights,
    [`org/tiny/resolve/${COMMIT}/1_Pooling/config.json`]: Buffer.from('{"pooling_mode_cls_token": true}'),
    'api/models/org/empty/revision/main': revision(['config.json']),
  })
})
afterAll(async () => {
  await hub.close()
  fs.rmSync(root, { recursive: true })
})

it('fetches what an import reads, and nothing else', async () => {
  hub.cutAfter = 60_000
  const folder = path.join(root, 'tiny')
  await downloadModel(source('org/tiny'), folder)
  expect(fs.readdirSync(folder, { recursive: true }).map(String).sort()).toEqual(['1_Pooling', '1_Pooling/config.json', 'config.json', 'model.safetensors'])
  expect(fs.readFileSync(path.join(folder, 'model.safetensors')).equals(weights)).toBe(true)
  const before = hub.requests.length
  await downloadModel(source('org/tiny'), folder)
  expect(hub.requests.length - before).toBe(1) // only the revision is asked for again
})

it('names a model that is not there, one without weights and a hub that does not answer', async () => {
  await expect(resolveRevision(source('org/none'))).rejects.toThrow(/answered 404; check the id and the revision/)
  await expect(downloadModel(source('org/empty'), path.join(root, 'empty'))).rejects.toThrow(/org\/empty has no model\.safetensors or pytorch_model\.bin/)
  await expect(resolveRevision({ ...source('org/tiny'), endpoint: 'http://127.0.0.1:9' })).rejects.toThrow(/cannot be reached .*; download the model elsewhere and import its folder/)
})

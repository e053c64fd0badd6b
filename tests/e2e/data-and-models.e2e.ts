// The commands for data and models as a user types them, against a real ./drhard serve: import, launch, export, import again, judge.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import http from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TRAIN_DEFAULTS } from '@/contract/presets'
import { openEncoder } from '@/server/model/encode'
import { withSpecials } from '@/server/model/pack'
import { createTokenizer, readVocabulary } from '@/server/text/tokenizer-files'
import { readEncoder } from '@/server/train/checkpoint'
import { studioApi, type StudioApi } from './studio-api'
import { startStudio, type StudioServer } from './studio-server'
import { writeTinyData } from './tiny-data'

const root = path.resolve(import.meta.dirname, '../..')
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'drhard-commands-'))
const at = (name: string) => path.join(dir, name)

let server: StudioServer
let api: StudioApi

interface Ended {
  code: number | null
  out: string
  err: string
}

function drhard(args: string[]): Promise<Ended> {
  const env: NodeJS.ProcessEnv = { ...process.env, DRHARD_DATA_DIR: server.dataDir }
  for (const name of ['DATABASE_URL', 'NODE_ENV', 'VITEST', 'VITEST_MODE', 'TEST']) delete env[name]
  const child = spawn(path.join(root, 'drhard'), args, { cwd: dir, env })
  const ended: Ended = { code: null, out: '', err: '' }
  child.stdout.on('data', (text: Buffer) => (ended.out += String(text)))
  child.stderr.on('data', (text: Buffer) => (ended.err += String(text)))
  return new Promise((resolve, reject) => child.once('error', reject).once('close', (code) => resolve({ ...ended, code })))
}

async function succeed(args: string[]): Promise<string> {
  const { code, out, err } = await drhard(args)
  if (code !== 0) throw new Error(`drhard ${args.join(' ')} ended with ${code}: ${err}`)
  return out
}

beforeAll(async () => {
  server = await startStudio()
  api = studioApi(server.url)
  writeTinyData(at('tiny'))
})
afterAll(async () => {
  await server?.stop()
  fs.rmSync(dir, { recursive: true, force: true })
})

const encoder = { vocabSize: 400, layers: 1, hidden: 32, heads: 2, ffn: 64, dim: 24, pooling: 'mean', towers: 'shared', maxQueryTokens: 16, maxDocTokens: 24 }
const train = { ...TRAIN_DEFAULTS, steps: 30, batchSize: 16, learningRate: 3e-3, temperature: 1, checkpoints: 2 }
const zeroShot = (model: string) => ({ name: `zero-${model}`, config: { method: 'zero-shot', datasetId: 'tiny', seed: 1, depth: 50, start: { kind: 'model', modelId: model, maxQueryTokens: 16, maxDocTokens: 24 } } })

describe.sequential('data and models on the command line', () => {
  it('imports a data set, and says what is wrong with another', async () => {
    expect(await succeed(['data', 'import', 'tiny', '--name', 'tiny'])).toBe('tiny: 50 documents; 100 train, 20 dev and 10 test queries\n')
    expect(await drhard(['data', 'import', 'tiny', '--name', 'tiny'])).toMatchObject({ code: 1, err: 'drhard: There is a data set named tiny already\n' })
    expect((await drhard(['data', 'import', 'nowhere', '--name', 'x'])).err).toMatch(/nowhere is no folder on this server/)
    fs.cpSync(at('tiny'), at('damaged'), { recursive: true })
    fs.appendFileSync(at('damaged/collection.tsv'), 'doc-000\tagain\n')
    expect(await drhard(['data', 'import', 'damaged', '--name', 'damaged'])).toMatchObject({ code: 2, err: expect.stringMatching(/The import of damaged failed: collection\.tsv line 51: the id "doc-000" is already on line 1/) })
    fs.appendFileSync(at('tiny/qrels.tsv'), 'q1000\t0\tdoc-999\t1\n')
    const warned = await drhard(['data', 'import', 'tiny', '--name', 'tiny-warned'])
    expect(warned).toMatchObject({ code: 0, err: expect.stringMatching(/tiny-warned: qrels\.tsv: 1 of 131 judgements name ids that collection\.tsv does not have, first document "doc-999" on line 131; they are left out/) })
    expect((await api.datasetNamed('tiny-warned')).warnings).toHaveLength(1)
  })

  it('trains a run and exports its model as a Hugging Face folder and as ONNX, which give the same embeddings', async () => {
    fs.writeFileSync(at('run.json'), JSON.stringify({ name: 'warmup', config: { method: 'in-batch', datasetId: 'tiny', seed: 3, depth: 50, encoder, train } }))
    expect(await succeed(['launch', 'run.json', '--wait'])).toMatch(/warmup: succeeded {2}MRR@10 0\.\d+/)
    expect(await succeed(['model', 'export', 'warmup', '--out', 'exported'])).toMatch(/^exported: README\.md, config\.json, merges\.txt, model\.safetensors, .*tokenizer\.json/)
    expect(await succeed(['model', 'export', 'warmup', '--format', 'onnx', '--out', 'onnx'])).toMatch(/^onnx: README\.md, config\.json, merges\.txt, model\.onnx, /)
    const card = fs.readFileSync(at('exported/README.md'), 'utf8')
    expect(card).toMatch(/\| MRR@10 \| 0\.\d+ \| dev \| 20 \|/)
    expect(card).toContain('In-batch negatives on tiny')

    const { encode } = createTokenizer(readVocabulary(at('onnx')))
    const { architecture, weights } = readEncoder(at('exported'), 'query')
    const texts = ['in the forest a vixen', 'where in the village is the howler near a mountain'].map((text) => withSpecials(architecture, encode(text), 24))
    const ours = await openEncoder(architecture, weights, { threads: 1 })
    const expected = await ours.encode(texts)
    await ours.close()
    const length = Math.max(...texts.map((ids) => ids.length))
    const padded = (valueOf: (ids: Int32Array, i: number) => number) => new Tensor('int64', BigInt64Array.from(texts.flatMap((ids) => Array.from({ length }, (_, i) => BigInt(valueOf(ids, i))))), [2, length])
    const session = await InferenceSession.create(at('onnx/model.onnx'))
    const { embedding } = await session.run({ input_ids: padded((ids, i) => ids[i] ?? architecture.specials.padding), attention_mask: padded((ids, i) => Number(i < ids.length)) })
    await session.release()
    expected.forEach((value, i) => expect((embedding.data as Float32Array)[i]).toBeCloseTo(value, 5))

    expect((await drhard(['model', 'export', 'warmup', '--out', 'exported'])).err).toMatch(/exported is not empty; choose a new folder with --out/)
    expect(await drhard(['model', 'export', 'warmup', '--checkpoint', '7'])).toMatchObject({ code: 2, err: expect.stringMatching(/Run warmup has no checkpoint at step 7; it has 15, 30/) })
    expect((await drhard(['model', 'export', 'nothing'])).code).toBe(1)
  })

  it('imports what it exported, from a folder and from a hub; searched with as it is, each is as good as the run', async () => {
    expect(await succeed(['model', 'import', 'exported', '--name', 'folder-model', '--pooling', 'mean'])).toMatch(/^folder-model: roberta, 1 layers of 32, [\d,]+ weights[^\n]*\nembedding: 24 numbers, mean of tokens, embeddingHead and norm\n/)
    const hub = await serveHub(at('exported'))
    try {
      expect(await succeed(['model', 'import', 'hf:studio/warmup', '--name', 'hub-model', '--endpoint', hub.url])).toMatch(/^hub-model: roberta/)
    } finally {
      hub.close()
    }
    expect(await drhard(['model', 'import', 'tiny', '--name', 'no-model'])).toMatchObject({ code: 2, err: expect.stringMatching(/config\.json does not exist; give the folder of a model/) })
    fs.writeFileSync(at('zero.json'), JSON.stringify({ runs: [zeroShot('folder-model'), zeroShot('hub-model')] }))
    await succeed(['launch', 'zero.json', '--wait'])
    const measures = async (name: string) => (await api.runNamed(name)).evaluations.at(-1)!.measures
    const trained = await measures('warmup')
    expect(await measures('zero-folder-model')).toEqual(trained)
    expect(await measures('zero-hub-model')).toEqual(trained)
    expect(await api.runNamed('zero-hub-model')).toMatchObject({ method: 'zero-shot', startModelName: 'hub-model', state: 'succeeded' })
  })

  it('lets the dashboard order the same export, once', async () => {
    const { id } = await api.runNamed('warmup')
    const order = async () => (await fetch(`${server.url}/api/runs/${id}/exports`, { method: 'POST', body: JSON.stringify({ format: 'onnx' }) })).json() as Promise<{ stepId: string }>
    const { stepId } = await order()
    await expect.poll(async () => (await api.run(id)).steps.find((step) => step.id === stepId)?.state, { timeout: 60_000 }).toBe('succeeded')
    expect(await order()).toEqual({ stepId })
    const run = await api.run(id)
    expect(run.state).toBe('succeeded')
    expect(run.steps.filter((step) => step.kind === 'export')).toHaveLength(1)
    const download = (name: string) => fetch(`${server.url}/api/runs/${id}/files/${stepId}/${encodeURIComponent(name)}`)
    expect(Buffer.from(await (await download('model.onnx')).arrayBuffer())).toEqual(fs.readFileSync(at('onnx/model.onnx')))
    for (const name of ['../manifest.json', 'manifest.json', '/etc/passwd']) expect((await download(name)).status).toBe(404)
  })
})

/** A hub with one model: what the commands need of Hugging Face's API. */
async function serveHub(folder: string): Promise<{ url: string; close: () => void }> {
  const commit = 'c'.repeat(40)
  const hub = http.createServer((request, response) => {
    if (request.url === '/api/models/studio/warmup/revision/main') return response.end(JSON.stringify({ sha: commit, siblings: fs.readdirSync(folder).map((rfilename) => ({ rfilename })) }))
    const name = new RegExp(`^/studio/warmup/resolve/${commit}/([\\w.-]+)$`).exec(request.url ?? '')?.[1]
    if (name && fs.existsSync(path.join(folder, name))) return fs.createReadStream(path.join(folder, name)).pipe(response)
    response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(hub.address() as { port: number }).port}`, close: () => hub.close() }
}

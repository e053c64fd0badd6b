// A DRhard data folder is gone on with: its rankings, hard negatives and embeddings are taken over, and mean what they meant there.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { ImportReport } from '@/contract/dataset'
import type { NewRun } from '@/contract/run'
import { TRAIN_DEFAULTS } from '@/contract/presets'
import { readArray } from '@/server/files/typed-array-file'
import { readRanking } from '@/server/ranking/ranking'
import { readNegatives } from '@/server/ranking/negatives'
import { describeShared } from '@/tests/shared-data'
import { judgeFiles } from './eval-files'
import { runPipeline, type PipelineRun } from './pipeline'
import type { StepListener } from './run-step'

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'drhard-results-'))
afterAll(() => fs.rmSync(dir, { recursive: true }))

const start = { kind: 'model', modelId: 'star', maxQueryTokens: 12, maxDocTokens: 32 } as const
const common = { datasetId: 'd', seed: 1, depth: 20, device: 'auto' } as const
const train = { ...TRAIN_DEFAULTS, steps: 2, batchSize: 8, learningRate: 1e-4, temperature: 1, checkpoints: 1 }
const zeroShot = (name: string, changes: object = {}) => ({ name, config: { method: 'zero-shot', ...common, start, ...changes } }) as NewRun

// MRR@10 as the original's msmarco_eval.py printed it (log.json, eval_offsets_*)
for (const [kind, mrr] of [['passage', 0.12301587301587302], ['doc', 0.093015873015873]] as const) {
  describeShared(`DRhard’s data/${kind}`, 'goldens/pipeline', (golden) => {
    const folder = path.join(golden, 'data', kind)
    const dataDir = path.join(dir, kind)
    const artifact = (run: PipelineRun, step: string, file: string) => path.join(dataDir, 'artifacts', run.steps.findLast((each) => each.kind === step)!.key, file)
    const models = { star: { source: { kind: 'folder', folder: path.join(golden, 'model'), tokenizerFolder: path.join(golden, 'tokenizer') } } } as const
    const logged: string[] = []
    const listener: StepListener = { progress: () => undefined, metrics: () => undefined, log: (level, line) => logged.push(`${level}: ${line}`) }
    const run = (runs: NewRun[], source = folder) => runPipeline({ source: { kind: 'drhard', folder: source }, models, runs, dataDir, threads: 1, signal: new AbortController().signal, listenerOf: () => listener })

    it('names what there is', async () => {
      const [bm25] = await run([{ name: 'bm25', config: { method: 'bm25', datasetId: 'd', seed: 1, depth: 20, k1: 0.9, b: 0.4 } }])
      const report = ImportReport.parse(JSON.parse(fs.readFileSync(artifact(bm25, 'import', 'report.json'), 'utf8')))
      expect(report.given).toEqual([
        { name: 'evaluate/star', dim: 32, rankings: ['dev', 'lead', 'test'], negatives: false },
        { name: 'warmup_retrieve', dim: 32, rankings: ['train'], negatives: true },
      ])
    })

    it('a ranking scores what the original’s script gave it', async () => {
      const [external] = await run([{ name: 'external', config: { method: 'external', datasetId: 'd', seed: 0, depth: 20, rankingFrom: 'evaluate/star', fileName: 'evaluate/star', notes: [] } }])
      expect(external.evaluations[0].measures['MRR@10']).toBeCloseTo(mrr, 10)
    })

    it('its test ranking is judged apart: the measures that the original’s run file with official ids has', async () => {
      const [external] = await run([{ name: 'tested', config: { method: 'external', datasetId: 'd', seed: 0, depth: 20, rankingFrom: 'evaluate/star', testQueries: 'last', fileName: 'evaluate/star', notes: [] } }])
      expect(external.steps.filter((step) => step.kind === 'evaluate').map((step) => step.params)).toEqual([{ split: 'dev' }, { split: 'test' }])
      const { runs: [official] } = await judgeFiles({ qrels: path.join(folder, 'dataset', kind === 'passage' ? '2019qrels-pass.txt' : '2019qrels-docs.txt'), runs: [path.join(folder, 'official_runs/star/test.rank.tsv')] })
      const [, test] = external.evaluations
      for (const { id, mean, n } of official.evaluation.results) expect([id, test.measures[id as keyof typeof test.measures], test.n]).toEqual([id, mean, n])
      expect(test.measures['NDCG@10']).toBeGreaterThan(0)
    })

    it('embeddings are searched as they are: the original’s ranking, and that of embeddings made here', async () => {
      const [taken, encoded, external] = await run([zeroShot('taken', { docsFrom: 'evaluate/star' }), zeroShot('encoded'), { name: 'external', config: { method: 'external', datasetId: 'd', seed: 0, depth: 20, rankingFrom: 'evaluate/star', fileName: 'x', notes: [] } }])
      const theirs = fs.readFileSync(path.join(folder, 'evaluate/star/passages.memmap'))
      expect(Buffer.from(readArray(artifact(taken, 'take', 'docs.embeddings'), 'f32').data.buffer)).toEqual(Buffer.from(theirs))
      const docsOf = (each: PipelineRun, step: string) => Array.from(readRanking(artifact(each, step, 'ranking.bin')).docRows)
      expect(docsOf(taken, 'retrieve')).toEqual(docsOf(external, 'take'))
      expect(taken.evaluations[0].measures).toEqual(encoded.evaluations[0].measures)
      expect(taken.steps.some((step) => step.kind === 'encode')).toBe(false)
      expect(logged.filter((line) => line.startsWith('warn') && line.includes('cosine'))).toEqual([])
    })

    it('hard negatives are trained on, with the embeddings: nothing is searched or encoded before', async () => {
      const [star, adore] = await run([
        { name: 'star', config: { method: 'star', ...common, start, train, mineDepth: 15, negativesPerQuery: 1, docsFrom: 'evaluate/star', negativesFrom: 'warmup_retrieve' } },
        { name: 'adore', config: { method: 'adore', ...common, start, train, topK: 20, metricCut: 20, docsFrom: 'evaluate/star' } },
      ])
      expect(star.steps.filter((step) => step.kind === 'retrieve').map((step) => step.checkpointStep)).toEqual([0, 2])
      expect(star.steps.some((step) => step.kind === 'mine')).toBe(false)
      expect([star, adore].map(({ evaluations }) => evaluations.map((each) => each.checkpointStep))).toEqual([[0, 2], [0, 2]])
      const hard = JSON.parse(fs.readFileSync(path.join(folder, 'warmup_retrieve/hard.json'), 'utf8')) as Record<string, number[]>
      const { offsets, docRows } = readNegatives(artifact(star, 'take', 'negatives'))
      expect(offsets).toHaveLength(Object.keys(hard).length + 1)
      // queries of train come first in the file of ids, so rows are in the order of the original's lines
      const given = Object.values(hard).map((docs) => docs.slice(0, 15).join()).sort()
      expect(Array.from({ length: offsets.length - 1 }, (_, i) => docRows.subarray(offsets[i], offsets[i + 1]).join()).sort()).toEqual(given)
    })

    it('refuses another model’s embeddings, files that have changed, and folders that do not fit', async () => {
      const copy = path.join(dir, `${kind}-copy`)
      fs.cpSync(folder, copy, { recursive: true, preserveTimestamps: true })
      const floats = fs.readFileSync(path.join(copy, 'evaluate/star/passages.memmap'))
      for (let i = 0; i < floats.length / 4; i++) floats.writeFloatLE(Math.sin(i), 4 * i)
      fs.writeFileSync(path.join(copy, 'evaluate/star/passages.memmap'), floats)
      await expect(run([zeroShot('taken', { docsFrom: 'evaluate/star' })], copy)).rejects.toThrow(/embeddings of evaluate\/star are not this model's: over 24 documents the mean cosine/)
      fs.truncateSync(path.join(copy, 'warmup_retrieve/passages.memmap'), 128)
      await expect(run([zeroShot('taken', { docsFrom: 'warmup_retrieve' })], copy)).rejects.toThrow(/passages\.memmap: \d+ rows of 32 float32 expected, 128 bytes found/)
      await expect(run([zeroShot('taken', { docsFrom: 'nowhere' })])).rejects.toThrow(/nowhere\/passages\.memmap: .* no such file found/)
      await expect(run([{ name: 'external', config: { method: 'external', datasetId: 'd', seed: 0, depth: 20, rankingFrom: 'warmup_retrieve', fileName: 'x', notes: [] } }])).rejects.toThrow(/dev\.rank\.tsv does not exist/)
    })
  })
}

// What is exported comes back as it was: weights, shape, tokenizer; the tokenizer.json alone gives the same ids.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import hf from '@/tests/fixtures/hf-tokenizers.json'
import { trainBpe } from '@/server/text/bpe-train'
import { createTokenizer, readVocabulary, writeVocabulary, type Vocabulary } from '@/server/text/tokenizer-files'
import { parseTokenizerJson } from '@/server/text/tokenizer-json'
import { readEncoder, writeCheckpoint } from '@/server/train/checkpoint'
import { createState } from '@/server/train/state'
import { initialiseWeights } from './weights'
import type { Architecture } from './architecture'
import { exportModel } from './export-model'
import { importModel } from './import-hf'

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'export-hf-'))
afterAll(() => fs.rmSync(root, { recursive: true }))
const fresh = () => fs.mkdtempSync(path.join(root, 'e-'))

const shape = { towers: 'shared', vocabSize: 340, layers: 1, hidden: 16, heads: 2, ffn: 32, positions: 34, layerNormEpsilon: 1e-5 } as const
const ROBERTA_DOT: Architecture = { ...shape, family: 'roberta', pooling: 'first', head: 'dense-norm', normalise: false, dim: 8, tokenTypes: 1, specials: { begin: 0, end: 2, padding: 1 } }
const BERT: Architecture = { ...shape, family: 'bert', pooling: 'mean', head: 'none', normalise: true, dim: 16, tokenTypes: 2, specials: { begin: 2, end: 3, padding: 0 } }
const learnt = trainBpe(hf.cases, 340, { lowercase: true })
const wordpiece = parseTokenizerJson(hf.uncased.file, 'fixture', 'current')

describe.each<[string, Architecture, Vocabulary]>([
  ['RobertaDot with a learnt vocabulary', ROBERTA_DOT, learnt],
  ['RobertaDot with DRhard’s treatment', ROBERTA_DOT, { ...learnt, mode: 'original' }],
  ['BERT without a head', BERT, wordpiece],
])('%s', (_, architecture, vocabulary) => {
  const [checkpointDir, vocabularyDir, parent] = [fresh(), fresh(), fresh()]
  const outDir = path.join(parent, 'exported')
  const state = createState(architecture)
  initialiseWeights(state.layout, state.weights, 3)
  writeCheckpoint(checkpointDir, { architecture, state, step: 7 })
  writeVocabulary(vocabularyDir, vocabulary)
  const files = exportModel({ format: 'hugging-face', checkpointDir, vocabularyDir, outDir, card: '# a run' })

  it('comes back as it was', async () => {
    expect(files).toEqual(expect.arrayContaining(['README.md', 'config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json']))
    const back = fresh()
    const info = await importModel(outDir, back)
    expect(info.ignored).toEqual([])
    expect(readEncoder(back, 'query')).toEqual({ ...readEncoder(checkpointDir, 'query'), step: 0 })
    expect(readVocabulary(back)).toEqual(vocabulary)
  })

  it('is refused where the folder holds something', () => {
    expect(() => exportModel({ format: 'hugging-face', checkpointDir, vocabularyDir, outDir, card: '' })).toThrow(/is not empty; choose a new folder with --out/)
  })

  it('says what it is', () => {
    const card = fs.readFileSync(path.join(outDir, 'README.md'), 'utf8')
    expect(card).toMatch(/^---\nlibrary_name: transformers\n[\s\S]*---\n# a run\n/)
    expect(card).toContain(architecture.head === 'none' ? 'SentenceTransformer(folder)' : 'RobertaDot_InBatch')
  })
})

it('sentence-transformers’ files and tokenizer.json are enough for a BERT encoder', async () => {
  const [checkpointDir, vocabularyDir, back] = [fresh(), fresh(), fresh()]
  const outDir = path.join(fresh(), 'x')
  const state = createState(BERT)
  writeCheckpoint(checkpointDir, { architecture: BERT, state, step: 1 })
  writeVocabulary(vocabularyDir, wordpiece)
  exportModel({ format: 'hugging-face', checkpointDir, vocabularyDir, outDir, card: '' })
  for (const name of ['tokenizer.meta', 'vocab.txt']) fs.rmSync(path.join(outDir, name))
  const config = JSON.parse(fs.readFileSync(path.join(outDir, 'config.json'), 'utf8'))
  fs.writeFileSync(path.join(outDir, 'config.json'), JSON.stringify({ ...config, drhard: undefined }))
  expect(await importModel(outDir, back)).toMatchObject({ pooling: 'mean', normalise: true, head: 'none', dim: 16 })
  const tokenizer = createTokenizer(readVocabulary(back))
  hf.cases.forEach((text, i) => expect(tokenizer.encode(text)).toEqual(hf.uncased.ids[i]))
})

it('a model with an encoder for each side becomes two folders, as ONNX too', () => {
  const [checkpointDir, vocabularyDir] = [fresh(), fresh()]
  const architecture: Architecture = { ...ROBERTA_DOT, towers: 'separate' }
  const state = createState(architecture)
  initialiseWeights(state.layout, state.weights, 3)
  writeCheckpoint(checkpointDir, { architecture, state, step: 1 })
  writeVocabulary(vocabularyDir, learnt)
  const files = (format: 'hugging-face' | 'onnx') => exportModel({ format, checkpointDir, vocabularyDir, outDir: path.join(fresh(), 'x'), card: '' })
  const weights = (names: string[]) => names.filter((name) => /model\./.test(name))
  expect(weights(files('hugging-face'))).toEqual(['doc/model.safetensors', 'query/model.safetensors'])
  expect(weights(files('onnx'))).toEqual(['doc/model.onnx', 'query/model.onnx'])
  const outDir = path.join(fresh(), 'x')
  exportModel({ format: 'onnx', checkpointDir, vocabularyDir, outDir, card: '# a run' })
  expect(fs.readFileSync(path.join(outDir, 'query/README.md'), 'utf8')).toMatch(/library_name: onnx[\s\S]*inputs `input_ids` and `attention_mask`, int64 \[batch, tokens\], padded with 1 .* output `embedding`, float32 \[batch, 8\], pooled, with the head/)
})

// Models from outside become checkpoints: DRhard's own in every file format, BERT and sentence-transformers folders; what is not supported
// is refused by name.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readEncoder } from '@/server/train/checkpoint'
import { describeShared } from '@/tests/shared-data'
import { uniform } from '@/server/random/random'
import hf from '@/tests/fixtures/hf-tokenizers.json'
import tinyBert from '@/tests/fixtures/tiny-bert.json'
import { weightSpecs, type Architecture } from './architecture'
import { openEncoder } from './encode'
import { importModel, type ImportModelOptions } from './import-hf'
import { readSafetensors, writeSafetensors } from './safetensors'

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'import-hf-'))
afterAll(() => fs.rmSync(root, { recursive: true }))
const fresh = () => fs.mkdtempSync(path.join(root, 'm-'))

describeShared('DRhard’s checkpoint', 'goldens/drhard', (golden) => {
  it.each(['model.safetensors', 'pytorch_model.bin', 'pytorch_model.legacy.bin'])('from %s gives the original’s embeddings', async (file) => {
    const [folder, out] = [fresh(), fresh()]
    for (const name of ['config.json', 'vocab.json', 'merges.txt']) fs.copyFileSync(path.join(golden, 'model', name), path.join(folder, name))
    fs.copyFileSync(path.join(golden, 'model', file), path.join(folder, file.replace('.legacy', '')))
    const info = await importModel(folder, out)
    expect(info).toMatchObject({ family: 'roberta', layers: 2, hidden: 32, dim: 32, pooling: 'first', head: 'dense-norm', normalise: false, longestText: 42, ignored: [], tokenizer: { kind: 'bpe', mode: 'original' } })
    const { architecture, weights } = readEncoder(out, 'query')
    const { input_query_ids: ids, query_attention_mask: mask } = JSON.parse(fs.readFileSync(path.join(golden, 'batches.json'), 'utf8'))[0].batch as Record<string, number[][]>
    const encoder = await openEncoder(architecture, weights, { threads: 1 })
    const embeddings = await encoder.encode(ids.map((row, i) => row.filter((_, j) => mask[i][j] === 1)))
    await encoder.close()
    const npy = fs.readFileSync(path.join(golden, 'forward/b0.query.npy'))
    const start = 10 + npy.readUInt16LE(8)
    expect(embeddings.length).toBe((npy.length - start) / 4)
    embeddings.forEach((value, i) => expect(Math.abs(value - npy.readFloatLE(start + 4 * i))).toBeLessThan(1e-4))
  })
})

const BERT: Architecture = { towers: 'shared', family: 'bert', vocabSize: 330, layers: 2, hidden: 16, heads: 2, ffn: 32, pooling: 'mean', head: 'none', normalise: true, dim: 16, positions: 64, tokenTypes: 2, layerNormEpsilon: 1e-12, specials: { begin: 2, end: 3, padding: 0 } }
const BERT_CONFIG = { model_type: 'bert', hidden_act: 'gelu', vocab_size: 330, num_hidden_layers: 2, hidden_size: 16, num_attention_heads: 2, intermediate_size: 32, max_position_embeddings: 64, type_vocab_size: 2, layer_norm_eps: 1e-12, pad_token_id: 0 }

/** A tiny sentence-transformers folder with random weights, under the names that BertModel saves: without a prefix. */
function bertFolder(changes: { config?: object; pooling?: object; modules?: object[]; weights?: (name: string) => string | null; files?: Record<string, string> } = {}): string {
  const folder = fresh()
  const random = uniform(7)
  const tensors = new Map(weightSpecs(BERT).map(({ name, shape }) => [name, { shape, data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random() - 0.5) }]))
  tensors.set('bert.pooler.dense.weight', { shape: [16, 16], data: new Float32Array(256) })
  const named = new Map([...tensors].flatMap(([name, tensor]) => {
    const given = (changes.weights ?? ((each: string) => each.replace('bert.', '')))(name)
    return given === null ? [] : [[given, tensor] as const]
  }))
  writeSafetensors(path.join(folder, 'model.safetensors'), named)
  const write = (name: string, content: unknown) => {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    fs.writeFileSync(path.join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
  }
  write('config.json', { ...BERT_CONFIG, ...changes.config })
  write('modules.json', changes.modules ?? [
    { idx: 0, name: '0', path: '', type: 'sentence_transformers.models.Transformer' },
    { idx: 1, name: '1', path: '1_Pooling', type: 'sentence_transformers.models.Pooling' },
    { idx: 2, name: '2', path: '2_Normalize', type: 'sentence_transformers.models.Normalize' },
  ])
  write('1_Pooling/config.json', changes.pooling ?? { word_embedding_dimension: 16, pooling_mode_cls_token: false, pooling_mode_mean_tokens: true, pooling_mode_max_tokens: false })
  write('tokenizer.json', hf.uncased.file)
  write('README.md', '---\nlicense: apache-2.0\ntags: [x]\n---\n# A model')
  for (const [name, content] of Object.entries(changes.files ?? {})) write(name, content)
  return folder
}

describe('a sentence-transformers folder', () => {
  it('brings its pooling, normalisation, tokenizer, special ids and licence', async () => {
    const out = fresh()
    const info = await importModel(bertFolder(), out)
    expect(info).toMatchObject({ family: 'bert', dim: 16, pooling: 'mean', head: 'none', normalise: true, longestText: 64, licence: 'apache-2.0', ignored: ['bert.pooler.dense.weight'], tokenizer: { kind: 'wordpiece', mode: 'uncased', tokens: 233 } })
    const { architecture, weights } = readEncoder(out, 'doc')
    expect(architecture).toEqual(BERT)
    expect(info.parameters).toBe([...weights.values()].reduce((sum, { data }) => sum + data.length, 0))
  })

  it('takes first-token pooling, and names with other prefixes', async () => {
    const out = fresh()
    const folder = bertFolder({ pooling: { pooling_mode_cls_token: true }, weights: (name) => `model.${name}`.replace(/LayerNorm\.weight$/, 'LayerNorm.gamma').replace(/LayerNorm\.bias$/, 'LayerNorm.beta') })
    expect((await importModel(folder, out)).pooling).toBe('first')
    expect(readSafetensors(path.join(out, 'model.safetensors')).has('bert.encoder.layer.0.output.LayerNorm.weight')).toBe(true)
  })

  it.each<[string, Parameters<typeof bertFolder>[0], RegExp, ImportModelOptions?]>([
    ['another family', { config: { model_type: 'xlm-roberta' } }, /config\.json: model_type: expected roberta or bert/],
    ['another activation', { config: { hidden_act: 'gelu_new' } }, /hidden_act: only gelu is supported/],
    ['relative positions', { config: { position_embedding_type: 'relative_key' } }, /position_embedding_type: only absolute positions are supported/],
    ['a decoder', { config: { is_decoder: true } }, /is_decoder: a decoder is not supported/],
    ['quantised weights', { config: { quantization_config: { bits: 4 } } }, /quantization_config: quantised weights are not supported/],
    ['max pooling', { pooling: { pooling_mode_max_tokens: true } }, /pooling_mode_max_tokens is not supported; pooling_mode_cls_token or pooling_mode_mean_tokens alone is/],
    ['a dense module', { modules: [{ path: '', type: 'sentence_transformers.models.Transformer' }, { path: '1_Pooling', type: 'sentence_transformers.models.Pooling' }, { path: '2_Dense', type: 'sentence_transformers.models.Dense' }] }, /a module Dense at this place is not supported/],
    ['a module outside of its folder', { modules: [{ path: '../x', type: 'sentence_transformers.models.Transformer' }] }, /modules\.json: 0\.path: /],
    ['a tensor that is missing', { weights: (name) => (name.includes('layer.1.output.dense.bias') ? null : name) }, /the weights have no tensor bert\.encoder\.layer\.1\.output\.dense\.bias/],
    ['a shape that does not fit', { config: { max_position_embeddings: 65 } }, /position_embeddings\.weight is \[64, 16\], config\.json asks for \[65, 16\]/],
    ['another model’s tokenizer', { files: { 'tokenizer.json': JSON.stringify(hf.bpe.file) } }, /holds a byte-level BPE tokenizer, which no bert model has/],
    ['a tokenizer that is too large', { config: { vocab_size: 200 } }, /The tokenizer of .* has 233 tokens, the model's table 200 rows/],
    ['no config.json', {}, /config\.json does not exist/],
  ])('refuses %s', async (what, changes, message) => {
    const folder = bertFolder(changes)
    if (what === 'no config.json') fs.rmSync(path.join(folder, 'config.json'))
    await expect(importModel(folder, fresh())).rejects.toThrow(expect.objectContaining({ code: 'bad-input', message: expect.stringMatching(message) }))
  })

  it('refuses weights that are not numbers', async () => {
    const folder = bertFolder()
    const tensors = readSafetensors(path.join(folder, 'model.safetensors'))
    tensors.get('encoder.layer.0.output.dense.bias')!.data[3] = NaN
    writeSafetensors(path.join(folder, 'model.safetensors'), tensors)
    await expect(importModel(folder, fresh())).rejects.toThrow(/output\.dense\.bias holds NaN; the file is damaged/)
  })
})

describe('a BertModel that transformers wrote', () => {
  it.each(['first', 'mean'] as const)('gives the embeddings that transformers computes, %s', async (pooling) => {
    const [folder, out] = [fresh(), fresh()]
    fs.writeFileSync(path.join(folder, 'config.json'), JSON.stringify(tinyBert.config))
    fs.writeFileSync(path.join(folder, 'vocab.txt'), tinyBert.vocab.map((token) => `${token}\n`).join(''))
    fs.writeFileSync(path.join(folder, 'model.safetensors'), Buffer.from(tinyBert.safetensors, 'base64'))
    expect(await importModel(folder, out, { pooling })).toMatchObject({ family: 'bert', layers: 2, dim: 16, pooling, head: 'none', longestText: 20, ignored: [] })
    const { architecture, weights } = readEncoder(out, 'query')
    const encoder = await openEncoder(architecture, weights, { threads: 1 })
    const embeddings = await encoder.encode(tinyBert.texts)
    await encoder.close()
    tinyBert[pooling].flat().forEach((value, i) => expect(embeddings[i]).toBeCloseTo(value, 5))
  })
})

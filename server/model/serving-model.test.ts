// The ONNX file that is exported, run by onnxruntime as any program would: padded batches give the embeddings that encode gives.
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { onnxBytes } from '@/server/graph/onnx-file'
import { createState } from '@/server/train/state'
import type { Architecture } from './architecture'
import { openEncoder } from './encode'
import { servingModel } from './serving-model'
import { initialiseWeights, viewsOf } from './weights'

const shape = { towers: 'shared', vocabSize: 120, layers: 2, hidden: 32, heads: 4, ffn: 48, positions: 40, layerNormEpsilon: 1e-5 } as const
const ROBERTA: Architecture = { ...shape, family: 'roberta', pooling: 'first', head: 'dense-norm', normalise: false, dim: 24, tokenTypes: 1, specials: { begin: 0, end: 2, padding: 1 } }
const BERT: Architecture = { ...shape, family: 'bert', pooling: 'mean', head: 'none', normalise: true, dim: 32, tokenTypes: 2, layerNormEpsilon: 1e-12, specials: { begin: 101, end: 102, padding: 0 } }

describe.each<[string, Architecture]>([
  ['RobertaDot, first token', ROBERTA],
  ['RobertaDot, mean', { ...ROBERTA, pooling: 'mean' }],
  ['BERT, mean, scaled', BERT],
  ['BERT, first token', { ...BERT, pooling: 'first', normalise: false }],
])('%s', (_, a) => {
  it('gives the embeddings of encode', async () => {
    const state = createState(a)
    initialiseWeights(state.layout, state.weights, 5)
    for (let i = 0; i < state.weights.length; i++) state.weights[i] += 0.3 * Math.sin(i) // biases and gains that are not 0 and 1
    const weights = viewsOf(state.layout, state.weights)
    const { begin, end, padding } = a.specials
    // the padding token inside of a text has a position of its own in RoBERTa
    const texts = [[begin, 7, 8, 9, end], [begin, end], [begin, 30, padding, 31, 32, 33, 34, end], [begin, ...Array.from({ length: 30 }, (_, i) => 3 + i), end]]
    const encoder = await openEncoder(a, weights, { threads: 1 })
    const expected = await encoder.encode(texts)
    await encoder.close()

    const longest = Math.max(...texts.map((text) => text.length))
    const padded = (valueAt: (text: number[], i: number) => number) => new Tensor('int64', BigInt64Array.from(texts.flatMap((text) => Array.from({ length: longest }, (_, i) => BigInt(valueAt(text, i))))), [texts.length, longest])
    const session = await InferenceSession.create(onnxBytes(servingModel(a, weights)), { logSeverityLevel: 3 })
    const { embedding } = await session.run({ input_ids: padded((text, i) => text[i] ?? padding), attention_mask: padded((text, i) => Number(i < text.length)) })
    await session.release()
    expect(embedding.dims).toEqual([texts.length, a.dim])
    const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    expected.forEach((value, i) => expect(Math.abs((embedding.data as Float32Array)[i] - value)).toBeLessThan(1e-5 * largest))
  })
})

it('refuses weights that one file cannot hold', () => {
  const huge = { data: { byteLength: 2 ** 31 } as Float32Array, shape: [1] }
  expect(() => servingModel(ROBERTA, new Map([['x', huge]]))).toThrow(/2147483648 bytes, an ONNX file holds .* Hugging Face folder/)
})

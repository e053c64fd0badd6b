// The encoder against the original's embeddings: first-token and mean pooling, padding left out or not.
import fs from 'node:fs'
import { expect, test } from 'vitest'
import { GOLDEN_ARCHITECTURE } from '@/tests/fixtures/golden-model'
import { describeShared, sharedPath } from '@/tests/shared-data'
import { openEncoder } from './encode'
import { readSafetensors } from './safetensors'

describeShared('embeddings of the original', 'goldens/drhard', () => {
  const root = sharedPath('goldens/drhard')!
  const batches = JSON.parse(fs.readFileSync(`${root}/batches.json`, 'utf8')) as { batch: Record<string, number[][] | number[][][]> }[]
  const cases = [0, 1, 2].flatMap((b) => (['query', 'doc', 'other'] as const).flatMap((side) => (['first', 'mean'] as const).map((pooling) => ({ b, side, pooling }))))

  test.each(cases)('batch $b, $side, $pooling pooling', async ({ b, side, pooling }) => {
    const architecture = { ...GOLDEN_ARCHITECTURE, pooling }
    const [idsName, maskName] = { query: ['input_query_ids', 'query_attention_mask'], doc: ['input_doc_ids', 'doc_attention_mask'], other: ['other_doc_ids', 'other_doc_attention_mask'] }[side]
    const rows = (name: string) => (side === 'other' ? (batches[b].batch[name] as number[][][]).flat() : (batches[b].batch[name] as number[][]))
    const mask = rows(maskName)
    const texts = rows(idsName).map((row, i) => row.filter((_, j) => mask[i][j] === 1))
    const encoder = await openEncoder(architecture, readSafetensors(`${root}/model/model.safetensors`), { threads: 1 })
    const embeddings = await encoder.encode(texts)
    await encoder.close()
    const expected = readNpyFloat32(`${root}/forward/b${b}.${side}${pooling === 'mean' ? '.mean' : ''}.npy`)
    expect(embeddings.length).toBe(expected.length)
    const largest = expected.reduce((x, y) => Math.max(x, Math.abs(y)), 0)
    expect(expected.reduce((worst, x, i) => Math.max(worst, Math.abs(x - embeddings[i])), 0)).toBeLessThan(2e-5 * largest)
  })
})

function readNpyFloat32(path: string): Float32Array {
  const bytes = fs.readFileSync(path)
  const start = 10 + bytes.readUInt16LE(8)
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + bytes.length))
}

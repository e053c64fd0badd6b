// The original's folders come in with their tokens, and what does not belong together is refused.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readVocabulary, writeVocabulary } from '@/server/text/tokenizer-files'
import { describeShared } from '@/tests/shared-data'
import { openDataset } from './dataset'
import { importDataset } from './import'
import { readIdMap } from './import-drhard'
import { readTokens } from './token-file'
import { tokeniseDataset } from './tokenise'

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'import-drhard-'))
afterAll(() => fs.rmSync(root, { recursive: true }))
const fresh = () => fs.mkdtempSync(path.join(root, 'd-'))

describeShared('the original’s folder', 'goldens/pipeline', (golden) => {
  describe.each(['passage', 'doc'] as const)('%s', (name) => {
    const source = path.join(golden, 'data', name)

    it('keeps its tokens, and a model whose tokenizer made them uses them', async () => {
      const [data, vocabulary, out] = [fresh(), fresh(), fresh()]
      const counts = await importDataset({ kind: 'drhard', folder: source }, data, {})
      writeVocabulary(vocabulary, readVocabulary(path.join(golden, 'tokenizer'), { mode: 'original' }))
      const logged: string[] = []
      await tokeniseDataset(data, out, { vocabularyDir: vocabulary }, { log: (level, line) => logged.push(`${level}: ${line}`) })
      expect(logged).toEqual([])
      for (const file of ['docs.tokens', 'queries.tokens']) expect(fs.readFileSync(path.join(out, file)).equals(fs.readFileSync(path.join(data, 'given', file)))).toBe(true)
      const docs = readTokens(path.join(out, 'docs.tokens'))
      const memmap = fs.readFileSync(path.join(source, 'preprocess/passages.memmap'))
      expect(docs.count).toBe(counts.docs)
      for (let row = 0; row < docs.count; row++) expect(Array.from(docs.row(row))).toEqual(Array.from({ length: docs.row(row).length }, (_, i) => memmap.readInt32LE(4 * (64 * row + 1 + i))))
      const dataset = openDataset(data)
      const queries = readTokens(path.join(out, 'queries.tokens'))
      for (const split of ['train', 'dev', 'test', 'lead'] as const) for (const row of dataset.queryRows(split)) expect(queries.row(row).length).toBeGreaterThan(0)
    })

    it('tokenises anew, and says so, for another tokenizer', async () => {
      const [data, vocabulary, out] = [fresh(), fresh(), fresh()]
      await importDataset({ kind: 'drhard', folder: source }, data, {})
      writeVocabulary(vocabulary, { ...readVocabulary(path.join(golden, 'tokenizer'), { mode: 'original' }), lowercase: false })
      const logged: string[] = []
      await tokeniseDataset(data, out, { vocabularyDir: vocabulary }, { log: (level, line) => logged.push(`${level}: ${line}`) })
      expect(logged).toEqual([expect.stringMatching(/^warn: The tokens that came with the data set are not this tokenizer's \(document row \d+\); the texts are tokenised again$/)])
    })
  })

  const withChanges = (change: (preprocess: string) => void) => {
    const folder = fresh()
    fs.cpSync(path.join(golden, 'data/passage'), folder, { recursive: true })
    fs.chmodSync(path.join(folder, 'preprocess'), 0o755)
    for (const name of fs.readdirSync(path.join(folder, 'preprocess'))) fs.chmodSync(path.join(folder, 'preprocess', name), 0o644)
    change(path.join(folder, 'preprocess'))
    return importDataset({ kind: 'drhard', folder }, fresh(), {})
  }
  it.each<[string, (preprocess: string) => void, RegExp]>([
    ['a memmap that is cut off', (p) => fs.truncateSync(path.join(p, 'passages.memmap'), 1000), /passages\.memmap: 64 rows of 64 int32 expected, 1000 bytes found/],
    ['the pickle of other data', (p) => fs.copyFileSync(path.join(p, 'dev-qid2offset.pickle'), path.join(p, 'lead-qid2offset.pickle')), /lead-qid2offset\.pickle names 12 ids for 6 rows/],
    ['lengths that cannot be', (p) => fs.writeFileSync(path.join(p, 'passages_length.npy'), patched(fs.readFileSync(path.join(p, 'passages_length.npy')), 128, 99)), /row 0 has 99 tokens; 2 to 64 are possible/],
    ['no _meta', (p) => fs.writeFileSync(path.join(p, 'passages_meta'), '{}'), /passages_meta cannot be read as the original's _meta/],
    ['a token that is none', (p) => fs.writeFileSync(path.join(p, 'passages.memmap'), patched(fs.readFileSync(path.join(p, 'passages.memmap')), 4, 70_000)), /row 0: 70000 is no token of a RoBERTa vocabulary/],
  ])('refuses %s', async (_, change, message) => {
    await expect(withChanges(change)).rejects.toThrow(expect.objectContaining({ code: 'bad-input', message: expect.stringMatching(message) }))
  })
})

function patched(bytes: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(bytes)
  copy.writeInt32LE(value, at)
  return copy
}

describe('id maps', () => {
  it('hold ids beyond int32', () => {
    // pickle.dumps({2**40: 0, 7: 1, 2**62: 2}, protocol=2)
    const bytes = Buffer.from('80027d7100288a060000000000014b004b074b018a0800000000000000404b02752e', 'hex')
    expect([...readIdMap(bytes, 'ids')]).toEqual([['1099511627776', 0], ['7', 1], ['4611686018427387904', 2]])
  })

  it('refuse a foreign class by name, and run nothing', () => {
    // what pickle.dumps makes of a class whose __reduce__ is (os.system, ("touch /tmp/x",))
    const bytes = Buffer.from('cposix\nsystem\n(S\'touch /tmp/x\'\ntR.')
    expect(() => readIdMap(bytes, 'ids')).toThrow(/ids needs the Python class or function posix\.system, which this product neither knows nor runs/)
  })
})

// Token rows come back as written, in the smallest fitting type; a data set is tokenised without a look at dev and test queries.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { createBpe } from '@/server/text/bpe'
import { readVocabulary } from '@/server/text/tokenizer-files'
import { importDataset } from './import'
import { openDataset } from './dataset'
import { readTokens, writeTokens } from './token-file'
import { tokeniseDataset } from './tokenise'

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'tokens-'))

describe('token file', () => {
  it.each([
    [65_536, Uint16Array, 65_535],
    [65_537, Int32Array, 65_536],
  ])('vocabulary of %i', (vocabSize, type, largest) => {
    const rows = [[1, 2, largest], [], Array.from({ length: 510 }, (_, i) => i), [7]]
    const file = path.join(dir, `${vocabSize}.tokens`)
    expect(writeTokens(file, rows, { vocabSize })).toBe(514)
    const tokens = readTokens(file)
    expect(tokens.count).toBe(4)
    expect(tokens.ids).toBeInstanceOf(type)
    rows.forEach((row, r) => expect(Array.from(tokens.row(r))).toEqual(row))
  })

  it('cuts rows at 510 and fills many blocks', () => {
    const file = path.join(dir, 'long.tokens')
    const rows = Array.from({ length: 2000 }, (_, r) => Array.from({ length: 600 }, (_, i) => (r + i) % 300))
    expect(writeTokens(file, rows, { vocabSize: 300 })).toBe(2000 * 510)
    expect(Array.from(readTokens(file).row(1999))).toEqual(rows[1999].slice(0, 510))
  })
})

describe('tokeniseDataset', async () => {
  const [source, dataset, out] = ['source', 'dataset', 'out'].map((name) => path.join(dir, name))
  for (const each of [source, dataset, out]) fs.mkdirSync(each)
  fs.writeFileSync(path.join(source, 'collection.tsv'), 'd1\tthe cat sat on the mat\nd2\t\nd3\tThe Cat\n')
  fs.writeFileSync(path.join(source, 'queries.tsv'), 'q1\tzebra zebra zebra\nq2\tthe quokka quokka quokka\n')
  fs.writeFileSync(path.join(source, 'qrels.tsv'), 'q1 0 d1 1\nq2 0 d1 1\n')
  fs.writeFileSync(path.join(source, 'split.tsv'), 'q1\ttrain\nq2\tdev\n')
  await importDataset({ kind: 'tsv', folder: source }, dataset, {})
  const counts = tokeniseDataset(dataset, out, { vocabSize: 320 })

  it('writes every row so that it decodes to its text, lower-cased', () => {
    const bpe = createBpe(readVocabulary(out))
    const data = openDataset(dataset)
    for (const [name, texts] of [['docs', data.docs], ['queries', data.queries]] as const) {
      const tokens = readTokens(path.join(out, `${name}.tokens`))
      expect(tokens.count).toBe(texts.count)
      expect(counts[name === 'docs' ? 'docTokens' : 'queryTokens']).toBe(tokens.ids.length)
      for (let row = 0; row < texts.count; row++) expect(bpe.decode(tokens.row(row)).trim()).toBe(texts.get(row).toLowerCase())
    }
    data.close()
  })

  it('learns from documents and training queries only', () => {
    const { vocab } = readVocabulary(out)
    expect(Object.keys(vocab).length).toBe(counts.vocabSize)
    expect(vocab['Ġzebra']).toBeDefined()
    expect(vocab['Ġthe']).toBeDefined()
    expect(Object.keys(vocab).filter((token) => token.includes('qu'))).toEqual([])
  })
})

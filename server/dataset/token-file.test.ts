// Token rows come back as written, in the smallest fitting type; a data set is tokenised without a look at dev and test queries.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Split } from '@/contract/dataset'
import { createTokenizer, readVocabulary, writeVocabulary } from '@/server/text/tokenizer-files'
import { describeShared } from '@/tests/shared-data'
import { importDataset } from './import'
import { openDataset } from './dataset'
import { readTokens, TokenWriter, writeTokens } from './token-file'
import { tokeniseDataset } from './tokenise'

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'tokens-'))

describe('token file', () => {
  it.each([
    [65_536, Uint16Array, 65_535],
    [65_537, Int32Array, 65_536],
  ])('vocabulary of %i', (vocabSize, type, largest) => {
    const rows = [[1, 2, largest], [], Array.from({ length: 510 }, (_, i) => i), [7]]
    const file = path.join(dir, `${vocabSize}.tokens`)
    writeTokens(file, rows, { vocabSize })
    const tokens = readTokens(file)
    expect(tokens.count).toBe(4)
    expect(tokens.ids).toBeInstanceOf(type)
    rows.forEach((row, r) => expect(Array.from(tokens.row(r))).toEqual(row))
  })

  it('refuses to close before all rows are there', () => {
    const writer = new TokenWriter(path.join(dir, 'short.tokens'), { rows: 2, vocabSize: 10 })
    writer.append({ ids: Uint16Array.of(1), lengths: Uint16Array.of(1) })
    expect(() => writer.close()).toThrow(/1 rows were written, 2 announced/)
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
  const counts = await tokeniseDataset(dataset, out, { vocabSize: 320 })

  it('writes every row so that it decodes to its text, lower-cased', () => {
    const bpe = createTokenizer(readVocabulary(out))
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

  it('any number of threads writes the same files, and what the vocabulary is learnt from does not matter to the model’s', async () => {
    const [many, big, one, three, given] = ['many', 'big', 'one', 'three', 'given'].map((name) => path.join(dir, name))
    for (const each of [many, big, one, three, given]) fs.mkdirSync(each)
    const words = ['cat', 'mat', 'the', 'naïve', '日本', 'sat']
    const text = (i: number) => Array.from({ length: i % 700 }, (_, j) => words[(i * 7 + j * j) % 6]).join(' ')
    fs.writeFileSync(path.join(many, 'collection.tsv'), Array.from({ length: 25_000 }, (_, i) => `d${i}\t${i % 50 ? text(i % 40) : text(i)}\n`).join(''))
    for (const name of ['queries.tsv', 'qrels.tsv', 'split.tsv']) fs.copyFileSync(path.join(source, name), path.join(many, name))
    await importDataset({ kind: 'tsv', folder: many }, big, {})
    const first = await tokeniseDataset(big, one, { vocabSize: 320 }, { threads: 1 })
    expect(await tokeniseDataset(big, three, { vocabSize: 320 }, { threads: 3 })).toEqual(first)
    expect(await tokeniseDataset(big, given, { vocabularyDir: one }, { threads: 2 })).toEqual(first)
    for (const name of fs.readdirSync(one)) for (const other of [three, given]) expect(fs.readFileSync(path.join(other, name)).equals(fs.readFileSync(path.join(one, name))), name).toBe(true)
    const bpe = createTokenizer(readVocabulary(one))
    const tokens = readTokens(path.join(one, 'docs.tokens'))
    for (const row of [0, 1, 650, 24_999]) expect(Array.from(tokens.row(row))).toEqual(bpe.encode(row % 50 ? text(row % 40) : text(row)).slice(0, 510))
    expect(tokens.row(650).length).toBe(510)
  })
})

describeShared('the original’s token files', 'goldens/pipeline', (golden) => {
  it.each([
    ['passage', 'msmarco-passage'],
    ['doc', 'msmarco-doc'],
  ] as const)('%s: ours, padded as the original pads, are the same bytes', async (name, kind) => {
    const [data, tokensDir, vocabularyDir] = ['data', 'tokens', 'vocabulary'].map((part) => fs.mkdtempSync(path.join(dir, `${name}-${part}-`)))
    await importDataset({ kind, folder: path.join(golden, 'data', name, 'dataset') }, data, {})
    writeVocabulary(vocabularyDir, readVocabulary(path.join(golden, 'tokenizer'), { mode: 'original' }))
    await tokeniseDataset(data, tokensDir, { vocabularyDir })
    const dataset = openDataset(data)
    const judged = (split: Split) => dataset.allQueryRows(split).filter((row) => split === 'lead' || dataset.qrels.judged(row).length > 0)
    const docRows = Int32Array.from({ length: dataset.docs.count }, (_, row) => row)
    const files: [string, string, Int32Array, number][] = [
      ['passages', 'docs', docRows, 64],
      ...(['train', 'dev', 'test', 'lead'] as const).map((split): [string, string, Int32Array, number] => [`${split}-query`, 'queries', judged(split), 16]),
    ]
    for (const [file, ours, rows, maxLength] of files) {
      // argv of the original in log.json: --max_seq_length 64, --max_query_length 16; documents are also cut at 300 characters
      const tokens = readTokens(path.join(tokensDir, `${ours}.tokens`))
      const padded = new Int32Array(rows.length * maxLength)
      const lengths = Int32Array.from(rows, (row, i) => {
        const content = tokens.row(row).slice(0, maxLength - 2)
        padded.set([0, ...content, 2], i * maxLength)
        return content.length + 2
      })
      const original = fs.readFileSync(path.join(golden, 'data', name, 'preprocess', `${file}.memmap`))
      expect(Buffer.from(padded.buffer).equals(original), file).toBe(true)
      const npy = fs.readFileSync(path.join(golden, 'data', name, 'preprocess', `${file}_length.npy`))
      expect(Buffer.from(lengths.buffer).equals(npy.subarray(10 + npy.readUInt16LE(8))), `${file}_length`).toBe(true)
    }
  })
})

// Run files are read as trec_eval and the official MS MARCO script would, gzipped or not, and what is wrong is named with its line.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { uniform } from '@/server/random/random'
import { readQrelsFile } from './qrels-file'
import { newFileIds, readRunFile, type RunFile } from './run-file'

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'run-file-'))
afterAll(() => fs.rmSync(dir, { recursive: true }))

const write = (content: string | Uint8Array, name = 'run.txt') => {
  const file = path.join(dir, name)
  fs.writeFileSync(file, content)
  return file
}

async function read(content: string | Uint8Array, name?: string): Promise<RunFile & { docs: Record<string, (string | null)[]>; scores: number[] }> {
  const ids = newFileIds()
  const run = await readRunFile(write(content, name), { ids })
  const { queryRows, offsets, docRows } = run.ranking
  const docs = Object.fromEntries(Array.from(queryRows, (row, q) => [ids.queryIds.idOf(row), Array.from(docRows.subarray(offsets[q], offsets[q + 1]), (doc) => (doc < 0 ? null : ids.docIds.idOf(doc)))]))
  return { ...run, docs, scores: Array.from(run.ranking.scores) }
}

describe('reads', () => {
  it('TREC with blanks or tabs, CRLF, a byte order mark, without a last line end', async () => {
    const { docs, format, name, warnings } = await read('\uFEFFq1 Q0  d1 1 2.5 tag\r\nq1 Q0 d2 2 1e-3 tag\r\nq2 Q0 é 1 -.5 tag')
    expect({ docs, format, name, warnings }).toEqual({ docs: { q1: ['d1', 'd2'], q2: ['é'] }, format: 'trec', name: 'tag', warnings: [] })
    expect((await read('7\tQ0\t12\t1\t0\tt\n')).docs).toEqual({ 7: ['12'] })
  })

  it('ties by float32 score are broken by document id, descending, as trec_eval does', async () => {
    const { docs } = await read(['q Q0 a 1 1 t', 'q Q0 b 2 1 t', 'q Q0 9 3 1 t', 'q Q0 10 4 1 t', 'q Q0 c 5 1.00000001 t'].join('\n'))
    expect(docs.q).toEqual(['c', 'b', 'a', '9', '10'])
  })

  it('MS MARCO in any order of lines; ranks without a document stay empty, with a warning', async () => {
    const { docs, format, warnings } = await read('2\t7\t4\n2\t8\t1\n1\t5\t1\n2\t9\t3\n', 'dev.tsv')
    expect(docs).toEqual({ 1: ['5'], 2: ['8', null, '9', '7'] })
    expect(format).toBe('msmarco')
    expect(warnings).toEqual(['dev.tsv line 4: query "2" has no document of rank 2; ranks without a document count as not relevant, as in the official script'])
  })

  it('three columns with scores, as Tevatron writes them', async () => {
    const { docs, format } = await read('q\ta\t1.5\nq\tb\t2.5\n')
    expect([format, docs]).toEqual(['scores', { q: ['b', 'a'] }])
  })

  it('a query in pieces, with a document of the first piece refused in the last', async () => {
    expect((await read('a Q0 x 1 3 t\nb Q0 x 1 3 t\na Q0 y 2 2 t\n')).docs).toEqual({ a: ['x', 'y'], b: ['x'] })
    await expect(read('a Q0 x 1 3 t\nb Q0 x 1 3 t\na Q0 x 2 2 t\n')).rejects.toThrow(/line 3: document "x" is already ranked for query "a" on line 1/)
  })

  it('gzip by its bytes, also in several members', async () => {
    const lines = Array.from({ length: 40_000 }, (_, i) => `${Math.floor(i / 1000)} Q0 ${i * 7} ${(i % 1000) + 1} ${1000 - (i % 1000)} t\n`)
    const packed = Buffer.concat([gzipSync(lines.slice(0, 12_345).join('')), gzipSync(lines.slice(12_345).join(''))])
    const plain = await read(lines.join(''))
    expect(await read(packed, 'run.gz')).toEqual(plain)
    expect(plain.docs[39].length).toBe(1000)
    await expect(read(packed.subarray(0, packed.length - 20), 'cut.gz')).rejects.toThrow(/cut\.gz is not a complete gz file/)
  })

  it('an ir_metadata heading', async () => {
    const { metadata, docs } = await read('# ir_metadata.start\n# tag: x\n# method:\n#   retrieval: bm25\n# ir_metadata.end\nq Q0 a 1 1 t\n')
    expect(metadata).toBe('tag: x\nmethod:\n  retrieval: bm25')
    expect(docs).toEqual({ q: ['a'] })
  })

  it('ids that look like numbers stay what they are', async () => {
    const { docs } = await read('007 Q0 7 1 3 t\n7 Q0 07 1 3 t\n7 Q0 7 2 2 t\n7 Q0 12345678901 3 1 t\n')
    expect(docs).toEqual({ '007': ['7'], 7: ['07', '7', '12345678901'] })
  })

  it('scores of any length are rounded as strtod and a cast to float would', async () => {
    const texts = ['16777217', '0.1', '0.30000001192092896', '123456.789012345678', '5e-8']
    const draw = uniform(3)
    for (let i = 0; i < 20_000; i++) {
      const score = Math.fround((draw() - 0.3) * 10 ** Math.floor(8 * draw() - 4))
      // halfway between two float32, where one digit decides, and anywhere
      const between = score + (Math.abs(score) * 2 ** -24) / (1 + Math.floor(2 * draw()))
      texts.push(between.toFixed(22), (between * (1 + (draw() - 0.5) * 2 ** -40)).toFixed(Math.floor(20 * draw())), String(draw() * 100))
    }
    const { scores } = await read(texts.map((text, i) => `${i} Q0 d 1 ${text} t`).join('\n'))
    expect(scores).toEqual(texts.map((text) => Math.fround(Number(text))))
  })
})

describe('warns', () => {
  it.each([
    ['a gap in the ranks', 'q Q0 a 1 3 t\nq Q0 b 3 2 t\nq Q0 c 9 1 t\n', 'run.txt line 2: rank 3 follows rank 1 of query "q" (and 1 more); the scores decide the order, as in trec_eval'],
    ['ranks that start late', 'q Q0 a 2 3 t\n', 'run.txt line 1: rank 2 is the first of query "q"; the scores decide the order, as in trec_eval'],
    ['scores that rise', 'q Q0 a 1 3 t\nq Q0 b 2 4 t\n', 'run.txt line 2: the score rises from 3 to 4 within query "q"; the scores decide the order, as in trec_eval'],
  ])('of %s', async (_, content, warning) => {
    expect((await read(content)).warnings).toEqual([warning])
  })
  it('not of ranks from 0', async () => {
    expect((await read('q Q0 a 0 3 t\nq Q0 b 1 2 t\nr Q0 b 0 2 t\n')).warnings).toEqual([])
  })
})

describe('refuses, with file, line and value', () => {
  it.each<[string, string, RegExp]>([
    ['an empty file', '', /run\.txt is empty/],
    ['only a heading', '# x\n', /holds no ranking/],
    ['too few columns', 'q Q0 d 1 2 t\nq d 1 2 t\n', /^run\.txt line 2: expected 6 columns .*, found 5/],
    ['an id with a blank', 'q Q0 my doc 1 2 t\n', /line 1: expected 6 columns .*, found 7; .*a blank in it/],
    ['an empty line', 'q Q0 d 1 2 t\n\n', /line 2: expected 6 columns .*, found an empty line/],
    ['mixed tabs and blanks', 'q Q0 d 1 2 t\nq\tQ0 e 2 1 t\n', /line 2: tabs and blanks are mixed/],
    ['an empty column', 'q\tQ0\t\t1\t2\tt\n', /line 1: column 3 is empty/],
    ['NaN', 'q Q0 d 1 nan t\n', /line 1: the score "nan" is not a number/],
    ['infinity', 'q Q0 d 1 -inf t\n', /the score "-inf" is not a number/],
    ['a score beyond float32', 'q Q0 d 1 1e300 t\n', /does not fit into 32 bits/],
    ['a rank that is none', 'q Q0 d first 1 t\n', /the rank "first" is not a whole number/],
    ['a repeated document', 'q Q0 d 1 2 t\nq Q0 e 2 1 t\nq Q0 d 3 0 t\n', /line 3: document "d" is already ranked for query "q" on line 1/],
    ['rank 0 of MS MARCO', 'q\td\t0\n', /the rank "0" is not a whole number from 1 to 1000/],
    ['a rank twice', 'q\td\t1\nq\te\t1\n', /line 2: query "q" has rank 1 twice, first on line 1/],
    ['blanks in MS MARCO', 'q d 1\n', /separated by tabs, found blanks/],
  ])('%s', async (_, content, message) => {
    await expect(read(content)).rejects.toThrow(expect.objectContaining({ code: 'bad-input', message: expect.stringMatching(message) }))
  })
  it('bytes that are not UTF-8, a folder, a file that is not there', async () => {
    await expect(read(Buffer.from([0x61, 0x0a, 0xff, 0x0a]))).rejects.toThrow(/line 2: not valid UTF-8/)
    await expect(readRunFile(dir, { ids: newFileIds() })).rejects.toThrow(/is a folder/)
    await expect(readRunFile(path.join(dir, 'none'), { ids: newFileIds() })).rejects.toThrow(/does not exist/)
  })
})

describe('judgements', () => {
  const qrels = async (content: string | Uint8Array) => {
    const ids = newFileIds()
    const read = await readQrelsFile(write(content, 'qrels.txt'), ids)
    return Array.from({ length: read.queryCount }, (_, q) => [ids.queryIds.idOf(q), Object.fromEntries(read.judged(q).map((j) => [ids.docIds.idOf(j.docRow), j.grade]))])
  }
  it('TREC, three columns, BEIR with its heading, gzip', async () => {
    expect(await qrels('a 0 x 1\na 0 y -1\nb 0 x 2\n')).toEqual([['a', { x: 1, y: -1 }], ['b', { x: 2 }]])
    expect(await qrels('query-id\tcorpus-id\tscore\na\tx\t1\n')).toEqual([['a', { x: 1 }]])
    expect(await qrels(gzipSync('a 0 x 1\n'))).toEqual([['a', { x: 1 }]])
  })
  it.each<[string, string, RegExp]>([
    ['columns', 'q0d\n', /expected 4 columns .*found 1/],
    ['an id with a blank', 'q one\t0\td\t1\n', /line 1: tabs and blanks are mixed/],
    ['a grade', 'q 0 d 1.5', /the grade "1.5" is not a whole number/],
    ['a contradiction', 'q 0 d 1\nq 0 d 2\n', /line 2: grade 2 contradicts grade 1 on line 1/],
    ['an empty column', 'q\t0\t\t1\n', /column 3 is empty/],
  ])('refuse %s', async (_, content, message) => {
    await expect(qrels(content)).rejects.toThrow(message)
  })
})

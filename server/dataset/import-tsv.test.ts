// A folder of TSV files becomes a data set, or an error that says what to correct where.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openDataset } from './dataset'
import { fingerprintSource } from './import'
import { importTsv } from './import-tsv'

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'import-tsv-'))
afterAll(() => fs.rmSync(root, { recursive: true }))

const GOOD = {
  'collection.tsv': 'd1\tapples grow\nd2\t\nd3\tpears — größer\n',
  'queries.tsv': 'q1\twhat grows\nq2\tpears\nq3\tnobody judged this\n',
  'qrels.tsv': 'q1 0 d1 1\nq1\t0\td2\t0\nq2 0 d3 2\n',
  'split.tsv': 'q1\ttrain\nq2\tdev\nq3\ttest\n',
}
type Files = Partial<Record<keyof typeof GOOD, string | Buffer | null>>

/** Imports GOOD with some files replaced (null: absent). */
function importFiles(files: Files = {}) {
  const folder = fs.mkdtempSync(path.join(root, 'in-'))
  const dir = fs.mkdtempSync(path.join(root, 'out-'))
  for (const [name, text] of Object.entries({ ...GOOD, ...files })) if (text !== null) fs.writeFileSync(path.join(folder, name), text)
  const logged: string[] = []
  const counts = importTsv(folder, dir, { log: (level, line) => logged.push(`${level}: ${line}`) })
  return { counts, logged, folder, dataset: openDataset(dir) }
}

describe('what is imported', () => {
  it('keeps texts, ids, judgements and splits', () => {
    const { counts, dataset, logged } = importFiles()
    expect(counts).toEqual({ docs: 3, queries: { train: 1, dev: 1, test: 0 }, positives: { train: 1, dev: 1, test: 0 } })
    expect(dataset.counts).toEqual(counts)
    expect([...dataset.docs.all()]).toEqual(['apples grow', '', 'pears — größer'])
    expect(dataset.queries.get(1)).toBe('pears')
    expect([dataset.docIds.idOf(2), dataset.docIds.rowOf('d3'), dataset.docIds.rowOf('d4')]).toEqual(['d3', 2, undefined])
    expect(dataset.qrels.judged(0)).toEqual([{ docRow: 0, grade: 1 }, { docRow: 1, grade: 0 }])
    expect(dataset.qrels.relevant(0)).toEqual([{ docRow: 0, grade: 1 }])
    expect([...dataset.queryRows('dev')]).toEqual([1])
    expect([...dataset.queryRows('test')]).toEqual([])
    expect([...dataset.allQueryRows('test')]).toEqual([2])
    expect(logged).toEqual(['info: 1 of 3 queries have no relevant document; they are kept, but neither trained on nor evaluated', 'warn: The test split has no query with a relevant document'])
    dataset.close()
  })

  it('does not mind CRLF, a byte order mark and a last line without end', () => {
    const windows = (text: string) => `\uFEFF${text.trimEnd().replaceAll('\n', '\r\n')}`
    const plain = importFiles().dataset
    const { dataset } = importFiles(Object.fromEntries(Object.entries(GOOD).map(([name, text]) => [name, windows(text)])))
    expect([...dataset.docs.all()]).toEqual([...plain.docs.all()])
    expect(dataset.queryIds.idOf(0)).toBe('q1')
    expect(dataset.qrels).toEqual(plain.qrels)
    expect(dataset.splits).toEqual(plain.splits)
  })

  it('takes three-column judgements, negative grades and repeated lines', () => {
    const { dataset, logged } = importFiles({ 'qrels.tsv': 'q1\td1\t1\nq1\td1\t1\nq2\td3\t1\nq2\td1\t-1\n' })
    expect(dataset.qrels.judged(1)).toEqual([{ docRow: 0, grade: -1 }, { docRow: 2, grade: 1 }])
    expect(logged).toContain('warn: qrels.tsv: 1 judgements are given more than once; each is used once')
  })

  it('leaves out judgements of unknown ids, with their number and the first', () => {
    const { counts, logged } = importFiles({ 'qrels.tsv': 'q1 0 d1 1\nq9 0 d1 1\nq2 0 d9 1\nq8 0 d1 1\nq2 0 d3 1\n' })
    expect(counts.positives.train + counts.positives.dev).toBe(2)
    expect(logged).toContain('warn: qrels.tsv: 2 of 5 judgements name ids that queries.tsv does not have, first query "q9" on line 2; they are left out')
    expect(logged).toContain('warn: qrels.tsv: 1 of 5 judgements name ids that collection.tsv does not have, first document "d9" on line 3; they are left out')
  })

  it('without split.tsv splits by text, 90 : 5 : 5', () => {
    const count = 4000
    const lines = (line: (i: number) => string) => Array.from({ length: count }, (_, i) => line(i)).join('\n')
    // Every text stands twice: both must be on the same side.
    const { counts, dataset, logged } = importFiles({ 'split.tsv': null, 'queries.tsv': lines((i) => `q${i}\ttext ${i % 2000}`), 'qrels.tsv': lines((i) => `q${i} 0 d1 1`) })
    expect(logged[0]).toBe('info: No split.tsv: queries go to train, dev and test by a hash of their text, 90 : 5 : 5')
    expect(counts.queries.train).toBeGreaterThan(0.87 * count)
    expect(counts.queries.dev).toBeGreaterThan(0.03 * count)
    expect(counts.queries.test).toBeGreaterThan(0.03 * count)
    expect(dataset.splits.subarray(0, 2000)).toEqual(dataset.splits.subarray(2000))
  })

  it('reads texts that are longer than a block and lines that cross blocks', () => {
    const long = 'ä'.repeat(900_000)
    const { dataset } = importFiles({ 'collection.tsv': `d1\t${long}\nd2\tshort\nd3\t${long}b\n` })
    expect(dataset.docs.get(0)).toBe(long)
    expect([...dataset.docs.all()].map((text) => text.length)).toEqual([900_000, 5, 900_001])
  })
})

describe('what is refused', () => {
  it.each<[string, Files, RegExp]>([
    ['a missing file', { 'queries.tsv': null }, /queries\.tsv does not exist; the folder must hold collection\.tsv, queries\.tsv and qrels\.tsv/],
    ['an empty file', { 'queries.tsv': '' }, /queries\.tsv is empty; export it again/],
    ['too few columns', { 'collection.tsv': 'd1\ta\nd2 b\n' }, /^collection\.tsv line 2: expected 2 tab-separated fields \(id, text\), found 1; re-export it$/],
    ['too many columns', { 'queries.tsv': 'q1\ta\tb\n' }, /^queries\.tsv line 1: expected 2 .*found 3/],
    ['an empty line', { 'collection.tsv': 'd1\ta\n\nd2\tb\n' }, /line 2: expected 2 .*an empty line/],
    ['a repeated document', { 'collection.tsv': 'd1\ta\nd2\tb\nd1\tc\n' }, /^collection\.tsv line 3: the id "d1" is already on line 1; remove one of them$/],
    ['a repeated query', { 'queries.tsv': 'q1\ta\nq1\tb\n' }, /^queries\.tsv line 2: the id "q1" is already on line 1/],
    ['an empty id', { 'collection.tsv': '\ta\n' }, /line 1: the id is empty/],
    ['an id with a blank', { 'collection.tsv': 'd 1\ta\n' }, /line 1: the id "d 1" contains white space/],
    ['bytes that are not UTF-8', { 'collection.tsv': Buffer.concat([Buffer.from('d1\tfine\nd2\t'), Buffer.from([0xe9, 0x0a])]) }, /^collection\.tsv line 2: not valid UTF-8; convert the file to UTF-8$/],
    ['a grade that is no number', { 'qrels.tsv': 'q1 0 d1 1\nq2 0 d3 high\n' }, /^qrels\.tsv line 2: the grade "high" is not a whole number; correct it$/],
    ['a heading', { 'qrels.tsv': 'query-id\tcorpus-id\tscore\nq1\td1\t1\n' }, /line 1: the grade "score" is not a whole number; correct it, or remove the line if it is a heading/],
    ['two columns of judgements', { 'qrels.tsv': 'q1 d1\n' }, /line 1: expected 4 columns .* or 3 .*, found 2/],
    ['contradicting judgements', { 'qrels.tsv': 'q1 0 d1 1\nq2 0 d3 1\nq1 0 d1 2\n' }, /^qrels\.tsv line 3: grade 2 contradicts grade 1 on line 1/],
    ['judgements of other data', { 'qrels.tsv': 'x 0 d1 1\ny 0 d1 1\n' }, /no judgement fits the data; 2 of 2 name ids that queries\.tsv does not have, first query "x" on line 1/],
    ['judgements without a positive', { 'qrels.tsv': 'q1 0 d1 0\n' }, /none of its 1 judgements has a grade above 0/],
    ['an unknown split', { 'split.tsv': 'q1\ttrain\nq2\tvalid\n' }, /^split\.tsv line 2: "valid" is not a split; use train, dev, test$/],
    ['a split of an unknown query', { 'split.tsv': 'q7\ttrain\n' }, /split\.tsv line 1: queries\.tsv has no query "q7"/],
    ['two splits for a query', { 'split.tsv': 'q1\ttrain\nq1\tdev\n' }, /line 2: the query "q1" is already on line 1/],
    ['a judged query without a split', { 'split.tsv': 'q1\ttrain\n' }, /^split\.tsv names no split for 1 judged queries, first line 2 of queries\.tsv/],
  ])('%s', (_, files, message) => {
    expect(() => importFiles(files)).toThrow(expect.objectContaining({ code: 'bad-input', message: expect.stringMatching(message) }))
  })
})

it('the fingerprint changes with a file, and a missing folder is named', () => {
  const { folder } = importFiles()
  const before = fingerprintSource({ kind: 'tsv', folder })
  expect(fingerprintSource({ kind: 'tsv', folder })).toBe(before)
  fs.appendFileSync(path.join(folder, 'qrels.tsv'), 'q2 0 d1 0\n')
  expect(fingerprintSource({ kind: 'tsv', folder })).not.toBe(before)
  expect(() => fingerprintSource({ kind: 'tsv', folder: '/nowhere' })).toThrow(/\/nowhere\/collection\.tsv does not exist/)
})

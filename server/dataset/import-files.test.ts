// A folder of files becomes a data set, or an error that says what to correct where.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { type FolderSource, ImportReport } from '@/contract/dataset'
import { breakingServer } from '@/tests/breaking-server'
import { describeShared } from '@/tests/shared-data'
import { openDataset } from './dataset'
import { fingerprintSource } from './fingerprint'
import { importDataset } from './import'

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
async function importFiles(files: Files = {}) {
  const folder = fs.mkdtempSync(path.join(root, 'in-'))
  const dir = fs.mkdtempSync(path.join(root, 'out-'))
  for (const [name, text] of Object.entries({ ...GOOD, ...files })) if (text !== null) fs.writeFileSync(path.join(folder, name), text)
  const logged: string[] = []
  const counts = await importDataset({ kind: 'tsv', folder }, dir, { log: (level, line) => logged.push(`${level}: ${line}`) })
  return { counts, logged, folder, dataset: openDataset(dir) }
}

describe('what is imported', () => {
  it('keeps texts, ids, judgements and splits', async () => {
    const { counts, dataset, logged } = await importFiles()
    expect(counts).toEqual({ docs: 3, queries: { train: 1, dev: 1, test: 0, lead: 0 }, positives: { train: 1, dev: 1, test: 0, lead: 0 }, warnings: ['The test split has no query with a relevant document'] })
    expect(counts).toMatchObject(dataset.counts)
    expect([...dataset.docs.all()]).toEqual(['apples grow', '', 'pears — größer'])
    expect(dataset.queries.get(1)).toBe('pears')
    expect([dataset.docIds.idOf(2), dataset.docIds.rowOf('d3'), dataset.docIds.rowOf('d4')]).toEqual(['d3', 2, undefined])
    expect(dataset.qrels.judged(0)).toEqual([{ docRow: 0, grade: 1 }, { docRow: 1, grade: 0 }])
    expect(dataset.qrels.relevant(0)).toEqual([{ docRow: 0, grade: 1 }])
    expect([...dataset.queryRows('dev')]).toEqual([1])
    expect([...dataset.queryRows('test')]).toEqual([])
    expect([...dataset.allQueryRows('test')]).toEqual([2])
    expect(logged).toEqual(['info: 1 documents have no text; they are kept', 'info: 1 of 3 queries have no relevant document; they are kept, but neither trained on nor evaluated', 'warn: The test split has no query with a relevant document'])
    dataset.close()
  })

  it('does not mind CRLF, a byte order mark and a last line without end', async () => {
    const windows = (text: string) => `\uFEFF${text.trimEnd().replaceAll('\n', '\r\n')}`
    const plain = await (await importFiles()).dataset
    const { dataset } = await importFiles(Object.fromEntries(Object.entries(GOOD).map(([name, text]) => [name, windows(text)])))
    expect([...dataset.docs.all()]).toEqual([...plain.docs.all()])
    expect(dataset.queryIds.idOf(0)).toBe('q1')
    expect(dataset.qrels).toEqual(plain.qrels)
    expect(dataset.splits).toEqual(plain.splits)
  })

  it('takes three-column judgements, negative grades and repeated lines', async () => {
    const { dataset, logged } = await importFiles({ 'qrels.tsv': 'q1\td1\t1\nq1\td1\t1\nq2\td3\t1\nq2\td1\t-1\n' })
    expect(dataset.qrels.judged(1)).toEqual([{ docRow: 0, grade: -1 }, { docRow: 2, grade: 1 }])
    expect(logged).toContain('warn: qrels.tsv: 1 judgements are given more than once; each is used once')
  })

  it('leaves out judgements of unknown ids, with their number and the first', async () => {
    const { counts, logged } = await importFiles({ 'qrels.tsv': 'q1 0 d1 1\nq9 0 d1 1\nq2 0 d9 1\nq8 0 d1 1\nq2 0 d3 1\n' })
    expect(counts.positives.train + counts.positives.dev).toBe(2)
    expect(logged).toContain('warn: qrels.tsv: 2 of 5 judgements name ids that queries.tsv does not have, first query "q9" on line 2; they are left out')
    expect(logged).toContain('warn: qrels.tsv: 1 of 5 judgements name ids that collection.tsv does not have, first document "d9" on line 3; they are left out')
  })

  it('without split.tsv splits by text, 90 : 5 : 5', async () => {
    const count = 4000
    const lines = (line: (i: number) => string) => Array.from({ length: count }, (_, i) => line(i)).join('\n')
    // Every text stands twice: both must be on the same side.
    const { counts, dataset, logged } = await importFiles({ 'split.tsv': null, 'queries.tsv': lines((i) => `q${i}\ttext ${i % 2000}`), 'qrels.tsv': lines((i) => `q${i} 0 d1 1`) })
    expect(logged).toContain('info: No split.tsv: queries go to train, dev and test by a hash of their text, 90 : 5 : 5')
    expect(counts.queries.train).toBeGreaterThan(0.87 * count)
    expect(counts.queries.dev).toBeGreaterThan(0.03 * count)
    expect(counts.queries.test).toBeGreaterThan(0.03 * count)
    expect(dataset.splits.subarray(0, 2000)).toEqual(dataset.splits.subarray(2000))
  })

  it('reads texts that are longer than a block and lines that cross blocks', async () => {
    const long = 'ä'.repeat(900_000)
    const { dataset } = await importFiles({ 'collection.tsv': `d1\t${long}\nd2\tshort\nd3\t${long}b\n` })
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
    ['an unknown split', { 'split.tsv': 'q1\ttrain\nq2\tvalid\n' }, /^split\.tsv line 2: "valid" is not a split; use train, dev, test, lead$/],
    ['a split of an unknown query', { 'split.tsv': 'q7\ttrain\n' }, /split\.tsv line 1: queries\.tsv has no query "q7"/],
    ['two splits for a query', { 'split.tsv': 'q1\ttrain\nq1\tdev\n' }, /line 2: the query "q1" is already on line 1/],
    ['a judged query without a split', { 'split.tsv': 'q1\ttrain\n' }, /^split\.tsv names no split for 1 judged queries, first line 2 of queries\.tsv/],
  ])('%s', async (_, files, message) => {
    await expect(importFiles(files)).rejects.toThrow(expect.objectContaining({ code: 'bad-input', message: expect.stringMatching(message) }))
  })
})

it('the fingerprint changes with a file, and a missing folder is named', async () => {
  const { folder } = await importFiles()
  const before = fingerprintSource({ kind: 'tsv', folder })
  expect(fingerprintSource({ kind: 'tsv', folder })).toBe(before)
  fs.appendFileSync(path.join(folder, 'qrels.tsv'), 'q2 0 d1 0\n')
  expect(fingerprintSource({ kind: 'tsv', folder })).not.toBe(before)
  expect(() => fingerprintSource({ kind: 'tsv', folder: '/nowhere' })).toThrow(/\/nowhere is no folder on this server/)
})

/** Writes files into a new folder and imports it. */
async function importFolder(kind: FolderSource['kind'], files: Record<string, string | Buffer>, options: { threads?: number; maxBadLines?: number } = {}) {
  const folder = fs.mkdtempSync(path.join(root, 'in-'))
  const dir = fs.mkdtempSync(path.join(root, 'out-'))
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    fs.writeFileSync(path.join(folder, name), text)
  }
  const logged: string[] = []
  const counts = await importDataset({ kind, folder, maxBadLines: options.maxBadLines }, dir, { threads: options.threads, log: (level, line) => logged.push(`${level}: ${line}`) })
  return { counts, logged, dir, dataset: openDataset(dir), report: ImportReport.parse(JSON.parse(fs.readFileSync(path.join(dir, 'report.json'), 'utf8'))) }
}

const jsonl = (rows: unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')

describe('BEIR', () => {
  const files = {
    'corpus.jsonl': jsonl([{ _id: 'a-1', title: 'Apples', text: 'grow\ton trees', metadata: {} }, { _id: 'b 2'.replace(' ', ''), title: '', text: '' }, { _id: 3, text: 'only “text”' }]),
    'queries.jsonl': jsonl([{ _id: 'q1', text: 'one' }, { _id: 'q2', text: 'two' }, { _id: 'q3', text: 'three' }]),
    'qrels/test.tsv': 'query-id\tcorpus-id\tscore\nq1\ta-1\t2\nq1\t3\t0\n',
    'qrels/train.tsv': 'query-id\tcorpus-id\tscore\nq2\tb2\t1\n',
  }

  it('joins title and text, and puts queries where their judgements are', async () => {
    const { counts, dataset, logged } = await importFolder('beir', files)
    expect([...dataset.docs.all()]).toEqual(['Apples grow\ton trees', '', 'only “text”'])
    expect([0, 1, 2].map((row) => dataset.docIds.idOf(row))).toEqual(['a-1', 'b2', '3'])
    expect(counts.queries).toEqual({ train: 1, dev: 0, test: 1, lead: 0 })
    expect([...dataset.queryRows('test')]).toEqual([0])
    expect(dataset.qrels.judged(0)).toEqual([{ docRow: 0, grade: 2 }, { docRow: 2, grade: 0 }])
    expect(logged).toContain('info: Not in the folder, and left out: qrels/dev.tsv')
  })

  it.each<[string, string, RegExp]>([
    ['no JSON', '{"_id": "a"', /^corpus\.jsonl line 2: not valid JSON; re-export it$/],
    ['no id', '{"text": "a"}', /line 2: the field "_id" is missing or no text/],
    ['no text', '{"_id": "a", "text": 7}', /line 2: the field "text" is missing or no text/],
    ['a list', '[1]', /line 2: the field "_id" is missing/],
    ['null', 'null', /line 2: the field "_id" is missing/],
    ['a repeated id', '{"_id": "x", "text": "b"}', /line 2: the id "x" is already on line 1; remove one of them$/],
  ])('refuses %s', async (_, line, message) => {
    await expect(importFolder('beir', { ...files, 'corpus.jsonl': `{"_id": "x", "text": ""}\n${line}\n` })).rejects.toThrow(expect.objectContaining({ code: 'bad-input', message: expect.stringMatching(message) }))
  })

  it('is recognised by its counts, with what differs', async () => {
    const corpus = Array.from({ length: 3633 }, (_, i) => ({ _id: `MED-${i}`, text: 'x' }))
    const { report } = await importFolder('beir', { ...files, 'corpus.jsonl': jsonl(corpus), 'qrels/test.tsv': 'q1\tMED-1\t1\n', 'qrels/train.tsv': 'q2\tMED-2\t1\n' })
    expect(report.known).toEqual({ name: 'BEIR nfcorpus', differences: ['1 test queries, 323 expected'] })
  })
})

describe('unreadable lines', () => {
  const corpus = 'd1\ta\nbroken\nd2\tb\nd1 d\tc\nd3\tc\n'
  const rest = { 'queries.tsv': 'q1\tone\nq2\ttwo\n', 'qrels.tsv': 'q1 0 d3 1\nq1 0 d1 x\nq2 0 d2 1\n', 'split.tsv': 'q1\ttrain\nq2\tdev\n' }

  it('are left out up to a limit, counted and named', async () => {
    const { dataset, report, logged } = await importFolder('tsv', { ...rest, 'collection.tsv': corpus }, { maxBadLines: 3 })
    expect([...dataset.docs.all()]).toEqual(['a', 'b', 'c'])
    expect(report.badLines).toEqual({
      count: 3,
      first: [
        'collection.tsv line 2: expected 2 tab-separated fields (id, text), found 1; re-export it',
        'collection.tsv line 4: the id "d1 d" contains white space, which run files cannot hold; rename it',
        'qrels.tsv line 2: the grade "x" is not a whole number; correct it',
      ],
    })
    expect(logged).toContain('warn: 3 unreadable lines are left out, first collection.tsv line 2: expected 2 tab-separated fields (id, text), found 1; re-export it')
  })

  it('stop the import beyond the limit', async () => {
    await expect(importFolder('tsv', { ...rest, 'collection.tsv': corpus }, { maxBadLines: 1 })).rejects.toThrow(/^collection\.tsv line 4: .*unreadable line 2 of at most 1; the first was collection\.tsv line 2/)
  })

  it('do not shift the line that a later error names', async () => {
    await expect(importFolder('tsv', { ...rest, 'collection.tsv': `${corpus}d2\tagain\n` }, { maxBadLines: 5 })).rejects.toThrow(/^collection\.tsv line 6: the id "d2" is already on line 3; remove one of them$/)
  })
})

describe('gz', () => {
  const files = { 'collection.tsv.gz': gzipSync('d1\ta\nd2\tb\n'), 'queries.tsv': 'q1\tone\n', 'qrels.tsv.gz': gzipSync('q1 0 d2 1\n'), 'split.tsv': 'q1\tdev\n' }

  it('is read as the text in it, whatever its name says', async () => {
    for (const each of [files, { ...files, 'queries.tsv': gzipSync('q1\tone\n') }]) {
      const { dataset } = await importFolder('tsv', each)
      expect([[...dataset.docs.all()], dataset.queries.get(0), dataset.qrels.relevantCount(0)]).toEqual([['a', 'b'], 'one', 1])
    }
  })

  it('that is cut off is refused', async () => {
    const whole = gzipSync(Array.from({ length: 50_000 }, (_, i) => `d${i}\t${Math.sin(i)}\n`).join(''))
    await expect(importFolder('tsv', { ...files, 'collection.tsv.gz': whole.subarray(0, whole.length / 2) })).rejects.toThrow(/collection\.tsv\.gz is not a complete gz file \(unexpected end of file\); download or compress it again/)
  })

  it('that unpacks to a thousand times its size is refused', async () => {
    const bomb = gzipSync(Buffer.from('d\tx\n'.repeat(40 << 20)), { level: 9 })
    await expect(importFolder('tsv', { ...files, 'collection.tsv.gz': bomb }, { maxBadLines: 1_000_000 })).rejects.toThrow(/unpacks to more than 250 times its size|already on line/)
  })
})

it('a line without end is refused before it fills the memory', async () => {
  await expect(importFolder('tsv', { 'collection.tsv': Buffer.alloc(140 << 20, 0x61), 'queries.tsv': 'q\tx\n', 'qrels.tsv': 'q 0 d 1\n' })).rejects.toThrow(/has a line of more than 64 MiB; is it a text file/)
})

it('any number of threads writes the same files', async () => {
  const lines = Array.from({ length: 400_000 }, (_, i) => `doc${i}\t${i % 1000 === 0 ? '' : `text number ${i} ${'ä word '.repeat(i % 23)}`}\n`).join('')
  const files = { 'collection.tsv': lines, 'queries.tsv': 'q1\tone\n', 'qrels.tsv': 'q1 0 doc399999 1\n', 'split.tsv': 'q1\tdev\n' }
  const [one, three] = [await importFolder('tsv', files, { threads: 1 }), await importFolder('tsv', files, { threads: 3 })]
  expect(lines.length).toBeGreaterThan(32 << 20)
  for (const name of fs.readdirSync(one.dir)) expect(fs.readFileSync(path.join(three.dir, name)).equals(fs.readFileSync(path.join(one.dir, name))), name).toBe(true)
  expect(one.report.emptyDocs).toBe(400)
})

describe('TREC', () => {
  const files = { 'corpus.jsonl': jsonl([{ _id: 'FT911-1', text: 'body' }]), 'qrels.301-302.txt': '301 0 FT911-1 1\n' }
  const classic = '<top>\n<num> Number: 301\n<title> International\n Organized Crime\n<desc> Description:\nIdentify\n</top>\n\n<top>\n<num> Number: 302 </num>\n<title>R&amp;D</title>\n</top>\n'

  it('reads classic topics, XML topics and lines', async () => {
    for (const topics of [classic, '<topics><topic number="301"><query>International Organized Crime</query></topic>\n<topic number="302"><query>R&amp;D</query></topic></topics>', '301\tInternational Organized Crime\n302\tR&D\n']) {
      const { dataset, counts } = await importFolder('trec', { ...files, 'topics.301-302.txt': topics })
      expect([dataset.queries.get(0), dataset.queries.get(1), dataset.queryIds.idOf(0)]).toEqual(['International Organized Crime', 'R&D', '301'])
      expect(counts.queries).toEqual({ train: 0, dev: 0, test: 1, lead: 0 })
    }
  })

  it('refuses topics without a title or number', async () => {
    await expect(importFolder('trec', { ...files, 'topics.txt': '<top>\n<num> Number: 301\n</top>\n' })).rejects.toThrow(/topics\.txt line 1: this topic has no <title> or <query>/)
    await expect(importFolder('trec', { ...files, 'topics.txt': '<top>\n<title> x\n</top>\n' })).rejects.toThrow(/this topic has no number/)
  })
})

describeShared('the original’s folders', 'goldens/pipeline/data', (data) => {
  it.each([
    ['passage', 'msmarco-passage', ''],
    ['doc', 'msmarco-doc', 'D'],
  ] as const)('%s: offsets and judgements are the original’s', async (name, kind, prefix) => {
    const dir = fs.mkdtempSync(path.join(root, 'out-'))
    const counts = await importDataset({ kind, folder: path.join(data, name, 'dataset') }, dir, {})
    const dataset = openDataset(dir)
    const preprocess = path.join(data, name, 'preprocess')
    const offsets = JSON.parse(fs.readFileSync(path.join(preprocess, 'offsets.json'), 'utf8')) as Record<string, [number, number][]>
    expect(offsets['pid2offset.pickle'].map(([id]) => `${prefix}${id}`)).toEqual(Array.from({ length: counts.docs }, (_, row) => dataset.docIds.idOf(row)))
    for (const split of ['train', 'dev', 'test', 'lead'] as const) {
      // The original numbers the judged queries of a split from 0, in the order of the file; grade 0 is a judgement too.
      const rows = dataset.allQueryRows(split).filter((row) => split === 'lead' || dataset.qrels.judged(row).length > 0)
      expect(offsets[`${split}-qid2offset.pickle`].map(([id]) => String(id)), split).toEqual(Array.from(rows, (row) => dataset.queryIds.idOf(row)))
      if (split === 'lead') continue
      const ours = Array.from(rows).flatMap((row, offset) => dataset.qrels.judged(row).map(({ docRow, grade }) => `${offset}\t0\t${docRow}\t${grade}`))
      expect(ours.sort(), split).toEqual(fs.readFileSync(path.join(preprocess, `${split}-qrel.tsv`), 'utf8').trimEnd().split('\n').sort())
    }
  })
})

describe('by URL', () => {
  const files = { 'a/corpus.jsonl': jsonl([{ _id: 'd1', text: 'apples' }, { _id: 'd2', text: 'pears' }]), 'a/queries.jsonl': jsonl([{ _id: 'q1', text: 'one' }]), 'a/qrels/test.tsv': 'query-id\tcorpus-id\tscore\nq1\td2\t1\n' }

  it('files are downloaded through broken connections and read in their format', async () => {
    const server = await breakingServer(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)])))
    try {
      server.cutAfter = 40
      const source = { kind: 'url', format: 'beir', urls: Object.keys(files).map((name) => `${server.url}/${name}`) } as const
      const [dir, downloadDir] = [fs.mkdtempSync(path.join(root, 'out-')), path.join(root, 'downloads')]
      expect((await importDataset(source, dir, { downloadDir })).queries).toEqual({ train: 0, dev: 0, test: 1, lead: 0 })
      expect(fs.readdirSync(downloadDir).sort()).toEqual(['corpus.jsonl', 'qrels', 'queries.jsonl'])
      expect(fingerprintSource(source)).toContain('/a/qrels/test.tsv')
    } finally {
      await server.close()
    }
  })

  it.each(['http://127.0.0.1:9/', 'http://127.0.0.1:9/a/..%2F..%2Fx%20y', 'http://127.0.0.1:9/.hidden'])('refuses %s', async (url) => {
    await expect(importDataset({ kind: 'url', format: 'tsv', urls: [url] }, fs.mkdtempSync(path.join(root, 'out-')), { downloadDir: path.join(root, 'none') })).rejects.toThrow(/does not end in a file name/)
  })
})

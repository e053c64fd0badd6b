// Every parser of what users hand in, on 20,000 random mutations each: it answers or throws an AppError that names what is wrong, and
// never anything else. Seeds are fixed; a failure prints the input as base64.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { AppError } from '@/contract/errors'
import { readIdMap } from '@/server/dataset/import-drhard'
import { lineBlocks } from '@/server/dataset/line-blocks'
import { parseJudgement } from '@/server/dataset/qrels-lines'
import { parseRecords, type RecordFormat } from '@/server/dataset/records'
import { taggedTopics } from '@/server/dataset/trec-topics'
import { parseNpyVector } from '@/server/files/npy'
import { parseSafetensors } from '@/server/model/safetensors'
import { parseTorchBin } from '@/server/model/torch-bin'
import { uniform } from '@/server/random/random'
import { readOffsetRanking } from '@/server/ranking/offset-ranking'
import { readQrelsFile } from '@/server/ranking/qrels-file'
import { checkRanking } from '@/server/ranking/ranking'
import { HOLE } from '@/server/ranking/run-entries'
import { newFileIds, readRunFile } from '@/server/ranking/run-file'
import { TeacherFileParser } from '@/server/ranking/teacher-file'
import { HardJsonParser } from '@/server/train/hard-json'
import { createTokenizer, readVocabulary } from '@/server/text/tokenizer-files'
import { parseTokenizerJson } from '@/server/text/tokenizer-json'
import hf from './fixtures/hf-tokenizers.json'
import torch from './fixtures/tiny-torch.json'

const MUTATIONS = 20_000

/** One to eight random changes: a bit, a byte, a piece cut out, doubled, moved, or an ending lost. */
function mutate(source: Buffer, random: () => number): Buffer {
  const below = (n: number) => Math.floor(random() * n)
  let bytes = Buffer.from(source)
  for (let changes = 1 + below(8); changes > 0 && bytes.length > 0; changes--) {
    const at = below(bytes.length)
    const length = 1 + below(Math.min(16, bytes.length - at))
    switch (below(7)) {
      case 0:
        bytes[at] ^= 1 << below(8)
        break
      case 1:
        bytes[at] = below(256)
        break
      case 2:
        bytes[at] = [0, 0xff, 0x7f, 0x80, 0x0a, 0x09, 0x22, 0x2e][below(8)]
        break
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)])
        break
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)])
        break
      case 5:
        bytes.copy(bytes, below(bytes.length), at, at + length)
        break
      default:
        if (random() < 0.2) bytes = bytes.subarray(0, at)
    }
  }
  return bytes
}

interface Outcome {
  accepted: number
  refused: number
}

async function fuzz(seeds: Buffer[], parse: (bytes: Buffer) => unknown): Promise<Outcome> {
  const random = uniform(seeds.length * 1000 + seeds[0].length)
  const outcome = { accepted: 0, refused: 0 }
  for (const seed of seeds) await parse(seed)
  for (let i = 0; i < MUTATIONS; i++) {
    const bytes = mutate(seeds[i % seeds.length], random)
    try {
      await parse(bytes)
      outcome.accepted++
    } catch (error) {
      if (!(error instanceof AppError)) throw new Error(`mutation ${i}: ${String(error)} on ${bytes.toString('base64')}`, { cause: error })
      outcome.refused++
    }
  }
  return outcome
}

const range = (bytes: Buffer) => (start: number, end: number) => {
  if (!(start >= 0 && start <= end && end <= bytes.length)) throw new Error(`read outside of the file: ${start} to ${end} of ${bytes.length}`)
  return bytes.subarray(start, end)
}

describe('20,000 mutations each', () => {
  const records: Record<RecordFormat, string> = {
    tsv: 'd1\tapples grow — größer\nd2\t\r\nd3\t日本\n',
    'msmarco-doc': 'D1\thttps://a.org/x\tTitle \tbody text\nD2\t\t\t\n',
    'beir-corpus': '{"_id": "a", "title": "T", "text": "x\\u00e4\\ud83d", "metadata": {}}\n{"_id": 7, "text": ""}\n',
    'beir-queries': '{"_id": "q1", "text": "what \\"is\\" it"}\n{"_id": "q2", "text": "é"}\n',
  }
  it.each(Object.entries(records) as [RecordFormat, string][])('lines of %s', async (format, text) => {
    const outcome = await fuzz([Buffer.from(text)], (bytes) => {
      const { lines, ids, idEnds, texts, textEnds, bad } = parseRecords(format, bytes)
      // whatever the bytes: every line is a row or a bad line, and rows are whole
      expect([idEnds.length + bad.length, textEnds.length, idEnds.at(-1) ?? 0, textEnds.at(-1) ?? 0]).toEqual([lines, idEnds.length, ids.length, texts.length])
    })
    expect(outcome).toEqual({ accepted: MUTATIONS, refused: 0 })
  })

  it('judgements', async () => {
    const { accepted, refused } = await fuzz([Buffer.from('q1 0 D301595 1'), Buffer.from('q1\tdoc-2\t-1')], (bytes) => parseJudgement('qrels', { number: 1, text: bytes.toString('utf8') }))
    expect(Math.min(accepted, refused)).toBeGreaterThan(1000)
  })

  it.each([
    ['triples', '9.5\t-1.25\tq1\tD1\tD3\n2\t4e0\tq2\tD2\tD0\r\n'],
    ['pairs', 'q1 D3 -1.25\nq1 D1 9.5\nq2 D0 4\nq2 D2 .5'],
  ])('a teacher’s scores, %s', async (_name, text) => {
    const ids = (first: string) => ({ idOf: (row: number) => first + row, rowOf: (id: string) => (new RegExp(`^${first}[0-3]$`).test(id) ? Number(id[1]) : undefined) })
    const { accepted, refused } = await fuzz([Buffer.from(text)], (bytes) => {
      const parser = new TeacherFileParser('scores.tsv', { queryIds: ids('q'), docIds: ids('D'), queryRows: Int32Array.of(1, 2), isRelevant: (query, doc) => query === doc })
      parser.add(bytes)
      // whatever is accepted is in the order of rankings, each document once
      checkRanking(parser.finish().ranking)
    })
    expect(Math.min(accepted, refused)).toBeGreaterThan(500)
  })

  it('TREC topics', async () => {
    const topics = '<top>\n<num> Number: 301\n<title> International Crime\n<desc> x\n</top>\n<topic number="302"><query>R&amp;D</query></topic>'
    const { accepted, refused } = await fuzz([Buffer.from(topics)], (bytes) => [...taggedTopics('topics', bytes.toString('utf8'))])
    expect(Math.min(accepted, refused)).toBeGreaterThan(1000)
  })

  it('id maps', async () => {
    const pickles = ['80027d7100288a060000000000014b004b074b018a0800000000000000404b02752e', '8004950f000000000000007d94284b054b004d92034b01752e']
    const { accepted, refused } = await fuzz(pickles.map((hex) => Buffer.from(hex, 'hex')), (bytes) => readIdMap(bytes, 'ids'))
    expect(Math.min(accepted, refused)).toBeGreaterThan(500)
  })

  it('hard negatives', async () => {
    const { accepted, refused } = await fuzz([Buffer.from('{"0": [50, 1, 31], "17": [],\n "2":[8841822]}\n')], (bytes) => {
      const found: [number, number[]][] = []
      const parser = new HardJsonParser('hard.json', (query, docs) => found.push([query, docs]))
      for (let at = 0; at < bytes.length; at += 5) parser.add(bytes.subarray(at, at + 5))
      parser.end()
      // whatever is accepted is JSON, and says the same
      expect(Object.fromEntries(found)).toEqual(Object.fromEntries(Object.entries(JSON.parse(bytes.toString('utf8')) as object).map(([key, docs]) => [Number(key), docs])))
    })
    expect(Math.min(accepted, refused)).toBeGreaterThan(500)
  })

  it('.npy', async () => {
    const header = "{'descr': '<i4', 'fortran_order': False, 'shape': (3,), }".padEnd(117) + '\n'
    const npy = Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), Buffer.from([header.length, 0]), Buffer.from(header), Buffer.from(Int32Array.of(1, 2, 3).buffer)])
    const { accepted, refused } = await fuzz([npy], (bytes) => parseNpyVector(bytes, 'x.npy'))
    expect(Math.min(accepted, refused)).toBeGreaterThan(500)
  })

  it('safetensors', async () => {
    const json = JSON.stringify({ a: { dtype: 'F32', shape: [2, 2], data_offsets: [0, 16] }, b: { dtype: 'F16', shape: [2], data_offsets: [16, 20] } })
    const length = Buffer.alloc(8)
    length.writeBigUInt64LE(BigInt(json.length))
    const file = Buffer.concat([length, Buffer.from(json), Buffer.alloc(20, 0x3c)])
    const { accepted, refused } = await fuzz([file], (bytes) => parseSafetensors(range(bytes), bytes.length, 'x.safetensors'))
    expect(Math.min(accepted, refused)).toBeGreaterThan(500)
  })

  it.each(['zip', 'legacy'] as const)('PyTorch files, %s', async (kind) => {
    const { accepted, refused } = await fuzz([Buffer.from(torch[kind], 'base64')], (bytes) => parseTorchBin(range(bytes), bytes.length, 'x.bin'))
    expect(Math.min(accepted, refused)).toBeGreaterThan(500)
  })

  it('tokenizer.json', async () => {
    const small = (name: 'bpe' | 'uncased') => {
      const { normalizer, pre_tokenizer: cut, added_tokens: added, model } = hf[name].file
      const vocab = Object.fromEntries(Object.entries(model.vocab).slice(0, 12))
      return Buffer.from(JSON.stringify({ normalizer, pre_tokenizer: cut, added_tokens: added.map(({ id, content }) => ({ id, content })), model: { type: model.type, vocab, merges: [['r', 'e']] } }))
    }
    const { accepted, refused } = await fuzz([small('bpe'), small('uncased')], (bytes) => {
      let json: unknown
      try {
        json = JSON.parse(bytes.toString('utf8'))
      } catch (cause) {
        throw new AppError('bad-input', 'no JSON', { cause })
      }
      createTokenizer(parseTokenizerJson(json, 'tokenizer.json', 'current')).encode('Retrieve the [MASK] <mask> 日本')
    })
    expect(Math.min(accepted, refused)).toBeGreaterThan(500)
  })
})

describe('20,000 mutations of a file', { timeout: 180_000 }, () => {
  // in memory where there is such a folder: opening a file on disk to write it costs five times what reading it does
  const dir = fs.mkdtempSync(path.join(fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir(), 'fuzz-'))
  afterAll(() => fs.rmSync(dir, { recursive: true }))
  const written = (name: string, bytes: Buffer) => {
    fs.writeFileSync(path.join(dir, name), bytes)
    return path.join(dir, name)
  }

  it('gz', async () => {
    const { accepted, refused } = await fuzz([gzipSync('d1\tapples\nd2\tpears\n')], async (bytes) => {
      for await (const block of lineBlocks(written('x.gz', bytes))) parseRecords('tsv', block.bytes)
    })
    expect(Math.min(accepted, refused)).toBeGreaterThan(500)
  })

  it('run files', async () => {
    const files = ['q1 Q0 d1 1 2.5 tag\nq1 Q0 d2 2 1e-3 tag\nq2 Q0 é 1 -.5 tag\n', '2\t7\t4\n2\t8\t1\n1\t5\t1\n', '# tag: x\nq\ta\t1.5\nq\tb\t2.5\r\n']
    const { accepted, refused } = await fuzz(files.map((file) => Buffer.from(file)), async (bytes) => {
      const { ranking } = await readRunFile(written('run.txt', bytes), { ids: newFileIds() })
      const { queryRows, offsets, docRows, scores } = ranking
      // whatever is accepted: every query has documents, each once, with falling scores
      queryRows.forEach((_, q) => {
        const docs = docRows.subarray(offsets[q], offsets[q + 1]).filter((row) => row !== HOLE)
        expect([docs.length > 0, new Set(docs).size]).toEqual([true, docs.length])
        for (let i = offsets[q] + 1; i < offsets[q + 1]; i++) expect(scores[i]).toBeLessThanOrEqual(scores[i - 1])
      })
      expect([scores.every(Number.isFinite), offsets.at(-1)]).toEqual([true, docRows.length])
    })
    expect(Math.min(accepted, refused)).toBeGreaterThan(500)
  })

  it('judgements in a file', async () => {
    const { accepted, refused } = await fuzz([Buffer.from('q1 0 d1 1\nq1 0 d2 0\nq2 0 d1 -1\n'), Buffer.from('query-id\tcorpus-id\tscore\nq\td\t2\n')], async (bytes) => {
      await readQrelsFile(written('qrels.txt', bytes), newFileIds())
    })
    expect(Math.min(accepted, refused)).toBeGreaterThan(500)
  })

  it('rankings by offset', async () => {
    const { accepted, refused } = await fuzz([Buffer.from('0\t5\t1\n0\t3\t2\n1\t9\t1\n')], async (bytes) => {
      checkRanking(await readOffsetRanking(written('dev.rank.tsv', bytes), { queryRows: Int32Array.of(7, 2), docs: 10, depth: 2 }))
    })
    expect(Math.min(accepted, refused)).toBeGreaterThan(500)
  })

  it('vocab.txt, vocab.json and merges.txt', async () => {
    const { model } = hf.bpe.file
    const bytes256 = Object.keys(model.vocab).filter((token) => token.length === 1)
    const vocab = Buffer.from(JSON.stringify(Object.fromEntries(['<s>', '<pad>', '</s>', '<unk>', '<mask>', ...bytes256, 're'].map((token, id) => [token, id]))))
    const [wordpiece, bpe] = ['wordpiece', 'bpe'].map((name) => path.join(dir, name))
    for (const folder of [wordpiece, bpe]) fs.mkdirSync(folder)
    const use = (folder: string) => createTokenizer(readVocabulary(folder)).encode('Retrieve the [MASK] <mask> 日本')
    const words = await fuzz([Buffer.from('[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\nre\n##tri\n##eve\n')], (bytes) => {
      written('wordpiece/vocab.txt', bytes)
      use(wordpiece)
    })
    written('bpe/vocab.json', vocab)
    const merges = await fuzz([Buffer.from('#version: 0.2\nr e\n')], (bytes) => {
      written('bpe/merges.txt', bytes)
      use(bpe)
    })
    written('bpe/merges.txt', Buffer.from('#version: 0.2\nr e\n'))
    const json = await fuzz([vocab], (bytes) => {
      written('bpe/vocab.json', bytes)
      use(bpe)
    })
    for (const { accepted, refused } of [words, merges, json]) expect(Math.min(accepted, refused)).toBeGreaterThan(200)
  })
})

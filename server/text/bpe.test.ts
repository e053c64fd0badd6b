// The vocabulary is what counting by hand gives, and text becomes the ids that DRhard's tokenizer gave it.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { describeShared } from '@/tests/shared-data'
import { createBpe } from './bpe'
import { trainBpe, type BpeVocabulary } from './bpe-train'
import { BYTE_CHARS, normalise, pieces } from './pre-tokenise'
import { readVocabulary, writeVocabulary } from './tokenizer-files'

const BASE = 261 // 4 special tokens, 256 bytes, <mask>
const TEXTS = ['low low low low low lower lower newest newest newest', 'Newest widest widest widest aaaaaa aaa', 'naïve café ✓ it’s it\'s 2024', '']

/** BPE as its definition says: count all pairs anew for every merge. */
function trainByDefinition(texts: string[], mergeCount: number): [string, string][] {
  const order = Object.keys(trainBpe([], BASE, { lowercase: true }).vocab)
  const rank = new Map(order.sort((a, b) => trainVocab[a] - trainVocab[b]).map((token, i) => [token, i]))
  let words = texts.flatMap((text) => pieces(normalise(text, { lowercase: true })).map((piece) => Array.from(Buffer.from(piece), (byte) => BYTE_CHARS[byte])))
  const merges: [string, string][] = []
  while (merges.length < mergeCount) {
    const counts = new Map<string, { a: string; b: string; count: number }>()
    for (const word of words) {
      for (let i = 0; i + 1 < word.length; i++) {
        const entry = counts.get(`${word[i]} ${word[i + 1]}`) ?? { a: word[i], b: word[i + 1], count: 0 }
        entry.count++
        counts.set(`${word[i]} ${word[i + 1]}`, entry)
      }
    }
    const [best] = [...counts.values()].sort((x, y) => y.count - x.count || rank.get(x.a)! - rank.get(y.a)! || rank.get(x.b)! - rank.get(y.b)!)
    if (!best || best.count < 2) break
    merges.push([best.a, best.b])
    rank.set(best.a + best.b, rank.size)
    words = words.map((word) => {
      const merged: string[] = []
      for (let i = 0; i < word.length; i++) merged.push(word[i] === best.a && word[i + 1] === best.b ? word[i] + word[++i] : word[i])
      return merged
    })
  }
  return merges
}
const trainVocab = trainBpe([], BASE, { lowercase: true }).vocab

describe('trainBpe', () => {
  it('learns the merges that counting anew gives, overlapping pairs included', () => {
    const merges = trainByDefinition(TEXTS, 40)
    expect(trainBpe(TEXTS, BASE + merges.length, { lowercase: true }).merges).toEqual(merges)
    expect(merges.slice(0, 3)).toEqual([
      ['a', 'a'],
      ['e', 's'],
      ['l', 'o'],
    ])
  })

  it('numbers tokens as RoBERTa does and stops where no pair repeats', () => {
    const { vocab, merges } = trainBpe(['ab ab'], 300, { lowercase: true })
    expect([vocab['<s>'], vocab['<pad>'], vocab['</s>'], vocab['<unk>'], vocab['!'], vocab['a']]).toEqual([0, 1, 2, 3, 4, 68])
    expect(merges).toEqual([['a', 'b'], ['Ġ', 'ab']])
    expect(vocab['Ġab']).toBe(261)
    expect(vocab['<mask>']).toBe(262)
  })

  it('refuses a vocabulary that cannot hold the bytes, and stops when cancelled', () => {
    expect(() => trainBpe(TEXTS, 260, { lowercase: true })).toThrow(/at least 261 entries, not 260/)
    const many = Array.from({ length: 20_000 }, () => 'x')
    expect(() => trainBpe(many, 400, { lowercase: true, signal: AbortSignal.abort() })).toThrow(expect.objectContaining({ code: 'cancelled' }))
  })
})

describe('createBpe', () => {
  const bpe = createBpe(trainBpe(TEXTS, 300, { lowercase: true }))

  it('decodes what it encoded, whatever the text', () => {
    for (const text of ['low and slow', 'naïve 日本語 \u{1F600} a\u0000b', 'tabs\tand\n\nlines', 'x'.repeat(100)]) expect(bpe.decode(bpe.encode(text))).toBe(` ${text}`)
  })

  it('has no ids for nothing and takes special tokens in a text for plain text', () => {
    expect(bpe.encode('')).toEqual([])
    expect(bpe.encode(' \n ')).toEqual([])
    expect(bpe.encode('<s>').length).toBeGreaterThan(1)
    expect(Math.min(...bpe.encode('<s> </s> <mask>'))).toBeGreaterThan(3)
  })

  it('gives <unk> for bytes that a vocabulary lacks', () => {
    const small: BpeVocabulary = { kind: 'bpe', vocab: { '<s>': 0, '<pad>': 1, '</s>': 2, '<unk>': 3, Ġ: 4, a: 5, Ġa: 6 }, merges: [['Ġ', 'a']], lowercase: false, mode: 'plain' }
    expect(createBpe(small).encode('a b')).toEqual([6, 4, 3])
  })

  it('comes back from its files', () => {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'vocabulary-'))
    const vocabulary = trainBpe(TEXTS, 300, { lowercase: true })
    writeVocabulary(dir, vocabulary)
    expect(readVocabulary(dir)).toEqual(vocabulary)
    fs.appendFileSync(path.join(dir, 'merges.txt'), 'one\n')
    expect(() => readVocabulary(dir)).toThrow(/merges\.txt line \d+: expected two tokens, found "one"/)
  })
})

describeShared('DRhard’s tokenizer', 'goldens/tokenizer', (folder) => {
  it('gives the same ids', () => {
    const vocab = JSON.parse(fs.readFileSync(path.join(folder, 'vocab/vocab.json'), 'utf8'))
    const merges = fs.readFileSync(path.join(folder, 'vocab/merges.txt'), 'utf8').split('\n').slice(1).filter(Boolean).map((line) => line.split(' ') as [string, string])
    const { cases } = JSON.parse(fs.readFileSync(path.join(folder, 'cases.json'), 'utf8')) as { cases: ({ text: string; error?: string } & Partial<Record<'ids512' | 'ids64' | 'ids16' | 'cased_ids64', number[]>>)[] }
    const lower = createBpe({ kind: 'bpe', vocab, merges, lowercase: true, mode: 'original' })
    const cased = createBpe({ kind: 'bpe', vocab, merges, lowercase: false, mode: 'original' })
    const wrong: unknown[] = []
    let compared = 0
    for (const { text, error, ids512, ids64, ids16, cased_ids64 } of cases) {
      // The original crashes on the empty text; we have no ids for it.
      if (error) {
        expect([text, lower.encode(text)]).toEqual(['', []])
        continue
      }
      compared++
      const ids = lower.encode(text)
      const casedIds = cased.encode(text)
      const upTo = (content: number[], length: number) => [0, ...content.slice(0, length - 2), 2]
      const checks: [number[], number[]][] = [
        [upTo(ids, 512), ids512!],
        [upTo(ids, 64), ids64 ?? ids512!],
        [upTo(ids, 16), ids16 ?? ids512!],
        [upTo(casedIds, 64), cased_ids64 ?? ids64 ?? ids512!],
      ]
      for (const [ours, theirs] of checks) if (JSON.stringify(ours) !== JSON.stringify(theirs)) wrong.push({ text, ours, theirs })
    }
    expect(wrong).toEqual([])
    expect(compared).toBe(358)
  })
})

// Tokenizers from files: the ids of Hugging Face's own tokenizers (tests/fixtures/hf-tokenizers.json), the same from every kind of file,
// and what is not understood is refused by name.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import fixture from '@/tests/fixtures/hf-tokenizers.json'
import { createTokenizer, readVocabulary, writeVocabulary } from './tokenizer-files'

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'tokenizers-'))
afterAll(() => fs.rmSync(root, { recursive: true }))
const folder = (files: Record<string, unknown>) => {
  const dir = fs.mkdtempSync(path.join(root, 'f-'))
  for (const [name, content] of Object.entries(files)) fs.writeFileSync(path.join(dir, name), typeof content === 'string' ? content : JSON.stringify(content))
  return dir
}
const NAMES = ['bpe', 'uncased', 'cased'] as const

describe.each(NAMES)('%s', (name) => {
  const { file, ids } = fixture[name]
  const dir = folder({ 'tokenizer.json': file })

  it('gives Hugging Face’s ids', () => {
    const tokenizer = createTokenizer(readVocabulary(dir))
    expect(fixture.cases.map((text) => ({ text, ids: tokenizer.encode(text) }))).toEqual(fixture.cases.map((text, i) => ({ text, ids: ids[i] })))
  })

  it('comes back from our own files', () => {
    const vocabulary = readVocabulary(dir)
    const ours = folder({})
    writeVocabulary(ours, vocabulary)
    expect(readVocabulary(ours)).toEqual(vocabulary)
  })
})

it('reads the older files of a model as it reads tokenizer.json', () => {
  const merges = fixture.bpe.file.model.merges as [string, string][]
  const bpe = folder({ 'vocab.json': { ...fixture.bpe.file.model.vocab, '<mask>': 330 }, 'merges.txt': `#version: 0.2\n${merges.map((pair) => pair.join(' ')).join('\n')}\n` })
  expect(readVocabulary(bpe)).toEqual(readVocabulary(folder({ 'tokenizer.json': fixture.bpe.file })))
  const tokens: string[] = []
  for (const [token, id] of Object.entries(fixture.cased.file.model.vocab)) tokens[id] = token
  const bert = folder({ 'vocab.txt': tokens.join('\r\n'), 'tokenizer_config.json': { do_lower_case: false } })
  expect(readVocabulary(bert)).toEqual(readVocabulary(folder({ 'tokenizer.json': fixture.cased.file })))
})

it('gives RoBERTa’s vocabulary DRhard’s treatment where that is asked for', () => {
  const original = createTokenizer(readVocabulary(folder({ 'tokenizer.json': fixture.bpe.file }), { mode: 'original' }))
  expect(original.encode('The')).toEqual(original.encode(' the  '))
})

describe('what is refused', () => {
  const { bpe, uncased } = fixture
  it.each<[string, Record<string, unknown>, RegExp]>([
    ['an empty folder', {}, /has no tokenizer; it must hold tokenizer\.json, vocab\.json and merges\.txt, or vocab\.txt/],
    ['a Unigram model', { 'tokenizer.json': { ...bpe.file, model: { type: 'Unigram', vocab: [['a', 0.5]] } } }, /the vocabulary of a Unigram model is not supported/],
    ['another normalizer', { 'tokenizer.json': { ...uncased.file, normalizer: { type: 'NFKC' } } }, /the normalizer NFKC is not supported/],
    ['another pre-tokenizer', { 'tokenizer.json': { ...bpe.file, pre_tokenizer: { type: 'Metaspace' } } }, /the pre-tokenizer Metaspace is not supported/],
    ['a vocabulary without [CLS]', { 'vocab.txt': '[PAD]\n[UNK]\n[SEP]\na\n' }, /has no token \[CLS\]/],
    ['a token twice', { 'vocab.txt': '[PAD]\na\na\n' }, /vocab\.txt line 3: the token "a" is already on line 2/],
    ['a merge of what is not there', { 'vocab.json': { '<s>': 0, '<pad>': 1, '</s>': 2, '<unk>': 3, a: 4 }, 'merges.txt': 'ab c\n' }, /merge 1 joins "ab", which no earlier merge makes/],
    ['ids that are no numbers', { 'vocab.json': { a: 'x' }, 'merges.txt': '' }, /vocab\.json: a: /],
    ['no JSON', { 'tokenizer.json': '{' }, /tokenizer\.json is not JSON/],
  ])('%s', (_, files, message) => {
    const dir = folder(files)
    expect(() => createTokenizer(readVocabulary(dir))).toThrow(expect.objectContaining({ name: 'AppError', message: expect.stringMatching(message) }))
  })
})

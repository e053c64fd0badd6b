// Tokenizers as files: Hugging Face's (tokenizer.json; vocab.json and merges.txt; vocab.txt) and, in tokenizer.meta, what those do not
// say. Written with every tokenised data set and imported model; read to encode text the same way later.
import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { AppError } from '@/contract/errors'
import { checkMerges, createBpe } from './bpe'
import { BPE_MODES, type BpeVocabulary } from './bpe-train'
import type { Tokenizer } from './tokenizer'
import { parseTokenizerJson } from './tokenizer-json'
import { createWordPiece, type WordPieceVocabulary } from './wordpiece'

export type Vocabulary = BpeVocabulary | WordPieceVocabulary

const MERGES_HEADING = '#version: 0.2'
const META = 'tokenizer.meta'

const Ids = z.record(z.string(), z.number().int().min(0).max(10_000_000))
const Meta = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('bpe'), mode: z.enum(BPE_MODES), lowercase: z.boolean() }),
  z.object({ kind: z.literal('wordpiece'), lowercase: z.boolean(), stripAccents: z.boolean(), splitChinese: z.boolean() }),
])
/** What tokenizer_config.json says of the treatment of text; Hugging Face leaves out what is usual. */
const HfConfig = z.looseObject({ do_lower_case: z.boolean().nullish(), strip_accents: z.boolean().nullish(), tokenize_chinese_chars: z.boolean().nullish() })

export function writeVocabulary(dir: string, vocabulary: Vocabulary): void {
  const { vocab } = vocabulary
  if (vocabulary.kind === 'bpe') {
    const { merges, mode, lowercase } = vocabulary
    fs.writeFileSync(path.join(dir, 'vocab.json'), JSON.stringify(vocab))
    fs.writeFileSync(path.join(dir, 'merges.txt'), [MERGES_HEADING, ...merges.map(([a, b]) => `${a} ${b}`), ''].join('\n'))
    return writeMeta(dir, { kind: 'bpe', mode, lowercase })
  }
  const { lowercase, stripAccents, splitChinese } = vocabulary
  const tokens: string[] = []
  for (const [token, id] of Object.entries(vocab)) tokens[id] = token
  fs.writeFileSync(path.join(dir, 'vocab.txt'), Array.from(tokens, (token, id) => `${token ?? `[unused-id-${id}]`}\n`).join(''))
  writeMeta(dir, { kind: 'wordpiece', lowercase, stripAccents, splitChinese })
}

function writeMeta(dir: string, meta: z.infer<typeof Meta>): void {
  fs.writeFileSync(path.join(dir, META), JSON.stringify(meta))
}

/** Names of the files that hold the vocabulary in `dir`, tokenizer.meta included. */
export function vocabularyFiles(dir: string): string[] {
  return ['vocab.json', 'merges.txt', 'vocab.txt', META].filter((name) => fs.existsSync(path.join(dir, name)))
}

/**
 * The vocabulary of a folder that this product or Hugging Face's tools wrote. `mode` decides how RoBERTa's texts are treated, where
 * tokenizer.meta does not. Throws AppError naming the file and what is not understood.
 */
export function readVocabulary(dir: string, { mode = 'current' }: { mode?: 'original' | 'current' } = {}): Vocabulary {
  const has = (name: string) => fs.existsSync(path.join(dir, name))
  const meta = has(META) ? parse(Meta, readJson(path.join(dir, META)), path.join(dir, META)) : null
  if (meta?.kind === 'bpe' || (!meta && has('vocab.json') && has('merges.txt'))) {
    const vocab = parse(Ids, readJson(path.join(dir, 'vocab.json')), path.join(dir, 'vocab.json'))
    return { kind: 'bpe', vocab, merges: readMerges(dir, vocab), mode: meta?.mode ?? mode, lowercase: meta?.lowercase ?? mode === 'original' }
  }
  if (meta?.kind === 'wordpiece' || (!meta && has('vocab.txt'))) return { kind: 'wordpiece', vocab: readTokenLines(path.join(dir, 'vocab.txt')), ...(meta ?? bertTreatment(dir)) }
  if (has('tokenizer.json')) return parseTokenizerJson(readJson(path.join(dir, 'tokenizer.json')), path.join(dir, 'tokenizer.json'), mode)
  throw new AppError('bad-input', `${dir} has no tokenizer; it must hold tokenizer.json, vocab.json and merges.txt, or vocab.txt`)
}

export function createTokenizer(vocabulary: Vocabulary): Tokenizer {
  return vocabulary.kind === 'bpe' ? createBpe(vocabulary) : createWordPiece(vocabulary)
}

function bertTreatment(dir: string): Omit<WordPieceVocabulary, 'vocab' | 'kind'> {
  const file = path.join(dir, 'tokenizer_config.json')
  const config = fs.existsSync(file) ? parse(HfConfig, readJson(file), file) : {}
  const lowercase = config.do_lower_case ?? true
  return { lowercase, stripAccents: config.strip_accents ?? lowercase, splitChinese: config.tokenize_chinese_chars ?? true }
}

function readTokenLines(file: string): Record<string, number> {
  const tokens = read(file).split('\n').map((line) => line.replace(/\r$/, ''))
  if (tokens.at(-1) === '') tokens.pop()
  const vocab = new Map<string, number>()
  tokens.forEach((token, id) => {
    const earlier = vocab.get(token)
    if (earlier !== undefined) throw new AppError('bad-input', `${file} line ${id + 1}: the token ${JSON.stringify(token)} is already on line ${earlier + 1}; download the file again`)
    vocab.set(token, id)
  })
  return Object.fromEntries(vocab)
}

function readMerges(dir: string, vocab: Record<string, number>): [string, string][] {
  const file = path.join(dir, 'merges.txt')
  const lines = read(file).split('\n').map((line) => line.replace(/\r$/, ''))
  const merges: [string, string][] = []
  lines.forEach((line, i) => {
    if (line === '' || (i === 0 && line.startsWith('#version'))) return
    const pair = line.split(' ')
    if (pair.length !== 2 || !pair[0] || !pair[1]) throw new AppError('broken', `${file} line ${i + 1}: expected two tokens, found "${line}"; make the vocabulary again`)
    merges.push([pair[0], pair[1]])
  })
  checkMerges(merges, vocab, file)
  return merges
}

function parse<S extends z.ZodType>(schema: S, json: unknown, file: string): z.output<S> {
  const parsed = schema.safeParse(json)
  if (!parsed.success) throw new AppError('bad-input', `${file}: ${parsed.error.issues[0].path.join('.')}: ${parsed.error.issues[0].message}; download it again`)
  return parsed.data
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(read(file))
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw new AppError('broken', `${file} is not JSON: ${(cause as Error).message}; make the vocabulary again`, { cause })
  }
}

function read(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch (cause) {
    throw new AppError('broken', `${file} cannot be read: ${(cause as Error).message}`, { cause })
  }
}

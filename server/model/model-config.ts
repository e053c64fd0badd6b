// An architecture as Hugging Face's config.json. Checkpoints are written and read with it, and models of other people are imported by it.
import { z } from 'zod'
import { AppError } from '@/contract/errors'
import { Pooling } from '@/contract/run'
import { ROBERTA_SPECIALS, type Architecture } from './architecture'

const size = z.number().int().positive()

/** Hugging Face's fields, and under `drhard` what it has none for. */
const ConfigFile = z.object({
  model_type: z.enum(['roberta', 'bert'], { error: 'expected roberta or bert' }),
  hidden_act: z.literal('gelu', { error: 'only gelu is supported' }).default('gelu'),
  position_embedding_type: z.literal('absolute', { error: 'only absolute positions are supported' }).default('absolute'),
  vocab_size: size,
  num_hidden_layers: size,
  hidden_size: size,
  num_attention_heads: size,
  intermediate_size: size,
  max_position_embeddings: size,
  type_vocab_size: size.default(1),
  layer_norm_eps: z.number().positive(),
  pad_token_id: z.number().int().nonnegative().optional(),
  bos_token_id: z.number().int().nonnegative().nullish(),
  eos_token_id: z.number().int().nonnegative().nullish(),
  drhard: z
    .object({
      towers: z.enum(['shared', 'separate']).default('shared'),
      dim: size,
      pooling: Pooling,
      head: z.enum(['dense-norm', 'none']),
      normalise: z.boolean(),
      specials: z.object({ begin: z.number().int(), end: z.number().int(), padding: z.number().int() }),
    })
    .optional(),
})

/** BERT's vocabularies have [CLS], [SEP] and [PAD] here where config.json does not say; an importer that reads vocab.txt knows better. */
const BERT_SPECIALS = { begin: 101, end: 102, padding: 0 }

/** How texts become one vector, where config.json alone does not say. */
export type EmbeddingHead = Pick<Architecture, 'pooling' | 'head' | 'normalise' | 'dim'>

/**
 * Reads the contents of a config.json. `head` describes a model that was not written here: its pooling, its head and its dimension.
 * Throws AppError bad-input that names `path` and the field which is missing or not supported.
 */
export function architectureFromConfig(json: unknown, path: string, head?: EmbeddingHead): Architecture {
  const parsed = ConfigFile.safeParse(json)
  if (!parsed.success) throw new AppError('bad-input', `${path}: ${parsed.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`).join('; ')}`)
  const c = parsed.data
  if (c.hidden_size % c.num_attention_heads) throw new AppError('bad-input', `${path}: hidden_size ${c.hidden_size} is not a multiple of num_attention_heads ${c.num_attention_heads}`)
  const embedding = c.drhard ?? head
  if (!embedding) throw new AppError('bad-input', `${path}: says nothing of pooling and embedding dimension; import it as a model first`)
  const usual = c.model_type === 'roberta' ? ROBERTA_SPECIALS : BERT_SPECIALS
  return {
    towers: c.drhard?.towers ?? 'shared',
    family: c.model_type,
    vocabSize: c.vocab_size,
    layers: c.num_hidden_layers,
    hidden: c.hidden_size,
    heads: c.num_attention_heads,
    ffn: c.intermediate_size,
    pooling: embedding.pooling,
    head: embedding.head,
    normalise: embedding.normalise,
    dim: embedding.dim,
    positions: c.max_position_embeddings,
    tokenTypes: c.type_vocab_size,
    layerNormEpsilon: c.layer_norm_eps,
    specials: c.drhard?.specials ?? { begin: c.bos_token_id ?? usual.begin, end: c.eos_token_id ?? usual.end, padding: c.pad_token_id ?? usual.padding },
  }
}

/** The contents of config.json for an encoder; transformers loads it, architectureFromConfig reads it back. */
export function configOf(a: Architecture): z.input<typeof ConfigFile> & { architectures: string[] } {
  return {
    architectures: [a.family === 'roberta' ? 'RobertaDot_InBatch' : 'BertModel'],
    model_type: a.family,
    hidden_act: 'gelu',
    position_embedding_type: 'absolute',
    vocab_size: a.vocabSize,
    num_hidden_layers: a.layers,
    hidden_size: a.hidden,
    num_attention_heads: a.heads,
    intermediate_size: a.ffn,
    max_position_embeddings: a.positions,
    type_vocab_size: a.tokenTypes,
    layer_norm_eps: a.layerNormEpsilon,
    pad_token_id: a.specials.padding,
    bos_token_id: a.specials.begin,
    eos_token_id: a.specials.end,
    drhard: { towers: a.towers, dim: a.dim, pooling: a.pooling, head: a.head, normalise: a.normalise, specials: a.specials },
  }
}

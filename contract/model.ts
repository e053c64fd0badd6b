// Models that come from outside, as the browser, the API and the job server see them.
import { z } from 'zod'
import { Progress } from './progress'
import { AppError } from './errors'
import { Pooling, type EncoderConfig } from './run'
import type { StartModel } from './start'

/**
 * How RoBERTa's tokenizer treats texts: `original` is DRhard's (transformers 2.x, lower-cased), `current` transformers' of today.
 * BERT's tokenizers have one way only.
 */
export const TokenizerMode = z.enum(['original', 'current'])
export type TokenizerMode = z.infer<typeof TokenizerMode>

const hubId = z.string().regex(/^[\w.-]+(\/[\w.-]+)?$/, 'An id such as roberta-base or sentence-transformers/all-MiniLM-L6-v2').refine((id) => !id.includes('..'), 'An id without ..')

export const ModelSource = z.discriminatedUnion('kind', [
  /** A folder on the server: Hugging Face's, DRhard's or sentence-transformers'. `tokenizerFolder` where the tokenizer lies elsewhere. */
  z.object({ kind: z.literal('folder'), folder: z.string().min(1, 'Give the folder that holds config.json'), tokenizerFolder: z.string().min(1).optional() }),
  /** `revision`: a commit, so that the same id always means the same weights. */
  z.object({ kind: z.literal('hub'), id: hubId, revision: z.string().regex(/^[\w./-]{1,100}$/).default('main'), endpoint: z.url({ protocol: /^https?$/ }).default('https://huggingface.co') }),
])
export type ModelSource = z.infer<typeof ModelSource>

/** What the files of a model do not say; left out, it is told from them as well as can be. */
export const ModelOptions = z.object({ pooling: Pooling.optional(), tokenizerMode: TokenizerMode.optional() })
export type ModelOptions = z.infer<typeof ModelOptions>

export const NewModel = z.object({
  name: z
    .string()
    .trim()
    .min(1, 'Give the model a name')
    .max(80, 'At most 80 characters')
    .regex(/^[a-z0-9][a-z0-9._-]*$/i, 'Letters, digits, dot, dash and underscore only'),
  source: ModelSource,
  options: ModelOptions.default({}),
})
export type NewModel = z.infer<typeof NewModel>

/** What an import finds out about a model: the import step's result. */
export const ModelInfo = z.object({
  family: z.enum(['roberta', 'bert']),
  layers: z.number().int(),
  hidden: z.number().int(),
  heads: z.number().int(),
  ffn: z.number().int(),
  vocabSize: z.number().int(),
  dim: z.number().int(),
  pooling: Pooling,
  head: z.enum(['dense-norm', 'none']),
  normalise: z.boolean(),
  /** Tokens of the longest text, special ones included. */
  longestText: z.number().int(),
  parameters: z.number().int(),
  /** Of model.safetensors as it is stored here. */
  bytes: z.number().int(),
  sha256: z.string(),
  licence: z.string().nullable(),
  tokenizer: z.object({
    kind: z.enum(['bpe', 'wordpiece']),
    mode: z.string(),
    tokens: z.number().int(),
    sha256: z.string(),
    /** Whose vocabulary it is, and where it differs from that; null: of its own. Absent in models imported before it was told. */
    known: z.object({ name: z.string(), differences: z.array(z.string()) }).nullable().optional(),
  }),
  /** Tensors of the file that an encoder has no use for, such as a language model's head. */
  ignored: z.array(z.string()),
})
export type ModelInfo = z.infer<typeof ModelInfo>

export const ModelState = z.enum(['importing', 'ready', 'failed'])

export const ModelSummary = z.object({
  id: z.string(),
  name: z.string(),
  source: ModelSource,
  options: ModelOptions,
  state: ModelState,
  reason: z.string().nullable(),
  info: ModelInfo.nullable(),
  progress: Progress.nullable(),
  /** Runs that start from it. */
  runCount: z.number().int(),
  createdAt: z.iso.datetime(),
})
export type ModelSummary = z.infer<typeof ModelSummary>

/** How a checkpoint is written for other programs: a folder that transformers loads, or one model file for serving. */
export const ModelFormat = z.enum(['hugging-face', 'onnx'])
export type ModelFormat = z.infer<typeof ModelFormat>

export const MODEL_FORMAT_TITLES: Record<ModelFormat, string> = { 'hugging-face': 'Hugging Face folder', onnx: 'ONNX' }

/** Body of POST /api/runs/{id}/exports: of the last checkpoint, unless one is given. */
export const NewExport = z.object({ format: ModelFormat, checkpoint: z.int().min(0).optional() })
export type NewExport = z.infer<typeof NewExport>

/** The step of the run that writes it; its files are among the run's once it has succeeded. */
export const Export = z.object({ stepId: z.string() })
export type Export = z.infer<typeof Export>

/** The encoder of a run that starts from a model. Throws AppError bad-input where its texts are longer than the model's position table. */
export function encoderOfModel({ vocabSize, layers, hidden, heads, ffn, dim, pooling, longestText }: ModelInfo, { maxQueryTokens, maxDocTokens }: Omit<StartModel, 'kind' | 'modelId'>, at = 'config.start'): EncoderConfig {
  for (const [field, tokens] of Object.entries({ maxQueryTokens, maxDocTokens })) {
    if (tokens > longestText) throw new AppError('bad-input', `The model takes texts of ${longestText} tokens, not ${tokens}; lower ${field}`, { fields: { [`${at}.${field}`]: `At most ${longestText}` } })
  }
  return { vocabSize, layers, hidden, heads, ffn, dim, pooling, towers: 'shared', maxQueryTokens, maxDocTokens }
}

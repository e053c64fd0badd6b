// Takes a model from a folder: Hugging Face's config.json with safetensors or PyTorch weights, DRhard's and ANCE's checkpoints
// (RobertaDot heads), sentence-transformers' folders. What comes out is a checkpoint that runs start from. Called by jobs/steps/import-model.ts.
import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { AppError } from '@/contract/errors'
import type { ModelInfo, ModelOptions } from '@/contract/model'
import type { Pooling } from '@/contract/run'
import { sha256, sha256OfFile } from '@/server/files/sha256'
import { compareWithKnownVocabulary } from '@/server/text/known-vocabularies'
import { createTokenizer, readVocabulary, vocabularyFiles, writeVocabulary } from '@/server/text/tokenizer-files'
import { longestSequence, weightSpecs, type Architecture } from './architecture'
import { readWeightFiles } from './import-weights'
import { architectureFromConfig, configOf, type EmbeddingHead } from './model-config'
import { readModules } from './import-modules'
import { readModelJson } from './model-json'
import { writeSafetensors, type NamedTensor } from './safetensors'

export interface ImportModelOptions extends ModelOptions {
  /** Folder of the tokenizer, where it is not the model's. */
  tokenizerFolder?: string
}

/** Fields of config.json that would change what an encoder computes, if they were anything else. */
const Unsupported = z.looseObject({
  is_decoder: z.literal(false, { error: 'a decoder is not supported' }).nullish(),
  add_cross_attention: z.literal(false, { error: 'cross-attention is not supported' }).nullish(),
  pruned_heads: z.union([z.record(z.string(), z.never()), z.array(z.never())], { error: 'pruned heads are not supported' }).nullish(),
  embedding_size: z.undefined({ error: 'factorised embeddings are not supported' }).optional(),
  quantization_config: z.undefined({ error: 'quantised weights are not supported' }).optional(),
})

/** Writes the model into `outDir` and returns what it is. Throws AppError bad-input naming the file, field or tensor that does not fit. */
export async function importModel(folder: string, outDir: string, options: ImportModelOptions = {}): Promise<ModelInfo> {
  const modules = readModules(folder)
  const encoderFolder = modules?.encoderFolder ?? folder
  const configFile = path.join(encoderFolder, 'config.json')
  const config = readModelJson(configFile)
  const unsupported = Unsupported.safeParse(config)
  if (!unsupported.success) throw new AppError('bad-input', `${configFile}: ${unsupported.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`)
  const tensors = readWeightFiles(encoderFolder)
  const architecture = withTokenizer(
    { ...architectureFromConfig(config, configFile, headOf(config, tensors, modules, options.pooling)), towers: 'shared' },
    tokenizerFolderOf(folder, encoderFolder, options.tokenizerFolder),
    outDir,
    options,
    tensors.has('embeddingHead.weight'),
  )
  const { weights, ignored } = fitWeights(architecture, tensors, encoderFolder)
  writeSafetensors(path.join(outDir, 'model.safetensors'), weights)
  const written = configOf(architecture)
  fs.writeFileSync(path.join(outDir, 'config.json'), JSON.stringify({ ...written, drhard: { ...written.drhard, step: 0 } }, null, 2))
  return describe(architecture, outDir, licenceOf(folder), ignored)
}

function headOf(config: unknown, tensors: ReadonlyMap<string, NamedTensor>, modules: ReturnType<typeof readModules>, pooling: Pooling | undefined): EmbeddingHead {
  const head = tensors.get('embeddingHead.weight')
  const hidden = Number((config as { hidden_size?: unknown }).hidden_size)
  return {
    // DRhard and ANCE take the first token; of a plain language model nobody can say, and the paper's choice is the same.
    pooling: pooling ?? modules?.pooling ?? 'first',
    head: head ? 'dense-norm' : 'none',
    normalise: modules?.normalise ?? false,
    dim: head ? head.shape[0] : hidden,
  }
}

function tokenizerFolderOf(folder: string, encoderFolder: string, given: string | undefined): string {
  const candidates = given ? [given] : [encoderFolder, folder]
  return candidates.find((each) => ['tokenizer.json', 'vocab.json', 'vocab.txt'].some((name) => fs.existsSync(path.join(each, name)))) ?? candidates[0]
}

/** Writes the tokenizer's files and puts its special ids into the architecture. */
function withTokenizer(a: Architecture, tokenizerFolder: string, outDir: string, { tokenizerMode }: ImportModelOptions, isRobertaDot: boolean): Architecture {
  // a RobertaDot checkpoint was trained on what DRhard's tokenizer makes of texts
  const vocabulary = readVocabulary(tokenizerFolder, { mode: tokenizerMode ?? (isRobertaDot ? 'original' : 'current') })
  const fits = vocabulary.kind === (a.family === 'roberta' ? 'bpe' : 'wordpiece')
  if (!fits) throw new AppError('bad-input', `${tokenizerFolder} holds a ${vocabulary.kind === 'bpe' ? 'byte-level BPE' : 'WordPiece'} tokenizer, which no ${a.family} model has; give the model's own`)
  const { vocabSize, specials } = createTokenizer(vocabulary)
  if (vocabSize > a.vocabSize) throw new AppError('bad-input', `The tokenizer of ${tokenizerFolder} has ${vocabSize} tokens, the model's table ${a.vocabSize} rows; give the tokenizer that belongs to the model`)
  writeVocabulary(outDir, vocabulary)
  return { ...a, specials: { begin: specials.begin, end: specials.end, padding: specials.padding } }
}

/** The model's tensors under our names, each with the shape that config.json asks for. */
function fitWeights(a: Architecture, tensors: ReadonlyMap<string, NamedTensor>, folder: string): { weights: Map<string, NamedTensor>; ignored: string[] } {
  const named = new Map<string, NamedTensor>()
  for (const [name, tensor] of tensors) named.set(ourName(a, name), tensor)
  const weights = new Map<string, NamedTensor>()
  const specs = weightSpecs(a)
  for (const { name, shape } of specs) {
    const tensor = named.get(name)
    if (!tensor) throw new AppError('bad-input', `${folder}: the weights have no tensor ${name}; is it a complete ${a.family} encoder? It has ${[...tensors.keys()].slice(0, 3).join(', ')}, ...`)
    if (tensor.shape.join() !== shape.join()) throw new AppError('bad-input', `${folder}: tensor ${name} is [${tensor.shape.join(', ')}], config.json asks for [${shape.join(', ')}]`)
    const bad = tensor.data.findIndex((value) => !Number.isFinite(value))
    if (bad >= 0) throw new AppError('bad-input', `${folder}: tensor ${name} holds ${tensor.data[bad]}; the file is damaged, or the training that wrote it had diverged`)
    weights.set(name, tensor)
  }
  return { weights, ignored: [...named.keys()].filter((name) => !weights.has(name)) }
}

/** Bare encoders have no prefix, wrapped ones a longer one; TensorFlow's first BERT called gains gamma. */
function ourName(a: Architecture, name: string): string {
  const plain = name
    .replace(/^(module|model|encoder_model|auto_model)\./, '')
    .replace(/\.gamma$/, '.weight')
    .replace(/\.beta$/, '.bias')
  return /^(embeddings|encoder|pooler)\./.test(plain) ? `${a.family}.${plain}` : plain
}

async function describe(a: Architecture, dir: string, licence: string | null, ignored: string[]): Promise<ModelInfo> {
  const file = path.join(dir, 'model.safetensors')
  const vocabulary = readVocabulary(dir)
  const parameters = weightSpecs(a).reduce((sum, { shape }) => sum + shape.reduce((x, y) => x * y, 1), 0)
  return {
    family: a.family,
    layers: a.layers,
    hidden: a.hidden,
    heads: a.heads,
    ffn: a.ffn,
    vocabSize: a.vocabSize,
    dim: a.dim,
    pooling: a.pooling,
    head: a.head,
    normalise: a.normalise,
    longestText: longestSequence(a),
    parameters,
    bytes: fs.statSync(file).size,
    sha256: await sha256OfFile(file),
    licence,
    tokenizer: {
      kind: vocabulary.kind,
      mode: vocabulary.kind === 'bpe' ? vocabulary.mode : vocabulary.lowercase ? 'uncased' : 'cased',
      tokens: createTokenizer(vocabulary).vocabSize,
      known: compareWithKnownVocabulary(vocabulary),
      sha256: sha256(vocabularyFiles(dir).map((name) => fs.readFileSync(path.join(dir, name), 'utf8')).join('\n')),
    },
    ignored,
  }
}

/** The `license:` of the model card's heading. */
function licenceOf(folder: string): string | null {
  const card = path.join(folder, 'README.md')
  if (!fs.existsSync(card)) return null
  const heading = /^---\n([\s\S]*?)\n---/.exec(fs.readFileSync(card, 'utf8'))?.[1] ?? ''
  return /^license:\s*["']?([^\s"']+)/m.exec(heading)?.[1] ?? null
}

// Writes a checkpoint as a folder for other programs: weights as safetensors, which transformers (and sentence-transformers, where it can)
// load, or as an ONNX model; with config.json, tokenizer files and a model card. Called by jobs/steps/export.ts and `drhard model export`.
import fs from 'node:fs'
import path from 'node:path'
import { AppError } from '@/contract/errors'
import type { ModelFormat } from '@/contract/model'
import { onnxPieces } from '@/server/graph/onnx-file'
import { createTokenizer, readVocabulary, vocabularyFiles, type Vocabulary } from '@/server/text/tokenizer-files'
import { longestSequence, type Architecture } from './architecture'
import { architectureFromConfig, configOf } from './model-config'
import { readModelJson } from './model-json'
import { readSafetensors } from './safetensors'
import { servingModel } from './serving-model'

export interface ExportModelOptions {
  format: ModelFormat
  /** Folder of a checkpoint. */
  checkpointDir: string
  /** Folder of the tokenised data that it was trained on. */
  vocabularyDir: string
  /** Must not exist, or be empty. */
  outDir: string
  /** Markdown of the model card, below its heading. */
  card: string
}

/**
 * Returns the names of the files, sorted: of a model with an encoder for each side, those of two folders, query and doc.
 * Throws AppError conflict where the folder holds something already.
 */
export function exportModel({ checkpointDir, outDir, ...rest }: ExportModelOptions): string[] {
  if (fs.existsSync(outDir) && fs.readdirSync(outDir).length > 0) throw new AppError('conflict', `${outDir} is not empty; choose a new folder with --out`)
  const sides = ['query', 'doc'].filter((side) => fs.existsSync(path.join(checkpointDir, side)))
  for (const side of sides.length > 0 ? sides : ['']) exportEncoder({ ...rest, checkpointDir: path.join(checkpointDir, side), outDir: path.join(outDir, side) })
  return fs.readdirSync(outDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => path.relative(outDir, path.join(entry.parentPath, entry.name))).sort()
}

function exportEncoder({ format, checkpointDir, vocabularyDir, outDir, card }: ExportModelOptions): void {
  fs.mkdirSync(outDir, { recursive: true })
  const configFile = path.join(checkpointDir, 'config.json')
  const architecture = architectureFromConfig(readModelJson(configFile), configFile)
  const write = (name: string, content: unknown) => {
    fs.mkdirSync(path.dirname(path.join(outDir, name)), { recursive: true })
    fs.writeFileSync(path.join(outDir, name), typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`)
  }
  write('config.json', exportedConfig(architecture))
  const weights = path.join(checkpointDir, 'model.safetensors')
  if (format === 'onnx') writePieces(path.join(outDir, 'model.onnx'), onnxPieces(servingModel(architecture, readSafetensors(weights))))
  else fs.copyFileSync(weights, path.join(outDir, 'model.safetensors'))
  for (const name of vocabularyFiles(vocabularyDir)) fs.copyFileSync(path.join(vocabularyDir, name), path.join(outDir, name))
  const vocabulary = readVocabulary(vocabularyDir)
  write('tokenizer.json', tokenizerJson(vocabulary))
  for (const [name, content] of Object.entries(tokenizerConfigs(vocabulary, longestSequence(architecture)))) write(name, content)
  if (format === 'hugging-face' && architecture.head === 'none') for (const [name, content] of Object.entries(sentenceModules(architecture))) write(name, content)
  write('README.md', `---\nlibrary_name: ${format === 'onnx' ? 'onnx' : 'transformers'}\npipeline_tag: feature-extraction\ntags: [dense-retrieval, drhard]\n---\n${card}\n${usage(format, architecture, vocabulary)}`)
}

function writePieces(file: string, pieces: Iterable<Uint8Array>): void {
  const fd = fs.openSync(file, 'w')
  try {
    for (const piece of pieces) fs.writeFileSync(fd, piece)
  } finally {
    fs.closeSync(fd)
  }
}

function exportedConfig(a: Architecture): object {
  const config = configOf({ ...a, towers: 'shared' })
  const name = a.family === 'bert' ? 'BertModel' : a.head === 'none' ? 'RobertaModel' : 'RobertaDot_InBatch'
  return { ...config, architectures: [name], torch_dtype: 'float32', drhard: { ...config.drhard, step: 0 } }
}

const SPECIALS = {
  bpe: { bos_token: '<s>', eos_token: '</s>', unk_token: '<unk>', sep_token: '</s>', pad_token: '<pad>', cls_token: '<s>', mask_token: '<mask>' },
  wordpiece: { unk_token: '[UNK]', sep_token: '[SEP]', pad_token: '[PAD]', cls_token: '[CLS]', mask_token: '[MASK]' },
}

function tokenizerConfigs(vocabulary: Vocabulary, longest: number): Record<string, unknown> {
  const specials = SPECIALS[vocabulary.kind]
  const shared = { ...specials, model_max_length: longest, clean_up_tokenization_spaces: false }
  const config =
    vocabulary.kind === 'bpe'
      ? { ...shared, tokenizer_class: 'PreTrainedTokenizerFast' }
      : { ...shared, tokenizer_class: 'BertTokenizerFast', do_lower_case: vocabulary.lowercase, strip_accents: vocabulary.stripAccents, tokenize_chinese_chars: vocabulary.splitChinese }
  return { 'tokenizer_config.json': config, 'special_tokens_map.json': specials }
}

/** Hugging Face's description of the same treatment of texts. */
function tokenizerJson(vocabulary: Vocabulary): object {
  const { vocab } = vocabulary
  const { specials } = createTokenizer(vocabulary)
  const names = vocabulary.kind === 'bpe' ? ['<s>', '<pad>', '</s>', '<unk>', '<mask>'] : ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']
  const [begin, end] = vocabulary.kind === 'bpe' ? ['<s>', '</s>'] : ['[CLS]', '[SEP]']
  // where special tokens in a text are plain text, nothing may split the text at them
  const inText = vocabulary.kind === 'wordpiece' || vocabulary.mode !== 'plain'
  const added = inText ? names.filter((name) => name in vocab).map((content) => ({ id: vocab[content], content, single_word: false, lstrip: content === '<mask>', rstrip: false, normalized: false, special: true })) : []
  const template = { type: 'TemplateProcessing', single: [{ SpecialToken: { id: begin, type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: end, type_id: 0 } }], pair: [], special_tokens: { [begin]: { id: begin, ids: [specials.begin], tokens: [begin] }, [end]: { id: end, ids: [specials.end], tokens: [end] } } }
  const frame = { version: '1.0', truncation: null, padding: null, added_tokens: added.sort((a, b) => a.id - b.id), post_processor: template }
  if (vocabulary.kind === 'bpe') {
    const trims = vocabulary.mode !== 'current'
    const steps = [...(trims ? [{ type: 'Strip', strip_left: false, strip_right: true }] : []), ...(vocabulary.lowercase ? [{ type: 'Lowercase' }] : [])]
    return {
      ...frame,
      normalizer: steps.length > 0 ? { type: 'Sequence', normalizers: steps } : null,
      pre_tokenizer: { type: 'ByteLevel', add_prefix_space: trims, trim_offsets: true, use_regex: true },
      decoder: { type: 'ByteLevel', add_prefix_space: trims, trim_offsets: true, use_regex: true },
      model: { type: 'BPE', dropout: null, unk_token: '<unk>', continuing_subword_prefix: '', end_of_word_suffix: '', fuse_unk: false, byte_fallback: false, vocab, merges: vocabulary.merges },
    }
  }
  return {
    ...frame,
    normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: vocabulary.splitChinese, strip_accents: vocabulary.stripAccents, lowercase: vocabulary.lowercase },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: { type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100, vocab },
  }
}

/** sentence-transformers knows encoders without a head of their own. */
function sentenceModules(a: Architecture): Record<string, unknown> {
  const module = (idx: number, folder: string, kind: string) => ({ idx, name: String(idx), path: folder, type: `sentence_transformers.models.${kind}` })
  return {
    'modules.json': [module(0, '', 'Transformer'), module(1, '1_Pooling', 'Pooling'), ...(a.normalise ? [module(2, '2_Normalize', 'Normalize')] : [])],
    '1_Pooling/config.json': { word_embedding_dimension: a.hidden, pooling_mode_cls_token: a.pooling === 'first', pooling_mode_mean_tokens: a.pooling === 'mean', pooling_mode_max_tokens: false, pooling_mode_mean_sqrt_len_tokens: false },
    'sentence_bert_config.json': { max_seq_length: longestSequence(a), do_lower_case: false },
  }
}

function usage(format: ModelFormat, a: Architecture, vocabulary: Vocabulary): string {
  const pooling = a.pooling === 'first' ? 'the first token' : 'the mean of all tokens'
  const head = a.head === 'none' ? '' : `, then \`embeddingHead\` (linear, ${a.hidden} to ${a.dim}) and \`norm\` (LayerNorm), as DRhard's RobertaDot`
  const text = vocabulary.kind === 'wordpiece' ? 'BERT’s' : vocabulary.mode === 'current' ? 'RoBERTa’s' : 'lower-cased, a leading blank, no trailing space'
  return `
## Use

- Embedding: ${pooling} of the last layer${head}${a.normalise ? ', scaled to length 1' : ''}. Score: inner product.
- Texts of at most ${longestSequence(a)} tokens. Treatment of text: ${text}${vocabulary.kind === 'bpe' && vocabulary.lowercase ? '; tokenizer.json does the same but for texts that begin with a tab or another space than a blank, for special tokens inside of a text, and for a capital sigma at the end of a word' : ''}.
- ${format === 'onnx' ? loadOnnx(a) : a.head === 'none' ? '`SentenceTransformer(folder)` loads all of it.' : '`AutoModel` loads the encoder; the head is two tensors of model.safetensors. DRhard’s `RobertaDot_InBatch.from_pretrained(folder)` loads all of it.'}
`
}

function loadOnnx(a: Architecture): string {
  return `\`model.onnx\` (ONNX's own operators, for onnxruntime 1.14 and newer): inputs \`input_ids\` and \`attention_mask\`, int64 [batch, tokens], padded with ${a.specials.padding} as \`tokenizer.json\` does; output \`embedding\`, float32 [batch, ${a.dim}], pooled${a.head === 'none' ? '' : ', with the head'}${a.normalise ? ', scaled' : ''}.`
}

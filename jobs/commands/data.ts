// Commands that bring data sets and models in, and models out. Called by jobs/cli.ts.
import { FileFormat } from '@/contract/dataset'
import { AppError } from '@/contract/errors'
import { ModelFormat } from '@/contract/model'
import { oneOf, required, text, wholeNumber, type Command } from './command'

/** The first is the default. */
const FORMATS = [...FileFormat.options, 'drhard', 'wordnet'] as const

export const DATA: Record<string, Command> = {
  'data import': {
    usage: `drhard data import --format FORMAT (FOLDER | URL...) --name NAME [--max-bad-lines N]
  Creates a data set in a running ./drhard serve and waits for its import. Every file may be .gz. URLs are downloaded by the worker, with resume.
  --format tsv              collection.tsv, queries.tsv, qrels.tsv, optionally split.tsv (the default)
           beir             corpus.jsonl, queries.jsonl, qrels/{train,dev,test}.tsv
           msmarco-passage  the files as DRhard's download_data.sh names them
           msmarco-doc      likewise
           trec             collection.tsv or corpus.jsonl, topics*, qrels*
           drhard           the original's data/passage or data/doc folder, with its token files
           wordnet          comes with the product; no FOLDER
  --max-bad-lines N         unreadable lines that are left out before the import stops (default 0)`,
    options: { format: { type: 'string' }, name: { type: 'string' }, 'max-bad-lines': { type: 'string' } },
    positionals: [],
    run: async (v, [folder, ...more]) => {
      const urls = folder?.startsWith('http') ? [folder, ...more] : []
      const format = oneOf('--format', v.format, FORMATS)
      if (!folder && format !== 'wordnet') throw new AppError('bad-input', 'FOLDER is missing; see ./drhard data import --help')
      const maxBadLines = wholeNumber('--max-bad-lines', v['max-bad-lines'], 0, 0, 1_000_000)
      await (await import('../import-data')).importData({ name: required('--name', v.name), folder: folder ?? '', format, maxBadLines, urls })
    },
  },
  'data get': {
    usage: `drhard data get (msmarco-passage | msmarco-doc) [--dir DIR] [--mirror URL]
  Downloads a public collection into a folder that ./drhard data import reads. Broken connections are resumed, sizes and checksums
  compared; stop it and start it again as you like.
  --dir DIR     default: the collection's name, in the current folder
  --mirror URL  a server that has the files side by side, instead of Microsoft's and NIST's`,
    options: { dir: { type: 'string' }, mirror: { type: 'string' } },
    positionals: ['NAME'],
    run: async (v, [name]) => {
      const { getData } = await import('../get-data')
      const { StatusLine } = await import('../status-line')
      const status = new StatusLine(process.stderr)
      const stop = new AbortController()
      process.once('SIGINT', () => stop.abort())
      const dir = text(v.dir) ?? name
      await getData({ name, dir, mirror: text(v.mirror), signal: stop.signal, log: (line) => status.print(line), status: (line) => status.update(line) })
      status.end()
      console.log(`import it with: ./drhard data import ${dir} --format ${name} --name ${name}`)
    },
  },
  'model import': {
    usage: `drhard model import (PATH | hf:ID) --name NAME [--tokenizer DIR] [--pooling first|mean] [--tokenizer-mode original|current]
                    [--revision COMMIT] [--endpoint URL]
  Imports a model into a running ./drhard serve: Hugging Face's folders, DRhard's and ANCE's checkpoints, sentence-transformers. Runs start from it.
  --tokenizer DIR   where the tokenizer lies, if not beside the weights
  --pooling         where the files do not tell (default first)
  --tokenizer-mode  RoBERTa's texts as DRhard treats them (original: lower-cased; the default for DRhard's checkpoints), or as transformers does today
  --revision        of the hub (default main); --endpoint: another hub (default HF_ENDPOINT, or https://huggingface.co)`,
    options: { name: { type: 'string' }, tokenizer: { type: 'string' }, pooling: { type: 'string' }, 'tokenizer-mode': { type: 'string' }, revision: { type: 'string' }, endpoint: { type: 'string' } },
    positionals: ['SOURCE'],
    run: async (v, [source]) =>
      (await import('../import-model')).importModel({
        name: required('--name', v.name),
        source,
        revision: text(v.revision),
        endpoint: text(v.endpoint) ?? process.env.HF_ENDPOINT,
        tokenizerFolder: text(v.tokenizer),
        pooling: text(v.pooling),
        tokenizerMode: text(v['tokenizer-mode']),
      }),
  },
  'model export': {
    usage: `drhard model export RUN [--format hugging-face|onnx] [--checkpoint N] [--out DIR]
  Writes a checkpoint for other programs, with tokenizer files and a model card of data, method, measures and lineage.
  --format        hugging-face (default): safetensors and config.json for transformers; onnx: model.onnx, token ids in, embeddings out
  --checkpoint N  optimizer step (default: the last)
  --out DIR       default: named for run and checkpoint, in the current folder`,
    options: { format: { type: 'string' }, checkpoint: { type: 'string' }, out: { type: 'string' } },
    positionals: ['RUN'],
    run: async (v, [run]) =>
      (await import('../export-model')).exportRunModel({ run, format: oneOf('--format', v.format, ModelFormat.options), checkpoint: v.checkpoint === undefined ? undefined : wholeNumber('--checkpoint', v.checkpoint, 0, 0, 999_999_999), out: text(v.out) }),
  },
}

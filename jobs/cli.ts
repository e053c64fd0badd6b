// The command line behind ./drhard: one function a subcommand. Each prints to the terminal and throws AppError for what the user can mend.
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { AppError, type ErrorCode } from '@/contract/errors'
import { ModelFormat } from '@/contract/model'

interface Command {
  usage: string
  options?: ParseArgsConfig['options']
  /** Names of the positional arguments, all required. */
  positionals?: string[]
  run: (values: Record<string, Value>, positionals: string[]) => Promise<void>
}

type Value = string | boolean | (string | boolean)[] | undefined

const IMPORT_FORMATS = ['tsv', 'beir', 'msmarco-passage', 'msmarco-doc', 'trec', 'drhard', 'wordnet'] as const

const COMMANDS: Record<string, Command> = {
  demo: {
    usage: `drhard demo [--exit] [--json FILE] [--port N]
  Imports WordNet, then trains and judges BM25, an in-batch warm-up, STAR and ADORE, with the dashboard on http://127.0.0.1:3000.
  --exit       stop when the runs are done (exit code 1 if a step failed or the order of quality is not the paper's)
  --json FILE  write measures and times to FILE
  --port N     port of the dashboard (default 3000)`,
    options: { exit: { type: 'boolean' }, json: { type: 'string' }, port: { type: 'string' } },
    run: async (v) => (await import('./demo')).demo({ exit: v.exit === true, json: text(v.json), port: port(v.port) }),
  },
  serve: {
    usage: `drhard serve [--port N] [--host ADDRESS]
  Starts the dashboard, a worker, and Postgres (its own under .drhard, or the one of DATABASE_URL).
  --port N        port of the dashboard (default 3000)
  --host ADDRESS  address to listen on (default 127.0.0.1, this machine only). With another one everybody signs in: DRHARD_PASSWORD and
                  DRHARD_VIEWER_PASSWORD set the passwords of the accounts editor and viewer; without any account one is made and shown once.`,
    options: { port: { type: 'string' }, host: { type: 'string' } },
    run: async (v) => (await import('./serve')).serve({ port: port(v.port), host: text(v.host) ?? '127.0.0.1' }),
  },
  worker: {
    usage: `drhard worker [--slots N] [--memory GB] [--devices LIST]
  Starts one more job server on the database of DATABASE_URL, or on that of a running ./drhard serve. Artifacts are shared through
  DRHARD_ARTIFACTS: a folder that all machines mount, or s3://bucket/prefix (docs/operations.md).
  --slots N       steps that run at the same time (default 1)
  --memory GB     memory for steps (default: what the machine has)
  --devices LIST  such as cpu,cuda (default: what is found)`,
    options: { slots: { type: 'string' }, memory: { type: 'string' }, devices: { type: 'string' } },
    run: async (v) => {
      const memoryBytes = v.memory === undefined ? undefined : wholeNumber('--memory', v.memory, 0, 1, 100_000) * 1e9
      await (await import('./worker')).runWorker({ slots: wholeNumber('--slots', v.slots, 1, 1, 64), capabilities: { memoryBytes, devices: text(v.devices)?.split(',') } })
    },
  },
  launch: {
    usage: `drhard launch FILE [--priority N] [--key KEY] [--wait]
  Launches a run, or several together, on a running server. FILE (- for standard input) holds {"name": ..., "config": {...}} or {"runs": [...]};
  config.datasetId may be the data set's name, config.start.modelId an imported model's.
  --priority N  -2 (lowest) to 2 (highest)
  --key KEY     sent again with the same key, the launch is not repeated
  --wait        until all have ended; exit code 1 if one did not succeed
  DRHARD_URL names the server (default: the one on this data folder), DRHARD_TOKEN holds a token where a login is required. So for list, logs, cancel and wait.`,
    options: { priority: { type: 'string' }, key: { type: 'string' }, wait: { type: 'boolean' } },
    positionals: ['FILE'],
    run: async (v, [file]) => (await import('./client')).launch({ file, priority: priority(v.priority), key: text(v.key), wait: v.wait === true }),
  },
  list: {
    usage: `drhard list [--json]\n  Runs of a running server with their last measures.`,
    options: { json: { type: 'boolean' } },
    run: async (v) => (await import('./client')).list({ json: v.json === true }),
  },
  logs: {
    usage: `drhard logs RUN [--follow] [--level warn|error] [--search TEXT]\n  A run's log; RUN is an id, or the name of the newest run of that name.\n  --follow  go on until the run ends`,
    options: { follow: { type: 'boolean', short: 'f' }, level: { type: 'string' }, search: { type: 'string' } },
    positionals: ['RUN'],
    run: async (v, [run]) => (await import('./client')).printLogs({ run, follow: v.follow === true, level: text(v.level), search: text(v.search) }),
  },
  cancel: { usage: 'drhard cancel RUN\n  Asks a run to stop; its running step saves first.', positionals: ['RUN'], run: async (_, [run]) => (await import('./client')).cancel(run) },
  wait: { usage: 'drhard wait RUN...\n  Returns when the runs have ended; exit code 1 if one did not succeed.', positionals: ['RUN'], run: async (_, runs) => (await import('./client')).waitForRuns(runs) },
  backup: {
    usage: `drhard backup FOLDER [--database-only]
  Backs up the database as of one moment, and the artifacts that are not in FOLDER yet. The server may run meanwhile.
  --database-only  without artifacts, where they lie in a store that is backed up by itself`,
    options: { 'database-only': { type: 'boolean' } },
    positionals: ['FOLDER'],
    run: async (v, [folder]) => (await import('./backup')).backup({ folder, withArtifacts: v['database-only'] !== true }),
  },
  restore: {
    usage: 'drhard restore FOLDER\n  Restores the newest backup of FOLDER into this installation, which must be empty and not running (another DRHARD_DATA_DIR or DATABASE_URL).',
    positionals: ['FOLDER'],
    run: async (_, [folder]) => (await import('./backup')).restore({ folder }),
  },
  'artifacts list': { usage: 'drhard artifacts list\n  What is published, by kind, and the room that is left.', run: async () => (await import('./artifacts')).listArtifacts() },
  'artifacts verify': { usage: 'drhard artifacts verify\n  Hashes every published file and names those that are not what was published.', run: async () => (await import('./artifacts')).verifyArtifacts() },
  'artifacts gc': {
    usage: `drhard artifacts gc [--dry-run] [--older-than DAYS] [--keep-last N]
  Removes what finished runs no longer need: document embeddings, checkpoints but for the last and the best on dev, what mining used. A later run that needs one
  makes it again.
  --dry-run          only say what would be removed
  --older-than DAYS  only of runs that ended at least this many days ago (default 7)
  --keep-last N      checkpoints of each run that stay beside its best by MRR@10 (default 1)`,
    options: { 'dry-run': { type: 'boolean' }, 'older-than': { type: 'string' }, 'keep-last': { type: 'string' } },
    run: async (v) => (await import('./artifacts')).collectArtifacts({ olderThanDays: wholeNumber('--older-than', v['older-than'], 7, 0, 3650), keepLast: wholeNumber('--keep-last', v['keep-last'], 1, 1, 1000), dryRun: v['dry-run'] === true }),
  },
  'account add': {
    usage: `drhard account add NAME [--role viewer|editor]
  Creates an account, or changes its role and password; the password is read from DRHARD_NEW_PASSWORD, else from standard input.`,
    options: { role: { type: 'string' } },
    positionals: ['NAME'],
    run: async (v, [name]) => (await import('./account')).addAccount({ name, role: text(v.role) ?? 'viewer' }),
  },
  'account remove': {
    usage: 'drhard account remove NAME\n  Deletes an account and ends its sessions.',
    positionals: ['NAME'],
    run: async (_, [name]) => (await import('./account')).removeAccount(name),
  },
  'account list': { usage: 'drhard account list', run: async () => (await import('./account')).printAccounts() },
  eval: {
    usage: `drhard eval --qrels FILE --run FILE [--run FILE ...] [--measures LIST] [--per-query] [--stats] [--json | --csv | --latex]
  Judges run files, without a database. The first run is the baseline of --stats. What was noticed goes to standard error.
  --qrels FILE     judgements: TREC (query 0 document grade) or three columns; .gz too
  --run FILE       ranking: TREC (6 columns), MS MARCO (query, document, rank) or query, document, score; .gz too
  --measures LIST  such as MRR@10,nDCG@10,R(rel=2)@100,AP,RBP(p=0.8) (default MRR@10,R@100,NDCG@10); docs/evaluation.md has all
  --average WHICH  queries of the mean: relevant (default: those with a relevant document, missing ones count as 0),
                   shared (ranked and judged: trec_eval's default) or all (judged: trec_eval -c)
  -c               the same as --average all
  -M, --depth N    cut rankings off after N documents
  -l, --level N    grade from which a document is relevant, for measures without rel= (default 1)
  --per-query      also a value per query
  --stats          bootstrap intervals, Fisher randomization, paired t-test, effect size, won/tied/lost; from three runs on Tukey HSD
  --correction C   of the p-values: holm (default), bonferroni or none
  --permutations N of the randomization test (default 100000)
  --seed N         of permutations and resamples (default 1)
  --json, --csv, --latex`,
    options: {
      qrels: { type: 'string' },
      run: { type: 'string', multiple: true },
      measures: { type: 'string' },
      average: { type: 'string' },
      complete: { type: 'boolean', short: 'c' },
      depth: { type: 'string', short: 'M' },
      level: { type: 'string', short: 'l' },
      'per-query': { type: 'boolean' },
      stats: { type: 'boolean' },
      correction: { type: 'string' },
      permutations: { type: 'string' },
      seed: { type: 'string' },
      json: { type: 'boolean' },
      csv: { type: 'boolean' },
      latex: { type: 'boolean' },
    },
    run: async (v) => {
      const formats = (['json', 'csv', 'latex'] as const).filter((format) => v[format])
      if (formats.length > 1) throw new AppError('bad-input', `--${formats.join(' and --')}: give one of them`)
      if (v.complete && v.average !== undefined) throw new AppError('bad-input', '-c and --average: give one of them')
      await (await import('./eval-files')).evalFiles({
        qrels: required('--qrels', v.qrels),
        runs: several('--run', v.run),
        measures: text(v.measures),
        average: v.complete ? 'all' : oneOf('--average', v.average, ['relevant', 'shared', 'all']),
        level: wholeNumber('--level', v.level, 1, 0, 1000),
        depth: v.depth === undefined ? undefined : wholeNumber('--depth', v.depth, 1, 1, 999_999_999),
        perQuery: v['per-query'] === true,
        stats: v.stats === true,
        correction: oneOf('--correction', v.correction, ['holm', 'bonferroni', 'none']),
        permutations: wholeNumber('--permutations', v.permutations, 100_000, 100, 100_000_000),
        seed: wholeNumber('--seed', v.seed, 1, 0, 999_999_999),
        format: formats[0] ?? 'text',
      })
    },
  },
  convert: {
    usage: `drhard convert --run FILE --to trec|msmarco --out FILE [--from trec|msmarco|scores] [--tag NAME] [--metadata]
  Writes a run file in another format, without a database, and reads it again to make sure that its order is the same.
  --from       found out from the first line unless given
  --out FILE   gzipped where it ends in .gz; - for standard output
  --tag NAME   of the TREC file (default: the run's own)
  --metadata   with an ir_metadata heading (the run's own if it has one); trec_eval refuses such files`,
    options: { run: { type: 'string' }, from: { type: 'string' }, to: { type: 'string' }, out: { type: 'string' }, tag: { type: 'string' }, metadata: { type: 'boolean' } },
    run: async (v) =>
      (await import('./run-files')).convertFile({
        run: required('--run', v.run),
        from: v.from === undefined ? undefined : oneOf('--from', v.from, ['trec', 'msmarco', 'scores']),
        to: oneOf('--to', required('--to', v.to), ['trec', 'msmarco']),
        out: required('--out', v.out),
        tag: text(v.tag),
        metadata: v.metadata === true,
      }),
  },
  fuse: {
    usage: `drhard fuse --run FILE --run FILE [--run FILE ...] --out FILE [--method rrf|combsum|combmnz] [--normalise HOW] [--k N] [--depth N] [--to trec|msmarco] [--tag NAME]
  Fuses run files into one, without a database.
  --method     rrf (default): reciprocal ranks; combsum: sum of scores; combmnz: that times the number of runs with the document
  --normalise  of scores per query, for combsum and combmnz: min-max (default), max, sum, z-score or none
  --k N        of rrf (default 60)
  --depth N    documents kept per query (default 1000)
  --out FILE   gzipped where it ends in .gz; - for standard output`,
    options: { run: { type: 'string', multiple: true }, out: { type: 'string' }, method: { type: 'string' }, normalise: { type: 'string' }, k: { type: 'string' }, depth: { type: 'string' }, to: { type: 'string' }, tag: { type: 'string' } },
    run: async (v) => {
      const runs = several('--run', v.run)
      if (runs.length < 2) throw new AppError('bad-input', '--run: give at least two run files to fuse')
      const method = oneOf('--method', v.method, ['rrf', 'combsum', 'combmnz'])
      await (await import('./run-files')).fuseFiles({
        runs,
        out: required('--out', v.out),
        method,
        normalisation: oneOf('--normalise', v.normalise, ['min-max', 'max', 'sum', 'z-score', 'none']),
        k: wholeNumber('--k', v.k, 60, 0, 1_000_000),
        depth: wholeNumber('--depth', v.depth, 1000, 1, 1_000_000),
        to: oneOf('--to', v.to, ['trec', 'msmarco']),
        tag: text(v.tag) ?? method,
      })
    },
  },
  export: {
    usage: `drhard export RUN [--format trec|msmarco | --bundle] [--checkpoint N] [--out FILE]
  Writes a run's ranking with official ids. RUN is an id, or the name of the newest run of that name.
  --format     trec (default) or msmarco
  --checkpoint optimizer step of the checkpoint (default: the last evaluated one)
  --bundle     an archive of both formats, measures, configuration and fingerprints, scored again after conversion
  --out FILE   default: named for the run, in the current folder; gzipped where it ends in .gz; - for standard output`,
    options: { format: { type: 'string' }, bundle: { type: 'boolean' }, checkpoint: { type: 'string' }, out: { type: 'string' } },
    positionals: ['RUN'],
    run: async (v, [run]) => {
      const format = text(v.format) ?? 'trec'
      if (format !== 'trec' && format !== 'msmarco') throw new AppError('bad-input', `--format ${format}: give trec or msmarco`)
      const checkpoint = v.checkpoint === undefined ? undefined : wholeNumber('--checkpoint', v.checkpoint, 0, 0, 999_999_999)
      await (await import('./export-ranking')).exportRanking({ run, format, checkpoint, out: text(v.out), bundle: v.bundle === true })
    },
  },
  pipeline: {
    usage: `drhard pipeline FILE [--data-dir DIR] [--json FILE]
  Runs a list of runs without a database or a dashboard: the same steps, one after another, in a folder. FILE holds
  {"source": {"kind": "wordnet"} or {"kind": "tsv" (beir, msmarco-passage, ...), "folder": "..."}, "runs": [{"name": ..., "config": {...}}]}; config.datasetId may be left out.
  --data-dir DIR  where artifacts are kept and reused (default .drhard)
  --json FILE     write every run's evaluations and times`,
    options: { 'data-dir': { type: 'string' }, json: { type: 'string' } },
    positionals: ['FILE'],
    run: async (v, [file]) => (await import('./pipeline')).runPipelineFile({ file, dataDir: text(v['data-dir']) ?? '.drhard', json: text(v.json) }),
  },
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
      const format = oneOf('--format', v.format, IMPORT_FORMATS)
      if (!folder && format !== 'wordnet') throw new AppError('bad-input', 'FOLDER is missing; see ./drhard data import --help')
      const maxBadLines = wholeNumber('--max-bad-lines', v['max-bad-lines'], 0, 0, 1_000_000)
      await (await import('./import-data')).importData({ name: required('--name', v.name), folder: folder ?? '', format, maxBadLines, urls })
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
      const { getData } = await import('./get-data')
      const { StatusLine } = await import('./status-line')
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
      (await import('./import-model')).importModel({
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
      (await import('./export-model')).exportRunModel({ run, format: oneOf('--format', v.format, ModelFormat.options), checkpoint: v.checkpoint === undefined ? undefined : wholeNumber('--checkpoint', v.checkpoint, 0, 0, 999_999_999), out: text(v.out) }),
  },
}

const text = (value: Value) => (typeof value === 'string' ? value : undefined)

function required(name: string, value: Value): string {
  if (typeof value !== 'string') throw new AppError('bad-input', `${name} is missing`)
  return value
}

/** The first choice is the default. */
function oneOf<const C extends readonly string[]>(name: string, value: Value, choices: C): C[number] {
  if (value === undefined) return choices[0]
  const found = choices.find((choice) => choice === value)
  if (found === undefined) throw new AppError('bad-input', `${name} ${value}: give ${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`)
  return found
}

function several(name: string, value: Value): string[] {
  if (!Array.isArray(value)) throw new AppError('bad-input', `${name} is missing`)
  return value.map(String)
}

function wholeNumber(name: string, value: Value, byDefault: number, min: number, max: number): number {
  if (value === undefined) return byDefault
  const number = /^\d{1,9}$/.test(String(value)) ? Number(value) : NaN
  if (!(number >= min && number <= max)) throw new AppError('bad-input', `${name} ${value}: give a whole number from ${min} to ${max}`)
  return number
}

/** parseArgs takes -1 for an option, so it is written --priority=-1. */
function priority(value: Value): number | undefined {
  if (value === undefined) return undefined
  if (!/^-?[0-2]$/.test(String(value))) throw new AppError('bad-input', `--priority ${value}: give -2 to 2 (--priority=-2)`)
  return Number(value)
}

const port = (value: Value) => wholeNumber('--port', value, 3000, 1, 65_535)

async function main(argv: string[]): Promise<void> {
  const two = argv.slice(0, 2).join(' ')
  const name = two in COMMANDS ? two : argv[0]
  const command = COMMANDS[name]
  if (!command) throw new AppError('bad-input', `Unknown subcommand ${argv[0] ?? ''}; see ./drhard --help`)
  const rest = argv.slice(name.split(' ').length)
  if (rest.includes('--help') || rest.includes('-h')) return console.log(command.usage)
  const { values, positionals } = parse(command, rest)
  const missing = (command.positionals ?? [])[positionals.length]
  if (missing) throw new AppError('bad-input', `${missing} is missing\n${command.usage}`)
  await command.run(values as Record<string, Value>, positionals)
}

function parse({ options, positionals, usage }: Command, args: string[]) {
  try {
    return parseArgs({ args, options: options ?? {}, allowPositionals: positionals !== undefined })
  } catch (cause) {
    throw new AppError('bad-input', `${(cause as Error).message}\n${usage}`, { cause })
  }
}

/** 130 is what a shell reports of a program that Ctrl-C ended. */
const EXIT_CODES: Partial<Record<ErrorCode, number>> = { 'bad-input': 2, cancelled: 130 }

try {
  await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof AppError)) throw error
  console.error(`drhard: ${error.message}`)
  process.exit(EXIT_CODES[error.code] ?? 1)
}

// Commands about runs: on a running server, and in a folder without one. Called by jobs/cli.ts.
import { AppError } from '@/contract/errors'
import { oneOf, text, wholeNumber, priority, type Command } from './command'

export const RUNS: Record<string, Command> = {
  launch: {
    usage: `drhard launch FILE [--priority N] [--key KEY] [--wait]
  Launches a run, or several together, on a running server. FILE (- for standard input; YAML, as New run shows it, or
  JSON) holds {"name": ..., "config": {...}} or {"runs": [...]}. config.datasetId may be the data set's name, config.start.modelId an imported
  model's; what config leaves out is as in its method's recipe.
  --priority N  -2 (lowest) to 2 (highest)
  --key KEY     sent again with the same key, the launch is not repeated
  --wait        until all have ended; exit code 1 if one did not succeed
  DRHARD_URL names the server (default: the one on this data folder), DRHARD_TOKEN holds a token where a login is required. So for list, logs, cancel and wait.`,
    options: { priority: { type: 'string' }, key: { type: 'string' }, wait: { type: 'boolean' } },
    positionals: ['FILE'],
    run: async (v, [file]) => (await import('../client')).launch({ file, priority: priority(v.priority), key: text(v.key), wait: v.wait === true }),
  },
  list: {
    usage: `drhard list [--json]\n  Runs of a running server with their last measures.`,
    options: { json: { type: 'boolean' } },
    run: async (v) => (await import('../client')).list({ json: v.json === true }),
  },
  logs: {
    usage: `drhard logs RUN [--follow] [--level warn|error] [--search TEXT]\n  A run's log; RUN is an id, or the name of the newest run of that name.\n  --follow  go on until the run ends`,
    options: { follow: { type: 'boolean', short: 'f' }, level: { type: 'string' }, search: { type: 'string' } },
    positionals: ['RUN'],
    run: async (v, [run]) => (await import('../client')).printLogs({ run, follow: v.follow === true, level: v.level === undefined ? undefined : oneOf('--level', v.level, ['info', 'warn', 'error']), search: text(v.search) }),
  },
  cancel: { usage: 'drhard cancel RUN\n  Asks a run to stop; its running step saves first.', positionals: ['RUN'], run: async (_, [run]) => (await import('../client')).cancel(run) },
  wait: { usage: 'drhard wait RUN...\n  Returns when the runs have ended; exit code 1 if one did not succeed.', positionals: ['RUN'], run: async (_, runs) => (await import('../client')).waitForRuns(runs) },
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
      await (await import('../export-ranking')).exportRanking({ run, format, checkpoint, out: text(v.out), bundle: v.bundle === true })
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
    run: async (v, [file]) => (await import('../pipeline')).runPipelineFile({ file, dataDir: text(v['data-dir']) ?? '.drhard', json: text(v.json) }),
  },
}

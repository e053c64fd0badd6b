// Commands on run files: judged, converted, fused, without a database. Called by jobs/cli.ts.
import { AppError } from '@/contract/errors'
import { text, required, oneOf, several, wholeNumber, type Command } from './command'

export const RUN_FILES: Record<string, Command> = {
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
      await (await import('../eval-files')).evalFiles({
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
      (await import('../run-files')).convertFile({
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
      await (await import('../run-files')).fuseFiles({
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
}

// `./drhard bench NAME`: runs one benchmark. Figures and how they were made are in docs/benchmarks.md.
import { parseArgs } from 'node:util'
import { benchTrain } from './train'

const { values, positionals } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: { size: { type: 'string', default: 'tiny' }, turns: { type: 'string', default: '11' }, json: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
})

const USAGE = `drhard bench train [--size tiny|mini|base] [--turns N] [--json]
  One STAR step (16 queries of 24 tokens, 16 positives and 16 hard negatives of 120 tokens, optimizer included), ours and PyTorch's
  in turn. PyTorch is taken from DRHARD_BENCH_PYTHON (default /usr/bin/python3; apt-get install python3-torch libopenblas0-openmp); without it only ours runs.`

if (values.help || positionals[0] !== 'train') {
  console.log(USAGE)
  process.exit(values.help ? 0 : 2)
}
await benchTrain({ size: values.size, turns: Number(values.turns), json: values.json })

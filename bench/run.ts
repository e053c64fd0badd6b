// `./drhard bench NAME`: runs one benchmark. Figures and how they were made are in docs/benchmarks.md.
import { parseArgs } from 'node:util'

const { values, positionals } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: { size: { type: 'string', default: 'tiny' }, batch: { type: 'string', default: '16' }, device: { type: 'string', default: 'cpu' }, precision: { type: 'string', default: 'single' }, model: { type: 'string' }, lengths: { type: 'string', default: 'full' }, docs: { type: 'string', default: '2000000' }, threads: { type: 'string', default: '2' }, turns: { type: 'string', default: '11' }, json: { type: 'boolean', default: false }, runs: { type: 'string', default: '100' }, metrics: { type: 'string', default: '20' }, points: { type: 'string', default: '1000' }, readers: { type: 'string', default: '200' }, seconds: { type: 'string', default: '15' }, help: { type: 'boolean', short: 'h', default: false } },
})

const USAGE = `drhard bench train [--size tiny|mini|base] [--batch N] [--device cpu|cuda|webgpu] [--precision single|half] [--lengths full|medquad|wordnet] [--turns N] [--json]
  One STAR step (N queries of up to 24 tokens, N positives and N hard negatives of up to 120, optimizer included), ours and PyTorch's in
  turn. PyTorch is taken from DRHARD_BENCH_PYTHON, a list of python[:compile][:hugepages][:tf32][:bfloat16] (default /usr/bin/python3;
  apt-get install python3-torch libopenblas0-openmp); without it only ours runs.

drhard bench encode [--size tiny|mini|base | --model FOLDER] [--lengths full|medquad|wordnet] [--turns N] [--json]
  Embedding a collection, ours and PyTorch's in turn, in the original's order and sorted by length. With a model's folder: its tokenizer and
  encoder on real texts, ours and sentence-transformers' (pip install sentence-transformers).

drhard bench data [--docs N] [--threads N] [--json]
  Imports and tokenises a synthetic collection of N passages (default 2,000,000, 0.7 GB in the temporary folder) and opens documents at
  random. Hugging Face's Rust tokenizers beside it where DRHARD_BENCH_PYTHON has them (pip install tokenizers).

drhard bench search [--turns N] [--json]
  Exact search of 1,000 queries over 100,000 documents of 384 dimensions, k = 100, ours and faiss IndexFlatIP (its best batch) in turn,
  with the bare matrix product and single queries; BM25 on WordNet. faiss is taken from DRHARD_BENCH_PYTHON (apt-get install python3-faiss).

drhard bench eval [--turns N] [--json]
  Reading and judging a run of 6,980 queries x 1,000 documents with five measures, from a TREC file and from ours, and comparing two
  runs with 100,000 permutations; trec_eval beside it where that is on the PATH, and pytrec_eval where DRHARD_BENCH_PYTHON has it
  (pip install pytrec-eval-terrier). CPU time of each as well, which other work on the machine disturbs less.

drhard bench server [--runs N] [--metrics N] [--points N] [--readers N] [--seconds N]
  The job server and the dashboard under load: launch and cancel, N stored runs x metrics x points, search in a log of a million lines,
  20 live runs of 50 points a second each to N readers of server-sent events.

drhard bench ui [--turns N] [--json]
  What a person waits for, in headless Chromium (CHROMIUM names another than /usr/bin/chromium): first load and its JavaScript, a table of
  5,000 runs x 200 columns, curves of 20 runs x 100,000 points, zooming, sorting and opening queries, a live point.`

const BENCHES: Record<string, () => Promise<void>> = {
  train: async () => (await import('./train')).benchTrain({ size: values.size, batch: Number(values.batch), device: values.device, precision: values.precision, lengths: values.lengths, turns: Number(values.turns), json: values.json }),
  encode: async () => {
    const { benchEncode, benchModel } = await import('./encode')
    const { size, model, lengths, json } = values
    return model === undefined ? benchEncode({ size, lengths, turns: Number(values.turns), json }) : benchModel({ model, lengths, turns: Number(values.turns), json })
  },
  data: async () => (await import('./data')).benchData({ docs: Number(values.docs), threads: Number(values.threads), json: values.json }),
  search: async () => (await import('./search')).benchSearch({ turns: Number(values.turns), json: values.json }),
  server: async () =>
    (await import('./server')).benchServer({ runs: Number(values.runs), metrics: Number(values.metrics), points: Number(values.points), liveRuns: 20, pointsPerSecond: 50, readers: Number(values.readers), seconds: Number(values.seconds), logLines: 1_000_000 }),
  ui: async () => (await import('./ui')).benchUi({ turns: Number(values.turns), json: values.json }),
  eval: async () => (await import('./eval')).benchEval({ turns: Number(values.turns), json: values.json }),
}

if (values.help || !(positionals[0] in BENCHES)) {
  console.log(USAGE)
  process.exit(values.help ? 0 : 2)
}
await BENCHES[positionals[0]]()

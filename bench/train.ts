// `bench train`: our training step and PyTorch's in turn on the same machine, so that noise falls on both. Called by run.ts.
import { Precision } from '@/contract/run'
import { LENGTHS, stepLengths, type Lengths } from './batches'
import { ourSide } from './side'
import { printSides, takeTurns, torchSides, Turn } from './sides'
import { SIZES, type Size } from './sizes'

const DEVICES = ['cpu', 'cuda', 'webgpu']
const PRECISIONS: string[] = Precision.options

/** Prints medians of `turns` paired steps and the ratio of the pairs. */
export async function benchTrain({ size, batch, device, precision, lengths, turns, json }: { size: string; batch: number; device: string; precision: string; lengths: string; turns: number; json: boolean }): Promise<void> {
  if (!(size in SIZES)) throw new Error(`--size ${size}: expected ${Object.keys(SIZES).join(', ')}`)
  if (!LENGTHS.includes(lengths as Lengths)) throw new Error(`--lengths ${lengths}: expected ${LENGTHS.join(', ')}`)
  if (!DEVICES.includes(device)) throw new Error(`--device ${device}: expected ${DEVICES.join(', ')}`)
  if (!PRECISIONS.includes(precision)) throw new Error(`--precision ${precision}: expected ${PRECISIONS.join(', ')}`)
  if (precision === 'half' && device === 'cpu') throw new Error('--precision half: only GPUs compute it; give --device cuda or webgpu')
  const work = { architecture: SIZES[size as Size], device, precision, batches: await stepLengths(lengths as Lengths, batch, 8) }
  const result = await takeTurns([ourSide('train-step.ts', { work, answer: Turn }), ...torchSides('train-step.py', work)], turns)
  const [ours, ...others] = result.sides
  const { gflop, gemmGflops } = ours.more as { gflop: number; gemmGflops: number }
  const rate = gflop / (ours.medianMs / 1000)
  const summary = {
    size,
    batch,
    device,
    precision,
    lengths,
    turns,
    load: result.load,
    ours,
    pytorch: others,
    /** Best of PyTorch's times over ours. */
    ratio: others.length ? Math.min(...others.map((side) => side.ratio)) : null,
    /** Matrix products that the step needs, per second, and the CPU's best rate of one product. */
    gflopPerSecond: rate,
    gemmGflopPerSecond: gemmGflops,
    gemmShare: gemmGflops ? rate / gemmGflops : null,
  }
  if (json) return console.log(JSON.stringify(summary, null, 2))
  printSides(`One STAR step, ${size}, ${batch} queries, lengths ${lengths}, ${turns} turns`, result)
  if (device === 'cpu') console.log(`ours: ${rate.toFixed(0)} GFLOP/s of the products it computes, ${(100 * summary.gemmShare!).toFixed(0)} % of the best product measured here (${gemmGflops.toFixed(0)} GFLOP/s)`)
  console.log(`memory estimated before the start: ${(ours.more.estimatedMb as number).toFixed(0)} MB, measured ${ours.peakMb.toFixed(0)} MB`)
}

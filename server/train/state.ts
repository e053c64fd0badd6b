// What training changes: weights, gradients and moments, side by side in one WebAssembly memory. optimizer.ts updates it, checkpoint.ts stores it.
import { AppError } from '@/contract/errors'
import { modelSpecs, type Architecture } from '@/server/model/architecture'
import { layoutOf, type Layout } from '@/server/model/weights'

const PAGE_BYTES = 65_536
/** WebAssembly addresses 4 GiB: four arrays of 268 M weights. */
const MAX_PAGES = 65_536

/** What is learned and what the optimizer remembers, each one flat array of the layout. */
export interface TrainState {
  layout: Layout
  weights: Float32Array
  gradients: Float32Array
  /** First and second moments. */
  m: Float32Array
  v: Float32Array
  /** Half precision only: what the loss is multiplied by, and how many updates were made with that. */
  lossScale: Float32Array
  memory: WebAssembly.Memory
}

/** PyTorch's GradScaler begins so. */
const INITIAL_LOSS_SCALE = 65_536

/** A state of zeros for an encoder. Throws AppError bad-input where the model is too large for it. */
export function createState(architecture: Architecture): TrainState {
  const layout = layoutOf(modelSpecs(architecture))
  const bytes = layout.size * 4
  const pages = Math.ceil((4 * bytes) / PAGE_BYTES)
  if (pages > MAX_PAGES) throw new AppError('bad-input', `The encoder has ${layout.size} weights; training holds at most ${(MAX_PAGES * PAGE_BYTES) / 16}: choose fewer layers or a smaller hidden size`)
  const memory = new WebAssembly.Memory({ initial: pages })
  const [weights, gradients, m, v] = [0, 1, 2, 3].map((i) => new Float32Array(memory.buffer, i * bytes, layout.size))
  return { layout, weights, gradients, m, v, lossScale: Float32Array.of(INITIAL_LOSS_SCALE, 0), memory }
}

// Decides which device a step computes on, and says why. Called once by each step that computes.
import { AppError } from '@/contract/errors'
import type { Device } from '@/contract/run'
import { Graph } from './graph'
import { hasOwnMemory, openSession, type ChosenDevice } from './session'

export interface DeviceChoice {
  device: ChosenDevice
  /** In words, for the log and the run page. */
  why: string
}

/** What to install where a device is absent. */
const HELP: Record<ChosenDevice, string> = {
  cpu: 'reinstall onnxruntime-node',
  cuda: 'install an NVIDIA driver, CUDA 12 and cuDNN 9, and onnxruntime-node’s CUDA files (ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install.js)',
  webgpu: 'install a Vulkan driver and libvulkan1',
  tfjs: 'npm install @tensorflow/tfjs-node-gpu@4.22.0',
}

/**
 * Settles `auto`: a CUDA card where one answers, else the CPU. WebGPU and TensorFlow.js are taken only when asked for.
 * `hasNvidia` says whether this machine has an NVIDIA device at all, so that none is looked for in vain.
 * Throws AppError bad-input where the wanted device does not compute.
 */
export async function chooseDevice(wanted: Device, { hasNvidia }: { hasNvidia: boolean }): Promise<DeviceChoice> {
  if (wanted === 'auto') {
    if (!hasNvidia) return { device: 'cpu', why: 'automatic: this worker has no NVIDIA card' }
    const failure = await probe('cuda')
    return failure ? { device: 'cpu', why: `automatic: there is an NVIDIA card, but CUDA does not answer (${failure})` } : { device: 'cuda', why: 'automatic: CUDA answers' }
  }
  const failure = wanted === 'cpu' ? null : await probe(wanted)
  if (failure) throw new AppError('bad-input', `Device ${wanted} does not compute on this worker: ${failure}. Choose cpu or auto, or ${HELP[wanted]}`)
  return { device: wanted, why: 'as configured' }
}

/** Throws AppError bad-input where a device has no products of half precision. */
export async function requireHalf({ device, why }: DeviceChoice): Promise<void> {
  const failure = hasOwnMemory(device) ? await probe(device, { half: true }) : 'only GPUs have them'
  if (failure) throw new AppError('bad-input', `Half precision: ${device} (${why}) has no such products: ${failure}. Choose single precision, or device cuda or webgpu on a worker whose card has them`)
}

/** Computes 1 x 2 on a device; null where it works, else the reason. */
async function probe(device: ChosenDevice, { half = false } = {}): Promise<string | null> {
  try {
    const g = new Graph()
    g.output('product', g.matMul(g.input('a', [1, 1]), g.input('b', [1, 1]), { half: true }))
    const session = await openSession(g, { device, threads: 1, half })
    const { product } = await session.run({ a: { data: Float32Array.of(1), shape: [1, 1] }, b: { data: Float32Array.of(2), shape: [1, 1] } })
    await session.close()
    return product.data[0] === 2 ? null : `1 x 2 gave ${product.data[0]}`
  } catch (error) {
    return (error as Error).message.split('\n')[0].slice(0, 300)
  }
}

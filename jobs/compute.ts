// The device and threads that a step computes with: settled once, said in its log. Called by the steps that run graphs.
import fs from 'node:fs'
import type { Device, TrainConfig } from '@/contract/run'
import { chooseDevice, requireHalf } from '@/server/graph/device'
import type { ChosenDevice } from '@/server/graph/session'
import type { StepContext } from './step'

/** Throws AppError bad-input where the configured device does not compute on this worker. */
export async function computeOf({ params, threads, log }: Pick<StepContext<'train'>, 'threads' | 'log'> & { params: { device?: Device; train?: Pick<TrainConfig, 'precision'> } }): Promise<{ threads: number; device: ChosenDevice }> {
  const choice = await chooseDevice(params.device ?? 'auto', { hasNvidia: fs.existsSync('/dev/nvidia0') || fs.existsSync('/dev/dxg') })
  if (params.train?.precision === 'half') await requireHalf(choice)
  const { device, why } = choice
  log('info', `Computes on ${device === 'cpu' ? `the CPU with ${threads} ${threads === 1 ? 'thread' : 'threads'}` : device} (${why})`)
  return { threads, device }
}

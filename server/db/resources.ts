// Samples of what steps take from their machine. Written by server/db/steps.ts as a step reports, read by app/api and the planner.
import type { ResourceSample, RunResources } from '@/contract/resources'
import type { Tx } from './client'

export async function recordSamples(tx: Tx, { stepId, attempt }: { stepId: string; attempt: number }, samples: ResourceSample[]): Promise<void> {
  await tx.resourceSample.createMany({
    data: samples.map(({ at, cores, memoryBytes, deviceShare, deviceBytes }) => ({ stepId, attempt, at: new Date(at), cores, memoryBytes, deviceShare, deviceBytes })),
    skipDuplicates: true,
  })
}

/** All samples of a run's steps, per attempt, in order of time. */
export async function readResources(tx: Tx, runId: string): Promise<RunResources> {
  const rows = await tx.resourceSample.findMany({ where: { step: { runId } }, orderBy: [{ stepId: 'asc' }, { attempt: 'asc' }, { at: 'asc' }] })
  const groups: RunResources = []
  for (const { stepId, attempt, at, cores, memoryBytes, deviceShare, deviceBytes } of rows) {
    let group = groups.at(-1)
    if (group?.stepId !== stepId || group.attempt !== attempt) groups.push((group = { stepId, attempt, samples: [] }))
    group.samples.push({ at: at.getTime(), cores, memoryBytes: Number(memoryBytes), deviceShare, deviceBytes: deviceBytes === null ? null : Number(deviceBytes) })
  }
  return groups
}

// Decides the curves of runs that differ in their seed only: one curve of means, with a band from the lowest to the highest seed.
import type { SeedGroup } from '@/contract/compare'
import type { EvaluationSummary, RunDetail } from '@/contract/run'
import { groupName } from '@/components/runs/prepare-groups'

export interface BandedRun {
  id: string
  label: string
  colorIndex: number
  evaluations: EvaluationSummary[]
  /** The group's runs; the first stands for it where one is needed, such as for planned steps. */
  members: RunDetail[]
}

/** One entry for each configuration: a run as it is, without its own intervals, or the mean over seeds at the checkpoints that all of them have. */
export function bandRuns(runs: RunDetail[], groups: SeedGroup[]): BandedRun[] {
  return groups.flatMap((group): BandedRun[] => {
    const members = group.runs.flatMap((id) => runs.find((run) => run.id === id) ?? [])
    if (members.length === 0) return []
    const [first] = members
    if (members.length === 1) return [{ id: first.id, label: first.name, colorIndex: first.colorIndex, evaluations: first.evaluations.map(({ intervals: _, ...rest }) => rest), members }]
    return [{ id: first.id, label: `${groupName(members)} (${members.length} seeds)`, colorIndex: first.colorIndex, evaluations: overSeeds(members), members }]
  })
}

function overSeeds(members: RunDetail[]): EvaluationSummary[] {
  return members[0].evaluations.flatMap((evaluation) => {
    const all = members.flatMap((run) => run.evaluations.find((other) => other.checkpointStep === evaluation.checkpointStep) ?? [])
    if (all.length < members.length) return []
    const measures: Record<string, number> = {}
    const intervals: Record<string, [number, number]> = {}
    for (const measure of Object.keys(evaluation.measures)) {
      const values = all.flatMap((each) => each.measures[measure] ?? [])
      if (values.length < members.length) continue
      measures[measure] = values.reduce((sum, value) => sum + value, 0) / values.length
      intervals[measure] = [Math.min(...values), Math.max(...values)]
    }
    return [{ ...evaluation, measures, intervals }]
  })
}

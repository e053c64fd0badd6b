// Several seeds of one configuration as one result: a mean and how far it can be trusted. Called by the compare API.
import type { SeedComparison, SeedGroup } from '@/contract/compare'
import { studentQuantile } from './distributions'
import { momentsOf } from './paired'

export interface SeededRun {
  id: string
  name: string
  /** Equal for runs that differ in their seed only. */
  configuration: string
  /** Means by canonical name of the measure. */
  measures: Record<string, number | undefined>
}

/**
 * Groups of runs by configuration, each measure with mean, standard deviation and the 95 % t interval over seeds. A winner is named only
 * where its interval lies above those of all other groups; a group of one seed has no interval, so beside it nobody wins.
 */
export function compareSeeds(runs: SeededRun[], measures: readonly string[]): SeedComparison {
  const byConfiguration = new Map<string, SeededRun[]>()
  for (const run of runs) byConfiguration.set(run.configuration, [...(byConfiguration.get(run.configuration) ?? []), run])
  const groups = Array.from(byConfiguration.values(), (members) => groupOf(members, measures))
  return { groups, winners: Object.fromEntries(measures.map((measure) => [measure, winnerOf(groups, measure)])) }
}

function groupOf(members: SeededRun[], measures: readonly string[]): SeedGroup {
  return {
    name: members[0].name,
    runs: members.map(({ id }) => id),
    measures: measures.flatMap((measure) => {
      const values = members.flatMap((run) => run.measures[measure] ?? [])
      if (values.length < members.length) return []
      const { mean, deviation } = momentsOf(values)
      const reach = values.length > 1 ? (studentQuantile(0.05, values.length - 1) * deviation) / Math.sqrt(values.length) : null
      return [{ measure, mean, deviation, low: reach === null ? null : mean - reach, high: reach === null ? null : mean + reach }]
    }),
  }
}

function winnerOf(groups: SeedGroup[], measure: string): string | null {
  const entries = groups.map((group) => ({ group, of: group.measures.find((each) => each.measure === measure) }))
  if (entries.length < 2 || entries.some(({ of }) => of === undefined || of.low === null)) return null
  const [best, ...others] = entries.sort((a, b) => b.of!.mean - a.of!.mean)
  return others.every(({ of }) => best.of!.low! > of!.high!) ? best.group.name : null
}

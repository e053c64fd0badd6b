// Head of a table with one column per run. Used by the tables of settings and of slices.
import type { RunDetail } from '@/contract/run'
import { LineMark } from '@/components/charts/line-mark'

export function RunColumns({ runs }: { runs: Pick<RunDetail, 'id' | 'name' | 'colorIndex'>[] }) {
  return runs.map((run) => (
    <th key={run.id} scope="col" className="min-w-28 px-3 py-2 text-right font-medium">
      <span className="inline-flex max-w-40 items-center gap-1.5">
        <LineMark colorIndex={run.colorIndex} />
        <span className="truncate">{run.name}</span>
      </span>
    </th>
  ))
}

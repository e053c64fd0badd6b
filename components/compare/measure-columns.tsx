// The head that the comparison's tables share: what a row is, then a column for each measure.
export function MeasureColumns({ first, measures }: { first: string; measures: readonly string[] }) {
  return (
    <thead>
      <tr className="text-left text-xs text-ink-3">
        <th scope="col" className="sticky left-0 bg-surface py-2 pr-4 pl-4 font-medium">
          {first}
        </th>
        {measures.map((measure) => (
          <th key={measure} scope="col" className="px-4 py-2 font-medium whitespace-nowrap">
            {measure}
          </th>
        ))}
      </tr>
    </thead>
  )
}

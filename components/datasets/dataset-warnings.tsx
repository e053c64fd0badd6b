// What an import found that should be looked at before anything is trained. On the data set's card and in the launch form.
import { TriangleAlert } from 'lucide-react'

/** More than these are folded away. */
const SHOWN = 4

/** `marked`: with a sign before each, where none stands before all. */
export function DatasetWarnings({ warnings, marked }: { warnings: string[]; marked: boolean }) {
  const rest = warnings.slice(SHOWN)
  return (
    <>
      <Lines lines={warnings.slice(0, SHOWN)} marked={marked} />
      {rest.length > 0 && (
        <details className="mt-1">
          <summary className="cursor-pointer text-ink-2">{rest.length} more</summary>
          <Lines lines={rest} marked={marked} />
        </details>
      )}
    </>
  )
}

function Lines({ lines, marked }: { lines: string[]; marked: boolean }) {
  return (
    <ul className="flex flex-col gap-1">
      {lines.map((line, i) => (
        <li key={i} className="flex items-start gap-2">
          {marked && <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-warn" />}
          <span className="min-w-0 break-words">{line}</span>
        </li>
      ))}
    </ul>
  )
}

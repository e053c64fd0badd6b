// The launch as text that can be edited, copied and pasted; what is valid goes into the form at once.
'use client'
import { CircleAlert, CircleCheck } from 'lucide-react'
import { useId, useState } from 'react'
import type { NewRun } from '@/contract/run'
import { CopyButton } from '@/components/ui/copy-button'
import { Panel } from '@/components/ui/panel'
import { launchToYaml, parseLaunch } from './prepare-yaml'

export default function LaunchYaml({ runs, onChange }: { runs: NewRun[]; onChange: (runs: NewRun[]) => void }) {
  const [text, setText] = useState(() => launchToYaml(runs))
  const parsed = parseLaunch(text)
  const statusId = useId()
  const edit = (next: string) => {
    setText(next)
    const result = parseLaunch(next)
    if (result.ok) onChange(result.runs)
  }
  return (
    <Panel title="YAML" note="what is valid goes into the form at once" actions={<CopyButton text={text} label="Copy the YAML" />}>
      <textarea
        aria-label="The launch as YAML"
        aria-describedby={statusId}
        aria-invalid={!parsed.ok}
        spellCheck={false}
        value={text}
        onChange={(event) => edit(event.target.value)}
        rows={Math.min(40, Math.max(16, text.split('\n').length))}
        className="w-full resize-y rounded-md border border-line-strong/70 bg-surface p-3 font-mono text-sm aria-invalid:border-bad"
      />
      <p id={statusId} role="status" className={`mt-2 flex items-start gap-1.5 text-sm ${parsed.ok ? 'text-ok' : 'text-bad'}`}>
        {parsed.ok ? <CircleCheck className="mt-0.5 size-4 shrink-0" aria-hidden /> : <CircleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />}
        {parsed.ok ? `${parsed.runs.length === 1 ? 'One run' : `${parsed.runs.length} runs`}, every value in its range` : `${parsed.line === null ? '' : `Line ${parsed.line}: `}${parsed.message}. The form keeps the last text that was right.`}
      </p>
    </Panel>
  )
}

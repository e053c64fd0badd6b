// What a launch changes against the recipe or the run that it is cloned from; nothing where nothing is changed.
'use client'
import { type NewRun, startOf } from '@/contract/run'
import { Panel } from '@/components/ui/panel'
import { draftChanges } from './prepare-draft'
import { describeTeacher } from './prepare-teacher'

export function DraftChanges({ runs, initial, changedFrom, nameOf }: { runs: NewRun[]; initial: NewRun[]; changedFrom: string; nameOf: (runId: string) => string }) {
  const changed = runs.map((run, i) => ({ name: run.name, changes: initial[i] ? draftChanges(initial[i], run, { start: (config) => describeStart(config, nameOf), teacher: (config) => describeTeacher(config, nameOf) }) : [] })).filter(({ changes }) => changes.length > 0)
  return (
    <Panel title={`Changes from ${changedFrom}`} bodyClassName="px-0 pb-0">
      {changed.length === 0 ? (
        <p className="px-4 pb-4 text-sm text-ink-2">None yet: every setting is as in {changedFrom}.</p>
      ) : (
        changed.map(({ name, changes }) => (
          <div key={name} className="border-t border-line px-4 py-2">
            {runs.length > 1 && <h3 className="text-sm font-semibold">{name}</h3>}
            <dl className="tabular text-sm">
              {changes.map(({ label, before, after }) => (
                <div key={label} className="flex flex-wrap justify-between gap-x-3 py-0.5">
                  <dt className="text-ink-2">{label}</dt>
                  <dd>
                    <del className="text-ink-3">{before}</del> <span aria-hidden>→</span> <ins className="font-semibold no-underline">{after}</ins>
                  </dd>
                </div>
              ))}
            </dl>
          </div>
        ))
      )}
    </Panel>
  )
}

function describeStart(config: NewRun['config'], nameOf: (runId: string) => string): string {
  const start = startOf(config)
  if (!start) return '–'
  return start.kind === 'sibling' ? start.name : start.kind === 'run' ? (start.runId ? nameOf(start.runId) : '–') : `model ${start.modelId}`
}

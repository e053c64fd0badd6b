// Results of the original's runs that a DRhard data folder came with: its dev and test rankings are judged from here, the rest is chosen in the launch
// form.
'use client'
import { useQueryClient } from '@tanstack/react-query'
import { Scale } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { toast } from 'sonner'
import type { DatasetSummary, GivenResult } from '@/contract/dataset'
import type { NewRun } from '@/contract/run'
import { api, keys, messageOf } from '@/components/api'
import { formatCount } from '@/components/format'
import { Button, ButtonLink } from '@/components/ui/button'

/** What a run's ranking may have at most; the original's have fewer documents unless asked for more. */
const DEPTH = 1000

export function GivenResults({ dataset, given }: { dataset: DatasetSummary; given: GivenResult[] }) {
  return (
    <section aria-label="Results that came with the folder" className="pt-1">
      <h3 className="mb-1 text-sm font-semibold">Results that came with the folder</h3>
      <ul className="flex flex-col divide-y divide-line">
        {given.map((result) => (
          <li key={result.name} className="flex flex-wrap items-center gap-x-4 gap-y-1 py-1.5">
            <code className="font-mono text-xs">{result.name}</code>
            <span className="text-ink-2">{describe(result)}</span>
            <span className="ml-auto flex flex-wrap justify-end gap-1">
              {result.rankings.includes('dev') && <JudgeRanking dataset={dataset} name={result.name} onTest={result.rankings.includes('test') && (dataset.counts?.queries.test ?? 0) > 0} />}
              {result.dim !== null && (
                <ButtonLink size="sm" href={`/runs/new?recipe=zero-shot&dataset=${dataset.id}&docsFrom=${encodeURIComponent(result.name)}`}>
                  Search the embeddings
                </ButtonLink>
              )}
              {result.negatives && (
                <ButtonLink size="sm" href={`/runs/new?recipe=star&dataset=${dataset.id}&negativesFrom=${encodeURIComponent(result.name)}`}>
                  Train on the negatives
                </ButtonLink>
              )}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function describe({ dim, rankings, negatives }: GivenResult): string {
  const parts = [dim === null ? null : `document embeddings of ${formatCount(dim)} numbers`, negatives ? 'hard negatives' : null, rankings.length > 0 ? `rankings of ${rankings.join(', ')}` : null]
  return parts.filter((part) => part !== null).join(' · ')
}

function JudgeRanking({ dataset, name, onTest }: { dataset: DatasetSummary; name: string; onTest: boolean }) {
  const client = useQueryClient()
  const router = useRouter()
  const [launching, setLaunching] = useState(false)
  const judge = async () => {
    setLaunching(true)
    try {
      const run: NewRun = { name: `${dataset.name} ${name}`.slice(0, 80), config: { method: 'external', datasetId: dataset.id, seed: 0, depth: DEPTH, rankingFrom: name, testQueries: onTest ? 'last' : 'none', fileName: onTest ? `${name}/{dev,test}.rank.tsv` : `${name}/dev.rank.tsv`, notes: [] } }
      const { runs } = await api.launch({ runs: [run] })
      await client.invalidateQueries({ queryKey: keys.runs })
      router.push(`/runs/${runs[0].id}`)
    } catch (error) {
      toast.error('The ranking cannot be judged', { description: messageOf(error) })
      setLaunching(false)
    }
  }
  return (
    <Button size="sm" disabled={launching} onClick={() => void judge()}>
      <Scale /> {onTest ? 'Judge the dev and test rankings' : 'Judge the dev ranking'}
    </Button>
  )
}

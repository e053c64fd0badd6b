// Run files of one checkpoint with official ids: MS MARCO's and TREC's format, and which measures the file scores.
'use client'
import { FileText, Package } from 'lucide-react'
import { useId, useState } from 'react'
import { MEASURES } from '@/contract/measure'
import type { RunDetail } from '@/contract/run'
import { api } from '@/components/api'
import { formatCount, formatMeasure } from '@/components/format'
import { buttonClass } from '@/components/ui/button'
import { Select } from '@/components/ui/field'
import { chosenEvaluation } from './prepare-runs'

export function RankingDownloads({ run }: { run: RunDetail }) {
  const id = useId()
  const best = chosenEvaluation(run, 'best') ?? run.evaluations.at(-1)!
  const [step, setStep] = useState(best.checkpointStep)
  const evaluation = run.evaluations.find((candidate) => candidate.checkpointStep === step) ?? best
  return (
    <div className="flex flex-col gap-3">
      <h2 className="text-base">Download the {evaluation.split} ranking</h2>
      {run.evaluations.length > 1 && (
        <div className="flex items-center gap-2">
          <label htmlFor={id} className="text-sm text-ink-2">
            Checkpoint
          </label>
          <Select id={id} value={step} onChange={(e) => setStep(Number(e.target.value))}>
            {run.evaluations.map((candidate) => (
              <option key={candidate.checkpointStep} value={candidate.checkpointStep}>
                Step {formatCount(candidate.checkpointStep)}
                {candidate.checkpointStep === 0 ? ', the start' : candidate === best ? ', best MRR@10' : ''}
              </option>
            ))}
          </Select>
        </div>
      )}
      <dl className="tabular grid grid-cols-3 gap-2">
        {MEASURES.map((measure) => (
          <div key={measure}>
            <dt className="text-xs text-ink-3">{measure}</dt>
            <dd className="text-base">{evaluation.measures[measure] === undefined ? '–' : formatMeasure(evaluation.measures[measure])}</dd>
          </div>
        ))}
      </dl>
      <p className="text-xs text-ink-3">
        {run.datasetName}, {evaluation.split}, n {formatCount(evaluation.n)} judged queries, top {formatCount(run.config.depth)} documents each, official ids.
      </p>
      <div className="grid grid-cols-2 gap-2">
        <a href={api.rankingFile(run.id, 'trec', evaluation.checkpointStep)} download className={buttonClass()}>
          <FileText /> TREC run
        </a>
        <a href={api.rankingFile(run.id, 'msmarco', evaluation.checkpointStep)} download className={buttonClass()}>
          <FileText /> MS MARCO TSV
        </a>
        <a href={api.bundleFile(run.id, evaluation.checkpointStep)} download className={buttonClass({ className: 'col-span-2' })} title="Both run files, scored again after conversion, with measures, configuration and fingerprints">
          <Package /> Bundle to hand on
        </a>
      </div>
    </div>
  )
}

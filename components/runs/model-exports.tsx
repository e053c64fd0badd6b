// A checkpoint for other programs: ordered in one of the formats, then downloaded file by file.
'use client'
import { useQueryClient } from '@tanstack/react-query'
import { Download, LoaderCircle, PackageOpen } from 'lucide-react'
import { useId, useState } from 'react'
import { toast } from 'sonner'
import { MODEL_FORMAT_TITLES, ModelFormat } from '@/contract/model'
import type { RunDetail } from '@/contract/run'
import { api, keys, messageOf } from '@/components/api'
import { formatBytes, formatCount } from '@/components/format'
import { Button } from '@/components/ui/button'
import { Select } from '@/components/ui/field'
import { exportableSteps, exportStand, type ExportStand } from './prepare-exports'
import { chosenEvaluation } from './prepare-runs'

const NOTES: Record<ModelFormat, string> = {
  'hugging-face': 'Safetensors, config.json and the tokenizer, for transformers and for importing it again.',
  onnx: 'One file with the weights inside, for onnxruntime: token ids in, embeddings out.',
}

export function ModelExports({ run }: { run: RunDetail }) {
  const id = useId()
  const steps = exportableSteps(run)
  const best = chosenEvaluation(run, 'best')?.checkpointStep
  const [step, setStep] = useState(best !== undefined && steps.includes(best) ? best : steps.at(-1)!)
  return (
    <div className="flex flex-col gap-3">
      <h2 className="text-base">Export the model</h2>
      {steps.length > 1 && (
        <div className="flex items-center gap-2">
          <label htmlFor={id} className="text-sm text-ink-2">
            Checkpoint
          </label>
          <Select id={id} value={step} onChange={(e) => setStep(Number(e.target.value))}>
            {steps.map((each) => (
              <option key={each} value={each}>
                Step {formatCount(each)}
                {each === best ? ', best MRR@10' : ''}
              </option>
            ))}
          </Select>
        </div>
      )}
      {ModelFormat.options.map((format) => (
        <section key={format} className="flex flex-col gap-1.5 border-t border-line pt-2" aria-label={MODEL_FORMAT_TITLES[format]}>
          <h3 className="text-sm font-semibold">{MODEL_FORMAT_TITLES[format]}</h3>
          <p className="text-xs text-ink-3">{NOTES[format]}</p>
          <Stand run={run} format={format} step={step} stand={exportStand(run, format, step)} />
        </section>
      ))}
    </div>
  )
}

function Stand({ run, format, step, stand }: { run: RunDetail; format: ModelFormat; step: number; stand: ExportStand }) {
  const client = useQueryClient()
  const [ordering, setOrdering] = useState(false)
  const order = async () => {
    setOrdering(true)
    try {
      await api.exportModel(run.id, { format, checkpoint: step })
      await client.invalidateQueries({ queryKey: keys.run(run.id), exact: true })
    } catch (error) {
      toast.error('The export cannot be made', { description: messageOf(error) })
    }
    setOrdering(false)
  }
  if (stand.state === 'ready')
    return (
      <ul className="flex max-h-44 flex-col overflow-y-auto">
        {stand.files.map((file) => (
          <li key={file.name}>
            <a href={api.runFile(run.id, file.stepId, file.name)} download className="flex items-center gap-2 rounded px-1 py-0.5 text-sm hover:bg-hover">
              <Download aria-hidden className="size-3.5 shrink-0 text-ink-3" />
              <span className="min-w-0 truncate font-mono text-xs">{file.name}</span>
              <span className="tabular ml-auto shrink-0 text-xs text-ink-3">{formatBytes(file.bytes)}</span>
            </a>
          </li>
        ))}
      </ul>
    )
  if (stand.state === 'under-way')
    return (
      <p role="status" className="flex items-center gap-2 text-sm text-ink-2">
        <LoaderCircle aria-hidden className="size-4 animate-spin" /> {stand.step.state === 'running' ? 'Being written' : (stand.step.reason ?? 'Waits for a worker')}
      </p>
    )
  return (
    <>
      {stand.state === 'failed' && <p className="text-sm text-bad">{stand.reason}</p>}
      <Button size="sm" className="self-start" disabled={ordering} onClick={() => void order()}>
        <PackageOpen /> {stand.state === 'failed' ? 'Try again' : 'Export'}
      </Button>
    </>
  )
}

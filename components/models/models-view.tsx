// The models that came from outside: their import while it runs, what they are, and where to go from here.
'use client'
import { useQueryClient } from '@tanstack/react-query'
import { Download, FlaskConical, Trash2 } from 'lucide-react'
import type { ReactNode } from 'react'
import { toast } from 'sonner'
import type { ModelInfo, ModelSummary } from '@/contract/model'
import { api, keys, messageOf } from '@/components/api'
import { formatAgo, formatBytes, formatCount } from '@/components/format'
import { ImportPage } from '@/components/imports/import-page'
import { ImportBadge, ImportOutcome } from '@/components/imports/import-state'
import { useNow } from '@/components/shell/use-now'
import { Button, buttonClass, ButtonLink } from '@/components/ui/button'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { CopyButton } from '@/components/ui/copy-button'
import { Notice } from '@/components/ui/notice'
import { useModels } from '@/components/use-run-events'
import { ImportModelForm } from './import-model-form'

export function ModelsView() {
  return (
    <ImportPage
      title="Models"
      query={useModels()}
      none="No model has been imported yet. Runs can begin with random weights; with a model from outside (RoBERTa, BERT, MiniLM, ANCE, DRhard) they begin with what it has learnt, and use its tokenizer."
      form={(onImported) => <ImportModelForm onImported={onImported} />}
      card={(model) => <ModelCard key={model.id} model={model} />}
    />
  )
}

const sourceText = ({ source }: ModelSummary) => (source.kind === 'hub' ? `${source.id} at ${source.revision}, ${new URL(source.endpoint).host}` : source.folder)

function ModelCard({ model }: { model: ModelSummary }) {
  const now = useNow(30_000)
  return (
    <section aria-label={model.name} className="rounded-lg border border-line bg-surface" data-model={model.name}>
      <header className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 pt-3 pb-2">
        <h2 className="text-lg">{model.name}</h2>
        <ImportBadge state={model.state} />
        <span className="min-w-0 truncate text-xs text-ink-3">
          {sourceText(model)} · {formatAgo(new Date(model.createdAt), now)} · {model.runCount === 1 ? '1 run starts from it' : `${formatCount(model.runCount)} runs start from it`}
        </span>
        <div className="ml-auto flex gap-1">
          {model.state === 'ready' && (
            <>
              <ButtonLink href={`/runs/new?recipe=zero-shot&model=${model.id}`} size="sm">
                <FlaskConical /> New run
              </ButtonLink>
              <a href={api.modelFile(model.id, 'model.safetensors')} download className={buttonClass({ variant: 'ghost', size: 'icon-sm' })} aria-label={`Download the weights of ${model.name}`} title="Download model.safetensors">
                <Download />
              </a>
            </>
          )}
          <DeleteModel model={model} />
        </div>
      </header>
      <ImportOutcome imported={model} />
      {model.info && <Facts info={model.info} />}
    </section>
  )
}

const FAMILIES = { roberta: 'RoBERTa', bert: 'BERT' }

function Facts({ info }: { info: ModelInfo }) {
  const facts: [string, ReactNode][] = [
    ['Encoder', `${FAMILIES[info.family]}, ${info.layers} layers of ${formatCount(info.hidden)}, ${info.heads} heads`],
    ['Weights', `${formatCount(info.parameters)} · ${formatBytes(info.bytes)}`],
    ['Embedding', `${formatCount(info.dim)} numbers: ${info.pooling === 'first' ? 'first token' : 'mean of tokens'}${info.head === 'none' ? '' : ', embeddingHead, norm'}${info.normalise ? ', scaled to length 1' : ''}`],
    ['Tokenizer', `${info.tokenizer.kind === 'bpe' ? 'byte-level BPE' : 'WordPiece'}, ${info.tokenizer.mode}, ${formatCount(info.tokenizer.tokens)} tokens${info.tokenizer.known ? `, ${info.tokenizer.known.differences.length > 0 ? 'nearly ' : ''}that of ${info.tokenizer.known.name}` : ''}`],
    ['Longest text', `${formatCount(info.longestText)} tokens`],
    ['Licence', info.licence ?? 'not told by its files'],
    [
      'SHA-256',
      <span key="sha" className="flex items-center gap-1">
        <code className="truncate font-mono text-xs">{info.sha256.slice(0, 16)}…</code>
        <CopyButton text={info.sha256} label="Copy the hash" />
      </span>,
    ],
    ...(info.ignored.length > 0 ? [['Left out', `${info.ignored.slice(0, 3).join(', ')}${info.ignored.length > 3 ? ` and ${info.ignored.length - 3} more tensors` : ''}`] as [string, ReactNode]] : []),
  ]
  const { known } = info.tokenizer
  return (
    <div className="px-4 pb-4">
      {known && known.differences.length > 0 && (
        <Notice tone="warn" title={`The tokenizer is nearly that of ${known.name}`} className="mb-3">
          But: {known.differences.join('; ')}. If the model was trained with that one, download its tokenizer again and import the model anew.
        </Notice>
      )}
      <dl className="grid gap-x-8 gap-y-2 text-sm sm:grid-cols-2 xl:grid-cols-4">
        {facts.map(([name, value]) => (
          <div key={name} className="min-w-0">
            <dt className="text-xs text-ink-3">{name}</dt>
            <dd className="tabular min-w-0 break-words">{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  )
}

function DeleteModel({ model }: { model: ModelSummary }) {
  const client = useQueryClient()
  const remove = async () => {
    try {
      await api.deleteModel(model.id)
      toast.success(`${model.name} is deleted`)
    } catch (error) {
      toast.error('Deleting did not work', { description: messageOf(error) })
    }
    await client.invalidateQueries({ queryKey: keys.models })
  }
  return (
    <ConfirmDialog
      trigger={
        <Button variant="ghost" size="icon-sm" aria-label={`Delete ${model.name}`} title="Delete">
          <Trash2 />
        </Button>
      }
      title={`Delete ${model.name}?`}
      action="Delete the model"
      onConfirm={remove}
    >
      The imported copy is lost; the files it came from are not touched. {model.runCount > 0 && `${formatCount(model.runCount)} runs start from it: they have to be deleted first.`}
    </ConfirmDialog>
  )
}

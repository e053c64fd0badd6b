// Fuses the compared runs into a new one, which joins the comparison.
'use client'
import { useQueryClient } from '@tanstack/react-query'
import { Combine } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { toast } from 'sonner'
import { FusionMethod, Normalisation, type RunSummary } from '@/contract/run'
import { api, keys, messageOf } from '@/components/api'
import { Button } from '@/components/ui/button'
import { Field, Input, Select } from '@/components/ui/field'
import { Popup } from '@/components/ui/popover'

const METHODS: Record<FusionMethod, string> = { rrf: 'Reciprocal rank fusion', combsum: 'CombSUM: sum of scores', combmnz: 'CombMNZ: sum times runs that agree' }
const NORMALISATIONS: Record<Normalisation, string> = { 'min-max': 'Min-max, per query', max: 'By the largest score', sum: 'By the sum of scores', 'z-score': 'Z-score', none: 'None' }

export function FuseRuns({ runs, onFused }: { runs: RunSummary[]; onFused: (id: string) => void }) {
  const client = useQueryClient()
  const [open, setOpen] = useState(false)
  const [name, setName] = useState('')
  const [fusion, setFusion] = useState<FusionMethod>('rrf')
  const [normalisation, setNormalisation] = useState<Normalisation>('min-max')
  const [isSending, setSending] = useState(false)
  const [refusal, setRefusal] = useState<string | null>(null)
  const proposed = runs.map((run) => run.name).join(' + ').slice(0, 80)

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setRefusal(null)
    setSending(true)
    try {
      const { runs: launched } = await api.fuseRuns({ name: name.trim() || proposed, runs: runs.map(({ id }) => ({ id })), fusion, normalisation })
      await client.invalidateQueries({ queryKey: keys.runs })
      toast.success(`${launched[0].name} is being fused and judged`)
      setOpen(false)
      onFused(launched[0].id)
    } catch (error) {
      setRefusal(messageOf(error))
    } finally {
      setSending(false)
    }
  }

  return (
    <Popup
      label="Fuse the runs"
      open={open}
      onOpenChange={setOpen}
      trigger={
        <Button>
          <Combine /> Fuse
        </Button>
      }
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <h2 className="text-base">Fuse {runs.length} runs into one</h2>
        <Field label="Name">{(ids) => <Input {...ids} value={name} placeholder={proposed} maxLength={80} autoComplete="off" onChange={(event) => setName(event.target.value)} />}</Field>
        <Field label="Method">
          {(ids) => (
            <Select {...ids} value={fusion} onChange={(event) => setFusion(event.target.value as FusionMethod)}>
              {FusionMethod.options.map((method) => (
                <option key={method} value={method}>
                  {METHODS[method]}
                </option>
              ))}
            </Select>
          )}
        </Field>
        {fusion !== 'rrf' && (
          <Field label="Scores are normalised">
            {(ids) => (
              <Select {...ids} value={normalisation} onChange={(event) => setNormalisation(event.target.value as Normalisation)}>
                {Normalisation.options.map((each) => (
                  <option key={each} value={each}>
                    {NORMALISATIONS[each]}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        )}
        {refusal && (
          <p role="alert" className="text-sm text-bad">
            {refusal}
          </p>
        )}
        <p className="text-xs text-ink-3">Each run’s last judged checkpoint, on the dev queries. The result is a run like any other.</p>
        <Button type="submit" variant="primary" disabled={isSending}>
          {isSending ? 'Fusing' : 'Fuse and judge'}
        </Button>
      </form>
    </Popup>
  )
}

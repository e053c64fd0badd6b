// Which measures the comparison shows: those that every evaluation computes.
'use client'
import { SlidersHorizontal } from 'lucide-react'
import { FURTHER_MEASURES, MEASURES, ruleOf } from '@/contract/measure'
import { Button } from '@/components/ui/button'
import { Checkbox } from '@/components/ui/checkbox'
import { Popup } from '@/components/ui/popover'

export const ALL_MEASURES: readonly string[] = [...MEASURES, ...FURTHER_MEASURES]

export function MeasureChoice({ measures, onChange }: { measures: readonly string[]; onChange: (measures: string[]) => void }) {
  const toggle = (measure: string) => {
    const next = ALL_MEASURES.filter((each) => (each === measure) !== measures.includes(each))
    if (next.length > 0) onChange(next)
  }
  return (
    <Popup
      label="Choose measures"
      trigger={
        <Button variant="ghost" size="sm">
          <SlidersHorizontal /> Measures
        </Button>
      }
    >
      <fieldset>
        <legend className="mb-2 text-base font-semibold">Measures</legend>
        <ul className="max-h-96 overflow-y-auto">
          {ALL_MEASURES.map((measure) => (
            <li key={measure}>
              <label className="flex cursor-pointer gap-2.5 rounded px-1 py-1.5 hover:bg-hover">
                <span className="pt-0.5">
                  <Checkbox checked={measures.includes(measure)} onChange={() => toggle(measure)} />
                </span>
                <span className="min-w-0">
                  <span className="block text-sm font-medium">{measure}</span>
                  <span className="block text-xs text-ink-3">{ruleOf(measure)}</span>
                </span>
              </label>
            </li>
          ))}
        </ul>
      </fieldset>
    </Popup>
  )
}

// The recipes as cards; one is chosen. Native radio buttons underneath, so arrow keys work.
'use client'
import { PRESETS } from '@/contract/presets'
import { cn } from '@/components/ui/class-names'

export function RecipePicker({ value, onChange }: { value: string | null; onChange: (id: string) => void }) {
  return (
    <fieldset>
      <legend className="mb-2 text-sm font-medium">Recipe</legend>
      <div className="grid gap-2 sm:grid-cols-2 lg:grid-cols-12">
        {PRESETS.map((preset) => (
          <label
            key={preset.id}
            className={cn(
              'relative flex flex-col gap-1 rounded-lg border border-line bg-surface p-3 transition-colors hover:border-line-strong has-[:focus-visible]:outline-2 has-[:focus-visible]:outline-offset-2 has-[:focus-visible]:outline-(--accent)',
              preset.runs('').length > 1 ? 'lg:col-span-6' : 'lg:col-span-3',
              value === preset.id && 'border-accent bg-accent-soft hover:border-accent',
            )}
          >
            <input type="radio" name="recipe" value={preset.id} checked={value === preset.id} onChange={() => onChange(preset.id)} className="sr-only" />
            <span className="flex items-baseline justify-between gap-2">
              <span className="text-base font-semibold">{preset.title}</span>
              {preset.paper && <span className="truncate text-xs text-ink-3">paper: {preset.paper}</span>}
            </span>
            <span className={cn('text-sm text-ink-2', value !== preset.id && 'hidden sm:inline')}>{preset.description}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}

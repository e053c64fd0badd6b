// A run's or step's state as icon and word; the colour only repeats what they say.
import { Ban, Check, CircleDashed, Clock3, LoaderCircle, X } from 'lucide-react'
import type { z } from 'zod'
import type { RunState, StepState } from '@/contract/run'
import { Badge, type Tone } from '@/components/ui/badge'
import { cn } from '@/components/ui/class-names'

type State = RunState | z.infer<typeof StepState>

const LOOKS: Record<State, { text: string; tone: Tone; icon: typeof Check; ink: string }> = {
  waiting: { text: 'Waiting', tone: 'plain', icon: CircleDashed, ink: 'text-ink-3' },
  queued: { text: 'Queued', tone: 'plain', icon: Clock3, ink: 'text-ink-2' },
  running: { text: 'Running', tone: 'accent', icon: LoaderCircle, ink: 'text-accent' },
  cancelling: { text: 'Cancelling', tone: 'warn', icon: LoaderCircle, ink: 'text-warn' },
  succeeded: { text: 'Succeeded', tone: 'ok', icon: Check, ink: 'text-ok' },
  failed: { text: 'Failed', tone: 'bad', icon: X, ink: 'text-bad' },
  cancelled: { text: 'Cancelled', tone: 'plain', icon: Ban, ink: 'text-ink-3' },
}

/** `stale`: the connection is lost, so a spinning icon would promise what nobody knows. */
export function RunStateBadge({ state, stale = false }: { state: State; stale?: boolean }) {
  const { text, tone, icon: Icon } = LOOKS[state]
  return (
    <Badge tone={stale && Icon === LoaderCircle ? 'plain' : tone}>
      <Icon aria-hidden className={cn(Icon === LoaderCircle && !stale && 'animate-spin [animation-duration:1.6s]')} />
      {text}
    </Badge>
  )
}

export function StateIcon({ state, stale = false }: { state: State; stale?: boolean }) {
  const { text, icon: Icon, ink } = LOOKS[state]
  return <Icon role="img" aria-label={text} className={cn('size-4 shrink-0', ink, Icon === LoaderCircle && !stale && 'animate-spin [animation-duration:1.6s]')} />
}

// How all charts of a view are looked at: over steps, epochs or time, linear or logarithmic, smoothed or raw; and the way back from a zoom.
'use client'
import { ZoomOut } from 'lucide-react'
import { Button } from '@/components/ui/button'
import { Choice } from '@/components/ui/choice'
import type { ChartLook } from './prepare-curves'

export type Smoothing = 'smooth' | 'raw'

const X = [
  { value: 'step', label: 'Step' },
  { value: 'epoch', label: 'Epoch' },
  { value: 'time', label: 'Time' },
] as const
const SCALES = [
  { value: 'linear', label: 'Linear' },
  { value: 'log', label: 'Log' },
] as const
const SMOOTHING = [
  { value: 'smooth', label: 'Smoothed' },
  { value: 'raw', label: 'Raw' },
] as const

interface ChartControlsProps {
  look: ChartLook
  onLook: (look: ChartLook) => void
  smooth: Smoothing
  onSmooth: (smooth: Smoothing) => void
}

export function ChartControls({ look, onLook, smooth, onSmooth }: ChartControlsProps) {
  return (
    <div className="flex flex-wrap items-center gap-2">
      {/* A stretch of steps means nothing in seconds: another axis shows everything again. */}
      <Choice label="Curves over" value={look.x} onChange={(x) => onLook({ ...look, x, range: null })} options={X} />
      <Choice label="Vertical axis" value={look.scale} onChange={(scale) => onLook({ ...look, scale })} options={SCALES} />
      <Choice label="Training curves" value={smooth} onChange={onSmooth} options={SMOOTHING} />
      {look.range && (
        <Button size="sm" onClick={() => onLook({ ...look, range: null })}>
          <ZoomOut /> Show everything
        </Button>
      )}
    </div>
  )
}

// Bars over equal bins, drawn by Recharts, which comes with the first of them: distributions are drawn once and have few marks. Called by the
// pages of negatives and data sets.
'use client'
import dynamic from 'next/dynamic'
import { Skeleton } from '@/components/ui/skeleton'

export interface HistogramProps {
  label: string
  /** Bins of equal width over [from, to). */
  bins: { from: number; to: number; counts: number[] }
  /** What a bin's ends are, in the tooltip and on the axis. */
  formatX: (value: number) => string
  /** Bars at zero and above are marked: where the sign matters. */
  isSigned?: boolean
  height?: number
}

export const HISTOGRAM_HEIGHT = 140

export const Histogram = dynamic(() => import('./histogram-drawing').then((module) => module.HistogramDrawing), { ssr: false, loading: () => <Skeleton className="h-[140px]" /> })

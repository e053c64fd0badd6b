// Numbers, times and sizes as the product writes them.

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** A measure between 0 and 1, to three places. */
export const formatMeasure = (value: number) => value.toFixed(3)

/** A difference of measures with its sign; a minus sign as wide as the plus. */
export function formatDifference(value: number): string {
  const text = Math.abs(value).toFixed(3)
  if (Number(text) === 0) return '±0.000'
  return `${value > 0 ? '+' : '−'}${text}`
}

/** A p-value: three places, never "0.000". */
export const formatP = (p: number) => (p < 0.001 ? '< 0.001' : p.toFixed(3))

const counts = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
export const formatCount = (value: number) => counts.format(value)

/** A number of unknown size: grouped when large, scientific when tiny, four significant digits otherwise. */
export function formatNumber(value: number): string {
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (Number.isInteger(value) && size < 1e9) return size >= 10_000 ? counts.format(value) : String(value)
  if (size >= 1e9 || size < 1e-3) return value.toExponential(2).replace(/\.?0+e/, 'e').replace('e+', 'e')
  return String(Number(value.toPrecision(4)))
}

export function formatDuration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  const s = Math.round(seconds)
  if (s < MINUTE) return `${s} s`
  if (s < HOUR) return `${Math.floor(s / MINUTE)} min ${String(s % MINUTE).padStart(2, '0')} s`
  if (s < DAY) return `${Math.floor(s / HOUR)} h ${String(Math.floor((s % HOUR) / MINUTE)).padStart(2, '0')} min`
  return `${Math.floor(s / DAY)} d ${Math.floor((s % DAY) / HOUR)} h`
}

/** Time left, rounded so that the text does not flicker. */
export function formatTimeLeft(seconds: number): string {
  if (seconds < 5) return 'a few seconds'
  if (seconds < MINUTE) return `${Math.ceil(seconds / 5) * 5} s`
  if (seconds < 10 * MINUTE) return `${Math.floor(seconds / MINUTE)} min ${String(Math.floor((seconds % MINUTE) / 10) * 10).padStart(2, '0')} s`
  if (seconds < HOUR) return `${Math.round(seconds / MINUTE)} min`
  return formatDuration(seconds)
}

export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

/** "14:02:11", or with the day when it is not today. */
export function formatClock(at: Date, now: Date): string {
  const time = at.toLocaleTimeString('en-GB')
  return at.toDateString() === now.toDateString() ? time : `${at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })} ${time}`
}

export const formatDateTime = (at: Date) => at.toLocaleString('en-GB', { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit' })

export function formatAgo(at: Date, now: Date): string {
  const s = Math.max(0, (now.getTime() - at.getTime()) / 1000)
  if (s < 10) return 'just now'
  if (s < MINUTE) return `${Math.floor(s)} s ago`
  if (s < HOUR) return `${Math.floor(s / MINUTE)} min ago`
  if (s < DAY) return `${Math.floor(s / HOUR)} h ago`
  if (s < 30 * DAY) return `${Math.floor(s / DAY)} d ago`
  return at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })
}

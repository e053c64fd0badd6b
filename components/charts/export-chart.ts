// Saves a chart as the reader sees it: SVG or PNG with the theme's colours written in, or its numbers as CSV. Called by chart-panel.tsx.
import { csvLine } from './csv'
import type { Curve } from './prepare-curves'
import { prepareTable } from './prepare-curves'
import type { XKind } from './prepare-axis'

const X_COLUMNS: Record<XKind, string> = { step: 'step', epoch: 'epoch', time: 'seconds' }
const PNG_SCALE = 2
const PADDING = 16

/** A row per x, a column per curve and, where values are means with intervals, their ends and n. Empty where a curve has no point. */
export function chartCsv(curves: Curve[], kind: XKind): string {
  const extras = curves.map((curve) => curve.stretches.flat().some((point) => point.interval))
  const head = [X_COLUMNS[kind], ...curves.flatMap(({ label }, i) => [label, ...(extras[i] ? [`${label} low`, `${label} high`, `${label} n`] : [])])]
  const rows = prepareTable(curves).map(({ x, cells }) => [x, ...cells.flatMap((cell, i) => [cell?.y ?? '', ...(extras[i] ? [cell?.interval?.[0] ?? '', cell?.interval?.[1] ?? '', cell?.n ?? ''] : [])])])
  return [head, ...rows].map(csvLine).join('')
}

/** The drawing as a document of its own, with title and legend, in the colours of the theme that is on. */
export function chartSvg(svg: SVGSVGElement, title: string, curves: Curve[]): { text: string; width: number; height: number } {
  const style = getComputedStyle(document.documentElement)
  const { width, height } = svg.getBoundingClientRect()
  const copy = svg.cloneNode(true) as SVGSVGElement
  for (const el of copy.querySelectorAll('[data-cursor]')) el.remove()
  const legend = curves.map((curve, i) => `<g transform="translate(${PADDING}, ${PADDING + 26 + i * 16})"><line x1="0" x2="14" stroke="var(--run-${curve.colorIndex % 10})" stroke-width="3"/><text x="20" y="4" font-size="12" fill="var(--ink-2)">${escape(curve.label)}</text></g>`).join('')
  const top = PADDING + 22 + curves.length * 16
  const full = { width: width + 2 * PADDING, height: height + top + PADDING }
  const text = `<svg xmlns="http://www.w3.org/2000/svg" width="${full.width}" height="${full.height}" viewBox="0 0 ${full.width} ${full.height}" font-family="Helvetica, Arial, sans-serif"><rect width="100%" height="100%" fill="var(--surface)"/><text x="${PADDING}" y="${PADDING + 10}" font-size="14" font-weight="600" fill="var(--ink)">${escape(title)}</text>${legend}<svg x="${PADDING}" y="${top}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${copy.innerHTML}</svg></svg>`
  return { ...full, text: text.replaceAll(/var\((--[\w-]+)\)/g, (_, name: string) => style.getPropertyValue(name).trim()) }
}

const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

/** Throws where the browser cannot draw the picture. */
export async function chartPng({ text, width, height }: ReturnType<typeof chartSvg>): Promise<Blob> {
  const image = new Image()
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`
  await image.decode()
  const canvas = document.createElement('canvas')
  canvas.width = width * PNG_SCALE
  canvas.height = height * PNG_SCALE
  canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height)
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('The browser could not make a picture of this size'))), 'image/png'))
}

/** Hands a file to the reader. */
export function saveFile(name: string, content: Blob | string, type: string): void {
  const url = URL.createObjectURL(typeof content === 'string' ? new Blob([content], { type }) : content)
  const link = Object.assign(document.createElement('a'), { href: url, download: name })
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

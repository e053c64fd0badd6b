// Files of a drawing that is not a CurveChart: SVG and PNG as it is seen, CSV of its numbers.
'use client'
import { Download } from 'lucide-react'
import type { RefObject } from 'react'
import { toast } from 'sonner'
import { messageOf } from '@/components/api'
import { Button } from '@/components/ui/button'
import { Menu, MenuItem } from '@/components/ui/menu'
import { chartPng, chartSvg, saveFile } from './export-chart'

export function DrawingExport({ title, svg, csv }: { title: string; svg: RefObject<SVGSVGElement | null>; csv: () => string }) {
  const name = title.toLowerCase().replaceAll(/[^a-z0-9@]+/g, '-')
  const png = async () => {
    try {
      saveFile(`${name}.png`, await chartPng(chartSvg(svg.current!, title, [])), 'image/png')
    } catch (error) {
      toast.error('The picture could not be made', { description: messageOf(error) })
    }
  }
  return (
    <Menu
      trigger={
        <Button variant="ghost" size="icon-sm" aria-label={`Files of ${title}`} title="Save">
          <Download />
        </Button>
      }
    >
      <MenuItem onSelect={() => saveFile(`${name}.csv`, csv(), 'text/csv')}>CSV</MenuItem>
      <MenuItem onSelect={() => saveFile(`${name}.svg`, chartSvg(svg.current!, title, []).text, 'image/svg+xml')}>SVG</MenuItem>
      <MenuItem onSelect={() => void png()}>PNG</MenuItem>
    </Menu>
  )
}

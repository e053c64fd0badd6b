// The comparison for a paper or a spreadsheet.
'use client'
import { Download } from 'lucide-react'
import { toast } from 'sonner'
import type { Comparison } from '@/contract/compare'
import { messageOf } from '@/components/api'
import { saveFile } from '@/components/charts/export-chart'
import { Button } from '@/components/ui/button'
import { Menu, MenuItem } from '@/components/ui/menu'
import type { ComparisonRow } from './prepare-comparison'
import { comparisonCsv, comparisonLatex } from './prepare-export'

export function ExportComparison({ rows, comparison, measures }: { rows: ComparisonRow[]; comparison: Comparison | undefined; measures: readonly string[] }) {
  const latex = () => comparisonLatex(rows, comparison, measures, rows[0].run.datasetName)
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(latex())
      toast.success('The LaTeX table is copied')
    } catch (error) {
      toast.error('It could not be copied', { description: messageOf(error) })
    }
  }
  return (
    <Menu
      trigger={
        <Button variant="ghost" size="sm">
          <Download /> Export
        </Button>
      }
    >
      <MenuItem onSelect={() => void copy()}>Copy as LaTeX</MenuItem>
      <MenuItem onSelect={() => saveFile('comparison.tex', latex(), 'text/x-tex')}>LaTeX file</MenuItem>
      <MenuItem onSelect={() => saveFile('comparison.csv', comparisonCsv(rows, comparison), 'text/csv')}>CSV of every number</MenuItem>
    </Menu>
  )
}

// Keeps what a step has measured in its work folder until the step is published, so that a worker killed between hearing and writing
// loses no point of a curve: the next attempt tells them again, and equal points replace each other. Called by jobs/step-child.ts.
import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { MetricPoint } from '@/contract/event'

const FILE = 'metrics.jsonl'

export class MetricJournal {
  private readonly file: string

  constructor(private readonly workDir: string) {
    this.file = path.join(workDir, FILE)
  }

  /** Appends a line of points. It outlives this process; a power cut may take the last few. */
  append(points: MetricPoint[]): void {
    fs.mkdirSync(this.workDir, { recursive: true })
    fs.appendFileSync(this.file, `${JSON.stringify(points)}\n`)
  }

  /** The points of earlier attempts, line by line. A last line that a kill has cut short is left out; the step measures it again. */
  read(): MetricPoint[][] {
    if (!fs.existsSync(this.file)) return []
    const text = fs.readFileSync(this.file, 'utf8')
    const complete = text.slice(0, text.lastIndexOf('\n') + 1)
    if (complete.length < text.length) fs.truncateSync(this.file, Buffer.byteLength(complete))
    return complete.split('\n').filter(Boolean).map((line) => z.array(MetricPoint).parse(JSON.parse(line)))
  }
}

// The values of every query as a file. Written by the evaluate step; read by comparisons and the query pages.
import fs from 'node:fs'
import { z } from 'zod'
import { AppError } from '@/contract/errors'
import { MeasureName } from '@/contract/measure'
import type { Evaluation, Values } from './evaluate'

const PerQueryFile = z.object({ queryRows: z.array(z.number().int()), values: z.partialRecord(MeasureName, z.array(z.number())) })

export interface PerQuery {
  queryRows: Int32Array
  values: Partial<Values>
}

export function writePerQuery(path: string, { queryRows, values }: Evaluation['perQuery']): void {
  const arrays = Object.fromEntries(Object.entries(values).map(([name, each]) => [name, Array.from(each)]))
  fs.writeFileSync(path, JSON.stringify({ queryRows: Array.from(queryRows), values: arrays }))
}

export function readPerQuery(path: string): PerQuery {
  let file: z.infer<typeof PerQueryFile>
  try {
    file = PerQueryFile.parse(JSON.parse(fs.readFileSync(path, 'utf8')))
  } catch (cause) {
    throw new AppError('broken', `${path} cannot be read; evaluate again`, { cause })
  }
  const values = Object.fromEntries(Object.entries(file.values).map(([name, each]) => [name, Float64Array.from(each)]))
  return { queryRows: Int32Array.from(file.queryRows), values }
}

// The values of every query as a file. Written by the evaluate step; read by comparisons and the query pages.
import fs from 'node:fs'
import { z } from 'zod'
import { AppError } from '@/contract/errors'
import type { Evaluation } from './evaluate'

const PerQueryFile = z.object({ queryRows: z.array(z.number().int()), values: z.record(z.string(), z.array(z.number().nullable())) })

/** Values by canonical name of the measure, NaN where a query does not count for it. */
export interface PerQuery {
  queryRows: Int32Array
  values: Record<string, Float64Array>
}

export function perQueryOf({ queryRows, results }: Pick<Evaluation, 'queryRows' | 'results'>): PerQuery {
  return { queryRows, values: Object.fromEntries(results.map(({ id, values }) => [id, values])) }
}

export function writePerQuery(path: string, { queryRows, values }: PerQuery): void {
  const arrays = Object.fromEntries(Object.entries(values).map(([id, each]) => [id, Array.from(each)])) // NaN is null in JSON
  fs.writeFileSync(path, JSON.stringify({ queryRows: Array.from(queryRows), values: arrays }))
}

export function readPerQuery(path: string): PerQuery {
  let file: z.infer<typeof PerQueryFile>
  try {
    file = PerQueryFile.parse(JSON.parse(fs.readFileSync(path, 'utf8')))
  } catch (cause) {
    throw new AppError('broken', `${path} cannot be read; evaluate again`, { cause })
  }
  const values = Object.fromEntries(Object.entries(file.values).map(([id, each]) => [id, Float64Array.from(each, (value) => value ?? NaN)]))
  return { queryRows: Int32Array.from(file.queryRows), values }
}

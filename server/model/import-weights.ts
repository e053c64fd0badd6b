// Finds and reads the weight files of a model's folder: one file or shards, safetensors before PyTorch's. Called by import-hf.ts.
import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { AppError } from '@/contract/errors'
import { readSafetensors, type NamedTensor } from './safetensors'
import { readTorchBin } from './torch-bin'

const READERS = [
  { name: 'model.safetensors', read: readSafetensors },
  { name: 'pytorch_model.bin', read: readTorchBin },
]
const Index = z.object({ weight_map: z.record(z.string(), z.string().regex(/^[\w.-]+$/, 'a file name of the same folder')) })

export function readWeightFiles(folder: string): Map<string, NamedTensor> {
  for (const { name, read } of READERS) {
    const file = path.join(folder, name)
    if (fs.existsSync(file)) return read(file)
    const index = `${file}.index.json`
    if (fs.existsSync(index)) return readShards(folder, index, read)
  }
  throw new AppError('bad-input', `${folder} has no ${READERS.map(({ name }) => name).join(' or ')}; give the folder that holds the weights`)
}

function readShards(folder: string, index: string, read: (file: string) => Map<string, NamedTensor>): Map<string, NamedTensor> {
  let names: Set<string>
  try {
    names = new Set(Object.values(Index.parse(JSON.parse(fs.readFileSync(index, 'utf8'))).weight_map))
  } catch (cause) {
    throw new AppError('bad-input', `${index} cannot be read as an index of weight files: ${(cause as Error).message}`, { cause })
  }
  return new Map([...names].flatMap((name) => [...read(path.join(folder, name))]))
}

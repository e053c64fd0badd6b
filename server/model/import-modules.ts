// What a sentence-transformers folder says beside its encoder: modules.json names an encoder, a pooling and perhaps a normalisation.
// Anything else is refused by name. Called by import-hf.ts.
import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { AppError } from '@/contract/errors'
import type { Pooling } from '@/contract/run'
import { readModelJson } from './model-json'

const Modules = z.array(z.looseObject({ path: z.string().regex(/^[\w.-]*$/, 'a folder of the same folder'), type: z.string() }))
const PoolingConfig = z.record(z.string(), z.unknown())

export interface SentenceModules {
  encoderFolder: string
  pooling: Pooling
  normalise: boolean
}

/** Null where the folder has no modules.json. */
export function readModules(folder: string): SentenceModules | null {
  const file = path.join(folder, 'modules.json')
  if (!fs.existsSync(file)) return null
  const modules = Modules.safeParse(readModelJson(file))
  if (!modules.success) throw new AppError('bad-input', `${file}: ${modules.error.issues[0].path.join('.')}: ${modules.error.issues[0].message}`)
  let encoderFolder: string | null = null
  let pooling: Pooling | null = null
  let normalise = false
  for (const { type, path: sub } of modules.data) {
    const kind = type.split('.').at(-1)
    if (kind === 'Transformer' && !encoderFolder) encoderFolder = path.join(folder, sub)
    else if (kind === 'Pooling' && encoderFolder && !pooling) pooling = readPooling(path.join(folder, sub, 'config.json'))
    else if (kind === 'Normalize' && pooling) normalise = true
    else throw new AppError('bad-input', `${file}: a module ${kind} at this place is not supported; Transformer, Pooling and Normalize are, in this order`)
  }
  if (!encoderFolder || !pooling) throw new AppError('bad-input', `${file} names no ${encoderFolder ? 'Pooling' : 'Transformer'} module`)
  return { encoderFolder, pooling, normalise }
}

function readPooling(file: string): Pooling {
  const config = PoolingConfig.safeParse(readModelJson(file))
  const modes = Object.entries(config.success ? config.data : {}).filter(([name, on]) => name.startsWith('pooling_mode_') && on === true).map(([name]) => name)
  if (modes.join() === 'pooling_mode_cls_token') return 'first'
  if (modes.join() === 'pooling_mode_mean_tokens') return 'mean'
  throw new AppError('bad-input', `${file}: ${modes.length === 0 ? 'no pooling is chosen' : `${modes.join(' with ')} is not supported`}; pooling_mode_cls_token or pooling_mode_mean_tokens alone is`)
}

// Where a model comes from, before it is imported: its hub's commit, its folder's files. Called by whoever plans an import (app/api, jobs)
// and by model/download-model.ts.
import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { AppError } from '@/contract/errors'
import type { ModelSource } from '@/contract/model'

export type HubSource = Extract<ModelSource, { kind: 'hub' }>

/** The hub's answer about a revision: its commit and its files. */
const Revision = z.looseObject({ sha: z.string().regex(/^[0-9a-f]{40}$/), siblings: z.array(z.looseObject({ rfilename: z.string() })) })

/** The commit that a revision names. Throws AppError unavailable or bad-input. */
export async function resolveRevision(source: HubSource, signal?: AbortSignal): Promise<{ commit: string; files: string[] }> {
  const url = `${source.endpoint}/api/models/${source.id}/revision/${encodeURIComponent(source.revision)}`
  let response: Response
  try {
    response = await fetch(url, { signal })
  } catch (cause) {
    throw new AppError('unavailable', `${source.endpoint} cannot be reached (${((cause as Error).cause as Error | undefined)?.message ?? (cause as Error).message}); download the model elsewhere and import its folder`, { cause })
  }
  if (!response.ok) throw new AppError(response.status < 500 ? 'bad-input' : 'unavailable', `${url} answered ${response.status}; check the id and the revision, and whether the model is public`)
  const parsed = Revision.safeParse(await response.json().catch(() => null))
  if (!parsed.success) throw new AppError('unavailable', `${url} answered in an unknown shape; is it a Hugging Face hub?`)
  return { commit: parsed.data.sha, files: parsed.data.siblings.map(({ rfilename }) => rfilename) }
}

/** Part of the key of an import. The hub's commit, or sizes and times of a folder's files. Throws AppError bad-input or unavailable where the source is not there. */
export async function fingerprintModel(source: ModelSource): Promise<string> {
  if (source.kind === 'hub') return (await resolveRevision(source)).commit
  return [source.folder, ...(source.tokenizerFolder ? [source.tokenizerFolder] : [])].map(fingerprintFolder).join(' ')
}

function fingerprintFolder(folder: string): string {
  if (!fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw new AppError('bad-input', `${folder} is no folder on this server; give the folder that holds config.json and the weights`)
  const files = fs.readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && /\.(json|txt|bin|safetensors)$/.test(entry.name))
  const parts = files.map((entry) => {
    const file = path.join(entry.parentPath, entry.name)
    const { size, mtimeMs } = fs.statSync(file)
    return `${path.relative(folder, file)}:${size}:${Math.round(mtimeMs)}`
  })
  return parts.sort().join(' ')
}

// GET shows a run with its steps and files, DELETE removes it with what only it needs.
import fs from 'node:fs/promises'
import { database } from '@/server/db/client'
import { artifactsDir } from '@/server/db/location'
import { deleteRun, readRun } from '@/server/db/runs'
import { route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

export const GET = route<{ id: string }>((_, { id }) => readRun(database(), id))

export const DELETE = route<{ id: string }>(async (_, { id }) => {
  const folders = await deleteRun(database(), id, artifactsDir())
  await Promise.all(folders.map((folder) => fs.rm(folder, { recursive: true, force: true })))
  return new Response(null, { status: 204 })
})

// What is done to several runs at once, all or none: archive and tags; and the table's addresses under a name. Called by app/api.
import { AppError } from '@/contract/errors'
import type { RunsChange, SavedView } from '@/contract/run-table'
import { CONSOLE, recordAudit, type Actor } from './audit'
import type { Database, Tx } from './client'

/** Archives, unarchives, tags or untags runs. Throws not-found where one of them does not exist. */
export async function changeRuns(db: Database, change: RunsChange, by: Actor = CONSOLE): Promise<void> {
  const ids = [...new Set(change.ids)]
  await db.$transaction(async (tx) => {
    const known = new Set((await tx.run.findMany({ where: { id: { in: ids } }, select: { id: true } })).map((run) => run.id))
    const missing = ids.find((id) => !known.has(id))
    if (missing) throw new AppError('not-found', `There is no run ${missing}; it may have been deleted`)
    await apply(tx, change, ids)
    await recordAudit(tx, by, `run.${change.action}`, null, { ids, ...('tag' in change && { tag: change.tag }) })
  })
}

async function apply(tx: Tx, change: RunsChange, ids: string[]): Promise<void> {
  switch (change.action) {
    case 'archive':
      await tx.run.updateMany({ where: { id: { in: ids }, archivedAt: null }, data: { archivedAt: new Date() } })
      return
    case 'unarchive':
      await tx.run.updateMany({ where: { id: { in: ids } }, data: { archivedAt: null } })
      return
    case 'tag':
      await tx.$executeRaw`UPDATE run SET tags = (SELECT array_agg(DISTINCT tag ORDER BY tag) FROM unnest(tags || ${change.tag}::text) tag) WHERE id = ANY(${ids})`
      return
    case 'untag':
      await tx.$executeRaw`UPDATE run SET tags = array_remove(tags, ${change.tag}) WHERE id = ANY(${ids})`
  }
}

/** Views by name. */
export const listViews = (tx: Tx): Promise<SavedView[]> => tx.savedView.findMany({ select: { name: true, query: true }, orderBy: { name: 'asc' } })

/** Keeps a view; one of that name is replaced. */
export async function saveView(tx: Tx, { name, query }: SavedView, by: Actor): Promise<void> {
  await tx.savedView.upsert({ where: { name }, create: { name, query, createdBy: by.name }, update: { query, createdBy: by.name } })
}

/** Throws not-found. */
export async function deleteView(tx: Tx, name: string): Promise<void> {
  const { count } = await tx.savedView.deleteMany({ where: { name } })
  if (!count) throw new AppError('not-found', `There is no view named ${name}`)
}

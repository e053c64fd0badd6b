// Which artifacts are published, and which no run needs any more. Called by server/db, app/api and jobs.
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import type { ArtifactSummary } from '@/contract/artifact'
import { artifactDir } from '@/server/files/artifact'
import type { Prisma } from './generated/client'
import type { Tx } from './client'

/** The published folder as the database knows it. */
export interface PublishedArtifact {
  key: string
  kind: string
  files: { name: string; bytes: number; sha256: string }[]
  result: unknown
}

/** Records a published artifact; a key that is known already stays as it is. */
export async function recordArtifact(tx: Tx, artifact: PublishedArtifact): Promise<void> {
  const bytes = artifact.files.reduce((sum, file) => sum + file.bytes, 0)
  await tx.artifact.createMany({
    data: { key: artifact.key, kind: artifact.kind, bytes, files: artifact.files, result: (artifact.result ?? undefined) as Prisma.InputJsonValue | undefined },
    skipDuplicates: true,
  })
}

const LARGEST = 100

/** How much is published, by kind, and the largest artifacts. */
export async function summariseArtifacts(tx: Tx): Promise<Pick<ArtifactSummary, 'count' | 'bytes' | 'byKind' | 'artifacts'>> {
  const [byKind, largest] = await Promise.all([
    tx.$queryRaw<{ kind: string; count: number; bytes: number }[]>`SELECT kind, count(*)::int AS count, sum(bytes)::float8 AS bytes FROM artifact GROUP BY kind ORDER BY sum(bytes) DESC`,
    tx.$queryRaw<{ key: string; kind: string; bytes: number; created_at: Date; runs: number }[]>`
      SELECT a.key, a.kind, a.bytes::float8 AS bytes, a.created_at, (SELECT count(DISTINCT run_id)::int FROM step s WHERE s.key = a.key) AS runs
      FROM artifact a ORDER BY a.bytes DESC, a.key LIMIT ${LARGEST}`,
  ])
  const sum = (of: 'count' | 'bytes') => byKind.reduce((total, row) => total + row[of], 0)
  return { count: sum('count'), bytes: sum('bytes'), byKind, artifacts: largest.map(({ created_at, ...row }) => ({ ...row, createdAt: created_at.toISOString() })) }
}

/** Bytes of all published artifacts. */
export async function artifactBytes(tx: Tx): Promise<number> {
  const { _sum } = await tx.artifact.aggregate({ _sum: { bytes: true } })
  return Number(_sum.bytes ?? 0n)
}

/**
 * Forgets artifacts that no step makes or reads, and moves their folders out of the way. Runs inside the transaction, so that a
 * launch right after it plans to make them anew; the caller hands what is returned to removeArtifacts after the commit.
 */
export async function forgetUnusedArtifacts(tx: Tx, root: string): Promise<Removed> {
  const rows = await tx.$queryRaw<{ key: string }[]>`
    DELETE FROM artifact a
    WHERE NOT EXISTS (SELECT 1 FROM step s WHERE s.key = a.key) AND NOT EXISTS (SELECT 1 FROM step s WHERE a.key = ANY(s.depends_on))
    RETURNING a.key`
  return moveAside(root, rows.map(({ key }) => key))
}

/** Forgotten artifacts: their keys in the store, and their folders on this machine. */
export interface Removed {
  keys: string[]
  folders: string[]
}

/** Moves the folders of forgotten artifacts out of the way. */
export function moveAside(root: string, keys: string[]): Removed {
  const folders = keys.flatMap((key) => {
    const folder = artifactDir(root, key)
    if (!fs.existsSync(folder)) return []
    const aside = `${folder}.deleted-${randomBytes(4).toString('hex')}`
    fs.renameSync(folder, aside)
    return [aside]
  })
  return { keys, folders }
}

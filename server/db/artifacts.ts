// Which artifacts are published, and which no run needs any more. Called by server/db/steps.ts, runs.ts and datasets.ts.
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
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

/**
 * Forgets artifacts that no step makes or reads, and moves their folders out of the way. Runs inside the transaction, so that a
 * launch right after it plans to make them anew; the caller removes the returned folders after the commit.
 */
export async function forgetUnusedArtifacts(tx: Tx, root: string): Promise<string[]> {
  const rows = await tx.$queryRaw<{ key: string }[]>`
    DELETE FROM artifact a
    WHERE NOT EXISTS (SELECT 1 FROM step s WHERE s.key = a.key) AND NOT EXISTS (SELECT 1 FROM step s WHERE a.key = ANY(s.depends_on))
    RETURNING a.key`
  return rows.flatMap(({ key }) => {
    const folder = artifactDir(root, key)
    if (!fs.existsSync(folder)) return []
    const aside = `${folder}.deleted-${randomBytes(4).toString('hex')}`
    fs.renameSync(folder, aside)
    return [aside]
  })
}

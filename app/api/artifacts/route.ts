// GET sums up the published artifacts and the room that is left.
import type { ArtifactSummary } from '@/contract/artifact'
import { summariseArtifacts } from '@/server/db/artifacts'
import { database } from '@/server/db/client'
import { artifactsDir, diskQuota } from '@/server/db/location'
import { freeBytes } from '@/server/files/disk'
import { route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

export const GET = route(async () => ({ ...(await summariseArtifacts(database())), quotaBytes: diskQuota(), freeBytes: freeBytes(artifactsDir()) }) satisfies ArtifactSummary)

// Published artifacts as the API and the command line show them: how much there is, what came from what, what may be removed.
import { z } from 'zod'

export const ArtifactRow = z.object({ key: z.string(), kind: z.string(), bytes: z.number(), createdAt: z.iso.datetime(), runs: z.int() })
export type ArtifactRow = z.infer<typeof ArtifactRow>

/** Sums over all artifacts; `artifacts` has the largest ones. */
export const ArtifactSummary = z.object({
  count: z.int(),
  bytes: z.number(),
  quotaBytes: z.number().nullable(),
  freeBytes: z.number().nullable(),
  byKind: z.array(z.object({ kind: z.string(), count: z.int(), bytes: z.number() })),
  artifacts: z.array(ArtifactRow),
})
export type ArtifactSummary = z.infer<typeof ArtifactSummary>

/** What a garbage collection may take: embeddings, rankings and checkpoints that only finished runs made and no page needs. */
export const GcRequest = z.object({
  /** Only of runs that ended at least this many days ago. */
  olderThanDays: z.number().min(0).max(3650).default(7),
  /** Checkpoints of each run that stay: this many of the last, and always the best by MRR@10 on dev. */
  keepLast: z.int().min(1).max(1000).default(1),
  dryRun: z.boolean().default(true),
})
export type GcRequest = z.infer<typeof GcRequest>

export const ArtifactPlan = z.object({
  dryRun: z.boolean(),
  bytes: z.number(),
  items: z.array(z.object({ key: z.string(), kind: z.string(), bytes: z.number(), reason: z.string() })),
})
export type ArtifactPlan = z.infer<typeof ArtifactPlan>

/** Artifacts as nodes; an edge leads from an input to what was made of it, and is named by the input's role. */
export const LineageGraph = z.object({
  nodes: z.array(z.object({ key: z.string(), kind: z.string(), label: z.string(), runId: z.string().nullable(), runName: z.string().nullable(), bytes: z.number().nullable(), published: z.boolean() })),
  edges: z.array(z.object({ from: z.string(), to: z.string(), role: z.string() })),
})
export type LineageGraph = z.infer<typeof LineageGraph>

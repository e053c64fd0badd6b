// The hash of texts and small files: step keys, migrations, folder names. Called by server/db and jobs/pipeline.ts.
import { createHash } from 'node:crypto'

/** SHA-256 as lower-case hex. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

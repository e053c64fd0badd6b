// The hash of texts and files: step keys, migrations, folder names, imports. Called by server/db, server/dataset and jobs/pipeline.ts.
import { createHash } from 'node:crypto'
import fs from 'node:fs'

/** SHA-256 as lower-case hex. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

/** SHA-256 of a file of any size. */
export async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of fs.createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

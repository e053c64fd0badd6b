// Waits on the terminal for an import that a worker of the running server does. Called by import-data.ts and import-model.ts.
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '@/contract/errors'
import type { Progress } from '@/contract/progress'
import { StatusLine } from './status-line'

const LOOK_MS = 200

interface Imported {
  name: string
  state: 'importing' | 'ready' | 'failed'
  reason: string | null
  progress: Progress | null
}

/** What was imported, once it is ready. Throws AppError bad-input with the reason where the import fails. */
export async function waitForImport<T extends Imported>(read: () => Promise<T>): Promise<T> {
  const status = new StatusLine(process.stderr)
  try {
    for (;;) {
      const imported = await read()
      const { name, state, reason, progress } = imported
      if (state === 'failed') throw new AppError('bad-input', `The import of ${name} failed: ${reason}`)
      if (state === 'ready') return imported
      status.update(progress ? `importing ${name}: ${progress.done.toLocaleString('en-GB')} of ${progress.total.toLocaleString('en-GB')} ${progress.unit}` : `importing ${name}: waits for a worker of ./drhard serve`)
      await sleep(LOOK_MS)
    }
  } finally {
    status.end()
  }
}

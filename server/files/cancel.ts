// Turns an aborted signal into the error that the job server understands. Called between batches by every long loop.
import { AppError } from '@/contract/errors'

export function stopIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AppError('cancelled', 'Cancelled')
}

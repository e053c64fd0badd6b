// The one error type that crosses rooms, and the codes that HTTP, the CLI and the job server map to behaviour.
// A message names the thing, the value and the next action.
import { z } from 'zod'

export const ERROR_CODES = [
  'bad-input', // the user's data or configuration is wrong: never retried
  'not-found',
  'unauthorised', // nobody has signed in
  'forbidden', // whoever asks may not do this
  'rate-limited', // too many tries
  'conflict', // the thing is in a state that does not allow this
  'unavailable', // a service we need is not there right now
  'cancelled',
  'broken', // a bug or a damaged file
] as const
export type ErrorCode = (typeof ERROR_CODES)[number]

/** An error with a code that decides how it is shown and whether the step is retried. */
export class AppError extends Error {
  readonly code: ErrorCode
  /** Field path -> message, where the error belongs to fields of a form. */
  readonly fields?: Record<string, string>
  constructor(code: ErrorCode, message: string, options?: { cause?: unknown; fields?: Record<string, string> }) {
    super(message, { cause: options?.cause })
    this.name = 'AppError'
    this.code = code
    this.fields = options?.fields
  }
}

/** Body of every answer of the API that is not 2xx. */
export const ErrorBody = z.object({ error: z.object({ code: z.enum(ERROR_CODES), message: z.string(), fields: z.record(z.string(), z.string()).optional() }) })
export type ErrorBody = z.infer<typeof ErrorBody>

// Files that a person uploads, for data sets and run files: in pieces, because Next.js passes on 10 MiB of a body that has gone through
// proxy.ts. Used by components/upload-files.ts, app/api/uploads and what reads the files.
import { z } from 'zod'

/** Uploads come in pieces of at most this. */
export const UPLOAD_PIECE_BYTES = 8 * 2 ** 20

export const UploadId = z.string().regex(/^[0-9a-f]{16}$/, 'Give the id of an upload')

/** A name such as collection.tsv or qrels/test.tsv: nothing in it leads out of the upload's folder. */
export const UploadName = z
  .string()
  .regex(/^(qrels\/)?[\p{L}\p{N}_][\p{L}\p{N}_. ()+=,@-]*$/u, 'A file name of letters, digits, spaces and ._()+=,@-, or one in qrels/')
  .refine((name) => new TextEncoder().encode(name).length <= 200, 'At most 200 bytes')

/** Where an uploaded file lies, and how much of it is there; the next file of the same data set names the upload. */
export const Upload = z.object({ upload: UploadId, folder: z.string(), bytes: z.number().int() })
export type Upload = z.infer<typeof Upload>

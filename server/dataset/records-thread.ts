// Entry of the threads that parse blocks of lines for import-files.ts.
import { serveThread } from '@/server/files/threads'
import { parseRecords, type RecordFormat, type Records } from './records'

serveThread(
  ({ format, bytes }: { format: RecordFormat; bytes: Uint8Array<ArrayBuffer> }): Records => parseRecords(format, bytes),
  ({ ids, idEnds, texts, textEnds }) => [ids.buffer, idEnds.buffer, texts.buffer, textEnds.buffer],
)

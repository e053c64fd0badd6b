// Entry of the threads that tokenise ranges of rows for tokenise.ts.
import { serveThread } from '@/server/files/threads'
import { encodeTexts } from './encode-texts'

serveThread(encodeTexts, ({ ids, lengths }) => [ids.buffer, lengths.buffer])

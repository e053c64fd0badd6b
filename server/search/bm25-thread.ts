// Entry of the threads that search batches of queries for bm25.ts.
import { serveThread } from '@/server/files/threads'
import { searchBatch } from './bm25-postings'

serveThread(searchBatch, ({ docRows, scores, ends }) => [docRows.buffer, scores.buffer, ends.buffer])

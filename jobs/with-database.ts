// The database for as long as a command takes. Called by the commands of jobs that need it.
import { database, type Database } from '@/server/db/client'
import { closeQueue } from '@/server/db/queue'

/** Runs `work` and closes the connections then, so that the process can end. */
export async function withDatabase<T>(work: (db: Database) => Promise<T>): Promise<T> {
  const db = database()
  try {
    return await work(db)
  } finally {
    await closeQueue(db)
    await db.$disconnect()
  }
}

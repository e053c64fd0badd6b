// What is done to the chosen runs: archive and tag at once, with a way back; deletion waits while it can still be taken back.
'use client'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { toast } from 'sonner'
import { type RunRow, type RunsChange } from '@/contract/run-table'
import { isLive } from '@/contract/run'
import { api, keys, messageOf } from '@/components/api'

const UNDO_MS = 8000

export interface BulkActions {
  /** Ids of runs that will be deleted unless that is taken back. */
  leaving: ReadonlySet<string>
  archive: (runs: RunRow[]) => Promise<void>
  unarchive: (runs: RunRow[]) => Promise<void>
  tag: (runs: RunRow[], tag: string) => Promise<void>
  remove: (runs: RunRow[]) => void
}

const count = (n: number) => (n === 1 ? '1 run' : `${n} runs`)

export function useBulkActions(): BulkActions {
  const client = useQueryClient()
  const [leaving, setLeaving] = useState<ReadonlySet<string>>(new Set())
  const pending = useRef(new Map<number | string, () => void>())

  const reread = () => client.invalidateQueries({ queryKey: keys.runs })
  const change = async (body: RunsChange): Promise<boolean> => {
    try {
      await api.changeRuns(body)
    } catch (error) {
      toast.error('That did not work', { description: messageOf(error) })
      return false
    }
    await reread()
    return true
  }
  /** Does it and offers the way back. */
  const changeWithUndo = async (body: RunsChange, back: RunsChange, words: string) => {
    if (await change(body)) toast.success(words, { duration: UNDO_MS, action: { label: 'Undo', onClick: () => void change(back) } })
  }
  const without = (ids: string[]) => setLeaving((held) => new Set([...held].filter((id) => !ids.includes(id))))
  const commit = async (ids: string[]) => {
    try {
      await api.deleteRuns(ids)
    } catch (error) {
      toast.error(`${count(ids.length)} could not be deleted`, { description: messageOf(error) })
    }
    await reread()
    without(ids)
  }

  // Who leaves the page has not taken it back.
  useEffect(() => {
    const waiting = pending.current
    const flush = () => {
      for (const run of waiting.values()) run()
      waiting.clear()
    }
    window.addEventListener('pagehide', flush)
    return () => {
      window.removeEventListener('pagehide', flush)
      flush()
    }
  }, [])

  return {
    leaving,
    archive: (runs) => changeWithUndo({ action: 'archive', ids: runs.map((run) => run.id) }, { action: 'unarchive', ids: runs.map((run) => run.id) }, `${count(runs.length)} archived`),
    unarchive: (runs) => changeWithUndo({ action: 'unarchive', ids: runs.map((run) => run.id) }, { action: 'archive', ids: runs.map((run) => run.id) }, `${count(runs.length)} back from the archive`),
    tag: (runs, tag) => {
      const ids = runs.filter((run) => !run.tags.includes(tag)).map((run) => run.id)
      return ids.length === 0 ? Promise.resolve() : changeWithUndo({ action: 'tag', ids, tag }, { action: 'untag', ids, tag }, `${count(ids.length)} tagged ${tag}`)
    },
    remove: (runs) => {
      const live = runs.find((run) => isLive(run.state))
      if (live) {
        toast.error(`${live.name} still runs`, { description: 'Cancel it first; nothing is deleted.' })
        return
      }
      const ids = runs.map((run) => run.id)
      setLeaving((held) => new Set([...held, ...ids]))
      const timer = setTimeout(() => finish(), UNDO_MS)
      const finish = () => {
        clearTimeout(timer)
        pending.current.delete(ids[0])
        void commit(ids)
      }
      pending.current.set(ids[0], finish)
      toast(`${count(ids.length)} deleted`, {
        duration: UNDO_MS,
        action: {
          label: 'Undo',
          onClick: () => {
            clearTimeout(timer)
            pending.current.delete(ids[0])
            without(ids)
          },
        },
      })
    },
  }
}

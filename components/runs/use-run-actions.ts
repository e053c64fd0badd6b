// What one can do to a run: cancel, retry, delete; each tells how it went and reads the lists again.
'use client'
import { useQueryClient } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { toast } from 'sonner'
import { api, keys, messageOf } from '@/components/api'

export function useRunActions(run: { id: string; name: string }) {
  const client = useQueryClient()
  const router = useRouter()
  const act = async (what: string, doIt: () => Promise<unknown>): Promise<boolean> => {
    try {
      await doIt()
    } catch (error) {
      toast.error(`${what} did not work`, { description: messageOf(error) })
      return false
    }
    await client.invalidateQueries({ queryKey: keys.runs })
    return true
  }
  const reread = () => client.invalidateQueries({ queryKey: keys.run(run.id) })
  return {
    cancel: async () => {
      if (await act('Cancelling', () => api.cancelRun(run.id))) await reread()
    },
    retry: async () => {
      if (await act('Retrying', () => api.retryRun(run.id))) await reread()
    },
    retryFrom: async (stepId: string) => {
      if (await act('Running it again', () => api.retryRun(run.id, stepId))) await reread()
    },
    remove: async () => {
      if (!(await act('Deleting', () => api.deleteRun(run.id)))) return
      toast.success(`${run.name} is deleted`)
      router.push('/runs')
    },
  }
}

// What the server says of a launch that is being written: which steps are made already, what the others take. Asked when the form rests.
'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { LaunchPlan } from '@/contract/plan'
import { NewPipeline, type NewRun } from '@/contract/run'
import { api, keys } from '@/components/api'

/** The server is asked when the form has rested for this long. */
const REST_MS = 500

/** `current`: the plan is of the runs as they are now. No plan where a value is wrong, which is said at its field when it is launched. */
export function useLaunchPlan(runs: NewRun[]): { plan: LaunchPlan | undefined; current: boolean } {
  const [rested, setRested] = useState(runs)
  useEffect(() => {
    const timer = setTimeout(() => setRested(runs), REST_MS)
    return () => clearTimeout(timer)
  }, [runs])
  const parsed = NewPipeline.safeParse({ runs: rested })
  const plan = useQuery({ queryKey: keys.plan(rested), queryFn: ({ signal }) => api.plan(parsed.data!, signal), enabled: parsed.success, placeholderData: keepPreviousData, retry: false })
  if (!parsed.success || plan.error) return { plan: undefined, current: false }
  return { plan: plan.data, current: rested === runs && !plan.isPlaceholderData }
}

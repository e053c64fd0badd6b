// Numbers of a configuration within bounds, refused in words that the form shows beside the field.
import { z } from 'zod'

export const int = (min: number, max: number) => z.number({ error: 'Give a number' }).int('A whole number').min(min, `At least ${min}`).max(max, `At most ${max}`)
export const num = (min: number, max: number) => z.number({ error: 'Give a number' }).min(min, `At least ${min}`).max(max, `At most ${max}`)

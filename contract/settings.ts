// What an installation is set to: by its environment, which only a restart changes, and by people on the settings page.
import { z } from 'zod'
import { GcRequest } from './artifact'
import { Priority } from './run'

/** What may be removed, and what always stays: the values that the settings page and its clean-up begin with. */
export const Retention = GcRequest.pick({ olderThanDays: true, keepLast: true })
export type Retention = z.infer<typeof Retention>

/** A setting of the environment: its variable, what it is now, whether it was set or is the default, what it does. */
export const EnvironmentSetting = z.object({ variable: z.string(), title: z.string(), value: z.string(), isSet: z.boolean(), help: z.string() })
export type EnvironmentSetting = z.infer<typeof EnvironmentSetting>

export const Settings = z.object({ version: z.string(), environment: z.array(EnvironmentSetting), retention: Retention, defaultPriority: Priority })
export type Settings = z.infer<typeof Settings>

/** Body of PUT /api/settings: what is left out stays. */
export const SettingsChange = z.object({ retention: Retention.optional(), defaultPriority: Priority.optional() })
export type SettingsChange = z.infer<typeof SettingsChange>

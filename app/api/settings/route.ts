// GET tells what the installation is set to, PUT changes what people may set.
import packageJson from '@/package.json'
import { type Settings, SettingsChange } from '@/contract/settings'
import { database } from '@/server/db/client'
import { environmentSettings } from '@/server/db/location'
import { changeSettings, readChosenSettings } from '@/server/db/settings'
import { actorOf } from '@/app/api/actor'
import { parseBody, route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

const answer = async () => ({ version: packageJson.version, environment: environmentSettings(), ...(await readChosenSettings(database())) }) satisfies Settings

export const GET = route(answer)

export const PUT = route(async (request) => {
  await changeSettings(database(), await parseBody(request, SettingsChange), actorOf(request))
  return answer()
})

// GET gives the OpenAPI document of this API.
import { openApi } from '@/contract/openapi'
import packageJson from '@/package.json'
import { route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

export const GET = route(async () => openApi(packageJson.version))

// /settings: theme, defaults, retention, and what the environment decides.
import { SettingsView } from '@/components/settings/settings-view'

export const metadata = { title: 'Settings · DRhard Studio' }

export default function SettingsPage() {
  return <SettingsView />
}
